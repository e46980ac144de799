// Which of the model's channels the units of a file are; infer/UnitMap.cs is the same in C#.

import { Problem } from "../problem.js";

/** @typedef {"strict" | "lenient" | "position"} UnitPolicy Names must agree; missing units are silent and unknown ones left out; names are not compared. */

/**
 * @typedef {object} UnitMap
 * @property {number[]} columns Of each unit that both have: its place in the file.
 * @property {number[]} channels Of each such unit: its channel of the model.
 * @property {string[]} unitIds Their names; the rates have these units in this order.
 * @property {string[]} missing Units of the model that the file lacks: the model sees zeros there.
 * @property {string[]} surplus Units of the file that the model does not know: they are left out.
 */

/**
 * @param {number} units How many the array has.
 * @param {string[] | null} fileIds
 * @param {string[]} modelIds
 * @param {UnitPolicy} policy
 * @returns {UnitMap}
 */
export function matchUnits(units, fileIds, modelIds, policy) {
  if (fileIds === null || policy === "position") {
    return byPosition(units, fileIds, modelIds);
  }
  if (fileIds.length !== units) {
    throw new Problem(`/unit_ids names ${fileIds.length} units, expected ${units}`);
  }
  const twice = fileIds.find((id, i) => fileIds.indexOf(id) !== i);
  if (twice !== undefined) {
    throw new Problem(`/unit_ids names unit '${twice}' twice, expected each unit once`);
  }

  const channelOf = new Map([...modelIds.entries()].reverse().map(([channel, id]) => [id, channel])); // The first of a name counts.
  const columns = fileIds.map((_, column) => column).filter((column) => channelOf.has(fileIds[column]));
  const map = {
    columns,
    channels: columns.map((column) => /** @type {number} */ (channelOf.get(fileIds[column]))),
    unitIds: columns.map((column) => fileIds[column]),
    missing: modelIds.filter((id) => !fileIds.includes(id)),
    surplus: fileIds.filter((id) => !channelOf.has(id)),
  };
  requireFit(map, modelIds.length, policy);
  return map;
}

/**
 * @param {number} units
 * @param {string[] | null} fileIds
 * @param {string[]} modelIds
 * @returns {UnitMap}
 */
function byPosition(units, fileIds, modelIds) {
  if (units !== modelIds.length) {
    throw new Problem(`has ${units} units, expected the model's ${modelIds.length}`);
  }
  const all = modelIds.map((_, unit) => unit);
  return { columns: all, channels: all, unitIds: fileIds?.length === units ? fileIds : modelIds, missing: [], surplus: [] };
}

/**
 * @param {UnitMap} map
 * @param {number} known
 * @param {UnitPolicy} policy
 */
function requireFit(map, known, policy) {
  if (map.columns.length === 0) {
    throw new Problem(`names none of the model's ${known} units (${names(map.missing)})`);
  }
  if (policy === "strict" && map.missing.length + map.surplus.length > 0) {
    const lacks = map.missing.length > 0 ? [`lacks ${map.missing.length} of the model's ${known} units (${names(map.missing)})`] : [];
    const more = map.surplus.length > 0 ? [`names ${map.surplus.length} that the model was not trained on (${names(map.surplus)})`] : [];
    throw new Problem(`${[...lacks, ...more].join(", and ")}; the choice under “Units that do not match” can let that pass`);
  }
}

/** @param {string[]} ids */
const names = (ids) => ids.slice(0, 8).map((id) => `'${id}'`).join(", ") + (ids.length > 8 ? ", …" : "");
