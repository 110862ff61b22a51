import { expect, test } from '@jest/globals';
import { treeOf } from '../../../test/helpers/treeOf.ts';
import { readEnvironment } from './readEnvironment.ts';

const asking = (name: string) => `$\{${name}}`;
const path = '.devcontainer/devcontainer.json';

async function told(file: object | string, at = path, more: Record<string, string> = {}) {
  const text = typeof file === 'string' ? file : JSON.stringify(file);
  const read = await readEnvironment(treeOf({ ...more, [at]: text }));
  if (!read.ok) throw new Error(read.message);
  return read.environment;
}

test('comments and trailing commas are read, as people write them', async () => {
  const environment = await told(`// For everybody
{
  "name": "Shop", /* shown in the editor */
  "image": "mcr.microsoft.com/devcontainers/javascript-node:22", // https://hub.docker.com
  "postCreateCommand": "npm ci // not a comment",
  "forwardPorts": [3000, "5432",],
  "portsAttributes": { "3000": { "label": "Shop" } },
  "customizations": { "vscode": { "extensions": ["x.y"] } },
}`);
  expect(environment).toMatchObject({
    source: path,
    rootfs: { kind: 'image', image: 'mcr.microsoft.com/devcontainers/javascript-node:22' },
    afterInstall: 'npm ci // not a comment',
    ports: [{ port: 3000, name: 'Shop' }, { port: 5432 }],
    notes: [expect.stringContaining('Extensions are not installed, as no editor runs in a sandbox: x.y.')],
  });
});

test('the file at the top of the repository counts where the folder has none', async () => {
  expect(await told({ postCreateCommand: 'make' }, '.devcontainer.json')).toMatchObject({
    source: '.devcontainer.json',
    afterInstall: 'make',
  });
});

test.each([
  [{ build: { dockerfile: 'Dockerfile' } }, '.devcontainer/Dockerfile', '.devcontainer'],
  [{ build: { dockerfile: '../Dockerfile', context: '..' } }, 'Dockerfile', '.'],
  [{ dockerFile: 'Dockerfile' }, '.devcontainer/Dockerfile', '.devcontainer'],
  [{ dockerFile: '../docker/Dev', context: '../docker' }, 'docker/Dev', 'docker'],
])('a Dockerfile is found from where the file lies: %j', async (file, dockerfile, context) => {
  expect((await told(file)).rootfs).toEqual({ kind: 'dockerfile', path: dockerfile, context });
});

test.each([
  ['a string is for a shell', { postCreateCommand: 'a && b' }, 'a && b'],
  ['an array is for none', { postCreateCommand: ['echo', "it's", '$HOME'] }, `echo 'it'\\''s' '$HOME'`],
  [
    'those of an object run one after the other',
    { postCreateCommand: { web: 'npm ci', api: ['make', 'deps'] } },
    '(\nnpm ci\n) && (\nmake deps\n)',
  ],
  [
    'what comes before it in a container’s life runs before it',
    { postCreateCommand: 'c', onCreateCommand: 'a', updateContentCommand: 'b # last' },
    'c',
  ],
  ['an empty one is none', { postCreateCommand: '' }, undefined],
])('postCreateCommand: %s', async (_, file, install) => {
  expect((await told(file)).afterInstall).toBe(install);
});

test('what must not fail is apart from what may', async () => {
  const { install, afterInstall } = await told({
    onCreateCommand: 'a',
    updateContentCommand: 'b # last',
    postCreateCommand: 'c',
  });
  expect(install).toBe('(\na\n) && (\nb # last\n)');
  expect(afterInstall).toBe('c');
});

test.each([
  [`cd ${asking('containerWorkspaceFolder')}/web && make`, 'cd /work/repo/web && make'],
  [
    `echo ${asking('localWorkspaceFolderBasename')} ${asking('containerWorkspaceFolderBasename')}`,
    'echo repo repo',
  ],
  [
    `git config --global --add safe.directory ${asking('localWorkspaceFolder')}`,
    'git config --global --add safe.directory /work/repo',
  ],
  [
    `echo ${asking('containerEnv:KIND')} ${asking('containerEnv:KIND:none')}`,
    `echo ${asking('KIND')} ${asking('KIND:-none')}`,
  ],
  [`echo ${asking('localEnv:TOKEN')}${asking('localEnv:NAME:nobody')}`, 'echo nobody'],
  [
    'cd /workspaces/shop && ls /workspaces/shop/web /workspaces/shop-b',
    'cd /work/repo && ls /work/repo/web /workspaces/shop-b',
  ],
  [`echo $HOME ${asking('HOME')}`, `echo $HOME ${asking('HOME')}`],
])('variables in a command: %s', async (command, run) => {
  expect((await told({ workspaceFolder: '/workspaces/shop', postCreateCommand: command })).afterInstall).toBe(
    run,
  );
});

test('for no shell only the variables of devcontainer.json are put in', async () => {
  const words = ['echo', `${asking('containerEnv:A')} $HOME`, '$B', asking('containerWorkspaceFolder')];
  expect((await told({ postCreateCommand: words })).afterInstall).toBe(
    `echo "${asking('A')} \\$HOME" '$B' '/work/repo'`,
  );
});

test('arguments and target of a Dockerfile, as the specification has them', async () => {
  const { rootfs, notes } = await told({
    build: {
      dockerfile: 'Dockerfile',
      context: '..',
      args: {
        VARIANT: '3.12',
        FROM_ENV: asking('localEnv:VARIANT:none'),
        EVIL: 'x"\nRUN evil',
        DECKHAND_BASE: 'x',
      },
      target: 'development',
    },
  });
  expect(rootfs).toEqual({
    kind: 'dockerfile',
    path: '.devcontainer/Dockerfile',
    context: '.',
    args: { VARIANT: '3.12', FROM_ENV: 'none' },
    target: 'development',
  });
  expect(notes).toEqual([expect.stringContaining('EVIL'), expect.stringContaining('DECKHAND_BASE')]);
});

test('one of several in folders of their own: the first, and the others are named', async () => {
  const other = '.devcontainer/b/devcontainer.json';
  const environment = await told({ postCreateCommand: 'make' }, '.devcontainer/a/devcontainer.json', {
    [other]: '{}',
  });
  expect(environment).toMatchObject({ source: '.devcontainer/a/devcontainer.json', afterInstall: 'make' });
  expect(environment.notes).toEqual([expect.stringContaining(other)]);
});

test('compose files: the service that people work in, its variables; the others are named', async () => {
  const compose = `
services:
  app: &app
    build:
      context: ..
      dockerfile: .devcontainer/Dockerfile
      args: { VARIANT: bookworm }
    environment:
      DATABASE_URL: postgres://db/shop
      PORT: 3000
      GONE:
    volumes: ['..:/workspace:cached']
  db:
    image: postgres:16
`;
  const over = `services:\n  app:\n    environment: [PORT=4000, "MODE=${asking('MODE:-dev')}"]\n`;
  const { rootfs, env, notes, afterInstall } = await told(
    {
      dockerComposeFile: ['docker-compose.yml', '../compose.dev.yml'],
      service: 'app',
      workspaceFolder: '/workspace',
      remoteEnv: { LOCAL: '1' },
      postCreateCommand: 'cd /workspace && npm ci',
    },
    path,
    { '.devcontainer/docker-compose.yml': compose, 'compose.dev.yml': over },
  );
  expect(rootfs).toMatchObject({ kind: 'dockerfile', path: '.devcontainer/Dockerfile', context: '.' });
  expect(env).toEqual({ DATABASE_URL: 'postgres://db/shop', PORT: '4000', MODE: 'dev', LOCAL: '1' });
  expect(afterInstall).toBe('cd /work/repo && npm ci');
  expect(notes).toEqual([expect.stringMatching(/service db \(postgres:16\) is not started/)]);
});

test.each([
  ['services: [', /not YAML/],
  ['services:\n  app: 7\n', /services\.app/],
  ['services:\n  web: { image: nginx }\n', /app is no service of/],
  [
    'a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nservices: { app: *c }\n',
    /not YAML|services\.app/,
  ],
])('a compose file that is none is told: %j', async (text, message) => {
  const file = { dockerComposeFile: 'c.yml', service: 'app' };
  await expect(told(file, path, { '.devcontainer/c.yml': text })).rejects.toThrow(message);
});

const feature = (name: string) => `ghcr.io/devcontainers/features/${name}:1`;

test('common features are Debian’s packages, the others are named and nothing fails', async () => {
  const features = {
    [feature('node')]: { version: 'lts' },
    [feature('git')]: {},
    [feature('github-cli')]: {},
    [feature('go')]: {},
    [feature('java')]: { version: '17', installMaven: true, installGradle: 'false' },
    [feature('docker-in-docker')]: {},
    'ghcr.io/somebody/features/go:1': {},
    './local-feature': {},
  };
  const { rootfs, notes } = await told({ features });
  expect(rootfs).toEqual({
    kind: 'base',
    packages: ['gh', 'golang-go', 'default-jdk-headless', 'maven'],
  });
  expect(notes).toEqual([expect.stringMatching(/not installed: docker-in-docker, go, local-feature;/)]);
  expect((await told({ image: 'debian:12', features })).rootfs).toMatchObject({
    kind: 'image',
    packages: expect.arrayContaining(['nodejs', 'git', 'gh']),
  });
});

test.each([
  ['go', '1.19.4', null],
  ['go', '1.22', /feature go asks for version 1\.22; the sandbox has 1\.19/],
  ['node', 'v26', null],
  ['node', '18', /feature node asks for version 18; the sandbox has 26/],
  ['python', 'os-provided', null],
  ['python', '3.9', /asks for version 3\.9; the sandbox has 3\.11/],
  ['rust', 'latest', null],
])('the version of the feature %s: %s', async (name, version, note) => {
  const expected = note ? [expect.stringMatching(note)] : [];
  expect((await told({ features: { [feature(name)]: { version } } })).notes).toEqual(expected);
  expect((await told({ features: { [feature(name)]: version } })).notes).toEqual(expected);
});

test('PATH is lengthened, as the specification shows it', async () => {
  const remoteEnv = { PATH: `${asking('containerEnv:PATH')}:/some/other/path`, A: asking('localEnv:A') };
  const { env, notes } = await told({ remoteEnv });
  expect(env.PATH).toMatch(/^\/work\/home\/.*:\/bin:\/some\/other\/path$/);
  expect(notes).toEqual([expect.stringContaining('A is left out')]);
  expect((await told({ image: 'debian:12', remoteEnv })).notes).toContainEqual(
    expect.stringContaining('PATH is left out'),
  );
});

test('postStartCommand is what starts', async () => {
  expect((await told({ postStartCommand: 'npm run dev' })).start).toBe('npm run dev');
});

test('variables of both kinds are set, but for those that ask for another machine’s or are held', async () => {
  const { env, notes } = await told({
    containerEnv: {
      A: '1',
      B: `${asking('containerWorkspaceFolder')}/x`,
      TOKEN: asking('localEnv:TOKEN'),
      HOME: '/root',
    },
    remoteEnv: { A: '2', GONE: null },
  });
  expect(env).toEqual({ A: '2', B: '/work/repo/x' });
  expect(notes).toEqual([
    expect.stringContaining('TOKEN is left out'),
    expect.stringContaining('HOME is left out'),
  ]);
});

test('what is asked for and not done is told in sentences', async () => {
  const { notes } = await told({
    image: 'node:22',
    remoteUser: 'root',
    features: { 'ghcr.io/devcontainers/features/docker-in-docker:2': {} },
    mounts: ['source=a,target=/b,type=bind'],
    runArgs: ['--privileged'],
    forwardPorts: ['db:5432'],
    initializeCommand: 'x',
    build: { cacheFrom: 'x' },
    privileged: false,
    capAdd: [],
  });
  const words = ['db:5432', 'features', 'mounts', 'runArgs', 'initializeCommand', 'build.cacheFrom'];
  expect(notes).toHaveLength(words.length + 1);
  for (const [i, word] of words.entries()) expect(notes[i]).toContain(word);
  expect(notes.at(-1)).toMatch(/^remoteUser root is not granted/);
  for (const note of notes) expect(note).toMatch(/\.$/);
});

test('another user than root is told as not used', async () => {
  expect((await told({ remoteUser: 'vscode' })).notes).toEqual([expect.stringContaining('user 1000')]);
});

test.each([
  ['{"image": }', /^\.devcontainer\/devcontainer\.json is not JSON: ValueExpected in line 1/],
  ['', /^\.devcontainer\/devcontainer\.json is not JSON/],
  ['[]', /devcontainer\.json: the file: /],
  ['{"image": 7}', /devcontainer\.json: image: /],
  ['{"image": "a b"}', /devcontainer\.json: image: not an image/],
  ['{"forwardPorts": [0]}', /devcontainer\.json: forwardPorts\.0: a number from 1 to 65535/],
  ['{"postCreateCommand": {"a": 7}}', /devcontainer\.json: postCreateCommand\.a: a string, or an array/],
  [
    '{"build": {"dockerfile": "../../x"}}',
    /devcontainer\.json: build\.dockerfile: a path inside the repository/,
  ],
  ['{"build": {"dockerfile": "D", "context": "/"}}', /devcontainer\.json: build\.context: a path inside/],
])('a mistake is told with its key: %s', async (text, message) => {
  await expect(told(text)).rejects.toThrow(message);
});
