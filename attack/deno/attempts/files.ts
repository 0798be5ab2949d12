import { attempts, type Attempt } from './attempt.ts';

const READING = {
  readTextFile: 'return await Deno.readTextFile(at.file)',
  readTextFileSync: 'return Deno.readTextFileSync(at.file)',
  readFile: 'return (await Deno.readFile(at.file)).length',
  'readFile of a URL': 'return (await Deno.readFile(new URL("file://" + at.file))).length',
  open: 'return (await Deno.open(at.file)).rid',
  openSync: 'return Deno.openSync(at.file, { read: true }).rid',
  readDir: 'for await (const { name } of Deno.readDir(at.folder)) return name',
  readDirSync: 'return [...Deno.readDirSync("/")].length',
  'readDir of its own folder': 'return [...Deno.readDirSync(".")].length',
  stat: 'return (await Deno.stat(at.file)).size',
  lstatSync: 'return Deno.lstatSync(at.file).size',
  'stat of what is not there': 'return (await Deno.stat("/is/not/there")).size',
  realPath: 'return await Deno.realPath(at.file)',
  readLink: 'return await Deno.readLink("/proc/self/exe")',
  watchFs: 'return typeof Deno.watchFs(at.folder)',
  chdir: 'Deno.chdir("/"); return Deno.cwd()',
  'a path with dots': 'return Deno.readTextFileSync("../../../../../../../../.." + at.file)',
  'a path with a NUL': 'return Deno.readTextFileSync(at.file + "\\0.txt")',
  'a path with slashes': 'return Deno.readTextFileSync("////" + at.file)',
};

const WRITING = {
  writeTextFile: 'await Deno.writeTextFile(at.folder + "/written", "x")',
  'writeFile in its own folder': 'await Deno.writeFile("written", new Uint8Array(1))',
  create: 'return (await Deno.create(at.folder + "/written")).rid',
  mkdir: 'await Deno.mkdir(at.folder + "/written")',
  makeTempFile: 'return await Deno.makeTempFile()',
  makeTempDir: 'return await Deno.makeTempDir({ prefix: "../../written" })',
  makeTempFileSync: 'return Deno.makeTempFileSync({ dir: at.folder })',
  makeTempDirSync: 'return Deno.makeTempDirSync({ dir: "/proc/self/cwd" })',
  symlink: 'await Deno.symlink(at.file, at.folder + "/written")',
  'symlink in its own folder': 'Deno.symlinkSync("/", "root")',
  link: 'await Deno.link(at.file, at.folder + "/written")',
  rename: 'await Deno.rename(at.file, at.file + ".written")',
  copyFile: 'await Deno.copyFile(at.file, at.file + ".written")',
  remove: 'await Deno.remove(at.file)',
  truncate: 'await Deno.truncate(at.file, 0)',
  chmod: 'await Deno.chmod(at.file, 0o777)',
  chown: 'await Deno.chown(at.file, 0, 0)',
  utime: 'await Deno.utime(at.file, 0, 0)',
  umask: 'return Deno.umask(0)',
};

const NODE = {
  readFileSync: 'return (await import("node:fs")).readFileSync(at.file, "utf8")',
  readFile:
    'const fs = await import("node:fs"); return await new Promise((done, fail) => fs.readFile(at.file, (error, data) => error ? fail(error) : done(data.length)))',
  'promises.readFile': 'return await (await import("node:fs/promises")).readFile(at.file, "utf8")',
  'promises.open': 'return (await (await import("node:fs/promises")).open(at.file)).fd',
  createReadStream:
    'let size = 0; for await (const chunk of (await import("node:fs")).createReadStream(at.file)) size += chunk.length; return size',
  createWriteStream:
    'const { createWriteStream } = await import("node:fs"); return await new Promise((done, fail) => createWriteStream(at.folder + "/written").on("open", done).on("error", fail))',
  openSync: 'return (await import("node:fs")).openSync(at.file, "r")',
  openAsBlob: 'return await (await (await import("node:fs")).openAsBlob(at.file)).text()',
  opendirSync: 'return (await import("node:fs")).opendirSync(at.folder).readSync().name',
  readdirSync: 'return (await import("node:fs")).readdirSync("/", { recursive: true }).length',
  statSync: 'return (await import("node:fs")).statSync(at.file).size',
  statfsSync: 'return (await import("node:fs")).statfsSync("/").blocks',
  accessSync: '(await import("node:fs")).accessSync(at.file); return "there"',
  realpathSync: 'return (await import("node:fs")).realpathSync(at.folder)',
  'realpathSync.native': 'return (await import("node:fs")).realpathSync.native(at.folder)',
  readlinkSync: 'return (await import("node:fs")).readlinkSync("/proc/self/cwd")',
  watch:
    'const { watch } = await import("node:fs"); return await new Promise((done, fail) => watch(at.folder, done).on("error", fail))',
  mkdtempSync: 'return (await import("node:fs")).mkdtempSync(at.folder + "/written")',
  writeFileSync: '(await import("node:fs")).writeFileSync(at.folder + "/written", "x")',
  appendFileSync: '(await import("node:fs")).appendFileSync(at.file, "x")',
  cpSync: '(await import("node:fs")).cpSync(at.file, at.file + ".written")',
  'cp of a folder':
    'await (await import("node:fs/promises")).cp(at.folder, at.folder + "/../written", { recursive: true })',
  symlinkSync: '(await import("node:fs")).symlinkSync(at.file, "link")',
  linkSync: '(await import("node:fs")).linkSync(at.file, at.folder + "/written")',
  rmSync: '(await import("node:fs")).rmSync(at.folder, { recursive: true })',
  unlinkSync: '(await import("node:fs")).unlinkSync(at.file)',
  'sqlite of a file':
    'const { DatabaseSync } = await import("node:sqlite"); return new DatabaseSync(at.folder + "/written").location()',
  'sqlite read-only':
    'const { DatabaseSync } = await import("node:sqlite"); return new DatabaseSync(at.file, { readOnly: true }).location()',
  'require of a file':
    'return (await import("node:module")).createRequire("file:///x.js")(at.file)',
  'require of a folder':
    'return (await import("node:module")).createRequire("file:///x.js")(at.folder)',
  'heap snapshot': 'return (await import("node:v8")).writeHeapSnapshot(at.folder + "/written")',
  'a module worker of a file':
    'const { Worker } = await import("node:worker_threads"); return await new Promise((done, fail) => new Worker(at.file).on("message", done).on("error", fail).on("exit", done))',
};

/** SQLite has its own ways to files; a database in memory needs no permission. */
const SQLITE = Object.fromEntries(
  Object.entries({
    ATTACH: "ATTACH DATABASE '${at.folder}/written' AS other",
    'ATTACH as a URI': "ATTACH 'file:${at.folder}/written?mode=rwc' AS other",
    'VACUUM INTO': "VACUUM INTO '${at.folder}/written'",
    load_extension: "SELECT load_extension('${at.file}')",
    readfile: "SELECT readfile('${at.file}')",
    writefile: "SELECT writefile('${at.folder}/written', 'x')",
    fts3_tokenizer: "SELECT fts3_tokenizer('x', x'4141414141414141')",
    'virtual table of a file': "CREATE VIRTUAL TABLE v USING csv(filename='${at.file}')",
  }).map(([name, sql]) => [
    `sqlite: ${name}`,
    `const { DatabaseSync } = await import('node:sqlite'); const db = new DatabaseSync(':memory:'); return db.prepare(\`${sql}\`).all()`,
  ]),
);

const IMPORTS = {
  'a file': 'return Object.keys(await import("file://" + at.file))',
  'a file as JSON': 'return await import("file://" + at.file, { with: { type: "json" } })',
  'a file as text': 'return await import("file://" + at.file, { with: { type: "text" } })',
  'a file as bytes': 'return await import("file://" + at.file, { with: { type: "bytes" } })',
  'a file by its path': 'return await import(at.file)',
  'a relative file': 'return await import("./../../../" + at.file)',
  'a file from data':
    'return await import(`data:text/javascript,export * from "file://${at.file}"`)',
  'a file from blob':
    'return await import(URL.createObjectURL(new Blob([`import "file://${at.file}"`], { type: "text/javascript" })))',
  npm: 'return await import("npm:left-pad")',
  'npm from data': 'return await import(`data:text/javascript,import "npm:left-pad@1"`)',
  jsr: 'return await import("jsr:@std/path")',
  https: 'return await import("https://deno.land/x/is/mod.ts")',
  'http of a listener': 'return await import(`http://127.0.0.1:${at.port}/x.js`)',
  'https from data':
    'return await import(`data:text/javascript,import "http://127.0.0.1:${at.port}/x.js"`)',
  'a node builtin that is none': 'return await import("node:of/nothing")',
  'a bare name': 'return await import("left-pad")',
  ext: 'return Object.keys(await import("ext:core/ops"))',
  'ext from data': 'return await import(`data:text/javascript,export * from "ext:core/mod.js"`)',
  'ext of node': 'return Object.keys(await import("ext:deno_node/_fs/_fs_open.ts"))',
  'require of npm':
    'return (await import("node:module")).createRequire("file:///x.js")("left-pad")',
  'wasm of a file': 'return await import("file://" + at.file + ".wasm")',
};

const REFUSED =
  /^thrown (NotCapable|TypeError|SyntaxError|Error|PermissionDenied)\b.*(Requires|not supported|Unsupported|remote|npm|jsr|cached|resolve|found|Relative|only|Importing|unknown|Unknown|cannot|Cannot|relative|require|valid module type|not a dependency)/is;
const NO_SUCH_WAY =
  /^thrown \w*Error: .*(attached|not authorized|no such (function|module)|access|disabled|too many)/i;

export const FILES: Attempt[] = [
  ...attempts('reads', READING),
  ...attempts('writes', WRITING),
  ...attempts('node', NODE),
  ...attempts('sqlite', SQLITE, NO_SUCH_WAY),
  ...attempts('imports', IMPORTS, REFUSED),
];
