// The plots: what is to be seen is said to the worker that draws, one picture at a time; here remain the words for it.

import { Caller } from "../calls.js";
import { colourNames } from "../view/colours.js";
import { curvesHeight } from "../view/curves.js";
import { plotColumns } from "../view/surface.js";
import { startWorker } from "../workers.js";
import { brief, part } from "./elements.js";
import { oneAtATime } from "./latest.js";
import { followPointer } from "./readOut.js";
import { unitName } from "./summary.js";
import { TimeWindow } from "./timeWindow.js";
import { Turning } from "./turning.js";

/** While smoothing goes on, the plots follow this often, in milliseconds: the processor has better things to do. */
const followEvery = 300;

/** @typedef {import("../view/worker.js").Plot} Plot */

const canvas = (/** @type {string} */ id) => /** @type {HTMLCanvasElement} */ (part(id));

export class Plots {
  #canvas = { raster: canvas("raster"), rates: canvas("rates"), truth: canvas("truth"), curves: canvas("curves"), trajectory: canvas("trajectory") };
  #drawing = new Caller(startWorker("view/worker.js", "view"));
  #turning = new Turning(this.#canvas.trajectory, (camera) => this.#drawing.call("turn", camera));
  #followed = 0;
  /** @type {"decoded" | "components" | null} */
  #latentsKind = null;
  /** @type {any} What is loaded. */
  loaded = null;
  /** @type {any} What smoothing gave. */
  result = null;
  trial = 0;
  /** @type {number[]} Units drawn as curves. */
  chosen = [];
  window = new TimeWindow(() => this.refresh());

  /** @param {MessagePort} recording Leads to the recording's worker. */
  constructor(recording) {
    const { raster, rates, truth, curves } = this.#canvas;
    const canvases = Object.fromEntries(Object.entries(this.#canvas).map(([plot, each]) => [plot, each.transferControlToOffscreen()]));
    this.#drawing.call("start", { canvases, recording }, [recording, ...Object.values(canvases)]);
    [raster, rates, truth, curves].forEach((each) => this.window.follow(each));
    followPointer({ raster, rates, truth }, (place) => this.#drawing.call("cell", place));
    addEventListener("resize", () => this.refresh());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.refresh());
  }

  /**
   * Shows a recording that was loaded, from its first trial on.
   * @param {any} loaded
   */
  show(loaded) {
    Object.assign(this, { loaded, result: null, trial: 0 });
    this.#latentsKind = null;
    this.#drawing.call("others", null);
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
    this.#latentsKind = latents?.kind ?? null;
    await this.#askOthers();
    this.refresh();
  }

  /** @param {string | undefined} how left, right, up, down or reset. */
  turn(how) {
    this.#turning.turn(how);
  }

  /** Shows what has been smoothed so far. */
  follow() {
    if (performance.now() - this.#followed > followEvery) {
      this.#followed = performance.now();
      this.refresh();
    }
  }

  /** Draws the stretch shown. */
  refresh = oneAtATime(async () => {
    const { loaded, trial } = this;
    if (loaded === null) {
      return;
    }
    const picture = this.#picture();
    const peak = await this.#drawing.call("draw", picture);
    if (peak !== null && loaded === this.loaded && trial === this.trial) {
      const { from, to, hzPerRate } = picture;
      this.#describe({ from: from / hzPerRate, to: to / hzPerRate }, peak * hzPerRate);
    }
  });

  /** @param {number} trial */
  trialName(trial) {
    return this.loaded.trialIds?.[trial] ?? trial;
  }

  #askOthers() {
    return this.#drawing.call("others", this.#latentsKind === null ? null : this.trial);
  }

  /** @returns {import("../view/worker.js").Picture} */
  #picture() {
    const { loaded: { unitIds, heldOut, bins, forwardBins, metadata }, window: { from, to }, chosen } = this;
    const hzPerRate = 1000 / metadata.binWidthMs;
    const height = curvesHeight(chosen.length);
    if (this.#canvas.curves.style.height !== height) {
      this.#canvas.curves.style.height = height; // Also where nothing changes, this would lay the page out anew.
    }
    return {
      trial: this.trial, from, to, columns: Math.max(1, Math.min(plotColumns(this.#canvas.raster), to - from)),
      unitIds, heldOut, hzPerRate, trialEnd: forwardBins > 0 ? bins / hzPerRate : null, peak: this.result?.peak ?? null,
      chosen, names: chosen.map((unit) => unitName(this.loaded, unit, this.result?.r2)),
      latentsKind: this.#latentsKind, camera: this.#turning.camera, colours: pageColours(), scale: devicePixelRatio || 1,
      sizes: /** @type {any} */ (Object.fromEntries(Object.entries(this.#canvas).map(([plot, each]) => [plot, { width: each.clientWidth, height: each.clientHeight }]))),
    };
  }

  /**
   * Says in words what the canvases show.
   * @param {{from: number, to: number}} seconds
   * @param {number} peakHz
   */
  #describe(seconds, peakHz) {
    const { unitIds, heldOut, trials, bins, forwardBins, metadata } = this.loaded;
    const forecast = forwardBins > 0 && seconds.to > (bins * metadata.binWidthMs) / 1000 ? ", the last of it predicted behind the trial's end" : "";
    const unseen = heldOut > 0 ? `, the last ${heldOut} of them held out and predicted unseen` : "";
    const stretch = `${brief(seconds.from)} to ${brief(seconds.to)} s${trials > 1 ? ` of trial ${this.trialName(this.trial)}` : ""}`;
    part("time-words").textContent = stretch;
    const words = {
      raster: `Spikes of ${unitIds.length - heldOut} units, ${stretch}.`,
      rates: `Inferred rates of ${unitIds.length} units${unseen}, ${stretch}${forecast}, coloured from 0 to ${brief(peakHz)} Hz; the table under Numbers has each unit's mean.`,
      truth: `True rates of the same units, ${stretch}.`,
      curves: `Rates of ${this.chosen.map((unit) => unitName(this.loaded, unit, this.result?.r2)).join("; ")}: ${stretch}.`,
      trajectory: `Latent trajectory in three dimensions, ${stretch}.`,
    };
    Object.entries(words).forEach(([id, text]) => part(id).setAttribute("aria-label", text));
    document.querySelectorAll("[data-slot=peak]").forEach((slot) => { slot.textContent = `${brief(peakHz)} Hz or more`; });
  }
}

/** The page's colours, which follow the colour scheme. */
function pageColours() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(colourNames.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}
