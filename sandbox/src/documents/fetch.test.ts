import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import iconv from 'iconv-lite';
import { fetchPage } from './fetch.ts';

type Page = (response: ServerResponse, request: IncomingMessage) => void;

const html =
  (body: string): Page =>
  response =>
    void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(body);

const pages: Record<string, Page> = {
  '/page': html(
    '<html><head><title>A &amp; B</title><style>p{}</style></head><body><h1>Head</h1><script>evil()</script><p>Some <b>bold</b> <a href="/x">link</a>.</p><table><tr><th>a</th></tr><tr><td>1</td></tr></table><pre><code>let x = 1;\n</code></pre><img src="data:image/png;base64,AAAA" alt="a chart"></body></html>',
  ),
  '/to-page': response => void response.writeHead(302, { location: '/page' }).end(),
  '/circle': response => void response.writeHead(302, { location: '/circle' }).end(),
  '/to-file': response => void response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  '/missing': response => void response.writeHead(404, { 'content-type': 'text/plain' }).end('no such thing'),
  '/latin': response =>
    void response
      .writeHead(200, { 'content-type': 'text/html' })
      .end(iconv.encode('<meta charset="iso-8859-1"><p>Grüße</p>', 'latin1')),
  '/picture': response => void response.writeHead(200, { 'content-type': 'image/png' }).end('\x89PNG'),
  '/json': response => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"a":1}'),
  '/bomb': response =>
    void response
      .writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' })
      .end(gzipSync(Buffer.alloc(200 * 1024 * 1024, 'a'))),
  '/flood': response => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    const more = () => {
      while (!response.destroyed && response.write('flood '.repeat(10_000)));
    };
    response.on('drain', more);
    more();
  },
  '/trickle': response => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.write('the beginning ');
  },
  '/silent': () => {},
  '/broken': response => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '1000' });
    response.write('half', () => response.destroy());
  },
  '/deep': html(`${'<div>'.repeat(50_000)}the middle`),
  '/headers': (response, request) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(request.headers)),
};

let server: Server;
let base: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    response.on('error', () => {});
    const page = pages[request.url ?? ''];
    if (page) page(response, request);
    else response.destroy();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const get = (path: string, more: { patienceMs?: number; mostBytes?: number } = {}) =>
  fetchPage(path.startsWith('/') ? base + path : path, { proxy: undefined, ...more });

test('a page comes as Markdown, without what nobody reads', async () => {
  const page = await get('/page');
  expect(page).toMatchObject({ ok: true, status: 200, title: 'A & B', notes: [] });
  const text = page.ok ? page.text : '';
  for (const part of ['# Head', 'Some **bold** [link](/x).', '| a   |', '```\nlet x = 1;\n```', 'a chart'])
    expect(text).toContain(part);
  expect(text).not.toMatch(/evil|p\{\}|base64/);
});

test('redirects are followed, but not in a circle, nor to what is no web page', async () => {
  expect(await get('/to-page')).toMatchObject({ ok: true, url: `${base}/page` });
  expect(await get('/circle')).toMatchObject({ ok: false, message: expect.stringContaining('5 redirects') });
  expect(await get('/to-file')).toMatchObject({ ok: false, message: expect.stringContaining('not file') });
});

test('its own charset counts, and JSON and errors are text', async () => {
  expect(await get('/latin')).toMatchObject({ ok: true, text: 'Grüße' });
  expect(await get('/json')).toMatchObject({ ok: true, text: '{"a":1}' });
  expect(await get('/missing')).toMatchObject({ ok: true, status: 404, text: 'no such thing' });
  expect(await get('/picture')).toMatchObject({ ok: false, message: expect.stringContaining('image/png') });
});

test.each([
  ['nothing', 'no address'],
  ['ftp://127.0.0.1/x', 'not ftp'],
  ['file:///etc/passwd', 'not file'],
  ['http://me:secret@127.0.0.1/', 'user or password'],
])('%s is refused', async (address, words) => {
  expect(await get(address)).toMatchObject({ ok: false, message: expect.stringContaining(words) });
});

describe('what never ends, is', () => {
  test('cut where it is too long, packed or not', async () => {
    for (const path of ['/bomb', '/flood']) {
      const page = await get(path, { mostBytes: 100_000 });
      expect(page).toMatchObject({ ok: true, notes: ['cut after 100000 bytes'] });
      expect(page.ok && page.text.length).toBe(100_000);
    }
  });

  test('shown as far as it came when its time is up', async () => {
    expect(await get('/trickle', { patienceMs: 300 })).toMatchObject({
      ok: true,
      text: 'the beginning ',
      notes: [expect.stringContaining('had not ended')],
    });
    expect(await get('/silent', { patienceMs: 300 })).toMatchObject({
      ok: false,
      message: 'nothing came within 0.3 s',
    });
    expect(await get('/broken')).toMatchObject({ ok: true, notes: [expect.stringContaining('broke')] });
  });

  test('read without its tags where it is nested deeper than a stack goes', async () => {
    expect(await get('/deep')).toMatchObject({ ok: true, text: expect.stringContaining('the middle') });
  });
});

test('no credentials go out', async () => {
  const page = await get('/headers');
  expect(page.ok && JSON.parse(page.text)).not.toMatchObject({ authorization: expect.anything() });
  expect(page.ok && page.text).not.toMatch(/cookie|authorization/i);
});
