// The plots of the results: one view is asked for at a time, and drawn in the next frame.

import { drawCurves } from "../view/curves.js";
import { cividis, inks } from "../view/colours.js";
import { drawHeatmap } from "../view/heatmap.js";
import { margin, plotColumns, plotWidth } from "../view/surface.js";
import { drawTrajectory, firstCamera } from "../view/trajectory.js";
import { brief, part, r2Text } from "./elements.js";
import { TimeWindow } from "./timeWindow.js";

/** While smoothing goes on, the plots follow this often, in milliseconds: the processor has better things to do. */
const followEvery = 300;

/** Points of the line in space, as many as can be told apart on a screen. */
const mostPoints = 1500;

export class Plots {
  #session;
  #canvas = Object.fromEntries(["raster", "rates", "truth", "curves", "trajectory"].map((id) => [id, /** @type {HTMLCanvasElement} */ (part(id))]));
  #camera = { ...firstCamera };
  #isAsking = false;
  #followed = 0;
  #isStale = false;
  /** @type {any} The last view, with the stretch it is of. */
  #view = null;
  /** @type {Float32Array[]} */
  #others = [];
  /** @type {any} What is loaded. */
  loaded = null;
  /** @type {any} What smoothing gave. */
  result = null;
  /** @type {any} */
  latents = null;
  trial = 0;
  /** @type {number[]} Units drawn as curves. */
  chosen = [];
  window = new TimeWindow(() => this.refresh());

  /** @param {import("./session.js").Session} session */
  constructor(session) {
    this.#session = session;
    for (const id of ["raster", "rates", "truth", "curves"]) {
      this.window.follow(this.#canvas[id]);
      this.#canvas[id].addEventListener("pointermove", (event) => this.#readOut(event));
    }
    this.#followTurning();
    addEventListener("resize", () => this.refresh());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
  }

  /** Shows a recording that was loaded, from its first trial on. */
  show(/** @type {any} */ loaded) {
    Object.assign(this, { loaded, result: null, latents: null, trial: 0 });
    this.#others = [];
    this.window.reset(loaded.bins);
    this.refresh();
  }

  /** @param {number} trial */
  async showTrial(trial) {
    this.trial = trial;
    await this.#askOthers();
    this.refresh();
  }

  /** @param {any} latents */
  async showLatents(latents) {
    this.latents = latents;
    await this.#askOthers();
    this.refresh();
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
    if (this.loaded === null) {
      return;
    }
    if (this.#isAsking) {
      this.#isStale = true;
      return;
    }
    this.#isAsking = true;
    const { from, to } = this.window;
    const columns = Math.max(1, Math.min(plotColumns(this.#canvas.raster), to - from));
    const loaded = this.loaded;
    try {
      const view = await this.#session.view({ trial: this.trial, from, to, columns });
      this.#view = loaded === this.loaded ? { ...view, from, to, columns } : this.#view;
    } catch {
      this.#view = null; // Another recording took its place meanwhile; its own view follows.
    }
    this.#isAsking = false;
    requestAnimationFrame(() => this.#draw());
    if (this.#isStale) {
      this.#isStale = false;
      this.refresh();
    }
  }

  /** @param {string | undefined} how left, right, up, down or reset. */
  turn(how) {
    const step = Math.PI / 12;
    const turns = { left: [-step, 0], right: [step, 0], up: [0, step], down: [0, -step] };
    if (how === "reset") {
      this.#camera = { ...firstCamera };
    } else {
      this.#turnBy(.../** @type {[number, number]} */ (turns[/** @type {keyof typeof turns} */ (how)]));
    }
    this.#drawTrajectory();
  }

  async #askOthers() {
    this.#others = this.latents === null ? [] : await this.#session.otherTrajectories(this.trial);
  }

  #draw() {
    if (this.#view === null || this.loaded === null) {
      return;
    }
    const { counts, rates, truth, columns } = this.#view;
    const { unitIds } = this.loaded;
    const seconds = this.#seconds();
    const common = { columns, units: unitIds.length, unitIds, seconds };
    drawHeatmap(this.#canvas.raster, { ...common, values: counts, colours: inks(), peak: mostOf(counts) });
    drawHeatmap(this.#canvas.rates, { ...common, values: rates, colours: cividis, peak: this.#peak(rates) });
    if (truth !== null) {
      drawHeatmap(this.#canvas.truth, { ...common, values: truth, colours: cividis, peak: this.#peak(rates) });
    }
    drawCurves(this.#canvas.curves, { counts, rates, truth, columns, seconds, chosen: this.chosen, names: this.chosen.map((unit) => this.#nameOf(unit)), hzPerRate: this.#hzPerRate() });
    this.#drawTrajectory();
    this.#describe();
  }

  #drawTrajectory() {
    if (this.latents !== null && this.#view?.latents) {
      const axes = this.latents.kind === "decoded" ? ["latent 1", "latent 2", "latent 3"] : ["PC 1", "PC 2", "PC 3"];
      const shown = (/** @type {Float32Array | null} */ line) => (line === null ? null : thinned(line, this.#view.columns));
      drawTrajectory(this.#canvas.trajectory, { extent: this.latents.extent, axes, inferred: shown(this.#view.latents), truth: shown(this.#view.trueLatents), others: this.#others }, this.#camera);
    }
  }

  /** Says in words what the canvases show. */
  #describe() {
    const { unitIds, trials } = this.loaded;
    const { from, to } = this.#seconds();
    const stretch = `${brief(from)} to ${brief(to)} s${trials > 1 ? ` of trial ${this.trialName(this.trial)}` : ""}`;
    part("time-words").textContent = stretch;
    const words = {
      raster: `Spikes of ${unitIds.length} units, ${stretch}.`,
      rates: `Inferred rates of ${unitIds.length} units, ${stretch}, from 0 to ${brief(this.#peak(this.#view.rates) * this.#hzPerRate())} Hz; the table under Numbers has each unit's mean.`,
      truth: `True rates of the same units, ${stretch}.`,
      curves: `Rates of units ${this.chosen.map((unit) => this.#nameOf(unit)).join("; ")}, ${stretch}.`,
      trajectory: `Latent trajectory in three dimensions, ${stretch}.`,
    };
    Object.entries(words).forEach(([id, text]) => this.#canvas[id].setAttribute("aria-label", text));
    document.querySelectorAll("[data-slot=peak]").forEach((slot) => { slot.textContent = `${brief(this.#peak(this.#view.rates) * this.#hzPerRate())} Hz`; });
  }

  /** @param {number} trial */
  trialName(trial) {
    return this.loaded.trialIds?.[trial] ?? trial;
  }

  /** @param {number} unit */
  #nameOf(unit) {
    const r2 = this.result?.r2?.[unit];
    return `unit ${this.loaded.unitIds[unit]}${r2 === undefined || Number.isNaN(r2) ? "" : `, R² ${r2Text(r2)}`}`;
  }

  #hzPerRate() {
    return 1000 / this.loaded.metadata.binWidthMs;
  }

  #seconds() {
    const step = this.loaded.metadata.binWidthMs / 1000;
    return { from: this.#view.from * step, to: this.#view.to * step };
  }

  /** @param {Float32Array | null} rates While smoothing goes on, the largest in sight. */
  #peak(rates) {
    return this.result?.peak ?? mostOf(rates);
  }

  /** @param {PointerEvent} event */
  #readOut(event) {
    const canvas = /** @type {HTMLCanvasElement} */ (event.target);
    const at = (event.offsetX - margin.left) / plotWidth(canvas);
    if (this.#view === null || at < 0 || at >= 1) {
      return;
    }
    const { columns, counts, rates, truth } = this.#view;
    const { from, to } = this.#seconds();
    const isCurves = canvas === this.#canvas.curves;
    const row = isCurves ? 0 : Math.min(this.loaded.unitIds.length - 1, Math.floor((event.offsetY / (canvas.clientHeight - margin.bottom)) * this.loaded.unitIds.length));
    const cell = row * columns + Math.floor(at * columns);
    const hz = (/** @type {Float32Array | null} */ values) => `${brief(values === null ? NaN : values[cell] * this.#hzPerRate())} Hz`;
    part("under-pointer").textContent = `${brief(from + at * (to - from))} s` + (isCurves || row < 0 ? "" :
      ` · unit ${this.loaded.unitIds[row]} · ${brief(counts[cell])} spikes per bin · inferred ${hz(rates)}${truth === null ? "" : ` · true ${hz(truth)}`}`);
  }

  #followTurning() {
    const canvas = this.#canvas.trajectory;
    canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons === 1) {
        this.#turnBy(event.movementX / 150, event.movementY / 150);
        requestAnimationFrame(() => this.#drawTrajectory());
      }
    });
    canvas.addEventListener("keydown", (event) => {
      const how = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" }[event.key];
      if (how !== undefined) {
        event.preventDefault();
        this.turn(how);
      }
    });
  }

  /**
   * @param {number} azimuth
   * @param {number} elevation
   */
  #turnBy(azimuth, elevation) {
    this.#camera.azimuth += azimuth;
    this.#camera.elevation = Math.min(Math.PI / 2, Math.max(-Math.PI / 2, this.#camera.elevation + elevation));
  }
}

/** @param {Float32Array | null} values */
const mostOf = (values) => values?.reduce((most, value) => (value > most ? value : most), 0) || 1;

/**
 * At most so many points of a line, evenly.
 * @param {Float32Array} line [dimension, point].
 * @param {number} points
 */
function thinned(line, points) {
  const step = Math.ceil(points / mostPoints);
  return step === 1 ? line : line.filter((_, i) => (i % points) % step === 0);
}
