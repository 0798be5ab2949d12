import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';

export interface OperatorFigures {
  leading: boolean;
  gateways: number;
  /** By what their Ready condition says. */
  scripts: Record<string, number>;
}

export interface HealthServer {
  close(): Promise<void>;
}

/** Answers /livez, /readyz and /metrics, which say nothing of tenants. */
export async function startHealthServer(
  port: number,
  figures: () => OperatorFigures,
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    // A standby that waits for the lease is as well as one that works.
    if (path === '/livez' || path === '/readyz') return end(response, 200, 'ok\n');
    if (path === '/metrics') return end(response, 200, metricsText(figures()));
    return end(response, 404, 'not found\n');
  });
  server.requestTimeout = 5_000;
  server.maxConnections = 64;
  server.listen(port);
  await once(server, 'listening');
  return {
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
  response.end(text);
}

function metricsText({ leading, gateways, scripts }: OperatorFigures): string {
  const lines = [
    '# HELP cofferdam_operator_leading Whether this operator is the one that works.',
    '# TYPE cofferdam_operator_leading gauge',
    `cofferdam_operator_leading ${leading ? 1 : 0}`,
    '# HELP cofferdam_operator_gateways Gateways that it is connected to.',
    '# TYPE cofferdam_operator_gateways gauge',
    `cofferdam_operator_gateways ${gateways}`,
    '# HELP cofferdam_operator_scripts SandboxScripts by their Ready condition.',
    '# TYPE cofferdam_operator_scripts gauge',
    ...Object.entries(scripts).map(
      ([ready, count]) => `cofferdam_operator_scripts{ready="${ready}"} ${count}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}
