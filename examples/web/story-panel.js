// The form of a story, and the story.

const form = document.querySelector("#story form");
const output = document.querySelector("#text");
const speed = document.querySelector("#speed");
const note = document.querySelector("#note");
const tellButton = document.querySelector("#tell");
const stopButton = document.querySelector("#stop");
const temperature = document.querySelector("#temperature");

let worker;
let context;

function setTelling(isTelling) {
  tellButton.disabled = isTelling;
  stopButton.disabled = !isTelling;
  output.setAttribute("aria-busy", isTelling);
}

function tell() {
  const prompt = form.elements.prompt.value;
  output.replaceChildren();
  const beginning = document.createElement("span");
  beginning.className = "prompt";
  beginning.textContent = prompt;
  output.append(beginning);
  note.textContent = "";
  setTelling(true);
  worker.postMessage({
    type: "tell",
    prompt,
    temperature: Number(temperature.value),
    seed: Math.trunc(form.elements.seed.valueAsNumber) || 0,
  });
}

function showText({ text, tokens, seconds }) {
  output.append(text);
  output.scrollTop = output.scrollHeight;
  if (tokens > 0 && seconds > 0)
    speed.textContent = `${tokens} tokens, ${(tokens / seconds).toFixed(0)} a second`;
}

const endings = {
  stop: () => "The end.",
  stopped: () => "Stopped.",
  length: () => "",
  context: () => `The model's context of ${context} tokens is full.`,
};

function receive({ data }, onReady) {
  if (data.type === "ready") {
    context = data.context;
    setTelling(false);
    onReady(data);
  } else if (data.type === "text") {
    showText(data);
  } else {
    note.textContent = data.message ?? endings[data.reason]();
    setTelling(false);
  }
}

function showTemperature() {
  const value = Number(temperature.value);
  form.elements.chosen.value =
    value === 0 ? "0, always the likeliest" : value.toFixed(1);
}

/** Starts the worker, and gives what it says of its model. */
export function startStories(wantsVectors) {
  worker = new Worker(new URL("story-worker.js", import.meta.url), {
    type: "module",
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!tellButton.disabled) tell();
  });
  stopButton.addEventListener("click", () =>
    worker.postMessage({ type: "stop" }),
  );
  temperature.addEventListener("input", showTemperature);
  showTemperature();
  return new Promise((resolve, reject) => {
    worker.onmessage = (event) => {
      if (event.data.type === "error") reject(new Error(event.data.message));
      receive(event, resolve);
    };
    worker.onerror = () => reject(new Error("the story's worker cannot start"));
    worker.postMessage({ type: "start", wantsVectors });
  });
}
