// run_model.mjs in onnxruntime-node: node run_in_node.mjs FOLDER. Without a folder: says whether the package is there.
import fs from 'node:fs/promises';
import path from 'node:path';
import ort from 'onnxruntime-node';
import { runModels } from './run_model.mjs';

const folder = process.argv[2];
if (folder) {
  await runModels(ort, {
    read: async (name) => {
      const bytes = await fs.readFile(path.join(folder, name));
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    },
    write: (name, data) => fs.writeFile(path.join(folder, name), data),
  });
}
