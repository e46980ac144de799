// Training curves: all runs in the same plots.

const curveKinds = [
  { key: "train_loss", title: "Training loss", unit: "nats per entry", definition: "Mean loss of the training batches since the point before, in nats per hidden entry." },
  { key: "validation_loss", title: "Validation loss", unit: "nats per entry", definition: "Poisson loss of validation entries, each predicted while hidden." },
  { key: "bits_per_spike", title: "Bits per spike, validation", unit: "bits per spike", score: "bits per spike" },
  { key: "r2_uniform", title: "R² of rates, validation", unit: "R²", score: "R2 of rates, mean over units" },
  { key: "gradient_norm", title: "Norm of the gradient", unit: "norm", definition: "Euclidean norm over all parameters before clipping, of one step's batch.", log: true },
  { key: "learning_rate", title: "Learning rate", unit: "rate", definition: "The schedule's rate at each logged step." },
];

function showCurves(report) {
  const parts = curveKinds.map((kind) => curvePart(kind, report)).filter(Boolean);
  if (parts.length === 0) {
    fill("curves", element("p", { class: "notice" }, "No curves were recorded (history.jsonl): the run was made by an older version."));
    return;
  }
  drawRow("curves", parts);
}

function curvePart(kind, report) {
  const series = report.runs
    .map((run, i) => ({ run, i, points: run.history.filter((p) => isNumber(p[kind.key])) }))
    .filter((s) => s.points.length > 0);
  return series.length === 0 ? null : {
    title: kind.title,
    definition: definitionOf(kind, report),
    words: series.map((s) => curveInWords(s, kind)).join(" "),
    make: () => ({
      data: series.map((s) => line(s.run.name, s.points.map((p) => p.step), s.points.map((p) => p[kind.key]), palette()[s.i % 5], dashes[s.i % 4],
        { mode: s.points.length > 1 ? "lines" : "markers" })),
      layout: {
        showlegend: report.runs.length > 1,
        xaxis: axis("step", { rangemode: "tozero" }),
        yaxis: axis(kind.unit, kind.log ? scaleFor(series.flatMap((s) => s.points.map((p) => p[kind.key]))) : {}),
        shapes: series.map((s) => ({
          type: "line", xref: "x", yref: "paper", x0: s.run.kept_step, x1: s.run.kept_step, y0: 0, y1: 1,
          line: { color: palette()[s.i % 5], width: 1, dash: "dot" },
        })),
      },
    }),
  };
}

const dashes = ["solid", "dash", "dot", "dashdot"];

function definitionOf(kind, report) {
  return kind.definition ?? sentence(report.runs[0].scores.find((s) => s.name === kind.score)?.definition ?? "");
}

function curveInWords({ run, points }, kind) {
  const values = points.map((p) => p[kind.key]);
  const first = points[0];
  const last = points[points.length - 1];
  return `${run.name}: from ${brief(first[kind.key])} at step ${first.step} to ${brief(last[kind.key])} at step ${last.step}; ` +
    `lowest ${brief(Math.min(...values))}, highest ${brief(Math.max(...values))}. Weights kept: step ${run.kept_step}.`;
}

const brief = (value) => (isNumber(value) ? Number(value.toPrecision(3)).toString().replace("-", "−") : "–");
