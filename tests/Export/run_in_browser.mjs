// A page in a headless browser: node run_in_browser.mjs BROWSER PAGE.mjs FOLDER
// The page is a module whose default export is called. It has FOLDER as /files/ (GET reads, POST writes), onnxruntime-web as /ort/ and docs/examples at the root.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const [browserPath, page, folder] = process.argv.slice(2);
const here = path.dirname(fileURLToPath(import.meta.url));
const repository = path.join(here, '..', '..');
const folders = {
  '/files/': folder,
  '/ort/': path.join(repository, 'node_modules', 'onnxruntime-web', 'dist'),
  '/pages/': here,
  '/': path.join(repository, 'docs', 'examples'),
};
const types = { '.mjs': 'text/javascript', '.wasm': 'application/wasm' };
const html = `<!doctype html><meta charset="utf-8"><script type="module">
  const said = await import('/pages/${page}').then((page) => page.default()).then(() => '', (error) => String(error?.stack ?? error));
  await fetch('/done', { method: 'POST', body: said });
</script>`;

const server = http.createServer(async (request, response) => {
  if (request.url === '/') {
    response.setHeader('content-type', 'text/html').end(html);
    return;
  }
  const body = [];
  for await (const chunk of request) {
    body.push(chunk);
  }
  if (request.url === '/done') {
    response.end();
    finish(Buffer.concat(body).toString());
    return;
  }
  const root = Object.keys(folders).find((prefix) => request.url.startsWith(prefix));
  const file = path.join(folders[root], path.basename(request.url));
  if (request.method === 'POST') {
    fs.writeFileSync(file, Buffer.concat(body));
    response.end();
  } else if (fs.existsSync(file)) {
    response.setHeader('content-type', types[path.extname(file)] ?? 'application/octet-stream').end(fs.readFileSync(file));
  } else {
    response.writeHead(404).end();
  }
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));

const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'browser-'));
const browser = spawn(browserPath, [
  '--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  `--user-data-dir=${profile}`, `http://127.0.0.1:${server.address().port}/`,
], { stdio: 'ignore' });
// The browser's own children write into its profile a moment longer than it lives.
async function forget(triesLeft = 50) {
  try {
    fs.rmSync(profile, { recursive: true, force: true });
  } catch (error) {
    if (triesLeft === 0) {
      throw error;
    }
    await delay(100);
    await forget(triesLeft - 1);
  }
}
browser.on('exit', () => forget());
browser.on('error', (error) => {
  forget();
  finish(String(error));
});
const patience = setTimeout(() => finish('the page did not finish within 60 s'), 60_000);

function finish(problem) {
  clearTimeout(patience);
  server.close();
  server.closeAllConnections();
  browser.kill();
  if (problem) {
    console.error(problem);
    process.exitCode = 1;
  }
}
