// Prints what a WebAssembly module imports and exports, and its description.

import { readFileSync } from "node:fs";

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
console.log("imports:", WebAssembly.Module.imports(module).length);
for (const { name, kind } of WebAssembly.Module.exports(module))
  console.log(`${kind}: ${name}`);
const [section] = WebAssembly.Module.customSections(module, "smelt");
const description = JSON.parse(new TextDecoder().decode(section));
for (const [name, list] of Object.entries(description.functions))
  for (const argument of list)
    console.log(`argument of ${name}:`, JSON.stringify(argument));
console.log("context:", description.context);
