import { attempts, type Attempt } from './attempt.ts';

/** An emitter's end as a promise's. */
const emitted = (made: string, event: string) =>
  `return await new Promise((done, fail) => { const it = ${made}; it.on('${event}', () => done('${event}')); it.on('error', fail); })`;

const DENO = {
  connect: 'return (await Deno.connect({ port: at.port })).rid ?? "connected"',
  'connect by name':
    'return (await Deno.connect({ hostname: "localhost", port: at.port })).rid ?? "connected"',
  'connect by IPv6':
    'return (await Deno.connect({ hostname: "::ffff:127.0.0.1", port: at.port })).rid ?? "connected"',
  'connect to a socket':
    'await Deno.connect({ transport: "unix", path: at.socket }); return "connected"',
  connectTls: 'await Deno.connectTls({ port: at.port }); return "connected"',
  listen: 'return Deno.listen({ port: 0 }).addr',
  'listen on a socket':
    'return Deno.listen({ transport: "unix", path: at.folder + "/written" }).addr',
  'resolveDns of a server':
    'return await Deno.resolveDns("example.com", "A", { nameServer: { ipAddr: "127.0.0.1", port: at.port } })',
  serve: 'return Deno.serve({ port: 0 }, () => new Response()).addr',
  'serve on a socket':
    'return Deno.serve({ path: at.folder + "/written" }, () => new Response()).addr',
  createHttpClient:
    'const client = Deno.createHttpClient({ proxy: { url: `http://127.0.0.1:${at.port}` } }); return typeof client',
  WebSocket:
    'return await new Promise((done, fail) => { const it = new WebSocket(`ws://127.0.0.1:${at.port}`); it.onopen = () => done("open"); it.onerror = ({ error, message }) => fail(error ?? new Error(message)) })',
  EventSource:
    'return await new Promise((done, fail) => { const it = new EventSource(`http://127.0.0.1:${at.port}`); it.onopen = () => done("open"); it.onerror = ({ error, message }) => fail(error ?? new Error(message ?? "NotCapable is silent")) })',
};

const NODE = {
  'net.connect': `const net = await import('node:net'); ${emitted('net.connect(at.port, "127.0.0.1")', 'connect')}`,
  'net.connect to a socket': `const net = await import('node:net'); ${emitted('net.connect(at.socket)', 'connect')}`,
  'net.createServer': `const net = await import('node:net'); ${emitted('net.createServer().listen(0)', 'listening')}`,
  'net server on a socket': `const net = await import('node:net'); ${emitted('net.createServer().listen(at.folder + "/written")', 'listening')}`,
  'http.get': `const http = await import('node:http'); ${emitted('http.get("http://127.0.0.1:" + at.port)', 'response')}`,
  'http.get by a socket': `const http = await import('node:http'); ${emitted('http.get({ socketPath: at.socket })', 'response')}`,
  'http server': `const http = await import('node:http'); ${emitted('http.createServer().listen(0)', 'listening')}`,
  'https.get': `const https = await import('node:https'); ${emitted('https.get("https://127.0.0.1:" + at.port)', 'response')}`,
  'tls.connect': `const tls = await import('node:tls'); ${emitted('tls.connect(at.port, "127.0.0.1")', 'secureConnect')}`,
  'tls server': `const tls = await import('node:tls'); ${emitted('tls.createServer().listen(0)', 'listening')}`,
  'http2.connect': `const http2 = await import('node:http2'); ${emitted('http2.connect("http://127.0.0.1:" + at.port)', 'connect')}`,
  'dgram.bind': `const dgram = await import('node:dgram'); ${emitted('dgram.createSocket("udp4").bind(0)', 'listening')}`,
  'dgram.send':
    'const dgram = await import("node:dgram"); return await new Promise((done, fail) => dgram.createSocket("udp4").on("error", fail).send("x", at.port, "127.0.0.1", (error) => error ? fail(error) : done("sent")))',
  'dns.lookup': 'return await (await import("node:dns/promises")).lookup("example.com")',
  'dns by a server of its own':
    'const { Resolver } = await import("node:dns/promises"); const resolver = new Resolver(); resolver.setServers([`127.0.0.1:${at.port}`]); return await resolver.resolve4("example.com")',
};

const FETCH = {
  'fetch of a listener': 'return (await fetch(`http://127.0.0.1:${at.port}/`)).status',
  'fetch by name': 'return (await fetch(`http://localhost:${at.port}/`)).status',
  'fetch of a file': 'return await (await fetch(`file://${at.file}`)).text()',
  'fetch of a socket': 'return (await fetch(`unix://${at.socket}`)).status',
  'fetch with a client':
    'return (await fetch(`http://127.0.0.1:${at.port}/`, { client: {} })).status',
  "fetch of the modules' realm":
    'const { fetch: own } = (await import("node:vm")).runInThisContext("globalThis"); return (await own(`http://127.0.0.1:${at.port}/`)).status',
};

/** The process has its own `fetch` yet: whatever brings it back meets Deno's permissions. */
const OWN_FETCH = {
  'fetch of a worker':
    'return await new Promise((done, fail) => { const worker = new Worker("data:text/javascript," + encodeURIComponent(`fetch("http://127.0.0.1:${at.port}/").then((r) => postMessage({ value: r.status }), (e) => postMessage({ name: e.name, message: e.message }))`), { type: "module" }); worker.onmessage = ({ data }) => data.name ? fail(Object.assign(new Error(data.message), { name: data.name })) : done(data.value); worker.onerror = fail })',
  'a remote worker':
    'return await new Promise((done, fail) => { const it = new Worker(`http://127.0.0.1:${at.port}/w.js`, { type: "module" }); it.onmessage = done; it.onerror = (event) => { event.preventDefault(); fail(Object.assign(new Error(event.message), { name: "NotCapable" })) } })',
  'a remote source map':
    'return await import("data:text/javascript,export default 1;//# sourceMappingURL=http://127.0.0.1:" + at.port + "/x.map").then(() => { throw Object.assign(new Error("loaded, nothing asked"), { name: "NotCapable" }) })',
};

/** Node's errors say no more than that; a container of ours has no resolver to be refused. */
const RESOLVERS = {
  resolveDns: 'return await Deno.resolveDns("example.com", "A")',
  'dns.resolve4': 'return await (await import("node:dns/promises")).resolve4("example.com")',
  'dns.reverse': 'return await (await import("node:dns/promises")).reverse("127.0.0.1")',
  'dns.getServers': 'return (await import("node:dns")).getServers()',
};

export const NETWORK: Attempt[] = [
  ...attempts('network', DENO),
  ...attempts('network of node', NODE),
  ...attempts(
    'network by fetch',
    FETCH,
    /^thrown TypeError: (fetch failed|.*(client|scheme|not supported|Invalid URL))/i,
  ),
  ...attempts('network by its own fetch', OWN_FETCH),
  ...attempts(
    'network of node',
    RESOLVERS,
    /^thrown (NotCapable|Error: \w+ UNKNOWN|Error: .*no nameservers found)|^value \[\]$/,
  ),
];
