// `helm test`: a script goes through the gateway's Service into a runner, and its answer comes back.
import { readFileSync } from 'node:fs';

const { GATEWAY_URL: url, NAMESPACE: namespace, TOKEN_FILE: tokenFile } = process.env;
const token = readFileSync(tokenFile, 'utf8').trim();
const numbers = Array.from({ length: 8 }, () => Math.floor(Math.random() * 1000));

const response = await fetch(`${url}/execute`, {
  method: 'POST',
  headers: {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'x-cofferdam-namespace': namespace,
  },
  body: JSON.stringify({
    code: 'return input.reduce((sum, number) => sum + number, 0);',
    input: numbers,
    timeout: 30_000,
  }),
  signal: AbortSignal.timeout(120_000),
});
const answer = await response.text();
console.log(`${response.status} ${answer}`);
const expected = numbers.reduce((sum, number) => sum + number, 0);
if (!response.ok || JSON.parse(answer).result !== expected) {
  console.error(`expected the result ${expected}`);
  process.exit(1);
}
console.log(`${numbers.join(' + ')} = ${expected}, as it should be`);
