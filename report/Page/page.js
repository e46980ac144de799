// The page: reads the data, fills the sections, follows the pickers.

const report = JSON.parse(document.getElementById("report-data").textContent);
const isSeveral = report.runs.length > 1;

function showRun(run) {
  fill("facts", table(`What ${run.name} is`, [{ head: "what" }, { head: "value" }], run.facts));
  fill("scores", table(`Scores of ${run.name} on validation trials`,
    [{ head: "score" }, { head: "network", number: true }, { head: `Gaussian smoothing, σ = ${run.smoothing_sigma_bins} bins`, number: true }, { head: "definition", definition: true }],
    run.scores.map((s) => [scoreName(s), text(s.network), text(s.smoothing), s.definition])),
  element("p", {}, "The width of the Gaussian was chosen on training trials, by true rates where they are known, else by likelihood."));
  slot("limits").textContent = run.trials.limits;
  showBatch(run);
  showUnits(run);
  showAblations(run, report.definitions);
  showTrialPickers(run, (trial, chosen) => showTrial(run, trial, chosen));
  showTrial(run, 0, run.trials.first_units.slice(0, mostCurves));
}

function showTrial(run, trial, chosen) {
  showRasters(run, trial);
  showRates(run, trial, chosen);
  showLatents(run, trial);
  showAblatedRates(run, chosen);
  showActivations(run, trial);
}

const scoreName = (score) => score.name.replace("R2", "R²");

function showComparison() {
  const names = [...new Set(report.runs.flatMap((run) => run.scores.map((s) => s.name)))];
  const definition = (name) => report.runs.flatMap((run) => run.scores).find((s) => s.name === name).definition;
  const columns = [{ head: "score" }, ...report.runs.map((run) => ({ head: run.name, number: true })), { head: "definition", definition: true }];
  fill("comparison", table("Scores of all runs on their validation trials", columns, names.flatMap((name) => {
    const of = (run) => run.scores.find((s) => s.name === name);
    return [
      [name.replace("R2", "R²"), ...report.runs.map((run) => text(of(run)?.network)), definition(name)],
      [`${name.replace("R2", "R²")}, smoothing`, ...report.runs.map((run) => text(of(run)?.smoothing)), "the best Gaussian smoothing, in the same way"],
    ];
  })));
  fill("differences", report.differences.length === 0
    ? element("p", {}, "The configurations of these runs do not differ.")
    : table("Configuration keys that differ", [{ head: "key" }, ...report.runs.map((run) => ({ head: run.name }))],
      report.differences.map((d) => [d.key, ...d.values.map((v) => v ?? "(default)")])));
}

// A part that cannot be drawn says so where everyone sees it, not only in the console.
addEventListener("error", (event) => {
  document.getElementById("main").prepend(element("p", { class: "notice", "data-error": "" }, `A part of this page could not be drawn: ${event.message}`));
});
document.querySelectorAll("[data-only=several]").forEach((part) => { part.hidden = !isSeveral; });
if (isSeveral) {
  const picker = document.getElementById("run-picker");
  options(picker, report.runs.map((run, i) => [String(i), run.name]), ["0"]);
  picker.onchange = () => showRun(report.runs[Number(picker.value)]);
  showComparison();
}
document.querySelectorAll("form").forEach((form) => form.addEventListener("submit", (event) => event.preventDefault()));
showCurves(report);
showRun(report.runs[0]);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

let width = innerWidth;
addEventListener("resize", () => requestAnimationFrame(() => {
  if (innerWidth !== width) {
    width = innerWidth;
    redraw();
  }
}));

for (const [event, isPrinting] of [["beforeprint", true], ["afterprint", false]]) {
  addEventListener(event, () => {
    document.documentElement.classList.toggle("printing", isPrinting);
    redraw();
  });
}
