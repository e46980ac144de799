// Files that do not go: the line the page shows for each pair, given as MODEL RECORDING MODEL RECORDING …
import { textOf } from "../steps.mjs";

export default async function (page, folder, ...files) {
  const address = page.url();
  const lines = [];
  for (let i = 0; i < files.length; i += 2) {
    await page.goto(address);
    await page.setInputFiles("#model-file", files[i]);
    await page.locator("#model-facts dd").or(page.locator("#problem:not([hidden])")).first().waitFor();
    if (await page.isHidden("#problem")) {
      await page.setInputFiles("#recording-file", files[i + 1]);
    }
    await page.locator("#problem:not([hidden])").waitFor();
    lines.push(await textOf(page, "#problem"));
  }
  return { lines, stillHidden: await page.locator("#results[hidden]").count() };
}
