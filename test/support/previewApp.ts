/** An app as a repository has one: pages, a form, a redirect, a cookie, and a WebSocket that answers. No package needed. */
export const previewApp = `
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://app');
  if (pathname === '/headers') {
    response.setHeader('content-type', 'application/json');
    return response.end(JSON.stringify(request.headers));
  }
  if (pathname === '/away') return response.writeHead(302, { location: 'http://localhost:5173/?came=back' }).end();
  if (pathname === '/echo') return request.pipe(response);
  if (pathname === '/big') return response.end('x'.repeat(3_000_000));
  if (pathname === '/cut') { response.write('half'); return setTimeout(() => response.destroy(), 20); }
  response.writeHead(200, { 'content-type': 'text/html', 'x-frame-options': 'DENY', 'content-security-policy': "default-src 'self'; frame-ancestors 'none'", 'set-cookie': 'app=1; Domain=localhost; Path=/' });
  response.end('<!doctype html><head><title>App</title></head><body>' + readFileSync('words.txt', 'utf8'));
});
server.on('upgrade', (request, socket) => {
  const accept = createHash('sha1').update(request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64');
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: ' + accept + '\\r\\n\\r\\n');
  socket.on('data', data => socket.write('echo ' + data.length));
  socket.on('error', () => {});
});
server.listen(5173, '127.0.0.1');
`;
export const previewEnvironment = JSON.stringify({
  start: 'node server.mjs',
  ports: [{ port: 5173, name: 'app' }],
});
