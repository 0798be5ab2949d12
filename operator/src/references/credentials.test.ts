import { describe, expect, it } from 'vitest';
import type { ScriptNetRule } from '@cofferdam/protocol';
import { issue } from '../../../egress/test/certificates.ts';
import { credentialsOf } from './credentials.ts';
import type { ObjectData, ObjectReference } from './texts.ts';

const authority = await issue('An authority of the test');
const OBJECTS: Record<string, ObjectData | 'unread'> = {
  'Secret/home/ha': {
    token: 'canary-1\n',
    crlf: 'canary-2\r\n',
    split: 'canary\nX-Evil: 1',
    wide: 'canary-é',
    blank: ' \n',
    long: 'canary'.repeat(2_000),
    pair: `${authority.key}\n${authority.cert}`,
  },
  'ConfigMap/home/ca': {
    'ca.crt': `A comment\n${authority.cert}\n${authority.cert}`,
    no: 'canary',
  },
  'Secret/lab/other': { token: 'canary-of-another' },
  'Secret/home/unread': 'unread',
};

function of(...net: Partial<ScriptNetRule>[]) {
  const asked: string[] = [];
  const lookup = ({ kind, namespace, name }: ObjectReference) => {
    asked.push(`${kind}/${namespace}/${name}`);
    return OBJECTS[`${kind}/${namespace}/${name}`];
  };
  const rules = net.map((rule) => ({ host: 'a.test', ...rule }));
  return { asked, found: credentialsOf(rules, { namespace: 'home', lookup }) };
}
const adds = (key: string, name = 'ha', prefix?: string): Partial<ScriptNetRule> => ({
  addHeadersFrom: [
    { name: 'Authorization', secretKeyRef: { name, key }, ...(prefix ? { prefix } : {}) },
  ],
});
const reasonOf = (rule: Partial<ScriptNetRule>) => {
  const { found } = of(rule);
  if (!('obstacle' in found)) return 'none';
  expect(found.obstacle.message).not.toContain('canary');
  return found.obstacle.reason;
};

describe('the credentials of rules', () => {
  it('are values with their prefix and without an end of line, by the place of their rule', () => {
    expect(of({}, adds('token', 'ha', 'Bearer '), {}, adds('crlf')).found).toEqual({
      credentials: [
        { rule: 1, headers: [['Authorization', 'Bearer canary-1']] },
        { rule: 3, headers: [['Authorization', 'canary-2']] },
      ],
    });
  });

  it('are certificates alone, of a ConfigMap or a Secret, and no private key', () => {
    const configMapKeyRef = { name: 'ca', key: 'ca.crt' };
    const secretKeyRef = { name: 'ha', key: 'pair' };
    const cert = authority.cert.trim();
    expect(of({ caFrom: { configMapKeyRef } }, { caFrom: { secretKeyRef } }).found).toEqual({
      credentials: [
        { rule: 0, headers: [], ca: `${cert}\n${cert}` },
        { rule: 1, headers: [], ca: cert },
      ],
    });
  });

  it('are looked for in the script’s own namespace alone', () => {
    const { asked, found } = of(adds('token', 'other'));
    expect(asked).toEqual(['Secret/home/other']);
    expect(found).toMatchObject({ obstacle: { status: 'False', reason: 'SecretNotFound' } });
  });

  it.each([
    ['SecretNotFound', adds('token', 'none')],
    ['SecretKeyNotFound', adds('constructor')],
    ['ResolvingReferences', adds('token', 'unread')],
    ['InvalidHeaderValue', adds('split')],
    ['InvalidHeaderValue', adds('wide')],
    ['InvalidHeaderValue', adds('blank', 'ha', 'Bearer ')],
    ['InvalidHeaderValue', adds('long')],
    ['ConfigMapNotFound', { caFrom: { configMapKeyRef: { name: 'none', key: 'k' } } }],
    ['InvalidAuthority', { caFrom: { configMapKeyRef: { name: 'ca', key: 'no' } } }],
    ['InvalidAuthority', { caFrom: { secretKeyRef: { name: 'ha', key: 'token' } } }],
  ])('have the obstacle %s, which says nothing of a value', (reason, rule) => {
    expect(reasonOf(rule)).toBe(reason);
  });

  it('are bounded in all', () => {
    const rules = Array.from({ length: 64 }, () => ({
      caFrom: { configMapKeyRef: { name: 'ca', key: 'ca.crt' } },
    }));
    expect(of(...rules).found).toMatchObject({ obstacle: { reason: 'ValueTooLarge' } });
  });
});
