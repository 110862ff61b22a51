import { expect, test } from '@jest/globals';
import { treeOf } from '../../../test/helpers/treeOf.ts';
import { type FingerprintInputs, type Fingerprints, fingerprintsOf } from './fingerprint.ts';
import { readEnvironment } from './readEnvironment.ts';

const file = {
  dockerfile: 'Dockerfile',
  install: 'npm ci',
  build: 'make',
  env: { A: '1', B: '2' },
  caches: ['.npm'],
  services: { db: { setup: 's', start: 'x' }, cache: { start: 'y' } },
};
const trees: Record<string, string> = {
  Dockerfile: 'd1',
  'package-lock.json': 'l1',
  docker: 't1',
  'docker/D': 'd2',
};
const inputs: FingerprintInputs = {
  base: 'deckhand-base:1',
  treeOf: async path => trees[path] ?? null,
  secrets: [
    { name: 'A', version: '1' },
    { name: 'B', version: '1' },
  ],
};

async function prints(more: object = {}, changed: Partial<FingerprintInputs> = {}): Promise<Fingerprints> {
  const text = JSON.stringify({ ...file, ...more });
  const files: Record<string, string> = { '.deckhand/environment.json': text, 'package-lock.json': '{}' };
  const read = await readEnvironment(treeOf(files));
  if (!read.ok) throw new Error(read.message);
  return fingerprintsOf(read.environment, { ...inputs, ...changed });
}

const tree = (path: string, id: string) => ({
  treeOf: async (asked: string) => (asked === path ? id : (trees[asked] ?? null)),
});

test('they are sha256, and the order of keys and secrets does not count', async () => {
  const one = await prints();
  for (const print of Object.values(one)) expect(print).toMatch(/^[0-9a-f]{64}$/);
  const turned = Object.fromEntries(Object.entries(file).toReversed());
  const again = await prints(
    {
      ...turned,
      env: { B: '2', A: '1' },
      services: { cache: { start: 'y' }, db: { start: 'x', setup: 's' } },
    },
    { secrets: inputs.secrets.toReversed() },
  );
  expect(again).toEqual(one);
});

type Parts = (keyof Fingerprints)[];
const all: Parts = ['root', 'install', 'all'];
const cases: [string, object, Partial<FingerprintInputs>, Parts][] = [
  ['the base image', {}, { base: 'deckhand-base:2' }, all],
  ['the Dockerfile’s text', {}, tree('Dockerfile', 'd9'), all],
  ['a lock file under a Dockerfile that sees the repository', {}, tree('package-lock.json', 'l9'), all],
  ['an image for the Dockerfile', { dockerfile: undefined, image: 'node:22' }, {}, all],
  ['install', { install: 'npm install' }, {}, ['install', 'all']],
  ['a variable', { env: { A: '2' } }, {}, ['install', 'all']],
  [
    'a service’s setup',
    { services: { ...file.services, db: { setup: 't', start: 'x' } } },
    {},
    ['install', 'all'],
  ],
  ['a secret', {}, { secrets: [{ name: 'A', version: '2' }] }, ['install', 'all']],
  ['build', { build: 'make all' }, {}, ['all']],
  ['warm', { warm: 'npm test' }, {}, ['all']],
  ['start', { start: 'npm start' }, {}, ['all']],
  ['ports', { ports: [1] }, {}, ['all']],
  ['a service’s start', { services: { ...file.services, cache: { start: 'z' } } }, {}, ['all']],
  ['the bound of one command', { timeoutMs: 5_000 }, {}, []],
];

test.each(cases)('%s changes what depends on it, and nothing else', async (_, more, changed, parts) => {
  const [before, after] = [await prints(), await prints(more, changed)];
  expect(all.filter(part => before[part] !== after[part])).toEqual(parts);
});

test('of a Dockerfile with a folder of its own the whole folder counts', async () => {
  const own = { dockerfile: { path: 'docker/D', context: 'docker' } };
  const before = await prints(own);
  expect((await prints(own, tree('docker', 't9'))).root).not.toBe(before.root);
  expect((await prints(own, tree('package-lock.json', 'l9'))).root).toBe(before.root);
});

test('without a Dockerfile a lock file leaves the root file system alone', async () => {
  const image = { dockerfile: undefined, image: 'node:22' };
  const [before, after] = [await prints(image), await prints(image, tree('package-lock.json', 'l9'))];
  expect(after.root).toBe(before.root);
  expect(after.install).not.toBe(before.install);
});
