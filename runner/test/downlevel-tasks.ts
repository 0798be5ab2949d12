import { defaultOf, type Mode } from './downlevel-harness.ts';

export interface Seen {
  /** Of each task what it saw where its own value should be, and what code beside it saw. */
  own: { [task: string]: string[] };
  native: string[];
  /** What code that is not rewritten and in no context saw, while the tasks ran. */
  probe: string[];
}

/** Three tasks at once, each within values of its own, and a probe of whatever leaks out of them. */
export async function seenBy(task: string, mode: Mode = 'frames'): Promise<Seen> {
  const source = `import { AsyncLocalStorage } from 'node:async_hooks';
    import * as hooks from 'node:async_hooks';
    const v = new AsyncContext.Variable({ defaultValue: 'none' });
    const als = new AsyncLocalStorage();
    const value = () => v.get() + (als.getStore() === v.get() || !als.getStore() ? '' : '/' + als.getStore());
    const own = {};
    // Texts: what a guest does to arrays does nothing to them.
    let other = '', probe = '';
    let running = true;
    const watching = (0, eval)('(async (isRunning, look) => { while (isRunning()) { await 0; look(); } })');
    const hosts = (0, eval)('(async (isRunning, look, wait) => { while (isRunning()) { await wait(); look(); } })');
    const look = () => void (v.get() !== 'none' || als.getStore() ? (probe += value() + ' ') : 0);
    const wait = () => new Promise((r) => setTimeout(r, 0));
    const task = async (own, see, native) => { ${task} };
    const start = (name) => {
      own[name] = '';
      const see = (x) => { own[name] += (als.getStore() === v.get() ? v.get() : value() + '/' + als.getStore()) + ' '; return x; };
      const native = () => void (other += value() + ' ');
      return v.run(name, () => als.run(name, task, name, see, native));
    };
    const all = Promise.all(['a', 'b', 'c'].map(start));
    let turns = 0;
    const watched = [watching(() => running && turns++ < 500, look), hosts(() => running, look, wait)];
    try { await all; } finally { running = false; }
    await Promise.all(watched);
    look();
    export default { own, native: other, probe };`;
  const { own, native, probe } = (await defaultOf(source, mode)) as Texts;
  const seen = Object.entries(own).map(([name, text]) => [name, words(text)]);
  return { own: Object.fromEntries(seen), native: words(native), probe: words(probe) };
}

interface Texts {
  own: { [task: string]: string };
  native: string;
  probe: string;
}

function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}
