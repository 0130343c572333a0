// Runs the program once for each message, in its own instance: a run leaves nothing behind.
importScripts("program.js");

const TYPES = { float64: Float64Array, float32: Float32Array, int32: Int32Array, int64: BigInt64Array, bool: Uint8Array, int8: Int8Array, uint8: Uint8Array };

onmessage = async ({ data: { module, files, parameters, values, outputs, grid } }) => {
  const start = performance.now();
  const messages = [];
  const say = (line) => messages.push(line);
  const wanted = ["last_run_info.txt", ...Object.values(outputs).map((output) => output.file)];
  try {
    const program = await createProgram({
      instantiateWasm(imports, done) {
        WebAssembly.instantiate(module, imports).then((instance) => done(instance, module));
        return {};
      },
      print: say,
      printErr: say,
      preRun: [(made) => (made.ENV.ZOO_OUTPUTS = wanted.join("\n"))],
    });
    const { FS } = program;
    for (const folder of ["results", "static_arrays", "values"]) FS.mkdir(folder);
    for (const [path, content] of files) FS.writeFile(path, content);
    FS.writeFile("parameters.txt", parameters);
    const settings = [...(grid?.arguments ?? [])];
    for (const [name, value] of values) {
      if (typeof value === "number") settings.push(`${name}=${value}`);
      else {
        FS.writeFile(`values/${name}`, new Uint8Array(value.buffer));
        settings.push(`${name}=values/${name}`);
      }
    }
    const status = program.callMain(settings);
    if (status) throw new Error(said(messages, status));
    const arrays = {};
    for (const [name, { file, type, first }] of Object.entries(outputs)) {
      const bytes = FS.readFile(`results/${file}`);
      let found = new TYPES[type](bytes.buffer, 0, bytes.byteLength / TYPES[type].BYTES_PER_ELEMENT);
      if (type === "int64") found = Float64Array.from(found, Number);
      if (first) found = found.map((index) => index - first);
      arrays[name] = found;
    }
    postMessage({ arrays, seconds: (performance.now() - start) / 1000 }, Object.values(arrays).map((array) => array.buffer));
  } catch (error) {
    postMessage({ error: `${error.message || error}` });
  }
};

function said(messages, status) {
  const found = messages.find((line) => line.includes("rror")) || messages.at(-1) || `it ended with the exit code ${status}`;
  return found.replace(/^Error: /, "");
}
