import { expect, it } from 'vitest';
import { HEARTBEAT_MS, Silence } from './silence.ts';

/** A process that was heard just now, and a clock to look at it by. */
function silent() {
  const clock = { ms: 0, cpuMs: 0 };
  const silence = new Silence(() => clock.ms);
  silence.broken(0);
  const look = ({ times = 1, everyMs = HEARTBEAT_MS, workMs = 0 }) => {
    for (let n = 0; n < times; n++) {
      clock.ms += everyMs;
      clock.cpuMs += workMs;
      silence.look(clock.cpuMs);
    }
    return silence.hangs;
  };
  return { silence, look };
}

it('is that of a process that hangs when it has worked for three seconds and said nothing', () => {
  const { look } = silent();
  expect(look({ times: 12, workMs: 200 })).toBe(false);
  expect(look({ times: 1, workMs: 200 })).toBe(true);
});

it('is nothing for fifteen seconds where a process had no time', () => {
  const { look } = silent();
  expect(look({ times: 60, workMs: 5 })).toBe(false);
  expect(look({ times: 1 })).toBe(true);
});

it('counts only as long as somebody listened', () => {
  const { look } = silent();
  expect(look({ everyMs: 60_000, workMs: 60_000 })).toBe(false);
  expect(look({ times: 10, workMs: 200 })).toBe(false);
  expect(look({ times: 1, workMs: 200 })).toBe(true);
});

it('begins anew with each answer, and the work with it', () => {
  const { silence, look } = silent();
  look({ times: 12, workMs: 200 });
  silence.broken();
  expect(look({ times: 13, workMs: 5 })).toBe(false);
  expect(look({ times: 1, workMs: 500 })).toBe(true);
});

it('is none before a process is up', () => {
  const silence = new Silence(() => 1e9);
  silence.look(60_000);
  expect(silence.hangs).toBe(false);
});

it('is judged by itself where nothing is known of the work', () => {
  let ms = 0;
  const silence = new Silence(() => ms);
  silence.broken();
  for (let n = 0; n < 13; n++) {
    ms += HEARTBEAT_MS;
    silence.look(undefined);
  }
  expect(silence.hangs).toBe(true);
});
