// Three latents as a line in space that can be turned: projected without perspective, the far half drawn thinner.

import { colour } from "./colours.js";
import { surfaceOf } from "./surface.js";

/** @typedef {{azimuth: number, elevation: number}} Camera In radians. */

/** @type {Camera} */
export const firstCamera = { azimuth: -0.45, elevation: 0.3 };

/**
 * @typedef {object} Scene
 * @property {{centre: number[], half: number[]}} extent
 * @property {string[]} axes
 * @property {Float32Array | null} inferred [dimension, point].
 * @property {Float32Array | null} truth
 * @property {Float32Array[]} others
 */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Scene} scene
 * @param {Camera} camera
 */
export function drawTrajectory(canvas, { extent, axes, inferred, truth, others }, camera) {
  const { pen, width, height } = surfaceOf(canvas);
  const project = projection(extent, camera, width, height);
  drawAxes(pen, axes, extent, project);
  pen.lineJoin = "bevel"; // Round joins of a thousand points take as long as all the rest.
  pen.globalAlpha = 0.25;
  others.forEach((line) => drawLine(pen, line, project, colour("quiet"), 1, 1));
  pen.globalAlpha = 1;
  drawLine(pen, truth, project, colour("truth"), 1.2, 2, [5, 4]);
  drawLine(pen, inferred, project, colour("network"), 1.4, 2.6);
  pen.globalAlpha = 1;
}

/**
 * @param {{centre: number[], half: number[]}} extent
 * @param {Camera} camera
 * @param {number} width
 * @param {number} height
 * @returns {(x: number, y: number, z: number) => [x: number, y: number, depth: number]} depth: above 0 in front.
 */
function projection({ centre, half }, { azimuth, elevation }, width, height) {
  const size = Math.min(width, height) / 2 / 1.5; // Corners of the cube lie √3 from its middle, but no trajectory fills them.
  const [ca, sa, ce, se] = [Math.cos(azimuth), Math.sin(azimuth), Math.cos(elevation), Math.sin(elevation)];
  return (x, y, z) => {
    const [u, v, w] = [(x - centre[0]) / half[0], (y - centre[1]) / half[1], (z - centre[2]) / half[2]];
    const across = u * ca - v * sa, away = u * sa + v * ca;
    return [width / 2 + size * across, height / 2 - size * (w * ce + away * se), w * se - away * ce];
  };
}

/**
 * The three edges that meet in the low corner, named at their ends.
 * @param {CanvasRenderingContext2D} pen
 * @param {string[]} axes
 * @param {{centre: number[], half: number[]}} extent
 * @param {ReturnType<typeof projection>} project
 */
function drawAxes(pen, axes, { centre, half }, project) {
  const corner = centre.map((value, d) => value - half[d]);
  pen.strokeStyle = colour("line");
  pen.fillStyle = colour("quiet");
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  const [x0, y0] = project(corner[0], corner[1], corner[2]);
  axes.forEach((name, d) => {
    const end = corner.map((value, e) => (e === d ? centre[d] + half[d] : value));
    const [x, y] = project(end[0], end[1], end[2]);
    pen.beginPath();
    pen.moveTo(x0, y0);
    pen.lineTo(x, y);
    pen.stroke();
    const length = Math.hypot(x - x0, y - y0) || 1;
    pen.fillText(name, x + (14 * (x - x0)) / length, y + (14 * (y - y0)) / length);
  });
}

/**
 * The far half first and thinner, then the near one: enough for the eye to see which is which.
 * @param {CanvasRenderingContext2D} pen
 * @param {Float32Array | null} line [dimension, point]
 * @param {ReturnType<typeof projection>} project
 * @param {string} ink
 * @param {number} far Widths.
 * @param {number} near
 * @param {number[]} [dash]
 */
function drawLine(pen, line, project, ink, far, near, dash = []) {
  if (line === null) {
    return;
  }
  const points = line.length / 3;
  const places = Array.from({ length: points }, (_, i) => project(line[i], line[points + i], line[2 * points + i]));
  pen.strokeStyle = ink;
  pen.setLineDash(dash);
  for (const isNear of [false, true]) {
    pen.lineWidth = isNear ? near : far;
    pen.beginPath();
    let isDown = false;
    places.forEach(([x, y, depth], i) => {
      if ((depth > 0) === isNear && !Number.isNaN(x)) {
        const [beforeX, beforeY] = places[i - 1] ?? [NaN, NaN];
        if (!isDown && !Number.isNaN(beforeX)) {
          pen.moveTo(beforeX, beforeY);
          isDown = true;
        }
        isDown ? pen.lineTo(x, y) : pen.moveTo(x, y);
        isDown = true;
      } else {
        isDown = false;
      }
    });
    pen.stroke();
  }
  pen.setLineDash([]);
  pen.lineWidth = 1;
}
