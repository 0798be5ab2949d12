import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectReviewApi, type ReviewApi } from '../src/access/kubernetes/review-api.ts';

interface Asked {
  path: string | undefined;
  authorization: string | undefined;
  body: { spec: { token?: string } };
}

const HUNG = 'a token whose review hangs';
const TOKENS = '/apis/authentication.k8s.io/v1/tokenreviews';
const RIGHTS = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
const CREATE_RUN = { verb: 'create', resource: 'sandboxruns', namespace: 'team-a' } as const;

let folder: string;
let server: Server;
let reviews: ReviewApi;
let asked: Asked[] = [];
let answer: object;
const hung: ServerResponse[] = [];
let onHung = () => {};

beforeAll(async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }]);
  server = createServer({ key, cert }, async (request, response) => {
    const body = (await json(request)) as Asked['body'];
    const { url: path, headers } = request;
    asked.push({ path, authorization: headers.authorization, body });
    if (body.spec.token === HUNG) {
      hung.push(response);
      return onHung();
    }
    response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-reviews-'));
  const path = join(folder, 'kubeconfig');
  await writeFile(path, kubeconfig(`https://127.0.0.1:${(server.address() as AddressInfo).port}`));
  vi.stubEnv('KUBECONFIG', path);
  reviews = await connectReviewApi();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => void (asked = []));

/** As kubectl reads it: JSON is YAML. */
function kubeconfig(url: string): string {
  return JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: { token: 'the gateway' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
}

describe('a review of a token', () => {
  it('tells who has it, as the API server says', async () => {
    const user = { username: 'ann', uid: '7', groups: ['team-a'], extra: { scopes: ['all'] } };
    answer = { status: { authenticated: true, user } };
    expect(await reviews.identify('hers')).toEqual(user);
    expect(asked).toMatchObject([
      {
        path: TOKENS,
        authorization: 'Bearer the gateway',
        body: { kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1' },
      },
    ]);
    expect(asked[0]!.body.spec).toEqual({ token: 'hers' });
  });

  it('is for the audience that was asked for, where the server confirms it', async () => {
    const user = { username: 'ann' };
    answer = { status: { authenticated: true, user, audiences: ['cofferdam'] } };
    expect(await reviews.identify('hers', 'cofferdam')).toEqual(user);
    expect(asked[0]!.body.spec).toEqual({ token: 'hers', audiences: ['cofferdam'] });
    answer = { status: { authenticated: true, user } };
    expect(await reviews.identify('hers', 'cofferdam')).toBeUndefined();
    answer = { status: { authenticated: true, user, audiences: 'not cofferdam' } };
    await expect(reviews.identify('hers', 'cofferdam')).rejects.toMatchObject({
      code: 'PROTOCOL_VIOLATION',
    });
  });

  it.each([{ status: {} }, { status: { authenticated: false, user: { username: 'ann' } } }])(
    'finds nobody in %j',
    async (said) => {
      answer = said;
      expect(await reviews.identify('hers')).toBeUndefined();
    },
  );

  it.each([
    {},
    { status: { authenticated: 'true', user: { username: 'ann' } } },
    { status: { authenticated: true } },
    { status: { authenticated: true, user: { username: '' } } },
    { status: { authenticated: true, user: { groups: ['system:masters'] } } },
  ])('takes no %j for an answer', async (said) => {
    answer = said;
    await expect(reviews.identify('hers')).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
  });

  it('takes no answer without an end', async () => {
    answer = { status: { authenticated: true, user: { username: 'a'.repeat(4 * 1024 * 1024) } } };
    await expect(reviews.identify('hers')).rejects.toMatchObject({ reason: 'TooLarge' });
  });
});

describe('a review of a right', () => {
  it('is asked for in the words that the API server told the user in', async () => {
    const identity = { username: 'ann', groups: ['team-a'], extra: { scopes: ['all'] } };
    answer = { status: { allowed: true } };
    expect(await reviews.permits(identity, CREATE_RUN)).toBe(true);
    expect(await reviews.permits(identity, { verb: 'get', path: '/metrics' })).toBe(true);
    const { groups, extra } = identity;
    const resourceAttributes = { group: 'cofferdam.dev', ...CREATE_RUN };
    const nonResourceAttributes = { verb: 'get', path: '/metrics' };
    expect(asked.map(({ path, body }) => [path, body.spec])).toEqual([
      [RIGHTS, { user: 'ann', groups, extra, resourceAttributes }],
      [RIGHTS, { user: 'ann', groups, extra, nonResourceAttributes }],
    ]);
  });

  it.each([{}, { allowed: false }, { allowed: true, denied: true }])(
    'is no yes where the server says %j',
    async (status) => {
      answer = { status };
      expect(await reviews.permits({ username: 'ann' }, CREATE_RUN)).toBe(false);
    },
  );
});

describe('reviews that hang', () => {
  it('leave the others a connection', async () => {
    const all = Promise.withResolvers<void>();
    onHung = () => void (hung.length === 32 && all.resolve());
    const guesses = Array.from({ length: 32 }, () => reviews.identify(HUNG));
    await all.promise;
    answer = { status: { authenticated: true, user: { username: 'ann' } } };
    expect(await reviews.identify('hers')).toEqual({ username: 'ann' });
    for (const response of hung) response.end(JSON.stringify({ status: {} }));
    expect(new Set(await Promise.all(guesses))).toEqual(new Set([undefined]));
  });
});
