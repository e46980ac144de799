// The stretch of the trial that all plots show, moved by buttons, by dragging a plot and by Ctrl with the wheel.

import { plotWidth } from "../view/surface.js";

/** Fewer bins than this are no picture. */
const fewest = 20;

export class TimeWindow {
  #onChange;
  bins = 0;
  from = 0;
  to = 0;

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  /**
   * Starts anew with a whole trial.
   * @param {number} bins
   */
  reset(bins) {
    [this.bins, this.from, this.to] = [bins, 0, bins];
  }

  /** @param {string | undefined} how earlier, later, in, out or all. */
  move(how) {
    const width = this.to - this.from;
    switch (how) {
      case "earlier": return this.#set(this.from - width / 2, width);
      case "later": return this.#set(this.from + width / 2, width);
      case "in": return this.zoom(0.5, 0.5);
      case "out": return this.zoom(2, 0.5);
      default: return this.#set(0, this.bins);
    }
  }

  /**
   * @param {number} factor Below 1 comes closer.
   * @param {number} at What stays where it is, from 0 (left) to 1.
   */
  zoom(factor, at) {
    const width = this.to - this.from;
    const next = Math.min(this.bins, Math.max(Math.min(fewest, this.bins), Math.round(width * factor)));
    this.#set(this.from + (width - next) * at, next);
  }

  /**
   * Lets a plot be dragged and zoomed.
   * @param {HTMLCanvasElement} canvas
   */
  follow(canvas) {
    let start = 0, x = NaN;
    canvas.addEventListener("pointerdown", (event) => {
      [start, x] = [this.from, event.clientX];
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons === 1) {
        const width = this.to - this.from;
        this.#set(start - ((event.clientX - x) / plotWidth(canvas)) * width, width);
      }
    });
    canvas.addEventListener("wheel", (event) => {
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const left = canvas.getBoundingClientRect().right - plotWidth(canvas);
        this.zoom(event.deltaY < 0 ? 0.8 : 1.25, Math.min(1, Math.max(0, (event.clientX - left) / plotWidth(canvas))));
      }
    }, { passive: false });
  }

  /**
   * @param {number} from
   * @param {number} width
   */
  #set(from, width) {
    const first = Math.min(this.bins - width, Math.max(0, Math.round(from)));
    if (first !== this.from || first + width !== this.to) {
      [this.from, this.to] = [first, first + width];
      this.#onChange();
    }
  }
}
