// Times below a plot.

import { colour } from "./colours.js";
import { margin } from "./surface.js";

/**
 * Round steps: 1, 2 or 5 times a power of ten.
 * @param {number} span
 * @param {number} most How many steps fit.
 */
export function roundStep(span, most) {
  const least = span / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(least));
  return /** @type {number} */ ([1, 2, 5, 10].find((n) => n * power >= least)) * power;
}

/**
 * @param {import("./surface.js").Surface} surface
 * @param {{from: number, to: number}} stretch In seconds.
 */
export function drawTimeAxis({ pen, width, height }, { from, to }) {
  const step = roundStep(to - from, (width - margin.left) / 80);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const y = height - margin.bottom;
  pen.fillStyle = colour("quiet");
  pen.strokeStyle = colour("line");
  pen.textAlign = "center";
  pen.textBaseline = "top";
  for (let tick = Math.ceil(from / step - 1e-9); tick * step <= to * (1 + 1e-9); tick++) {
    const x = margin.left + ((tick * step - from) / (to - from)) * (width - margin.left - margin.right);
    pen.beginPath();
    pen.moveTo(x, y);
    pen.lineTo(x, y + 4);
    pen.stroke();
    pen.fillText(`${(tick * step).toFixed(digits)} s`, Math.min(x, width - 22), y + 6);
  }
}

/**
 * A line where the trial ends, and a band above what was predicted behind it.
 * @param {import("./surface.js").Surface} surface
 * @param {{from: number, to: number}} stretch In seconds.
 * @param {number | null} end Null = nothing was predicted.
 */
export function drawTrialEnd({ pen, width, height }, { from, to }, end) {
  if (end === null || end >= to) {
    return;
  }
  const right = width - margin.right, x = Math.max(margin.left, margin.left + ((end - from) / (to - from)) * (right - margin.left));
  pen.fillStyle = colour("unseen");
  pen.fillRect(x, 0, right - x, 3);
  if (end > from) {
    pen.fillRect(x - 0.75, 0, 1.5, height - margin.bottom);
  }
}
