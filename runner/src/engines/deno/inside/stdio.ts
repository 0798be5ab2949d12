import { defineProperty, record, resolvedPromise } from '../../../guest/intrinsics.ts';
import { LEVEL, type ConsoleOutput } from '../../../guest/output.ts';
import { withoutNewline } from './console.ts';
import { byteLength, copyBytes, decode } from './primordials.ts';

type Print = (text: string) => void;

/**
 * Standard input and output are this process's control channel: a script that uses them by accident
 * reads an end of file and prints to its console. One that means harm can only harm its own run.
 */
export function shieldStandardStreams(output: ConsoleOutput): void {
  const { stdin, stdout, stderr } = Deno;
  replace(stdin, { read: () => resolvedPromise(null), readSync: () => null, close() {} });
  define(stdin, 'readable', new ReadableStream({ start: (controller) => controller.close() }));
  shieldOutput(stdout, (text) => output.write(LEVEL.log, text));
  shieldOutput(stderr, (text) => output.write(LEVEL.error, text));
}

function shieldOutput(stream: typeof Deno.stdout, print: Print): void {
  const writeSync = (bytes: Uint8Array): number => {
    print(withoutNewline(decode(copyBytes(bytes))));
    return byteLength(bytes);
  };
  const write = (bytes: Uint8Array) => resolvedPromise(writeSync(bytes));
  replace(stream, { write, writeSync, close() {} });
  define(stream, 'writable', new WritableStream({ write: (chunk) => void writeSync(chunk) }));
}

function replace(target: object, methods: Record<string, unknown>): void {
  for (const name in methods) define(target, name, methods[name]);
}

function define(target: object, name: string, value: unknown): void {
  defineProperty(target, name, record({ value, writable: true, configurable: true }));
}
