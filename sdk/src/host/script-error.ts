import { codeOfExit, type ErrorCode, type GuestError } from '@cofferdam/protocol';

/** What guest code threw, or why its source does not parse. */
export class ScriptError extends Error {
  /** `EXCEPTION`, or `COMPILE_ERROR`. */
  readonly code: ErrorCode;
  /** Where in the source, for `COMPILE_ERROR`. */
  readonly line: number | undefined;
  readonly column: number | undefined;

  constructor(exitReason: 'Exception' | 'CompileError', error: GuestError) {
    super(error.message);
    this.code = codeOfExit(exitReason);
    this.line = error.line;
    this.column = error.column;
    // The guest's: positions in its source, and nothing of this process.
    define(this, 'name', error.name);
    define(this, 'stack', error.stack ?? `${error.name}: ${error.message}`);
  }
}

function define(error: Error, name: 'name' | 'stack', value: string): void {
  Object.defineProperty(error, name, { value, writable: true, configurable: true });
}
