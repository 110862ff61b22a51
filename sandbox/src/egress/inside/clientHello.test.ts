import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { expect, test } from '@jest/globals';
import { readClientHello } from './clientHello.ts';

/** What Node's own TLS says first. */
async function hello(servername: string): Promise<Buffer> {
  const wire = new Duplex({
    read() {},
    write: (chunk, _, done) => done(wire.emit('said', chunk) ? null : null),
  });
  const said = once(wire, 'said');
  const client = connect({ socket: wire, ...(servername ? { servername } : { servername: '' }) });
  client.on('error', () => {});
  const [bytes] = await said;
  client.destroy();
  return bytes as Buffer;
}

/** The same message in records of so many bytes. */
function cut(record: Buffer, size: number): Buffer {
  const message = record.subarray(5);
  const parts: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size);
    const head = Buffer.from([22, 3, 1, 0, 0]);
    head.writeUInt16BE(part.length, 3);
    parts.push(head, part);
  }
  return Buffer.concat(parts);
}

test('the name that a client asks for is read, in one record or in many, and not before all is there', async () => {
  const whole = await hello('Some.Example');
  for (const bytes of [whole, cut(whole, 1), cut(whole, 3), cut(whole, 100)]) {
    expect(readClientHello(bytes)).toEqual({ kind: 'hello', serverName: 'Some.Example' });
    expect(readClientHello(Buffer.concat([bytes, Buffer.from('more')]))).toMatchObject({ kind: 'hello' });
    const early = new Set(bytes.keys().map(end => readClientHello(bytes.subarray(0, end)).kind));
    expect([...early]).toEqual(['incomplete']);
  }
  expect(readClientHello(await hello(''))).toEqual({ kind: 'hello', serverName: undefined });
});

test('what is no hello is said to be none, whatever it is', async () => {
  expect(readClientHello(Buffer.from('GET / HTTP/1.1\r\n'))).toEqual({ kind: 'not_tls' });
  expect(readClientHello(Buffer.from('SSH-2.0-x\r\n'))).toEqual({ kind: 'not_tls' });
  const whole = await hello('some.example');
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % below;
  };
  const kinds = new Set<string>();
  for (let i = 0; i < 5_000; i++) {
    const bytes = Buffer.from(whole);
    for (let j = 0; j <= random(4); j++) bytes[1 + random(bytes.length - 1)] = random(256);
    kinds.add(readClientHello(bytes).kind);
  }
  // It answers: neither throws nor reads on and on.
  expect(['broken', 'hello', 'incomplete']).toEqual(expect.arrayContaining([...kinds]));
  expect(readClientHello(Buffer.alloc(64 * 1024, 22))).toEqual({ kind: 'broken' });
});

test('two names are none: another reader may take the other', async () => {
  const whole = await hello('some.example');
  const body = whole.subarray(9);
  // The extension of the name, once more at the end.
  const at = body.indexOf(Buffer.from('some.example')) - 9;
  const extension = body.subarray(at, at + 9 + 'some.example'.length);
  const ends = 2 + 32 + 1 + (body[34] ?? 0);
  const suites = body.readUInt16BE(ends);
  const extensionsAt = ends + 2 + suites + 1 + (body[ends + 2 + suites] ?? 0);
  const grown = Buffer.concat([body, extension]);
  grown.writeUInt16BE(body.readUInt16BE(extensionsAt) + extension.length, extensionsAt);
  const message = Buffer.concat([Buffer.from([1, 0, 0, 0]), grown]);
  message.writeUIntBE(grown.length, 1, 3);
  const record = Buffer.concat([Buffer.from([22, 3, 1, 0, 0]), message]);
  record.writeUInt16BE(message.length, 3);
  expect(readClientHello(record)).toEqual({ kind: 'broken' });
});
