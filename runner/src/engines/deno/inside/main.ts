import { failedOutcome, type RunOutcome } from '../../../guest/failure.ts';
import {
  defineProperty,
  jsonStringify,
  promiseThen,
  record,
  slice,
  utf8Length,
} from '../../../guest/intrinsics.ts';
import { ConsoleOutput } from '../../../guest/output.ts';
import { RunState } from '../../../guest/run.ts';
import { captureConsole } from './console.ts';
import { bridgedFetch } from './fetch.ts';
import { Link, type Call } from './link.ts';
import {
  byteLength,
  Bytes,
  decode,
  encode,
  listen,
  setBytes,
  soon,
  subarray,
} from './primordials.ts';
import { shieldStandardStreams } from './stdio.ts';
import { EVENT, MAX_PAYLOAD_BYTES, REPLY } from './wire.ts';

/** What the runner says of a run; the texts follow as data in this order. */
interface RunHeader {
  form: 'body' | 'module';
  fileName: string;
  codeBytes: number;
  inputBytes?: number;
  envBytes?: number;
  outputBytes: number;
  maxPieceBytes: number;
}

let run: Call | undefined;
let maxPieceBytes = 0;

const output = new ConsoleOutput((level, message) => run?.send(EVENT, lineText(level, message)));
const state = new RunState(output);
const link = new Link((call, sent) => {
  const header = sent as RunHeader;
  run = call;
  maxPieceBytes = header.maxPieceBytes;
  void begin(call, header);
});

captureConsole(output);
shieldStandardStreams(output);
const fetch = bridgedFetch(link, { maxPieceBytes: () => maxPieceBytes, onTooLarge });
const place = { value: fetch, writable: true, configurable: true, enumerable: true };
defineProperty(globalThis, 'fetch', record(place));
endOnUncaught('unhandledrejection', (event) => (event as PromiseRejectionEvent).reason);
endOnUncaught('error', (event) => (event as ErrorEvent).error);
link.open(record({ deno: Deno.version.deno, v8: Deno.version.v8 }));

/** A character may become six, and with them a line more than a frame: then less of it is sent. */
function lineText(level: number, message: string): string {
  const text = jsonStringify(record({ level, message }));
  if (utf8Length(text, MAX_PAYLOAD_BYTES) <= MAX_PAYLOAD_BYTES) return text;
  return jsonStringify(record({ level, message: slice(message, 0, MAX_PAYLOAD_BYTES / 8) }));
}

async function begin(call: Call, header: RunHeader): Promise<void> {
  const { codeBytes, inputBytes, envBytes, form, fileName, outputBytes } = header;
  const inputEnd = codeBytes + (inputBytes ?? 0);
  const texts = await receive(call, inputEnd + (envBytes ?? 0));
  const code = decode(subarray(texts, 0, codeBytes));
  const input = inputBytes === undefined ? undefined : decode(subarray(texts, codeBytes, inputEnd));
  const env = envBytes === undefined ? undefined : decode(subarray(texts, inputEnd));
  const outcome = state.runText(code, form, fileName, input, env, outputBytes);
  // Not awaited: that would look up a `then` that the script may have replaced.
  promiseThen(outcome, (ended: RunOutcome) => answer(ended));
}

async function receive(call: Call, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Bytes(size);
  let at = 0;
  while (at < size) {
    const chunk = await call.inflow.next();
    if (!chunk) break;
    setBytes(bytes, chunk, at);
    at += byteLength(chunk);
  }
  return bytes;
}

/** The result's texts as data, then what they are. The first ending counts. */
async function answer(outcome: RunOutcome, claimed: string = outcome[0]): Promise<void> {
  const call = run;
  if (!call) return;
  run = undefined;
  // By index: the list has no prototype, and with it no iterator that a guest could replace.
  const { 1: value, 2: exports, 3: name, 4: message, 5: stack, 6: path } = outcome;
  const valueBytes = value === undefined ? undefined : encode(value);
  const exportsBytes = exports === undefined ? undefined : encode(exports);
  if (valueBytes) await call.outflow.write(valueBytes);
  if (exportsBytes) await call.outflow.write(exportsBytes);
  const reply = record({
    exitReason: claimed,
    valueBytes: valueBytes && byteLength(valueBytes),
    exportsBytes: exportsBytes && byteLength(exportsBytes),
    error: name === undefined ? undefined : record({ name, message, stack, path }),
  });
  call.send(REPLY, jsonStringify(reply));
}

function onTooLarge(): void {
  const message = `One call to the host carried more than ${maxPieceBytes} bytes`;
  void answer(failedOutcome('Exception', record({ name: 'LimitError', message })), 'BridgePayload');
}

/** What no handler of the script's takes ends its run, as it would end a Deno process. */
function endOnUncaught(type: string, reasonOf: (event: Event) => unknown): void {
  listen(globalThis, type, (event: Event) => {
    let handled = false;
    event.preventDefault();
    // This listener is the first: the script's own come after it and may take the event.
    const preventDefault = () => void (handled = true);
    defineProperty(event, 'preventDefault', record({ value: preventDefault }));
    soon(() => {
      if (!handled) state.fail(reasonOf(event));
    });
  });
}
