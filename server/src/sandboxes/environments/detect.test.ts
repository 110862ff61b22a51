import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { treeOf } from '../../../test/helpers/treeOf.ts';
import { baseVersions } from './detectors/versions.ts';
import { readEnvironment } from './readEnvironment.ts';

async function detected(files: Record<string, string>) {
  const read = await readEnvironment(treeOf(files));
  if (!read.ok) throw new Error(read.message);
  const { guesses } = read.environment;
  const commands = guesses.map(each => each.command).join('\n');
  return { ...read.environment, commands };
}

const globally = 'npm install --global --no-audit --no-fund';
const pip = 'python3 -m pip install --user --quiet';
const tool = (name: string) => `{ command -v ${name} > /dev/null || ${pip} ${name}; }`;
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
    ['packageManager names npm, whose lock file is not there'],
  ],
  [
    'a stale second lock file: packageManager decides',
    { 'yarn.lock': berry, 'pnpm-lock.yaml': '', 'package.json': manager('yarn@4.6.0') },
    `${globally} @yarnpkg/cli-dist@4.6.0 && yarn install --immutable`,
    ['pnpm-lock.yaml beside yarn.lock: only yarn.lock counts'],
  ],
  [
    'yarn 3’s lock file, which yarn 4 brings up',
    { 'yarn.lock': '__metadata:\n  version: 6\n' },
    `${globally} @yarnpkg/cli-dist@4 && yarn install --no-immutable`,
  ],
  [
    'pnpm’s lock file of format 5.4',
    { 'pnpm-lock.yaml': 'lockfileVersion: 5.4\n' },
    `${globally} pnpm@7 && pnpm install --frozen-lockfile`,
  ],
  [
    'npm’s lock file of version 1',
    { 'package-lock.json': '{"lockfileVersion":1}' },
    'npm ci --no-audit --no-fund',
  ],
  [
    'bun',
    { 'bun.lock': '{}', 'package.json': manager('bun@1.2.3') },
    expect.stringMatching(/@oven\/bun-linux-.*@1\.2\.3.*&& bun install --frozen-lockfile$/),
  ],
  ['bun’s older lock file', { 'bun.lockb': '' }, expect.stringMatching(/&& bun install --frozen-lockfile$/)],
  ['deno', { 'deno.json': '{}', 'deno.lock': '{}' }, `${globally} deno && deno install --frozen`],
  ['deno without a lock file', { 'deno.jsonc': '{}' }, `${globally} deno && deno install`],
  [
    'no lock file',
    { 'package.json': '{"dependencies":{"a":"1"}}' },
    'npm install --no-audit --no-fund --no-package-lock',
    ['package.json has no lock file'],
  ],
  [
    'no lock file, pnpm asked for',
    { 'package.json': '{"packageManager":"pnpm@9.1.0","devDependencies":{"a":"1"}}' },
    `${globally} pnpm@9.1.0 && pnpm install --no-lockfile`,
    ['package.json has no lock file'],
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
  [
    'pip, what developers need too',
    { 'requirements.txt': '', 'requirements-dev.txt': '', 'docs-requirements.txt': '' },
    `${pip} --requirement requirements.txt --requirement requirements-dev.txt`,
    ['docs-requirements.txt is not installed'],
  ],
  ['uv', { 'uv.lock': '' }, `${tool('uv')} && uv sync --frozen`],
  [
    'uv without a lock file',
    { 'pyproject.toml': '[tool.uv]\n' },
    `${tool('uv')} && uv sync`,
    ['has no lock file'],
  ],
  ['poetry', { 'poetry.lock': '' }, `${tool('poetry')} && poetry install --no-interaction`],
  [
    'poetry without a lock file',
    { 'pyproject.toml': '[tool.poetry]\nname = "x"\n' },
    `${tool('poetry')} && poetry install --no-interaction`,
    ['has no lock file'],
  ],
  [
    'two lock files: pyproject.toml decides',
    { 'uv.lock': '', 'poetry.lock': '', 'pyproject.toml': '[tool.poetry.dependencies]\n' },
    `${tool('poetry')} && poetry install --no-interaction`,
    ['uv.lock beside poetry.lock: only poetry.lock counts'],
  ],
  ['pdm', { 'pdm.lock': '' }, `${tool('pdm')} && pdm sync`],
  ['pipenv', { Pipfile: '', 'Pipfile.lock': '{}' }, `${tool('pipenv')} && pipenv sync --dev`],
  [
    'pipenv without a lock file',
    { Pipfile: '' },
    `${tool('pipenv')} && pipenv install --dev --skip-lock`,
    ['Pipfile has no lock'],
  ],
  [
    'hatch and whatever else pip builds',
    { 'pyproject.toml': '[build-system]\nrequires = ["hatchling"]\n' },
    `${pip} --editable .`,
  ],
  ['a project of setuptools', { 'setup.py': '' }, `${pip} --editable .`],
  [
    'a project below the top',
    {
      'web/package-lock.json': '{}',
      'web/package.json': '{}',
      'a b/uv.lock': '',
      'test/fixture/yarn.lock': '',
    },
    `cd web && npm ci --no-audit --no-fund\ncd 'a b' && ${tool('uv')} && uv sync --frozen`,
  ],
  [
    'lock files below one at the top',
    { 'package-lock.json': '{}', 'web/package-lock.json': '{}' },
    'npm ci --no-audit --no-fund',
    ['Lock files of JavaScript in web are left'],
  ],
  [
    'many below the top',
    Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(name => [`${name}/package-lock.json`, '{}'])),
    ['a', 'b', 'c', 'd', 'e'].map(name => `cd ${name} && npm ci --no-audit --no-fund`).join('\n'),
    ['Lock files of JavaScript in f, g are left'],
  ],
  [
    'a version that the sandbox has',
    { 'package-lock.json': '{}', '.nvmrc': 'v26.1.0\n' },
    'npm ci --no-audit --no-fund',
  ],
  [
    'a range that the sandbox is in',
    { 'package-lock.json': '{}', 'package.json': '{"engines":{"node":">=18 <27"}}' },
    'npm ci --no-audit --no-fund',
  ],
] as [string, Record<string, string>, string, string[]?][])('%s', async (_, files, install, notes = []) => {
  const environment = await detected(files);
  expect(environment).toMatchObject({ rootfs: { kind: 'base' }, commands: install });
  expect(environment.install).toBeUndefined();
  expect(environment.notes).toEqual(notes.map(note => expect.stringContaining(note)));
  expect(environment.caches.length).toBeGreaterThan(0);
});

test.each([
  ['go.sum', 'Go'],
  ['Cargo.lock', 'Rust'],
  ['go.mod', 'Go'],
  ['Cargo.toml', 'Rust'],
  ['pom.xml', 'Java and Maven'],
  ['build.gradle.kts', 'Java and Gradle'],
  ['gradle.lockfile', 'Java and Gradle'],
  ['Gemfile', 'Ruby'],
  ['Gemfile.lock', 'Ruby'],
  ['composer.json', 'PHP and Composer'],
  ['Shop.sln', '.NET'],
  ['api.csproj', '.NET'],
])('%s: nothing is installed, and the note says why and what to do', async (file, language) => {
  const environment = await detected({ [file]: '' });
  expect(environment.guesses).toEqual([]);
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
  expect(environment.guesses).toEqual([
    { source: 'package-lock.json', command: 'npm ci --no-audit --no-fund' },
    { source: 'uv.lock', command: `${tool('uv')} && uv sync --frozen` },
  ]);
  expect(environment.notes).toHaveLength(1);
  expect(environment.lockFiles).toHaveLength(5);
});

test('a repository that tells nothing', async () => {
  expect(await detected({ 'README.md': 'x' })).toEqual({
    source: 'none',
    rootfs: { kind: 'base' },
    guesses: [],
    commands: '',
    ports: [],
    env: {},
    caches: [],
    services: {},
    lockFiles: [],
    notes: [],
    missing: [],
  });
});

test.each([
  ['.nvmrc', 'v18.17.0\n', /^\.nvmrc asks for Node v18\.17\.0; the sandbox has 26/],
  ['.node-version', 'lts/hydrogen', /asks for Node lts\/hydrogen/],
  ['.python-version', '3.13\n', /asks for Python 3\.13; the sandbox has 3\.11/],
  ['.tool-versions', '# ours\nnodejs 20.1.0\n', /^\.tool-versions asks for Node 20\.1\.0/],
  ['.tool-versions', 'terraform 1.5.0\n', /asks for terraform 1\.5\.0, which our base image does not have/],
  [
    'mise.toml',
    '[env]\nA = "1"\n[tools]\nnode = ["22", "20"]\n[tasks]\nx = "y"\n',
    /^mise\.toml asks for Node 22/,
  ],
  ['rust-toolchain.toml', '[toolchain]\nchannel = "1.80"\n', /asks for Rust 1\.80/],
  ['rust-toolchain', 'nightly\n', /asks for Rust nightly/],
  ['package.json', '{"engines":{"node":"^18 || ^20"}}', /^engines of package\.json asks for Node \^18/],
])('%s: a version that the sandbox has not is told', async (file, text, note) => {
  const { notes } = await detected({ [file]: text });
  expect(notes).toEqual([expect.stringMatching(note)]);
});

test('the versions that are told are those of the base image', () => {
  const dockerfile = readFileSync(new URL('../../../../sandbox/Dockerfile', import.meta.url), 'utf8');
  expect(dockerfile).toContain(`ARG NODE_VERSION=${baseVersions.node}\n`);
  // Debian bookworm's.
  expect(dockerfile).toContain('ARG BASE=debian:bookworm-slim');
  expect(baseVersions.python).toBe('3.11');
});

test('a devcontainer that only names an image leaves the lock files on, and trusts the image to have its language', async () => {
  const environment = await detected({
    '.devcontainer/devcontainer.json': '{"image":"golang:1.24"}',
    'go.sum': '',
    'package-lock.json': '{}',
    '.nvmrc': '18',
  });
  expect(environment).toMatchObject({
    source: '.devcontainer/devcontainer.json, package-lock.json, go.sum',
    rootfs: { kind: 'image', image: 'golang:1.24' },
    commands: 'npm ci --no-audit --no-fund\ngo mod download',
    lockFiles: ['package-lock.json', 'go.sum'],
    notes: [],
    missing: [],
  });
});
