// Building the document. Texts from files only ever become text nodes.

/** An element with attributes and children; a string child is text. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) { made.setAttribute(name, value); }
  made.append(...children);
  return made;
}

const slot = (name) => document.querySelector(`[data-slot="${name}"]`);

/** Puts content into a slot in place of what was there; plots that go are forgotten. */
function fill(name, ...content) {
  const target = slot(name);
  target.querySelectorAll(".plot").forEach(forget);
  target.replaceChildren(...content);
}

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** A number for people: fixed digits, no minus before a zero; "–" where there is none. */
const text = (value, digits = 3) => (isNumber(value) ? value.toFixed(digits).replace(/^-(?=0\.?0*$)/, "").replace("-", "−") : "–");

/** A definition as a sentence. */
const sentence = (definition) => `${definition.charAt(0).toUpperCase()}${definition.slice(1)}.`;

/** A table. Columns: { head, number, definition }; the first cell of each row is its heading. */
function table(caption, columns, rows) {
  const kind = (column) => (column.number ? { class: "number" } : column.definition ? { class: "definition" } : {});
  return element("div", { class: "table", role: "region", tabindex: "0", "aria-label": caption }, element("table", {},
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, ...columns.map((c) => element("th", { scope: "col", ...kind(c) }, c.head)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((cell, i) =>
      (i === 0 ? element("th", { scope: "row" }, cell) : element("td", kind(columns[i]), columns[i].definition ? sentence(cell) : cell))))))));
}

let figures = 0;

/** A figure: a plot's box, its title, its definition, and the plot in words. Returns { figure, box }. */
function figure(title, definition, words) {
  const id = `figure-${++figures}`;
  const box = element("div", { class: "plot", role: "img", "aria-labelledby": `${id}-title`, "aria-describedby": `${id}-words` });
  const made = element("figure", {}, box, element("figcaption", {},
    element("strong", { id: `${id}-title` }, title),
    element("span", {}, definition, " "),
    element("span", { class: "words", id: `${id}-words` }, words)));
  return { figure: made, box };
}

/** Fills a select; options: [value, label]. */
function options(select, entries, chosen) {
  select.replaceChildren(...entries.map(([value, label]) => {
    const option = element("option", { value }, label);
    option.selected = chosen.includes(value);
    return option;
  }));
}
