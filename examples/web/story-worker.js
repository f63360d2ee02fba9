// Tells stories beside the page, in slices between which it hears of "stop".

import { loadVariant } from "./smelt.js";
import { continueText } from "./story.js";
import { Tokenizer } from "./tokenizer.js";

const sliceMilliseconds = 30;

let model;
let tokenizer;
let story = null;

async function start({ wantsVectors }) {
  const table = fetch(new URL("tokenizer.json", import.meta.url));
  model = await loadVariant("story", wantsVectors);
  tokenizer = new Tokenizer(await (await table).json());
  const { byteLength, context } = model;
  postMessage({ type: "ready", byteLength, context });
}

/** Goes on with a story until it ends, or another one or none is to be told. */
async function tell(current) {
  const start = performance.now();
  let tokens = 0;
  let end;
  while (story === current && end === undefined) {
    const begin = performance.now();
    let text = "";
    while (end === undefined && performance.now() - begin < sliceMilliseconds) {
      const { done, value } = current.next();
      if (done) {
        end = value;
      } else {
        text += value;
        ++tokens;
      }
    }
    const seconds = (performance.now() - start) / 1000;
    postMessage({ type: "text", text, tokens, seconds });
    await new Promise((resolve) => setTimeout(resolve));
  }
  if (story === current) postMessage({ type: "end", reason: end });
}

onmessage = async ({ data }) => {
  try {
    if (data.type === "start") {
      await start(data);
    } else if (data.type === "stop") {
      story = null;
      postMessage({ type: "end", reason: "stopped" });
    } else {
      story = continueText(model, tokenizer, data.prompt, data);
      await tell(story);
    }
  } catch (error) {
    postMessage({ type: "error", message: error.message });
  }
};
