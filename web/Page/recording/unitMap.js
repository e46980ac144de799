// Which of the model's channels the units of a file are, and which units the rates have; infer/UnitMap.cs is the same in C#.

import { Problem } from "../problem.js";

/** @typedef {"strict" | "lenient" | "position"} UnitPolicy Names must agree; missing units are silent and unknown ones left out; names are not compared. */

/**
 * @typedef {object} UnitMap
 * @property {number[]} columns Of each unit that the model sees and the file has: its place in the file, ascending.
 * @property {number[]} channels Of each unit of the rates: its channel of the model; first those of columns, then those held out, which it predicts unseen.
 * @property {string[]} unitIds Their names; the rates have these units in this order.
 * @property {number[]} places Of each of them: its place in the file, to compare with what is true; −1 where the file has it not.
 * @property {string[]} missing Units that the model sees and the file lacks: the model sees zeros there.
 * @property {string[]} surplus Units of the file that the model does not know: they are left out.
 */

/**
 * @param {number} units How many the array has.
 * @param {string[] | null} fileIds
 * @param {string[]} modelIds Those held in first.
 * @param {number} heldIn How many of them the model sees.
 * @param {UnitPolicy} policy
 * @returns {UnitMap}
 */
export function matchUnits(units, fileIds, modelIds, heldIn, policy) {
  if (fileIds === null || policy === "position") {
    return byPosition(units, fileIds, modelIds, heldIn);
  }
  if (fileIds.length !== units) {
    throw new Problem(`/unit_ids names ${fileIds.length} units, expected ${units}`);
  }
  const twice = fileIds.find((id, i) => fileIds.indexOf(id) !== i);
  if (twice !== undefined) {
    throw new Problem(`/unit_ids names unit '${twice}' twice, expected each unit once`);
  }

  const seen = modelIds.slice(0, heldIn), heldOut = modelIds.slice(heldIn);
  const channelOf = new Map([...seen.entries()].reverse().map(([channel, id]) => [id, channel])); // The first of a name counts.
  const columns = fileIds.map((_, column) => column).filter((column) => channelOf.has(fileIds[column]));
  const map = {
    columns,
    channels: [...columns.map((column) => /** @type {number} */ (channelOf.get(fileIds[column]))), ...heldOut.map((_, i) => heldIn + i)],
    unitIds: [...columns.map((column) => fileIds[column]), ...heldOut],
    places: [...columns, ...heldOut.map((id) => fileIds.indexOf(id))],
    missing: seen.filter((id) => !fileIds.includes(id)),
    surplus: fileIds.filter((id) => !modelIds.includes(id)),
  };
  requireFit(map, `the model's ${heldIn} ${heldOut.length > 0 ? "held-in " : ""}units`, policy);
  return map;
}

/**
 * Unit k is channel k; what a file has behind the units held in is held out, and not read.
 * @param {number} units
 * @param {string[] | null} fileIds
 * @param {string[]} modelIds
 * @param {number} heldIn
 * @returns {UnitMap}
 */
function byPosition(units, fileIds, modelIds, heldIn) {
  if (units !== heldIn && units !== modelIds.length) {
    throw new Problem(`has ${units} units, expected the model's ${heldIn}${heldIn < modelIds.length ? ` held in, or all ${modelIds.length}` : ""}`);
  }
  const channels = modelIds.map((_, unit) => unit);
  const known = fileIds?.length === units ? fileIds : modelIds.slice(0, units);
  return { columns: channels.slice(0, heldIn), channels, unitIds: [...known, ...modelIds.slice(units)], places: channels.map((unit) => (unit < units ? unit : -1)), missing: [], surplus: [] };
}

/**
 * @param {UnitMap} map
 * @param {string} known
 * @param {UnitPolicy} policy
 */
function requireFit(map, known, policy) {
  if (map.columns.length === 0) {
    throw new Problem(`names none of ${known} (${names(map.missing)})`);
  }
  if (policy === "strict" && map.missing.length + map.surplus.length > 0) {
    const lacks = map.missing.length > 0 ? [`lacks ${map.missing.length} of ${known} (${names(map.missing)})`] : [];
    const more = map.surplus.length > 0 ? [`names ${map.surplus.length} that the model was not trained on (${names(map.surplus)})`] : [];
    throw new Problem(`${[...lacks, ...more].join(", and ")}; the choice under “Units that do not match” can let that pass`);
  }
}

/** @param {string[]} ids */
const names = (ids) => ids.slice(0, 8).map((id) => `'${id}'`).join(", ") + (ids.length > 8 ? ", …" : "");
