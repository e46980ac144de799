// node smooth.cjs MODEL.onnx COUNTS.csv BIN_MS: firing rates in Hz, a line for each bin, from spike counts with a line for each bin and a column for each unit.
const fs = require('node:fs');
const ort = require('onnxruntime-node');

async function main([model, file, binWidthMs]) {
  const rows = fs.readFileSync(file, 'utf8').trim().split('\n').map((line) => line.split(',').map(Number));
  const session = await ort.InferenceSession.create(model);
  const spikes = new ort.Tensor('float32', Float32Array.from(rows.flat()), [1, rows.length, rows[0].length]); // [trial, bin, unit]
  const { rates } = await session.run({ spikes }); // expected spikes per bin
  const [, bins, units] = rates.dims;
  for (let bin = 0; bin < bins; bin++) {
    console.log(Array.from(rates.data.subarray(bin * units, (bin + 1) * units), (rate) => (rate * 1000) / binWidthMs).join(','));
  }
}

main(process.argv.slice(2));
