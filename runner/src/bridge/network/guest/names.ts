/** What a worker and its host post to each other on the port, as `NETWORK` of the protocol has it. */
export const MESSAGE = 'network';
export const FAILURE = 'network.error';
export const SYNC = 'network.sync';
/** The tool that answers requests, as a call's target. */
export const REQUEST = '{"t":"network.request"}';
/** UTF-16 units of an event's or a method's name. */
export const MAX_NAME = 1024;
