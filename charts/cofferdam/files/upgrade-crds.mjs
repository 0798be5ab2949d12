// Brings the cluster's CRDs up to this chart's. Run by a Job before an upgrade, with rights on these CRDs alone.
// It only ever adds: a CRD of the cluster that has more than this chart's is newer, and taking a field away would
// have the API server drop it from the objects that are stored.
import { readFileSync } from 'node:fs';

const [, , crdsFile, accountFolder] = process.argv;
const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
const base = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
const token = readFileSync(`${accountFolder}/token`, 'utf8');

async function ask(method, name, body) {
  const apply = body ? '?fieldManager=cofferdam-crds&force=true' : '';
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}${apply}`;
  const response = await fetch(base + path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/apply-patch+yaml' },
    ...(body ? { body: JSON.stringify(body) } : {}),
    signal: AbortSignal.timeout(30_000),
  });
  if (response.status === 404 && method === 'GET') return undefined;
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${name}: ${response.status} ${text}`);
  return JSON.parse(text);
}

/** Every field and every allowed value of a CRD, as paths. */
function* pathsOf(crd) {
  for (const { name, schema } of crd.spec.versions) {
    yield name;
    yield* pathsOfSchema(schema.openAPIV3Schema, name);
  }
}

function* pathsOfSchema(schema, path) {
  for (const value of schema.enum ?? []) yield `${path}=${JSON.stringify(value)}`;
  for (const [key, child] of Object.entries(schema.properties ?? {})) {
    yield `${path}.${key}`;
    yield* pathsOfSchema(child, `${path}.${key}`);
  }
  for (const key of ['items', 'additionalProperties']) {
    if (schema[key] instanceof Object) yield* pathsOfSchema(schema[key], `${path}[]`);
  }
}

for (const crd of JSON.parse(readFileSync(crdsFile, 'utf8'))) {
  const { name } = crd.metadata;
  const live = await ask('GET', name);
  const ours = new Set(pathsOf(crd));
  const lost = live ? [...pathsOf(live)].find((path) => !ours.has(path)) : undefined;
  if (lost !== undefined) {
    console.log(`${name}: left as it is, because it has ${lost}, which this chart does not know`);
    continue;
  }
  await ask('PATCH', name, crd);
  console.log(`${name}: ${live ? 'brought up to date' : 'created'}`);
}
