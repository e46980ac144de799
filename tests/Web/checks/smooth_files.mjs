// A model and a recording of the user's own: by the inputs, or dropped ("drop").
import fs from "node:fs";
import path from "node:path";
import { choose, download, smoothed, textOf } from "../steps.mjs";

export default async function (page, folder, model, recording, how, policy) {
  if (policy) {
    await page.click("#differences summary");
    await page.selectOption("#unit-policy", policy);
  }
  if (how === "drop") {
    await drop(page, [model, recording]);
  } else {
    await choose(page, model, recording);
  }
  await smoothed(page);
  await page.locator("#rates[aria-label]").waitFor();
  const files = [];
  for (const button of ["#download-h5", "#download-rates", "#download-latents"]) {
    files.push(await download(page, button, folder));
  }
  return {
    status: await textOf(page, "#status"), score: await textOf(page, "#score-words"), isolated: await page.evaluate(() => crossOriginIsolated), files,
    facts: await page.locator("#recording-facts").innerText(), modelFacts: await page.locator("#model-facts").innerText(),
    arrays: await page.locator("#array option").allTextContents(), units: await page.locator("#units option").allTextContents(),
    words: { raster: await page.getAttribute("#raster", "aria-label"), rates: await page.getAttribute("#rates", "aria-label") },
  };
}

async function drop(page, files) {
  const contents = files.map((file) => ({ name: path.basename(file), base64: fs.readFileSync(file).toString("base64") }));
  const transfer = await page.evaluateHandle((all) => {
    const made = new DataTransfer();
    for (const { name, base64 } of all) {
      made.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    }
    return made;
  }, contents);
  await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
}
