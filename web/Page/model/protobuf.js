// Protocol Buffers, as much as it takes to read a model's metadata without its graph.

import { Problem } from "../problem.js";

const varint = 0, fixed64 = 1, bytesOf = 2, fixed32 = 5;

/**
 * The fields of a message in order; the bytes of nested messages are given, not parsed.
 * @param {Uint8Array} bytes
 * @returns {Generator<{number: number, bytes: Uint8Array | null}>} bytes: of texts and messages; null for numbers.
 */
export function* fields(bytes) {
  let at = 0;
  while (at < bytes.length) {
    const [tag, afterTag] = readVarint(bytes, at);
    const number = Math.floor(tag / 8);
    at = afterTag;
    switch (tag % 8) {
      case varint:
        [, at] = readVarint(bytes, at);
        yield { number, bytes: null };
        break;
      case fixed64:
      case fixed32:
        at += tag % 8 === fixed64 ? 8 : 4;
        yield { number, bytes: null };
        break;
      case bytesOf: {
        const [length, start] = readVarint(bytes, at);
        at = start + length;
        if (at > bytes.length) {
          throw new Problem("is cut short");
        }
        yield { number, bytes: bytes.subarray(start, at) };
        break;
      }
      default:
        throw new Problem("is not an ONNX model");
    }
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {number} at
 * @returns {[value: number, next: number]} Exact up to 2^53; lengths and tags are less.
 */
function readVarint(bytes, at) {
  let value = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    if (at >= bytes.length) {
      throw new Problem("is cut short");
    }
    const byte = bytes[at++];
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) {
      return [value, at];
    }
  }
  throw new Problem("is not an ONNX model");
}
