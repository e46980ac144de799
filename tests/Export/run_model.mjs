// Exported models in whichever ONNX Runtime is given: the runs that runs.json lists, every output of each beside them as float32, with its shape.
export async function runModels(ort, files) {
  const sessions = new Map();
  for (const { name, model, shape } of JSON.parse(new TextDecoder().decode(await files.read('runs.json')))) {
    if (!sessions.has(model)) {
      const options = { intraOpNumThreads: 1, logSeverityLevel: 3 };
      sessions.set(model, await ort.InferenceSession.create(new Uint8Array(await files.read(model)), options));
    }
    const counts = new Float32Array(await files.read(`${name}.spikes`));
    const outputs = await sessions.get(model).run({ spikes: new ort.Tensor('float32', counts, shape) });
    for (const [output, tensor] of Object.entries(outputs)) {
      await files.write(`${name}.${output}`, tensor.data);
      await files.write(`${name}.${output}.shape`, JSON.stringify(tensor.dims));
    }
  }
}
