import { expect, it } from 'vitest';
import { MemoryWall } from './memory-wall.ts';

it('is what is allowed now', () => {
  const wall = new MemoryWall();
  wall.raise(100);
  expect(wall.isBroken(100, 100)).toBe(false);
  expect(wall.isBroken(101, 100)).toBe(true);
});

it('lets a process give back what was allowed before, and take none of it again', () => {
  const wall = new MemoryWall();
  wall.raise(300);
  expect(wall.isBroken(300, 100)).toBe(false);
  expect(wall.isBroken(200, 100)).toBe(false);
  expect(wall.isBroken(201, 100)).toBe(true);
  expect(wall.isBroken(50, 100)).toBe(false);
  expect(wall.isBroken(101, 100)).toBe(true);
});

it('was never higher than what was allowed', () => {
  const wall = new MemoryWall();
  wall.raise(300);
  expect(wall.isBroken(301, 300)).toBe(true);
  expect(wall.isBroken(301, 100)).toBe(true);
});

it('forgets what was allowed before', () => {
  const wall = new MemoryWall();
  wall.raise(300);
  wall.reset();
  expect(wall.isBroken(101, 100)).toBe(true);
});
