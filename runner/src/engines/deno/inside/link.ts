import { errorConstructors, jsonParse, jsonStringify, record } from '../../../guest/intrinsics.ts';
import { byteLength, Bytes, decode, encode, setBytes, subarray } from './primordials.ts';
import { Inflow, Outflow } from './stream.ts';
import {
  CALL,
  CANCEL,
  CREDIT,
  DATA,
  END,
  ERROR,
  EVENT,
  HELLO,
  readFrames,
  readU32,
  REPLY,
  u32Payload,
  writeFrame,
  type Frame,
  type Send,
} from './wire.ts';

const WIRE_VERSION = 1;
/** Longer than any run may take; the runner's own timer ends the call with the run. */
const CALL_DEADLINE_MS = 600_000;
const CALL_HEADER_BYTES = 5;

/** One end of a call: bytes each way, and what the other side says beside them. */
export class Call {
  readonly id: number;
  readonly send: Send;
  readonly outflow: Outflow;
  readonly inflow: Inflow;
  onEvent: ((event: unknown) => void) | undefined;
  onFailure: ((error: unknown) => void) | undefined;

  constructor(id: number, send: Send) {
    this.id = id;
    this.send = send;
    this.outflow = new Outflow(send);
    this.inflow = new Inflow(send);
  }

  fail(error: unknown): void {
    this.onFailure?.(error);
    this.inflow.fail(error);
    this.outflow.fail(error);
  }
}

/** The one call that the runner makes: a run, its texts as data. */
type OnRun = (call: Call, header: unknown) => void;

interface CallTable {
  [id: number]: Call | undefined;
}

/** The control channel of this process, on its standard input and output. */
export class Link {
  readonly #mine = record<CallTable>({});
  readonly #onRun: OnRun;
  #run: Call | undefined;
  #nextId = 1;

  constructor(onRun: OnRun) {
    this.#onRun = onRun;
  }

  open(about: unknown): void {
    writeFrame(
      HELLO,
      false,
      0,
      jsonStringify({ version: WIRE_VERSION, oldest: WIRE_VERSION, about }),
    );
    void readFrames((frame) => this.#dispatch(frame));
  }

  /** Calls a method of the runner with JSON text that fits into a frame. */
  call(method: string, json: string): Call {
    const id = this.#nextId++;
    const call = new Call(id, (type, bytes) => {
      if (this.#mine[id] === call) writeFrame(type, false, id, bytes);
    });
    this.#mine[id] = call;
    writeFrame(CALL, false, id, callPayload(method, json));
    return call;
  }

  /** Gives a call up; the runner is told. */
  cancel(call: Call, error: unknown): void {
    call.send(CANCEL);
    delete this.#mine[call.id];
    call.fail(error);
  }

  #dispatch(frame: Frame): void {
    if (frame.type === CALL) return this.#accept(frame);
    const call = frame.toCaller ? this.#mine[frame.callId] : this.#run;
    if (!call) return;
    if (frame.type === REPLY) {
      delete this.#mine[frame.callId];
      call.inflow.end();
    } else if (frame.type === ERROR) {
      delete this.#mine[frame.callId];
      call.fail(failure(jsonParse(decode(frame.payload))));
    } else {
      streamFrame(call, frame);
    }
  }

  #accept({ callId, payload }: Frame): void {
    const call = new Call(callId, (type, bytes) => writeFrame(type, true, callId, bytes));
    this.#run = call;
    const jsonAt = CALL_HEADER_BYTES + payload[4]!;
    this.#onRun(call, jsonParse(decode(subarray(payload, jsonAt))));
  }
}

function streamFrame(call: Call, { type, payload }: Frame): void {
  if (type === DATA) call.inflow.push(payload);
  else if (type === END) call.inflow.end();
  else if (type === CREDIT) call.outflow.grant(readU32(payload, 0));
  else if (type === EVENT) call.onEvent?.(jsonParse(decode(payload)));
}

function failure({ code, message }: { code: string; message: string }): TypeError {
  return new errorConstructors.TypeError(`fetch failed: ${code}: ${message}`);
}

function callPayload(method: string, json: string): Uint8Array {
  const name = encode(method);
  const text = encode(json);
  const bytes = new Bytes(CALL_HEADER_BYTES + byteLength(name) + byteLength(text));
  setBytes(bytes, u32Payload(CALL_DEADLINE_MS));
  bytes[4] = byteLength(name);
  setBytes(bytes, name, CALL_HEADER_BYTES);
  setBytes(bytes, text, CALL_HEADER_BYTES + byteLength(name));
  return bytes;
}
