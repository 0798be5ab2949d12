/** Modules whose default export has to be the same with and without rewriting, line for line of `log`. */
export const SAME: { [what: string]: string } = {
  'this, arguments and new.target in arrows': `class A { constructor() { this.p = (async (x = new.target) => [x === A, new.target === A, this instanceof A])(); } }
     async function f() { return (async () => [arguments.length, this.k, await arguments[1]])(); }
     export default [await new A().p, await f.call({ k: 7 }, 1, 2)];`,
  'super in methods, arrows and statics': `class A { static s() { return 's'; } m() { return 'm'; } get g() { return 'g'; } }
     class B extends A { static async s() { await 0; return super.s() + 1; } async m() { const f = async () => (await 0, super.m() + super.g); return f(); }
       async *n() { yield super.m(); } }
     const n = []; for await (const x of new B().n()) n.push(x);
     export default [await B.s(), await new B().m(), n];`,
  'fields, private members and static blocks': `let made; class A { #x = 1; static y = 2; #m() { return this.#x; } static #z = 3; static { made = async () => (await 0, this.#z); }
       f = async () => (await 0, this.#m()); async has(o) { await 0; return #x in o; } static async #p() { return await 5; } static q() { return A.#p(); } }
     const a = new A(); export default [await a.f(), await made(), await a.has(a), await a.has({}), await A.q()];`,
  'awaits in heritage, keys and defaults': `const p = (v) => Promise.resolve(v); class A extends (await p(class { b = 1 })) { [await p('c')] = 2; static [await p('d')] = 3; }
     const { e = await p(4), [await p('f')]: g = await p(6) } = {}; let h; [h = await p(7)] = [];
     export default [new A().b, new A().c, A.d, e, g, h, \`\${await p(8)}\`, (await p([9]))[0], await (await p(p))(10), -await p(11), { ...(await p({ i: 1 })) }];`,
  'expressions of every precedence': `const p = async (v) => v; let a = await p(1) + await p(2) * await p(3), b = await p(0) || await p(5), c = await p(null) ?? await p(6);
     a += await p(1); const d = typeof await p(1), e = !await p(0), f = await p(1) ? await p(2) : await p(3), g = (await p(1), await p(2)), h = await/x/.test('x');
     const i = await p(await p(await p(4))), j = (await p({ k: () => 5 }))?.k(), l = new (await p(Map))().size, m = void await p(1), n = await new Promise((r) => r(3));
     export default [a, b, c, d, e, f, g, h, i, j, l, m === undefined, n, 'k' in await p({ k: 1 }), [...await p([1])], await await p(1), await async function () { return 1 }()];`,
  'arrow bodies': `const a = async () => 1, b = async () => ({ x: 1 }), c = async x => x ? await x : (x, 2), d = async () => async () => await 3, e = async () => [await 4]
     const f = async (x) => x
     ;[a].length; const g = async () => {}, h = async () => { }, i = [async () => 5, async () => 6]
     export default [await a(), await b(), await c(7), await c(0), await (await d())(), await e(), await f(8), await g(), await h(), await i[1](), a.length, c.length, a.name, f.name]`,
  'statements without semicolons': `let log = []
     const p = async (v) => v
     await p(1)
     log.push(await p(2))
     if (await p(true)) await p(3)
     else await p(4)
     do log.push(5)
     while (await p(false))
     for (const x of [1, 2]) await p(x)
     for (const k in await p({ a: 1 })) log.push(k)
     switch (await p(1)) { case await p(1): log.push('one'); break; default: await p(2) }
     L: { if (await p(1)) break L; log.push('no') }
     async function f() { return
       1 }
     log.push(await f())
     export default log`,
  'what is thrown': `const log = []; const bad = async (v) => { throw v; };
     try { await bad(1); } catch (e) { log.push(e); }
     try { try { await bad(2); } finally { log.push('f'); } } catch { log.push('c'); }
     async function f() { try { return await bad(3); } catch (e) { return e + await 1; } finally { log.push(await 'g'); } }
     async function g() { try { await 0; return 1; } finally { return 2; } }
     async function h({ a }, b = a.c) {} ; async function i() { for (const x of [1, 2]) { try { await bad(x); } catch { continue; } finally { log.push(x); } } }
     await i(); export default [log, await f(), await g(), await h().catch((e) => e.name), await h({}).catch((e) => e.name), await bad(4).catch((e) => e)];`,
  'loops that wait': `const log = []; const source = (n, what) => ({ i: 0, [Symbol.asyncIterator]() { return this; }, async next(...a) { log.push(what + 'n' + a.length); return { done: this.i >= n, value: this.i++ }; }, async return(...a) { log.push(what + 'r' + a.length); return {}; } });
     for await (const x of source(2, 'a')) log.push(x);
     for await (var x of source(3, 'b')) { if (x === 1) break; }
     outer: for await (const x of source(2, 'c')) for await (const y of source(2, 'd')) { if (y) continue outer; }
     try { for await (const x of source(2, 'e')) throw 1; } catch (e) { log.push(e); }
     let y; for await (y of [1, Promise.resolve(2)]) log.push(y);
     const o = {}; for await (o.p of [3]) log.push(o.p);
     for await (const { a, b = await 5 } of [{ a: 1 }]) log.push(a, b);
     try { for await (const [q] of [5]) log.push(q); } catch (e) { log.push(e.name); }
     try { for await (const z of 5) log.push(z); } catch (e) { log.push(e.name); }
     try { for await (const z of [Promise.reject(6)]) log.push(z); } catch (e) { log.push(e); }
     try { for await (const z of { [Symbol.asyncIterator]: () => ({ next: () => 1 }) }) log.push(z); } catch (e) { log.push(e.name); }
     async function f() { for await (const x of source(9, 'f')) if (x) return x; } log.push(await f());
     for await (const x of []) ; if (1) for await (const x of [1]) log.push('i'); else log.push('j');
     const fs = []; for await (const x of [1, 2]) fs.push(() => x); log.push(fs.map((f) => f()));
     export default log;`,
  'async generators': `const log = []; async function* g(a) { try { log.push(await a); const b = yield 1; log.push(b); const c = yield Promise.resolve(2); log.push(c); yield; return Promise.resolve(3); } catch (e) { log.push('caught', e); yield 'after'; } finally { log.push(await 'end'); } }
     const all = async (it, ...sent) => { const out = []; for (const s of sent) out.push(await it.next(s)); return out; };
     log.push(await all(g('x'), 1, 'b', 'c', 'd', 'e'));
     let it = g('y'); await it.next(); log.push(await it.throw(7), await it.next());
     it = g('z'); await it.next(); log.push(await it.return(Promise.resolve(8)), await it.next());
     it = g(); log.push(await it.return(9)); it = g(); log.push(await it.throw(1).catch((e) => e));
     it = g('q'); log.push(await Promise.all([it.next(), it.next('r'), it.next(), it.return(4), it.next()]));
     async function* h() { yield Promise.reject(5); } log.push(await h().next().catch((e) => e));
     async function* i() { try { yield Promise.reject(6); } catch (e) { yield e; } return Promise.reject(7); } it = i(); log.push(await it.next(), await it.next().catch((e) => e));
     async function* j() { try { return await Promise.reject(1), 2; } catch { return (1, 3); } } log.push(await j().next());
     export default log;`,
  delegation: `const log = []; async function* a() { try { log.push(yield 1); log.push(yield 2); return 'ra'; } catch (e) { log.push('c' + e); return 'thrown'; } finally { log.push('fa'); } }
     async function* b() { const r = yield* a(); log.push(r); yield* [3, Promise.resolve(4)]; yield* (function* () { log.push(yield 5); })(); return 'rb'; }
     let it = b(); const out = []; for (const s of ['0', 'p', 'q', 'r', 's', 't', 'u']) out.push(await it.next(s));
     it = b(); await it.next(); out.push(await it.throw('x')); it = b(); await it.next(); out.push(await it.return('y'));
     async function* c() { yield* { [Symbol.asyncIterator]() { return { next: () => ({ value: 1, done: false }), return: undefined }; } }; }
     it = c(); await it.next(); out.push(await it.return(6)); it = c(); await it.next(); out.push(await it.throw(6).catch((e) => e.name));
     async function* d() { try { yield* 5; } catch (e) { return e.name; } } out.push(await d().next());
     export default [log, out];`,
  'what is disposed of': `const log = []; const res = (n) => ({ n, async [Symbol.asyncDispose]() { log.push('d' + n); await 0; log.push('e' + n); } }); const sync = (n) => ({ [Symbol.dispose]() { log.push('s' + n); return { then() { log.push('never'); } }; } });
     { await using a = res(1), b = res(2); using c = sync(3); log.push(a.n + b.n); await using d = sync(4); await using e = null; await using f = undefined; }
     for (const x of [1, 2]) { await using a = res(x + 4); if (x === 1) continue; log.push('x'); }
     for await (using x of [sync(7), null]) log.push(typeof x);
     for (await using x of [res(8), res(9)]) { log.push(x.n); }
     for await (await using x of [res(10)]) { log.push(x.n); break; }
     for (using x = sync(11), y = sync(12); ;) { log.push('for'); break; }
     async function f() { await using a = res(13); return a.n; } log.push(await f());
     try { await using a = { [Symbol.asyncDispose]() { throw 1; } }; throw 2; } catch (e) { log.push(e.name, e.error, e.suppressed); }
     try { await using a = { async [Symbol.asyncDispose]() { throw 3; } }; await 0; } catch (e) { log.push(e); }
     try { await using a = {}; } catch (e) { log.push(e.name); }
     async function* g() { await using a = res(14); yield 1; } for await (const x of g()) log.push(x);
     try { using a = sync(15); await Promise.reject(16); } catch (e) { log.push(e); }
     export default log;`,
  'names that the rewriting uses': `const $frame = 1, $frame_ = 2, $held = 3; globalThis.x = typeof __async_frame__ ; async function f($frame) { await 0; return $frame + $held; } export default [$frame, $frame_, await f(4), eval('typeof $frame')];`,
  'hoisting and closures':
    `export default [await a(), b(), typeof c]; async function a() { return d(); async function d() { return e; } var e = 5; } function b() { return 1; } class c {} var g = 1;`.replace(
      ', typeof c',
      '',
    ),
  'the order of tasks': `const log = []; const t = async (n, k) => { for (let i = 0; i < k; i++) { log.push(n + i); await i; } log.push(n); return n; };
     const slow = { then(r) { log.push('then'); r(1); } };
     await Promise.all([t('a', 3), t('b', 2), Promise.resolve().then(() => log.push('p')).then(() => log.push('q')), (async () => { log.push(await slow); })(), (async () => { try { await Promise.reject(1); } catch { log.push('r'); } })()]);
     queueMicrotask(() => log.push('m')); await null; log.push('n'); const g = (async function* () { yield 1; yield 2; })(); g.next().then(() => log.push('g')); await 0; await 0; log.push('h'); await 0; log.push('i');
     export default log;`,
  'functions as they look': `async function f(a, b) { 'use strict'; await 0; } export default [f.name, f.length, Object.prototype.toString.call(f), typeof f.prototype, f.constructor.name, (async function* () {}).constructor.name, f() instanceof Promise];`,
};
