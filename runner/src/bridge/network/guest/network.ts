import { core, primordials } from '../../../guest/captured.ts';
import { hardened, record } from '../../../guest/interface.ts';
import type { Port } from '../../port/guest/port.ts';
import { Handlers } from './handlers.ts';
import { FAILURE, MAX_NAME, MESSAGE, REQUEST, SYNC } from './names.ts';

const { defineProperty, freeze, jsonParse, jsonStringify, objectKeys } = primordials;
const { promiseThen, realm, rejectedPromise, setPrototypeOf, TypeError } = primordials;

type NetworkPort = Pick<Port, 'call' | 'on' | 'post'>;

/** What core keeps of a worker's group. */
export interface Network {
  /** Tells the host of an error that nobody in the worker caught. */
  failed(name: string, message: string): void;
}

/** Makes the realm a worker's: before any guest code. */
export function openNetwork(port: NetworkPort): Network {
  const handlers = new Handlers();
  const asked = countAsked();
  port.on(MESSAGE, (value) => {
    const given = record(value as [event: string, text?: string]);
    if (handlers.has(given[0])) handlers.tell(given[0], dataOf(given[1]));
  });
  port.on(SYNC, (value) => port.post(SYNC, items(value, asked.count > 0 || hasTimers())));
  silenceConsole();
  define(networkOf(port, handlers));
  return record<Network>({
    failed: (name, message) => port.post(FAILURE, items(name, message)),
  });
}

function networkOf(port: NetworkPort, handlers: Handlers): object {
  return freeze({
    on(event: unknown, handler: unknown): void {
      handlers.add(nameOf(event, 'event'), functionOf(handler));
    },
    off(event: unknown, handler: unknown): void {
      handlers.remove(nameOf(event, 'event'), handler);
    },
    send(event: unknown, data: unknown = undefined): void {
      port.post(MESSAGE, written(nameOf(event, 'event'), data));
    },
    request(method: unknown, data: unknown = undefined): Promise<unknown> {
      try {
        const asked = port.call(REQUEST, written(nameOf(method, 'method'), data));
        return promiseThen(hardened(asked), dataOf as never) as Promise<unknown>;
      } catch (error) {
        return rejectedPromise(error);
      }
    },
  });
}

/** As JSON holds it: what it has no way to write is left out, cycles and bigints throw a TypeError. */
function written(name: string, data: unknown): unknown[] {
  const text: unknown = jsonStringify(data);
  return text === undefined ? items(name) : items(name, text);
}

/** An array that inherits nothing of a guest's. */
function items(...values: unknown[]): unknown[] {
  return setPrototypeOf(values, null) as unknown[];
}

function dataOf(text: unknown): unknown {
  return text === undefined ? undefined : jsonParse(text as string);
}

function nameOf(name: unknown, what: string): string {
  if (typeof name === 'string' && name.length > 0 && name.length <= MAX_NAME) return name;
  throw new TypeError(`The ${what} must be a text of 1 to ${MAX_NAME} characters`);
}

function functionOf(handler: unknown): Function {
  if (typeof handler === 'function') return handler;
  throw new TypeError('The handler must be a function');
}

/** Counts what the host was asked and has not answered, but for the waits of timers. */
function countAsked(): { count: number } {
  const asked = record({ count: 0 });
  const { hostCall } = core;
  const answered = () => void asked.count--;
  core.hostCall = (capability, method, json, bytes) => {
    const answer = hardened(hostCall(capability, method, json, bytes));
    if (capability === 'timers') return answer;
    asked.count++;
    promiseThen(answer, answered, answered);
    return answer;
  };
  return asked;
}

function hasTimers(): boolean {
  const timers = core.loaded<{ count(): number }>('timers');
  return timers !== undefined && timers.count() > 0;
}

/** A worker's console does nothing: not even what it is given is looked at. */
function silenceConsole(): void {
  const { console } = realm as unknown as { console: object };
  const names = objectKeys(console);
  for (let i = 0; i < names.length; i++) {
    const value = (): void => {};
    defineProperty(value, 'name', record({ value: names[i]!, configurable: true }));
    const field = { value, writable: true, enumerable: true, configurable: true };
    defineProperty(console, names[i]!, record(field));
  }
}

function define(value: object): void {
  const field = { value, writable: true, enumerable: false, configurable: true };
  defineProperty(realm, 'NETWORK', record(field));
}
