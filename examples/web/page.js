// Starts the page. With "?simd=off" in its address it does without vectors.

import { startDigits } from "./digit-panel.js";
import { hasVectors, loadVariant } from "./smelt.js";
import { startStories } from "./story-panel.js";

export { classify } from "./digit-panel.js";

const wantsVectors =
  new URLSearchParams(location.search).get("simd") !== "off" && hasVectors();

function showSize(selector, byteLength) {
  const kilobytes = (byteLength / 1000).toFixed(0);
  document.querySelector(selector).textContent = `${kilobytes} kB`;
}

async function start() {
  const [network, story] = await Promise.all([
    loadVariant("digits", wantsVectors),
    startStories(wantsVectors),
  ]);
  startDigits(network);
  showSize("#digits-size", network.byteLength);
  showSize("#story-size", story.byteLength);
  document.querySelector("#variant").textContent = wantsVectors
    ? "with vectors (wasm32-simd128)"
    : "without vectors (wasm32)";
  document.documentElement.dataset.ready = wantsVectors ? "simd128" : "plain";
}

start().catch((error) => {
  const problem = document.querySelector("#problem");
  problem.textContent = `The networks could not be loaded: ${error.message}`;
  problem.hidden = false;
});
