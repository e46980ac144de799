/**
 * The largest number of an array; a loop, for views have hundreds of thousands and are drawn sixty times a second.
 * @param {Float32Array | null} values NaN is left out.
 * @returns {number} 1 where there is none above 0: something to divide by.
 */
export function largestOf(values) {
  let most = 0;
  for (let i = 0; values !== null && i < values.length; i++) {
    most = values[i] > most ? values[i] : most;
  }
  return most || 1;
}
