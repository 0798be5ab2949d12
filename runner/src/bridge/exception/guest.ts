import { primordials } from '../../guest/captured.ts';
import type { GuestGroup } from '../../guest/core.ts';
import { defineConstants, defineInterface, record } from '../../guest/interface.ts';

const { defineProperty, Error, hasOwn, String, stringIndexOf, stringSlice } = primordials;

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

class DOMException extends Error {
  readonly #name: string;
  readonly #message: string;

  constructor(message: unknown = '', options: unknown = 'Error') {
    super();
    this.#message = `${message as string}`;
    const isBag = typeof options === 'object' && options !== null;
    const { name, cause } = isBag ? (options as ErrorBag) : { name: options, cause: undefined };
    this.#name = `${(name ?? 'Error') as string}`;
    if (isBag && 'cause' in options) {
      defineProperty(this, 'cause', record({ value: cause, writable: true, configurable: true }));
    }
    this.#titleStack();
  }

  override get name(): string {
    return #name in this ? this.#name : 'Error';
  }

  override get message(): string {
    return #message in this ? this.#message : '';
  }

  get code(): number {
    return hasOwn(CODES, this.#name) ? CODES[this.#name]! : 0;
  }

  /** The engine wrote the stack's first line before the name and message were known. */
  #titleStack(): void {
    const stack = String(this.stack ?? '');
    const newline = stringIndexOf(stack, '\n');
    const title = this.#message === '' ? this.#name : `${this.#name}: ${this.#message}`;
    const frames = newline === -1 ? '' : stringSlice(stack, newline);
    const value = title + frames;
    defineProperty(this, 'stack', record({ value, writable: true, configurable: true }));
  }
}

interface ErrorBag {
  name?: unknown;
  cause?: unknown;
}

defineInterface(DOMException, 'DOMException');
defineConstants(DOMException, CONSTANTS);

export const install: GuestGroup = () => ({ DOMException });
