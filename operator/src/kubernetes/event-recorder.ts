import { randomBytes } from 'node:crypto';
import {
  apiVersionOf,
  clusterEvents,
  KubernetesError,
  type KubernetesClient,
  type KubernetesObject,
  type ResourceDescriptor,
} from '@cofferdam/kubernetes';
import { systemClock, type Clock } from '../schedule/clock.ts';
import { oneLine } from '../status/summary.ts';
import { microTime } from './micro-time.ts';
import { RecentEvents, type RecentEvent } from './recent-events.ts';

export interface Happening {
  type: 'Normal' | 'Warning';
  /** CamelCase, why: `CompileFailed`. At most 128 characters. */
  reason: string;
  /** CamelCase, what was being done: `Compile`. At most 128 characters. */
  action: string;
  /** A sentence for a person; what a guest said is made harmless, and all is cut to 1 KiB. */
  note: string;
}

export interface EventRecorderOptions {
  client: KubernetesClient;
  /** A qualified name, such as `cofferdam.dev/operator`. */
  controller: string;
  /** The pod's name. */
  instance: string;
  onError?: ((error: unknown) => void) | undefined;
  clock?: Clock | undefined;
}

/** The API server takes 1024 bytes. */
const MAX_NOTE_BYTES = 1024;

/** Events wait here when the API server is slow; more than that are dropped. */
const MAX_PENDING = 256;

/** Tells people what happens to an object, as Kubernetes Events. It never throws and never waits. */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #clock: Clock;
  readonly #recent: RecentEvents;
  readonly #closing = new AbortController();
  #writing = Promise.resolve();
  #pending = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#recent = new RecentEvents();
  }

  /** To be called on transitions only. The same again is counted in a series; many about one object are dropped. */
  record(resource: ResourceDescriptor, object: KubernetesObject, happening: Happening): void {
    if (this.#closing.signal.aborted || this.#pending >= MAX_PENDING) return;
    const note = noteOf(happening.note);
    const { uid = '', namespace = 'default', name } = object.metadata;
    const { type, reason, action } = happening;
    const identity = JSON.stringify([uid, namespace, name, type, reason, action, note]);
    const eventName = `${name.slice(0, 230)}.${randomBytes(8).toString('hex')}`;
    const about = `${resource.plural}/${namespace}/${name}`;
    const now = this.#clock.now();
    const recent = this.#recent.admit({ identity, about, namespace, name: eventName }, now);
    if (recent === 'drop') return;
    this.#pending += 1;
    const write = () =>
      recent.count > 1
        ? this.#continue(recent)
        : this.#create(recent, regardingOf(resource, object), { ...happening, note });
    this.#writing = this.#writing
      .then(write)
      .catch((error: unknown) => this.#failed(recent, error))
      .finally(() => {
        this.#pending -= 1;
      });
  }

  /** Takes no more; waits for what is on its way, 3 s at most. */
  async close(): Promise<void> {
    const cancel = this.#clock.after(3000, () => this.#closing.abort());
    await this.#writing;
    cancel();
    this.#closing.abort();
  }

  async #create(recent: RecentEvent, regarding: object, happening: Happening): Promise<void> {
    const { client, controller, instance } = this.#options;
    const { type, reason, action, note } = happening;
    const draft = {
      metadata: { name: recent.name, namespace: recent.namespace },
      eventTime: microTime(recent.firstAt),
      reportingController: controller,
      reportingInstance: instance.slice(0, 128),
      type,
      reason: reason.slice(0, 128),
      action: action.slice(0, 128),
      note,
      regarding: regarding as ReturnType<typeof regardingOf>,
    };
    await client.create(clusterEvents, draft, { signal: this.#closing.signal });
  }

  async #continue({ name, namespace, count, lastAt }: RecentEvent): Promise<void> {
    const series = { count, lastObservedTime: microTime(lastAt) };
    const target = { key: { name, namespace }, patch: { series } };
    await this.#options.client.mergePatch(clusterEvents, target, { signal: this.#closing.signal });
  }

  #failed(recent: RecentEvent, error: unknown): void {
    // It has expired, or was never written: the next one of its kind starts anew.
    this.#recent.forget(recent);
    const expected = error instanceof KubernetesError && error.notFound;
    if (expected || this.#closing.signal.aborted) return;
    try {
      this.#options.onError?.(error);
    } catch {
      // A reporter that fails has nobody to report to.
    }
  }
}

function regardingOf(resource: ResourceDescriptor, { metadata }: KubernetesObject) {
  const { name, namespace, uid, resourceVersion } = metadata;
  const apiVersion = apiVersionOf(resource);
  return { apiVersion, kind: resource.kind, name, namespace, uid, resourceVersion };
}

/** On one line, without what could steer a terminal, and cut where a character ends. */
export function noteOf(text: string): string {
  const line = oneLine(text, MAX_NOTE_BYTES);
  const { read } = new TextEncoder().encodeInto(line, new Uint8Array(MAX_NOTE_BYTES));
  return line.slice(0, read);
}
