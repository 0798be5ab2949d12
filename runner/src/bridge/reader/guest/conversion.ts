import { core, primordials } from '../../../guest/captured.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';
import type { FilesGroup } from '../../files/guest.ts';

const { apply, typedBuffer, typedLength, typedSet, Uint8Array } = primordials;
const { encodeBase64, TextBuilder, TextDecoder } = core.use<EncodingGroup>('encoding');
const { parameterOf, parseMime } = core.use<FilesGroup>('files');
const { decode } = TextDecoder.prototype;

export type Form = 'buffer' | 'binary' | 'text' | 'url';

interface Source {
  bytes: Uint8Array;
  type: string;
  form: Form;
  encoding: string | undefined;
}

/** What a reader's result is of a blob's bytes. */
export function convert({ bytes, type, form, encoding }: Source): string | ArrayBuffer {
  if (form === 'binary') return binaryText(bytes);
  if (form === 'text') return decodedText(copyOf(bytes), encoding, type);
  if (form === 'buffer') return typedBuffer(copyOf(bytes)) as ArrayBuffer;
  return `data:${type === '' ? 'application/octet-stream' : type};base64,${encodeBase64(bytes)}`;
}

function binaryText(bytes: Uint8Array): string {
  const builder = new TextBuilder();
  const size = typedLength(bytes);
  for (let i = 0; i < size; i++) builder.unit(bytes[i]!);
  return builder.take();
}

/** A byte order mark says it first, then the caller, then the blob's type. */
function decodedText(bytes: Uint8Array, label: string | undefined, type: string): string {
  const mime = type === '' ? undefined : parseMime(type);
  const charset = mime && parameterOf(mime, 'charset');
  const decoder =
    decoderOf(marked(bytes)) ?? decoderOf(label) ?? decoderOf(charset) ?? new TextDecoder();
  return apply(decode, decoder, [bytes]) as string;
}

function decoderOf(label: string | undefined): InstanceType<typeof TextDecoder> | undefined {
  if (label === undefined) return undefined;
  try {
    return new TextDecoder(label);
  } catch {
    return undefined;
  }
}

function marked(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 'utf-8' : undefined;
}

function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(typedLength(bytes));
  typedSet(copy, bytes);
  return copy;
}
