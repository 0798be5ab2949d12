/** What is asked of every server that is compared. */
export const PATH = '/items/7?page=2';
/** What each has to answer. */
export const ANSWER = JSON.stringify({ path: '/items/7', page: '2', next: '/items/8' });

/** The handler of all of them: small JSON made from the request's address. */
export function answerOf(address: string): object {
  const { pathname, searchParams } = new URL(address);
  const number = Number(pathname.slice('/items/'.length));
  return { path: pathname, page: searchParams.get('page'), next: `/items/${number + 1}` };
}

/** The same handler as a guest: its very text. What comes as `mark` makes the text one that nobody has compiled. */
export function guestHandler(mark = ''): string {
  return `// ${mark}
${answerOf.toString()}
serve({ fetch: (request) => Response.json(answerOf(request.url)) });`;
}

/** A guest that sends back what its clients send. */
export const GUEST_ECHO = `serve({
  fetch(request, server) { server.upgrade(request); },
  websocket: { message(ws, data) { ws.send(data); } },
});`;

/** Throws where an answer is not the one that was asked for. */
export function checkAnswer(text: string): void {
  if (text !== ANSWER) throw new Error(`a server answered ${text.slice(0, 200)} and not ${ANSWER}`);
}
