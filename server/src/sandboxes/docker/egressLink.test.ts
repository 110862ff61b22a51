import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import type Docker from 'dockerode';
import { openEgressLink } from './egressLink.ts';

const frame = (text: string) => {
  const head = Buffer.alloc(8);
  head[0] = 1;
  head.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([head, Buffer.from(text)]);
};

test('a link that breaks in the middle of a line is opened again; a whole line that means nothing is told', async () => {
  const streams: PassThrough[] = [];
  const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const errors: unknown[] = [];
  const told = Promise.withResolvers<void>();
  const start = async () => {
    begun[streams.push(new PassThrough()) - 1]?.resolve();
    return streams.at(-1);
  };
  const docker = { getContainer: () => ({ exec: async () => ({ start }) }) } as unknown as Docker;
  const link = openEgressLink(docker, 'dep', {
    authority: async () => ({ certificate: '', key: '' }),
    onOpen() {},
    onDecisions: async () => {},
    onError: (error: unknown) => {
      errors.push(error);
      told.resolve();
    },
  } as unknown as Parameters<typeof openEgressLink>[2]);
  await begun[0]?.promise;
  streams[0]?.write(frame('{"type":"hello","proxyId":"p1"}\n'));
  streams[0]?.end(frame('{"type":"deci'));
  await begun[1]?.promise;
  expect(errors).toEqual([]);
  streams[1]?.write(frame('{"type":"nonsense"}\n'));
  await told.promise;
  expect(String(errors[0])).toMatch(/nobody understands \(type: /);
  link.close();
});
