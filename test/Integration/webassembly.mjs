// Compares what modules compute in Node.js with files.
//
// usage: node webassembly.mjs FOLDER network MODULE INPUTS.npy OUTPUTS.npy
//        node webassembly.mjs FOLDER text MODULE PROMPT TEMPERATURE SEED
//
// FOLDER is that of examples/web, as it was built. `network` counts the samples
// whose output has other bits, `text` prints how a prompt goes on.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, kind, path, ...rest] = process.argv.slice(2);
const importOf = (name) => import(pathToFileURL(`${folder}/${name}`));
const { load } = await importOf("smelt.js");
const model = await load(readFileSync(path));

function readNpy(name) {
  const bytes = readFileSync(name);
  return bytes.subarray(10 + bytes.readUInt16LE(8));
}

function bytesOf(array) {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function compareNetwork(inputs, outputs) {
  const size = model.input.byteLength;
  const count = inputs.length / size;
  let wrong = 0;
  for (let i = 0; i < count; ++i) {
    bytesOf(model.input).set(inputs.subarray(i * size, (i + 1) * size));
    const output = bytesOf(model.run());
    const expected = outputs.subarray(
      i * output.length,
      (i + 1) * output.length,
    );
    wrong += Buffer.compare(output, expected) !== 0;
  }
  console.log(`${wrong} of ${count} samples have other bits`);
}

async function printText(prompt, temperature, seed) {
  const { Tokenizer } = await importOf("tokenizer.js");
  const { continueText } = await importOf("story.js");
  const table = JSON.parse(readFileSync(`${folder}/tokenizer.json`));
  const options = { temperature: Number(temperature), seed: Number(seed) };
  const text = continueText(model, new Tokenizer(table), prompt, options);
  console.log(prompt + [...text].join(""));
}

if (kind === "network") compareNetwork(...rest.map(readNpy));
else await printText(...rest);
