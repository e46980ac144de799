// What lies under the pointer on the plots that have a row for each unit.

import { margin, plotWidth } from "../view/surface.js";
import { brief, part } from "./elements.js";
import { oneAtATime } from "./latest.js";

/** @typedef {{plot: import("../view/worker.js").Plot, across: number, down: number}} Place From 0 to 1. */

/**
 * @param {Record<string, HTMLCanvasElement>} canvases
 * @param {(place: Place) => Promise<Parameters<typeof wordsOf>[0] | null>} ask The worker that draws knows.
 */
export function followPointer(canvases, ask) {
  /** @type {Place | null} */
  let place = null;
  const read = oneAtATime(async () => {
    const cell = place && await ask(place);
    if (cell !== null) {
      part("under-pointer").textContent = wordsOf(cell);
    }
  });
  for (const [plot, canvas] of Object.entries(canvases)) {
    canvas.addEventListener("pointermove", (event) => {
      const across = (event.offsetX - margin.left) / plotWidth(canvas), down = event.offsetY / (canvas.clientHeight - margin.bottom);
      if (across >= 0 && across < 1 && down >= 0 && down < 1) {
        place = { plot: /** @type {Place["plot"]} */ (plot), across, down };
        read();
      }
    });
  }
}

/** @param {{seconds: number, unitId: string, spikes: number | null, inferredHz: number | null, trueHz: number | null}} cell Null: the unit is held out, or nothing is known. */
function wordsOf({ seconds, unitId, spikes, inferredHz, trueHz }) {
  const counted = spikes === null ? "held out" : `${brief(spikes)} spikes per bin`;
  return `${seconds.toFixed(2)} s · unit ${unitId} · ${counted} · inferred ${brief(inferredHz)} Hz${trueHz === null ? "" : ` · true ${brief(trueHz)} Hz`}`;
}
