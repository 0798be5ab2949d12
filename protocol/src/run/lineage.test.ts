import { describe, expect, it } from 'vitest';
import { loopEntry, loopValues, othersInLoop } from './lineage.ts';

describe('a CDN-Loop header', () => {
  it.each([
    ['cofferdam; v=abc', ['abc'], []],
    [
      'foo123.foocdn.example, cofferdam; v=abc, AnotherCDN; abc=123',
      ['abc'],
      ['foo123.foocdn.example', 'AnotherCDN; abc=123'],
    ],
    ['Cofferdam;v=a-b_c, cofferdam ; \tv=d', ['a-b_c', 'd'], []],
    ['barcdn.example; trace="abc, def"', [], ['barcdn.example; trace="abc, def"']],
    ['x; a="\\", cofferdam; v=in", y', ['in'], ['x; a="\\", cofferdam; v=in"', 'y']],
    [
      'notcofferdam; v=abc, cofferdam.example; v=abc',
      [],
      ['notcofferdam; v=abc', 'cofferdam.example; v=abc'],
    ],
    ['cofferdam', [], []],
    [' , ,', [], []],
  ])('%j has these values and these entries of others', (header, values, others) => {
    expect(loopValues(header)).toEqual(values);
    expect(othersInLoop(header)).toEqual(others);
  });

  it('has a value wherever quotes are left open before it', () => {
    expect(loopValues(`x; a=", ${loopEntry('abc')}`)).toEqual(['abc']);
  });

  it('is read in time that grows with its length', () => {
    const header = `${'"\\'.repeat(8_000)}${'cofferdam;'.repeat(2_000)}`;
    const before = process.cpuUsage().user;
    othersInLoop(header);
    loopValues(header);
    expect(process.cpuUsage().user - before).toBeLessThan(500_000);
  });
});
