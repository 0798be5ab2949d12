/**
 * One attempt to leave the isolate: a name and the body of an async function that returns whatever
 * it got hold of. The detector then walks all of it.
 */
export type Attempt = readonly [name: string, body: string];
