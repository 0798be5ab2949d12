import type { CallOptions, KubernetesClient, Selection } from './client.ts';
import type { ResourceDescriptor } from './descriptors.ts';
import { KubernetesError } from './kubernetes-error.ts';
import type { KubernetesObject, ObjectList } from './objects.ts';

/** Small enough that hundreds of scripts with 128 KiB of source fit the largest answer that is taken. */
const PAGE_SIZE = 250;

export interface ListPagesOptions extends CallOptions {
  selection?: Selection | undefined;
  /** Objects on one page. Default 250; less where objects turn out to be too large for that. */
  pageSize?: number | undefined;
}

/** All of a collection as it was at one moment, page by page. Throws `gone` when that takes too long. */
export async function* listPages<T extends KubernetesObject>(
  client: KubernetesClient,
  resource: ResourceDescriptor<T>,
  options: ListPagesOptions = {},
): AsyncGenerator<ObjectList<T>> {
  const { selection, pageSize = PAGE_SIZE, ...call } = options;
  let limit = pageSize;
  let next: string | undefined;
  for (;;) {
    let page: ObjectList<T>;
    try {
      page = await client.list(resource, { ...selection, limit, continue: next }, call);
    } catch (error) {
      // A tenant may fill a page with the largest objects there can be; that must not stop the others'.
      if (limit === 1 || !isTooLarge(error)) throw error;
      limit = Math.ceil(limit / 4);
      continue;
    }
    yield page;
    next = page.metadata.continue;
    if (next === undefined || next === '') return;
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof KubernetesError && error.reason === 'TooLarge';
}
