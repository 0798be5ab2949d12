import { attempts, type Attempt } from './attempt.ts';

const PROC = Object.fromEntries(
  [
    '/proc/self/environ',
    '/proc/self/mem',
    '/proc/self/maps',
    '/proc/self/cmdline',
    '/proc/self/fd/0',
    '/proc/self/fd/3',
    '/proc/self/root/etc/passwd',
    '/proc/self/cwd/../x',
    '/proc/1/environ',
    '/proc/self/status',
    '/proc/self/task/1/environ',
    '/proc/net/tcp',
    '/proc/self/mountinfo',
    '/proc/version',
    '/proc/stat',
    '/proc/loadavg',
    '/proc/sys/kernel/random/boot_id',
    '/proc/thread-self/environ',
    '/dev/fd/0',
    '/dev/stdin',
    '/dev/mem',
    '/sys/kernel/notes',
    '/etc/resolv.conf',
    '/etc/shadow',
    '/run/cofferdam',
    '/var/run/docker.sock',
    '/var/run/secrets/kubernetes.io/serviceaccount/token',
  ].map((path) => [path, `return Deno.readTextFileSync('${path}').length`]),
);

const PROC_OTHERWISE = {
  'the runner by ppid': 'return Deno.readTextFileSync(`/proc/${Deno.ppid}/environ`).length',
  'memory for writing': 'return Deno.openSync("/proc/self/mem", { write: true }).rid',
  'of the runner by node':
    'return (await import("node:fs")).readFileSync(`/proc/${process.ppid}/cmdline`, "utf8")',
  'a descriptor opened again': 'return (await import("node:fs")).openSync("/proc/self/fd/1", "w")',
};

const SUBPROCESSES = {
  Command: 'return new Deno.Command("/bin/true").outputSync().code',
  'Command of Deno':
    'return (await new Deno.Command(Deno.execPath(), { args: ["eval", "-A", "1"] }).output()).code',
  spawn: 'return (await Deno.spawn("/bin/true", []).status).code',
  spawnAndWaitSync: 'return Deno.spawnAndWaitSync("/bin/true", []).code',
  run: 'return Deno.run({ cmd: ["/bin/true"] }).pid',
  exec: 'const { exec } = await import("node:child_process"); return await new Promise((done, fail) => exec("true", (error) => error ? fail(error) : done("ran")))',
  execSync: 'return (await import("node:child_process")).execSync("id").toString()',
  execFileSync: 'return (await import("node:child_process")).execFileSync("/bin/true").length',
  spawnSync:
    'const { error, status } = (await import("node:child_process")).spawnSync("/bin/true"); if (error) throw error; return status',
  'spawn of node':
    'const { spawn } = await import("node:child_process"); return await new Promise((done, fail) => spawn("/bin/true").on("exit", done).on("error", fail))',
  fork: 'return (await import("node:child_process")).fork(at.file).pid',
  'cluster.fork': 'return (await import("node:cluster")).default.fork().id',
  'environment of a child':
    'return new Deno.Command("/bin/true", { env: { LD_PRELOAD: at.file } }).outputSync().code',
};

const SIGNALS = {
  'Deno.kill the runner': 'Deno.kill(Deno.ppid, "SIGCONT"); return "sent"',
  'Deno.kill everyone': 'Deno.kill(-1, "SIGCONT"); return "sent"',
  'Deno.kill 1': 'Deno.kill(1, "SIGCONT"); return "sent"',
  'process.kill the runner': 'return process.kill(process.ppid, 0)',
  'process.kill its group': 'return process.kill(0, "SIGCONT")',
  'process.kill everyone': 'return process.kill(-1, 0)',
  setuid: 'process.setuid(0); return "root"',
  setgid: 'process.setgid(0); return "root"',
  setPriority: '(await import("node:os")).setPriority(0, -20); return "first"',
  'setPriority of the runner':
    '(await import("node:os")).setPriority(process.ppid, 19); return "last"',
};

const FFI = {
  dlopen: 'return typeof Deno.dlopen("libc.so.6", { getpid: { parameters: [], result: "i32" } })',
  'dlopen of the program': 'return typeof Deno.dlopen(Deno.execPath(), {})',
  'UnsafePointer.create': 'return Deno.UnsafePointer.create(4096n) && "made"',
  'UnsafePointer.of': 'return Deno.UnsafePointer.of(new Uint8Array(8)) && "made"',
  UnsafePointerView: 'return new Deno.UnsafePointerView(null).getUint8()',
  'UnsafePointerView.getCString': 'return Deno.UnsafePointerView.getCString(null)',
  'UnsafePointerView.getArrayBuffer':
    'return Deno.UnsafePointerView.getArrayBuffer(null, 1).byteLength',
  UnsafeCallback:
    'return typeof new Deno.UnsafeCallback({ parameters: [], result: "void" }, () => {}).pointer',
  UnsafeFnPointer:
    'return new Deno.UnsafeFnPointer(null, { parameters: [], result: "void" }).call()',
  'process.dlopen':
    'const module = { exports: {} }; process.dlopen(module, "/lib/x.node"); return "loaded"',
  'require of an addon':
    'return (await import("node:module")).createRequire("file:///x.js")("/lib/x.node")',
  'import of an addon': 'return await import("file:///lib/x.node")',
};

/** What tells about the machine: asked for, not given. */
const SYSTEM = {
  hostname: 'return Deno.hostname()',
  osRelease: 'return Deno.osRelease()',
  osUptime: 'return Deno.osUptime()',
  loadavg: 'return Deno.loadavg()',
  networkInterfaces: 'return Deno.networkInterfaces()',
  systemMemoryInfo: 'return Deno.systemMemoryInfo()',
  uid: 'return Deno.uid()',
  gid: 'return Deno.gid()',
  'os.hostname': 'return (await import("node:os")).hostname()',
  'os.networkInterfaces': 'return (await import("node:os")).networkInterfaces()',
  'os.userInfo': 'return (await import("node:os")).userInfo()',
  'os.cpus': 'return (await import("node:os")).cpus()',
  'os.homedir': 'return (await import("node:os")).homedir()',
  'os.release': 'return (await import("node:os")).release()',
  'os.totalmem': 'return (await import("node:os")).totalmem()',
  'os.loadavg': 'return (await import("node:os")).loadavg()',
  'os.uptime': 'return (await import("node:os")).uptime()',
  'os.getPriority': 'return (await import("node:os")).getPriority(0)',
  'process.getuid': 'return process.getuid()',
  'process.geteuid': 'return process.geteuid()',
  'process.getgroups': 'return process.getgroups()',
};

export const PROCESSES: Attempt[] = [
  ...attempts('proc', { ...PROC, ...PROC_OTHERWISE }),
  ...attempts('subprocess', SUBPROCESSES),
  ...attempts('signal', SIGNALS),
  ...attempts('ffi', FFI),
  ...attempts('system', SYSTEM),
];
