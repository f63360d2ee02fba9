// Runs what `smelt compile --target wasm32 -o NAME.wasm` makes, in a browser or
// Node.js. docs/web.md says what such a module exports.

const arrayTypes = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
};

// A module whose one function makes a vector of 16 bytes.
const vectorModule = [
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x05, 0x01, 0x60, 0x00,
  0x01, 0x7b, 0x03, 0x02, 0x01, 0x00, 0x0a, 0x08, 0x01, 0x06, 0x00, 0x41, 0x00,
  0xfd, 0x0f, 0x0b,
];

/** Whether code for wasm32-simd128 runs here. */
export function hasVectors() {
  return WebAssembly.validate(new Uint8Array(vectorModule));
}

function countElements(shape) {
  return shape.reduce((product, size) => product * size, 1);
}

/** A compiled function, and its arguments by name as arrays in its memory. */
class CompiledFunction {
  constructor(name, descriptions, exports) {
    this.call = () => exports[name](...this.addresses);
    this.addresses = [];
    this.arguments = descriptions.map((description) => {
      const address = exports[description.buffer].value;
      this.addresses.push(address);
      const array = new arrayTypes[description.type](
        exports.memory.buffer,
        address,
        countElements(description.shape),
      );
      return { ...description, array };
    });
  }

  /** The array of the argument with a name, or the first of a role. */
  find(key) {
    const found = this.arguments.find(
      (argument) => argument.name === key || argument.role === key,
    );
    return found?.array;
  }
}

/** A network with inputs and outputs. */
export class Network {
  constructor(description, functions) {
    this.name = description.name;
    this.function = functions[this.name];
  }

  /** Descriptions of the inputs and outputs, each with its `array`. */
  get arguments() {
    return this.function.arguments;
  }

  /** The first input and the first output: arrays that calls use in place. */
  get input() {
    return this.function.find("input");
  }

  get output() {
    return this.function.find("output");
  }

  /** Computes the outputs of what the inputs hold. */
  run() {
    this.function.call();
    return this.output;
  }
}

/** A language model and the text that it has read. */
export class LanguageModel {
  constructor(description, functions) {
    this.name = description.name;
    this.context = description.context;
    this.functions = functions;
    this.decode = functions[`${this.name}_decode`];
    this.prefill = functions[`${this.name}_prefill`];
    this.logits = this.decode.find("logits");
    this.logitScale = this.decode.arguments.find(
      (argument) => argument.name === "logits",
    ).scale;
    this.position = 0;
  }

  /** How many more tokens can be read. */
  get room() {
    return this.context - this.position;
  }

  /** Begins another text. */
  reset() {
    this.position = 0;
  }

  /**
   * Reads tokens, at most `room`. Returns the logits of the next one, in units
   * of `logitScale`: the same array every time.
   */
  read(tokens) {
    if (tokens.length > this.room)
      throw new RangeError(`the context has room for ${this.room} tokens`);
    for (let begin = 0; begin < tokens.length; ) {
      // The last token is decoded, for its logits.
      const block = this.#fillBlock(tokens.slice(begin, -1));
      if (block) this.#call(this.prefill, block);
      else this.#call(this.decode, [tokens[begin]]);
      const used = block ? block.length : 1;
      this.position += used;
      begin += used;
    }
    return this.logits;
  }

  /** Tokens that are worth a block, which always costs as much as a full one. */
  #fillBlock(tokens) {
    const size = this.prefill?.find("tokens").length;
    if (!size || tokens.length < 2 || 4 * tokens.length < size) return null;
    return tokens.slice(0, size);
  }

  #call(compiled, tokens) {
    // What is left of a block is read over by the tokens that come next.
    compiled.find("tokens").fill(0).set(tokens);
    compiled.find("position")[0] = this.position;
    compiled.call();
  }
}

async function readBytes(source) {
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source))
    return source;
  const response = await fetch(source);
  if (!response.ok) throw new Error(`${source}: ${response.status}`);
  return response.arrayBuffer();
}

/**
 * Loads a module from a URL or from its bytes. Gives a Network or a
 * LanguageModel, with the module's size as `byteLength`.
 */
export async function load(source) {
  const bytes = await readBytes(source);
  const module = await WebAssembly.compile(bytes);
  const [section] = WebAssembly.Module.customSections(module, "smelt");
  if (!section) throw new Error("this is not a module made by smelt");
  const description = JSON.parse(new TextDecoder().decode(section));
  if (description.version !== 1)
    throw new Error(`description version ${description.version} is unknown`);
  const { exports } = await WebAssembly.instantiate(module);
  const functions = {};
  for (const [name, list] of Object.entries(description.functions))
    functions[name] = new CompiledFunction(name, list, exports);
  const Model = description.context ? LanguageModel : Network;
  const model = new Model(description, functions);
  model.byteLength = bytes.byteLength;
  return model;
}

/** Loads NAME-simd.wasm where vectors are there and wanted, else NAME.wasm. */
export function loadVariant(name, wantsVectors = true) {
  const suffix = wantsVectors && hasVectors() ? "-simd" : "";
  return load(new URL(`${name}${suffix}.wasm`, import.meta.url));
}
