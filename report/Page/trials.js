// Counts and rates of single trials, and the scores of every unit.

const mostCurves = 6;

/** Factor and names that turn spikes per bin into spikes per second, where the bin's width is known. */
function units(run) {
  return run.bin_ms
    ? { perBin: 1000 / run.bin_ms, rate: "spikes/s", step: run.bin_ms / 1000, time: "time in the trial (s)" }
    : { perBin: 1, rate: "spikes/bin", step: 1, time: "bin" };
}

function trialArrays(run) {
  run.arrays ??= {
    counts: unpack(run.trials.counts), rates: unpack(run.trials.rates), smoothed: unpack(run.trials.smoothed), truth: unpack(run.trials.truth),
  };
  return run.arrays;
}

const unitName = (run, shown) => run.units[run.trials.unit_positions[shown]].id;

function showTrialPickers(run, onChange) {
  const trials = document.getElementById("trial-picker");
  const chosen = document.getElementById("unit-picker");
  options(trials, run.trials.ids.map((id, i) => [String(i), `trial ${id} (validation position ${run.trials.positions[i]})`]), ["0"]);
  options(chosen, run.trials.unit_positions.map((_, i) => [String(i), `unit ${unitName(run, i)}`]), run.trials.first_units.map(String));
  trials.onchange = chosen.onchange = () => onChange(Number(trials.value), [...chosen.selectedOptions].slice(0, mostCurves).map((o) => Number(o.value)));
}

function showRasters(run, trial) {
  const { counts, rates, smoothed, truth } = trialArrays(run);
  const { perBin, rate, step, time } = units(run);
  const scaled = (array) => array.rows(trial).map((row) => row.map((v) => v * perBin));
  const labels = run.trials.unit_positions.map((_, i) => unitName(run, i));
  const inferred = scaled(rates);
  const high = largest(truth ? scaled(truth) : inferred);
  const pictures = [
    ["Spike counts", "Spikes in each bin, as recorded.", counts.rows(trial), largest(counts.rows(trial)), "spikes/bin"],
    ["Inferred rates", "The network's expected spikes, nothing hidden from it.", inferred, high, rate],
    truth
      ? ["True rates", "What the counts were drawn from; on the colours of the inferred rates.", scaled(truth), high, rate]
      : ["Smoothed counts", `The best Gaussian smoothing, σ = ${run.smoothing_sigma_bins} bins; on the colours of the inferred rates.`, scaled(smoothed), high, rate],
  ];
  drawRow("rasters", pictures.map(([title, definition, rows, top, barTitle]) => ({
    title,
    definition,
    words: `${rows.length} units by ${rows[0].length} bins, trial ${run.trials.ids[trial]}; mean ${brief(mean(rows))}, largest ${brief(largest(rows))} ${barTitle}.`,
    make: () => raster(rows, { low: 0, high: top || 1, step, xTitle: time, yTitle: "unit", barTitle, labels }),
  })));
}

const mean = (rows) => rows.flat().reduce((sum, v) => sum + v, 0) / rows.flat().length;

function showRates(run, trial, chosen) {
  const { counts, rates, smoothed, truth } = trialArrays(run);
  const { perBin, rate, step, time } = units(run);
  const x = counts.curve(trial, 0).map((_, b) => (b + 0.5) * step);
  const words = chosen.map((u) => {
    const unit = run.units[run.trials.unit_positions[u]];
    return `Unit ${unit.id}: ${counts.curve(trial, u).reduce((a, b) => a + b, 0)} spikes in this trial; R² over all validation trials ${text(unit.r2)}, smoothing ${text(unit.r2_smoothing)}.`;
  });
  const { figure: made, box } = figure(
    `Rates of ${chosen.length} unit${chosen.length === 1 ? "" : "s"}, trial ${run.trials.ids[trial]}`,
    `Spikes are ticks (taller: more in the bin). Network: inferred with nothing hidden. Smoothing: Gaussian, σ = ${run.smoothing_sigma_bins} bins.` +
      (truth ? " True: what the counts were drawn from." : ""),
    words.join(" "));
  fill("rates", made);
  if (chosen.length === 0) {
    fill("rates", element("p", { class: "notice" }, "No unit is chosen."));
    return;
  }
  draw(box, () => {
    const data = [];
    const layout = { height: 60 + 150 * chosen.length, xaxis: axis(time, { anchor: `y${chosen.length === 1 ? "" : chosen.length}` }) };
    chosen.forEach((u, i) => {
      const y = `y${i === 0 ? "" : i + 1}`;
      const more = { yaxis: y, showlegend: i === 0 };
      const curve = (array) => array.curve(trial, u).map((v) => v * perBin);
      const spikes = counts.curve(trial, u).map((count, b) => ({ count, b })).filter((s) => s.count > 0);
      const shown = [rates, smoothed, truth].filter(Boolean).map(curve).flat();
      const top = Math.max(...shown, 1e-9);
      data.push({
        type: "scatter", mode: "markers", name: "spikes", x: spikes.map((s) => x[s.b]), y: spikes.map(() => -0.13 * top), ...more,
        marker: { symbol: "line-ns-open", color: colour("quiet"), size: spikes.map((s) => 6 + 3 * Math.min(s.count, 4)), line: { width: 1.2 } },
        text: spikes.map((s) => `${s.count}`), hovertemplate: "%{text} spikes<extra></extra>",
      });
      data.push(line("smoothing", x, curve(smoothed), colour("smoothing"), "dot", more));
      if (truth) { data.push(line("true", x, curve(truth), colour("truth"), "dash", more)); }
      data.push(line("network", x, curve(rates), colour("network"), "solid", more));
      const gap = 0.06;
      const height = (1 - gap * (chosen.length - 1)) / chosen.length;
      const bottom = (chosen.length - 1 - i) * (height + gap);
      layout[`yaxis${i === 0 ? "" : i + 1}`] = axis(`unit ${unitName(run, u)}<br>(${rate})`, { domain: [bottom, bottom + height], range: [-0.25 * top, 1.08 * top] });
    });
    return { data, layout };
  });
}

function showUnits(run) {
  const known = run.units.filter((u) => isNumber(u.r2));
  if (known.length === 0) {
    fill("units", element("p", { class: "notice" }, "True rates are not known, so there is no R² of rates; bits per spike, in the table of scores, is what can be said of this recording."));
    return;
  }
  const better = known.filter((u) => u.r2 > u.r2_smoothing).length;
  const { rate } = units(run);
  const median = [...known].sort((a, b) => a.r2 - b.r2)[Math.floor(known.length / 2)].r2;
  const floor = -1;
  const { figure: made, box } = figure(
    "R² of rates against mean firing rate",
    `R² of a unit: 1 − SSres/SStot of true against inferred rates over (trials × bins) of all validation trials. Smoothing: Gaussian, σ = ${run.smoothing_sigma_bins} bins. Points below ${text(floor, 0)} are drawn at that line.`,
    `The network is better than smoothing in ${better} of ${known.length} units; its median R² is ${text(median)}, its worst ${text(Math.min(...known.map((u) => u.r2)))}, its best ${text(Math.max(...known.map((u) => u.r2)))}.`);
  fill("units", made);
  draw(box, () => ({
    data: [["smoothing", "r2_smoothing", "diamond-open"], ["network", "r2", "circle"]].map(([name, key, symbol]) => ({
      type: "scatter", mode: "markers", name, x: known.map((u) => u.mean_rate), y: known.map((u) => Math.max(u[key], floor)),
      marker: { symbol, color: colour(name), size: 8 },
      text: known.map((u) => `unit ${u.id}<br>R² ${text(u[key])}`), hovertemplate: "%{text}<extra></extra>",
    })),
    layout: { height: 340, xaxis: axis(`mean firing rate (${rate})`, scaleFor(known.map((u) => u.mean_rate))), yaxis: axis("R² of rates", { range: [floor - 0.08, 1.05] }) },
  }));
}
