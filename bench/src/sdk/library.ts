/** Bytes of library code that a prefix has. */
const LIBRARY_BYTES = 1_000_000;

/**
 * A library as bundlers make them: functions, classes and tables, of which a run uses one. It is the
 * same text each time. What it leaves behind is `globalThis.library`.
 */
export function librarySource(bytes: number = LIBRARY_BYTES): string {
  const parts = ['const units = new Map();'];
  for (let number = 0, size = 0; size < bytes; number++) {
    const unit = unitSource(number);
    parts.push(unit);
    size += unit.length;
  }
  parts.push('globalThis.library = { use: (name) => units.get(name), size: units.size };');
  return parts.join('\n');
}

function unitSource(number: number): string {
  const words = ['amber', 'birch', 'cedar', 'delta', 'ember'].map((word, at) => {
    return `  ${word}${number}: { weight: ${(number * 7 + at * 13) % 101}, label: '${word} ${number}', tags: ['${word}', 'unit${number}'] },`;
  });
  return `
function normalize${number}(text, { separator = '-', limit = ${8 + (number % 24)} } = {}) {
  if (typeof text !== 'string') throw new TypeError('normalize${number} takes a text');
  const words = text.toLowerCase().split(/[^a-z0-9]+/).filter((word) => word !== '');
  return words.slice(0, limit).join(separator);
}
const table${number} = Object.freeze({
${words.join('\n')}
});
class Tally${number} {
  #counts = new Map();
  #total = 0;
  constructor(entries = Object.keys(table${number})) {
    for (const entry of entries) this.add(entry, table${number}[entry]?.weight ?? 1);
  }
  add(name, weight = 1) {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + weight);
    this.#total += weight;
    return this;
  }
  share(name) {
    return this.#total === 0 ? 0 : (this.#counts.get(name) ?? 0) / this.#total;
  }
  *[Symbol.iterator]() {
    for (const [name, count] of this.#counts) yield { name, count, share: this.share(name) };
  }
}
units.set('unit${number}', { normalize: normalize${number}, table: table${number}, Tally: Tally${number} });`;
}
