// A row for each unit, a column for each pixel: spikes or rates by colour.

import { colour } from "./colours.js";
import { margin, surfaceOf } from "./surface.js";
import { drawTimeAxis, drawTrialEnd, roundStep } from "./timeAxis.js";

/**
 * @param {import("./surface.js").Sheet} sheet
 * @param {object} what
 * @param {Float32Array | null} what.values [unit, column]; NaN = not known, left blank.
 * @param {number} what.columns
 * @param {number} what.peak Drawn in the last colour.
 * @param {Uint32Array} what.colours 256 pixels.
 * @param {string[]} what.unitIds
 * @param {number} what.heldOut How many units, from the last, were predicted unseen: marked.
 * @param {{from: number, to: number}} what.seconds
 * @param {number | null} what.trialEnd From here on, in seconds, bins were predicted behind the trial's end: marked. Null = none.
 */
export function drawHeatmap(sheet, { values, columns, peak, colours, unitIds, heldOut, seconds, trialEnd }) {
  const surface = surfaceOf(sheet);
  const { pen, width, height } = surface;
  if (values !== null) {
    pen.imageSmoothingEnabled = false;
    pen.drawImage(imageOf(values, columns, unitIds.length, peak, colours), margin.left, 0, width - margin.left - margin.right, height - margin.bottom);
  }
  drawHeldOut(surface, heldOut / unitIds.length);
  drawTrialEnd(surface, seconds, trialEnd);
  drawUnitNames(surface, unitIds);
  drawTimeAxis(surface, seconds);
}

/**
 * @param {Float32Array} values
 * @param {number} columns
 * @param {number} units
 * @param {number} peak
 * @param {Uint32Array} colours
 */
function imageOf(values, columns, units, peak, colours) {
  const image = new ImageData(columns, units);
  const pixels = new Uint32Array(image.data.buffer);
  const scale = 255 / peak;
  for (let i = 0; i < pixels.length; i++) {
    const level = values[i] * scale + 0.5;
    pixels[i] = level >= 255 ? colours[255] : level >= 0 ? colours[level | 0] : 0; // NaN is neither.
  }
  const canvas = new OffscreenCanvas(columns, units);
  /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d")).putImageData(image, 0, 0);
  return canvas;
}

/**
 * Sets the units predicted unseen apart from those above.
 * @param {import("./surface.js").Surface} surface
 * @param {number} share Of all rows, from the last.
 */
function drawHeldOut({ pen, width, height }, share) {
  const rows = height - margin.bottom, top = rows * (1 - share);
  if (share > 0) {
    pen.fillStyle = colour("paper");
    pen.fillRect(margin.left, top - 1, width - margin.left - margin.right, 2);
    pen.fillStyle = colour("unseen");
    pen.fillRect(margin.left - 4, top + 1, 3, rows - top - 1);
  }
}

/**
 * @param {import("./surface.js").Surface} surface
 * @param {string[]} unitIds
 */
function drawUnitNames({ pen, height }, unitIds) {
  const rowHeight = (height - margin.bottom) / unitIds.length;
  const every = Math.max(1, roundStep(unitIds.length, (height - margin.bottom) / 18));
  pen.fillStyle = colour("quiet");
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (let unit = 0; unit < unitIds.length; unit += every) {
    const y = Math.max(7, (unit + 0.5) * rowHeight);
    pen.fillText(unitIds[unit].length > 6 ? `${unitIds[unit].slice(0, 5)}…` : unitIds[unit], margin.left - 6, y);
  }
}
