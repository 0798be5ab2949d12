let count = 0;

export default {
  async fetch(request, env) {
    const { code, input } = await request.json();
    const worker = env.LOADER.get(`worker-${count++}`, () => ({
      compatibilityDate: '2026-01-01',
      mainModule: 'main.js',
      modules: {
        'main.js': `export default { async fetch(request) {
          const input = await request.json();
          const result = await (async () => { ${code} })();
          return Response.json({ result });
        } }`,
      },
      globalOutbound: null,
    }));
    return worker
      .getEntrypoint()
      .fetch(new Request('http://worker/', { method: 'POST', body: JSON.stringify(input) }));
  },
};
