import type { Condition, ScriptStatus } from '@cofferdam/protocol';
import { sandboxScripts, type CustomResource, type EventRecorder } from '../kubernetes/index.ts';

/** Tells people of what turned in a script's status; nothing where nothing turned. */
export class ScriptEvents {
  readonly #recorder: EventRecorder;
  readonly #known = new Map<string, { uid: string; status: ScriptStatus }>();

  constructor(recorder: EventRecorder) {
    this.#recorder = recorder;
  }

  /** The script's status is this now; `object` is the script as the cluster has it. */
  notice(object: CustomResource, status: ScriptStatus): void {
    const { uid = '', namespace, name } = object.metadata;
    const key = `${namespace}/${name}`;
    const known = this.#known.get(key);
    const earlier = object.status as ScriptStatus | undefined;
    const before = known?.uid === uid ? known.status : earlier;
    this.#known.set(key, { uid, status });
    for (const condition of status.conditions) {
      const was = before?.conditions?.find(({ type }) => type === condition.type);
      this.#tell(object, condition, was);
    }
  }

  /** The script, `namespace/name`, is gone. */
  forget(key: string): void {
    this.#known.delete(key);
  }

  #tell(object: CustomResource, now: Condition, before: Condition | undefined): void {
    const { type, status, reason, message } = now;
    if (status === 'Unknown' || status === before?.status) return;
    const action = type === 'Ready' ? 'Check' : 'Run';
    if (status === 'False') {
      const note = `${reason}: ${message}`;
      return this.#recorder.record(sandboxScripts, object, {
        type: 'Warning',
        reason,
        action,
        note,
      });
    }
    // A script that is well from the start is no news, and of a thousand such scripts a thousand requests.
    if (before?.status !== 'False') return;
    const turned = type === 'Ready' ? 'Ready' : 'Recovered';
    const note = `${type} again: ${message}`;
    this.#recorder.record(sandboxScripts, object, { type: 'Normal', reason: turned, action, note });
  }
}
