import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../scripts/images/command.ts';

/** What Debian's source package of Node carries of the web platform's tests; the only one of them that stays published. */
const PACKAGE = 'nodejs';
const RELEASE = 'trixie';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const APT_HELPER = '/usr/lib/apt/apt-helper';
/** The archive that these tests and `expectations.json` are of. */
export const ARCHIVE_SHA256 = '5e5559381ad031d245a8efa403458abbb73755f74c3e6380f185a4dd342b7949';
const INSIDE = '*/test/fixtures/wpt';

/** Unpacks the pinned archive's tests into `folder`, with an apt configuration that leaves the machine's alone. */
export async function unpackTests(folder: string): Promise<void> {
  await mkdir(join(folder, '..'), { recursive: true });
  const work = await mkdtemp(`${folder}.`);
  try {
    const archive = join(work, 'archive.tar.xz');
    const apt = await privateApt(work);
    const uri = await archiveUri(apt);
    await run(APT_HELPER, [...apt, 'download-file', uri, archive, `SHA256:${ARCHIVE_SHA256}`]);
    const tree = join(work, 'tree');
    await mkdir(tree);
    const cut = ['--strip-components=4', '--wildcards', INSIDE];
    await run('tar', ['-xf', archive, '-C', tree, ...cut]);
    await rename(tree, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The options of an apt whose only source is the sources of Debian's packages, from where the machine gets its own. */
async function privateApt(work: string): Promise<string[]> {
  const mirror = await debianMirror();
  const list = join(work, 'sources.list');
  await mkdir(join(work, 'lists', 'partial'), { recursive: true });
  await writeFile(list, `deb-src [signed-by=${KEYRING}] ${mirror} ${RELEASE} main\n`);
  const settings = {
    'Dir::State::lists': join(work, 'lists'),
    'Dir::Cache': join(work, 'cache'),
    'Dir::Etc::SourceList': list,
    'Dir::Etc::SourceParts': '/dev/null',
    'Acquire::Languages': 'none',
    // Whoever runs this may read the folder; apt's own user may not.
    'APT::Sandbox::User': 'root',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  await run('apt-get', [...options, 'update', '--quiet']);
  return options;
}

async function debianMirror(): Promise<string> {
  const format = '$(REPO_URI) $(LABEL)';
  const targets = await run('apt-get', ['indextargets', '--format', format]);
  const line = targets.split('\n').find((target) => target.endsWith(' Debian'));
  if (line) return line.split(' ')[0]!;
  throw new Error(
    'apt knows no Debian mirror here: set COFFERDAM_WPT to a folder with the web platform tests',
  );
}

async function archiveUri(apt: readonly string[]): Promise<string> {
  const said = await run('apt-get', [...apt, 'source', '--print-uris', `${PACKAGE}/${RELEASE}`]);
  const line = said.split('\n').find((uri) => uri.endsWith(`SHA256:${ARCHIVE_SHA256}`));
  const uri = line?.split("'")[1];
  if (uri) return uri;
  throw new Error(`Debian's ${PACKAGE} of ${RELEASE} has no archive ${ARCHIVE_SHA256} any more`);
}
