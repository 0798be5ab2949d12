import { core, primordials } from '../../../guest/captured.ts';
import { hardened, list, record } from '../../../guest/interface.ts';
import { filePartOf } from './file-part.ts';
import { receivedRequest, sentResponse } from './http.ts';
import { entriesOf } from './module-resolver.ts';
import { convert, copyOf, functionOf, methodsOf, objectOf, type Fields } from './values.ts';

const { apply, hasOwn, objectKeys, Promise, promiseThen, TypeError } = primordials;

const FILE_METHODS = list<string>();
FILE_METHODS[0] = 'readFile';
FILE_METHODS[1] = 'writeFile';
FILE_METHODS[2] = 'unlink';
FILE_METHODS[3] = 'readdir';
FILE_METHODS[4] = 'mkdir';
FILE_METHODS[5] = 'rmdir';
FILE_METHODS[6] = 'stat';
FILE_METHODS[7] = 'rename';
const ON_ENTRY = list<string>();
ON_ENTRY[0] = 'onEntry';
const ON_COMMAND = list<string>();
ON_COMMAND[0] = 'onCommand';
const RESOLVE = list<string>();
RESOLVE[0] = 'resolve';
/** A function that says it takes more is not called with so many. */
const MAX_PARAMETERS = 100;

/** A child's options for the embedder, who checks them: bindings become functions that it can call. */
export function sentOptions(given: unknown): Fields {
  if (given === undefined) return record<Fields>({});
  const options = copyOf(objectOf(given, 'the options'));
  convert(options, 'bindings', sentBindings);
  convert(options, 'webSockets', (value) =>
    methodsOf(objectOf(value, 'webSockets'), ON_COMMAND, 'webSockets'),
  );
  return options;
}

function sentBindings(given: unknown): Fields {
  const bindings = copyOf(objectOf(given, 'bindings'));
  convert(bindings, 'browser', sentBrowser);
  convert(bindings, 'console', (value) =>
    methodsOf(objectOf(value, 'bindings.console'), ON_ENTRY, 'bindings.console'),
  );
  convert(bindings, 'fetch', (value) => sentFetch(functionOf(value, 'bindings.fetch')));
  convert(bindings, 'files', sentFiles);
  convert(bindings, 'modules', sentModules);
  convert(bindings, 'tools', sentTools);
  return bindings;
}

/** The one browser that a guest can pass on is its own. */
function sentBrowser(value: unknown): true {
  const own = core.offers('browser') ? core.use('browser').browser : undefined;
  if (own !== undefined && value === own) return true;
  throw new TypeError('bindings.browser must be the browser that this guest has');
}

function sentFetch(fetch: Function): Function {
  return (head: never, context: { signal?: never }): Promise<Fields> => {
    const request = receivedRequest(head, context.signal);
    const answer = new Promise<unknown>((resolve) =>
      resolve(apply(fetch as never, undefined, [request, context])),
    );
    return promiseThen(hardened(answer), sentResponse as never) as never;
  };
}

function sentFiles(value: unknown): Fields {
  const files = objectOf(value, 'bindings.files');
  const part = filePartOf(files);
  if (part) return record<Fields>({ part });
  return record<Fields>({ methods: methodsOf(files, FILE_METHODS, 'bindings.files') });
}

function sentModules(value: unknown): Fields {
  const resolver = objectOf(value, 'bindings.modules');
  const entries = entriesOf(resolver);
  if (entries) return record<Fields>({ entries });
  return methodsOf(resolver, RESOLVE, 'bindings.modules');
}

function sentTools(value: unknown): Fields {
  const tools = objectOf(value, 'bindings.tools');
  const sent = record<Fields>({});
  const names = objectKeys(tools);
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    sent[name] = sentTool(tools, functionOf(tools[name], `bindings.tools.${name}`));
  }
  return sent;
}

/** Up to the parameter that is the context: a child that gives less does not move it. */
function sentTool(owner: object, tool: Function): Function {
  const length = hasOwn(tool, 'length') ? tool.length : 0;
  const least = typeof length === 'number' && length <= MAX_PARAMETERS ? length - 1 : 0;
  return (...given: unknown[]): unknown => {
    const args = list<unknown>();
    const last = given.length - 1;
    for (let i = 0; i < last; i++) args[i] = given[i];
    while (args.length < least) args[args.length] = undefined;
    args[args.length] = given[last];
    return apply(tool as never, owner, args);
  };
}
