// The latents in space: what of them is shown, and how they are turned, by dragging, by arrow keys and by buttons.

import { drawTrajectory, firstCamera } from "../view/trajectory.js";

/** Points of the line in space, as many as can be told apart on a screen. */
const mostPoints = 1500;

const step = Math.PI / 12;

/** @type {Record<string, [azimuth: number, elevation: number]>} */
const turns = { left: [-step, 0], right: [step, 0], up: [0, step], down: [0, -step] };

export class Trajectory {
  #canvas;
  #camera = { ...firstCamera };
  /** @type {{latents: Float32Array | null, trueLatents: Float32Array | null, columns: number} | null} */
  #view = null;
  /** @type {any} Kind and extent; null = none. */
  latents = null;
  /** @type {Float32Array[]} Other trials', [dimension, point]. */
  others = [];

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
    canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons === 1) {
        this.#turnBy(event.movementX / 150, event.movementY / 150);
      }
    });
    canvas.addEventListener("keydown", (event) => {
      const how = event.key.replace("Arrow", "").toLowerCase();
      if (how in turns) {
        event.preventDefault();
        this.turn(how);
      }
    });
  }

  /** Forgets what was shown; another recording follows. */
  clear() {
    Object.assign(this, { latents: null, others: [] });
    this.#view = null;
  }

  /** @param {import("./plots.js").View} view */
  show(view) {
    this.#view = view;
    this.#draw();
  }

  /** @param {string | undefined} how left, right, up, down; anything else: as at first. */
  turn(how) {
    if (how !== undefined && how in turns) {
      this.#turnBy(...turns[how]);
    } else {
      this.#camera = { ...firstCamera };
      this.#draw();
    }
  }

  /**
   * @param {number} azimuth
   * @param {number} elevation
   */
  #turnBy(azimuth, elevation) {
    this.#camera.azimuth += azimuth;
    this.#camera.elevation = Math.min(Math.PI / 2, Math.max(-Math.PI / 2, this.#camera.elevation + elevation));
    requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    if (this.latents === null || this.#view === null || this.#view.latents === null) {
      return;
    }
    const { latents, trueLatents, columns } = this.#view;
    const axes = [1, 2, 3].map((d) => (this.latents.kind === "decoded" ? `latent ${d}` : `PC ${d}`));
    const scene = { extent: this.latents.extent, axes, inferred: thinned(latents, columns), truth: trueLatents && thinned(trueLatents, columns), others: this.others };
    drawTrajectory(this.#canvas, scene, this.#camera);
  }
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
