import { core, primordials } from '../../guest/captured.ts';
import type { GuestGroup } from '../../guest/core.ts';
import { record } from '../../guest/interface.ts';
import type { FilesGroup } from '../files/guest.ts';
import type { UrlGroup } from '../url/guest.ts';
import { entriesOf, FormData, formOf } from './guest/form-data.ts';
import { encodeMultipart } from './guest/multipart-encoder.ts';
import { parseMultipart } from './guest/multipart-parser.ts';

const { TypeError } = primordials;
const { parameterOf, parseMime } = core.use<FilesGroup>('files');
const { parseForm } = core.use<UrlGroup>('url');
const { decodeUtf8 } = core.use('encoding') as { decodeUtf8(bytes: Uint8Array): string };

/** The body of a request or response that is made of a form. */
function encodeForm(value: unknown): { bytes: Uint8Array; type: string } | undefined {
  const entries = entriesOf(value);
  if (!entries) return undefined;
  const { bytes, boundary } = encodeMultipart(entries);
  return record({ bytes, type: `multipart/form-data; boundary=${boundary}` });
}

/** The form that a body of this content type is. */
function parseFormBody(bytes: Uint8Array, contentType: string): FormData {
  const type = parseMime(contentType);
  if (type?.essence === 'multipart/form-data') {
    return formOf(parseMultipart(bytes, parameterOf(type, 'boundary') ?? ''));
  }
  if (type?.essence === 'application/x-www-form-urlencoded') {
    return formOf(parseForm(decodeUtf8(bytes)));
  }
  throw new TypeError('The content type is none of a form');
}

/** What other groups use of this one, beside its global. */
export interface FormGroup {
  encodeForm: typeof encodeForm;
  isForm(value: unknown): boolean;
  parseFormBody: typeof parseFormBody;
}

export const install: GuestGroup = () => ({
  encodeForm,
  FormData,
  isForm: (value: unknown) => entriesOf(value) !== undefined,
  parseFormBody,
});
