import { posix } from 'node:path';
import type { TestTree } from './tree.ts';

/** One file as it is run once. */
export interface TestCase {
  /** The file and its variant. */
  name: string;
  file: string;
  /** What follows the address: a question mark and the variant, or nothing. */
  variant: string;
  title: string;
  scripts: { name: string; text: string }[];
}

/** A file once for each of its variants, with the scripts that it asks for. */
export async function casesOf(tree: TestTree, file: string): Promise<TestCase[]> {
  const text = await tree.text(file);
  const meta = (key: string) => metaOf(text, key);
  const names = meta('script').map((script) => fileOf(file, script));
  const scripts = await Promise.all(
    [...names, file].map(async (name) => ({ name, text: await scriptOf(tree, name) })),
  );
  const variants = meta('variant');
  return (variants.length > 0 ? variants : ['']).map((variant) => ({
    name: `${file}${variant}`,
    file,
    variant,
    title: meta('title')[0] ?? posix.basename(file).split('.')[0]!,
    scripts,
  }));
}

/** One that is missing is a failure of its test and of no other. */
async function scriptOf(tree: TestTree, name: string): Promise<string> {
  const bytes = await tree.read(name);
  const missing = `The tests have no ${name}`;
  return bytes ? bytes.toString('utf8') : `throw new Error(${JSON.stringify(missing)});`;
}

function metaOf(text: string, key: string): string[] {
  return [...text.matchAll(/^\/\/ META: (\w+)=(.*)$/gm)]
    .filter((match) => match[1] === key)
    .map((match) => match[2]!.trim());
}

/** The file of the tree that an address names, as seen from another file. */
function fileOf(from: string, address: string): string {
  return address.startsWith('/') ? address.slice(1) : posix.join(posix.dirname(from), address);
}
