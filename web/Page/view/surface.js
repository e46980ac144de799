// A canvas at the resolution of the screen, with the space that time plots leave for their axes.

/** Room beside a time plot for names of units, and below it for times, in CSS pixels. */
export const margin = { left: 44, right: 6, bottom: 22 };

/**
 * @typedef {object} Sheet A canvas of the page, whose pixels are the drawing worker's.
 * @property {OffscreenCanvas} canvas
 * @property {number} width In CSS pixels, as the page has laid it out.
 * @property {number} height
 * @property {number} scale The screen's pixels for each of them.
 */

/**
 * @typedef {object} Surface
 * @property {OffscreenCanvasRenderingContext2D} pen In CSS pixels.
 * @property {number} width
 * @property {number} height
 */

/**
 * Clears a canvas and makes it as fine as the screen.
 * @param {Sheet} sheet
 * @returns {Surface}
 */
export function surfaceOf({ canvas, width, height, scale }) {
  const size = [Math.round(width * scale), Math.round(height * scale)];
  const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  if (canvas.width !== size[0] || canvas.height !== size[1]) {
    [canvas.width, canvas.height] = size; // New memory: only where the size is new.
  }
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = "12px system-ui, sans-serif";
  return { pen, width, height };
}

/** @param {HTMLCanvasElement} canvas */
export const plotWidth = (canvas) => Math.max(1, canvas.clientWidth - margin.left - margin.right);

/** Columns that a plot can show: the screen's own pixels. */
export const plotColumns = (/** @type {HTMLCanvasElement} */ canvas) => Math.ceil(plotWidth(canvas) * (devicePixelRatio || 1));
