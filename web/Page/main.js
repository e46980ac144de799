// The page: what is chosen goes to the session, what the session tells goes to the plots, the tables and the status line.

import { brief, fillChoices, grouped, part } from "./page/elements.js";
import { Plots } from "./page/plots.js";
import { Session } from "./page/session.js";
import { fillUnits, showLatentWords, showModelFacts, showRecordingFacts, showScores, showUnitTable } from "./page/summary.js";

const mostCurves = 6, firstCurves = 4;

const select = (/** @type {string} */ id) => /** @type {HTMLSelectElement} */ (part(id));
const input = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (part(id));

/** The array asked for; null = the page's own choice. */
let array = /** @type {string | null} */ (null);

const session = new Session({
  status,
  problem(words) {
    showProblem(words);
    /** @type {HTMLDetailsElement} */ (part("differences")).open ||= /Units that do not match|Bin width/.test(words); // Where the remedy is.
    plots.loaded = null;
    ["progress", "results", "latents-section", "summary"].forEach((id) => { part(id).hidden = true; });
  },
  model: showModelFacts,
  loaded,
  progress(done, bins) {
    Object.assign(part("progress"), { hidden: false, max: bins, value: done });
    plots.follow();
  },
  smoothed,
  latents(latents) {
    plots.showLatents(latents);
    showLatentWords(latents);
    part("latents-section").hidden = latents === null;
    show("true-latents", latents?.kind === "decoded");
    show("others", plots.loaded.trials > 1);
  },
}, () => ({ array, units: select("unit-policy").value, binMs: input("bin-ms").valueAsNumber > 0 ? input("bin-ms").valueAsNumber : null }));

const plots = new Plots(session.openViews());

const everyUnit = /** @type {HTMLDetailsElement} */ (part("every-unit"));

function status(/** @type {string} */ words) {
  part("problem").hidden = true;
  part("status").textContent = words;
}

function showProblem(/** @type {string} */ words) {
  status("");
  Object.assign(part("problem"), { textContent: words, hidden: false });
}

function loaded(/** @type {any} */ what) {
  showRecordingFacts(what);
  fillChoices("array", what.arrays.map((/** @type {string} */ name) => [name, name]), [what.array]);
  part("results").hidden = false;
  part("truth-figure").hidden = !what.hasTruth;
  part("summary").hidden = part("latents-section").hidden = true;
  show("truth", what.hasTruth);
  show("held-out", what.heldOut > 0);
  show("forward", what.forwardBins > 0);
  plots.chosen = firstChosen(what);
  plots.show(what);
  fillChoices("trial", Array.from({ length: what.trials }, (_, trial) => [String(trial), String(plots.trialName(trial))]), ["0"]);
  fillUnits(what, plots.chosen, null);
}

/**
 * The units drawn at first: those with the most spikes, with up to two held-out ones in the place of the last.
 * @param {{meanCounts: number[], unitIds: string[], heldOut: number}} what
 */
function firstChosen({ meanCounts, unitIds, heldOut }) {
  const unseen = unitIds.map((_, unit) => unit).slice(unitIds.length - heldOut).slice(0, firstCurves / 2);
  const seen = [...meanCounts.keys()].sort((a, b) => (meanCounts[b] || 0) - (meanCounts[a] || 0)).slice(0, firstCurves - unseen.length).sort((a, b) => a - b);
  return [...seen, ...unseen];
}

function smoothed(/** @type {any} */ result) {
  const { trials, bins, metadata, unitIds, heldOut, forwardBins } = plots.loaded;
  const recorded = (trials * bins * metadata.binWidthMs) / 1000;
  const unseen = [...(heldOut > 0 ? [`${heldOut} held-out units`] : []), ...(forwardBins > 0 ? [`${forwardBins} forward bins behind ${trials > 1 ? "each trial" : "its end"}`] : [])].join(" and ");
  const words = `Smoothed ${grouped(trials * bins)} bins of ${unitIds.length - heldOut} units${unseen === "" ? "" : `, with ${unseen} predicted,`} in ${brief(result.seconds)} s, ${brief(recorded / result.seconds)} times real time (${result.device}).`;
  part("progress").hidden = true;
  part("status").textContent = result.r2 === null ? words : `${words} R² against the true rates: ${brief(result.meanR2)}.`;
  part("summary").hidden = false;
  show("network-latents", result.latentDimensions > 0);
  document.querySelectorAll("[data-slot=dimensions]").forEach((slot) => { slot.textContent = String(result.latentDimensions); });
  plots.result = result;
  if (result.r2 !== null) {
    fillUnits(plots.loaded, plots.chosen, result.r2);
  }
  showScores(plots.loaded, result, words);
  fillTable();
  plots.refresh();
}

/** The table is made when it is looked at: its hundreds of cells would hold up the page just when the rates are there. */
function fillTable() {
  if (everyUnit.open && plots.result !== null) {
    showUnitTable(plots.loaded, plots.result);
  }
}

/**
 * Shows or hides what goes with a kind of data.
 * @param {string} kind
 * @param {boolean} isThere
 */
function show(kind, isThere) {
  document.querySelectorAll(`[data-only=${kind}]`).forEach((part) => { /** @type {HTMLElement} */ (part).hidden = !isThere; });
}

/** @param {Iterable<File>} files Models by their name's end; whatever else is taken for a recording. */
async function open(files) {
  for (const file of files) {
    const isModel = file.name.toLowerCase().endsWith(".onnx");
    array = null;
    nameIn(isModel ? "model-file" : "recording-file", file);
    if (!await (isModel ? session.openModel(file) : session.openRecording(file))) {
      return;
    }
  }
  await session.start();
}

/**
 * Lets the input name a file that came in another way.
 * @param {string} id
 * @param {File} file
 */
function nameIn(id, file) {
  const transfer = new DataTransfer();
  transfer.items.add(file);
  input(id).files = transfer.files;
}

/** @param {string} path Beside this page. */
async function fetched(path) {
  const response = await fetch(new URL(path, import.meta.url));
  if (!response.ok) {
    throw new Error(`${path} is not beside this page (${response.status})`);
  }
  return new File([await response.blob()], path.split("/").at(-1) ?? path);
}

part("try").addEventListener("click", async () => {
  status("Loading the example …");
  try {
    await open(await Promise.all(["demo/lorenz_unet.onnx", "demo/lorenz.h5"].map(fetched)));
  } catch (error) {
    showProblem(`The example could not be loaded: ${error.message}`);
  }
});
part("model-file").addEventListener("change", () => open(input("model-file").files ?? []));
part("recording-file").addEventListener("change", () => open(input("recording-file").files ?? []));
everyUnit.addEventListener("toggle", fillTable);
part("unit-policy").addEventListener("change", () => session.start());
part("bin-ms").addEventListener("change", () => session.start());

part("array").addEventListener("change", () => {
  array = select("array").value;
  session.start();
});
part("trial").addEventListener("change", () => plots.showTrial(Number(select("trial").value)));
part("units").addEventListener("change", () => {
  plots.chosen = Array.from(select("units").selectedOptions, (option) => Number(option.value)).slice(0, mostCurves);
  plots.refresh();
});
document.querySelectorAll("form").forEach((form) => form.addEventListener("submit", (event) => event.preventDefault()));
document.querySelectorAll("[data-move]").forEach((button) => button.addEventListener("click", () => plots.window.move(/** @type {HTMLElement} */ (button).dataset.move)));
document.querySelectorAll("[data-turn]").forEach((button) => button.addEventListener("click", () => plots.turn(/** @type {HTMLElement} */ (button).dataset.turn)));

for (const kind of /** @type {const} */ (["h5", "rates", "latents"])) {
  part(`download-${kind}`).addEventListener("click", () => session.download(kind).then(save, (error) => showProblem(`The file could not be made: ${error.message}`)));
}

/** @param {{blob: Blob, name: string}} file Handed to the browser as a download. */
function save({ blob, name }) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

for (const type of ["dragover", "dragleave", "drop"]) {
  addEventListener(type, (event) => {
    event.preventDefault();
    document.body.classList.toggle("dropping", type === "dragover");
  });
}
addEventListener("drop", (event) => open(Array.from(event.dataTransfer?.files ?? [])));
