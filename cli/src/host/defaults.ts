/** What a `new V8Sandbox()` of a host script has where the script says nothing else. */
export interface HostDefaults {
  threads: number;
  cpuLimitMs: number;
  memoryLimitMb: number;
  /** What happens to workers goes to standard error. */
  verbose: boolean;
}
