/** Whom a TLS client wants to speak to, as its first message says. */
export type ClientHello =
  | { kind: 'incomplete' }
  /** Not the beginning of TLS, or not one that can be read. */
  | { kind: 'not_tls' | 'broken' }
  | { kind: 'hello'; serverName: string | undefined };

const handshake = 22;
const clientHello = 1;
const serverNameExtension = 0;
/** A longer one is nobody's: post-quantum key shares make some 2 KiB of it. */
export const mostHelloBytes = 32 * 1024;
const broken = { kind: 'broken' } as const;

/**
 * Reads the server name out of the bytes that a connection begins with. A hello may be cut into several records, each
 * of which may come in pieces: with too few bytes it is `incomplete`.
 */
export function readClientHello(bytes: Buffer): ClientHello {
  if (bytes.length > 0 && bytes[0] !== handshake) return { kind: 'not_tls' };
  const message: Buffer[] = [];
  let gathered = 0;
  let wanted: number | undefined;
  for (let at = 0; wanted === undefined || gathered < wanted; ) {
    if (gathered > mostHelloBytes) return broken;
    if (bytes.length < at + 5) return bytes.length > mostHelloBytes ? broken : { kind: 'incomplete' };
    const length = bytes.readUInt16BE(at + 3);
    if (bytes[at] !== handshake || bytes[at + 1] !== 3 || length === 0 || length > 16_384) return broken;
    if (bytes.length < at + 5 + length)
      return bytes.length > mostHelloBytes ? broken : { kind: 'incomplete' };
    message.push(bytes.subarray(at + 5, at + 5 + length));
    gathered += length;
    at += 5 + length;
    if (wanted === undefined && gathered >= 4) {
      const head = Buffer.concat(message);
      if (head[0] !== clientHello) return broken;
      wanted = 4 + head.readUIntBE(1, 3);
      if (wanted > mostHelloBytes) return broken;
    }
  }
  return readMessage(Buffer.concat(message).subarray(4, wanted));
}

/** Each read is checked by Buffer itself: a length that leads past the end throws. */
function readMessage(body: Buffer): ClientHello {
  try {
    let at = 2 + 32;
    at += 1 + body.readUInt8(at);
    at += 2 + body.readUInt16BE(at);
    at += 1 + body.readUInt8(at);
    if (at === body.length) return { kind: 'hello', serverName: undefined };
    const end = at + 2 + body.readUInt16BE(at);
    if (end !== body.length) return broken;
    at += 2;
    let serverName: string | undefined;
    let seen = 0;
    while (at < end) {
      const type = body.readUInt16BE(at);
      const length = body.readUInt16BE(at + 2);
      if (at + 4 + length > end) return broken;
      if (type === serverNameExtension) {
        serverName = readServerName(body.subarray(at + 4, at + 4 + length));
        // Two of them, or one that names nobody: who reads it elsewhere may read another than we.
        if (++seen > 1 || serverName === undefined) return broken;
      }
      at += 4 + length;
    }
    return { kind: 'hello', serverName };
  } catch (error) {
    if (isOutOfRange(error)) return broken;
    throw error;
  }
}

const isOutOfRange = (error: unknown) =>
  Error.isError(error) &&
  'code' in error &&
  (error.code === 'ERR_OUT_OF_RANGE' || error.code === 'ERR_BUFFER_OUT_OF_BOUNDS');

/** One name of kind `host_name`, and nothing besides: more is not allowed (RFC 6066). */
function readServerName(list: Buffer): string | undefined {
  const length = list.readUInt16BE(3);
  const isOne =
    list.readUInt16BE(0) === list.length - 2 && list.readUInt8(2) === 0 && length === list.length - 5;
  return isOne && length > 0 ? list.toString('latin1', 5) : undefined;
}
