import type { Category } from '../attempt.ts';

/** Tier 2: code that is made, transformed or loaded. */
export const SOURCES: Category = {
  category: 'source transforms and imports',
  attempts: {
    'eval of what closes a wrapper': `
      const got = []; for (const text of ['})(); process; (function () {', '}\\n)\\n//# sourceURL=x', '*/ process /*', '</script><script>process', 'return process', '#!/usr/bin/env node\\nprocess']) for (const run of [eval, (0, eval), (code) => Function(code)()]) try { got.push(run(text)) } catch (error) { got.push(error) }
      return got`,
    'names of wrappers and loaders in scope': `
      const got = []; for (const name of ['process', 'require', 'module', 'exports', '__filename', '__dirname', '__vite_ssr_import__', '__vite_ssr_exports__', '__vite_ssr_dynamic_import__', '__vite_ssr_import_meta__', '$core', '$boot', 'hooks', 'core', 'primordials', 'ivm', 'isolate', 'context', 'jail', '_ivm', 'global', 'root', 'importLater', 'evidence$', 'serve', 'browser', 'host']) try { got.push(name, eval('typeof ' + name + ' === "undefined" ? 0 : ' + name)) } catch (error) { got.push(error) }
      return got`,
    'names behind escapes': `
      return ['\\\\u0070rocess', 'proc\\\\u0065ss', '\\\\u{72}equire', '_\\\\u005fvite_ssr_import__', 'g\\\\u006cobal'].map((name) => { try { return eval(name) } catch (error) { return error } })`,
    'a direct eval that declares over the wrapper': `
      const got = []; for (const text of ['var input = console; input', 'var arguments = console', 'function evidence2() {} evidence2', 'var undefined = 1', 'let got = 1; got']) try { got.push(eval(text)) } catch (error) { got.push(error) }
      return got`,
    'imports of built-ins by every spelling': `
      const got = []; for (const name of ['fs', 'node:fs', 'node:fs/promises', 'node:process', 'process', 'node:vm', 'node:worker_threads', 'node:inspector', 'node:module', 'node:sqlite', 'node:test', 'node:sea', 'NODE:fs', ' fs', 'fs/', './fs', 'internal/bootstrap/realm', 'isolated-vm', 'cofferdam', '#x']) try { got.push(name, await import(name)) } catch (error) { got.push(error) }
      return got`,
    'imports by URL': `
      const got = []; for (const name of ['file:///etc/hostname', 'file://localhost/etc/hostname', 'data:text/javascript,export default typeof process', 'data:application/json,{}', 'blob:null/x', 'http://127.0.0.1/x.js', 'LISTENER/x.js', 'https://127.0.0.1/', 'npm:left-pad', 'jsr:@std/fs', 'ext:core/mod.js', 'about:blank', 'javascript:1', 'CANARY_FILE', 'file://CANARY_FILE']) try { got.push(name, await import(name)) } catch (error) { got.push(error) }
      return got`,
    'imports with attributes': `
      const got = []; for (const type of ['json', 'css', 'bytes', 'text', 'wasm', 'javascript', 'builtin']) for (const name of ['data:application/json,{"a":1}', 'file://CANARY_FILE', 'CANARY_FILE']) try { got.push(await import(name, { with: { type } })) } catch (error) { got.push(error) }
      return got`,
    'import out of code that is made': `
      const got = []; for (const make of [() => (0, eval)('import("node:fs")'), () => Function('return import("node:fs")')(), () => (async () => {}).constructor('return await import("node:fs")')(), () => setTimeout('import("node:fs")', 0), () => Function('a = import("node:fs")', 'return a')(), () => new (class extends Function { constructor() { super('return import("node:vm")') } })()()]) try { got.push(await make()) } catch (error) { got.push(error) }
      return got`,
    'import.meta and import.defer': `
      const got = []; for (const text of ['import.meta', 'import.meta.dirname', 'import.defer("node:fs")', 'import.source("node:fs")', 'new.target', 'super.x']) for (const run of [(code) => (0, eval)(code), (code) => eval(code), (code) => Function('return ' + code)()]) try { const answer = run(text); answer?.catch?.((error) => got.push(error)); got.push(answer) } catch (error) { got.push(error) }
      return got`,
    'a specifier whose toString changes': `
      let times = 0; const got = []; try { got.push(await import({ toString: () => (times++ ? 'node:fs' : 'data:text/javascript,1') })) } catch (error) { got.push(error) } return [times, got]`,
    'require, module and process by computed names': `
      const parts = [['req', 'uire'], ['pro', 'cess'], ['mod', 'ule'], ['glo', 'bal'], ['De', 'no'], ['B', 'un'], ['__ivm', ''], ['_', 'linkedBinding']]; const found = parts.map(([a, b]) => [globalThis[a + b], Reflect.get(globalThis, a + b), Function('return typeof ' + a + b)()]); return found`,
    'every global name that is not enumerable': `
      return Object.getOwnPropertyNames(globalThis).concat(Object.getOwnPropertySymbols(globalThis)).map((key) => [String(key), Object.getOwnPropertyDescriptor(globalThis, key)])`,
    'lexical globals behind the global object': `
      const got = []; for (const text of ['let a = 1; globalThis.a', 'const process = 1; process', 'class require {}; require', 'var $core = 1; $core']) try { got.push((0, eval)(text)) } catch (error) { got.push(error) } return got`,
    'HTML comments and hashbangs in made code': `
      const got = []; for (const text of ['1 <!-- 2', '1\\n--> 2', '#!x\\n1', '\\ufeff1', '1\\u2028process', '"use strict"; with (console) log']) try { got.push((0, eval)(text)) } catch (error) { got.push(error) } return got`,
    'a source URL that names a file': `
      const got = []; for (const name of ['file:///etc/passwd', 'cofferdam:core', 'node:internal' + '/main', '../../secret.js', 'x\\u2028y']) try { (0, eval)('throw new Error(1)\\n//# sourceURL=' + name) } catch (error) { got.push(error.stack.length) } return got`,
  },
};
