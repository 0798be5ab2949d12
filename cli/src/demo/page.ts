/** What a browser sees of the demo service: a queue that is asked for with a button. */
export const DEMO_PAGE = `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <title>Demo service</title>
  <link rel="icon" href="data:," />
  <h1>Demo service</h1>
  <p>Status: <output id="status">asking</output></p>
  <button>How long is the queue?</button>
  <p id="queue"></p>
  <script>
    const read = async (path) => (await fetch(path)).json();
    const show = (id, text) => (document.getElementById(id).textContent = text);
    read('/api/health').then(({ status }) => show('status', status));
    document.querySelector('button').addEventListener('click', async () => {
      const { pending } = await read('/api/queue');
      console.log('the queue was asked for');
      show('queue', pending + ' waiting');
    });
  </script>
</html>
`;
