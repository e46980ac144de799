// Drawing with plotly in the page's own colours; everything drawn is drawn again when the colour scheme changes or the page is printed.

const drawn = new Map();

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const palette = () => ["network", "smoothing", "extra-1", "extra-2", "extra-3"].map(colour);
const isDark = () => matchMedia("(prefers-color-scheme: dark)").matches && !document.documentElement.classList.contains("printing");

/** Draws what make() says, a { data, layout }, into a box that is in the document. */
function draw(box, make) {
  const { data, layout } = make();
  drawn.set(box, make);
  return Plotly.react(box, data, { ...base(), width: box.clientWidth, ...layout }, {
    displaylogo: false,
    showSendToCloud: false, // plotly 4 offers to upload a plot; nothing of this page leaves the machine.
    plotlyServerURL: "",
    modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d"],
    toImageButtonOptions: { format: "svg" },
  });
}

/**
 * Several figures side by side in a slot. Each is { title, definition, words, make }; all are in the document before the first is
 * drawn, so that each is drawn at the width it keeps.
 */
function drawRow(name, parts, ...before) {
  const made = parts.map((part) => ({ ...figure(part.title, part.definition, part.words), make: part.make }));
  fill(name, ...before, element("div", { class: "row" }, ...made.map((m) => m.figure)));
  made.forEach((m) => draw(m.box, m.make));
}

/** Frees a box that leaves the document. */
function forget(box) {
  if (drawn.delete(box)) { Plotly.purge(box); }
}

/** Everything again, at its present width and in the present colours. */
function redraw() {
  for (const [box, make] of drawn) { draw(box, make); }
}

function base() {
  return {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "system-ui, sans-serif", size: 12, color: colour("ink") },
    margin: { l: 58, r: 12, t: 28, b: 42 },
    height: 260,
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" },
    hovermode: "closest",
    modebar: { bgcolor: "rgba(0,0,0,0)", color: colour("quiet"), activecolor: colour("ink") },
  };
}

/** An axis in the page's colours. */
const axis = (title, more = {}) => ({
  title: { text: title, standoff: 6 },
  gridcolor: colour("line"),
  linecolor: colour("line"),
  zeroline: false,
  automargin: true,
  ...more,
});

// From nothing to much, five stops: dark on light paper, light on dark.
const ramps = {
  light: [[255, 255, 255], [198, 219, 239], [107, 174, 214], [33, 113, 181], [8, 29, 88]],
  dark: [[18, 22, 28], [44, 62, 102], [60, 120, 150], [120, 190, 130], [253, 231, 37]],
};

function ramp(share) {
  const stops = ramps[isDark() ? "dark" : "light"];
  const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const below = Math.min(Math.floor(at), stops.length - 2);
  return stops[below].map((from, i) => Math.round(from + (at - below) * (stops[below + 1][i] - from)));
}

/** A picture of rows (first at the top) as a PNG. */
function picture(rows, low, high) {
  const canvas = document.createElement("canvas");
  canvas.width = rows[0].length;
  canvas.height = rows.length;
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(canvas.width, canvas.height);
  rows.flat().forEach((value, i) => {
    pixels.data.set([...ramp(high > low ? (value - low) / (high - low) : 0), 255], 4 * i);
  });
  context.putImageData(pixels, 0, 0);
  return canvas.toDataURL();
}

/**
 * A raster with axes and a colour bar. The picture is an image behind an empty plot: plotly's own heatmap is not in its 3-D bundle,
 * and half a megabyte of script more would not draw it better.
 */
function raster(rows, { low, high, from = 0, step, xTitle, yTitle, barTitle, labels }) {
  const right = from + step * rows[0].length;
  const bar = Array.from({ length: 11 }, (_, i) => [i / 10, `rgb(${ramp(i / 10).join()})`]);
  return {
    data: [{
      type: "scatter", mode: "markers", x: [null, null], y: [null, null], hoverinfo: "skip", showlegend: false,
      marker: { color: [low, high], cmin: low, cmax: high, colorscale: bar, showscale: true, colorbar: { thickness: 9, outlinewidth: 0, title: { text: barTitle, side: "right" } } },
    }],
    layout: {
      height: 300,
      images: [{ source: picture(rows, low, high), xref: "x", yref: "y", x: from, y: -0.5, sizex: right - from, sizey: rows.length, sizing: "stretch", layer: "below" }],
      xaxis: axis(xTitle, { range: [from, right], showgrid: false }),
      yaxis: axis(yTitle, { range: [rows.length - 0.5, -0.5], showgrid: false, ...(labels ? sparse(labels) : {}) }),
    },
  };
}

/** At most a dozen labels along an axis of positions. */
function sparse(labels) {
  const every = Math.ceil(labels.length / 12);
  const shown = labels.map((_, i) => i).filter((i) => i % every === 0);
  return { tickvals: shown, ticktext: shown.map((i) => String(labels[i])) };
}

const largest = (rows) => rows.reduce((most, row) => row.reduce((m, v) => (v > m ? v : m), most), 0);

/** A logarithmic axis where values reach over more than a decade; its marks are at 1, 2 and 5. */
const scaleFor = (values) => (Math.max(...values) > 10 * Math.min(...values) ? { type: "log", dtick: "D2", tickformat: "~g" } : {});

/** Lines that differ by more than their colour: told apart in print and by everyone. */
const line = (name, x, y, colourName, dash = "solid", more = {}) => ({
  type: "scatter", mode: "lines", name, x, y, line: { color: colourName, width: 1.8, dash }, ...more,
});
