// Opens the page in headless Chromium, runs one check on it, and prints what was observed as one JSON object:
//   node browser.mjs CHECK ADDRESS FOLDER [ARGUMENT…]      CHECK: a file of checks/; FOLDER receives downloads and screenshots
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";

const [check, address, folder, ...given] = process.argv.slice(2);
const browserPath = process.env.PATH.split(path.delimiter).flatMap((place) => ["chromium", "chromium-browser", "google-chrome"].map((name) => path.join(place, name))).find(fs.existsSync);
const profile = fs.mkdtempSync(path.join(os.tmpdir(), "unet-spikes-web-"));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: browserPath, headless: true, acceptDownloads: true, viewport: { width: 1200, height: 900 },
  args: ["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});
try {
  const page = await context.newPage();
  const requests = [], complaints = [];
  context.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(String(error.stack)));
  page.setDefaultTimeout(60_000);
  await page.goto(address);
  const { default: run } = await import(`./checks/${check}.mjs`);
  const observed = await run(page, folder, ...given);
  console.log(JSON.stringify({ ...observed, requests, complaints }));
} finally {
  await context.close();
  fs.rmSync(profile, { recursive: true, force: true });
}
