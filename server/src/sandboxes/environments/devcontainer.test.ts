import { expect, test } from '@jest/globals';
import { readEnvironment } from './readEnvironment.ts';

const asking = (name: string) => `$\{${name}}`;
const path = '.devcontainer/devcontainer.json';

async function told(file: object | string, at = path) {
  const text = typeof file === 'string' ? file : JSON.stringify(file);
  const read = await readEnvironment(async asked => (asked === at ? text : null));
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
    install: 'npm ci // not a comment',
    ports: [{ port: 3000, name: 'Shop' }, { port: 5432 }],
    notes: [],
  });
});

test('the file at the top of the repository counts where the folder has none', async () => {
  expect(await told({ postCreateCommand: 'make' }, '.devcontainer.json')).toMatchObject({
    source: '.devcontainer.json',
    install: 'make',
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
    '(\na\n) && (\nb # last\n) && (\nc\n)',
  ],
  ['an empty one is none', { postCreateCommand: '' }, undefined],
])('postCreateCommand: %s', async (_, file, install) => {
  expect((await told(file)).install).toBe(install);
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
    features: { 'ghcr.io/devcontainers/features/go:1': {} },
    mounts: ['source=a,target=/b,type=bind'],
    runArgs: ['--privileged'],
    forwardPorts: ['db:5432'],
    dockerComposeFile: 'compose.yml',
    initializeCommand: 'x',
    build: { args: { A: '1' } },
    privileged: false,
    capAdd: [],
  });
  const words = [
    'db:5432',
    'features',
    'mounts',
    'runArgs',
    'initializeCommand',
    'dockerComposeFile',
    'build.args',
  ];
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
