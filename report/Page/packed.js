// Arrays as the page carries them (PackedArray.cs): base64 of float16 or of bytes, [outer, bin, inner].

/** @returns {number} the value of a float16's 16 bits */
function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) { return sign * fraction * 2 ** -24; }
  if (exponent === 31) { return fraction ? NaN : sign * Infinity; }
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Unpacks an array; null stays null. */
function unpack(packed) {
  if (!packed) { return null; }
  const text = atob(packed.data);
  const [outer, bins, inner] = packed.shape;
  const values = new Float32Array(outer * bins * inner);
  for (let i = 0; i < values.length; i++) {
    values[i] = packed.type === "f16"
      ? fromHalf(text.charCodeAt(2 * i) | (text.charCodeAt(2 * i + 1) << 8))
      : packed.low + text.charCodeAt(i) * (packed.high - packed.low) / 255;
  }
  return {
    outer, bins, inner,
    at: (o, b, i) => values[(o * bins + b) * inner + i],
    /** One curve over bins. */
    curve: (o, i) => Array.from({ length: bins }, (_, b) => values[(o * bins + b) * inner + i]),
    /** One picture, a row for each inner position, bins to the right. */
    rows: (o) => Array.from({ length: inner }, (_, i) => Array.from({ length: bins }, (_, b) => values[(o * bins + b) * inner + i])),
  };
}
