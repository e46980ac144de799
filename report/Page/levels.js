// A training batch, and the inside of the network.

function showBatch(run) {
  if (!run.batch) {
    fill("batch", element("p", { class: "notice" }, "This run kept no batch (batch.safetensors): it was made by an older version."));
    return;
  }
  const { step, time } = units(run);
  const hidden = `Batch of step ${run.batch.step}; ${text(100 * run.batch.hidden, 1)} % of its entries were hidden.`;
  const labels = run.trials.unit_positions.map((_, i) => unitName(run, i));
  const shown = [
    ["Counts", "Spikes in each bin, as recorded.", unpack(run.batch.counts), "spikes/bin"],
    ["Mask", "1 = hidden from the network and counted in the loss.", unpack(run.batch.mask), "hidden"],
    ["Input", "What the network saw: the counts with hidden entries filled and visible ones scaled as the configuration says.", unpack(run.batch.input), "input"],
  ];
  drawRow("batch", shown.map(([title, definition, array, barTitle]) => {
    const rows = array.rows(0);
    return {
      title,
      definition,
      words: `${rows.length} units by ${rows[0].length} bins; largest ${brief(largest(rows))}.`,
      make: () => raster(rows, { low: 0, high: largest(rows) || 1, step, xTitle: time, yTitle: "unit", barTitle, labels }),
    };
  }), element("p", {}, hidden));
}

function showAblations(run, definitions) {
  const { ablations } = run.levels;
  const [whole] = ablations;
  const change = (value, from) => (isNumber(value) && isNumber(from) ? (value > from ? "+" : "") + text(value - from) : "–");
  fill("ablations", table("What is left when one contribution is taken away, over all validation trials",
    [{ head: "taken away" }, { head: "roughness", number: true }, { head: "change", number: true }, { head: "R² of rates", number: true }, { head: "change", number: true }, { head: "R² against the whole network", number: true }],
    [
      ...ablations.map((a) => [a.without, text(a.roughness), a === whole ? "–" : change(a.roughness, whole.roughness), text(a.r2), a === whole ? "–" : change(a.r2, whole.r2), text(a.agreement)]),
      ["for comparison: true log-rates", text(run.levels.truth_roughness), "–", "–", "–", "–"],
      ["for comparison: log of smoothed counts", text(run.levels.smoothing_roughness), "–", "–", "–", "–"],
    ]),
  element("p", {}, element("strong", {}, "Roughness: "), sentence(definitions.roughness)),
  element("p", {}, element("strong", {}, "R² of rates: "), sentence(definitions.r2)),
  element("p", {}, element("strong", {}, "R² against the whole network: "), sentence(definitions.agreement)),
  ...(ablations.length === 1 ? [element("p", { class: "notice" }, "This network has no levels that could be taken away.")] : []));
}

function showAblatedRates(run, chosen) {
  const { ablations } = run.levels;
  if (ablations.length === 1) { fill("ablated-rates"); return; }
  const unit = chosen[0] ?? 0;
  const logRates = unpack(run.levels.log_rates);
  const { step, time } = units(run);
  const x = logRates.curve(0, 0).map((_, b) => (b + 0.5) * step);
  const { figure: made, box } = figure(`Log-rate of unit ${unitName(run, unit)} without each contribution, trial ${run.trials.ids[0]}`,
    "Natural logarithm of expected spikes per bin. The unit is the first one chosen above; a click on a name hides its curve.",
    ablations.map((a, i) => `${a.without}: from ${brief(Math.min(...logRates.curve(i, unit)))} to ${brief(Math.max(...logRates.curve(i, unit)))}.`).join(" "));
  fill("ablated-rates", made);
  draw(box, () => ({
    data: ablations.map((a, i) => line(i === 0 ? "whole network" : `without ${a.without}`, x, logRates.curve(i, unit),
      i === 0 ? colour("truth") : palette()[(i - 1) % 5], i === 0 ? "solid" : dashes[Math.floor((i - 1) / 5) % 4], i === 0 ? { line: { color: colour("truth"), width: 3 } } : {})),
    layout: { height: 360, xaxis: axis(time), yaxis: axis("log-rate (ln spikes/bin)") },
  }));
}

function showActivations(run, trial) {
  const { step, time } = units(run);
  drawRow("activations", run.levels.activations.map((level) => {
    const values = unpack(level.values);
    const shown = Math.min(trial, values.outer - 1);
    return {
      title: `Activations: ${level.name}`,
      definition: `Trial ${run.trials.ids[shown]}; ${values.inner} of ${level.channels} channels; one bin of this level is ${level.stride} bins of the data.` +
        (shown === trial ? "" : " The chosen trial is not among those whose activations this page carries."),
      words: `From ${brief(level.values.low)} to ${brief(level.values.high)}.`,
      make: () => raster(values.rows(shown), {
        low: level.values.low, high: level.values.high, step: level.stride * step,
        from: (0.5 - level.stride / 2 - level.padded_before) * step, // A coarse bin stands at the fine one in its middle.
        xTitle: time, yTitle: "channel", barTitle: "activation",
      }),
    };
  }));
}
