import { core, primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';
import type { CryptoGroup } from '../../crypto/guest.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';
import type { FilesGroup } from '../../files/guest.ts';
import type { Entry } from './form-data.ts';

const { charCodeAt, numberToString, padStart, stringSlice, typedLength, typedSet } = primordials;
const { Uint8Array } = primordials;
const { encodeUtf8 } = core.use<EncodingGroup>('encoding');
const { bytesOfBlob, nameOfFile, replaceEndings, typeOfBlob } = core.use<FilesGroup>('files');

const ESCAPES: Record<number, string> = record({ 0x0a: '%0A', 0x0d: '%0D', 0x22: '%22' });

/** Random enough that no content can hold it by design: a part cannot pretend to be two. */
function newBoundary(): string {
  const bytes = core.use<CryptoGroup>('crypto').randomBytes(16);
  let text = '----formdata-';
  for (let i = 0; i < 16; i++) text += padStart(numberToString(bytes[i]!, 16), 2, '0');
  return text;
}

export function encodeMultipart(entries: readonly Entry[]): {
  bytes: Uint8Array;
  boundary: string;
} {
  const boundary = newBoundary();
  const pieces = list<Uint8Array>();
  for (let i = 0; i < entries.length; i++) {
    const name = entries[i]![0];
    const value = entries[i]![1];
    const field = escaped(replaceEndings(name, '\r\n'));
    const start = `--${boundary}\r\nContent-Disposition: form-data; name="${field}"`;
    if (typeof value === 'string') {
      add(pieces, encodeUtf8(`${start}\r\n\r\n${replaceEndings(value, '\r\n')}\r\n`));
      continue;
    }
    const type = typeOfBlob(value) || 'application/octet-stream';
    const file = `; filename="${escaped(nameOfFile(value))}"\r\nContent-Type: ${type}\r\n\r\n`;
    add(pieces, encodeUtf8(start + file));
    add(pieces, bytesOfBlob(value)!);
    add(pieces, encodeUtf8('\r\n'));
  }
  add(pieces, encodeUtf8(`--${boundary}--\r\n`));
  return record({ bytes: joined(pieces), boundary });
}

function add(pieces: Uint8Array[], piece: Uint8Array): void {
  pieces[pieces.length] = piece;
}

/** What would end a quoted name or its header line. */
function escaped(name: string): string {
  let text = '';
  let from = 0;
  for (let i = 0; i < name.length; i++) {
    const escape = ESCAPES[charCodeAt(name, i)];
    if (escape === undefined) continue;
    text += stringSlice(name, from, i) + escape;
    from = i + 1;
  }
  return text + stringSlice(name, from);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (let i = 0; i < pieces.length; i++) size += typedLength(pieces[i]);
  const bytes = new Uint8Array(size);
  for (let i = 0, at = 0; i < pieces.length; i++) {
    typedSet(bytes, pieces[i]!, at);
    at += typedLength(pieces[i]);
  }
  return bytes;
}
