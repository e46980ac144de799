// From the address bar to a turned trajectory without a mouse, by Tab, Enter and arrows alone; what each stop says of itself.
import { pixels, smoothed, textOf } from "../steps.mjs";

export default async function (page) {
  const stops = [];
  const tabTo = async (id) => {
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press("Tab");
      const stop = await page.evaluate(() => {
        const { id, tagName, textContent, labels, dataset } = document.activeElement;
        return { id, move: dataset.move ?? dataset.turn ?? "", name: document.activeElement.getAttribute("aria-label") ?? labels?.[0]?.textContent ?? textContent.trim(), tag: tagName };
      });
      stops.push(stop);
      if (stop.id === id || stop.move === id) {
        return;
      }
    }
    throw new Error(`Tab never came to ${id}`);
  };

  await tabTo("try");
  await page.keyboard.press("Enter");
  await smoothed(page);
  await page.locator("#latents-section:not([hidden])").waitFor();
  const whole = await textOf(page, "#time-words");
  await tabTo("trial");
  await page.keyboard.press("ArrowDown");
  await page.waitForTimeout(300);
  const second = await textOf(page, "#time-words");
  await tabTo("in");
  await page.keyboard.press("Enter");
  await page.waitForTimeout(300);
  const closer = await textOf(page, "#time-words");
  await tabTo("trajectory");
  const before = await pixels(page, "#trajectory");
  await page.keyboard.press("ArrowRight");
  await page.waitForTimeout(300);
  const after = await pixels(page, "#trajectory");
  await tabTo("download-rates");
  await tabTo("download-latents");
  return { stops, whole, second, closer, turned: before.hash !== after.hash, tree: await page.locator("body").ariaSnapshot() };
}
