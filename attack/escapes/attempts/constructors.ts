import type { Category } from '../attempt.ts';

const REACH = '("return [typeof process, typeof require, typeof Deno, this]")';

/** Tier 1: from a value to its constructor to Function to whoever made it. */
export const CONSTRUCTORS: Category = {
  category: 'constructor chain',
  attempts: {
    'Function out of every literal': `
      const values = [1, 'a', true, 1n, Symbol('s'), /x/, [], {}, () => {}, function () {}, class {}, new Date(), new Map(), new Error()];
      return values.map((value) => value.constructor.constructor${REACH}())`,
    'Function out of every global, by its prototype': `
      const got = [];
      for (const key of Reflect.ownKeys(globalThis)) {
        try { got.push(Object.getPrototypeOf(globalThis[key]).constructor.constructor${REACH}()) } catch (error) { got.push(error) }
      }
      return got`,
    'the four function constructors, found by their instances': `
      const kinds = [function () {}, async function () {}, function* () {}, async function* () {}];
      const made = kinds.map((kind) => kind.constructor('return typeof process + typeof globalThis.require'));
      return [made, made[0](), await made[1](), made[2]().next(), await made[3]().next()]`,
    'a function constructor with a hostile parameter list': `
      const got = [];
      for (const parameters of ['a = process', '{ x = require } = {}', '/*', '*/) { return process } //', 'a, ...process']) {
        try { got.push(Function(parameters, 'return [...arguments]')()) } catch (error) { got.push(error) }
      }
      return got`,
    'the constructor of an iterator result': `
      const step = [1][Symbol.iterator]().next();
      return [step.constructor.constructor${REACH}(), Object.getPrototypeOf(step)]`,
    'the constructor of a match': `
      const match = /(?<a>x)/d.exec('x');
      return [match.groups, match.indices, match.indices.groups, match.constructor.constructor${REACH}()]`,
    'the constructor of a template object': `
      const tag = (strings) => strings;
      const strings = tag\`a\${1}b\`;
      return [strings.raw.constructor.constructor${REACH}(), tag.constructor]`,
    'the constructor of arguments': `
      return (function () { return [arguments.constructor, arguments[Symbol.iterator].constructor${REACH}()] })(1)`,
    'the constructor of a bound host function': `
      const bound = console.log.bind(console);
      return [bound.constructor${REACH}(), Object.getPrototypeOf(bound), bound.prototype]`,
    'the constructor of each console method': `
      return Object.getOwnPropertyNames(console).map((name) => console[name].constructor?.('return this')())`,
    'Function with the global as its receiver': `
      return [Function.call(globalThis, 'return process ?? 1'), Function.apply(console, ['return this'])].map((made) => { try { return made() } catch (error) { return error } })`,
    'Reflect.construct of Function with a stranger as target': `
      const got = [];
      for (const target of [console.log, fetch ?? Object, Proxy, class extends Function {}]) {
        try { const made = Reflect.construct(Function, ['return this'], target); got.push(made, Object.getPrototypeOf(made), made()) } catch (error) { got.push(error) }
      }
      return got`,
    'a subclass of Function': `
      class Mine extends Function { constructor() { super('return [this, new.target, arguments.callee]') } }
      const mine = new Mine();
      return [mine(), mine.call(null), new mine()]`,
    'the realm of a function by newTarget': `
      const made = [Array, Map, Date, Promise, Error, Uint8Array].map((Type) => {
        const target = function () {}.bind(); target.prototype = undefined;
        try { return Reflect.construct(Type, Type === Promise ? [() => {}] : [], target) } catch (error) { return error }
      });
      return made.map((value) => [value, Object.getPrototypeOf(value), Object.getPrototypeOf(value)?.constructor?.constructor${REACH}()])`,
    'what input and env are made of': `
      return [input, env].map((value) => [Object.getPrototypeOf(value), value.constructor?.constructor${REACH}(), value.__proto__?.constructor])`,
    'the constructor of an error of the parser': `
      try { Function('a b') } catch (error) { return [error.constructor.constructor${REACH}(), error.stack, Object.getPrototypeOf(error)] }`,
  },
};
