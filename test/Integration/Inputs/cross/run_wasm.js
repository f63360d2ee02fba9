// Runs a module's `run` on standard input and output.
// usage: node run_wasm.js FILE.wasm
const fs = require("fs");

let memory;

function readBytes(to, size) {
  const bytes = new Uint8Array(memory.buffer, to, size);
  let count = 0;
  while (count < size) {
    const more = fs.readSync(0, bytes, count, size - count);
    if (more === 0) break;
    count += more;
  }
  return count === size ? 1 : 0;
}

function writeBytes(from, size) {
  const bytes = new Uint8Array(memory.buffer, from, size);
  let count = 0;
  while (count < size) count += fs.writeSync(1, bytes, count);
}

const module_ = new WebAssembly.Module(fs.readFileSync(process.argv[2]));
const imports = { env: { read_bytes: readBytes, write_bytes: writeBytes } };
const instance = new WebAssembly.Instance(module_, imports);
memory = instance.exports.memory;
instance.exports.run();
