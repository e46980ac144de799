// The worker that holds the recording: reads it, has it smoothed by the model's worker, and gives out what is drawn.

import { findLatents } from "../analysis/latents.js";
import { meansOf, peakOf } from "../analysis/means.js";
import { meanOfVarying, r2PerChannel } from "../analysis/r2.js";
import { answer, Caller, report, Transferred } from "../calls.js";
import { Problem } from "../problem.js";
import { isTargetName } from "./counts.js";
import { requireFit } from "./fit.js";
import { toCsv, toHdf5 } from "./ratesFile.js";
import { smooth } from "./smoothing.js";
import { openSource } from "./source.js";
import { matchUnits } from "./unitMap.js";

/** Of other trials' trajectories, drawn faintly behind the chosen one. */
const otherTrials = 30, pointsOfOthers = 150;

/** @type {Caller} */
let model;
/** @type {import("./source.js").Source | null} */
let source = null;
/** @type {any} What is shown: counts, rates, the model's hidden layer, truth, latents of three dimensions and what is known of them. */
let shown = null;

answer(self, {
  /** @param {MessagePort} port */
  connect(port) {
    model = new Caller(port);
  },

  /** @param {File} file */
  async open(file) {
    source?.close();
    shown = source = null;
    source = await openSource(file);
    return { format: source.format };
  },

  /**
   * Reads an array and holds it against the model.
   * @param {{metadata: import("../model/metadata.js").ModelMetadata, array: string | null, units: import("./unitMap.js").UnitPolicy, binMs: number | null}} choice
   */
  load({ metadata, array: wanted, units, binMs }) {
    if (source === null) {
      throw new Problem("no recording is loaded");
    }
    shown = null;
    const arrays = arraysFor(source, metadata);
    const fitting = arrays.filter(({ units }) => units === metadata.heldInUnits || units === metadata.unitIds.length);
    const array = arrays.find(({ name }) => name === wanted) ?? fitting.find(({ name }) => name.startsWith("valid")) ?? fitting[0] ?? arrays[0];
    requireFit(array, metadata, binMs);
    const map = matchUnits(array.units, array.unitIds ?? source.unitIds, metadata.unitIds, metadata.heldInUnits, units);
    const counts = array.read();
    shown = { metadata, array, map, counts, truth: array.truth(), trialIds: array.trialIds(), rates: null, hidden: null, latents: null };
    return {
      array: array.name, arrays: arrays.map(({ name }) => name), trials: array.trials, bins: array.bins, units: array.units,
      unitIds: map.unitIds, heldOut: map.unitIds.length - map.columns.length, forwardBins: metadata.forwardBins,
      missing: map.missing, surplus: map.surplus, trialIds: shown.trialIds, hasTruth: shown.truth !== null, meanCounts: meansOf(counts, map.columns).means,
    };
  },

  /** Lets go of what is shown; a smoothing under way ends with its batch. */
  stop() {
    shown = null;
  },

  /** Infers the rates of what was loaded; reports on its way. Null where something else was loaded meanwhile. */
  async smooth() {
    const job = shown;
    const bins = job.counts.trials * (job.counts.bins + job.metadata.forwardBins);
    const start = performance.now();
    let device = "";
    const made = await smooth(job.counts, job.map, job.metadata, (batch) => model.call("run", batch, [batch.counts.buffer]), (partial, done, used) => {
      Object.assign(job, { rates: partial.rates, hidden: partial.latents });
      device = used;
      report(self, { done, bins });
      return job === shown;
    });
    if (made === null) {
      return null;
    }
    const { rates, latents } = made;
    const seconds = (performance.now() - start) / 1000;
    const r2 = job.truth === null ? null : r2PerChannel(job.truth, rates, job.map.places);
    const seen = job.map.columns.length;
    const { means: meanRates, hasGaps } = meansOf(rates);
    return {
      device, seconds, r2, meanR2: r2 && meanOfVarying(r2.slice(0, seen)), meanR2HeldOut: r2 && meanOfVarying(r2.slice(seen)),
      meanRates, peak: peakOf(rates), hasGaps, latentDimensions: latents?.channels ?? 0,
    };
  },

  /** Finds the latents of what was smoothed. */
  async latents() {
    const job = shown;
    const latents = await findLatents(job.rates, job.array.latents());
    if (latents !== null && job === shown) {
      job.latents = latents;
    }
    return latents && { kind: latents.kind, r2: latents.r2 };
  },

  /** @param {MessagePort} port Of the worker that draws. */
  show(port) {
    answer(port, { view, others });
  },

  /** @param {{kind: "h5" | "rates" | "latents", provenance: object}} what HDF5 with both, or one of them as CSV. */
  async download({ kind, provenance }) {
    const { rates, hidden: latents, map, trialIds, metadata: { binWidthMs, forwardBins }, array } = shown;
    const results = { name: array.name, rates, latents, unitIds: map.unitIds, heldOutUnits: map.unitIds.length - map.columns.length, forwardBins, trialIds, binWidthMs };
    return kind === "h5" ? new Blob([toHdf5(results, provenance)], { type: "application/x-hdf5" }) : toCsv(results, kind);
  },
});

/**
 * A stretch of a trial as it is drawn.
 * @param {{trial: number, from: number, to: number, columns: number}} stretch
 * @returns {Transferred | null} A View (view/worker.js); null where there is nothing to show.
 */
function view({ trial, from, to, columns }) {
  if (shown === null) {
    return null;
  }
  const part = (/** @type {import("./trialArray.js").TrialArray | null | undefined} */ array) => array?.view(trial, from, to, columns) ?? null;
  const counts = chosen(part(shown.counts), shown.map.columns, columns), truth = chosen(part(shown.truth), shown.map.places, columns);
  const seen = { counts, truth, rates: part(shown.rates), latents: part(shown.latents?.inferred), trueLatents: part(shown.latents?.truth) };
  return new Transferred(seen, Object.values(seen).filter((values) => values !== null).map((values) => values.buffer));
}

/**
 * Trajectories of other trials.
 * @param {number} trial The one that is left out.
 * @returns {Float32Array[]} [dimension, point] each.
 */
function others(trial) {
  const inferred = shown?.latents?.inferred;
  if (inferred === undefined) {
    return [];
  }
  const points = Math.min(pointsOfOthers, inferred.bins);
  return Array.from({ length: Math.min(inferred.trials, otherTrials) }, (_, t) => t).filter((t) => t !== trial)
    .map((t) => inferred.view(t, 0, inferred.bins, points));
}

/**
 * What can be run over; for a model that predicts what it does not see, without the arrays that hold just that.
 * @param {import("./source.js").Source} from
 * @param {import("../model/metadata.js").ModelMetadata} metadata
 */
function arraysFor(from, { binWidthMs, heldInUnits, unitIds, forwardBins }) {
  const all = from.arrays(binWidthMs);
  const seen = all.filter(({ name }) => !isTargetName(name));
  return seen.length === 0 || (heldInUnits === unitIds.length && forwardBins === 0) ? all : seen;
}

/**
 * The rows of a view that are the map's units.
 * @param {Float32Array | null} view [unit, column].
 * @param {number[]} units −1: not there, a row of NaN.
 * @param {number} columns
 */
function chosen(view, units, columns) {
  if (view === null || (units.length * columns === view.length && units.every((unit, i) => unit === i))) {
    return view;
  }
  const rows = new Float32Array(units.length * columns).fill(NaN);
  units.forEach((unit, i) => unit < 0 || rows.set(view.subarray(unit * columns, (unit + 1) * columns), i * columns));
  return rows;
}
