import { attempts, type Attempt } from './attempt.ts';

const NAMES = ['read', 'write', 'net', 'env', 'sys', 'run', 'ffi', 'import'];

const ASKING = Object.fromEntries(
  NAMES.flatMap((name) => [
    [`request ${name}`, `return (await Deno.permissions.request({ name: '${name}' })).state`],
    [`requestSync ${name}`, `return Deno.permissions.requestSync({ name: '${name}' }).state`],
    [
      `revoke ${name}`,
      `await Deno.permissions.revoke({ name: '${name}' }); return (await Deno.permissions.request({ name: '${name}' })).state`,
    ],
  ]),
);

const TRICKS = {
  'query of a path':
    'return (await Deno.permissions.query({ name: "read", path: at.file })).state === "granted" ? "granted" : "denied"',
  'a getter for a name':
    'let count = 0; return (await Deno.permissions.request({ get name() { return count++ ? "read" : "hrtime" }, path: at.file })).state',
  'a changed state':
    'const status = await Deno.permissions.query({ name: "read" }); Object.defineProperty(status, "state", { value: "granted" }); Deno.readTextFileSync(at.file)',
  'a changed Permissions':
    'Deno.Permissions.prototype.query = async () => ({ state: "granted" }); Deno.readTextFileSync(at.file)',
  'a changed error class':
    'Deno.errors.NotCapable = class extends Error {}; Deno.readTextFileSync(at.file)',
  'a changed Error.captureStackTrace':
    'Error.captureStackTrace = () => {}; Error.stackTraceLimit = 0; Deno.readTextFileSync(at.file)',
  'a String with two faces':
    'let count = 0; const path = { toString: () => count++ ? at.file : "blob:x", [Symbol.toPrimitive]: () => count++ ? at.file : "x" }; return Deno.readTextFileSync(path)',
  'a URL with two faces':
    'class Two extends URL { get pathname() { return at.file } }; return Deno.readTextFileSync(new Two("file:///dev/null"))',
  'a changed String.prototype':
    'String.prototype.startsWith = () => true; String.prototype.includes = () => false; return Deno.readTextFileSync(at.file)',
  'a changed Reflect and Proxy':
    'Reflect.apply = (f, self, args) => f.call(self, ...args); globalThis.Proxy = undefined; return Deno.readTextFileSync(at.file)',
  'a setter on Object.prototype':
    'const seen = []; Object.defineProperty(Object.prototype, "permissions", { configurable: true, get() { return "inherit" }, set() {} }); try { return Deno.readTextFileSync(at.file) } finally { delete Object.prototype.permissions }',
  'execArgv of a worker':
    'const { Worker } = await import("node:worker_threads"); return await new Promise((done, fail) => { const it = new Worker("const { parentPort } = require(\'node:worker_threads\'); try { parentPort.postMessage({ read: Deno.readTextFileSync(" + JSON.stringify(at.file) + ") }) } catch ({ message }) { parentPort.postMessage({ message }) }", { eval: true, execArgv: ["--allow-all"], argv: ["-A"], env: { DENO_PERMISSIONS: "all" } }); it.on("message", (data) => data.message ? fail(Object.assign(new Error(data.message), { name: "NotCapable" })) : done(data)); it.on("error", fail) })',
  'process.permission':
    'return process.permission?.has("fs.read") ? "has" : (() => { throw Object.assign(new Error("has not"), { name: "NotCapable" }) })()',
  'process.binding': 'return typeof process.binding("fs").open(at.file, 0, 0o666)',
  _linkedBinding: 'return typeof process._linkedBinding("fs").open(at.file, 0, 0o666)',
  'a module that is registered':
    'const { registerHooks } = await import("node:module"); registerHooks({ load: () => ({ format: "module", source: "export default 1", shortCircuit: true }) }); return Deno.readTextFileSync(at.file)',
  'the enclosing realm':
    'const { runInNewContext } = await import("node:vm"); return runInNewContext("this.constructor.constructor(\'return Deno\')()").readTextFileSync(at.file)',
  'a context of its own':
    'const { createContext, runInContext } = await import("node:vm"); return runInContext("Deno.readTextFileSync(file)", createContext({ Deno, file: at.file }))',
};

export const PERMISSIONS: Attempt[] = [
  ...attempts('permissions', ASKING, /^value "(denied|prompt)"$|^thrown TypeError: .*(value|name)/),
  ...attempts(
    'permissions',
    TRICKS,
    /^value "(denied|prompt)"$|^thrown (NotCapable|TypeError|Error|ReferenceError): /,
  ),
];
