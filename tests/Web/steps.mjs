// What checks do again and again.
import path from "node:path";

/** Waits until a recording is smoothed, latents included. */
export async function smoothed(page) {
  await page.locator("#status", { hasText: /^Smoothed / }).or(page.locator("#problem:not([hidden])")).first().waitFor();
  const problem = await textOf(page, "#problem:not([hidden])");
  if (problem !== null) {
    throw new Error(`the page says: ${problem}`);
  }
}

/** The text of what is on the page; null where it is not there. */
export const textOf = async (page, selector) => (await page.locator(selector).count()) > 0 ? (await page.locator(selector).first().textContent()).trim() : null;

/** Presses a download button and keeps the file under its own name. */
export async function download(page, button, folder) {
  const waiting = page.waitForEvent("download");
  await page.click(button);
  const file = await waiting;
  await file.saveAs(path.join(folder, file.suggestedFilename()));
  return file.suggestedFilename();
}

/** Chooses a model and a recording by the page's two inputs. */
export async function choose(page, model, recording) {
  await page.setInputFiles("#model-file", model);
  await page.locator("#model-facts dd").or(page.locator("#problem:not([hidden])")).first().waitFor();
  await page.setInputFiles("#recording-file", recording);
}

/** A hash of a canvas's pixels, and how many colours it has. */
export const pixels = (page, selector) => page.$eval(selector, (canvas) => {
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true }); // Reading the page's own would be remarked on.
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  const words = new Uint32Array(data.buffer);
  return { hash: words.reduce((hash, word) => (Math.imul(hash, 31) + word) | 0, 7), colours: new Set(words).size };
});
