// The results in words and in a table: what the plots show, for those who do not see them.

import { brief, element, fillChoices, fillFacts, grouped, part, r2Text } from "./elements.js";

/**
 * @param {import("../model/metadata.js").ModelMetadata} metadata
 * @param {string} name
 */
export function showModelFacts(metadata, name) {
  const r2 = metadata.scores.find((score) => score.name === "r2_uniform");
  fillFacts("model-facts", [
    ["file", name],
    ["network", metadata.architecture],
    ["units", metadata.heldInUnits === metadata.unitIds.length ? String(metadata.unitIds.length) : `${metadata.unitIds.length}: ${metadata.heldInUnits} held in, ${metadata.unitIds.length - metadata.heldInUnits} held out`],
    ["bins", `${brief(metadata.binWidthMs)} ms${metadata.trialBins > 0 ? `, trials of ${metadata.trialBins}` : ""}${metadata.forwardBins > 0 ? `, ${metadata.forwardBins} predicted behind each trial` : ""}`],
    ["sees", metadata.needsTrials ? "the whole trial" : `${metadata.receptiveFieldLeft} bins before and ${metadata.receptiveFieldRight} after`],
    ...(r2?.value == null ? [] : [/** @type {[string, string]} */ (["R²", `${r2Text(r2.value)} on its validation trials`])]),
    ["licence", metadata.licence === "NOASSERTION" ? "not said" : metadata.licence],
  ]);
}

/** @param {any} loaded */
export function showRecordingFacts(loaded) {
  fillFacts("recording-facts", [
    ["file", `${loaded.name} (${loaded.format})`],
    ["trials", `${loaded.trials} of ${grouped(loaded.bins)} bins`],
    ["units", `${loaded.units}${loaded.missing.length > 0 ? `; ${loaded.missing.length} of the model's missing` : ""}${loaded.surplus.length > 0 ? `; ${loaded.surplus.length} left out` : ""}`],
    ["true rates", loaded.hasTruth ? "known" : "not known"],
  ]);
}

/**
 * The units as choices, those drawn at first being the busiest.
 * @param {any} loaded
 * @param {number[]} chosen
 * @param {number[] | null} r2
 */
export const fillUnits = (loaded, chosen, r2) => fillChoices("units",
  loaded.unitIds.map((/** @type {string} */ _, /** @type {number} */ unit) => [String(unit), unitName(loaded, unit, r2)]), chosen.map(String));

/**
 * A unit as it is called in lists and above its curve.
 * @param {{unitIds: string[], heldOut: number}} loaded
 * @param {number} unit
 * @param {number[] | null | undefined} r2
 */
export function unitName({ unitIds, heldOut }, unit, r2) {
  const score = r2?.[unit] ?? NaN;
  return `unit ${unitIds[unit]}${unit < unitIds.length - heldOut ? "" : ", held out"}${Number.isNaN(score) ? "" : `, R² ${r2Text(score)}`}`;
}

/**
 * @param {any} loaded
 * @param {any} result
 * @param {string} speed
 */
export function showScores(loaded, result, speed) {
  part("score-words").textContent = speed + (result.r2 === null ? "" :
    ` R² of the rates, ${r2Text(result.meanR2)}, is the mean over ${loaded.heldOut > 0 ? "held-in " : ""}units of 1 − SSres/SStot over trials × bins, silent units left out.`
    + (Number.isNaN(result.meanR2HeldOut) ? "" : ` Of the held-out units it is ${r2Text(result.meanR2HeldOut)}.`))
    + (result.hasGaps ? " Bins that were not recorded have no rates." : "");
}

/**
 * @param {any} loaded
 * @param {any} result
 */
export function showUnitTable(loaded, result) {
  const hz = 1000 / loaded.metadata.binWidthMs;
  const heads = ["unit", "mean spikes (Hz)", "mean inferred rate (Hz)", ...(result.r2 === null ? [] : ["R²"])];
  part("unit-table").replaceChildren(element("table", {},
    element("caption", {}, `Mean rates of ${loaded.unitIds.length} units over ${loaded.trials} ${loaded.trials === 1 ? "trial" : "trials"}`),
    element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
    element("tbody", {}, ...loaded.unitIds.map((/** @type {string} */ id, /** @type {number} */ unit) => element("tr", {},
      element("th", { scope: "row" }, unit < loaded.meanCounts.length ? id : `${id} (held out)`),
      element("td", {}, brief(unit < loaded.meanCounts.length ? loaded.meanCounts[unit] * hz : null)),
      element("td", {}, brief(result.meanRates[unit] * hz)),
      ...(result.r2 === null ? [] : [element("td", {}, r2Text(result.r2[unit]))]))))));
}

/** @param {any} latents Null where there are too few units. */
export function showLatentWords(latents) {
  const isDecoded = latents?.kind === "decoded";
  part("latents-kind").textContent = isDecoded ? "decoded from the inferred log-rates" : "principal components of the inferred log-rates";
  part("latents-words").textContent = isDecoded
    ? `The true latents, decoded from the inferred log-rates by ridge regression: each half of the trials by what the other half taught. R² ${latents.r2.slice(0, 3).map(r2Text).join(", ")}; mean ${r2Text(latents.r2[3])}.`
    : "The true latents are not known: these are the three leading principal components of the inferred log-rates, over all trials.";
}
