// A pad on which a visitor draws a digit, and the answer of the trained grid: spikes, receptive fields, votes.

const ZOOM = 9; // pixels of the screen for a pixel of an image
const INK = 20; // of a side of 28 pixels, as the digits of MNIST

const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

export class Pad {
  constructor(place, model, engine, changed) {
    Object.assign(this, { model, engine, changed, grid: model.grid });
    const { side, n, classes } = this.grid;
    this.canvas = element("canvas", { id: "pad", width: side * ZOOM, height: side * ZOOM, tabIndex: 0 });
    this.canvas.setAttribute("aria-label", "Draw a digit here, or choose one of the digits below");
    this.canvas.setAttribute("role", "img");
    this.fields = element("canvas", { width: n * side, height: n * side, className: "fields" });
    this.fields.setAttribute("role", "img");
    this.answer = element("p", { className: "answer" });
    this.answer.setAttribute("role", "status");
    this.votes = element("div", { className: "votes" });
    const examples = element("div", { className: "examples" });
    classes.forEach((name, k) => {
      const button = element("button", { type: "button" }, name);
      button.setAttribute("aria-label", `Show an example of ${name}`);
      button.addEventListener("click", () => this.example(k));
      examples.append(button);
    });
    const clear = element("button", { type: "button" }, "Clear");
    clear.addEventListener("click", () => this.clear());
    const left = element("div", {}, element("h2", {}, "draw a digit"), this.canvas, examples, clear);
    const middle = element("div", {}, element("h2", {}, "answer"), this.answer, this.votes);
    const right = element("div", {}, element("h2", {}, "receptive fields, brighter where cells spike"), this.fields);
    place.append(element("div", { className: "grid" }, left, middle, right));
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    this.listen();
    this.example(classes.length > 7 ? 7 : 0, false);
  }

  listen() {
    let last = null;
    const at = ({ offsetX, offsetY }) => [(offsetX * this.canvas.width) / this.canvas.clientWidth, (offsetY * this.canvas.height) / this.canvas.clientHeight];
    this.canvas.addEventListener("pointerdown", (event) => {
      if (this.isExample) this.wipe();
      this.canvas.setPointerCapture(event.pointerId);
      last = at(event);
      this.stroke(last, last);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (!last) return;
      const next = at(event);
      this.stroke(last, next);
      last = next;
    });
    for (const name of ["pointerup", "pointercancel"])
      this.canvas.addEventListener(name, () => {
        if (!last) return;
        last = null;
        this.image = this.normalised();
        this.changed();
      });
  }

  stroke(from, to) {
    Object.assign(this.context, { strokeStyle: "#fff", lineWidth: 2.2 * ZOOM, lineCap: "round" });
    this.context.beginPath();
    this.context.moveTo(...from);
    this.context.lineTo(to[0] + 0.01, to[1]);
    this.context.stroke();
  }

  wipe() {
    this.isExample = false;
    this.context.fillStyle = "#000";
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }

  clear() {
    this.wipe();
    this.image = new Uint8Array(this.grid.side ** 2);
    this.changed();
  }

  example(k, run = true) {
    const { side, examples } = this.grid;
    this.image = Uint8Array.from(atob(examples[k]), (letter) => letter.charCodeAt(0));
    this.context.imageSmoothingEnabled = false;
    this.context.drawImage(grey(this.image, side), 0, 0, this.canvas.width, this.canvas.height);
    this.isExample = true;
    if (run) this.changed();
  }

  // As MNIST was made: the ink fits into 20 x 20 pixels, and its centre of mass is that of the image.
  normalised() {
    const { side } = this.grid;
    const size = side * ZOOM;
    const ink = (data, k) => data[4 * k];
    const drawn = this.context.getImageData(0, 0, size, size).data;
    let [left, right, top, bottom] = [size, -1, size, -1];
    for (let k = 0; k < size * size; k++) {
      if (ink(drawn, k) < 30) continue;
      const [x, y] = [k % size, Math.floor(k / size)];
      [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
    }
    if (right < 0) return new Uint8Array(side ** 2);
    const [width, height] = [right - left + 1, bottom - top + 1];
    const scale = INK / Math.max(width, height);
    const put = (x, y) => {
      const small = element("canvas", { width: side, height: side });
      const context = small.getContext("2d", { willReadFrequently: true });
      context.fillRect(0, 0, side, side);
      context.imageSmoothingQuality = "high";
      context.drawImage(this.canvas, left, top, width, height, x, y, width * scale, height * scale);
      const { data } = context.getImageData(0, 0, side, side);
      return Uint8Array.from({ length: side ** 2 }, (_, k) => ink(data, k));
    };
    const [x, y] = [(side - width * scale) / 2, (side - height * scale) / 2];
    const first = put(x, y);
    let [mass, sumX, sumY] = [0, 0, 0];
    first.forEach((value, k) => ((mass += value), (sumX += value * (k % side)), (sumY += value * Math.floor(k / side))));
    const middle = (side - 1) / 2;
    return put(x + Math.round(middle - sumX / mass), y + Math.round(middle - sumY / mass));
  }

  // Images with few spikes are shown again with more gain, as in training.
  async run(settings, report) {
    const { intensity, gain, least, again } = this.grid;
    const values = Float64Array.from(this.image, (byte) => byte / 255);
    const length = intensity.order === 1 ? values.reduce((sum, value) => sum + value, 0) : Math.hypot(...values);
    const scale = intensity.norm && length > 0 ? intensity.norm / length : 1;
    let found;
    for (let number = 0; number <= again; number++) {
      const more = [["images.values", this.image], ["scale.values", scale], ...(number ? [["learned.gain", gain * (1 + number / 2)]] : [])];
      found = await this.engine.run({ ...settings, values: [...settings.values, ...more] }, report);
      if (found.arrays["spikes.i"].length >= least) break;
    }
    await this.show(found.arrays["spikes.i"]);
    return found;
  }

  async show(spikes) {
    const { n, side, classes, assigned } = this.grid;
    const counts = new Float64Array(n * n);
    for (const cell of spikes) counts[cell] += 1;
    const scores = classes.map((_, k) => {
      const own = assigned.flatMap((name, cell) => (name === k ? [counts[cell]] : []));
      return own.length ? own.reduce((sum, count) => sum + count, 0) / own.length : 0;
    });
    const best = Math.max(...scores);
    this.answer.textContent = best > 0 ? `${classes[scores.indexOf(best)]}` : "no spikes";
    this.votes.replaceChildren(
      ...classes.map((name, k) => {
        const bar = element("meter", { min: 0, max: best || 1, value: scores[k] });
        bar.setAttribute("aria-label", `mean spikes of the cells of ${name}: ${scores[k].toFixed(2)}`);
        return element("div", {}, element("span", {}, name), bar);
      }),
    );
    const { files } = await this.engine.program;
    const bytes = files.find(([path]) => path === this.grid.weights)[1];
    const weights = new Float64Array(bytes.slice().buffer);
    const most = weights.reduce((high, weight) => Math.max(high, weight), 0);
    const active = Math.max(1, ...counts);
    const context = this.fields.getContext("2d");
    for (let cell = 0; cell < n * n; cell++) {
      const light = 90 + (165 * counts[cell]) / active;
      const field = Uint8Array.from({ length: side ** 2 }, (_, pixel) => Math.min(255, (1.6 * light * weights[pixel * n * n + cell]) / most));
      context.putImageData(grey(field, side).getContext("2d").getImageData(0, 0, side, side), (cell % n) * side, Math.floor(cell / n) * side);
    }
    const spiking = counts.filter((count) => count > 0).length;
    this.fields.setAttribute("aria-label", `Receptive fields of ${n * n} cells, of which ${spiking} spiked`);
    this.canvas.parentElement.dataset.answer = this.answer.textContent;
  }
}

function grey(values, side) {
  const canvas = element("canvas", { width: side, height: side });
  const context = canvas.getContext("2d");
  const image = context.createImageData(side, side);
  values.forEach((value, k) => image.data.set([value, value, value, 255], 4 * k));
  context.putImageData(image, 0, 0);
  return canvas;
}
