import type { Layer } from '@cofferdam/protocol';

export interface SeenRunner {
  /** As /stats names it. */
  runnerId: string;
  tenant: string;
}

/** A running instance, whatever starts its runners. All else that the suite wants goes through HTTP. */
export interface DriverInstance {
  /** Where the API is. */
  readonly url: string;
  /** Sent with every request: a token, where one is needed. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What must stand around each runner's processes, innermost first. */
  readonly layers: readonly Layer[];
  /** A server that scripts may reach where they name it; answers `{ method, path, body }` as JSON. */
  readonly target: string;
  /** Makes a SandboxScript known, or replaces it; `text` is JSON. */
  apply(name: string, text: string): Promise<unknown>;
  /** SIGKILL from outside for everything of a runner, as a machine that fails would end it. */
  killRunner(runner: SeenRunner): Promise<void>;
  /** What the machine has of runners: processes, containers or pods, by whatever names it gives them. */
  listRunners(): Promise<string[]>;
  /** Ends the instance in order. */
  stop(): Promise<void>;
  /** What is left of it, asked after its end. */
  leftovers(): Promise<string[]>;
}
