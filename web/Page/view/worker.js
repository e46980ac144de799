// The worker that draws: the canvases' pixels are its own. It takes each stretch from the recording's worker, through a port of their own; the page's
// thread only says what is to be seen, and stays free.

import { answer, Caller } from "../calls.js";
import { cividis, inks, useColours } from "./colours.js";
import { drawCurves } from "./curves.js";
import { drawHeatmap } from "./heatmap.js";
import { largestOf } from "./largest.js";
import { drawTrajectory } from "./trajectory.js";

/** @typedef {"raster" | "rates" | "truth" | "curves" | "trajectory"} Plot */

/**
 * @typedef {object} View A stretch of a trial as the recording's worker gives it; null = not known, or not yet.
 * @property {Float32Array | null} counts [unit that the model sees, column], spikes per bin.
 * @property {Float32Array | null} rates [unit, column]
 * @property {Float32Array | null} truth
 * @property {Float32Array | null} latents [dimension, column].
 * @property {Float32Array | null} trueLatents
 */

/**
 * @typedef {object} Picture What is to be seen.
 * @property {number} trial
 * @property {number} from Bins.
 * @property {number} to
 * @property {number} columns
 * @property {string[]} unitIds
 * @property {number} heldOut How many of them, from the last, were predicted unseen.
 * @property {number} hzPerRate
 * @property {number | null} trialEnd In seconds, where predicted bins follow it.
 * @property {number | null} peak Rate drawn in the last colour; null: the largest in sight.
 * @property {number[]} chosen Units drawn as curves.
 * @property {string[]} names A line for each of them.
 * @property {"decoded" | "components" | null} latentsKind What the latents are; null = there are none.
 * @property {import("./trajectory.js").Camera} camera
 * @property {Record<string, string>} colours
 * @property {number} scale The screen's pixels for each CSS pixel.
 * @property {Record<Plot, {width: number, height: number}>} sizes In CSS pixels.
 */

/** @type {Record<Plot, OffscreenCanvas>} */
let canvases;
/** @type {Caller} */
let recording;
/** @type {(Picture & View) | null} */
let shown = null;
/** @type {Float32Array[]} Other trials' trajectories, [dimension, point]. */
let others = [];

answer(self, {
  /** @param {{canvases: Record<Plot, OffscreenCanvas>, recording: MessagePort}} given */
  start(given) {
    canvases = given.canvases;
    recording = new Caller(given.recording);
  },

  /**
   * Draws everything.
   * @param {Picture} picture
   * @returns {Promise<number | null>} The rate of the last colour; null where the recording was let go of meanwhile.
   */
  async draw(picture) {
    const { trial, from, to, columns } = picture;
    const view = await recording.call("view", { trial, from, to, columns });
    if (view === null) {
      return null;
    }
    useColours(picture.colours);
    const peak = picture.peak ?? largestOf(view.rates);
    const drawn = { ...picture, ...view, peak };
    drawPlots(drawn);
    drawLatents(drawn);
    shown = drawn;
    return peak;
  },

  /** @param {import("./trajectory.js").Camera} camera */
  turn(camera) {
    if (shown !== null) {
      shown.camera = camera;
      drawLatents(shown);
    }
  },

  /** @param {number | null} trial The one whose trajectory is not among the others; null: there are none. */
  async others(trial) {
    others = trial === null ? [] : await recording.call("others", trial);
  },

  /**
   * What lies under a place of a plot that has a row for each unit.
   * @param {{plot: Plot, across: number, down: number}} place From 0 to 1.
   * @returns {{seconds: number, unitId: string, spikes: number | null, inferredHz: number | null, trueHz: number | null} | null}
   */
  cell({ plot, across, down }) {
    if (shown === null) {
      return null;
    }
    const { from, to, columns, unitIds, heldOut, hzPerRate, counts, rates, truth } = shown;
    const unit = Math.floor(down * (unitIds.length - (plot === "raster" ? heldOut : 0)));
    const valueOf = (/** @type {Float32Array | null} */ values) => values?.[unit * columns + Math.floor(across * columns)] ?? null;
    const hzOf = (/** @type {Float32Array | null} */ values) => values && (valueOf(values) ?? NaN) * hzPerRate;
    return { seconds: (from + across * (to - from)) / hzPerRate, unitId: unitIds[unit], spikes: valueOf(counts), inferredHz: hzOf(rates), trueHz: hzOf(truth) };
  },
});

/**
 * @param {Plot} plot
 * @param {Picture} picture
 * @returns {import("./surface.js").Sheet}
 */
const sheet = (plot, { sizes, scale }) => ({ canvas: canvases[plot], ...sizes[plot], scale });

/** @param {Picture & View} picture */
function drawPlots(picture) {
  const { from, to, columns, unitIds, heldOut, hzPerRate, trialEnd, counts, rates, truth } = picture;
  const peak = /** @type {number} */ (picture.peak);
  const seconds = { from: from / hzPerRate, to: to / hzPerRate };
  const common = { columns, unitIds, heldOut, seconds, trialEnd };
  drawHeatmap(sheet("raster", picture), { ...common, unitIds: unitIds.slice(0, unitIds.length - heldOut), heldOut: 0, values: counts, colours: inks(), peak: largestOf(counts) });
  drawHeatmap(sheet("rates", picture), { ...common, values: rates, colours: cividis, peak });
  if (truth !== null) {
    drawHeatmap(sheet("truth", picture), { ...common, values: truth, colours: cividis, peak });
  }
  drawCurves(sheet("curves", picture), { ...picture, seconds });
}

/** @param {Picture & View} picture */
function drawLatents(picture) {
  const { latentsKind, latents, trueLatents, columns, camera } = picture;
  if (latentsKind !== null && latents !== null) {
    const axes = [1, 2, 3].map((d) => (latentsKind === "decoded" ? `latent ${d}` : `PC ${d}`));
    drawTrajectory(sheet("trajectory", picture), { axes, latents, trueLatents, columns, others }, camera);
  }
}
