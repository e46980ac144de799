// What an exported model says of itself (docs/formats.md, "Exported model"); runtime/ModelMetadata.Keys.cs is the same in C#.

import { Problem } from "../problem.js";
import { fields } from "./protobuf.js";

const prefix = "unet_spikes.";
const newestFormat = 3;
const metadataProps = 14; // ModelProto.metadata_props
const graph = 7; // ModelProto.graph

/** More bins than any network of ours reaches, as infer/ModelClaims.cs has it. */
const mostBins = 2 ** 20;

/**
 * @typedef {object} ModelMetadata
 * @property {number} binWidthMs
 * @property {string[]} unitIds In the order of the model's channels: those held in, whose counts it sees, then those held out.
 * @property {number} heldInUnits How many of them it sees.
 * @property {number} forwardBins Bins it predicts behind those it is given.
 * @property {number} receptiveFieldLeft Bins before an output bin that can change it.
 * @property {number} receptiveFieldRight Bins after it.
 * @property {boolean} needsTrials Whether rates depend on the whole trial.
 * @property {number} trialBins The only length of trial it was trained for; 0 = any.
 * @property {number} minimumBins
 * @property {number} binMultiple
 * @property {{name: string, value: number | null, definition: string}[]} scores
 * @property {string} architecture
 * @property {string} licence
 * @property {string} createdBy
 * @property {string} commit
 * @property {string} trainingDataSha256
 */

/**
 * Reads a model's metadata from its file, strictly.
 * @param {Uint8Array} file A serialised ModelProto.
 * @returns {ModelMetadata}
 * @throws {Problem} Not a model, not one of ours, or one that this page cannot run.
 */
export function readMetadata(file) {
  const values = readProperties(file);
  const text = (/** @type {string} */ key) => values.get(prefix + key)
    ?? fail(`metadata ${prefix}${key} is missing, expected a model written by 'unet-spikes export'`);
  const number = (/** @type {string} */ key, /** @type {number} */ least) => {
    const value = Number(text(key));
    return Number.isFinite(value) && value >= least ? value : fail(`metadata ${prefix}${key} is '${text(key)}', expected a number of at least ${least}`);
  };
  const whole = (/** @type {string} */ key, /** @type {number} */ least) =>
    Number.isInteger(number(key, least)) ? number(key, least) : fail(`metadata ${prefix}${key} is '${text(key)}', expected a whole number`);
  const list = (/** @type {string} */ key) => parseList(text(key)) ?? fail(`metadata ${prefix}${key} is not a JSON list`);

  const version = whole("format_version", 1);
  if (version > newestFormat) {
    fail(`metadata ${prefix}format_version is ${version}, expected 1 to ${newestFormat}; a newer unet-spikes wrote this model`);
  }

  const unitIds = list("unit_ids");
  if (unitIds.length === 0 || !unitIds.every((id) => typeof id === "string")) {
    fail(`metadata ${prefix}unit_ids is not a list of names`);
  }
  const heldInUnits = version >= 3 ? whole("held_in_units", 1) : unitIds.length, forwardBins = version >= 3 ? whole("forward_bins", 0) : 0;
  if (heldInUnits > unitIds.length || forwardBins > mostBins) {
    fail(`metadata says ${heldInUnits} held-in units and ${forwardBins} forward bins, expected at most the ${unitIds.length} of ${prefix}unit_ids and ${mostBins}`);
  }

  return {
    binWidthMs: number("bin_width_ms", Number.MIN_VALUE),
    unitIds,
    heldInUnits,
    forwardBins,
    receptiveFieldLeft: whole("receptive_field_left", 0),
    receptiveFieldRight: whole("receptive_field_right", 0),
    needsTrials: version >= 2 && text("needs_trials") === "true",
    trialBins: version >= 2 ? whole("trial_bins", 0) : 0,
    minimumBins: whole("minimum_bins", 1),
    binMultiple: whole("bin_multiple", 1),
    scores: list("scores"),
    architecture: text("architecture"),
    licence: text("licence"),
    createdBy: text("created_by"),
    commit: text("commit"),
    trainingDataSha256: text("training_data_sha256"),
  };
}

/**
 * @param {Uint8Array} file
 * @returns {Map<string, string>} ModelProto.metadata_props.
 */
function readProperties(file) {
  const decoder = new TextDecoder();
  const values = new Map();
  let hasGraph = false;
  for (const { number, bytes } of fields(file)) {
    hasGraph ||= number === graph && bytes !== null;
    if (number === metadataProps && bytes !== null) {
      let key = "", value = "";
      for (const part of fields(bytes)) {
        const words = decoder.decode(part.bytes ?? undefined);
        [key, value] = part.number === 1 ? [words, value] : [key, words];
      }
      values.set(key, value);
    }
  }
  return hasGraph ? values : fail("is not an ONNX model");
}

/** @param {string} json */
function parseList(json) {
  try {
    const value = JSON.parse(json);
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/**
 * @param {string} what
 * @returns {never}
 */
function fail(what) {
  throw new Problem(what);
}
