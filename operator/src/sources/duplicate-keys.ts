import { isScalar, visit, type Document } from 'yaml';

interface DuplicateKey {
  /** Characters from the start of the file. */
  offset: number;
  message: string;
}

/** Keys that stand twice in one map, at most so many. Linear, unlike the check of the YAML library. */
export function duplicateKeys(document: Document, atMost: number): DuplicateKey[] {
  const found: DuplicateKey[] = [];
  visit(document, {
    Map(_key, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) {
          const message = `the key '${String(key.value).slice(0, 80)}' stands twice`;
          found.push({ offset: key.range?.[0] ?? 0, message });
        }
        seen.add(key.value);
        if (found.length >= atMost) return visit.BREAK;
      }
      return undefined;
    },
  });
  return found;
}
