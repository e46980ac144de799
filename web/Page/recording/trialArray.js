// Numbers by trial, bin and channel, and means over ever wider bins, from which any stretch is drawn at the cost of its pixels.

/** Bins of a level that make one of the next. */
const factor = 4;

/** Counts, rates or latents: row-major [trial, bin, channel]; NaN = not known. */
export class TrialArray {
  /** @type {{bins: number, width: number, values: Float32Array}[]} From the bins themselves (width 1) to the widest. */
  #levels = [];
  #sums;
  #known;

  /**
   * @param {number} trials
   * @param {number} bins
   * @param {number} channels
   * @param {Float32Array} [values] NaN everywhere where not given.
   */
  constructor(trials, bins, channels, values = new Float32Array(trials * bins * channels).fill(NaN)) {
    this.trials = trials;
    this.bins = bins;
    this.channels = channels;
    this.values = values;
    this.#sums = new Float64Array(channels);
    this.#known = new Uint32Array(channels);
    this.#levels.push({ bins, width: 1, values });
    while (/** @type {any} */ (this.#levels.at(-1)).bins > factor) {
      const below = /** @type {any} */ (this.#levels.at(-1));
      const wide = Math.ceil(below.bins / factor);
      this.#levels.push({ bins: wide, width: below.width * factor, values: new Float32Array(trials * wide * channels).fill(NaN) });
    }
  }

  /**
   * Makes the means anew over a stretch whose values have changed.
   * @param {number} trial
   * @param {number} [from]
   * @param {number} [to]
   */
  summarize(trial, from = 0, to = this.bins) {
    for (let k = 1; k < this.#levels.length; k++) {
      const fine = this.#levels[k - 1], wide = this.#levels[k];
      const last = Math.min(wide.bins, Math.ceil(to / wide.width));
      for (let bin = Math.floor(from / wide.width); bin < last; bin++) {
        const end = Math.min((bin + 1) * factor, fine.bins);
        this.#mean(fine.values, (trial * fine.bins + bin * factor) * this.channels, end - bin * factor, wide.values, (trial * wide.bins + bin) * this.channels, 1);
      }
    }
  }

  /** Makes all means anew. */
  summarizeAll() {
    for (let trial = 0; trial < this.trials; trial++) {
      this.summarize(trial);
    }
    return this;
  }

  /**
   * A stretch of a trial in so many columns: the mean over each, from the widest bins that a column still holds.
   * Edges of columns are those of such bins, at most half a column off.
   * @param {number} trial
   * @param {number} from
   * @param {number} to
   * @param {number} columns At most to − from.
   * @returns {Float32Array} [channel, column].
   */
  view(trial, from, to, columns) {
    const perColumn = (to - from) / columns;
    const level = this.#levels[Math.min(this.#levels.length - 1, Math.max(0, Math.floor(Math.log(perColumn / 2) / Math.log(factor))))];
    const result = new Float32Array(columns * this.channels);
    for (let column = 0; column < columns; column++) {
      const first = Math.floor((from + column * perColumn) / level.width);
      const end = Math.min(level.bins, Math.max(first + 1, Math.floor((from + (column + 1) * perColumn) / level.width)));
      this.#mean(level.values, (trial * level.bins + first) * this.channels, end - first, result, column, columns);
    }
    return result;
  }

  /**
   * Means of consecutive bins, those that are not known left out.
   * @param {Float32Array} from
   * @param {number} start
   * @param {number} bins
   * @param {Float32Array} into
   * @param {number} at
   * @param {number} stride Between the channels of the result.
   */
  #mean(from, start, bins, into, at, stride) {
    const { channels } = this;
    const sums = this.#sums.fill(0), known = this.#known.fill(0);
    for (let bin = 0, i = start; bin < bins; bin++) { // Bins outside: as the numbers lie in memory.
      for (let channel = 0; channel < channels; channel++, i++) {
        const value = from[i];
        if (value === value) {
          sums[channel] += value;
          known[channel]++;
        }
      }
    }
    for (let channel = 0; channel < channels; channel++) {
      into[at + channel * stride] = sums[channel] / known[channel]; // 0 / 0 is NaN.
    }
  }
}
