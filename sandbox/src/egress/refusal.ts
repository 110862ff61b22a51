import type { ServerResponse } from 'node:http';
import { finished } from 'node:stream';

/**
 * Why a request goes no further. 403: it may not; 407: nobody knows who asks; 421: it says one host and means another.
 * `asked`: people of the session hear of it and may allow it.
 */
export type Refusal = {
  ok: false;
  status: 400 | 403 | 407 | 421 | 429 | 502 | 503;
  reason: string;
  asked?: boolean;
};

export const refusal = (status: Refusal['status'], reason: string, asked = false): Refusal => ({
  ok: false,
  status,
  reason,
  ...(asked ? { asked } : {}),
});

/** How long a refused upload may go on before it is cut. */
const uploadPatienceMs = 5_000;

const authenticate = 'Basic realm="deckhand"';

/** For whoever reads it in a sandbox, an agent above all: what was refused, by whom, and what can be done. */
function bodyOf({ status, reason, asked }: Refusal): string {
  if (status === 407 || status >= 500) return `${reason}\n`;
  const next = asked
    ? 'The people of this session are asked whether to allow it. Go on with what does not need it, or wait; once they said yes the same request goes through. No other address, proxy or tool leads around this.'
    : 'Nobody in this session can allow it. No other address, proxy or tool leads around this; say what you needed it for, and go on without.';
  return `${reason}\n\nThis is Deckhand's egress proxy, not the host that was asked for. ${next}\n`;
}

/** What the proxy says of itself in a header: a program can tell its refusal from a host's own. */
const marks = ({ status }: Refusal): Record<string, string> => ({
  ...(status === 403 || status === 421 ? { 'Deckhand-Egress': 'deny' } : {}),
  // Nobody whom it leads to says this: a reader knows whose refusal it is (RFC 9209).
  'Proxy-Status': 'deckhand; error=http_request_denied',
  ...(status === 407 ? { 'Proxy-Authenticate': authenticate } : {}),
});

/** The whole answer to a CONNECT. */
export function rawRefusal(refused: Refusal): string {
  const { status, reason } = refused;
  const body = bodyOf(refused);
  const headers = {
    ...marks(refused),
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
  };
  // Most clients show nothing of a refused CONNECT but its first line.
  const words =
    status === 403 ? `Refused: ${reason}${refused.asked ? ' (the session is asked)' : ''}` : 'Refused';
  const line = `HTTP/1.1 ${status} ${words}`.replace(/[^\x20-\x7e]/g, '?');
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line}\r\n${lines.join('')}\r\n${body}`;
}

export function refuse(response: ServerResponse, refused: Refusal): void {
  if (response.headersSent) return void response.destroy();
  const body = bodyOf(refused);
  response.writeHead(refused.status, {
    ...marks(refused),
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  });
  response.write(body);
  // Whoever still sends a body when the connection closes sees a broken pipe, and not the reason.
  const { req: request } = response;
  request.resume();
  const patience = setTimeout(() => request.destroy(), uploadPatienceMs);
  finished(request, () => {
    clearTimeout(patience);
    response.end();
  });
}
