import { describe, expect, it } from 'vitest';
import { runGuest, valueOf } from '../../../test/isolate-harness.ts';

const decode = (label: string, bytes: number[], options = '{}') =>
  valueOf(`return new TextDecoder('${label}', ${options}).decode(new Uint8Array([${bytes}]))`);

describe('the encodings of old', () => {
  it.each([
    ['windows-1251', [0xcf, 0xf0, 0xe8], 'При'],
    ['iso-8859-16', [0xa4, 0xaa], '€Ș'],
    ['koi8-r', [0xd7, 0xc5], 'ве'],
    ['shift_jis', [0x93, 0xfa, 0xb1, 0xf0, 0x40], '日ｱ\ue000'],
    ['euc-jp', [0xc6, 0xfc, 0x8e, 0xb1, 0x8f, 0xb0, 0xa1], '日ｱ丂'],
    ['iso-2022-jp', [0x1b, 0x24, 0x42, 0x46, 0x7c, 0x1b, 0x28, 0x42, 0x41], '日A'],
    ['gbk', [0xc8, 0xd5, 0x80], '日€'],
    ['gb18030', [0x81, 0x30, 0x81, 0x30, 0x90, 0x30, 0x81, 0x30], '\u0080\u{10000}'],
    ['big5', [0xa4, 0xe9, 0x88, 0x62], '日Ê̄'],
    ['euc-kr', [0xc0, 0xcf], '일'],
    ['x-user-defined', [0x41, 0x80], 'A\uf780'],
  ])('%s', async (label, bytes, text) => {
    expect(await decode(label, bytes)).toBe(text);
  });

  it('reads a byte again that goes with no lead byte, and refuses it when told to', async () => {
    expect(await decode('big5', [0x81, 0x41])).toBe('\ufffdA');
    expect(await decode('gb18030', [0x81, 0x30, 0x81, 0x41])).toBe('\ufffd0丄');
    expect(await decode('iso-2022-jp', [0x1b, 0x24, 0x41])).toBe('\ufffd$A');
    const failed = await runGuest(
      `return new TextDecoder('euc-kr', { fatal: true }).decode(new Uint8Array([0x81, 0x20]))`,
    );
    expect(failed.error.name).toBe('TypeError');
  });

  it('goes on in the middle of a character', async () => {
    const code = `const d = new TextDecoder('shift_jis'); let text = '';
      for (const byte of [0x93, 0xfa, 0x96, 0x7b]) text += d.decode(new Uint8Array([byte]), { stream: true });
      return text + d.decode()`;
    expect(await valueOf(code)).toBe('日本');
  });

  it('knows every label in any case, and no other', async () => {
    const code = `const names = [' Latin2 ', 'CP1251', 'x-sjis', 'ISO-8859-8-I'].map((l) => new TextDecoder(l).encoding);
      const refused = ['replacement', 'hz-gb-2312', 'utf-7', '\\u212aoi8-r', 'x'.repeat(1e6), ''].map((l) => {
        try { new TextDecoder(l); return 'made' } catch (e) { return e.name } });
      return [names, [...new Set(refused)]]`;
    expect(await valueOf(code)).toEqual([
      ['iso-8859-2', 'windows-1251', 'shift_jis', 'iso-8859-8-i'],
      ['RangeError'],
    ]);
  });

  it('brings its tables in pieces of what one call may carry, and counts none of them', async () => {
    const result = await runGuest(
      `return new TextDecoder('big5').decode(new Uint8Array([0xa4, 0xe9]))`,
      { limits: { bridgePayloadBytes: 1024, bridgeCalls: 0 } },
    );
    expect(result).toMatchObject({ value: '日', breach: undefined, calls: 0 });
  });

  it('decodes past what a guest did to the intrinsics', async () => {
    const code = `const bytes = new Uint8Array([0x93, 0xfa]); let n = 0;
      Object.defineProperty(Object.prototype, 'shift_jis', { get() { n++ } });
      Object.defineProperty(Object.prototype, '0', { set() { n++ }, configurable: true });
      String.prototype.toLowerCase = Map.prototype.get = () => { n++ };
      const text = new TextDecoder('Shift_JIS').decode(bytes);
      delete Object.prototype[0]; return [text, n]`;
    expect(await valueOf(code)).toEqual(['日', 0]);
  });
});

it('asks of a TextEncoder’s methods that they are called on one', async () => {
  const code = `return [() => TextEncoder.prototype.encoding, () => TextEncoder.prototype.encode.call({}, 'a')]
    .map((call) => { try { call(); return 'done' } catch (e) { return e.name } })`;
  expect(await valueOf(code)).toEqual(['TypeError', 'TypeError']);
});
