/// <reference path="./blob.d.ts" />

type FormDataEntryValue = File | string;
interface FormData {
  append(name: string, value: string): void;
  append(name: string, value: Blob, fileName?: string): void;
  delete(name: string): void;
  get(name: string): FormDataEntryValue | null;
  getAll(name: string): FormDataEntryValue[];
  has(name: string): boolean;
  set(name: string, value: string): void;
  set(name: string, value: Blob, fileName?: string): void;
  forEach(
    callback: (value: FormDataEntryValue, name: string, form: FormData) => void,
    thisArg?: any,
  ): void;
  entries(): IteratorObject<[string, FormDataEntryValue], undefined>;
  keys(): IteratorObject<string, undefined>;
  values(): IteratorObject<FormDataEntryValue, undefined>;
  [Symbol.iterator](): IteratorObject<[string, FormDataEntryValue], undefined>;
}
declare var FormData: { prototype: FormData; new (): FormData };

interface BodyInits {
  form: FormData;
}
interface Body {
  formData(): Promise<FormData>;
}
