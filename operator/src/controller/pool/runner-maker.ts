import { newRunner } from '../../drivers/new-runner.ts';
import {
  KubernetesError,
  pods,
  secrets,
  type KubernetesClient,
  type Pod,
} from '../../kubernetes/index.ts';
import type { Announcer } from './announcer.ts';
import type { Ledger } from './ledger.ts';
import { runnerPod, tokenSecret, type TemplateOf } from './pod-template.ts';

export interface RunnerMakerOptions {
  client: KubernetesClient;
  ledger: Ledger;
  announcer: Announcer;
  namespace: string;
  now: () => number;
  /** A pod has come about that nobody can use. */
  onUseless: (name: string, why: string) => void;
}

/** Of a name; a hyphen and 13 characters follow. */
const MAX_PREFIX = 49;
/** An API server is somebody else's too. */
const AT_ONCE = 8;

/** Makes runner pods and ends them. */
export class RunnerMaker {
  readonly #options: RunnerMakerOptions;

  constructor(options: RunnerMakerOptions) {
    this.#options = options;
  }

  /** Makes so many, a few at a time; the first failure is thrown and ends it. */
  async make(count: number, template: TemplateOf, poolUid: string): Promise<void> {
    for (let rest = count; rest > 0; rest -= AT_ONCE) {
      const batch = Array.from({ length: Math.min(rest, AT_ONCE) }, () =>
        this.#makeOne(template, poolUid),
      );
      const settled = await Promise.allSettled(batch);
      for (const each of settled) if (each.status === 'rejected') throw each.reason;
    }
  }

  /** Ends a pod at once. Throws a conflict when it has changed and only an unchanged one was to go. */
  async end(
    pod: { name: string; uid: string; resourceVersion?: string | undefined },
    pool: string,
  ): Promise<void> {
    const { client, ledger, announcer, namespace, now } = this.#options;
    const { name, uid, resourceVersion } = pod;
    try {
      await client.delete(
        pods,
        { namespace, name },
        {
          uid,
          resourceVersion,
          // Nothing in it is worth a farewell, and what runs there may be hostile.
          gracePeriodSeconds: 1,
          propagationPolicy: 'Background',
        },
      );
    } catch (error) {
      if (!(error instanceof KubernetesError && error.notFound)) throw error;
    }
    ledger.deleted(uid, { pool, name, at: now() });
    announcer.forget(name);
  }

  async #makeOne(template: TemplateOf, poolUid: string): Promise<void> {
    const { client, announcer, namespace } = this.#options;
    const runner = newRunner(prefixOf(template.resource.metadata.name));
    const draft = runnerPod(template, { runner, namespace, poolUid });
    const pod = await this.#create(draft, template.resource.metadata.name);
    announcer.announce(pod);
    try {
      await client.create(secrets, tokenSecret(pod, runner));
    } catch (error) {
      // Without its token it waits for ever.
      this.#options.onUseless(runner.runnerId, 'its token could not be written');
      throw error;
    }
  }

  async #create(draft: ReturnType<typeof runnerPod>, pool: string): Promise<Pod> {
    const { client, ledger, now, onUseless } = this.#options;
    const { name = '' } = draft.metadata;
    ledger.creating({ pool, name, at: now() });
    try {
      const pod = await client.create(pods, draft);
      ledger.created(name, pod);
      return pod;
    } catch (error) {
      const answered = error instanceof KubernetesError && !error.unreachable && error.status < 500;
      if (answered) ledger.drop(name);
      // It may have been made: the cache shows it, or the API server says so when it is asked.
      else if (ledger.unanswered(name)) onUseless(name, UNANSWERED);
      throw error;
    }
  }
}

/** Its join token went with the answer. */
export const UNANSWERED = 'nobody heard that it was made';

function prefixOf(pool: string): string {
  return pool.slice(0, MAX_PREFIX).replace(/-+$/, '');
}
