import { expect, test } from '@jest/globals';
import { judgeMediaType } from './mediaType.ts';

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const heic = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic\0\0\0\0mif1heic')]);

test.each([
  ['a PNG, whatever it is called', png, 'text/plain', { kind: 'shown', mediaType: 'image/png' }],
  ['HEIC called a PNG', heic, 'image/png', { kind: 'other', mediaType: 'image/heic' }],
  [
    'a zip called text',
    'PK\u0003\u0004\u0014\0\0\0',
    'text/plain',
    { kind: 'other', mediaType: 'application/zip' },
  ],
  ['no text', Buffer.from([0xff, 0xfe, 0, 1]), 'text/plain', { kind: 'other' }],
  ['TypeScript', 'export const a = 1;\n', 'video/mp2t', { kind: 'text', mediaType: 'text/plain' }],
  ['words called a picture', 'not a picture', 'image/png', { kind: 'text', mediaType: 'text/plain' }],
  ['a Dockerfile', 'FROM debian\n', 'application/octet-stream', { kind: 'text', mediaType: 'text/plain' }],
  ['YAML', 'a: ☃\n', '', { kind: 'text', mediaType: 'text/plain' }],
  ['JSON', '{}', 'application/json', { kind: 'text', mediaType: 'application/json' }],
  ['SVG', '<?xml version="1.0"?><svg/>', 'image/svg+xml', { kind: 'text', mediaType: 'text/plain' }],
] as const)('%s', async (_, content, claimed, judged) => {
  expect(await judgeMediaType(Buffer.from(content as string), claimed)).toMatchObject(judged);
});
