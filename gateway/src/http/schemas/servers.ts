import { CONSOLE_LEVELS } from '@cofferdam/protocol';
import { Type } from '@cofferdam/protocol/typebox';
import { titled } from './titled.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });

const InstanceSchema = titled(
  'ServerInstance',
  Type.Object({
    id: Type.Integer({ description: 'Counts from 1 for each server of this gateway.' }),
    state: Type.Enum(['starting', 'ready', 'leaving'], {
      description: '`leaving`: it ends what it has begun.',
    }),
    current: Type.Boolean({ description: 'It runs the script as it is now.' }),
    runnerId: Type.Optional(Type.String()),
    inFlight: count('Requests that it is answering.'),
    sockets: count('WebSockets that are open.'),
    requests: count('Requests that it was given.'),
    startedAt: Type.Number({ description: 'In milliseconds since the epoch.' }),
  }),
);

const LineSchema = titled(
  'ServerLogLine',
  Type.Object({
    time: Type.Number({ description: 'In milliseconds since the epoch.' }),
    instance: Type.Integer(),
    level: Type.Enum([...CONSOLE_LEVELS]),
    message: Type.String(),
    system: Type.Optional(Type.Boolean({ description: 'Said by the gateway, not by the script.' })),
  }),
);

/** What is answered of a server, for OpenAPI alone. */
export const ServerStatusSchema = titled(
  'ServerStatus',
  Type.Object(
    {
      suspended: Type.Boolean(),
      instances: Type.Array(InstanceSchema),
      waiting: count('Requests that wait for an instance.'),
      logs: Type.Array(LineSchema, {
        description: 'The last lines, of all instances, oldest first: 500, 64 Ki characters.',
      }),
    },
    { description: 'The instances of a server of this gateway.' },
  ),
);
