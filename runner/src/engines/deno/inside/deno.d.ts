/** Of Deno's own API, what the host script uses: Deno's types would clash with those of Node. */
declare namespace Deno {
  const internal: symbol;
  const version: { deno: string; v8: string };
  const stdin: {
    read(into: Uint8Array): Promise<number | null>;
    readonly readable: ReadableStream;
  };
  const stdout: Output;
  const stderr: Output;
  function exit(code?: number): never;

  interface Output {
    write(bytes: Uint8Array): Promise<number>;
    writeSync(bytes: Uint8Array): number;
    readonly writable: WritableStream<Uint8Array>;
  }
}
