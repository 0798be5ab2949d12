import { defineInterface } from '../../../guest/interface.ts';
import { entangle, newPort, type MessagePort } from './message-port.ts';

export class MessageChannel {
  readonly #port1 = newPort();
  readonly #port2 = newPort();

  constructor() {
    entangle(this.#port1, this.#port2);
  }
  get port1(): MessagePort {
    return this.#port1;
  }
  get port2(): MessagePort {
    return this.#port2;
  }
}

defineInterface(MessageChannel, 'MessageChannel');
