/** What a worker and its host say to each other on the runtime's port. Data is JSON text. */
export const NETWORK = {
  /** Both ways: `[event, data?]`. */
  message: 'network',
  /** Worker → host: an error that nobody in it caught, `[name, message]`. */
  error: 'network.error',
  /** Host → worker: a number, which comes back as `[number, whether timers wait]` after what was sent before. */
  sync: 'network.sync',
  /** The tool that answers `[method, data?]` with data. */
  request: 'network.request',
} as const;

/** UTF-16 units of an event's or a method's name. */
export const MAX_NETWORK_NAME = 1_024;
