import { httpRig } from './test/http-rig.ts';
import { execFileSync, execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { writeFileSync } from 'node:fs';
const rig = await httpRig();
await rig.join();
writeFileSync('/tmp/100mb.bin', Buffer.alloc(100_000_000, 0x20));
const tally: Record<string, number> = {};
const note = (k: string) => (tally[k] = (tally[k] ?? 0) + 1);
for (let i = 0; i < 15; i++) {
  await rig.post('/execute', Buffer.alloc(100_000_000, 0x20)).then((a) => note('http ' + a.status), (e) => note('http ' + e.code));
  await fetch(rig.url + '/execute', { method: 'POST', headers: { 'content-type': 'application/json' }, body: Buffer.alloc(100_000_000, 0x20) }).then((a) => note('fetch ' + a.status), (e) => note('fetch ' + e.cause?.code));
  for (const extra of [[], ['-H', 'Expect:']]) await promisify(execFile)('curl', ['-s', '-o', '/dev/null', '-w', '%{http_code} %{errormsg}', ...extra, '-H', 'content-type: application/json', '--data-binary', '@/tmp/100mb.bin', rig.url + '/execute']).then((o) => note('curl' + extra + o.stdout), (e) => note('curl' + extra + ' ' + e.code + e.stdout));
  const py = `
import urllib.request,urllib.error
try:
  urllib.request.urlopen(urllib.request.Request('${rig.url}/execute', data=b' '*100000000, headers={'content-type':'application/json'}))
except urllib.error.HTTPError as e: print(e.code)
except Exception as e: print(repr(e)[:80])
`;
  await promisify(execFile)('python3', ['-c', py]).then((o) => note('py ' + o.stdout.trim()));
}
console.log(tally);
await rig[Symbol.asyncDispose]();
