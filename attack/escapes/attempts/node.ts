import type { Category } from '../attempt.ts';

/** Tier 3: what a Node process would have, by every road to it; expressions as in templates of n8n's kind. */
export const NODE: Category = {
  category: 'the process, its modules and template expressions',
  attempts: {
    'process.binding and its relatives': `
      const got = []; for (const name of ['binding', '_linkedBinding', 'dlopen', 'getBuiltinModule', 'mainModule', 'moduleLoadList', '_debugProcess', 'kill', 'env', 'argv', 'report']) try { got.push(Function('return process.' + name)()) } catch (error) { got.push(error) } return got`,
    'getBuiltinModule by a chain': `return [].constructor.constructor('return this.process?.getBuiltinModule?.("node:child_process") ?? this.globalThis?.process')()`,
    'require by every road that had one': `
      const got = []; for (const code of ['require', 'module.require', 'module.constructor._load', 'process.mainModule.require', 'globalThis.require', 'this.require', 'global.process.mainModule', 'exports.constructor', 'arguments[1]', 'arguments.callee.caller.arguments', '__non_webpack_require__', 'import.meta.require']) try { got.push(Function('return ' + code).call(globalThis, 1)) } catch (error) { got.push(error) } return got`,
    'an expression of a workflow template': `return (function () { return this.constructor.constructor('return process.env')() }).call({ $json: {}, $input: input, $env: env })`,
    'an expression that renames this': `return (() => { const o = { get ['constr' + 'uctor']() { return Function } }; return o.constructor('return typeof process')() })()`,
    'an expression with a destructured constructor': `const { constructor: { constructor: make } } = ''; return [make('return this')(), make('return typeof require')()]`,
    'an expression by arrow and default parameters': `return ((a = (() => {}).constructor('return this')(), { process: p = a.process } = a) => [a, p])()`,
    'an expression that is hidden from a filter': `return Reflect.apply(Reflect.get(Reflect.get([], ['const', 'ructor'].join('')), ['const', 'ructor'].join('')), null, [atob?.('cmV0dXJuIHByb2Nlc3M=') ?? 'return process'])()`,
    'an expression by a tagged template': `return Function\`a\${'return typeof process'}\`()`,
    'an expression through Error.prepareStackTrace': `Error.prepareStackTrace = (_, frames) => frames.map((frame) => frame.getThis?.() ?? frame.getFunction?.()); const { stack } = new Error(); return [stack].flat().map((value) => value?.process ?? value?.constructor?.constructor?.('return this')())`,
    'an expression with a label and a with': `return Function('o', 'with (o) { return constructor.constructor("return typeof process")() }')({})`,
    'an expression that overwrites a helper': `const { isArray } = Array; const got = []; try { Array.isArray = (value) => (got.push(value), true); console.log([1], { length: 1 }); console.table({ 0: console }) } catch (error) { got.push(error) } try { Array.isArray = isArray } catch {} return got`,
    'events of the process': `
      const got = []; for (const name of ['on', 'once', 'emit', 'exit', 'nextTick', 'send', 'disconnect', 'abort', 'chdir', 'setuid']) got.push(typeof globalThis.process?.[name], typeof globalThis[name]); return got`,
    'a debugger': `const got = []; debugger; for (const name of ['inspector', 'Debugger', 'gc', 'd8', 'Realm', 'print', 'read', 'load', 'quit', 'testRunner', '$vm', 'readline', 'runString']) got.push(typeof globalThis[name]); return got`,
    'natives syntax': `const got = []; for (const code of ['%GetOptimizationStatus(f)', '%DebugPrint(this)', '%SystemBreak()', '%GlobalProxy({})', '%CompileString']) try { got.push((0, eval)(code)) } catch (error) { got.push(error.name) } return got`,
    'files by every API that could have one': `
      const got = []; const path = 'CANARY_FILE'; for (const call of [() => fetch('file://' + path).then((r) => r.text()), () => getDirectory().then((d) => d.getFileHandle(path)), () => new FileReader().readAsText(path), () => new File([], path).text(), () => new XMLHttpRequest(), () => new URL('file://' + path).href.length && 0, () => navigator.storage.getDirectory(), () => globalThis.openDatabase('x'), () => localStorage.getItem('x'), () => caches.open('x'), () => showOpenFilePicker(), () => new EventSource('file://' + path), () => new WebSocket('unix://' + path)]) try { got.push(await call()) } catch (error) { got.push(error) } return got`,
    'files by a directory handle of nobody': `
      const got = []; for (const name of ['FileSystemDirectoryHandle', 'FileSystemFileHandle', 'FileSystemWritableFileStream', 'FileSystemHandle']) { const Type = globalThis[name]; if (!Type) continue; try { got.push(new Type('CANARY_FILE')) } catch (error) { got.push(error) } const fake = Object.create(Type.prototype, { name: { value: 'x' }, kind: { value: 'file' } }); for (const key of Reflect.ownKeys(Type.prototype)) try { got.push(await fake[key]?.('CANARY_FILE', { create: true })) } catch (error) { got.push(error) } } return got`,
    'the environment by names': `return ['PATH', 'HOME', 'NODE_OPTIONS', 'COFFERDAM_JOIN_TOKEN', 'COFFERDAM_GATEWAY', 'COFFERDAM_EGRESS', 'ISOLATE_AUTH_TOKEN'].map((name) => [env[name], input[name], globalThis[name], globalThis.process?.env?.[name], globalThis.Deno?.env?.get?.call?.(null, name)])`,
  },
};
