import { attempts, DENIED, type Attempt } from './attempt.ts';

const ASKED = {
  'env.get': 'return Deno.env.get(at.environment)',
  'env.has': 'return Deno.env.has("HOME")',
  'env.set': 'Deno.env.set("PATH", "/tmp"); return "set"',
  'env.delete': 'Deno.env.delete("DENO_DIR"); return "deleted"',
  'env.toObject': 'return Deno.env.toObject()',
  'process.loadEnvFile': 'process.loadEnvFile(at.file); return "loaded"',
};

/** Node's has no errors: it says nothing of what it may not say. */
const SILENT = {
  'process.env': 'return process.env[at.environment] ?? "nothing"',
  'process.env.DENO_DIR': 'return process.env.DENO_DIR ?? "nothing"',
  'keys of process.env':
    'const names = Object.keys(process.env); return names.length === 0 ? "nothing" : names',
  'process.env of a worker':
    'const { Worker } = await import("node:worker_threads"); return await new Promise((done, fail) => new Worker("const { parentPort } = require(\'node:worker_threads\'); parentPort.postMessage(Object.keys(process.env).length || \'nothing\')", { eval: true }).on("message", done).on("error", fail))',
  'an expanded process.env':
    'return JSON.stringify({ ...process.env }) === "{}" ? "nothing" : { ...process.env }',
};

export const ENVIRONMENT: Attempt[] = [
  ...attempts('environment', ASKED),
  ...attempts('environment', SILENT, new RegExp(`${DENIED.source}|^value "nothing"$`, 'i')),
];
