import { core, primordials } from '../../guest/captured.ts';
import type { GuestGroup } from '../../guest/core.ts';
import { decodeBase64, decodeForgiving, encodeBase64 } from './guest/base64.ts';
import { bytesOf, isBufferSource } from './guest/source.ts';
import { decodePart, settingsOf, TextDecoder, TextEncoder } from './guest/text-coder.ts';
import {
  decodeUtf8,
  encodeUtf8,
  ownBuffer,
  TextBuilder,
  utf8Size,
  writeUtf8,
} from './guest/utf8.ts';

const { charCodeAt, TypeError, Uint8Array } = primordials;

const internals = {
  bytesOf,
  decodeBase64,
  decodePart,
  decodeUtf8,
  encodeBase64,
  encodeUtf8,
  isBufferSource,
  ownBuffer,
  settingsOf,
  TextBuilder,
  utf8Size,
  writeUtf8,
};

/** What other groups use of this one, beside its globals. */
export type EncodingGroup = typeof internals & {
  TextDecoder: typeof TextDecoder;
  TextEncoder: typeof TextEncoder;
};

function invalidCharacter(message: string): never {
  const { DOMException } = core.use('exception');
  throw new DOMException(message, 'InvalidCharacterError');
}

const functions = {
  btoa(data: unknown): string {
    if (arguments.length === 0) throw new TypeError('btoa needs a text');
    const text = `${data as string}`;
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) {
      const code = charCodeAt(text, i);
      if (code > 255) invalidCharacter('The text has characters beyond Latin-1');
      bytes[i] = code;
    }
    return encodeBase64(bytes);
  },
  atob(data: unknown): string {
    if (arguments.length === 0) throw new TypeError('atob needs a text');
    return decodeForgiving(`${data as string}`) ?? invalidCharacter('The text is not base64');
  },
};

export const install: GuestGroup = () => ({
  ...internals,
  TextDecoder,
  TextEncoder,
  btoa: functions.btoa,
  atob: functions.atob,
});
