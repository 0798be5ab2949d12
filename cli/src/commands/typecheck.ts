import { readFile } from 'node:fs/promises';
import { PRESETS } from '@cofferdam/protocol';
import {
  CAPABILITIES,
  createTypechecker,
  formatTypecheckErrors,
  PROFILES,
  type TypecheckRequest,
  type Typechecker,
} from '@cofferdam/typecheck';
import { readArgs } from '../args.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { UsageError } from '../usage-error.ts';
import { readSourceFile } from './source-file.ts';

const MAX_FILES = 1_000;
type Target = Pick<TypecheckRequest, 'preset' | 'profile' | 'capabilities'>;

/** `cofferdam typecheck <file...>`: checks types here, without an instance; nothing is run. */
export async function typecheckCommand(args: string[]): Promise<ExitCode> {
  const { values, positionals } = readArgs(
    args,
    {
      preset: { type: 'string' },
      profile: { type: 'string' },
      capabilities: { type: 'string' },
      types: { type: 'string', multiple: true },
    },
    { atLeast: 1, atMost: MAX_FILES, names: 'files: cofferdam typecheck <file...>' },
  );
  const target = readTarget(values);
  const libraryTypes = await readLibraries(values.types ?? []);
  const checker = createTypechecker();
  try {
    let code: ExitCode = EXIT.ok;
    for (const path of positionals) {
      // eslint-disable-next-line no-await-in-loop -- one checker, and answers in order
      if (!(await checkFile(checker, path, { ...target, libraryTypes }))) code = EXIT.failed;
    }
    return code;
  } finally {
    checker.close();
  }
}

function readTarget(values: { preset?: string; profile?: string; capabilities?: string }): Target {
  const { preset, profile, capabilities } = values;
  if (preset !== undefined && (profile ?? capabilities) !== undefined) {
    throw new UsageError('--preset goes with neither --profile nor --capabilities');
  }
  if (preset !== undefined) return { preset: oneOf(PRESETS, preset, '--preset') };
  if ((profile ?? capabilities) === undefined) return { preset: 'web' };
  const names = capabilities === undefined ? [] : capabilities.split(',');
  return {
    ...(profile === undefined ? {} : { profile: oneOf(PROFILES, profile, '--profile') }),
    capabilities: names.map((name) => oneOf(CAPABILITIES, name.trim(), '--capabilities')),
  };
}

function oneOf<T extends string>(known: readonly T[], name: string, option: string): T {
  const found = known.find((one) => one === name);
  if (found !== undefined) return found;
  throw new UsageError(`${option} must be of ${known.join(', ')}, not '${name}'`);
}

/** `name=file.d.ts`: what `import … from 'name'` finds. */
async function readLibraries(given: readonly string[]): Promise<Record<string, string>> {
  const entries = given.map(async (text): Promise<[string, string]> => {
    const [name = '', path] = text.split('=', 2);
    if (path === undefined) throw new UsageError(`--types must be <module>=<file.d.ts>`);
    const content = await readFile(path, 'utf8').catch(() => {
      throw new UsageError(`${path} cannot be read`);
    });
    return [name, content];
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Whether the file is well; what is wrong with it goes to standard error. */
async function checkFile(
  checker: Typechecker,
  path: string,
  options: Omit<TypecheckRequest, 'code'>,
): Promise<boolean> {
  const file = await readSourceFile(path);
  if (file.kind === 'resources') throw new UsageError(`${path} is neither .js nor .ts`);
  const { code, language } = file;
  const { success, errors, errorsCut } = await checker.check({ ...options, code, language });
  if (success) console.log(`${path}: valid`);
  else console.error(formatTypecheckErrors(errors, { fileName: path }));
  if (errorsCut) console.error(`${path}: more errors are not shown`);
  return success;
}
