// From spike times to counts, as the Neural Latents Benchmark and recordings/Binning do it in C#.
//
// Bin b of width w covers [b·w, (b + 1)·w) ms. Times are rounded to nine decimals of a second first, so that 0.005 s is 5 ms whatever its last
// binary digit says. A bin is a gap (NaN) where its first millisecond was not observed; spikes of milliseconds not observed do not count.

import { Problem } from "../problem.js";
import { TrialArray } from "./trialArray.js";

/**
 * @typedef {object} SpikeTrains
 * @property {string[]} ids A name for each unit.
 * @property {ArrayLike<number>} times In seconds, unit after unit, ascending within each.
 * @property {number[]} ends Where each unit's times end.
 * @property {[start: number, stop: number][][] | null} observed When each unit was observed; null = always.
 * @property {number} endSeconds The last observed or annotated moment.
 */

/**
 * How many bins reach the recording's end.
 * @param {SpikeTrains} trains
 * @param {number} widthMs
 */
export function countBins(trains, widthMs) {
  let last = -1;
  forEachSpike(trains, widthMs, (bin) => { last = Math.max(last, bin); });
  return Math.max(last + 1, Math.ceil(sixDecimals(1000 * trains.endSeconds) / widthMs));
}

/**
 * @param {SpikeTrains} trains
 * @param {number} widthMs Width of a bin.
 * @param {number} bins As countBins says.
 * @returns {TrialArray} One long trial of counts; NaN = not observed.
 */
export function binSpikes(trains, widthMs, bins) {
  const units = trains.ids.length;
  const counts = new Float32Array(bins * units);
  forEachSpike(trains, widthMs, (bin, unit) => { counts[bin * units + unit]++; });
  for (let unit = 0; trains.observed !== null && unit < units; unit++) {
    const observed = new ObservedTime(trains.observed[unit]);
    for (let bin = 0; bin < bins; bin++) {
      if (!observed.containsNext(Math.floor(bin * widthMs))) {
        counts[bin * units + unit] = NaN;
      }
    }
  }
  return new TrialArray(1, bins, units, counts).summarizeAll();
}

/**
 * @param {SpikeTrains} trains
 * @param {number} widthMs
 * @param {(bin: number, unit: number) => void} take Receives the spikes that count.
 */
function forEachSpike(trains, widthMs, take) {
  const isWhole = Number.isInteger(widthMs);
  for (let unit = 0, spike = 0; unit < trains.ids.length; unit++) {
    const observed = trains.observed === null ? null : new ObservedTime(trains.observed[unit]);
    const start = spike;
    for (let before = -Infinity; spike < trains.ends[unit]; spike++) {
      const seconds = trains.times[spike];
      if (!(seconds >= before && seconds < Infinity)) {
        throw new Problem(`unit ${trains.ids[unit]}: spike time ${spike - start} is ${seconds} s after ${before} s, expected finite times that do not go back`);
      }
      before = seconds;
      const ms = millisecondOf(seconds);
      if (observed === null || observed.containsNext(ms)) {
        const bin = isWhole ? (ms < 0 ? -1 : Math.trunc((ms + 0.5) / widthMs)) : Math.floor(sixDecimals(1000 * seconds) / widthMs);
        if (bin >= 0) {
          take(bin, unit);
        }
      }
    }
  }
}

/** @param {number} seconds */
function millisecondOf(seconds) {
  const ms = 1000 * seconds;
  const whole = Math.trunc(ms);
  return ms - whole < 0.999999 ? whole : Math.round(sixDecimals(ms));
}

/**
 * Rounded to six decimals, halves to the even one, as .NET's Math.Round.
 * @param {number} value
 */
function sixDecimals(value) {
  const scaled = value * 1e6;
  const down = Math.floor(scaled);
  const isHalf = scaled - down === 0.5;
  return (isHalf ? down + (down % 2 === 0 ? 0 : 1) : Math.round(scaled)) / 1e6;
}

/** When a unit was observed, in whole milliseconds, asked for in ascending order. */
class ObservedTime {
  /** @type {[start: number, end: number][]} */
  #stretches = [];
  #at = 0;

  /** @param {[start: number, stop: number][]} intervals In seconds, in any order. */
  constructor(intervals) {
    for (const [from, to] of [...intervals].sort((a, b) => a[0] - b[0])) {
      const start = Math.ceil(sixDecimals(1000 * from)), end = Math.floor(sixDecimals(1000 * to));
      const last = this.#stretches.at(-1);
      if (start < end && last !== undefined && start <= last[1]) {
        last[1] = Math.max(last[1], end);
      } else if (start < end) {
        this.#stretches.push([start, end]);
      }
    }
  }

  /** @param {number} ms Not before the last one asked for. */
  containsNext(ms) {
    while (this.#at < this.#stretches.length && this.#stretches[this.#at][1] <= ms) {
      this.#at++;
    }
    return this.#at < this.#stretches.length && this.#stretches[this.#at][0] <= ms;
  }
}
