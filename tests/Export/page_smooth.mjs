// docs/examples/smooth.mjs on counts.csv, to rates.csv: a page of run_in_browser.mjs.
import { ratesHz } from '/smooth.mjs';

export default async () => {
  const rows = (await (await fetch('/files/counts.csv')).text()).trim().split('\n').map((line) => line.split(',').map(Number));
  const { bins, units, values } = await ratesHz('/files/model.onnx', Float32Array.from(rows.flat()), rows.length, 20);
  const lines = Array.from({ length: bins }, (_, bin) => values.subarray(bin * units, (bin + 1) * units).join(','));
  await fetch('/files/rates.csv', { method: 'POST', body: lines.join('\n') });
};
