import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stand } from './stand.ts';

interface AuditEvent {
  stage: string;
  verb: string;
  user: { username: string };
  objectRef?: { resource: string; subresource?: string };
}

const OPERATOR = 'system:serviceaccount:cofferdam:cofferdam-operator';

/** Requests of the operator by verb and resource, since the mark. */
export class Audit {
  readonly #path: string;
  #mark = 0;

  constructor({ installation }: Stand) {
    const { logs } = installation.cluster;
    if (logs === undefined) throw new Error('a foreign cluster’s audit log is not ours to read');
    this.#path = join(logs, 'audit.log');
  }

  async mark(): Promise<void> {
    this.#mark = (await stat(this.#path)).size;
  }

  async requests(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { stage, verb, user, objectRef } of await this.#events()) {
      // A watch is answered before it ends; every other request is when it has.
      const counted = verb === 'watch' ? 'ResponseStarted' : 'ResponseComplete';
      if (user.username !== OPERATOR || stage !== counted) continue;
      const { resource = 'other', subresource } = objectRef ?? {};
      const what = `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`;
      counts[what] = (counts[what] ?? 0) + 1;
    }
    return counts;
  }

  async #events(): Promise<AuditEvent[]> {
    const file = await open(this.#path);
    try {
      const { size } = await file.stat();
      const bytes = Buffer.alloc(size - this.#mark);
      await file.read(bytes, 0, bytes.length, this.#mark);
      const text = bytes.toString();
      const whole = text.slice(0, text.lastIndexOf('\n'));
      return whole.split('\n').flatMap((line) => (line ? [JSON.parse(line) as AuditEvent] : []));
    } finally {
      await file.close();
    }
  }
}
