// Continues texts with a language model.

import { Sampler } from "./sampler.js";

/**
 * Reads the prompt, and then yields the text of one token after another. Returns
 * why it ended: "stop", a token that ends texts; "length", or "context", whose
 * room is used up.
 */
export function* continueText(model, tokenizer, prompt, options = {}) {
  const sampler = new Sampler(options);
  const decode = tokenizer.startDecoding();
  const tokens = tokenizer.encode(prompt);
  model.reset();
  if (tokens.length > model.context) return "context";
  let logits = model.read(tokens);
  for (let i = 0; i < (options.length ?? Infinity); ++i) {
    if (model.room === 0) return "context";
    if (i > 0) logits = model.read([tokens.at(-1)]);
    const token = sampler.choose(logits, model.logitScale);
    if (tokenizer.isStop(token)) return "stop";
    tokens.push(token);
    yield decode(token);
  }
  return "length";
}
