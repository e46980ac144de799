// Firing rates in Hz of one trial, in a web page. The folder dist/ of onnxruntime-web is served as ort/ beside this file.
import * as ort from './ort/ort.wasm.min.mjs';

ort.env.wasm.numThreads = 1; // More need a page that is cross-origin isolated.

/** model: a URL or the file's bytes; counts: Float32Array, bin by bin, of whole trials. */
export async function ratesHz(model, counts, bins, binWidthMs) {
  const session = await ort.InferenceSession.create(model);
  const spikes = new ort.Tensor('float32', counts, [1, bins, counts.length / bins]); // [trial, bin, unit]
  const { rates } = await session.run({ spikes }); // expected spikes per bin
  return { bins: rates.dims[1], units: rates.dims[2], values: rates.data.map((rate) => (rate * 1000) / binWidthMs) };
}
