import { core, primordials } from '../../../guest/captured.ts';
import { hardened } from '../../../guest/interface.ts';
import type { PortGroup } from '../../port/guest/port.ts';

const { Error, jsonStringify, Promise, promiseThen } = primordials;

/** Has the embedder do something for a nested host. Throws what cannot be sent. */
export function ask(method: string, args: readonly unknown[]): Promise<any> {
  const port = core.use<PortGroup>('port').opened();
  if (!port) throw new Error('There is nobody to ask for nested hosts');
  return hardened(port.call(`{"h":${jsonStringify(method)}}`, args));
}

/** A promise of what `run` answers, or throws at once. */
export function promised<T>(run: () => unknown): Promise<T> {
  return new Promise<T>((resolve) => resolve(run() as T));
}

/** What is made of an answer. */
export function answered<T>(answer: Promise<any>, make: (value: any) => T): Promise<T> {
  return hardened(promiseThen(answer, make as never) as unknown as Promise<T>);
}
