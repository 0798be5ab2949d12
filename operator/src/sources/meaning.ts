import {
  parseDuration,
  type Problem,
  type EnvVar,
  type InlineScript,
  type SandboxRun,
  type SandboxScript,
  type Schedule,
} from '@cofferdam/protocol';
import { checkMode } from './mode-meaning.ts';
import { checkNet } from './net-meaning.ts';
import { cronProblem, MIN_EVERY_MS, timeZoneProblem } from '../schedule/plan.ts';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What a schema cannot say: fields that need, exclude or limit each other. */
export function checkMeaning({ spec }: SandboxScript): Problem[] {
  const reuses = spec.reuse === 'script' && (spec.engine ?? 'isolate') !== 'isolate';
  return [
    ...(spec.schedule ? checkSchedule(spec.schedule) : []),
    ...checkProgram(spec, 'spec'),
    ...checkMode(spec),
    ...(reuses ? [{ path: 'spec.reuse', message: 'only the isolate engine can reuse' }] : []),
  ];
}

/** The same of a run. */
export function checkRunMeaning({ spec }: SandboxRun): Problem[] {
  if ((spec.scriptRef === undefined) === (spec.script === undefined)) {
    return [{ path: 'spec', message: 'needs exactly one of `scriptRef` and `script`' }];
  }
  return spec.script ? checkProgram(spec.script, 'spec.script') : [];
}

/** What is wrong with the source text of an engine, whether it stands inline or in a ConfigMap. */
export function sourceProblem(engine: InlineScript['engine'], text: string): string | undefined {
  const encoded = engine !== 'wasm' || BASE64.test(text.replaceAll(/\s/g, ''));
  return encoded ? undefined : 'must be the base64 of a WebAssembly module';
}

function checkProgram(program: InlineScript, path: string): Problem[] {
  return [
    ...checkSource(program),
    ...checkEngine(program),
    ...checkEnv(program),
    ...checkNet(program),
  ].map((problem) => ({ path: `${path}.${problem.path}`, message: problem.message }));
}

function checkSource({ engine, source }: InlineScript): Problem[] {
  const { inline, configMapKeyRef, language = 'auto' } = source;
  const problems: Problem[] = [];
  if ((inline === undefined) === (configMapKeyRef === undefined)) {
    const message = 'needs exactly one of `inline` and `configMapKeyRef`';
    problems.push({ path: 'source', message });
  }
  const encoding = sourceProblem(engine, inline ?? '');
  if (encoding) problems.push({ path: 'source.inline', message: encoding });
  if (engine === 'wasm' && language !== 'auto') {
    problems.push({ path: 'source.language', message: 'a WebAssembly module has none' });
  }
  return problems;
}

function checkEngine({ engine = 'isolate', wasm, preset, permissions }: InlineScript): Problem[] {
  const problems: Problem[] = [];
  if (wasm && engine !== 'wasm') problems.push({ path: 'wasm', message: 'needs `engine: wasm`' });
  if (preset && engine !== 'isolate') {
    problems.push({ path: 'preset', message: 'only the isolate engine has presets' });
  }
  if (permissions?.browser && engine !== 'isolate') {
    const message = 'only the isolate engine has a browser';
    problems.push({ path: 'permissions.browser', message });
  }
  return problems;
}

function checkEnv({ env = [] }: InlineScript): Problem[] {
  return env.flatMap((variable, index) => {
    const message = envProblem(variable);
    return message === undefined ? [] : [{ path: `env.${index}`, message }];
  });
}

function envProblem({ value, valueFrom }: EnvVar): string | undefined {
  if ((value === undefined) === (valueFrom === undefined)) {
    return 'needs exactly one of `value` and `valueFrom`';
  }
  if (!valueFrom) return undefined;
  const one = (valueFrom.secretKeyRef === undefined) !== (valueFrom.configMapKeyRef === undefined);
  return one ? undefined : 'valueFrom needs exactly one of `secretKeyRef` and `configMapKeyRef`';
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
