// Trajectories in three dimensions that can be turned, and the same over time for print and for browsers without WebGL.

const canTurn = (() => {
  const canvas = document.createElement("canvas");
  return Boolean(canvas.getContext("webgl2") || canvas.getContext("webgl"));
})();

function showLatents(run, trial) {
  const { latents } = run;
  const inferred = unpack(latents.inferred);
  const truth = unpack(latents.truth);
  slot("latent-method").textContent = latents.method;
  fill("latent-scores", ...(latents.r2 ? [latentScores(latents)] : []));

  if (inferred.inner >= 3 && canTurn) {
    const shown = latents.kind === "ridge" ? [[truth, "True latents"], [inferred, "Decoded latents"]] : [[truth, "True log-rates"], [inferred, "The network's log-rates"]];
    drawRow("latents", shown.filter(([array]) => array).map(([array, title]) => ({
      title,
      definition: "One line for each trial shown, the chosen trial drawn strong; drag to turn, scroll to come closer.",
      words: `${array.outer} trials of ${array.bins} bins.`,
      make: () => ({ data: trajectories(array, trial), layout: scene(latents.axes) }),
    })));
  } else {
    fill("latents", ...(inferred.inner < 3 ? [] : [
      element("p", { class: "notice" }, "This browser has no WebGL: the trajectories cannot be turned here. They are drawn over time below."),
    ]));
  }

  const { step, time } = units(run);
  const { figure: made, box } = figure(`The same over time, trial ${run.trials.ids[trial]}`,
    latents.kind === "ridge" ? "Each latent, true and decoded." : "Each component, of the network's log-rates and of the true ones where they are known.",
    Array.from({ length: inferred.inner }, (_, d) => rangeInWords(latents.axes[d], inferred.curve(trial, d))).join(" "));
  fill("latents-over-time", made);
  draw(box, () => overTime(latents.axes, inferred, truth, trial, latents.kind === "ridge" ? "decoded" : "network", step, time));
}

/** The dimensions that are drawn, then the mean over all, of which there may be many. */
function latentScores({ axes, r2 }) {
  const definition = "1 − SSres/SStot of true against decoded latent over (trials × bins)";
  const varying = r2.filter(isNumber);
  return table("How well the true latents are decoded, over all validation trials",
    [{ head: "dimension" }, { head: "R²", number: true }, { head: "definition", definition: true }],
    [
      ...axes.map((name, d) => [name, text(r2[d]), definition]),
      [`mean over all ${r2.length}`, text(varying.reduce((sum, v) => sum + v, 0) / varying.length), "mean of the same over dimensions, those that never change left out"],
    ]);
}

const rangeInWords = (axisName, curve) => `${axisName} runs from ${brief(Math.min(...curve))} to ${brief(Math.max(...curve))}.`;

function trajectories(array, chosen) {
  return Array.from({ length: array.outer }, (_, t) => t).sort((a, b) => (a === chosen) - (b === chosen)).map((t) => ({
    type: "scatter3d", mode: "lines", showlegend: false, hoverinfo: "skip",
    x: array.curve(t, 0), y: array.curve(t, 1), z: array.curve(t, 2),
    line: { color: t === chosen ? colour("network") : colour("quiet"), width: t === chosen ? 6 : 2 },
    opacity: t === chosen ? 1 : 0.45,
  }));
}

function scene(axes) {
  const of = (title) => ({ title: { text: title, font: { size: 11 } }, gridcolor: colour("line"), color: colour("quiet"), showbackground: false, zeroline: false, nticks: 5 });
  return { height: 420, margin: { l: 0, r: 0, t: 0, b: 0 }, scene: { xaxis: of(axes[0]), yaxis: of(axes[1]), zaxis: of(axes[2]), aspectmode: "cube", camera: { eye: { x: 1.5, y: 1.5, z: 1.1 }, center: { x: 0, y: 0, z: -0.12 } } } };
}

function overTime(axes, inferred, truth, trial, name, step, time) {
  const x = inferred.curve(trial, 0).map((_, b) => (b + 0.5) * step);
  const rows = inferred.inner;
  const data = [];
  const layout = { height: 60 + 120 * rows, xaxis: axis(time, { anchor: `y${rows === 1 ? "" : rows}` }) };
  for (let d = 0; d < rows; d++) {
    const more = { yaxis: `y${d === 0 ? "" : d + 1}`, showlegend: d === 0 };
    if (truth) { data.push(line("true", x, truth.curve(trial, d), colour("truth"), "dash", more)); }
    data.push(line(name, x, inferred.curve(trial, d), colour("network"), "solid", more));
    const height = (1 - 0.07 * (rows - 1)) / rows;
    const bottom = (rows - 1 - d) * (height + 0.07);
    layout[`yaxis${d === 0 ? "" : d + 1}`] = axis(axes[d].replace(" (", "<br>("), { domain: [bottom, bottom + height] });
  }
  return { data, layout };
}
