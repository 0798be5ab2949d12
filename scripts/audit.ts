import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readAudit } from './audit/report.ts';
import { IMAGES } from './images/image.ts';

const ROOT = join(import.meta.dirname, '..');
const HELP = `npm run audit [-- --registry URL]

Fails on a known vulnerability of a package that ships: in an image, in the package cofferdam, or beside
\`cofferdam up\`. What only builds, tests and benchmarks use is left out. It fails too where the registry does not say
what is known.
`;
/** In the images, in the npm package and in `cofferdam up`: everything but bench. */
const SHIPPED = new Set([...Object.values(IMAGES).flatMap(({ rooms }) => rooms), 'daemon', 'sdk']);
const NOT_TOLD = 2;

process.exitCode = main();

function main(): number {
  const { values } = parseArgs({
    options: { registry: { type: 'string' }, help: { type: 'boolean', default: false } },
  });
  if (values.help) return say(HELP, 0);
  const rooms = [...SHIPPED].map((room) => `--workspace=${room}`);
  const registry = values.registry === undefined ? [] : [`--registry=${values.registry}`];
  const args = ['audit', '--json', '--omit=dev', ...rooms, ...registry];
  const { stdout, stderr } = spawnSync('npm', args, { cwd: ROOT, encoding: 'utf8' });
  const audit = readAudit(stdout);
  if (!audit) return say(`The registry does not say what is known.\n${stderr}`, NOT_TOLD);
  if (audit.vulnerable.length === 0) {
    return say(`No known vulnerability in ${audit.dependencies} packages that ship.\n`, 0);
  }
  const lines = audit.vulnerable.map(({ name, severity, why }) => `${severity}: ${name}: ${why}\n`);
  return say(lines.join(''), 1);
}

function say(text: string, code: number): number {
  process.stdout.write(text);
  return code;
}
