import { expect, test } from '@jest/globals';
import { readEnvironment } from './readEnvironment.ts';

async function detected(files: Record<string, string>) {
  const read = await readEnvironment(async path => files[path] ?? null);
  if (!read.ok) throw new Error(read.message);
  return read.environment;
}

const globally = 'npm install --global --no-audit --no-fund';
const berry = '__metadata:\n  version: 8\n';
const manager = (packageManager: string) => JSON.stringify({ packageManager });

test.each([
  ['npm', { 'package-lock.json': '{}' }, 'npm ci --no-audit --no-fund'],
  ['npm', { 'npm-shrinkwrap.json': '{}' }, 'npm ci --no-audit --no-fund'],
  [
    'pnpm, of the version that wrote the lock file',
    { 'pnpm-lock.yaml': "lockfileVersion: '6.0'\n" },
    `${globally} pnpm@8 && pnpm install --frozen-lockfile`,
  ],
  [
    'pnpm, of the version that is asked for',
    { 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n", 'package.json': manager('pnpm@9.15.1+sha512.abc') },
    `${globally} pnpm@9.15.1 && pnpm install --frozen-lockfile`,
  ],
  [
    'pnpm of no known format',
    { 'pnpm-lock.yaml': '' },
    `${globally} pnpm@latest && pnpm install --frozen-lockfile`,
  ],
  ['yarn 1', { 'yarn.lock': '# yarn lockfile v1\n' }, `${globally} yarn@1 && yarn install --frozen-lockfile`],
  ['yarn 2 and later', { 'yarn.lock': berry }, `${globally} @yarnpkg/cli-dist@4 && yarn install --immutable`],
  [
    'yarn of the version that is asked for',
    { 'yarn.lock': berry, 'package.json': manager('yarn@3.8.7') },
    `${globally} @yarnpkg/cli-dist@3.8.7 && yarn install --immutable`,
  ],
  [
    'another manager than the lock file’s',
    { 'yarn.lock': '', 'package.json': manager('npm@11.0.0') },
    `${globally} yarn@1 && yarn install --frozen-lockfile`,
  ],
  [
    'a package.json that is broken',
    { 'pnpm-lock.yaml': 'lockfileVersion: 5.4', 'package.json': '{' },
    `${globally} pnpm@7 && pnpm install --frozen-lockfile`,
  ],
  [
    'pip',
    { 'requirements.txt': 'x' },
    'python3 -m pip install --user --quiet --requirement requirements.txt',
  ],
  ['uv', { 'uv.lock': '' }, 'python3 -m pip install --user --quiet uv && uv sync --frozen'],
])('%s', async (_, files, install) => {
  const environment = await detected(files);
  expect(environment).toMatchObject({ rootfs: { kind: 'base' }, install, notes: [] });
  expect(environment.caches.length).toBeGreaterThan(0);
});

test.each([
  ['go.sum', 'Go'],
  ['Cargo.lock', 'Rust'],
  ['pom.xml', 'Java and Maven'],
])('%s: nothing is installed, and the note says why and what to do', async (file, language) => {
  const environment = await detected({ [file]: '' });
  expect(environment.install).toBeUndefined();
  expect(environment).toMatchObject({ source: file, lockFiles: [file] });
  expect(environment.notes).toEqual([
    expect.stringContaining(`uses ${language}, which our base image does not have`),
  ]);
});

test('several languages are installed one after the other; of one language the first lock file counts', async () => {
  const environment = await detected({
    'package-lock.json': '{}',
    'npm-shrinkwrap.json': '{}',
    'uv.lock': '',
    'requirements.txt': '',
    'Cargo.lock': '',
  });
  expect(environment.source).toBe('package-lock.json, uv.lock, Cargo.lock');
  expect(environment.install).toBe(
    'npm ci --no-audit --no-fund && python3 -m pip install --user --quiet uv && uv sync --frozen',
  );
  expect(environment.notes).toHaveLength(1);
  expect(environment.lockFiles).toHaveLength(5);
});

test('a repository that tells nothing', async () => {
  expect(await detected({ 'README.md': 'x' })).toEqual({
    source: 'none',
    rootfs: { kind: 'base' },
    ports: [],
    env: {},
    caches: [],
    services: {},
    lockFiles: [],
    notes: [],
  });
});
