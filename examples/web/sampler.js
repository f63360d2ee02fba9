// Chooses tokens from logits: with the same seed the same ones as `smelt run`.

const mask = (1n << 64n) - 1n;

function rotate(word, count) {
  return ((word << count) | (word >> (64n - count))) & mask;
}

/** xoshiro256** of Blackman and Vigna, seeded with SplitMix64. */
export class Random {
  constructor(seed) {
    let sum = BigInt(seed) & mask;
    this.state = Array.from({ length: 4 }, () => {
      sum = (sum + 0x9e3779b97f4a7c15n) & mask;
      let mixed = ((sum ^ (sum >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
      mixed = ((mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn) & mask;
      return mixed ^ (mixed >> 31n);
    });
  }

  next() {
    const state = this.state;
    const result = (rotate((state[1] * 5n) & mask, 7n) * 9n) & mask;
    const shifted = (state[1] << 17n) & mask;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate(state[3], 45n);
    return result;
  }

  /** A multiple of 2^-53 in [0, 1). */
  nextUnit() {
    return Number(this.next() >> 11n) / 2 ** 53;
  }
}

const halves = [1];
for (let i = 1; i <= 1000; ++i) halves.push(halves[i - 1] / 2);

/** e^-x for x >= 0, by operations that every machine rounds alike. */
export function exponentialOfNegative(x) {
  const quotient = x * Math.LOG2E;
  if (!(quotient < 1000)) return 0;
  const exponent = Math.trunc(quotient);
  const remainder = x - exponent * Math.LN2;
  let sum = 1;
  for (let term = 18; term > 0; --term) sum = 1 - (remainder / term) * sum;
  return sum * halves[exponent];
}

function findGreatest(logits) {
  let best = 0;
  for (let id = 1; id < logits.length; ++id)
    if (logits[id] > logits[best]) best = id;
  return best;
}

export class Sampler {
  /** With a temperature of 0 the most likely token is taken. */
  constructor({ temperature = 0, seed = 0 } = {}) {
    this.temperature = temperature;
    this.random = new Random(seed);
  }

  /** The next token, of logits in units of `scale`. */
  choose(logits, scale) {
    const best = findGreatest(logits);
    if (this.temperature === 0) return best;
    const greatest = logits[best] * scale;
    let sum = 0;
    const weights = Array.from(logits, (logit) => {
      const distance = (greatest - logit * scale) / this.temperature;
      const weight = exponentialOfNegative(distance);
      sum += weight;
      return weight;
    });
    const target = this.random.nextUnit() * sum;
    let reached = 0;
    const chosen = weights.findIndex((weight) => {
      reached += weight;
      return target < reached;
    });
    return chosen < 0 ? weights.length - 1 : chosen;
  }
}
