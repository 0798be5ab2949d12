import type { ErrorCode } from '@cofferdam/protocol';
import type { PortGauge } from '../port/peer.ts';

export interface GaugeLimits {
  /** 0: without limit. */
  maxBridgeCalls: number;
  /** 0: what a port carries. */
  maxBridgePayloadBytes: number;
}

export type BridgeBreach = (
  code: Extract<ErrorCode, 'BRIDGE_CALLS_EXCEEDED' | 'BRIDGE_PAYLOAD_EXCEEDED'>,
  message: string,
) => void;

/**
 * Counts what one run asks of this process, and what that carries. It is here, and not with the
 * guest, that nobody can talk it out of it.
 */
export class RunGauge implements PortGauge {
  readonly #limits: GaugeLimits;
  readonly #onBreach: BridgeBreach;
  #calls = 0;

  constructor(limits: GaugeLimits, onBreach: BridgeBreach) {
    this.#limits = limits;
    this.#onBreach = onBreach;
  }

  asked(message: readonly unknown[], frameUnits: number): boolean {
    if (!this.call()) return false;
    // A frame holds the messages of a turn: one within the limit has none beyond it.
    const max = this.#limits.maxBridgePayloadBytes;
    if (max === 0 || frameUnits * 3 <= max) return true;
    const carried = message[0] === 'iter' ? message[4] : message[3];
    return this.carries(Buffer.byteLength(JSON.stringify(carried) ?? ''));
  }

  answered(text: string): boolean {
    const max = this.#limits.maxBridgePayloadBytes;
    if (max === 0 || text.length * 3 <= max) return true;
    return this.carries(Buffer.byteLength(text));
  }

  /** Counts a call; answers whether it is one that the run still has. */
  call(): boolean {
    const { maxBridgeCalls: max } = this.#limits;
    if (max === 0 || ++this.#calls <= max) return true;
    this.#onBreach('BRIDGE_CALLS_EXCEEDED', `The run called its host more than ${max} times`);
    return false;
  }

  /** Whether one call, or one body so far, may carry so much. */
  carries(bytes: number): boolean {
    const { maxBridgePayloadBytes: max } = this.#limits;
    if (max === 0 || bytes <= max) return true;
    const message = `One call of the run carried more than ${max} bytes`;
    this.#onBreach('BRIDGE_PAYLOAD_EXCEEDED', message);
    return false;
  }

  /** Whether bodies have to be counted. */
  get countsBytes(): boolean {
    return this.#limits.maxBridgePayloadBytes > 0;
  }
}
