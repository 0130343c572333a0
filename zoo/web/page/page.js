// The page of a model: settings on the left, results on the right. A run starts when a setting changes.
import { WasmEngine, NativeEngine } from "./engines.js";
import { Panels } from "./panels.js";
import { Pad } from "./pad.js";

const $ = (id) => document.getElementById(id);
const STEPS = 400; // of a slider
const PATIENCE = 0.3; // seconds: a run that takes longer is stopped when a setting changes

const model = await (await fetch("model.json")).json();
const engine = document.body.dataset.engine === "native" ? new NativeEngine(model) : new WasmEngine(model);
const controls = new Map(model.controls.map((control) => [control.name, { ...control, now: control.value }]));
const pad = model.grid && new Pad($("panels"), model, engine, () => changed());
const panels = new Panels($("panels"), model);
let running = false;
let again = false;
let lastSeconds = 0;

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// Numbers as people write them: four digits say what a slider can.
const short = (value) => String(Number(value.toPrecision(4)));

// A slider has steps of equal factors, or of equal differences; negative numbers mirror positive ones.
function position({ low, high, logarithmic }, value) {
  const [a, b, x] = logarithmic ? [low, high, value].map((one) => Math.sign(low) * Math.log(Math.abs(one))) : [low, high, value];
  return Math.round((STEPS * (x - a)) / (b - a));
}

function at({ low, high, logarithmic, integer }, place) {
  const share = place / STEPS;
  const value = logarithmic ? low * (high / low) ** share : low + (high - low) * share;
  return integer ? Math.round(value) : Number(value.toPrecision(4));
}

function label(name) {
  const math = model.names[name];
  const found = element("span");
  if (math) found.innerHTML = math; // written by the zoo from the names of fields
  else found.textContent = name;
  return found;
}

function build() {
  $("source").textContent = "";
  for (const { text, doi } of model.citations) {
    const line = element("span", {}, text, " ");
    if (doi) line.append(element("a", { href: `https://doi.org/${doi}` }, `doi:${doi}`), " ");
    $("source").append(line);
  }
  if (!model.citations.length) $("source").textContent = model.source;
  $("note").hidden = !model.note;
  $("note").textContent = model.note && `${model.note} The claims are about the whole network, which zoo explore ${model.name} runs on your machine.`;
  for (const control of controls.values()) {
    const id = `control-${control.name}`;
    const number = element("input", { type: "number", id: `${id}-number`, value: control.value, step: control.integer ? 1 : "any", required: true });
    const slider = element("input", { type: "range", id, min: 0, max: STEPS, step: 1, value: position(control, control.value) });
    const named = [control.name, control.unit && `in ${control.unit}`].filter(Boolean).join(" ");
    slider.setAttribute("aria-label", `${named}: ${control.meaning}`);
    slider.setAttribute("aria-valuetext", `${short(control.value)} ${control.unit}`);
    number.setAttribute("aria-label", named);
    control.set = (value, moved) => {
      control.now = value;
      if (moved !== number) number.value = value;
      if (moved !== slider) slider.value = Math.min(Math.max(position(control, value), 0), STEPS);
      slider.setAttribute("aria-valuetext", `${short(value)} ${control.unit}`);
    };
    slider.addEventListener("input", () => (control.set(at(control, Number(slider.value)), slider), changed()));
    number.addEventListener("input", () => number.checkValidity() && (control.set(number.valueAsNumber, number), changed()));
    const head = element("div", { className: "head" }, label(control.name), element("span", { className: "value" }, number, ` ${control.unit}`));
    const about = element("p", {}, control.meaning);
    if (control.change) about.append(element("span", { className: "again" }, `${control.meaning ? "; " : ""}${control.change}`));
    $("controls").append(element("div", { className: "control" }, head, ...(about.childNodes.length ? [about] : []), slider));
  }
  if (model.fixed.length) {
    $("fixed").hidden = false;
    const why = document.body.dataset.engine === "native" ? "not numbers" : "need Python: zoo explore changes them";
    $("fixed").querySelector("summary").textContent = `Fixed here (${why})`;
    for (const { name, value, meaning } of model.fixed)
      $("fixed").querySelector("dl").append(element("dt", {}, `${name} = ${value}`), element("dd", {}, meaning));
  }
  const presets = Object.keys(model.presets);
  $("preset-row").hidden = !presets.length;
  $("preset").append(...presets.map((name) => element("option", { value: name }, name)));
  $("preset").addEventListener("change", () => $("preset").value && (choose($("preset").value), changed()));
  $("reset").addEventListener("click", () => (reset(), changed()));
  $("link").addEventListener("click", async () => {
    await navigator.clipboard?.writeText(location.href);
    $("link").textContent = "Copied";
    setTimeout(() => ($("link").textContent = "Copy link"), 1500);
  });
  for (const id of ["duration", "seed"]) $(id).addEventListener("input", () => $(id).checkValidity() && changed());
  $("settings").addEventListener("submit", (event) => event.preventDefault());
  for (const { title, lines } of model.equations) {
    const part = element("div", { className: "part" }, element("h3", {}, title));
    $("equations").append(part);
    for (const { math, text, note } of lines) {
      const formula = element("span");
      if (math) formula.innerHTML = math; // written by the zoo from the syntax tree of an equation
      else formula.append(element("code", {}, text));
      part.append(element("div", { className: "line" }, formula, element("span", {}, note)));
    }
  }
}

function reset() {
  for (const control of controls.values()) control.set(control.value);
  $("duration").value = Number((model.duration * 1000).toPrecision(12));
  $("seed").value = model.seed;
  $("preset").value = "";
}

function choose(preset) {
  for (const control of controls.values()) control.set(model.presets[preset][control.name] ?? control.value);
}

// The address holds what differs from the defaults.
function restore() {
  for (const [name, text] of new URLSearchParams(location.hash.slice(1))) {
    const value = Number(text);
    if (!Number.isFinite(value)) continue;
    if (name === "duration") $("duration").value = value;
    else if (name === "seed") $("seed").value = value;
    else controls.get(name)?.set(value);
  }
}

function store() {
  const found = new URLSearchParams();
  for (const { name, now, value } of controls.values()) if (now !== value) found.set(name, now);
  if ($("duration").valueAsNumber !== Number((model.duration * 1000).toPrecision(12))) found.set("duration", $("duration").value);
  if ($("seed").valueAsNumber !== model.seed) found.set("seed", $("seed").value);
  history.replaceState(null, "", `${location.search}#${found}`);
}

function say(text, bad = false) {
  $("status").textContent = text;
  $("status").classList.toggle("bad", bad);
}

// What a run that takes long is doing; without a `fraction` the bar moves.
function report(text, fraction) {
  say(text);
  $("progress").hidden = false;
  if (fraction == null) $("progress").removeAttribute("value");
  else $("progress").value = fraction;
}

function changed() {
  store();
  if (running) {
    again = true;
    if (lastSeconds > PATIENCE) engine.stop();
  } else run();
}

async function run() {
  running = true;
  do {
    again = false;
    const chosen = [...controls.values()];
    const settings = {
      fields: Object.fromEntries(chosen.filter(({ now, value }) => now !== value).map(({ name, now, scale }) => [name, now * scale])),
      values: chosen.flatMap(({ targets, now, value, scale }) => (now === value ? [] : targets.map((target) => [target, now * scale]))),
      duration: $("duration").valueAsNumber / 1000,
      seed: $("seed").valueAsNumber,
    };
    const start = performance.now();
    const slow = setTimeout(() => report("Simulating…"), 400);
    try {
      const { arrays, seconds } = await (pad ? pad.run(settings, report) : engine.run(settings, report));
      clearTimeout(slow);
      panels.draw(arrays, settings, Object.fromEntries(chosen.map(({ name, now, scale }) => [name, now * scale])));
      say(summary(arrays, settings.duration, seconds));
      document.body.dataset.milliseconds = Math.round(performance.now() - start);
      await new Promise((resolve) => setTimeout(resolve)); // the browser shows what is in view
      if (!again) panels.drawRest();
      document.body.dataset.runs = Number(document.body.dataset.runs || 0) + 1;
    } catch (error) {
      clearTimeout(slow);
      if (!again) say(error.message, true);
    }
    $("progress").hidden = true;
    lastSeconds = (performance.now() - start) / 1000;
  } while (again);
  running = false;
}

function summary(arrays, duration, seconds) {
  const spikes = model.plots.filter(({ kind }) => kind === "raster").map(({ monitor }) => arrays[`${monitor}.t`].length);
  const time = duration >= 1 ? `${short(duration)} s` : `${short(1000 * duration)} ms`;
  const took = seconds >= 1 ? `${short(seconds)} s` : `${Math.round(1000 * seconds)} ms`;
  const ratio = duration / seconds;
  const speed = ratio >= 1 ? `${short(Number(ratio.toPrecision(2)))} times faster than real time` : `${short(Number((1 / ratio).toPrecision(2)))} times slower than real time`;
  const counted = spikes.length ? `${spikes.reduce((sum, count) => sum + count, 0).toLocaleString("en")} spikes; ` : "";
  return `${counted}${time} simulated in ${took}, ${speed}.`;
}

// The site shows the title and the equations beside the page.
document.body.classList.toggle("embedded", location.search === "?embedded");
build();
reset();
restore();
window.addEventListener("hashchange", () => (reset(), restore(), changed()));
window.zoo = { model, engine, panels };
run();
