import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createIsolateHost } from '../src/index.ts';
import { descendantsOf, ownDaemon, processesOf, until } from './harness.ts';

const { folder, socketPath, openHost, daemonPids } = ownDaemon();
const INDEX = fileURLToPath(new URL('../src/index.ts', import.meta.url));
const DAEMON = fileURLToPath(new URL('../bin/isolate-daemon.js', import.meta.url));

/** Runs a program that embeds us, as its author would. */
async function embedder(name: string, code: string): Promise<{ code: number; stdout: string }> {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, `import { createIsolateHost } from ${JSON.stringify(INDEX)};\n${code}`);
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  let stdout = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  const [exit] = await once(child, 'close');
  return { code: exit as number, stdout };
}

const daemonOption = JSON.stringify({ daemon: { socketPath } });

describe('the daemon', () => {
  it('is started where none listens, once for all who come at the same time', async () => {
    const hosts = await Promise.all([openHost(), openHost(), openHost()]);
    await until(() => daemonPids().length === 1); // the others see that they are not the first
    expect(lstatSync(socketPath).mode & 0o777).toBe(0o600);
    const runtimes = await Promise.all(hosts.map((host) => host.createRuntime()));
    const values = await Promise.all(runtimes.map((each, i) => each.eval(`export default ${i}`)));
    expect(values).toEqual([0, 1, 2]);
  });

  it('sees none of the secrets of who starts it', async () => {
    await openHost();
    const [pid] = daemonPids();
    const names = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    expect(names.filter((each) => /VITEST|npm_|TOKEN/.test(each))).toEqual([]);
  });

  it('that is killed in mid-call fails the call, and the next host has another', async () => {
    const host = await openHost();
    const began = Promise.withResolvers<void>();
    const onEntry = () => began.resolve();
    const runtime = await host.createRuntime({ bindings: { console: { onEntry } } });
    const other = await host.createRuntime();
    const running = runtime.eval('console.log("began"); await new Promise(() => {})');
    running.catch(() => {});
    await began.promise;
    const [pid] = daemonPids();
    const below = descendantsOf(pid!);
    expect(below.length).toBeGreaterThan(0);
    process.kill(pid!, 'SIGKILL');
    await expect(running).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await expect(other.eval('1')).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
    await expect(host.createRuntime()).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    expect(await host.diagnostics()).toEqual({ runtimes: 0, servers: 0, connected: false });
    await runtime.dispose();
    await host.close();
    await until(() => below.every((each) => !existsSync(`/proc/${each}`)));

    const next = await (await openHost()).createRuntime();
    expect(await next.eval('export default 1')).toBe(1);
    expect(daemonPids()).not.toContain(pid);
  });

  it('that is stopped keeps nobody from ending a runtime and closing a host', async () => {
    const path = join(folder, 'stopped.sock');
    const host = await openHost({ socketPath: path });
    const runtime = await host.createRuntime();
    const running = runtime.eval('for (;;) {}');
    running.catch(() => {});
    const [pid] = processesOf(`--socket ${path}`);
    process.kill(pid!, 'SIGSTOP');
    await runtime.dispose();
    await expect(running).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
    await host.close();
    const late = openHost({ socketPath: path, timeoutMs: 200 });
    await expect(late).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    process.kill(pid!, 'SIGKILL');
  });

  it('may be another script, which is started in a folder of choice', async () => {
    const entrypoint = join(folder, 'own-daemon.mjs');
    writeFileSync(entrypoint, `await import(${JSON.stringify(DAEMON)});`);
    const own = join(folder, 'own.sock');
    const host = await openHost({ socketPath: own, entrypoint, cwd: folder });
    const [pid] = processesOf(`${entrypoint} --socket ${own}`);
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe(folder);
    await host.close();
    process.kill(pid!, 'SIGTERM');
  });

  it('may listen in a folder like /tmp, where nobody can take its socket away', async () => {
    const path = join(tmpdir(), `cofferdam-sdk-test-${process.pid}.sock`);
    const host = await openHost({ socketPath: path });
    expect(await (await host.createRuntime()).eval('export default 1')).toBe(1);
    await host.close();
    for (const pid of processesOf(`--socket ${path}`)) process.kill(pid, 'SIGTERM');
    await until(() => !existsSync(path));
    rmSync(`${path}.lock`);
  });

  it('that cannot be started is an error that says how it ended', async () => {
    const entrypoint = join(folder, 'broken.mjs');
    writeFileSync(entrypoint, 'process.exit(9)');
    const daemon = { socketPath: join(folder, 'broken.sock'), entrypoint };
    await expect(createIsolateHost({ daemon })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('exit code 9') as string,
    });
    const missing = { ...daemon, cwd: join(folder, 'no-such-folder') };
    await expect(createIsolateHost({ daemon: missing })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    writeFileSync(entrypoint, 'setTimeout(() => {}, 600)');
    const silent = createIsolateHost({ daemon: { ...daemon, timeoutMs: 150 } });
    await expect(silent).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });
});

describe('a program that embeds', () => {
  it('ends without close() when it waits for nothing, and its runtimes with it', async () => {
    const { code, stdout } = await embedder(
      'forgetful',
      `const host = await createIsolateHost(${daemonOption});
      const runtime = await host.createRuntime();
      await runtime.eval('globalThis.timer = setInterval(() => {}, 10)');
      console.log(await runtime.eval('export default 6 * 7'));`,
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: '42\n' });
  });

  it('does not end while it waits for an eval', async () => {
    const { code, stdout } = await embedder(
      'waiting',
      `const host = await createIsolateHost(${daemonOption});
      const runtime = await host.createRuntime();
      const slow = 'await new Promise((done) => setTimeout(done, 300)); export default "done"';
      console.log(await runtime.eval(slow));
      await runtime.dispose();
      await host.close();`,
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'done\n' });
  });

  it('leaves nothing behind: no process and no socket', async () => {
    const own = join(folder, 'leak.sock');
    const entrypoint = join(folder, 'short-daemon.mjs');
    writeFileSync(
      entrypoint,
      `process.argv.push('--idle', '100'); await import(${JSON.stringify(DAEMON)});`,
    );
    const host = await createIsolateHost({ daemon: { socketPath: own, entrypoint } });
    const runtimes = await Promise.all([1, 2, 3].map(() => host.createRuntime()));
    await Promise.all(runtimes.map((each) => each.eval('setInterval(() => {}, 5)')));
    const running = runtimes[0]!.eval('while (true) {}');
    running.catch(() => {});
    await runtimes[1]!.dispose();
    const [pid] = processesOf(`--socket ${own}`);
    const all = [pid!, ...descendantsOf(pid!)];
    expect(all.length).toBeGreaterThan(1);
    await host.close();
    await expect(running).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
    await until(() => all.every((each) => !existsSync(`/proc/${each}`)));
    expect(existsSync(own)).toBe(false);
  });

  it('has no handle left when all is closed', async () => {
    const { stdout } = await embedder(
      'tidy',
      `const handles = () => [process.stdout, process.stderr] && process.getActiveResourcesInfo().join();
      const before = handles();
      const host = await createIsolateHost(${daemonOption});
      const runtimes = await Promise.all([1, 2].map(() => host.createRuntime()));
      const loop = runtimes[0].eval('while (true) {}', { executionTimeout: 50 });
      await loop.catch((error) => console.log(error.code));
      await runtimes[1].eval('setInterval(() => {}, 5)');
      await host.close();
      console.log(handles() === before || handles());`,
    );
    expect(stdout).toMatch(/^(CPU|WALL)_TIME_EXCEEDED\ntrue\n$/);
  });
});
