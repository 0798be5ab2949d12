import { atLeast, atMost, type Target } from '../targets.ts';
import type { SdkFigures } from './bench.ts';
import type { Bodies } from './bodies.ts';
import type { DaemonStart } from './daemon-start.ts';
import type { Prefixes } from './prefixes.ts';
import type { ToolCalls } from './tool-calls.ts';

/** The promises of docs/benchmarks.md, each against the reference of the same run. */
export function judgeSdk({ toolCalls, bodies, prefixes, daemonStart }: SdkFigures): Target[] {
  return [
    ...(toolCalls ? callTargets(toolCalls) : []),
    ...(bodies ? bodyTargets(bodies) : []),
    ...(prefixes ? prefixTargets(prefixes) : []),
    ...(daemonStart ? startTargets(daemonStart) : []),
  ];
}

function callTargets({ call, bareCall, batch }: ToolCalls): Target[] {
  return [
    atMost('a tool’s call against isolated-vm’s in process, p50', call.p50 / bareCall.p50, 6),
    atMost('1,000 calls at once against one, p50', batch.p50 / call.p50, 150),
  ];
}

function bodyTargets({ down, up, copy }: Bodies): Target[] {
  return [
    atLeast('10 MB down: rate against an in-process copy’s', copy.p50 / down.p50, 0.25),
    atLeast('10 MB up: rate against an in-process copy’s', copy.p50 / up.p50, 0.25),
  ];
}

function prefixTargets({ empty, library, unprepared, bare }: Prefixes): Target[] {
  return [
    atMost(
      'a run behind 1 MB of library against an empty prefix, p50',
      library.p50 / empty.p50,
      1.2,
    ),
    atMost('with no spare: against evaluating it in process, p50', unprepared.p50 / bare.p50, 1.1),
  ];
}

function startTargets({ firstResult, node }: DaemonStart): Target[] {
  return [atMost('daemon start to first result against node -e', firstResult.p50 / node.p50, 3)];
}
