import { CofferdamError } from '@cofferdam/protocol';
import { VERSION } from './commands/version.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { HELP } from './help.ts';
import { UsageError } from './usage-error.ts';

/** Answers the exit code: `host` that of the script. */
type Command = (args: string[]) => number | Promise<number>;

/** Each is loaded when it is wanted: the gateway's libraries take half a second. */
const COMMANDS: Record<string, Command> = {
  up: async (args) => (await import('./commands/up.ts')).upCommand(args),
  run: async (args) => (await import('./commands/run.ts')).runCommand(args),
  serve: async (args) => (await import('./commands/serve.ts')).serveCommand(args),
  validate: async (args) => (await import('./commands/validate.ts')).validateCommand(args),
  typecheck: async (args) => (await import('./commands/typecheck.ts')).typecheckCommand(args),
  host: async (args) => (await import('./commands/host.ts')).hostCommand(args),
  scripts: async (args) => (await import('./commands/scripts.ts')).scriptsCommand(args),
  version: () => say(VERSION),
  help: () => say(HELP),
};
const ALIASES: Record<string, string> = {
  '--help': 'help',
  '-h': 'help',
  '--version': 'version',
  '-v': 'version',
};

/** Runs one command; answers the exit code. What goes wrong is one sentence on standard error. */
export async function runCli([name = 'help', ...args]: string[]): Promise<number> {
  try {
    const wanted = ALIASES[args.find((arg) => arg === '--help' || arg === '-h') ?? name] ?? name;
    if (!Object.hasOwn(COMMANDS, wanted)) {
      throw new UsageError(`no command '${name}'; see \`cofferdam help\``);
    }
    return await COMMANDS[wanted]!(args);
  } catch (error) {
    if (error instanceof UsageError) return fail(error.message, EXIT.usage);
    const { message, code, cause } = CofferdamError.from(error);
    const why = code === 'INTERNAL' && cause instanceof Error ? ` (${cause.message})` : '';
    return fail(`${message}${why}`, EXIT.trouble);
  }
}

function say(text: string): ExitCode {
  console.log(text);
  return EXIT.ok;
}

function fail(message: string, code: ExitCode): ExitCode {
  console.error(`cofferdam: ${message}`);
  return code;
}
