// Colours of the plots: the page's own, which it says with each picture, and cividis for rates.

/** cividis (Nuñez, Anderton, Renslow 2018), at ten even steps. */
const stops = ["00204d", "00336f", "39486b", "575d6d", "707173", "8a8779", "a69d75", "c4b56c", "e4cf5b", "ffea46"]
  .map((hex) => [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)));

/** @param {number[]} rgb Bytes; little-endian memory has red first. */
const pixel = ([red, green, blue]) => ((255 << 24) | (Math.round(blue) << 16) | (Math.round(green) << 8) | Math.round(red)) >>> 0;

/** Names of the page's colours, as page.css has them. */
export const colourNames = /** @type {const} */ (["paper", "ink", "quiet", "line", "network", "truth", "unseen"]);

/** @type {Record<string, string>} */
let used = {};

/** @param {Record<string, string>} colours Of the page, by name; a worker has no style to ask. */
export const useColours = (colours) => { used = colours; };

/** @param {typeof colourNames[number]} name */
export const colour = (name) => used[name];

/** 256 colours from nothing to the most, as pixels of an ImageData. */
export const cividis = Uint32Array.from({ length: 256 }, (_, level) => {
  const at = (level / 255) * (stops.length - 1);
  const below = Math.min(Math.floor(at), stops.length - 2);
  return pixel(stops[below].map((value, i) => value + (stops[below + 1][i] - value) * (at - below)));
});

/** 256 colours from paper to ink, for spikes: by the square root, so that a single one is seen beside a burst. */
export function inks() {
  const [paper, ink] = [colour("paper"), colour("ink")].map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  return Uint32Array.from({ length: 256 }, (_, level) => pixel(paper.map((value, i) => value + (ink[i] - value) * Math.sqrt(level / 255))));
}
