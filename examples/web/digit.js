// Makes of a drawing the kind of image that the network knows.

const side = 28;
const box = 20;

function findBounds(ink, width) {
  const bounds = { left: Infinity, top: Infinity, right: -1, bottom: -1 };
  let mass = 0;
  let massX = 0;
  let massY = 0;
  ink.forEach((value, i) => {
    if (value === 0) return;
    const x = i % width;
    const y = Math.floor(i / width);
    bounds.left = Math.min(bounds.left, x);
    bounds.right = Math.max(bounds.right, x);
    bounds.top = Math.min(bounds.top, y);
    bounds.bottom = Math.max(bounds.bottom, y);
    mass += value;
    massX += value * (x + 0.5);
    massY += value * (y + 0.5);
  });
  return { ...bounds, x: massX / mass, y: massY / mass };
}

/** The mean of a square of the drawing, which may lie partly outside. */
function average(ink, width, height, left, top, size) {
  const samples = 8;
  let sum = 0;
  for (let i = 0; i < samples * samples; ++i) {
    const x = Math.floor(left + (((i % samples) + 0.5) / samples) * size);
    const row = Math.floor(i / samples);
    const y = Math.floor(top + ((row + 0.5) / samples) * size);
    if (x >= 0 && x < width && y >= 0 && y < height) sum += ink[y * width + x];
  }
  return sum / (samples * samples);
}

/**
 * Scales and centres a drawing (0 for paper to 255 for ink) as the images of
 * MNIST are: it fits a square of 20 pixels, and its centre of mass is that of 28
 * by 28. Gives null where there is no ink.
 */
export function toDigit(ink, width, height) {
  const bounds = findBounds(ink, width);
  if (bounds.right < 0) return null;
  const extent = Math.max(
    bounds.right - bounds.left + 1,
    bounds.bottom - bounds.top + 1,
  );
  const scale = extent / box;
  return Uint8Array.from({ length: side * side }, (_, i) => {
    const left = bounds.x + ((i % side) - side / 2) * scale;
    const top = bounds.y + (Math.floor(i / side) - side / 2) * scale;
    return Math.round(average(ink, width, height, left, top, scale));
  });
}

/** The images in a file of NumPy: bytes of any number of digits. */
export function readDigits(buffer) {
  const start = 10 + new DataView(buffer).getUint16(8, true);
  const bytes = new Uint8Array(buffer, start);
  const count = bytes.length / (side * side);
  return Array.from({ length: count }, (_, i) =>
    bytes.subarray(i * side * side, (i + 1) * side * side),
  );
}
