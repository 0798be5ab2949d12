import { attempts, DENIED, type Attempt } from './attempt.ts';

/** Reads the canary and answers what came of it, for the places that code can be run in. */
const READS = `(() => { try { return Deno.readTextFileSync(FILE) } catch (error) { return 'refused: ' + error.message } })()`;
const inWorker = (options = '') =>
  `const worker = new Worker('data:text/javascript,' + encodeURIComponent('const FILE = ' + JSON.stringify(at.file) + '; postMessage(${READS.replaceAll("'", '"')})'), { type: 'module'${options} }); return await new Promise((done, fail) => { worker.onmessage = ({ data }) => done(data); worker.onerror = (event) => { event.preventDefault(); fail(new Error('refused: ' + event.message)) } })`;

/** What needs no permission: it can be used, and gives none. */
const PLACES = {
  'a worker of data': inWorker(),
  'a worker of blob': inWorker()
    .replace("'data:text/javascript,' + encodeURIComponent(", 'URL.createObjectURL(new Blob([')
    .replace("'), { type", "'], { type: 'text/javascript' })), { type"),
  'a worker in a worker': `const inner = 'const FILE = ' + JSON.stringify(at.file) + '; postMessage(${READS.replaceAll("'", '"')})'; const outer = 'const w = new Worker("data:text/javascript,' + encodeURIComponent(inner).replaceAll("'", '%27') + '", { type: "module" }); w.onmessage = (e) => postMessage(e.data)'; const it = new Worker('data:text/javascript,' + encodeURIComponent(outer), { type: 'module' }); return await new Promise((done) => { it.onmessage = ({ data }) => done(data) })`,
  'a thread of node': `const { Worker } = await import('node:worker_threads'); return await new Promise((done, fail) => new Worker('const FILE = ' + JSON.stringify(at.file) + '; require("node:worker_threads").parentPort.postMessage(${READS.replaceAll("'", '"')})', { eval: true }).on('message', done).on('error', fail))`,
  'a module of data': `globalThis.FILE = at.file; return (await import('data:text/javascript,export default ' + encodeURIComponent(${JSON.stringify(READS)}))).default`,
  'a module of blob': `globalThis.FILE = at.file; return (await import(URL.createObjectURL(new Blob(['export default ' + ${JSON.stringify(READS)}], { type: 'text/javascript' })))).default`,
  'a TypeScript module of data': `globalThis.FILE = at.file; return (await import('data:application/typescript,export default ' + encodeURIComponent(${JSON.stringify(READS)}))).default`,
  'vm.runInThisContext': `globalThis.FILE = at.file; return (await import('node:vm')).runInThisContext(${JSON.stringify(READS)})`,
  'vm.runInNewContext': `return (await import('node:vm')).runInNewContext(${JSON.stringify(READS)}, { Deno, FILE: at.file })`,
  'vm.compileFunction': `return (await import('node:vm')).compileFunction('return ' + ${JSON.stringify(READS)}, ['FILE'])(at.file)`,
  'vm.Script': `globalThis.FILE = at.file; return new (await import('node:vm')).Script(${JSON.stringify(READS)}).runInThisContext()`,
  eval: `globalThis.FILE = at.file; return (0, eval)(${JSON.stringify(READS)})`,
  'the Function constructor': `return new Function('FILE', 'return ' + ${JSON.stringify(READS)})(at.file)`,
  'evalContext of core': `globalThis.FILE = at.file; return Deno[Deno.internal].core.evalContext(${JSON.stringify(READS)}, 'file:///etc/x.js')[0]`,
  'a stack that is prepared': `globalThis.FILE = at.file; Error.prepareStackTrace = (error, sites) => sites.map((site) => site.getThis?.()?.Deno?.readTextFileSync?.(FILE)); try { return new Error('refused: none').stack ?? 'refused: none' } finally { delete Error.prepareStackTrace }`,
  AsyncResource: `const { AsyncResource } = await import('node:async_hooks'); return new AsyncResource('x').runInAsyncScope(() => Deno.readTextFileSync(at.file))`,
  'AsyncLocalStorage.snapshot': `const { AsyncLocalStorage } = await import('node:async_hooks'); return AsyncLocalStorage.snapshot()(() => Deno.readTextFileSync(at.file))`,
  diagnostics_channel: `const { channel } = await import('node:diagnostics_channel'); const it = channel('x'); let said; it.subscribe((message) => { said = message.read() }); it.publish({ read: () => Deno.readTextFileSync(at.file) }); return said ?? 'refused: nothing said'`,
  repl: `const { start } = await import('node:repl'); const { PassThrough } = await import('node:stream'); const input = new PassThrough(); return await new Promise((done, fail) => { start({ input, output: new PassThrough(), eval: () => { try { done(Deno.readTextFileSync(at.file)) } catch (error) { fail(error) } } }); input.write('1\\n') })`,
  'inspector session': `const { Session } = await import('node:inspector'); const session = new Session(); session.connect(); return await new Promise((done, fail) => session.post('Runtime.evaluate', { expression: 'Deno.readTextFileSync(' + JSON.stringify(at.file) + ')' }, (error, { exceptionDetails, result } = {}) => error ? fail(error) : done(exceptionDetails ? 'refused: ' + exceptionDetails.exception.description : result.value)))`,
  'inspector.open': `(await import('node:inspector')).open(0); return 'open'`,
  'module.enableCompileCache': `const { directory, status } = (await import('node:module')).enableCompileCache(at.folder + '/written'); return directory ?? 'refused: ' + status`,
  findPackageJSON: `return (await import('node:module')).findPackageJSON(at.folder) ?? 'refused: nothing'`,
  'require of node': `return (await import('node:module')).createRequire('file:///x.js')('node:fs').readFileSync(at.file, 'utf8')`,
  getBuiltinModule: `return process.getBuiltinModule('node:fs').readFileSync(at.file, 'utf8')`,
  'mainModule again': `return Object.keys(await import(Deno.mainModule)).length === 0 ? 'refused: nothing' : 'exports'`,
  'mainModule anew': `return Object.keys(await import(Deno.mainModule + '?again'))`,
  'mainModule as text': `const { default: text } = await import(Deno.mainModule, { with: { type: 'text' } }); return text.startsWith('// runner/src/guest/') ? 'refused: what is published anyway' : text`,
  'the binary as text': `return Deno.readTextFileSync(Deno.execPath()).length`,
  report: `return JSON.parse(process.report?.getReport?.() ?? '"refused: nothing"')`,
  'a broadcast channel': `const channel = new BroadcastChannel('cofferdam'); return await new Promise((done) => { channel.onmessage = ({ data }) => done(data); setTimeout(done, 200, 'refused: nothing said') })`,
  'Deno.telemetry': `return Deno.telemetry?.tracerProvider ? 'refused: it leads nowhere' : 'refused: absent'`,
  'a thrown getter of a name': `Object.defineProperty(Object.prototype, 'FILE', { configurable: true, get: () => at.file }); try { return Deno.readTextFileSync(FILE) } finally { delete Object.prototype.FILE }`,
  openKv: `return typeof (await Deno.openKv(at.folder + '/written'))`,
  cron: `return typeof Deno.cron('x', '* * * * *', () => {})`,
  bundle: `return await Deno.bundle({ entrypoints: [at.file] })`,
  jupyter: `return typeof Deno.jupyter.broadcast`,
  lint: `return typeof Deno.lint.runPlugin({ name: 'x', rules: {} }, at.file, 'x')`,
  'a WebGPU adapter': `return (await navigator.gpu?.requestAdapter?.()) ?? 'refused: none'`,
  QuicEndpoint: `return typeof new Deno.QuicEndpoint()`,
};

/** WASI with a folder that nobody gave: called as a module would. */
const WASI = Object.fromEntries(
  Object.entries({
    path_open: `wasi.path_open(3, 1, 64, at.file.slice(1).length, 0, 2n, 2n, 0, 512)`,
    path_filestat_get: `wasi.path_filestat_get(3, 1, 64, at.file.slice(1).length, 512)`,
    path_create_directory: `wasi.path_create_directory(3, 64, at.file.slice(1).length)`,
    path_unlink_file: `wasi.path_unlink_file(3, 64, at.file.slice(1).length)`,
    path_symlink: `wasi.path_symlink(64, at.file.slice(1).length, 3, 64, at.file.slice(1).length)`,
    fd_readdir: `wasi.fd_readdir(3, 1024, 1024, 0n, 512)`,
    fd_read: `wasi.fd_read(3, 512, 1, 520)`,
  }).map(([name, call]) => [
    `wasi ${name}`,
    `const { WASI } = await import('node:wasi'); const it = new WASI({ version: 'preview1', preopens: { '/': '/' } }); const { wasi_snapshot_preview1: wasi } = it.getImportObject(); const memory = new WebAssembly.Memory({ initial: 1 }); it.initialize({ exports: { memory } }); new TextEncoder().encodeInto(at.file.slice(1), new Uint8Array(memory.buffer, 64)); const errno = ${call}; return errno === 0 ? 'done' : 'refused: ' + errno`,
  ]),
);

const GAINED_NOTHING = new RegExp(
  `${DENIED.source}|^value "refused: |^thrown \\w+: |^value \\[null`,
  'i',
);

export const ALLOWED: Attempt[] = [
  ...attempts('allowed', PLACES, GAINED_NOTHING),
  ...attempts('allowed', WASI, GAINED_NOTHING),
];
