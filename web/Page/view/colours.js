// Colours of the plots: the page's own, which follow the colour scheme, and cividis for rates.

/** cividis (Nuñez, Anderton, Renslow 2018), at ten even steps. */
const stops = ["00204d", "00336f", "39486b", "575d6d", "707173", "8a8779", "a69d75", "c4b56c", "e4cf5b", "ffea46"]
  .map((hex) => [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)));

/** @param {number[]} rgb Bytes; little-endian memory has red first. */
const pixel = ([red, green, blue]) => ((255 << 24) | (Math.round(blue) << 16) | (Math.round(green) << 8) | Math.round(red)) >>> 0;

/** @type {Map<string, string>} Asking the style for each line of each plot would take longer than drawing it. */
const known = new Map();

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => known.clear());

/**
 * One of the page's colours.
 * @param {"paper" | "ink" | "quiet" | "line" | "network" | "truth" | "unseen"} name
 */
export function colour(name) {
  const value = known.get(name) ?? getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  known.set(name, value);
  return value;
}

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
