// HDF5 files through h5wasm: opened where they lie, read by pieces, nothing taken on trust.

import h5wasm, { FS, Module } from "../lib/h5wasm/hdf5_hl.js";
import { Problem } from "../problem.js";

const folder = "/recording";

/** Elements read at a time: what a piece takes in memory, next to what it is for. */
const slabElements = 1 << 20;

/** An open HDF5 file. */
export class Hdf5File {
  #file;

  /** @param {any} file h5wasm's. */
  constructor(file) {
    this.#file = file;
  }

  /**
   * Opens a file without reading it into memory.
   * @param {File | Blob & {name: string}} file As dropped.
   */
  static async open(file) {
    await h5wasm.ready;
    Module.activate_throwing_error_handler(); // Without it, what cannot be read is read as whatever lay in memory.
    FS.mkdirTree(folder);
    FS.mount(FS.filesystems.WORKERFS, { blobs: [{ name: "file", data: file }] }, folder);
    try {
      return new Hdf5File(new h5wasm.File(`${folder}/file`, "r"));
    } catch {
      unmount();
      throw new Problem("is not an HDF5 file, or it is damaged, expected HDF5 or NWB");
    }
  }

  /** @returns {string[]} The names in a group, ascending. */
  keys(place = "/") {
    return guarded(place, () => this.#file.get(place).keys());
  }

  /** @param {string} path */
  hasDataset(path) {
    return this.#dataset(path) !== null;
  }

  /** @param {string} path */
  hasGroup(path) {
    return this.#get(path)?.type === "Group";
  }

  /**
   * @param {string} path
   * @returns {{shape: number[], isText: boolean, isNumber: boolean}}
   */
  describe(path) {
    return guarded(path, () => {
      const dataset = this.#required(path);
      const { type } = dataset.metadata;
      return { shape: dataset.shape ?? [], isText: type === Module.H5T_class_t.H5T_STRING.value, isNumber: isNumber(type) };
    });
  }

  /**
   * Reads numbers, whatever their type in the file.
   * @param {string} path
   * @param {[from: number, to: number][]} [ranges] One for each axis; all where not said.
   * @returns {Float64Array | Float32Array | Int32Array}
   */
  numbers(path, ranges) {
    return guarded(path, () => {
      const dataset = this.#required(path);
      if (!isNumber(dataset.metadata.type)) {
        throw new Problem(`${path} does not hold numbers`);
      }
      const value = ranges === undefined || dataset.shape.length === 0 ? dataset.value : dataset.slice(ranges);
      return asNumbers(value);
    });
  }

  /**
   * Reads [from, to) of the first axis in pieces of bounded size.
   * @param {string} path
   * @param {number} rows Length of the first axis.
   * @param {number} perRow Elements of each row.
   * @param {(values: ArrayLike<number>, first: number) => void} take Receives a piece and the place of its first element.
   */
  byRows(path, rows, perRow, take) {
    const { shape } = this.describe(path);
    const rest = /** @type {[number, number][]} */ (shape.slice(1).map((size) => [0, size]));
    const step = Math.max(1, Math.floor(slabElements / Math.max(1, perRow)));
    for (let row = 0; row < rows; row += step) {
      take(this.numbers(path, [[row, Math.min(row + step, rows)], ...rest]), row * perRow);
    }
  }

  /**
   * @param {string} path
   * @returns {string[]}
   */
  texts(path) {
    return guarded(path, () => Array.from(this.#required(path).value, String));
  }

  /**
   * @param {string} place A group's or dataset's path.
   * @param {string} name
   * @returns {any} Null where there is none.
   */
  attribute(place, name) {
    return guarded(`${place}@${name}`, () => this.#get(place)?.attrs[name]?.value ?? null);
  }

  close() {
    this.#file.close();
    unmount();
  }

  /** @param {string} path */
  #required(path) {
    return this.#dataset(path) ?? fail(`${path} is missing`);
  }

  /** @param {string} path */
  #dataset(path) {
    const entity = this.#get(path);
    return entity?.type === "Dataset" ? entity : null;
  }

  /** @param {string} path */
  #get(path) {
    try {
      return this.#file.get(path);
    } catch {
      return null;
    }
  }
}

/**
 * What HDF5 throws at damaged data, said as the user's problem.
 * @template T
 * @param {string} place
 * @param {() => T} read
 * @returns {T}
 */
function guarded(place, read) {
  try {
    return read();
  } catch (error) {
    throw error instanceof Problem ? error : new Problem(`${place} cannot be read: the file is damaged, or packed in a way this page does not know`);
  }
}

/** @param {number} type HDF5's class. */
function isNumber(type) {
  const { H5T_INTEGER, H5T_FLOAT, H5T_ENUM } = Module.H5T_class_t;
  return type === H5T_INTEGER.value || type === H5T_FLOAT.value || type === H5T_ENUM.value;
}

/**
 * 64-bit integers as numbers; looking at their halves is ten times as fast as converting each BigInt.
 * @param {any} value What h5wasm read.
 */
function asNumbers(value) {
  if (typeof value === "number" || typeof value === "bigint") {
    return Float64Array.of(Number(value));
  }
  if (!(value instanceof BigInt64Array || value instanceof BigUint64Array)) {
    return value;
  }
  const isSigned = value instanceof BigInt64Array;
  const low = new Uint32Array(value.buffer, value.byteOffset, 2 * value.length);
  const high = isSigned ? new Int32Array(value.buffer, value.byteOffset, 2 * value.length) : low;
  return Float64Array.from({ length: value.length }, (_, i) => high[2 * i + 1] * 2 ** 32 + low[2 * i]);
}

function unmount() {
  FS.unmount(folder);
}

/**
 * @param {string} what
 * @returns {never}
 */
function fail(what) {
  throw new Problem(what);
}
