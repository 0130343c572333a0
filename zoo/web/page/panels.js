// The figures of a page: rasters, rates, traces, histograms and the phase plane, drawn by uPlot.

const DARK = matchMedia("(prefers-color-scheme: dark)");
const palette = () =>
  DARK.matches
    ? ["#6bb1ea", "#f08a98", "#6cc48f", "#e8ab57", "#b79be0", "#4fc3c7", "#d9926b", "#a9b5be"]
    : ["#1f6fb2", "#d1495b", "#3a8f5c", "#c77f1a", "#7b5ea7", "#00868b", "#a0522d", "#5b6770"];
let COLOURS = palette(); // those of a run
const HEIGHT = { raster: 260, rate: 140, line: 140, trace: 170, histogram: 170, phase: 360 };
const GRID = 160; // points per axis for nullclines

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class Panels {
  constructor(place, model) {
    this.model = model;
    this.panels = model.plots.map((plot) => new Panel(place, model, plot));
    if (model.phase) this.panels.push(new Panel(place, model, { kind: "phase", title: "phase plane" }));
    const all = (method) => () => this.panels.forEach((panel) => panel[method]());
    DARK.addEventListener("change", all("redraw"));
    new ResizeObserver(all("resize")).observe(place);
  }

  // Draw the figures in view; `drawRest` draws the others, unless another run comes first.
  draw(arrays, settings, parameters) {
    COLOURS = palette();
    this.rest = [];
    for (const panel of this.panels) {
      if (panel.isInView()) panel.draw(arrays, settings, parameters);
      else this.rest.push(() => panel.draw(arrays, settings, parameters));
    }
  }

  drawRest() {
    for (const draw of this.rest.splice(0)) draw();
  }
}

class Panel {
  constructor(place, model, plot) {
    Object.assign(this, { model, plot, chart: null });
    this.root = document.createElement("div");
    this.root.className = "panel";
    this.root.innerHTML = '<div class="head"><h2></h2><button type="button">Whole range</button><button type="button">CSV</button><button type="button">PNG</button></div><div class="chart" role="img"></div><p class="bands"></p>';
    this.title = this.root.querySelector("h2");
    this.title.textContent = plot.title;
    this.place = this.root.querySelector(".chart");
    this.place.style.minHeight = `${HEIGHT[plot.kind]}px`; // nothing moves when the first run arrives
    const [whole, csv, png] = this.root.querySelectorAll("button");
    for (const button of [whole, csv, png]) button.setAttribute("aria-label", `${button.textContent}: ${plot.title}`);
    whole.addEventListener("click", () => this.redraw());
    csv.addEventListener("click", () => save(new Blob([this.csv()], { type: "text/csv" }), this.file("csv")));
    png.addEventListener("click", () => this.picture().toBlob((blob) => save(blob, this.file("png"))));
    place.append(this.root);
  }

  isInView() {
    const { top, bottom } = this.root.getBoundingClientRect();
    return top < innerHeight && bottom > 0;
  }

  file(ending) {
    return `${this.model.name}-${this.plot.title.replaceAll(/\W+/g, "_")}.${ending}`;
  }

  draw(arrays, settings, parameters) {
    const { kind, monitor } = this.plot;
    // The spikes of a single cell are a line; its traces show them.
    const isTraced = this.model.plots.some((plot) => plot.kind === "trace" && this.model.outputs[plot.output].columns === 1);
    if (arrays[`${monitor}.count`]?.length === 1 && (kind === "raster" || (kind === "rate" && isTraced))) {
      this.root.hidden = true;
      return;
    }
    const made = FIGURES[this.plot.kind](this.model, this.plot, arrays, settings, parameters);
    const kept = this.chart && this.shape === made.shape;
    Object.assign(this, { made, shape: made.shape });
    this.place.setAttribute("aria-label", made.about);
    this.root.querySelector(".bands").replaceChildren(...(made.bands?.length > 1 ? made.bands.map(named) : []));
    if (kept) this.chart.setData(made.data);
    else this.redraw();
  }

  redraw() {
    if (!this.made) return;
    this.chart?.destroy();
    const axis = { stroke: css("--dim"), grid: { stroke: css("--line"), width: 0.5 }, ticks: { stroke: css("--line") }, font: "12px system-ui", labelFont: "12px system-ui" };
    const { x, y, series, hooks, scales } = this.made;
    const options = {
      width: this.place.clientWidth || 600,
      height: HEIGHT[this.plot.kind],
      scales: { x: { time: false }, ...scales },
      axes: [{ ...axis, label: x, labelSize: 18, size: 34 }, { ...axis, label: y, labelSize: 18, size: (_, values) => Math.max(52, ...(values ?? []).map((text) => 22 + 7 * `${text ?? ""}`.length)) }],
      series: [{ label: x, value: (_, value) => (value == null ? "" : shown(value)) }, ...series.map((one) => ({ value: (_, value) => (value == null ? "" : shown(value)), ...one }))],
      cursor: { drag: { x: true, y: true, uni: 25 } },
      legend: { show: series.length <= 9 },
      hooks: hooks ? { draw: [(chart) => hooks(chart, this.made)] } : {},
    };
    this.chart = new uPlot(options, this.made.data, this.place);
  }

  resize() {
    const width = this.place.clientWidth;
    if (this.chart && width && Math.abs(width - this.chart.width) > 1) this.chart.setSize({ width, height: HEIGHT[this.plot.kind] });
  }

  csv() {
    const { names, columns } = this.made.table;
    const lines = [names.join(",")];
    for (let row = 0; row < columns[0].length; row++) lines.push(columns.map((column) => column[row]).join(","));
    return `${lines.join("\n")}\n`;
  }

  picture() {
    const source = this.chart.ctx.canvas;
    const canvas = Object.assign(document.createElement("canvas"), { width: source.width, height: source.height });
    const context = canvas.getContext("2d");
    context.fillStyle = css("--paper");
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(source, 0, 0);
    return canvas;
  }
}

const shown = (value) => String(Number(value.toPrecision(5)));
const labelled = (name, unit) => (unit ? `${name} (${unit})` : name);

// A population with its colour, from below.
function named({ name }, k) {
  const [found, colour] = [document.createElement("span"), document.createElement("i")];
  colour.style.background = COLOURS[k % COLOURS.length];
  found.append(colour, name);
  return found;
}

function save(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// Loops over elements: `from` with a function takes ten times as long.
function mapped(length, of) {
  const found = new Float64Array(length);
  for (let k = 0; k < length; k++) found[k] = of(k);
  return found;
}

const milliseconds = (times) => mapped(times.length, (k) => 1000 * times[k]);

function extremes(values) {
  let [low, high] = [Infinity, -Infinity];
  for (let k = 0; k < values.length; k++) {
    if (values[k] < low) low = values[k];
    if (values[k] > high) high = values[k];
  }
  return [low, high];
}

// A square for each point, in the colour of its population. They are set in an image: ten thousand shapes are drawn slowly.
function dots(bands) {
  const colours = COLOURS.map((text) => (0xff000000 | (parseInt(text.slice(5, 7), 16) << 16) | (parseInt(text.slice(3, 5), 16) << 8) | parseInt(text.slice(1, 3), 16)) >>> 0);
  const layer = document.createElement("canvas");
  return (chart, index, first, last) => {
    const [times, neurons] = [chart.data[0], chart.data[index]];
    const [left, top, width, height] = [chart.bbox.left, chart.bbox.top, chart.bbox.width, chart.bbox.height].map(Math.round);
    if (!(width > 0 && height > 0)) return null;
    const count = last - first;
    const size = Math.max(1, Math.round((count > 5000 ? 1 : count > 500 ? 2 : 3) * devicePixelRatio));
    const straight = (key, from) => [chart.valToPos(0, key, true) - from, chart.valToPos(1, key, true) - chart.valToPos(0, key, true)];
    const [x0, dx] = straight("x", left);
    const [y0, dy] = straight("y", top);
    if (layer.width !== width || layer.height !== height) Object.assign(layer, { width, height });
    const image = new ImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    for (let k = first; k <= last; k++) {
      if (neurons[k] == null) continue;
      let band = 0;
      while (band < bands.length - 1 && neurons[k] >= bands[band].end) band++;
      const [column, row] = [Math.round(x0 + dx * times[k] - size / 2), Math.round(y0 + dy * neurons[k] - size / 2)];
      for (let y = Math.max(row, 0); y < Math.min(row + size, height); y++)
        for (let x = Math.max(column, 0); x < Math.min(column + size, width); x++) pixels[y * width + x] = colours[band % colours.length];
    }
    layer.getContext("2d").putImageData(image, 0, 0);
    chart.ctx.drawImage(layer, left, top);
    return null;
  };
}

const FIGURES = {
  raster(model, { monitor }, arrays, { duration }) {
    const times = milliseconds(arrays[`${monitor}.t`]);
    const neurons = arrays[`${monitor}.i`];
    const n = arrays[`${monitor}.count`]?.length || Math.max(1, ...neurons.slice(0, 1)) + 1;
    const last = model.bands.findIndex((band) => band.end === n);
    const bands = last > 0 ? model.bands.slice(0, last + 1) : [{ name: "", end: n }];
    return {
      shape: `${n}/${duration}`,
      data: times.length ? [times, neurons] : [[0], [null]], // uPlot fails on none
      x: "time (ms)",
      y: "neuron",
      scales: { x: { time: false, range: (chart, low, high) => zoomed(low, high, chart.data[0], [0, 1000 * duration]) }, y: { range: (chart, low, high) => zoomed(low, high, chart.data[1], [-0.5, n - 0.5]) } },
      bands,
      series: [{ label: "neuron", paths: dots(bands), points: { show: false }, stroke: COLOURS[0] }],
      table: { names: ["time_ms", "neuron"], columns: [times, neurons] },
      about: `Raster: ${times.length} spikes of ${n} neurons in ${shown(1000 * duration)} ms${bands.length > 1 ? `; populations from below: ${bands.map((band) => band.name).join(", ")}` : ""}.`,
    };
  },

  rate(model, { monitor }, arrays, { duration }) {
    const spikes = arrays[`${monitor}.t`];
    const n = arrays[`${monitor}.count`]?.length || 1;
    const width = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map((ms) => ms / 1000).find((one) => duration / one <= 400) || duration / 400;
    const bins = Math.max(1, Math.floor(duration / width + 1e-9));
    const counts = new Float64Array(bins);
    for (const time of spikes) if (time < bins * width) counts[Math.min(bins - 1, Math.floor(time / width + 1e-9))] += 1;
    const x = mapped(bins, (k) => 1000 * width * (k + 0.5));
    const y = mapped(bins, (k) => counts[k] / (n * width));
    const mean = spikes.length / (n * duration);
    return line(x, [y], "time (ms)", "rate (Hz)", [`mean over ${shown(1000 * width)} ms`], `${duration}`, `Population rate: ${shown(mean)} Hz on average.`);
  },

  line(model, { monitor }, arrays) {
    const y = arrays[`${monitor}.rate`];
    return line(milliseconds(arrays[`${monitor}.t`]), [y], "time (ms)", "rate (Hz)", ["rate"], "", "Population rate.");
  },

  trace(model, { monitor, output, title, most }, arrays) {
    const { columns, unit, scale } = model.outputs[output];
    const all = arrays[output];
    const record = arrays[`${monitor}.record`];
    const x = milliseconds(arrays[`${monitor}.t`]);
    const ys = [];
    for (let column = 0; column < Math.min(columns, most); column++) ys.push(mapped(x.length, (row) => all[row * columns + column] / scale));
    const names = ys.map((_, column) => (columns > 1 ? `${title} of ${record ? record[column] : column}` : title));
    const ends = ys.map(extremes);
    const [low, high] = [Math.min(...ends.map(([low]) => low)), Math.max(...ends.map(([, high]) => high))];
    return line(x, ys, "time (ms)", labelled(title, unit), names, `${columns}`, `${title} over time, from ${shown(low)} to ${shown(high)} ${unit}.`);
  },

  histogram(model, { output, title }, arrays) {
    const { columns, unit, scale } = model.outputs[output];
    const first = columns ? arrays[output].length - columns : 0; // of a trace the last row
    const values = mapped(arrays[output].length - first, (k) => arrays[output][first + k] / scale);
    const [low, high] = apart(...extremes(values));
    const bins = 50;
    const counts = new Float64Array(bins);
    for (const value of values) counts[Math.min(bins - 1, Math.floor((bins * (value - low)) / (high - low)))] += 1;
    const x = mapped(bins, (k) => low + ((k + 0.5) * (high - low)) / bins);
    const found = line(x, [counts], labelled(output, unit), "count", ["count"], "", `Histogram of ${title}: ${values.length} values from ${shown(low)} to ${shown(high)} ${unit}.`);
    found.series[0].paths = uPlot.paths.bars({ size: [1, 100] });
    found.series[0].fill = `${COLOURS[0]}66`;
    return found;
  },

  phase(model, plot, arrays, settings, parameters) {
    const { variables, traces } = model.phase;
    const [a, b] = traces.map((name) => model.outputs[name]);
    const first = (name, { columns, scale }) => mapped(arrays[name].length / columns, (row) => arrays[name][row * columns] / scale);
    const [x, y] = [first(traces[0], a), first(traces[1], b)];
    const [xs, ys] = [around(x), around(y)];
    const lines = window.zooDerivatives.map((rate) => zeros((u, v) => rate(u * a.scale, v * b.scale, parameters), xs, ys));
    return {
      shape: "phase",
      data: [xs, ys, [null, null], [null, null]],
      x: labelled(variables[0], a.unit),
      y: labelled(variables[1], b.unit),
      scales: { x: { time: false, range: (chart, low, high) => zoomed(low, high, chart.data[0], chart.data[0]) }, y: { range: (chart, low, high) => (low == null || low === high ? chart.data[1] : [low, high]) } },
      series: [{ label: "trajectory", stroke: COLOURS[0], paths: () => null, points: { show: false } }, { label: `d${variables[0]}/dt = 0`, stroke: COLOURS[1] }, { label: `d${variables[1]}/dt = 0`, stroke: COLOURS[2] }],
      hooks: (chart, made) => curves(chart, made.curves),
      curves: [{ points: [[x, y]], colour: COLOURS[0], width: 1 }, { points: lines[0], colour: COLOURS[1], width: 1.6 }, { points: lines[1], colour: COLOURS[2], width: 1.6 }],
      table: { names: variables, columns: [x, y] },
      about: `Phase plane of ${variables.join(" and ")} with both nullclines.`,
    };
  },
};

function line(x, ys, xLabel, yLabel, names, shape, about) {
  return {
    shape: `${shape}/${ys.length}`,
    data: [x, ...ys],
    x: xLabel,
    y: yLabel,
    scales: { x: { time: false }, y: { range: (_, low, high) => (low == null ? [0, 1] : uPlot.rangeNum(...apart(low, high), 0.1, true)) } },
    series: ys.map((_, k) => ({ label: names[k], stroke: COLOURS[k % COLOURS.length], width: 1.2, points: { show: false } })),
    table: { names: [xLabel, ...names].map((name) => name.replaceAll(",", "")), columns: [x, ...ys] },
    about,
  };
}

// A range that an axis can divide: values that differ by rounding only are one value.
function apart(low, high) {
  const size = Math.max(Math.abs(low), Math.abs(high));
  return high - low > 1e-9 * size ? [low, high] : [low - (0.5 * size || 0.5), high + (0.5 * size || 0.5)];
}

// The whole range, unless the user has zoomed in: then uPlot asks for another one than that of the data.
function zoomed(low, high, values, whole) {
  if (low == null || high == null || low === high) return whole;
  const [a, b] = extremes(values);
  return low <= a && high >= b ? whole : [low, high];
}

function around(values) {
  const [low, high] = apart(...extremes(values));
  const margin = 0.15 * (high - low);
  return [low - margin, high + margin];
}

// The curve on which a function is zero, as pieces of lines across the cells of a grid.
function zeros(rate, [x0, x1], [y0, y1]) {
  const [dx, dy] = [(x1 - x0) / GRID, (y1 - y0) / GRID];
  const values = new Float64Array((GRID + 1) ** 2);
  for (let row = 0; row <= GRID; row++) for (let column = 0; column <= GRID; column++) values[row * (GRID + 1) + column] = rate(x0 + column * dx, y0 + row * dy);
  const pieces = [];
  for (let row = 0; row < GRID; row++) {
    for (let column = 0; column < GRID; column++) {
      const k = row * (GRID + 1) + column;
      const isAbove = values[k] > 0;
      if (values[k + 1] > 0 === isAbove && values[k + GRID + 1] > 0 === isAbove && values[k + GRID + 2] > 0 === isAbove) continue;
      const corners = [[0, 0, values[k]], [1, 0, values[k + 1]], [1, 1, values[k + GRID + 2]], [0, 1, values[k + GRID + 1]]];
      const crossings = [];
      corners.forEach(([u, v, value], side) => {
        const [u2, v2, next] = corners[(side + 1) % 4];
        if (value > 0 === next > 0 || !Number.isFinite(value - next)) return;
        const share = value / (value - next);
        crossings.push([x0 + (column + u + share * (u2 - u)) * dx, y0 + (row + v + share * (v2 - v)) * dy]);
      });
      for (let one = 0; one + 1 < crossings.length; one += 2) pieces.push([[crossings[one][0], crossings[one + 1][0]], [crossings[one][1], crossings[one + 1][1]]]);
    }
  }
  return pieces;
}

function curves(chart, all) {
  const context = chart.ctx;
  context.save();
  context.beginPath();
  context.rect(chart.bbox.left, chart.bbox.top, chart.bbox.width, chart.bbox.height);
  context.clip();
  for (const { points, colour, width } of all) {
    context.strokeStyle = colour;
    context.lineWidth = width * devicePixelRatio;
    context.beginPath();
    for (const [xs, ys] of points) for (let k = 0; k < xs.length; k++) context[k ? "lineTo" : "moveTo"](chart.valToPos(xs[k], "x", true), chart.valToPos(ys[k], "y", true));
    context.stroke();
  }
  context.restore();
}
