// How a trial is cut so that its pieces together equal one run over the whole of it (docs/infer.md); infer/WindowPlan.cs is the same in C#.
//
// The model pads a trial of T bins with zeros to k·m + 1, left = total / 2, which is where its strides lie. A window whose length differs from T by a
// multiple of m is padded with as many zeros on either side, so that windows which also begin at multiples of m lie on the same grid of strides. Of
// each window those outputs are kept whose receptive field lies inside it, or ends where the trial does. A model that predicts F forward bins appends
// them to what it is given, as zeros, before it pads: at a cut, outputs are kept out of their reach as out of the padding's.

/**
 * @typedef {object} BinWindow
 * @property {number} start The window's first bin.
 * @property {number} first The first bin of the trial whose output is kept; forward bins count on behind the trial's own.
 * @property {number} count How many outputs are kept from there.
 */

/**
 * @param {number} bins Length of the trial, at least 1.
 * @param {number} window The shortest window wished for, in bins.
 * @param {number} multiple The model's m.
 * @param {number} reachLeft The receptive field before a bin.
 * @param {number} reachRight The receptive field after a bin.
 * @param {number} forward The model's forward bins.
 * @returns {{length: number, windows: BinWindow[]}} length: of every window, forward bins included.
 */
export function planWindows(bins, window, multiple, reachLeft, reachRight, forward = 0) {
  const predicted = bins + forward;
  const wished = Math.max(window, reachLeft + reachRight + multiple);
  if (bins <= wished) {
    return { length: predicted, windows: [{ start: 0, first: 0, count: predicted }] };
  }

  const length = wished + ((bins - wished) % multiple), last = bins - length;
  const step = Math.floor((length - reachLeft - reachRight) / multiple) * multiple;
  const windows = [];
  for (let start = 0, kept = 0; kept < predicted; start = Math.min(start + step, last)) {
    const end = start === last ? predicted : start + length - reachRight;
    windows.push({ start, first: kept, count: end - kept });
    kept = end;
  }
  return { length: length + forward, windows };
}
