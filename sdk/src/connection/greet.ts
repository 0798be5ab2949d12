import { CofferdamError } from '@cofferdam/protocol';
import type { Connection } from './connection.ts';

interface Expected {
  /** What the other side says that it is. */
  role: 'daemon' | 'gateway';
  /** Milliseconds until it has to have said so. */
  withinMs: number;
}

/**
 * Waits for the other side's hello. Throws `PROTOCOL_VIOLATION` where it is another than was expected,
 * or speaks another version, and `DEADLINE_EXCEEDED` where it says nothing in time; the connection is
 * ended then.
 */
export async function greet(connection: Connection, { role, withinMs }: Expected): Promise<void> {
  const { channel, description } = connection;
  const release = connection.hold();
  const timer = setTimeout(() => {
    const message = `${description} did not say hello in time`;
    channel.close(new CofferdamError('DEADLINE_EXCEEDED', message));
  }, withinMs);
  try {
    const { about } = await channel.peer;
    if ((Object(about) as { role?: unknown }).role === role) return;
    throw new CofferdamError('PROTOCOL_VIOLATION', `${description} is no ${role}`);
  } catch (error) {
    channel.close(CofferdamError.from(error));
    throw named(error, description);
  } finally {
    clearTimeout(timer);
    release();
  }
}

function named(error: unknown, description: string): unknown {
  const { code, message } = CofferdamError.from(error);
  if (code !== 'PROTOCOL_VIOLATION' || message.includes(description)) return error;
  return new CofferdamError(code, `${description}: ${message}`);
}
