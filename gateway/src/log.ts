/** The service's own log levels, the most talkative last. */
export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Says something to whoever runs this service. Guests' console lines never come here. */
export type Log = (
  level: Exclude<LogLevel, 'silent'>,
  message: string,
  details?: Record<string, unknown>,
) => void;

/** One line of JSON for each message that the level lets through. */
export function lineLog(
  level: LogLevel,
  write: (line: string) => void = (line) => void process.stderr.write(line),
): Log {
  const most = LOG_LEVELS.indexOf(level);
  return (severity, message, details = {}) => {
    if (LOG_LEVELS.indexOf(severity) > most) return;
    const time = new Date().toISOString();
    write(`${JSON.stringify({ time, level: severity, message, ...details })}\n`);
  };
}
