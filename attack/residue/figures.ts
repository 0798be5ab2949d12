import { descendants } from '../../cli/test/cofferdam-process.ts';
import { readProc } from '../../runner/src/supervisor/proc.ts';
import type { Target } from '../src/target.ts';

export interface Footprint {
  processes: number;
  runners: number;
  rssBytes: number;
}

/** What the instance takes of this machine; its containers are no children of its own. */
export async function footprint({ instance }: Target): Promise<Footprint> {
  const pids = [instance.process.pid, ...(await descendants(instance.process.pid))];
  const rss = pids.map((pid) => readProc(pid)?.rssBytes ?? 0);
  const { body } = await instance.get('/stats');
  return {
    processes: pids.length,
    runners: body.runners.length,
    rssBytes: rss.reduce((sum, bytes) => sum + bytes, 0),
  };
}

/** The bits that a place of the ids is worth, at the place that is worth the least. */
export function bitsOfWorstPlace(ids: readonly string[]): number {
  const places = Array.from({ length: ids[0]!.length }, (_, place) => ids.map((id) => id[place]!));
  return Math.min(...places.map(entropy));
}

/** The share of values that are larger than the one before: a half where there is no order. */
export function rising<T extends string | number>(values: readonly T[]): number {
  const rises = values.filter((value, index) => index > 0 && value > values[index - 1]!).length;
  return rises / Math.max(1, values.length - 1);
}

function entropy(signs: readonly string[]): number {
  const counts = Object.values(Object.groupBy(signs, (sign) => sign)).map((same) => same!.length);
  return counts.reduce((sum, count) => {
    const share = count / signs.length;
    return sum - share * Math.log2(share);
  }, 0);
}
