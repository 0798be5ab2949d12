import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { AccessConfigSchema, accessSettings } from '../gateway/src/access/config.ts';
import { GatewayConfigSchema, variableOf, type Setting } from '../gateway/src/config.ts';
import {
  ClusterGatewayConfigSchema,
  clusterGatewaySettings,
} from '../gateway/src/control/config.ts';
import { OperatorConfigSchema, operatorSettings } from '../operator/src/cluster/config.ts';
import { ERROR_CATALOGUE, type ErrorEntry } from '../protocol/src/error/catalogue.ts';
import { LIMIT_BOUNDS, LIMIT_NAMES } from '../protocol/src/run/limits.ts';

/**
 * Writes docs/configuration.md from the gateway's settings and docs/errors.md from the error
 * catalogue. `--check` fails when they are not current.
 */
const NOTE =
  '<!-- Written by scripts/generate-docs.ts. Change what it reads, then `npm run generate`. -->';

interface Page {
  file: string;
  text: string;
}

function table(head: string[], rows: string[][]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

interface JsonSchema {
  description?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  enum?: unknown[];
}

function allowed(schema: JsonSchema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  return schema.maximum === undefined ? 'text' : `${schema.minimum} to ${schema.maximum}`;
}

function settings(properties: object, variableFor: (name: string) => string): string {
  const rows = Object.entries(properties as Record<string, JsonSchema>).map(([name, schema]) => {
    const { description = '', default: fallback } = schema;
    const shown = fallback === undefined ? '' : `\`${fallback}\``;
    return [`\`${variableFor(name)}\``, shown, allowed(schema), description];
  });
  return table(['variable', 'default', 'allowed', 'meaning'], rows);
}

function configuration(): Page {
  const limits = LIMIT_NAMES.map((name) => {
    const { default: fallback, minimum, maximum } = LIMIT_BOUNDS[name];
    return [`\`${name}\``, String(fallback), String(minimum), String(maximum)];
  });
  const text = [
    '# Configuration',
    NOTE,
    'The service reads these variables of its environment once, when it starts. A wrong value, or a name that begins with `ISOLATE_` and is not listed here, is an error. An empty variable counts as one that is not set.',
    settings(GatewayConfigSchema.properties, (name) => variableOf(name as Setting)),
    '## Who may call',
    'Beside the holder of `ISOLATE_AUTH_TOKEN`; [access.md](access.md) says who may do what.',
    settings(AccessConfigSchema.properties, (name) => accessSettings.variableOf(name)),
    '## The gateway in a cluster',
    'Read by `cofferdam serve gateway` and `cofferdam serve single`; the chart sets them.',
    settings(ClusterGatewayConfigSchema.properties, (name) =>
      clusterGatewaySettings.variableOf(name),
    ),
    '## The operator',
    'Read by `cofferdam serve operator` and `cofferdam serve single`; the chart sets them.',
    settings(OperatorConfigSchema.properties, (name) => operatorSettings.variableOf(name)),
    '## Telemetry',
    'Traces and logs of runs are exported by OTLP when `OTEL_EXPORTER_OTLP_ENDPOINT` is set; the other `OTEL_` variables mean what OpenTelemetry says.',
    '## Limits of a run',
    'What a request or a script asks for is held between the minimum and the ceiling, which no setting raises. Over HTTP `wallTimeMs` is the `timeout`, at most 30,000, and `cpuTimeMs` is the same unless it is given.',
    table(['limit', 'default', 'minimum', 'ceiling'], limits),
  ];
  return { file: 'docs/configuration.md', text: text.join('\n\n') };
}

function errors(): Page {
  const rows = Object.entries(ERROR_CATALOGUE as Record<string, ErrorEntry>).map(
    ([code, { status, blame, retry, meaning, action }]) => [
      `\`${code}\``,
      String(status),
      blame,
      retry ? 'yes' : 'no',
      meaning,
      action,
    ],
  );
  const text = [
    '# Errors',
    NOTE,
    'Every refusal is `{ success: false, error: { type, name, message, code, blame, retry, action }, requestId }`. A run that failed has the same `error`, with the exit reason as its `type` and the guest’s own name and message. Codes are never renamed.',
    '`blame` says whose fault it is: the caller who sent something wrong, the script, a policy of this instance, or the system. `retry` says whether the same request may be sent again unchanged.',
    table(['code', 'status', 'blame', 'retry', 'meaning', 'what to do'], rows),
  ];
  return { file: 'docs/errors.md', text: text.join('\n\n') };
}

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const stale: string[] = [];
for (const { file, text } of [configuration(), errors()]) {
  const path = new URL(`../${file}`, import.meta.url);
  const current = await readFile(path, 'utf8').catch(() => undefined);
  const formatted = await format(text, { ...(await resolveConfig(path)), parser: 'markdown' });
  if (current === formatted) continue;
  stale.push(file);
  if (!values.check) await writeFile(path, formatted);
}
if (values.check && stale.length > 0) {
  console.error(`not current: ${stale.join(', ')}; run: node scripts/generate-docs.ts`);
  process.exitCode = 1;
} else {
  console.log(stale.length > 0 ? `wrote ${stale.join(', ')}` : 'the generated pages are current');
}
