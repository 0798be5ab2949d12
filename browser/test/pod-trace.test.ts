import { readdir, stat } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { PodRig, type Guest } from './pod-rig.ts';

vi.setConfig({ testTimeout: 60_000 });

const MiB = 1024 * 1024;
const MAX_BYTES = 8 * MiB;
/** What a session may have on the disk: its bounds, and what comes between two looks at it. */
const MAX_DISK = 40 * MiB;

let rig: PodRig;
beforeAll(async () => {
  rig = await PodRig.start();
  await rig.ask('bind', { tenant: 'home' });
}, 60_000);
afterAll(() => rig.close());

interface Event {
  type: string;
  method?: string;
  file?: string;
  text?: string;
  error?: { message: string };
  params?: { selector?: string };
}

async function served(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A session whose pages reach a page of this text. */
async function session(html: string, trace = true): Promise<{ guest: Guest; url: string }> {
  const port = await served((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(html);
  });
  const ticket = await rig.ticket({ net: [{ host: '127.0.0.1', ports: [port] }] });
  const guest = await rig.open(ticket, 'home', { trace });
  onTestFinished(() => guest.close());
  return { guest, url: `http://127.0.0.1:${port}/` };
}

function eventsOf(text: Buffer | undefined): Event[] {
  const lines = (text?.toString() ?? '').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Event);
}

/** All files of recordings in the pod, by their sizes. */
async function onDisk(): Promise<Map<string, number>> {
  const names = await readdir(rig.folder, { recursive: true });
  const mine = names.filter((name) => /\.(trace|network|jpeg)$/.test(name));
  const sizes = mine.map(async (name) => {
    const found = await stat(join(rig.folder, name)).catch(() => undefined);
    return [name, found?.size ?? 0] as const;
  });
  return new Map(await Promise.all(sizes));
}

const SHOP = `<h1>Shop</h1><button onclick="this.textContent = 'bought'; console.log('sold')">Buy</button>`;

describe('a recording', () => {
  it('has what was done and seen in each context, also one that is closed', async () => {
    const { guest, url } = await session(SHOP);
    const first = (await guest.call('browser', 'newContext', {})) as { $h: string };
    const page = ((await guest.call(first.$h, 'newPage')) as { $h: string }).$h;
    await guest.call(page, 'goto', url);
    await guest.call(page, 'click', 'button');
    await guest.call(first.$h, 'close');
    const other = await guest.page();
    await guest.call(other, 'goto', url);
    const missing = guest.call(other, 'click', '#missing', { timeout: 300 });
    await expect(missing).rejects.toThrow('Timeout');

    const { files, size, cut } = await guest.trace();
    expect([cut, size < MiB]).toEqual([[], true]);
    const texts = ['trace.trace', 'trace-2.trace'].map((name) => eventsOf(files[name]));
    expect(texts.map(([start]) => start?.type)).toEqual(['context-options', 'context-options']);
    const methods = texts.map((events) =>
      events
        .filter(({ type }) => type === 'before')
        .map(({ method }) => method)
        // The session's own, which watches each page.
        .filter((method) => method !== 'newCDPSession'),
    );
    expect(methods).toEqual([
      ['newPage', 'goto', 'click'],
      ['newPage', 'goto', 'click'],
    ]);
    expect(texts[0]).toContainEqual(expect.objectContaining({ type: 'console', text: 'sold' }));
    expect(texts[1]?.find(({ error }) => error)?.error?.message).toContain('Timeout 300ms');

    const shown = texts.map((events) => [...new Set(events.flatMap(({ file }) => file ?? []))]);
    expect(shown.every((pictures) => pictures.length > 0)).toBe(true);
    const pictures = Object.keys(files).filter((name) => name.endsWith('.jpeg'));
    // Playwright's own, and which of them each action has.
    expect(pictures.toSorted()).toEqual(shown.flat().toSorted());
    expect(files[pictures[0]!]?.subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
  });

  it('is of its session alone, and has no credential in it', async () => {
    const [one, two] = await Promise.all([session('<p>page of one'), session('<p>page of two')]);
    for (const { guest, url } of [one, two]) {
      const page = await guest.page({ extraHTTPHeaders: { 'x-mine': 'known' } });
      const response = (await guest.call(page, 'goto', url)) as { s: { request: { $h: string } } };
      // Everything that was sent, as Chromium knows it.
      expect(await guest.call(response.s.request.$h, 'allHeaders')).toMatchObject({
        'x-mine': 'known',
        'proxy-authorization': 'Basic ***',
      });
      await guest.evaluate(page, '() => fetch("http://127.0.0.1:1/").catch(() => {})');
      await guest.call(page, 'textContent', 'p');
    }
    const traces = [await one.guest.trace(), await two.guest.trace()];
    const [textOfOne, textOfTwo] = traces.map(({ files }) => Object.values(files).join('\n'));
    expect(textOfOne).toContain('page of one');
    expect(textOfOne).not.toContain('page of two');
    expect(textOfTwo).toContain('page of two');
    expect(textOfTwo).not.toContain('page of one');
    for (const text of [textOfOne, textOfTwo]) {
      expect(text).not.toMatch(/[0-9a-f]{48}|proxy-auth|session\.invalid|Basic /i);
    }
  });

  it('is none where nobody wanted one or no context was opened, and leaves nothing on the disk', async () => {
    const { guest, url } = await session(SHOP, false);
    await guest.call(await guest.page(), 'goto', url);
    await expect(guest.trace()).rejects.toThrow('as many bytes');
    const idle = await session(SHOP);
    await expect(idle.guest.trace()).rejects.toThrow('as many bytes');
    const { guest: used, url: address } = await session(SHOP);
    await used.call(await used.page(), 'goto', address);
    await vi.waitUntil(async () => (await onDisk()).size > 2);
    used.close();
    await used.end.catch(() => {});
    await vi.waitUntil(async () => (await onDisk()).size === 0, 10_000);
  });
});

describe('a hostile page', () => {
  const MAD = `<canvas width=1280 height=720></canvas><script>
    const canvas = document.querySelector('canvas').getContext('2d');
    const image = canvas.createImageData(1280, 720);
    const pixels = new Uint32Array(image.data.buffer);
    (function paint() {
      for (let i = 0; i < pixels.length; i++) pixels[i] = 0xff000000 | (Math.random() * 0xffffff);
      canvas.putImageData(image, 0, 0);
      requestAnimationFrame(paint);
    })();
  </script>`;
  /** Does something so often and for so long, and until there were so many files; answers the most that was on the disk. */
  async function mostOnDisk(
    { seconds = 0, acts = 0, files = 0 }: { seconds?: number; acts?: number; files?: number },
    act: () => Promise<unknown>,
  ): Promise<number> {
    const start = Date.now();
    const seen = new Set<string>();
    let done = 0;
    const isOver = () => {
      const passed = (Date.now() - start) / 1_000;
      return passed > 40 || (passed > seconds && done >= acts && seen.size >= files);
    };
    let most = 0;
    const watch = async () => {
      while (!isOver()) {
        for (const name of (await onDisk()).keys()) seen.add(name);
        const bytes = [...(await onDisk()).values()].reduce((sum, size) => sum + size, 0);
        most = Math.max(most, bytes);
        await sleep(50);
      }
    };
    const acting = async () => {
      while (!isOver()) {
        await act();
        done++;
      }
    };
    await Promise.all([watch(), acting()]);
    return most;
  }

  it('that repaints without end stays within its bytes, and the end of it is kept', async () => {
    const { guest, url } = await session(MAD);
    const page = await guest.page();
    await guest.call(page, 'goto', url);
    const most = await mostOnDisk({ seconds: 10, files: 60 }, () =>
      guest.evaluate(page, '() => 1'),
    );
    expect(most).toBeGreaterThan(2 * MiB);
    expect(most).toBeLessThan(MAX_DISK);
    const { files, size, cut } = await guest.trace();
    expect(size).toBeLessThan(MAX_BYTES);
    expect(cut).toEqual(['pictures']);
    const times = Object.keys(files).flatMap((name) => /-(\d+)\.jpeg$/.exec(name)?.[1] ?? []);
    expect(times.length).toBeGreaterThan(10);
    expect(Date.now() - Math.max(...times.map(Number))).toBeLessThan(5_000);
  });

  it('that writes without end stays within its bytes too', async () => {
    const { guest, url } = await session('<p>x');
    const page = await guest.page();
    await guest.call(page, 'goto', url);
    const flood = `() => { for (let i = 0; i < 300; i++) console.log(Math.random() + 'x'.repeat(5000)); }`;
    const most = await mostOnDisk({ acts: 120 }, () => guest.evaluate(page, flood));
    expect(most).toBeGreaterThan(2 * MiB);
    // Playwright writes in lumps of up to 25 MB, when it gets round to it: of 180 MB.
    expect(most).toBeLessThan(80 * MiB);
    await guest.call(page, 'textContent', 'p');
    const { files, size, cut } = await guest.trace();
    expect(size).toBeLessThan(MAX_BYTES);
    expect(cut).toContain('actions');
    const texts = Object.keys(files).filter((name) => name.endsWith('.trace'));
    const all = texts.map((name) => eventsOf(files[name]));
    expect(all.every(([start]) => start?.type === 'context-options')).toBe(true);
    const bytes = texts.reduce((sum, name) => sum + files[name]!.byteLength, 0);
    expect(bytes).toBeLessThan(2.2 * MiB);
    expect(all.flat()).toContainEqual(expect.objectContaining({ method: 'textContent' }));
  });
});
