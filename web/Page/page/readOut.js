// What lies under the pointer on the plots that have a row for each unit.

import { margin, plotWidth } from "../view/surface.js";
import { brief, part } from "./elements.js";

/**
 * @param {HTMLCanvasElement[]} canvases The first has rows for the units seen only.
 * @param {() => {view: import("./plots.js").View | null, unitIds: string[], binMs: number}} shown
 */
export function followPointer(canvases, shown) {
  for (const canvas of canvases) {
    canvas.addEventListener("pointermove", (event) => {
      const { view, unitIds, binMs } = shown();
      const across = (event.offsetX - margin.left) / plotWidth(canvas), down = event.offsetY / (canvas.clientHeight - margin.bottom);
      if (view !== null && across >= 0 && across < 1 && down >= 0 && down < 1) {
        const rows = canvas === canvases[0] && view.counts !== null ? view.counts.length / view.columns : unitIds.length;
        part("under-pointer").textContent = wordsAt(view, Math.floor(down * rows), across, unitIds, binMs);
      }
    });
  }
}

/**
 * @param {import("./plots.js").View} view
 * @param {number} unit
 * @param {number} across From 0 to 1.
 * @param {string[]} unitIds
 * @param {number} binMs
 */
function wordsAt({ from, to, columns, counts, rates, truth }, unit, across, unitIds, binMs) {
  const cell = unit * columns + Math.floor(across * columns);
  const hz = (/** @type {Float32Array | null} */ values) => `${brief(values === null ? NaN : (values[cell] * 1000) / binMs)} Hz`;
  const seconds = ((from + across * (to - from)) * binMs) / 1000;
  return `${seconds.toFixed(2)} s · unit ${unitIds[unit]} · ${counts === null || cell >= counts.length ? "held out" : `${brief(counts[cell])} spikes per bin`} · inferred ${hz(rates)}${truth === null ? "" : ` · true ${hz(truth)}`}`;
}
