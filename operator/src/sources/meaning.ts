import {
  parseDuration,
  type Problem,
  type Engine,
  type SandboxScript,
  type SandboxScriptSpec,
  type Schedule,
} from '@cofferdam/protocol';
import { cronProblem, MIN_EVERY_MS, timeZoneProblem } from '../schedule/plan.ts';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What a schema cannot say: fields that need, exclude or limit each other. */
export function checkMeaning({ spec }: SandboxScript): Problem[] {
  return [
    ...(spec.schedule ? checkSchedule(spec.schedule) : []),
    ...checkEngine(spec, spec.engine ?? 'isolate'),
  ];
}

function checkEngine(spec: SandboxScriptSpec, engine: Engine): Problem[] {
  const problems: Problem[] = [];
  const add = (path: string, message: string) => problems.push({ path, message });
  if (spec.wasm && engine !== 'wasm') add('spec.wasm', 'needs `engine: wasm`');
  if (engine === 'wasm' && !BASE64.test(spec.source.inline.replaceAll(/\s/g, ''))) {
    add('spec.source.inline', 'must be the base64 of a WebAssembly module');
  }
  if (spec.preset && engine !== 'isolate')
    add('spec.preset', 'only the isolate engine has presets');
  if (spec.reuse === 'script' && engine !== 'isolate') {
    add('spec.reuse', 'only the isolate engine can reuse');
  }
  return problems;
}

function checkSchedule(schedule: Schedule): Problem[] {
  const problems: Problem[] = [];
  const add = (path: string, message: string | undefined) => {
    if (message !== undefined) problems.push({ path: `spec.schedule${path}`, message });
  };
  if ((schedule.every === undefined) === (schedule.cron === undefined)) {
    add('', 'needs exactly one of `every` and `cron`');
  }
  if (schedule.every !== undefined && (parseDuration(schedule.every) ?? 0) < MIN_EVERY_MS) {
    add('.every', 'must be at least 1s');
  }
  const zone = schedule.timeZone === undefined ? undefined : timeZoneProblem(schedule.timeZone);
  add('.timeZone', zone);
  if (schedule.timeZone !== undefined && schedule.cron === undefined) {
    add('.timeZone', 'is for `cron`; `every` has no time zone');
  }
  if (schedule.cron !== undefined) add('.cron', cronProblem(schedule.cron));
  return problems;
}
