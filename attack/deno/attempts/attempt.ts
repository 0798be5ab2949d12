/** One thing that a script tries on Deno. */
export interface Attempt {
  name: string;
  /** The body of an async function; `at` says where the canaries are. What it returns is what it has gained. */
  code: string;
  /** What comes of it, as `thrown <name>: <message>` or `value <JSON>`. */
  ends: RegExp;
}

/** Where the canaries are: told to the attempts, so that none fails for want of a name. */
export interface Place {
  file: string;
  folder: string;
  environment: string;
  socket: string;
  port: number;
}

/** A refusal by Deno's permissions, which are checked below JavaScript. */
export const DENIED =
  /^thrown (NotCapable|PermissionDenied)\b|^thrown \w+: .*(Requires \S+ access|ERR_ACCESS_DENIED|EACCES|EPERM|Operation not permitted|NotCapable|permission denied)/i;

/** Attempts of one kind that all end in one way. */
export function attempts(kind: string, codes: Record<string, string>, ends = DENIED): Attempt[] {
  return Object.entries(codes).map(([name, code]) => ({ name: `${kind}: ${name}`, code, ends }));
}
