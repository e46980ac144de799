// A recording as it was dropped: what can be smoothed in it, whatever its format.

import { binSpikes, countBins } from "./binning.js";
import { findCounts, readUnitIds } from "./counts.js";
import { Hdf5File } from "./hdf5.js";
import { isNwb, readUnits } from "./nwb.js";

/**
 * @typedef {object} Source
 * @property {string} format For people.
 * @property {string[] | null} unitIds
 * @property {(binWidthMs: number) => import("./counts.js").CountsArray[]} arrays Spike times are put into bins of that width; counts say their own.
 * @property {() => void} close
 */

/**
 * @param {File} file
 * @returns {Promise<Source>}
 */
export async function openSource(file) {
  const hdf5 = await Hdf5File.open(file);
  const close = () => hdf5.close();
  try {
    if (isNwb(hdf5)) {
      const trains = readUnits(hdf5);
      return { format: "NWB", unitIds: trains.ids, arrays: (binWidthMs) => [fromTrains(trains, binWidthMs)], close };
    }
    const arrays = findCounts(hdf5);
    return { format: "HDF5", unitIds: readUnitIds(hdf5), arrays: () => arrays, close };
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * One long trial, from time 0 to the recording's end.
 * @param {import("./binning.js").SpikeTrains} trains
 * @param {number} binWidthMs
 * @returns {import("./counts.js").CountsArray}
 */
function fromTrains(trains, binWidthMs) {
  const bins = countBins(trains, binWidthMs);
  return {
    name: "spikes", trials: 1, bins, units: trains.ids.length, unitIds: null, binWidthMs,
    read: () => binSpikes(trains, binWidthMs, bins), trialIds: () => null, truth: () => null, latents: () => null,
  };
}
