// The plots over time: one view is asked for at a time, and drawn in the next frame.

import { cividis, inks } from "../view/colours.js";
import { drawCurves } from "../view/curves.js";
import { drawHeatmap } from "../view/heatmap.js";
import { largestOf } from "../view/largest.js";
import { plotColumns } from "../view/surface.js";
import { brief, part } from "./elements.js";
import { followPointer } from "./readOut.js";
import { unitName } from "./summary.js";
import { TimeWindow } from "./timeWindow.js";
import { Trajectory } from "./trajectory.js";

/** While smoothing goes on, the plots follow this often, in milliseconds: the processor has better things to do. */
const followEvery = 300;

const canvas = (/** @type {string} */ id) => /** @type {HTMLCanvasElement} */ (part(id));

/**
 * @typedef {object} View A stretch of the chosen trial as the recording's worker gives it; null = not known, or not yet.
 * @property {number} from Bins.
 * @property {number} to
 * @property {number} columns
 * @property {Float32Array | null} counts [unit that the model sees, column], spikes per bin.
 * @property {Float32Array | null} rates [unit, column]
 * @property {Float32Array | null} truth
 * @property {Float32Array | null} latents [dimension, column].
 * @property {Float32Array | null} trueLatents
 */

export class Plots {
  #session;
  #canvas = { raster: canvas("raster"), rates: canvas("rates"), truth: canvas("truth"), curves: canvas("curves") };
  #trajectory = new Trajectory(canvas("trajectory"));
  #isAsking = false;
  #isStale = false;
  #followed = 0;
  /** @type {View | null} */
  #view = null;
  /** @type {any} What is loaded. */
  loaded = null;
  /** @type {any} What smoothing gave. */
  result = null;
  trial = 0;
  /** @type {number[]} Units drawn as curves. */
  chosen = [];
  window = new TimeWindow(() => this.refresh());

  /** @param {import("./session.js").Session} session */
  constructor(session) {
    this.#session = session;
    Object.values(this.#canvas).forEach((each) => this.window.follow(each));
    followPointer([this.#canvas.raster, this.#canvas.rates, this.#canvas.truth], () => ({ view: this.#view, unitIds: this.loaded?.unitIds, binMs: this.loaded?.metadata.binWidthMs }));
    addEventListener("resize", () => this.refresh());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
  }

  /**
   * Shows a recording that was loaded, from its first trial on.
   * @param {any} loaded
   */
  show(loaded) {
    Object.assign(this, { loaded, result: null, trial: 0 });
    this.#trajectory.clear();
    this.window.reset(loaded.bins + loaded.forwardBins);
    this.refresh();
  }

  /** @param {number} trial */
  async showTrial(trial) {
    this.trial = trial;
    await this.#askOthers();
    this.refresh();
  }

  /** @param {any} latents What the recording's worker says of them; null = none. */
  async showLatents(latents) {
    this.#trajectory.latents = latents;
    await this.#askOthers();
    this.refresh();
  }

  /** @param {string | undefined} how left, right, up, down or reset. */
  turn(how) {
    this.#trajectory.turn(how);
  }

  /** Shows what has been smoothed so far. */
  follow() {
    if (performance.now() - this.#followed > followEvery) {
      this.#followed = performance.now();
      this.refresh();
    }
  }

  /** Asks for the stretch shown, and draws it; while an answer is awaited, once more after it. */
  async refresh() {
    if (this.loaded === null || this.#isAsking) {
      this.#isStale = this.#isAsking;
      return;
    }
    this.#isAsking = true;
    const { loaded, window: { from, to } } = this;
    const columns = Math.max(1, Math.min(plotColumns(this.#canvas.raster), to - from));
    try {
      const view = await this.#session.view({ trial: this.trial, from, to, columns });
      this.#view = loaded === this.loaded ? { ...view, from, to, columns } : this.#view;
    } catch {
      this.#view = null; // Another recording took its place meanwhile; its own view follows.
    }
    this.#isAsking = false;
    requestAnimationFrame(() => this.#draw());
    if (this.#isStale) {
      this.refresh();
    }
  }

  /** @param {number} trial */
  trialName(trial) {
    return this.loaded.trialIds?.[trial] ?? trial;
  }

  async #askOthers() {
    this.#trajectory.others = this.#trajectory.latents === null ? [] : await this.#session.otherTrajectories(this.trial);
  }

  #draw() {
    if (this.#view === null || this.loaded === null) {
      return;
    }
    const view = this.#view;
    const { unitIds, heldOut, bins, forwardBins } = this.loaded;
    const hzPerRate = 1000 / this.loaded.metadata.binWidthMs;
    const seconds = { from: view.from / hzPerRate, to: view.to / hzPerRate };
    const peak = this.result?.peak ?? largestOf(view.rates); // While smoothing goes on, the largest in sight.
    const trialEnd = forwardBins > 0 ? bins / hzPerRate : null;
    const common = { columns: view.columns, unitIds, heldOut, seconds, trialEnd };
    drawHeatmap(this.#canvas.raster, { ...common, unitIds: unitIds.slice(0, unitIds.length - heldOut), heldOut: 0, values: view.counts, colours: inks(), peak: largestOf(view.counts) });
    drawHeatmap(this.#canvas.rates, { ...common, values: view.rates, colours: cividis, peak });
    if (view.truth !== null) {
      drawHeatmap(this.#canvas.truth, { ...common, values: view.truth, colours: cividis, peak });
    }
    drawCurves(this.#canvas.curves, { ...view, seconds, trialEnd, chosen: this.chosen, names: this.chosen.map((unit) => this.#nameOf(unit)), hzPerRate });
    this.#trajectory.show(view);
    this.#describe(seconds, peak * hzPerRate);
  }

  /**
   * Says in words what the canvases show.
   * @param {{from: number, to: number}} seconds
   * @param {number} peakHz
   */
  #describe(seconds, peakHz) {
    const { unitIds, heldOut, trials, bins, forwardBins } = this.loaded;
    const forecast = forwardBins > 0 && seconds.to > (bins * this.loaded.metadata.binWidthMs) / 1000 ? `, the last of it predicted behind the trial's end` : "";
    const unseen = heldOut > 0 ? `, the last ${heldOut} of them held out and predicted unseen` : "";
    const stretch = `${brief(seconds.from)} to ${brief(seconds.to)} s${trials > 1 ? ` of trial ${this.trialName(this.trial)}` : ""}`;
    part("time-words").textContent = stretch;
    const words = {
      raster: `Spikes of ${unitIds.length - heldOut} units, ${stretch}.`,
      rates: `Inferred rates of ${unitIds.length} units${unseen}, ${stretch}${forecast}, coloured from 0 to ${brief(peakHz)} Hz; the table under Numbers has each unit's mean.`,
      truth: `True rates of the same units, ${stretch}.`,
      curves: `Rates of ${this.chosen.map((unit) => this.#nameOf(unit)).join("; ")}: ${stretch}.`,
      trajectory: `Latent trajectory in three dimensions, ${stretch}.`,
    };
    Object.entries(words).forEach(([id, text]) => part(id).setAttribute("aria-label", text));
    document.querySelectorAll("[data-slot=peak]").forEach((slot) => { slot.textContent = `${brief(peakHz)} Hz or more`; });
  }

  /** @param {number} unit */
  #nameOf(unit) {
    return unitName(this.loaded, unit, this.result?.r2);
  }
}
