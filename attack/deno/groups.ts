interface Grouping {
  size: number;
  /** Groups at a time. */
  atOnce: number;
}

/** Does something with the items in groups; the answers in their order. */
export async function inGroups<T, R>(
  items: readonly T[],
  { size, atOnce }: Grouping,
  act: (group: T[]) => Promise<R>,
): Promise<R[]> {
  const groups = Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
  const answers: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < groups.length) {
      const index = next++;
      // eslint-disable-next-line no-await-in-loop -- as many at once as there are workers
      answers[index] = await act(groups[index]!);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return answers;
}
