// Runs an exported model in onnxruntime-node: node run_model.cjs MODEL SPIKES.bin BATCH BINS CHANNELS FOLDER
// Writes every output as FOLDER/NAME.bin (float32) and prints its shape. Without arguments: says whether the package is there.
const fs = require('fs');
const path = require('path');
const ort = require('onnxruntime-node');

async function main([model, spikes, batch, bins, channels, folder]) {
  if (!model) {
    return;
  }
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const bytes = fs.readFileSync(spikes);
  const counts = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const outputs = await session.run({ spikes: new ort.Tensor('float32', counts, [batch, bins, channels].map(Number)) });
  for (const [name, tensor] of Object.entries(outputs)) {
    fs.writeFileSync(path.join(folder, name + '.bin'), Buffer.from(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength));
    console.log(name, tensor.dims.join(','));
  }
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
