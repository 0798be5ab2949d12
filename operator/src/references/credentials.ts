import {
  headerValueProblem,
  MAX_CREDENTIALS_BYTES,
  type AddedHeader,
  type CaFrom,
  type RuleCredentials,
  type ScriptNetRule,
} from '@cofferdam/protocol';
import { readAuthorities } from '@cofferdam/protocol/authorities';
import { no, textOf, textOfEither, type Obstacle, type TextContext } from './texts.ts';

/** What `addHeadersFrom` and `caFrom` of a script's rules lead to, with nothing of it in any message. */
export function credentialsOf(
  net: readonly ScriptNetRule[],
  context: TextContext,
): { credentials: RuleCredentials[] } | Obstacle {
  const credentials: RuleCredentials[] = [];
  for (const [rule, { addHeadersFrom = [], caFrom }] of net.entries()) {
    if (addHeadersFrom.length === 0 && !caFrom) continue;
    const headers = headersOf(addHeadersFrom, context);
    if ('obstacle' in headers) return headers;
    const ca = authoritiesOf(caFrom, context);
    if ('obstacle' in ca) return ca;
    credentials.push({ rule, ...headers, ...ca });
  }
  if (Buffer.byteLength(JSON.stringify(credentials)) <= MAX_CREDENTIALS_BYTES)
    return { credentials };
  const message = `what permissions.net adds and trusts is more than ${MAX_CREDENTIALS_BYTES} bytes`;
  return no('ValueTooLarge', message);
}

function headersOf(
  added: readonly AddedHeader[],
  context: TextContext,
): Pick<RuleCredentials, 'headers'> | Obstacle {
  const headers: RuleCredentials['headers'] = [];
  for (const { name, prefix = '', secretKeyRef } of added) {
    const found = textOf('Secret', secretKeyRef, context);
    if ('obstacle' in found) return found;
    // Whoever keeps a token in a file has an end of line after it.
    const value = prefix + found.text.replace(/\r?\n$/, '');
    const problem = found.text.trim() === '' ? 'is empty' : headerValueProblem(value);
    if (problem !== undefined)
      return no('InvalidHeaderValue', `${described(secretKeyRef)} ${problem}`);
    headers.push([name, value]);
  }
  return { headers };
}

function authoritiesOf(
  caFrom: CaFrom | undefined,
  context: TextContext,
): Pick<RuleCredentials, 'ca'> | Obstacle {
  const found = textOfEither(caFrom ?? {}, context);
  if ('obstacle' in found) return found;
  if (found.text === undefined) return {};
  const ca = readAuthorities(found.text);
  if (ca !== undefined) return { ca };
  const { secretKeyRef, configMapKeyRef } = caFrom!;
  const where = described(
    (secretKeyRef ?? configMapKeyRef)!,
    secretKeyRef ? 'Secret' : 'ConfigMap',
  );
  return no('InvalidAuthority', `${where} holds no certificates in PEM, or more than 16`);
}

function described({ name, key }: { name: string; key: string }, kind = 'Secret'): string {
  return `the key ${key} of the ${kind} ${name}`;
}
