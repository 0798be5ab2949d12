/** What every technique may use: the edge of the coarse clock, and how many steps go into some of its ticks. */
const COMMON = `
const edge = () => { const at = Date.now(); let now; while ((now = Date.now()) === at); return now };
/** Nanoseconds that one step takes, by so many milliseconds of steps. */
const perStep = (step, ms = SPAN) => { const end = edge() + ms; let steps = 0; while (Date.now() < end) { step(); steps++ } return (ms * 1e6) / steps };
const perAsyncStep = async (step, ms = SPAN) => { const end = edge() + ms; let steps = 0; while (Date.now() < end) { await step(); steps++ } return (ms * 1e6) / steps };
/** The least difference of two readings in a row, in nanoseconds; the clock says milliseconds. */
const leastStep = (read) => { let least = Infinity; const end = Date.now() + 2_000; for (let last = read(), seen = 0; seen < 5 && Date.now() < end; ) { const now = read(); if (now === last) continue; least = Math.min(least, Math.abs(now - last)); last = now; seen++ } return least * 1e6 };
`;

/** A way to build a timer. */
export interface Technique {
  /** An async function's body that answers the nanoseconds of the finest thing it tells apart. */
  code: string;
  /** Whether it needs the APIs of the preset web. */
  needsWeb?: true;
  /** It reads a clock that promises whole milliseconds in an isolate. */
  isClock?: true;
}

export function codeOf({ code }: Technique, spanMs: number): string {
  return `${COMMON}\n${code}`.replaceAll('SPAN', String(spanMs));
}

const clock = (read: string, needsWeb?: true): Technique => ({
  code: `return leastStep(() => ${read})`,
  isClock: true,
  ...(needsWeb && { needsWeb }),
});
const web = (code: string): Technique => ({ code, needsWeb: true });

/** Clocks that are read, and timers that are built of everything else. */
export const TECHNIQUES: Record<string, Technique> = {
  'Date.now': clock('Date.now()'),
  'new Date': clock('new Date().getTime()'),
  'the fraction of a formatted second': clock(
    `Number(new Intl.DateTimeFormat('en', { fractionalSecondDigits: 3 }).format(new Date()))`,
  ),
  'performance.now': clock('performance.now()', true),
  'performance.mark': clock(`performance.mark('a').startTime`, true),
  'performance.measure': clock(`performance.measure('a').duration`, true),
  'Event.timeStamp': clock(`new Event('a').timeStamp`, true),
  'File.lastModified': clock(`new File([], 'a').lastModified`, true),
  'a counter between two ticks of Date': { code: 'let n = 0; return perStep(() => n++)' },
  'a counter of arithmetic alone, calibrated': {
    code: `let n = 0; const work = () => { for (let i = 0; i < 10_000; i++) n = (n * 31 + i) | 0 }; work(); return perStep(work) / 10_000`,
  },
  'the spread of work measured against an edge': {
    code: `const work = () => { let n = 0; for (let i = 0; i < 1e4; i++) n += i; return n };
      const rest = () => { edge(); work(); const at = Date.now(); let left = 0; while (Date.now() === at) left++; return left };
      const all = Array.from({ length: SPAN }, rest).sort((a, b) => a - b); let n = 0; const step = perStep(() => n++);
      return Math.max(step, (all[Math.floor(all.length * 0.75)] - all[Math.floor(all.length * 0.25)]) * step)`,
  },
  'steps of a regular expression': {
    code: `const text = 'a'.repeat(20); return perStep(() => /^(a|a)*b$/.test(text.slice(0, 8))) / 256`,
  },
  'turns of promises': { code: 'return perAsyncStep(() => null)' },
  'turns of an async generator': {
    code: 'const steps = (async function* () { for (;;) yield 1 })(); return perAsyncStep(() => steps.next())',
  },
  'turns of setTimeout': web('return perAsyncStep(() => new Promise((go) => setTimeout(go, 0)))'),
  'messages between two ports': web(
    `const { port1, port2 } = new MessageChannel(); let go; port2.onmessage = () => go();
     const step = () => new Promise((next) => { go = next; port1.postMessage(1) });
     const took = await perAsyncStep(step); port1.close(); port2.close(); return took`,
  ),
  'reads of a stream': web(
    `const reader = new ReadableStream({ pull: (controller) => controller.enqueue(1) }).getReader(); return perAsyncStep(() => reader.read())`,
  ),
  'digests of the host': web(
    `const bytes = new Uint8Array(8); return perAsyncStep(() => crypto.subtle.digest('SHA-256', bytes))`,
  ),
  'calls that wait for the host': web(`return perStep(() => new URL('http://a/'))`),
  'requests that are refused': web(
    `return perAsyncStep(() => fetch('http://127.0.0.1:9/').catch(() => {}))`,
  ),
  'a WebAssembly loop': {
    code: `const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 1, 127, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 16, 1, 14, 0, 3, 64, 32, 0, 65, 1, 107, 34, 0, 13, 0, 11, 11]);
      const { f } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports; return perStep(() => f(10_000)) / 10_000`,
  },
  'Atomics.wait': {
    code: `const cell = new Int32Array(new SharedArrayBuffer(4)); return perStep(() => Atomics.wait(cell, 0, 0, 0.001))`,
  },
  'a worker that counts in shared memory': {
    code: `const cell = new Int32Array(new SharedArrayBuffer(4));
      const source = 'onmessage = ({ data }) => { postMessage(1); for (;;) Atomics.add(data, 0, 1) }';
      const worker = new Worker('data:text/javascript,' + encodeURIComponent(source), { type: 'module' });
      await new Promise((go, no) => { worker.onmessage = go; worker.onerror = no; worker.postMessage(cell) });
      edge(); const before = Atomics.load(cell, 0); const end = Date.now() + SPAN; while (Date.now() < end); const steps = Atomics.load(cell, 0) - before;
      worker.terminate(); return (SPAN * 1e6) / steps`,
  },
  'the high resolution time of a process': {
    code: `const { hrtime } = await import('node:process'); return leastStep(() => Number(hrtime.bigint()) / 1e6)`,
  },
};

/** Expressions that would have shared memory, which a second thread could count in. */
export const SHARED_MEMORY: readonly string[] = [
  'SharedArrayBuffer',
  'globalThis.SharedArrayBuffer',
  '(0, eval)("SharedArrayBuffer")',
  'Function("return SharedArrayBuffer")()',
  'new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer',
  'new (0, eval)("WebAssembly").Memory({ initial: 1, maximum: 1, shared: true })',
  'structuredClone(new SharedArrayBuffer(8))',
  'Atomics.waitAsync(new Int32Array(4), 0, 0, 1)',
  'Atomics.wait(new Int32Array(4), 0, 0, 1)',
  'Atomics.notify(new Int32Array(4), 0, 1) || undefined',
  'new ArrayBuffer(8, { maxByteLength: 16, shared: true }).growable',
  'Object.getOwnPropertyNames(globalThis).map((name) => globalThis[name]).find((value) => value?.name === "SharedArrayBuffer")',
  'Object.getOwnPropertyNames(globalThis).map((name) => globalThis[name]).find((value) => value?.prototype && "growable" in value.prototype)',
  'new Worker("data:text/javascript,")',
  'new MessageChannel().port1.postMessage(new ArrayBuffer(8)) ?? undefined',
];
