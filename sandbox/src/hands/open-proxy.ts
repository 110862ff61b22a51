import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from '../join.ts';

/** Where programs go that cannot show credentials to a proxy: a JVM, and what runs in one. */
export const openProxyPort = 3129;

const mostHeadBytes = 64 * 1024;
const mostConnections = 64;

/**
 * A way to the egress proxy that shows it this sandbox's credentials for whoever cannot. Gives nobody anything: each
 * process in here has them in its environment. `proxy`: the url with the credentials; `socket`: the proxy's own.
 */
export function serveOpenProxy({
  proxy,
  socket = '/egress/proxy.sock',
  port = openProxyPort,
}: {
  proxy: string;
  socket?: string;
  port?: number;
}): Server {
  const { username, password } = new URL(proxy);
  const shown = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  const credentials = `Proxy-Authorization: Basic ${shown.toString('base64')}\r\n`;
  const server = createServer({ pauseOnConnect: false }, client => forward(client, socket, credentials));
  server.maxConnections = mostConnections;
  // Something in here has the port already: what needs it will say so.
  server.on('error', () => {});
  server.listen(port, '127.0.0.1');
  server.unref();
  return server;
}

/** One request for each connection, since only the first has its head looked at. */
function forward(client: Socket, socket: string, credentials: string): void {
  let head = Buffer.alloc(0);
  const end = () => client.destroy();
  client.on('error', end);
  const gather = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk]);
    const at = head.indexOf('\r\n\r\n');
    if (at < 0) {
      if (head.length > mostHeadBytes) end();
      return;
    }
    client.off('data', gather);
    client.pause();
    const text = head.subarray(0, at + 2).toString('latin1');
    const plain = text.replace(/^(proxy-connection|connection|proxy-authorization):.*\r\n/gim, '');
    const line = plain.indexOf('\r\n') + 2;
    const closes = /^CONNECT /.test(plain) ? '' : 'Connection: close\r\n';
    const upstream = connect(socket);
    const shownHead = `${plain.slice(0, line)}${credentials}${closes}${plain.slice(line)}\r\n`;
    // In one piece: a second, even an empty one, fails where the answer came first, and the answer would be lost.
    upstream.write(Buffer.concat([Buffer.from(shownHead, 'latin1'), head.subarray(at + 4)]));
    join(client, upstream);
  };
  client.on('data', gather);
}
