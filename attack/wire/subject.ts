import { parseJson } from '@cofferdam/protocol';
import { Random } from '../src/random.ts';
import { mutatedBytes } from './mutate-bytes.ts';
import { JsonSeed } from './mutate-json.ts';
import { valueOf, type Schema } from './schema-values.ts';

/** Something of ours that reads what a peer sends. */
export interface Subject {
  name: string;
  /** How often it gets an input, compared with others. */
  weight: number;
  /** What a peer could send. */
  make(random: Random): Buffer;
  /** Reads it. Throws a `CofferdamError`; whatever else it throws is a fault. `random` decides how it comes. */
  feed(bytes: Buffer, random: Random): void | Promise<void>;
}

/** Valid values of a schema, made once: they are the seeds that inputs are mutated from. */
const SEEDS = 24;

interface JsonOptions {
  weight?: number;
  /** Default: as in a frame. */
  maxDepth?: number;
  /** Values that get past more checks than a schema knows. */
  samples?: readonly unknown[];
}

/** A reader of JSON: its inputs are values of the schema, changed in shape, then now and then in their bytes. */
export function jsonSubject(
  name: string,
  schema: Schema,
  read: (value: unknown, text: string, random: Random) => unknown,
  { weight = 1, maxDepth, samples = [] }: JsonOptions = {},
): Subject {
  let seeds: JsonSeed[] | undefined;
  return {
    name,
    weight,
    make(random) {
      seeds ??= [...seedsOf(schema), ...samples].map(
        (value) => new JsonSeed(JSON.stringify(value)),
      );
      return jsonBytes(random.pick(seeds), random);
    },
    feed(bytes, random) {
      const text = bytes.toString();
      read(parseJson(text, maxDepth === undefined ? {} : { maxDepth }), text, random);
    },
  };
}

/** The same whichever input asks first. */
function seedsOf(schema: Schema): unknown[] {
  const random = new Random(SEEDS);
  return Array.from({ length: SEEDS }, () => valueOf(schema, random));
}

export function jsonBytes(seed: JsonSeed, random: Random): Buffer {
  if (random.oneIn(50)) return random.bytes(random.below(200));
  if (random.oneIn(8)) return Buffer.from(seed.text);
  const bytes = Buffer.from(seed.mutated(random));
  return random.oneIn(8) ? mutatedBytes(bytes, random) : bytes;
}
