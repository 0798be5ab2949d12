import { CofferdamError } from '@cofferdam/protocol';
import { abortError } from '../host/abort-error.ts';
import { ScriptError } from '../host/script-error.ts';

const THROWN = /^([^\s:]{1,128}): ([^]*)$/;

/** Why a request failed, for whoever gave it. */
export function requestFailure(error: unknown, aborted: AbortSignal | undefined): Error {
  if (aborted) return abortError(aborted, 'the request was aborted');
  const failure = CofferdamError.from(error);
  const { code, message } = failure;
  if (code === 'EXCEPTION') {
    const [, name = 'Error', text = message] = THROWN.exec(message) ?? [];
    return new ScriptError('Exception', { name, message: text });
  }
  if (code !== 'CONNECTION_LOST') return failure;
  return new CofferdamError('RUNTIME_ENDED', `the runtime has ended: ${code}: ${message}`);
}
