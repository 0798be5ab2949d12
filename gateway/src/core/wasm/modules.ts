/** An export or import of a WebAssembly module. */
export interface WasmItem {
  /** The module an import is from. */
  module?: string;
  name: string;
  kind: string;
}

export interface CompiledModule {
  /** What the caller named it, or its digest. */
  moduleId: string;
  /** SHA-256 of the bytes, in hexadecimal. */
  digest: string;
  size: number;
  exports: WasmItem[];
  imports: WasmItem[];
}

export interface WasmModules {
  /**
   * Checks a module in the tenant's runner and keeps its bytes. `bytes` is the module, `file` a
   * path under the configured root. Throws `INVALID_WASM`, `BODY_TOO_LARGE`, `WASM_FILE_REFUSED`,
   * `UNAVAILABLE`.
   */
  compile(
    tenant: string,
    source: { bytes: Uint8Array } | { file: string },
    options?: { id?: string; signal?: AbortSignal },
  ): Promise<CompiledModule>;
  /** The digest of a module by the tenant's id for it or its digest; throws `WASM_NOT_FOUND`. */
  resolve(tenant: string, moduleId: string): string;
  stats(): { modules: number; bytes: number };
}
