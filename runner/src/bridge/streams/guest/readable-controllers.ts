import { primordials } from '../../../guest/captured.ts';
import { defineInterface } from '../../../guest/interface.ts';
import { wholeNumber } from './dictionary.ts';
import type { ByobPlace, ByteController } from './readable-bytes.ts';
import { refuseUnless, type DefaultController } from './readable-default.ts';
import { isDetached, viewParts } from './views.ts';

const { bufferByteLength, TypeError } = primordials;

export const KEY = {};

export class ReadableStreamDefaultController {
  readonly #controller: DefaultController;

  constructor(key: unknown, controller: DefaultController) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
    this.#controller = controller;
  }
  get desiredSize(): number | null {
    return this.#controller.desiredSize;
  }
  close(): void {
    refuseUnless(this.#controller.canTake);
    this.#controller.close();
  }
  enqueue(chunk: unknown = undefined): void {
    refuseUnless(this.#controller.canTake);
    this.#controller.enqueue(chunk);
  }
  error(reason: unknown = undefined): void {
    this.#controller.error(reason);
  }
}

export class ReadableStreamBYOBRequest {
  readonly #place: ByobPlace;

  constructor(key: unknown, place: ByobPlace) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
    this.#place = place;
  }
  get view(): Uint8Array | null {
    return this.#place.view;
  }
  respond(bytesWritten: unknown): void {
    const { controller, view } = this.#place;
    if (arguments.length === 0) throw new TypeError('bytesWritten is required');
    const written = wholeNumber(bytesWritten, 'bytesWritten');
    if (!controller) throw new TypeError('The request was answered already');
    if (isDetached(viewParts(view).buffer)) throw new TypeError('The buffer is detached');
    controller.respond(written);
  }
  respondWithNewView(view: unknown): void {
    const { controller } = this.#place;
    const parts = viewParts(view);
    if (!controller) throw new TypeError('The request was answered already');
    if (isDetached(parts.buffer)) throw new TypeError('The buffer is detached');
    controller.respondWithView(parts);
  }
}

export class ReadableByteStreamController {
  readonly #controller: ByteController;

  constructor(key: unknown, controller: ByteController) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
    this.#controller = controller;
  }
  get byobRequest(): ReadableStreamBYOBRequest | null {
    const { place } = this.#controller;
    if (!place) return null;
    place.shell ??= new ReadableStreamBYOBRequest(KEY, place);
    return place.shell as ReadableStreamBYOBRequest;
  }
  get desiredSize(): number | null {
    return this.#controller.desiredSize;
  }
  close(): void {
    refuseUnless(this.#controller.canTake);
    this.#controller.close();
  }
  enqueue(chunk: unknown): void {
    const parts = viewParts(chunk);
    if (parts.length === 0) throw new TypeError('The chunk is empty');
    if (bufferByteLength(parts.buffer) === 0) throw new TypeError('The buffer is empty');
    refuseUnless(this.#controller.canTake);
    this.#controller.enqueue(parts);
  }
  error(reason: unknown = undefined): void {
    this.#controller.error(reason);
  }
}

defineInterface(ReadableStreamDefaultController, 'ReadableStreamDefaultController', 0);
defineInterface(ReadableStreamBYOBRequest, 'ReadableStreamBYOBRequest', 0);
defineInterface(ReadableByteStreamController, 'ReadableByteStreamController', 0);
