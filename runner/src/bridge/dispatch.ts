import { CofferdamError, type ExitReason } from '@cofferdam/protocol/base';
import { chargedSync } from './charge.ts';
import { GuestFault, type BridgeValue, type Capability, type RunContext } from './capability.ts';

/** What crosses to the guest: whether it went well, JSON text (`{name, message}` if not), a buffer. */
export type BridgeAnswer = [ok: boolean, json: string | undefined, bytes: ArrayBuffer | undefined];

export interface DispatchOptions {
  capabilities: readonly Capability[];
  context: RunContext;
  /** A limit of the run was passed: the run is to end with this reason. */
  onBreach(reason: Extract<ExitReason, 'BridgeCalls' | 'BridgePayload'>, message: string): void;
}

/** A guest's platform code waits for few things at once; thousands are a flood. */
const MAX_UNCOUNTED_PENDING = 1024;
const MAX_ERROR_MESSAGE = 1024;

/** One run's calls to its host: checked, counted, and answered by a value, whatever happens. */
export class Dispatch {
  /** Calls that counted against `limits.bridgeCalls`. */
  count = 0;
  readonly #options: DispatchOptions;
  readonly #capabilities: Map<string, Capability>;
  #uncountedPending = 0;

  constructor(options: DispatchOptions) {
    this.#options = options;
    this.#capabilities = new Map(options.capabilities.map((entry) => [entry.name, entry]));
  }

  readonly call = async (
    capability: unknown,
    method: unknown,
    json?: unknown,
    bytes?: unknown,
  ): Promise<BridgeAnswer> => {
    const counted = this.#isCounted(capability, method);
    if (!counted) this.#uncountedPending++;
    try {
      if (this.#uncountedPending > MAX_UNCOUNTED_PENDING) {
        throw new GuestFault('Error', 'Too many operations are waiting for the host');
      }
      const run = this.#lookUp((entry) => entry.async, capability, method);
      const value = this.#admit(counted, json, bytes);
      return this.#answer(await run(this.#options.context, value));
    } catch (error) {
      return failure(error);
    } finally {
      if (!counted) this.#uncountedPending--;
    }
  };

  readonly callSync = (
    capability: unknown,
    method: unknown,
    json?: unknown,
    bytes?: unknown,
  ): BridgeAnswer => {
    try {
      const run = this.#lookUp((entry) => entry.sync, capability, method);
      const value = this.#admit(this.#isCounted(capability, method), json, bytes);
      const { context } = this.#options;
      return this.#answer(chargedSync(context, () => run(context, value)));
    } catch (error) {
      return failure(error);
    }
  };

  /** hasOwn: `constructor` and the like are names a guest may ask for. */
  #lookUp<M>(
    methodsOf: (entry: Capability) => Record<string, M> | undefined,
    capability: unknown,
    method: unknown,
  ): M {
    const entry = typeof capability === 'string' ? this.#capabilities.get(capability) : undefined;
    const methods = entry && methodsOf(entry);
    if (methods && typeof method === 'string' && Object.hasOwn(methods, method)) {
      return methods[method]!;
    }
    throw new GuestFault('TypeError', 'The host has no such function');
  }

  #isCounted(capability: unknown, method: unknown): boolean {
    if (typeof capability !== 'string' || typeof method !== 'string') return true;
    return !this.#capabilities.get(capability)?.uncounted?.includes(method);
  }

  #admit(counted: boolean, json: unknown, bytes: unknown): BridgeValue {
    const text = checkedText(json);
    const buffer = checkedBuffer(bytes);
    this.#checkPayload(Buffer.byteLength(text ?? '') + (buffer?.byteLength ?? 0));
    if (counted) this.#countCall();
    return {
      ...(text !== undefined && { json: parsed(text) }),
      ...(buffer && { bytes: new Uint8Array(buffer) }),
    };
  }

  #countCall(): void {
    const { context, onBreach } = this.#options;
    if (++this.count <= context.limits.bridgeCalls) return;
    const message = `The script called the host more than ${context.limits.bridgeCalls} times`;
    onBreach('BridgeCalls', message);
    throw new GuestFault('Error', message);
  }

  #checkPayload(size: number): void {
    const { context, onBreach } = this.#options;
    if (size <= context.limits.bridgePayloadBytes) return;
    const message = `One call to the host carried more than ${context.limits.bridgePayloadBytes} bytes`;
    onBreach('BridgePayload', message);
    throw new GuestFault('Error', message);
  }

  #answer({ json, bytes }: BridgeValue): BridgeAnswer {
    const text = json === undefined ? undefined : JSON.stringify(json);
    this.#checkPayload(Buffer.byteLength(text ?? '') + (bytes?.byteLength ?? 0));
    return [true, text, bytes && exactBuffer(bytes)];
  }
}

function checkedText(json: unknown): string | undefined {
  if (json === undefined || typeof json === 'string') return json;
  throw malformed();
}

function checkedBuffer(bytes: unknown): ArrayBuffer | undefined {
  if (bytes === undefined || bytes instanceof ArrayBuffer) return bytes;
  throw malformed();
}

function malformed(): GuestFault {
  return new GuestFault('TypeError', 'The call to the host is malformed');
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    throw malformed();
  }
}

/** A buffer of exactly these bytes: a pooled Node buffer would carry its neighbours across. */
function exactBuffer(bytes: Uint8Array): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes;
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) return buffer;
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}

/** Only what was made for the guest tells it anything; any other error may hold host paths. */
function failure(error: unknown): BridgeAnswer {
  let shown = { name: 'Error', message: 'The host could not do that' };
  if (error instanceof GuestFault) shown = { name: error.name, message: error.message };
  else if (error instanceof CofferdamError) {
    shown = { name: 'Error', message: `${error.code}: ${error.message}` };
  }
  const message = shown.message.slice(0, MAX_ERROR_MESSAGE);
  return [false, JSON.stringify({ name: shown.name, message }), undefined];
}
