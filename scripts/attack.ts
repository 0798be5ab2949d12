import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const ROOT = join(import.meta.dirname, '..');
const HELP = `npm run attack [-- suite…] [options]

Tries what hostile code would, on real instances. Suites: ${suites().join(', ')} (default: all).

  --scale quick|ci|full          how much of it (default: full)
  --target process,runc,gvisor   what stands around the engines (default: all three); suites that start no
                                 instance run once
`;
/** They attack our own code, which is the same behind every wall. */
const WITHOUT_TARGET = new Set(['ssrf', 'wire', 'src']);

process.exitCode = main();

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      scale: { type: 'string', default: 'full' },
      target: { type: 'string', default: 'process,runc,gvisor' },
      help: { type: 'boolean', default: false },
      reporter: { type: 'string', multiple: true },
      'outputFile.json': { type: 'string' },
    },
  });
  if (values.help) return tell(HELP);
  const asked = positionals.length > 0 ? positionals : suites();
  const targets = values.target.split(',');
  const codes = targets.map((target, index) => {
    const chosen = index === 0 ? asked : asked.filter((suite) => !WITHOUT_TARGET.has(suite));
    if (chosen.length === 0) return 0;
    const args = [
      ...(values.reporter ?? []).map((name) => `--reporter=${name}`),
      ...(values['outputFile.json'] ? [`--outputFile.json=${values['outputFile.json']}`] : []),
    ];
    return attack({ chosen, scale: values.scale, target, args });
  });
  return codes.some((code) => code !== 0) ? 1 : 0;
}

interface Attack {
  chosen: readonly string[];
  scale: string;
  target: string;
  args: readonly string[];
}

function attack({ chosen, scale, target, args }: Attack): number {
  tell(`\n== ${chosen.join(', ')}: ${scale}, ${target}\n`);
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  // A file that is named, as `.ci/run` does for a second try, is as it is.
  const paths = chosen.map((name) => (name.includes('/') ? name : `${name}/`));
  const config = ['--config', 'attack/vitest.config.ts'];
  const { status } = spawnSync(process.execPath, [vitest, 'run', ...config, ...args, ...paths], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, COFFERDAM_ATTACK: scale, COFFERDAM_ATTACK_TARGET: target },
  });
  return status ?? 1;
}

function suites(): string[] {
  const files = globSync('attack/*/*.test.ts', { cwd: ROOT });
  return [...new Set(files.map((file) => file.split('/')[1]!))].toSorted();
}

function tell(text: string): number {
  process.stdout.write(text);
  return 0;
}
