import { primordials } from '../../guest/captured.ts';
import type { GuestGroup } from '../../guest/core.ts';
import { defineConstants, defineInterface, list, record } from '../../guest/interface.ts';

const { construct, defineProperty, Error, getOwnPropertyDescriptor, hasOwn } = primordials;
const { setPrototypeOf, stringIndexOf, stringSlice } = primordials;

/** Names that have a code of the time before names. */
const CODES: Record<string, number> = record({
  IndexSizeError: 1,
  HierarchyRequestError: 3,
  WrongDocumentError: 4,
  InvalidCharacterError: 5,
  NoModificationAllowedError: 7,
  NotFoundError: 8,
  NotSupportedError: 9,
  InUseAttributeError: 10,
  InvalidStateError: 11,
  SyntaxError: 12,
  InvalidModificationError: 13,
  NamespaceError: 14,
  InvalidAccessError: 15,
  TypeMismatchError: 17,
  SecurityError: 18,
  NetworkError: 19,
  AbortError: 20,
  URLMismatchError: 21,
  QuotaExceededError: 22,
  TimeoutError: 23,
  InvalidNodeTypeError: 24,
  DataCloneError: 25,
});

const CONSTANTS = record({
  INDEX_SIZE_ERR: 1,
  DOMSTRING_SIZE_ERR: 2,
  HIERARCHY_REQUEST_ERR: 3,
  WRONG_DOCUMENT_ERR: 4,
  INVALID_CHARACTER_ERR: 5,
  NO_DATA_ALLOWED_ERR: 6,
  NO_MODIFICATION_ALLOWED_ERR: 7,
  NOT_FOUND_ERR: 8,
  NOT_SUPPORTED_ERR: 9,
  INUSE_ATTRIBUTE_ERR: 10,
  INVALID_STATE_ERR: 11,
  SYNTAX_ERR: 12,
  INVALID_MODIFICATION_ERR: 13,
  NAMESPACE_ERR: 14,
  INVALID_ACCESS_ERR: 15,
  VALIDATION_ERR: 16,
  TYPE_MISMATCH_ERR: 17,
  SECURITY_ERR: 18,
  NETWORK_ERR: 19,
  ABORT_ERR: 20,
  URL_MISMATCH_ERR: 21,
  QUOTA_EXCEEDED_ERR: 22,
  TIMEOUT_ERR: 23,
  INVALID_NODE_TYPE_ERR: 24,
  DATA_CLONE_ERR: 25,
});

interface Titled {
  name: string;
  message: string;
}

/** What makes a class's fields those of the object that it is given. */
const Given = function (object: object) {
  return object;
} as unknown as new (object: object) => object;

/** The name and message of an error that the engine made, which no guest can write. */
class Title extends Given {
  readonly #title: Titled;

  constructor(error: object, title: Titled) {
    super(error);
    this.#title = title;
  }

  static of(error: object): Titled {
    return (error as Title).#title;
  }
}

/** Its instances are true errors, and the class itself, as Web IDL has it, inherits nothing of `Error`. */
class DOMException {
  constructor(message: unknown = '', options: unknown = 'Error') {
    const text = `${message as string}`;
    const isBag = typeof options === 'object' && options !== null;
    const { name, cause } = isBag ? (options as ErrorBag) : { name: options, cause: undefined };
    const error = construct(Error, NO_ARGUMENTS, new.target) as Error;
    void new Title(error, record({ name: `${(name ?? 'Error') as string}`, message: text }));
    if (isBag && 'cause' in options) {
      defineProperty(error, 'cause', record({ value: cause, writable: true, configurable: true }));
    }
    titleStack(error);
    return error as unknown as DOMException;
  }

  get name(): string {
    return Title.of(this).name;
  }

  get message(): string {
    return Title.of(this).message;
  }

  get code(): number {
    const { name } = Title.of(this);
    return hasOwn(CODES, name) ? CODES[name]! : 0;
  }
}
const NO_ARGUMENTS = list<never>();

/** The engine wrote the stack's first line before the name and message were known. */
function titleStack(error: Error): void {
  const known = getOwnPropertyDescriptor(error, 'stack');
  const stack: unknown = known && (hasOwn(known, 'value') ? known.value : error.stack);
  const text = typeof stack === 'string' ? stack : '';
  const newline = stringIndexOf(text, '\n');
  const { name, message } = Title.of(error);
  const title = message === '' ? name : `${name}: ${message}`;
  const value = title + (newline === -1 ? '' : stringSlice(text, newline));
  defineProperty(error, 'stack', record({ value, writable: true, configurable: true }));
}

interface ErrorBag {
  name?: unknown;
  cause?: unknown;
}

setPrototypeOf(DOMException.prototype, Error.prototype);
defineInterface(DOMException, 'DOMException');
defineConstants(DOMException, CONSTANTS);

export const install: GuestGroup = () => ({ DOMException });
