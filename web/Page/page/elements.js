// Parts of the page by id, and new ones; texts of files become text, never HTML.

/**
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export const part = (id) => /** @type {T} */ (document.getElementById(id));

/**
 * @param {string} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/**
 * @param {string} id Of a dl.
 * @param {[string, string][]} facts
 */
export const fillFacts = (id, facts) => part(id).replaceChildren(...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));

/**
 * @param {string} id Of a select.
 * @param {[value: string, text: string][]} choices
 * @param {string[]} selected
 */
export function fillChoices(id, choices, selected) {
  part(id).replaceChildren(...choices.map(([value, text]) => {
    const option = /** @type {HTMLOptionElement} */ (element("option", { value }, text));
    option.selected = selected.includes(value);
    return option;
  }));
}

/**
 * A whole number with commas. The browser's own formatter takes 30 ms and more when it is first used, in which the page would stand still.
 * @param {number} value
 */
export const grouped = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ",");

/**
 * A number for people: three digits that count.
 * @param {number | null} value
 */
export const brief = (value) => (value === null || Number.isNaN(value) ? "–" : Math.abs(value) >= 1000 ? grouped(Math.round(value)) : String(Number(value.toPrecision(3))));

/** @param {number | null} value An R², to three decimals. */
export const r2Text = (value) => (value === null || Number.isNaN(value) ? "–" : value.toFixed(3).replace("-", "−"));
