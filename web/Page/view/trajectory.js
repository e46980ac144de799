// Three latents as a line in space that can be turned: projected without perspective, the far half drawn thinner.

import { colour } from "./colours.js";
import { surfaceOf } from "./surface.js";

/** @typedef {{azimuth: number, elevation: number}} Camera In radians. */

/** Points of a line in space, as many as can be told apart on a screen. */
const mostPoints = 1500;

/** Of more points than this a line is drawn finer, or it would be a blot. */
const manyPoints = 600;

/**
 * @typedef {object} Scene
 * @property {string[]} axes
 * @property {Float32Array} latents [dimension, column].
 * @property {Float32Array | null} trueLatents
 * @property {number} columns
 * @property {Float32Array[]} others Other trials', [dimension, point].
 */

/**
 * @param {import("./surface.js").Sheet} sheet
 * @param {Scene} scene
 * @param {Camera} camera
 */
export function drawTrajectory(sheet, { axes, latents, trueLatents, columns, others }, camera) {
  const { pen, width, height } = surfaceOf(sheet);
  const inferred = thinned(latents, columns), truth = trueLatents && thinned(trueLatents, columns);
  const extent = extentOf([inferred, ...(truth === null ? [] : [truth]), ...others]);
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
 * Where lines lie: the middle, and how far they go from it. Of what is drawn, not of all there is: means over the pixels of a long recording go less far
 * than its bins.
 * @param {Float32Array[]} lines [dimension, point] each.
 * @returns {{centre: number[], half: number[]}}
 */
function extentOf(lines) {
  const low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
  for (const line of lines) {
    const points = line.length / 3;
    for (let i = 0; i < line.length; i++) {
      const d = Math.floor(i / points);
      low[d] = line[i] < low[d] ? line[i] : low[d]; // NaN is neither.
      high[d] = line[i] > high[d] ? line[i] : high[d];
    }
  }
  return { centre: low.map((value, d) => (value + high[d]) / 2), half: low.map((value, d) => (high[d] - value) / 2 || 1) };
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
 * @param {OffscreenCanvasRenderingContext2D} pen
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
 * @param {OffscreenCanvasRenderingContext2D} pen
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
  const fineness = points > manyPoints ? 0.5 : 1;
  const places = Array.from({ length: points }, (_, i) => project(line[i], line[points + i], line[2 * points + i]));
  pen.strokeStyle = ink;
  pen.setLineDash(dash);
  for (const isNear of [false, true]) {
    pen.lineWidth = fineness * (isNear ? near : far);
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

/**
 * At most so many points of a line, evenly.
 * @param {Float32Array} line [dimension, point].
 * @param {number} points
 */
function thinned(line, points) {
  const every = Math.ceil(points / mostPoints);
  return every === 1 ? line : line.filter((_, i) => (i % points) % every === 0);
}
