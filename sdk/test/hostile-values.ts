export const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
export const trap = (): never => {
  throw new Error('a trap');
};
export const hostile = () =>
  new Proxy({}, { get: trap, getPrototypeOf: trap, ownKeys: trap, has: trap });

/** Runs work in the guest and answers how it failed. */
export const failureOf = (work: string) => `
  let failure = 'none';
  try { ${work} } catch (error) {
    failure = { name: String(error.name), message: String(error.message), isError: error instanceof Error, stack: String(error.stack) };
  }
  export default failure;`;

export interface Failure {
  name: string;
  message: string;
  isError: boolean;
  stack: string;
}
