import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

/**
 * In a process of its own, as Jest has a world of its own without Node's dispatcher. Node's limit, five minutes, is made
 * short there: it counts where a request names none.
 */
const program = `
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { patientFetch } from ${JSON.stringify(new URL('./patientFetch.ts', import.meta.url).href)};

const server = createServer(async (request, response) => {
  if (request.url === '/late') await sleep(1500);
  response.writeHead(200).write('thinks, ');
  if (request.url !== '/late') await sleep(1500);
  response.end('done');
});
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
const url = 'http://127.0.0.1:' + server.address().port;
const place = Symbol.for('undici.globalDispatcher.2');
const short = { bodyTimeout: 200, headersTimeout: 200 };
globalThis[place] = globalThis[place].compose(dispatch => (options, handler) => dispatch({ ...short, ...options }, handler));
const read = (send, path) => send(url + path).then(answer => answer.text()).catch(error => 'cut');
const said = [];
for (const path of ['/late', '/']) said.push(await read(fetch, path), await read(patientFetch, path));
console.log(JSON.stringify(said));
server.closeAllConnections();
server.close();
`;

test('a connection that is silent for longer than Node bears is not cut, before its head or after', async () => {
  const ran = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  expect(JSON.parse(ran.stdout)).toEqual(['cut', 'thinks, done', 'cut', 'thinks, done']);
});
