// "Try it", everything shown, all downloads.
import { download, pixels, smoothed, textOf } from "../steps.mjs";

export default async function (page, folder) {
  await page.click("#try");
  await smoothed(page);
  await page.locator("#latents-section:not([hidden])").waitFor();
  await page.waitForTimeout(300); // The frame that draws.
  await page.click("#every-unit summary");
  const colours = {};
  for (const id of ["raster", "rates", "truth", "curves", "trajectory"]) {
    colours[id] = (await pixels(page, `#${id}`)).colours;
  }
  return {
    status: await textOf(page, "#status"), score: await textOf(page, "#score-words"), latents: await textOf(page, "#latents-words"),
    isolated: await page.evaluate(() => crossOriginIsolated), colours,
    owners: await page.$$eval("canvas", (all) => all.map((canvas) => { try { return canvas.getContext("2d") && "the page"; } catch { return "a worker"; } })),
    rows: await page.locator("#unit-table tbody tr").count(),
    files: [await download(page, "#download-h5", folder), await download(page, "#download-rates", folder), await download(page, "#download-latents", folder)],
  };
}
