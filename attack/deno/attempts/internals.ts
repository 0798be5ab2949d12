import { attempts, DENIED, type Attempt } from './attempt.ts';

/**
 * Deno's own operations, below all that its namespace checks in JavaScript. They are in reach of a script, and more
 * of them once a module of Node's is loaded; the permissions are behind them.
 */
const OPS = 'await import("node:fs"); const { core } = Deno[Deno.internal]; const { ops } = core;';

const REFUSED = {
  op_require_stat: 'return ops.op_require_stat(at.file)',
  op_node_fs_exists_sync: 'return ops.op_node_fs_exists_sync(at.file)',
  op_node_open_sync: 'return ops.op_node_open_sync(at.file, 0, 0)',
  op_fs_stat_sync: 'return ops.op_fs_stat_sync(at.file, new Uint32Array(64))',
  op_fs_chdir: 'return ops.op_fs_chdir("/")',
  op_fs_remove_sync: 'return ops.op_fs_remove_sync(at.file, false)',
  op_fs_copy_file_sync: 'return ops.op_fs_copy_file_sync(at.file, at.folder + "/written")',
  op_fs_rename_sync: 'return ops.op_fs_rename_sync(at.file, at.folder + "/written")',
  op_fs_link_sync: 'return ops.op_fs_link_sync(at.file, at.folder + "/written")',
  op_fs_truncate_sync: 'return ops.op_fs_truncate_sync(at.file, 0)',
  op_node_rmdir_sync: 'return ops.op_node_rmdir_sync(at.folder)',
  op_node_load_env_file: 'return ops.op_node_load_env_file(at.file)',
  op_set_env: 'return ops.op_set_env("PATH", "/tmp")',
  op_delete_env: 'return ops.op_delete_env("DENO_DIR")',
  op_ffi_ptr_create: 'return typeof ops.op_ffi_ptr_create(4096n)',
  op_ffi_ptr_of_exact: 'return typeof ops.op_ffi_ptr_of_exact(new Uint8Array(8))',
  op_ffi_read_u8: 'return ops.op_ffi_read_u8(null, 0)',
  op_ffi_read_u64: 'return ops.op_ffi_read_u64(null, 0)',
  op_ffi_read_ptr: 'return ops.op_ffi_read_ptr(null, 0)',
  op_ffi_ptr_offset: 'return ops.op_ffi_ptr_offset(null, 8)',
  op_ffi_ptr_value: 'return ops.op_ffi_ptr_value(null, new Uint32Array(2))',
  op_node_process_kill: 'return ops.op_node_process_kill(Deno.ppid, 0)',
  op_node_process_setuid: 'return ops.op_node_process_setuid(0)',
  op_node_process_setgid: 'return ops.op_node_process_setgid(0)',
  op_node_process_seteuid: 'return ops.op_node_process_seteuid(0)',
  op_node_os_set_priority: 'return ops.op_node_os_set_priority(0, -20)',
  op_node_os_get_priority: 'return ops.op_node_os_get_priority(0)',
  op_geteuid: 'return ops.op_geteuid()',
  op_os_uptime: 'return ops.op_os_uptime()',
};

/** Absent, refused, or nothing: never a way. */
const NOTHING = {
  op_get_env_no_permission_check: 'return ops.op_get_env_no_permission_check(at.environment)',
  op_read_file_text: 'return ops.op_fs_read_file_text_sync(at.file, false)',
  op_spawn_sync: 'return ops.op_spawn_sync({ cmd: "/bin/true", args: [] })',
  op_net_connect_tcp:
    'return await ops.op_net_connect_tcp({ hostname: "127.0.0.1", port: at.port })',
  op_net_connect_unix: 'return await ops.op_net_connect_unix(at.socket)',
  op_net_get_system_dns_servers: 'return ops.op_net_get_system_dns_servers()',
  op_dns_resolve: 'return await ops.op_dns_resolve({ query: "example.com", recordType: "A" })',
  op_create_worker:
    'return ops.op_create_worker({ permissions: { read: true }, specifier: "data:,1" })',
  op_request_permission: 'return ops.op_request_permission({ name: "read" })',
  op_load_ext_script: 'return ops.op_load_ext_script("ext:core/mod.js")',
  op_lazy_load_esm: 'return ops.op_lazy_load_esm("ext:core/ops")',
  op_import_sync: 'return ops.op_import_sync("file://" + at.file)',
  op_bundle: 'return await ops.op_bundle({ entrypoints: [at.file] })',
  op_kv_database_open: 'return await ops.op_kv_database_open(at.folder + "/written")',
  op_inspector_open: 'return ops.op_inspector_open("127.0.0.1", 0)',
  op_desktop_read_clipboard_text: 'return ops.op_desktop_read_clipboard_text()',
  op_desktop_write_clipboard_text: 'return ops.op_desktop_write_clipboard_text("x")',
  op_desktop_send_error_report: 'return ops.op_desktop_send_error_report("x", "y", "z")',
  op_desktop_apply_patch: 'return ops.op_desktop_apply_patch(new Uint8Array(4), new Uint8Array(4))',
  op_desktop_confirm_update: 'return ops.op_desktop_confirm_update()',
  op_desktop_prompt: 'return ops.op_desktop_prompt("x", "y")',
  op_inspector_enabled: 'return ops.op_inspector_enabled() || null',
  op_node_has_child_ipc_pipe: 'return ops.op_node_has_child_ipc_pipe() || null',
  op_node_udp_fd_for_ipc: 'return ops.op_node_udp_fd_for_ipc(0)',
  getTransferableResource: 'return core.getTransferableResource?.("x") ?? null',
};

/** Of resource ids and descriptors: what there is to find is its own pipes. */
const DESCRIPTORS = {
  'resources of core':
    'const names = Object.values(core.resources()).toSorted().join(); return names === "stderr,stdin,stdout" ? "its own" : names',
  'read of every descriptor':
    'const found = []; for (let fd = 3; fd < 256; fd++) { try { if (ops.op_node_fs_read_sync(fd, new Uint8Array(64), -1) > 0) found.push(fd) } catch {} } return found.length ? found : "its own"',
  'write to every descriptor':
    'const found = []; for (let fd = 3; fd < 256; fd++) { try { if (ops.op_node_fs_write_sync(fd, new Uint8Array(1), -1) > 0) found.push(fd) } catch {} } return found.length ? found : "its own"',
  'close of every descriptor':
    'const found = []; for (let fd = 3; fd < 256; fd++) { try { ops.op_node_fs_close(fd); found.push(fd) } catch {} } return found.length ? found : "its own"',
  'read of every resource':
    'const found = []; for (let rid = 3; rid < 256; rid++) { try { found.push(core.readSync(rid, new Uint8Array(64))) } catch {} } return found.length ? found : "its own"',
  'fs.readSync of every descriptor':
    'const { readSync } = await import("node:fs"); const found = []; for (let fd = 3; fd < 256; fd++) { try { if (readSync(fd, new Uint8Array(64), 0, 64, null) > 0) found.push(fd) } catch {} } return found.length ? found : "its own"',
  'FsFile of every resource':
    'const found = []; for (let rid = 3; rid < 256; rid++) { try { found.push(new Deno.FsFile(rid, Symbol.for("Deno.internal.FsFile")).readSync(new Uint8Array(8))) } catch {} } return found.length ? found : "its own"',
};

const of = (codes: Record<string, string>) =>
  Object.fromEntries(Object.entries(codes).map(([name, code]) => [name, `${OPS} ${code}`]));

export const INTERNALS: Attempt[] = [
  ...attempts('ops', of(REFUSED)),
  ...attempts(
    'ops',
    of(NOTHING),
    new RegExp(`${DENIED.source}|^thrown \\w+: |^value (null|"done")$`, 'i'),
  ),
  ...attempts('descriptors', of(DESCRIPTORS), /^value "its own"$/),
];

/** Operations that end the process: it is the script's own, and nothing else ends with it. */
export const ENDINGS: Record<string, string> = {
  panic: 'Deno[Deno.internal].core.ops.op_panic("x")',
  'an operation of a program with windows': 'new (Deno[Deno.internal].core.ops.BrowserWindow)()',
  'a vsock': 'await Deno.connect({ transport: "vsock", cid: 2, port: 22 })',
  'Deno.exit': 'Deno.exit(0)',
  'process.exit': 'process.exit(0)',
  'process.reallyExit': 'process.reallyExit(0)',
  'process.abort': 'process.abort()',
  'process.kill of itself': 'process.kill(process.pid, 9)',
  'Deno.kill of itself': 'Deno.kill(Deno.pid, "SIGKILL")',
  'exit from a worker':
    'const it = new Worker("data:text/javascript,process.kill(Deno.pid, 9)", { type: "module" }); await new Promise(() => {})',
  'a worker of more rights':
    'new Worker("data:text/javascript,postMessage(1)", { type: "module", deno: { permissions: { read: true } } }); await new Promise(() => {})',
  'a worker that inherits its rights':
    'new Worker("data:text/javascript,postMessage(1)", { type: "module", deno: { permissions: "inherit" } }); await new Promise(() => {})',
  'sockets over every descriptor':
    'const net = await import("node:net"); for (let fd = 3; fd < 40; fd++) { try { new net.Socket({ fd }).on("error", () => {}).write("x") } catch {} } await new Promise((done) => setTimeout(done, 200)); Deno.exit(1)',
  'a closed input': 'Deno[Deno.internal].core.close(0); Deno.exit(1)',
};
