/**
 * Counters, gauges and histograms in the Prometheus text format. By hand, because the libraries cost
 * more memory than a whole runner's spare isolates: measured here as proportional set size,
 * `@opentelemetry/exporter-prometheus` 18 MB and `prom-client` 21 MB, this file under 0.1 MB.
 */
export type Labels = Readonly<Record<string, string>>;

/** A family's series are bounded: labels are closed sets, and a mistake must not eat the memory. */
const MAX_SERIES = 2_000;

interface Family {
  lines(): string[];
}

export class MetricsRegistry {
  readonly #families: Family[] = [];

  counter(name: string, help: string): Counter {
    return this.#add(new Counter(name, help));
  }

  histogram(name: string, help: string, buckets: readonly number[]): Histogram {
    return this.#add(new Histogram(name, help, buckets));
  }

  /** `read` answers the values whenever the metrics are read. */
  gauge(name: string, help: string, read: () => [Labels, number][]): void {
    this.#add({
      lines: () => [
        ...header(name, help, 'gauge'),
        ...read().map(([labels, value]) => sample(name, labelText(labels), value)),
      ],
    });
  }

  text(): string {
    return `${this.#families.flatMap((family) => family.lines()).join('\n')}\n`;
  }

  #add<F extends Family>(family: F): F {
    this.#families.push(family);
    return family;
  }
}

export class Counter implements Family {
  readonly #name: string;
  readonly #help: string;
  readonly #series = new Map<string, number>();

  constructor(name: string, help: string) {
    this.#name = name;
    this.#help = help;
  }

  add(labels: Labels, amount = 1): void {
    const key = labelText(labels);
    const value = this.#series.get(key);
    if (value === undefined && this.#series.size >= MAX_SERIES) return;
    this.#series.set(key, (value ?? 0) + amount);
  }

  lines(): string[] {
    const lines = header(this.#name, this.#help, 'counter');
    for (const [key, value] of this.#series) lines.push(sample(this.#name, key, value));
    return lines;
  }
}

interface Distribution {
  counts: number[];
  count: number;
  sum: number;
}

export class Histogram implements Family {
  readonly #name: string;
  readonly #help: string;
  readonly #buckets: readonly number[];
  readonly #series = new Map<string, Distribution>();

  constructor(name: string, help: string, buckets: readonly number[]) {
    this.#name = name;
    this.#help = help;
    this.#buckets = buckets;
  }

  observe(labels: Labels, value: number): void {
    const key = labelText(labels);
    let series = this.#series.get(key);
    if (!series) {
      if (this.#series.size >= MAX_SERIES) return;
      series = { counts: this.#buckets.map(() => 0), count: 0, sum: 0 };
      this.#series.set(key, series);
    }
    const bucket = this.#buckets.findIndex((bound) => value <= bound);
    if (bucket !== -1) series.counts[bucket]! += 1;
    series.count += 1;
    series.sum += value;
  }

  lines(): string[] {
    const lines = header(this.#name, this.#help, 'histogram');
    for (const [key, series] of this.#series) lines.push(...this.#seriesLines(key, series));
    return lines;
  }

  #seriesLines(key: string, { counts, count, sum }: Distribution): string[] {
    const before = key === '' ? '' : `${key},`;
    let below = 0;
    const lines = this.#buckets.map((bound, index) => {
      below += counts[index]!;
      return sample(`${this.#name}_bucket`, `${before}le="${bound}"`, below);
    });
    lines.push(sample(`${this.#name}_bucket`, `${before}le="+Inf"`, count));
    lines.push(sample(`${this.#name}_sum`, key, sum), sample(`${this.#name}_count`, key, count));
    return lines;
  }
}

function header(name: string, help: string, type: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function sample(name: string, labels: string, value: number): string {
  return labels === '' ? `${name} ${value}` : `${name}{${labels}} ${value}`;
}

function labelText(labels: Labels): string {
  let text = '';
  for (const name in labels) {
    text += `${text === '' ? '' : ','}${name}="${escapeValue(labels[name]!)}"`;
  }
  return text;
}

function escapeValue(value: string): string {
  if (!/[\\"\n]/.test(value)) return value;
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
