// A row for each chosen unit: inferred and true rate as lines, spikes as ticks below.

import { colour } from "./colours.js";
import { largestOf } from "./largest.js";
import { margin, surfaceOf } from "./surface.js";
import { drawTimeAxis, drawTrialEnd } from "./timeAxis.js";

const rowHeight = 92, tickHeight = 10, headHeight = 16;

/**
 * How high a canvas is that so many units are drawn on.
 * @param {number} units
 */
export const curvesHeight = (units) => `${Math.max(1, units) * rowHeight + margin.bottom}px`;

/**
 * @param {import("./surface.js").Sheet} sheet
 * @param {object} what
 * @param {number[]} what.chosen Units.
 * @param {string[]} what.names A line for each chosen unit.
 * @param {Float32Array | null} what.counts [unit that the model sees, column], spikes per bin.
 * @param {Float32Array | null} what.rates [unit, column]
 * @param {Float32Array | null} what.truth
 * @param {number} what.columns
 * @param {number} what.hzPerRate
 * @param {{from: number, to: number}} what.seconds
 * @param {number | null} what.trialEnd In seconds, where predicted bins follow it.
 */
export function drawCurves(sheet, { chosen, names, counts, rates, truth, columns, hzPerRate, seconds, trialEnd }) {
  const surface = surfaceOf(sheet);
  const { pen, width } = surface;
  const part = (/** @type {Float32Array | null} */ values, /** @type {number} */ unit) => values?.subarray(unit * columns, (unit + 1) * columns) ?? null;
  chosen.forEach((unit, row) => {
    const box = { left: margin.left, width: width - margin.left - margin.right, top: row * rowHeight + headHeight, height: rowHeight - headHeight - tickHeight - 8 };
    const lines = [part(rates, unit), part(truth, unit)];
    const peak = Math.max(0, ...lines.flatMap((line) => (line === null ? [] : [largestOf(line)]))) || 1;
    drawFrame(pen, box, names[row], peak * hzPerRate);
    drawTicks(pen, box, part(counts, unit));
    drawLine(pen, box, lines[1], peak, colour("truth"), [5, 4]);
    drawLine(pen, box, lines[0], peak, colour("network"), []);
  });
  drawTrialEnd(surface, seconds, trialEnd);
  drawTimeAxis(surface, seconds);
}

/** @typedef {{left: number, width: number, top: number, height: number}} Box */

/**
 * @param {OffscreenCanvasRenderingContext2D} pen
 * @param {Box} box
 * @param {string} name
 * @param {number} peak In Hz.
 */
function drawFrame(pen, { left, width, top, height }, name, peak) {
  pen.strokeStyle = colour("line");
  pen.beginPath();
  pen.moveTo(left, top + height + 0.5);
  pen.lineTo(left + width, top + height + 0.5);
  pen.stroke();
  pen.fillStyle = colour("ink");
  pen.textAlign = "left";
  pen.textBaseline = "alphabetic";
  pen.fillText(name, left, top - 4);
  pen.fillStyle = colour("quiet");
  pen.textAlign = "right";
  pen.fillText(peak >= 10 ? peak.toFixed(0) : peak.toPrecision(2), left - 6, top + 8);
  pen.fillText("0 Hz", left - 6, top + height);
}

/**
 * @param {OffscreenCanvasRenderingContext2D} pen
 * @param {Box} box
 * @param {Float32Array | null} counts
 */
function drawTicks(pen, { left, width, top, height }, counts) {
  if (counts === null || counts.length === 0) { // Of a held-out unit there are none.
    return;
  }
  const most = largestOf(counts);
  pen.fillStyle = colour("quiet");
  for (const strength of [1, 2, 3]) { // A path for each, not a stroke for each spike.
    pen.globalAlpha = strength / 3;
    pen.beginPath();
    counts.forEach((count, column) => {
      if (count > 0 && Math.ceil((3 * count) / most) === strength) {
        pen.rect(left + ((column + 0.5) / counts.length) * width - 0.5, top + height + 3, 1.2, tickHeight);
      }
    });
    pen.fill();
  }
  pen.globalAlpha = 1;
}

/**
 * @param {OffscreenCanvasRenderingContext2D} pen
 * @param {Box} box
 * @param {Float32Array | null} values
 * @param {number} peak
 * @param {string} ink
 * @param {number[]} dash
 */
function drawLine(pen, { left, width, top, height }, values, peak, ink, dash) {
  if (values === null) {
    return;
  }
  pen.strokeStyle = ink;
  pen.lineWidth = 1.6;
  pen.lineJoin = "bevel"; // Round joins of a thousand points take as long as all the rest.
  pen.setLineDash(dash);
  pen.beginPath();
  let isDown = false;
  const points = thinned(values, 0.75 * width); // A point for each pixel is more than the eye sees of a line, and takes twice as long to draw.
  points.forEach((value, point) => {
    const isKnown = value === value;
    const x = left + ((point + 0.5) / points.length) * width, y = top + height * (1 - value / peak);
    if (isKnown && isDown) {
      pen.lineTo(x, y);
    } else if (isKnown) {
      pen.moveTo(x, y);
    }
    isDown = isKnown;
  });
  pen.stroke();
  pen.setLineDash([]);
  pen.lineWidth = 1;
}

/**
 * Means of neighbours, so that no more points are left than asked for.
 * @param {Float32Array} values
 * @param {number} most
 */
function thinned(values, most) {
  const step = Math.ceil(values.length / most);
  return step === 1 ? values : Float32Array.from({ length: Math.ceil(values.length / step) }, (_, i) => {
    const part = values.subarray(i * step, (i + 1) * step);
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}
