// The drawing, and what the network says of it.

import { readDigits, toDigit } from "./digit.js";

const canvas = document.querySelector("#drawing");
const drawing = canvas.getContext("2d", { willReadFrequently: true });
const seen = document.querySelector("#seen").getContext("2d");
const answer = document.querySelector("#answer");
const timing = document.querySelector("#timing");
const scores = document.querySelector("#scores");
const penWidth = canvas.width / 12;
const greatestScore = 2;

let network;
let digits = null;
let nextDigit = 0;
let isPending = false;

const rows = Array.from({ length: 10 }, (_, digit) => {
  const row = scores.insertRow();
  row.innerHTML = `<th scope="row">${digit}</th>
    <td class="track" aria-hidden="true"><span class="bar"></span></td>
    <td class="score">–</td>`;
  return {
    row,
    bar: row.querySelector(".bar"),
    score: row.querySelector(".score"),
  };
});

/** The network's integers for an image of 28 by 28 grey levels. */
export function classify(pixels) {
  network.input.set(pixels);
  return Array.from(network.run());
}

/** The time of one run in microseconds: the mean of many, as clocks are coarse. */
function measure() {
  const start = performance.now();
  let count = 0;
  let elapsed = 0;
  do {
    for (let i = 0; i < 50; ++i) network.run();
    count += 50;
    elapsed = performance.now() - start;
  } while (elapsed < 5);
  return (1000 * elapsed) / count;
}

function showPixels(pixels) {
  const image = seen.createImageData(28, 28);
  pixels.forEach((level, i) => image.data.set([level, level, level, 255], 4 * i));
  seen.putImageData(image, 0, 0);
}

function showAnswer(pixels) {
  const outputs = classify(pixels);
  const { scale } = network.arguments.find(({ role }) => role === "output");
  const best = outputs.indexOf(Math.max(...outputs));
  outputs.forEach((output, digit) => {
    const score = output * scale;
    const share = (score + greatestScore) / (2 * greatestScore);
    rows[digit].bar.style.inlineSize = `${100 * Math.min(1, Math.max(0, share))}%`;
    rows[digit].score.textContent = score.toFixed(2).replace("-", "\u2212");
    rows[digit].row.classList.toggle("best", digit === best);
  });
  answer.textContent = String(best);
  timing.textContent = `${measure().toFixed(0)} µs`;
  showPixels(pixels);
}

function showNothing() {
  answer.textContent = "–";
  timing.textContent = "–";
  seen.clearRect(0, 0, 28, 28);
  for (const { row, bar, score } of rows) {
    row.classList.remove("best");
    bar.style.inlineSize = "0";
    score.textContent = "–";
  }
}

function classifyDrawing() {
  isPending = false;
  const { width, height } = canvas;
  const { data } = drawing.getImageData(0, 0, width, height);
  const ink = Uint8Array.from({ length: width * height }, (_, i) => data[4 * i + 3]);
  const pixels = toDigit(ink, width, height);
  if (pixels) showAnswer(pixels);
  else showNothing();
}

function scheduleClassification() {
  if (isPending || !network) return;
  isPending = true;
  requestAnimationFrame(classifyDrawing);
}

function clear() {
  drawing.clearRect(0, 0, canvas.width, canvas.height);
  scheduleClassification();
}

function pointOf(event) {
  const bounds = canvas.getBoundingClientRect();
  return [
    ((event.clientX - bounds.left) / bounds.width) * canvas.width,
    ((event.clientY - bounds.top) / bounds.height) * canvas.height,
  ];
}

function drawTo(event, from) {
  const to = pointOf(event);
  drawing.beginPath();
  drawing.moveTo(...from);
  drawing.lineTo(...to);
  drawing.stroke();
  scheduleClassification();
  return to;
}

/** Draws with a mouse, a pen or fingers, each of which has its own line. */
function listenToPointers() {
  const lines = new Map();
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    const point = pointOf(event);
    lines.set(event.pointerId, drawTo(event, point));
  });
  canvas.addEventListener("pointermove", (event) => {
    const { pointerId } = event;
    if (!lines.has(pointerId)) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event])
      lines.set(pointerId, drawTo(each, lines.get(pointerId)));
  });
  for (const type of ["pointerup", "pointercancel"])
    canvas.addEventListener(type, (event) => lines.delete(event.pointerId));
}

async function showExample() {
  digits ??= readDigits(
    await (await fetch(new URL("digits.npy", import.meta.url))).arrayBuffer(),
  );
  const pixels = digits[nextDigit++ % digits.length];
  const side = canvas.width / 28;
  drawing.clearRect(0, 0, canvas.width, canvas.height);
  pixels.forEach((level, i) => {
    drawing.fillStyle = `rgb(255 255 255 / ${level / 255})`;
    drawing.fillRect((i % 28) * side, Math.floor(i / 28) * side, side, side);
  });
  showAnswer(pixels);
}

export function startDigits(loaded) {
  network = loaded;
  Object.assign(drawing, {
    lineWidth: penWidth,
    lineCap: "round",
    lineJoin: "round",
    strokeStyle: "#fff",
  });
  listenToPointers();
  document.querySelector("#clear").addEventListener("click", clear);
  document.querySelector("#example").addEventListener("click", showExample);
  for (const button of document.querySelectorAll("#digits button"))
    button.disabled = false;
}
