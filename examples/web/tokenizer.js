// Turns text into tokens and back, by the table that tokenizer.py makes of a
// SentencePiece model.

const space = "\u2581"; // What SentencePiece writes for a space.

function nameByte(byte) {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
}

export class Tokenizer {
  constructor(table) {
    this.table = table;
    this.ids = new Map(table.pieces.map((piece, id) => [piece, id]));
    this.bytes = new Map();
    for (let byte = 0; byte < 256; ++byte) {
      const id = this.ids.get(nameByte(byte));
      if (id !== undefined) this.bytes.set(id, byte);
    }
  }

  isStop(id) {
    return this.table.stop.includes(id);
  }

  /** The tokens of a text, as `smelt run` reads it. */
  encode(text) {
    if (this.table.collapses) text = text.replace(/ +/g, " ").trim();
    if (text && this.table.prepends) text = space + text;
    const symbols = Array.from(text.replaceAll(" ", space));
    this.#merge(symbols);
    return symbols.flatMap((symbol) => this.#find(symbol));
  }

  /** Joins neighbours that together are a piece, the best one first. */
  #merge(symbols) {
    for (;;) {
      let best = -1;
      let bestScore = -Infinity;
      for (let i = 0; i + 1 < symbols.length; ++i) {
        const score = this.#score(symbols[i] + symbols[i + 1]);
        if (score > bestScore) [best, bestScore] = [i, score];
      }
      if (best < 0) return;
      symbols.splice(best, 2, symbols[best] + symbols[best + 1]);
    }
  }

  #score(text) {
    const id = this.ids.get(text);
    // Tokens that stand for no text have no score.
    return id === undefined ? -Infinity : this.table.scores[id] ?? -Infinity;
  }

  #find(symbol) {
    if (this.#score(symbol) > -Infinity) return [this.ids.get(symbol)];
    const bytes = new TextEncoder().encode(symbol);
    return Array.from(bytes, (byte) => this.ids.get(nameByte(byte)));
  }

  /** A function from each next token to the text that it completes. */
  startDecoding() {
    const decoder = new TextDecoder();
    const encoder = new TextEncoder();
    return (id) => {
      const byte = this.bytes.get(id);
      const isText = this.table.scores[id] !== null;
      const piece = isText ? this.table.pieces[id] : "";
      const bytes =
        byte === undefined
          ? encoder.encode(piece.replaceAll(space, " "))
          : Uint8Array.of(byte);
      return decoder.decode(bytes, { stream: true });
    };
  }
}
