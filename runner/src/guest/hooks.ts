/** One answer of the host: whether it went well, JSON text (`{name,message}` if not), a buffer. */
export type HookAnswer = [ok: boolean, json: string | undefined, bytes: ArrayBuffer | undefined];

/** What the host passes to the bootstrap. Nothing of it may become reachable for the guest. */
export interface GuestHooks {
  /** Fire and forget; the level is an index into CONSOLE_LEVELS. */
  log(level: number, message: string): void;
  call: HostReference;
  callSync(
    capability: string,
    method: string,
    json: string | undefined,
    bytes: ArrayBuffer | undefined,
  ): HookAnswer;
  /** The source text of a group's bundle. */
  loadGroup(name: string): string;
}

/** The one method of an isolated-vm Reference that the bootstrap uses. */
interface HostReference {
  apply(receiver: undefined, args: unknown[], options: object): Promise<HookAnswer>;
}
