// Where a program runs: in a worker of this browser, or natively behind the page.

export class WasmEngine {
  constructor(model) {
    this.model = model;
    this.program = this.load();
  }

  async load() {
    const [binary, data] = await Promise.all([fetch("program.wasm"), fetch("data.bin")]);
    if (!binary.ok || !data.ok) throw new Error("the program of this page cannot be loaded; is its folder complete?");
    const module = await WebAssembly.compile(await binary.arrayBuffer());
    const bytes = new Uint8Array(await data.arrayBuffer());
    const files = this.model.files.map(({ path, offset, size }) => [path, bytes.subarray(offset, offset + size)]);
    return { module, files };
  }

  async run({ values, duration, seed }) {
    const { module, files } = await this.program;
    const { parameters, outputs, grid } = this.model;
    this.worker ??= new Worker("worker.js");
    const worker = this.worker;
    return new Promise((resolve, reject) => {
      this.stopped = () => reject(new Error("stopped"));
      worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data));
      worker.onerror = () => reject(new Error("the simulation needs more memory than this browser gives it."));
      worker.postMessage({ module, files, parameters, outputs, grid, values: [["duration", duration], ["seed", seed], ...values] });
    });
  }

  stop() {
    this.worker?.terminate();
    this.worker = null;
    this.stopped?.();
  }
}

export class NativeEngine {
  async run({ fields, duration, seed }, report) {
    const start = performance.now();
    const timer = setInterval(async () => {
      const { text, fraction } = await (await fetch("progress")).json();
      const seconds = Math.round((performance.now() - start) / 1000);
      if (text && !done) report(fraction == null ? `${text}, ${seconds} s` : text, fraction);
    }, 300);
    let done = false;
    try {
      const body = JSON.stringify({ fields, duration, seed });
      const answer = await fetch("run", { method: "POST", headers: { "Content-Type": "application/json" }, body });
      if (!answer.ok) throw new Error(await answer.text());
      return unpacked(await answer.arrayBuffer());
    } catch (error) {
      if (error instanceof TypeError) throw new Error("zoo explore has ended; start it again.");
      throw error;
    } finally {
      done = true;
      clearInterval(timer);
    }
  }

  stop() {
    fetch("stop", { method: "POST" });
  }
}

const TYPES = { float64: Float64Array, float32: Float32Array, int32: Int32Array, int64: BigInt64Array, bool: Uint8Array, int8: Int8Array, uint8: Uint8Array };

// A line of JSON, padded to a multiple of eight bytes, and the arrays that it lists.
function unpacked(buffer) {
  const bytes = new Uint8Array(buffer);
  const end = bytes.indexOf(10);
  const { arrays, seconds } = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  const found = {};
  for (const { name, type, offset, size } of arrays) {
    const array = new TYPES[type](buffer.slice(end + 1 + offset, end + 1 + offset + size));
    found[name] = type === "int64" ? Float64Array.from(array, Number) : array;
  }
  return { arrays: found, seconds };
}
