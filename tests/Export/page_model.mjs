// run_model.mjs in onnxruntime-web: a page of run_in_browser.mjs.
import * as ort from '/ort/ort.wasm.min.mjs';
import { runModels } from '/pages/run_model.mjs';

ort.env.wasm.numThreads = 1;

export default () =>
  runModels(ort, {
    read: async (name) => (await fetch(`/files/${name}`)).arrayBuffer(),
    write: (name, body) => fetch(`/files/${name}`, { method: 'POST', body }),
  });
