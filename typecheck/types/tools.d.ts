/**
 * A tool is a global of the name that the host gave it, which only the host knows: declare it, with
 * these types or as a function, in a library's types.
 */
type Tool<Args extends any[] = any[], Result = any> = (...args: Args) => Promise<Result>;
type ToolIterator<Args extends any[] = any[], Item = any, Result = void> = (
  ...args: Args
) => AsyncIterableIterator<Item, Result, undefined>;
