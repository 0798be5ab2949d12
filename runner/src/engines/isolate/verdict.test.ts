import { describe, expect, it } from 'vitest';
import { verdict, type ProcessEnd, type Suspect } from './verdict.ts';

const suspect = (runId: string, more: Partial<Suspect> = {}): Suspect => ({
  runId,
  outside: false,
  recentCpuMs: 0,
  attempts: 1,
  began: true,
  ...more,
});
const crash: ProcessEnd = { reason: 'EngineCrash', killed: false, culpritKnown: false };
const killed: ProcessEnd = { reason: 'Memory', killed: true, culpritKnown: false };
const decide = (suspects: Suspect[], end: ProcessEnd) => Object.fromEntries(verdict(suspects, end));

describe('verdict', () => {
  it('blames a run that was alone', () => {
    expect(decide([suspect('a')], crash)).toEqual({
      a: { kind: 'culprit', reason: 'EngineCrash' },
    });
  });

  it('tries each alone after a crash that says nothing', () => {
    expect(decide([suspect('a', { recentCpuMs: 200 }), suspect('b')], crash)).toEqual({
      a: { kind: 'again', alone: true },
      b: { kind: 'again', alone: true },
    });
  });

  it('never repeats what was heard outside, nor a second time', () => {
    expect(decide([suspect('a', { outside: true }), suspect('b', { attempts: 2 })], crash)).toEqual(
      {
        a: { kind: 'neighbour' },
        b: { kind: 'neighbour' },
      },
    );
  });

  it('blames the one that clearly worked hardest when we ended the process', () => {
    expect(
      decide([suspect('a', { recentCpuMs: 240 }), suspect('b', { recentCpuMs: 10 })], killed),
    ).toEqual({ a: { kind: 'culprit', reason: 'Memory' }, b: { kind: 'again', alone: false } });
  });

  it('blames nobody when two worked alike', () => {
    const both = [suspect('a', { recentCpuMs: 120 }), suspect('b', { recentCpuMs: 110 })];
    expect(decide(both, killed).a).toEqual({ kind: 'again', alone: true });
  });

  it('believes what is known of a run over any figure', () => {
    expect(
      decide([suspect('a', { told: 'WallTime' }), suspect('b', { recentCpuMs: 240 })], killed),
    ).toEqual({ a: { kind: 'culprit', reason: 'WallTime' }, b: { kind: 'again', alone: false } });
  });

  it('makes neighbours of all when the culprit has been answered', () => {
    const end = { ...killed, culpritKnown: true };
    expect(
      decide([suspect('a', { recentCpuMs: 240 }), suspect('b', { outside: true })], end),
    ).toEqual({
      a: { kind: 'again', alone: false },
      b: { kind: 'neighbour' },
    });
  });

  it('says nothing of a run whose process never came up', () => {
    expect(decide([suspect('a', { began: false })], crash)).toEqual({ a: { kind: 'unbegun' } });
    expect(decide([suspect('a', { began: false }), suspect('b')], crash)).toEqual({
      a: { kind: 'unbegun' },
      b: { kind: 'culprit', reason: 'EngineCrash' },
    });
  });

  it('tells everybody that the engine was closed, and repeats nobody', () => {
    const closed: ProcessEnd = { ...killed, reason: 'Cancelled' };
    const all = [suspect('a', { recentCpuMs: 240 }), suspect('b', { began: false })];
    expect(decide(all, closed)).toEqual({
      a: { kind: 'culprit', reason: 'Cancelled' },
      b: { kind: 'culprit', reason: 'Cancelled' },
    });
  });

  it('blames no work for an event loop that hung', () => {
    const hung: ProcessEnd = { ...killed, reason: 'EngineCrash' };
    expect(decide([suspect('a', { recentCpuMs: 240 }), suspect('b')], hung).a).toEqual({
      kind: 'again',
      alone: true,
    });
  });
});
