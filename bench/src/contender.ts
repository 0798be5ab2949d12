/** Something that is measured: one run at a time, and under load where it listens. */
export interface Contender {
  readonly name: string;
  /** What it is, for the report. */
  readonly about: string;
  /** Runs the workload once and checks its result. */
  once(): Promise<void>;
  /** Where load is sent, for contenders behind HTTP. */
  readonly load?: { url: string; body?: string; headers?: Readonly<Record<string, string>> };
  /** Waits before each sample until what is measured is ready again. */
  pause?(): Promise<void>;
  /** How many sequential samples are worth their time. */
  readonly samples: number;
  stop(): Promise<void>;
}
