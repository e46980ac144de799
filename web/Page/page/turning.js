// How the trajectory in space is turned: by dragging, by arrow keys and by buttons.

import { oneAtATime } from "./latest.js";

/** @typedef {import("../view/trajectory.js").Camera} Camera */

/** @type {Camera} */
const firstCamera = { azimuth: -0.45, elevation: 0.3 };

const step = Math.PI / 12;

/** @type {Record<string, [azimuth: number, elevation: number]>} */
const turns = { left: [-step, 0], right: [step, 0], up: [0, step], down: [0, -step] };

export class Turning {
  #draw;
  camera = { ...firstCamera };

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {(camera: Camera) => Promise<void>} draw
   */
  constructor(canvas, draw) {
    this.#draw = oneAtATime(() => draw(this.camera));
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

  /** @param {string | undefined} how left, right, up, down; anything else: as at first. */
  turn(how) {
    if (how !== undefined && how in turns) {
      this.#turnBy(...turns[how]);
    } else {
      this.camera = { ...firstCamera };
      this.#draw();
    }
  }

  /**
   * @param {number} azimuth
   * @param {number} elevation
   */
  #turnBy(azimuth, elevation) {
    this.camera.azimuth += azimuth;
    this.camera.elevation = Math.min(Math.PI / 2, Math.max(-Math.PI / 2, this.camera.elevation + elevation));
    this.#draw();
  }
}
