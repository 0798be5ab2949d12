/**
 * What the processes around guest code need: errors, frames, names. Without the schemas, whose
 * library costs a process 12 to 20 MiB.
 */
export * from './error/catalogue.ts';
export * from './error/cofferdam-error.ts';
export * from './process/abortable.ts';
export * from './process/collect-garbage.ts';
export * from './process/settle.ts';
export * from './run/exit-reason.ts';
export * from './run/guest-options.ts';
export * from './runtime/methods.ts';
export * from './runtime/network.ts';
export * from './runtime/port-frames.ts';
export * from './wire/address.ts';
export { encodeCall, LASTING } from './wire/call-payload.ts';
export * from './wire/call.ts';
export * from './wire/channel.ts';
export * from './wire/frame.ts';
export { helloPayload } from './wire/hello.ts';
export * from './wire/json.ts';
export * from './wire/peer-count.ts';
export * from './wire/relay.ts';
export * from './wire/socket-parts.ts';
