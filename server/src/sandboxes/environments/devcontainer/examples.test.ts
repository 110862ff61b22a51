import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { treeOf } from '../../../../test/helpers/treeOf.ts';
import { readEnvironment } from '../readEnvironment.ts';

/**
 * What the specification (containers.dev) shows, example by example: each key of it in the forms that it has there. None
 * fails, and what is not done of it is said.
 */
const asking = (name: string) => `$\{${name}}`;
const file = '.devcontainer/devcontainer.json';
const github = (name: string) => `ghcr.io/devcontainers/features/${name}`;

const compose = {
  '.devcontainer/docker-compose.yml':
    'services:\n  devcontainer:\n    image: mcr.microsoft.com/devcontainers/base:debian\n    volumes: ["../..:/workspaces:cached"]\n    network_mode: service:db\n    command: sleep infinity\n  db:\n    image: postgres:latest\n    restart: unless-stopped\n    environment: { POSTGRES_PASSWORD: postgres }\n',
};
const dockerfile = { '.devcontainer/Dockerfile': 'ARG VARIANT\nFROM debian:$VARIANT\n' };

type Example = [
  name: string,
  asked: object,
  is: object,
  notes?: (RegExp | string)[],
  files?: Record<string, string>,
];

const examples: Example[] = [
  [
    'an image alone',
    { image: 'mcr.microsoft.com/devcontainers/base:ubuntu' },
    { rootfs: { kind: 'image', image: 'mcr.microsoft.com/devcontainers/base:ubuntu' } },
  ],
  [
    'an image, a user, ports, an extension and a command',
    {
      name: 'Node.js',
      image: 'mcr.microsoft.com/devcontainers/typescript-node:1-22-bookworm',
      forwardPorts: [3000],
      customizations: {
        vscode: { settings: { 'editor.tabSize': 2 }, extensions: ['streetsidesoftware.code-spell-checker'] },
      },
      postCreateCommand: 'yarn install',
      remoteUser: 'node',
    },
    { ports: [{ port: 3000 }], afterInstall: 'yarn install', guesses: [] },
    [/Extensions are not installed.*code-spell-checker/, /remoteUser node is not used/],
  ],
  [
    'a Dockerfile with arguments, options and caches',
    {
      build: {
        dockerfile: 'Dockerfile',
        context: '.',
        target: 'development',
        args: { VARIANT: 'bookworm', MYARGFROMENVVAR: asking('localEnv:VARIABLE_NAME') },
        options: ['--add-host=host.docker.internal:host-gateway'],
        cacheFrom: 'ghcr.io/example/base-image:latest',
      },
    },
    {
      rootfs: {
        kind: 'dockerfile',
        path: '.devcontainer/Dockerfile',
        args: { VARIANT: 'bookworm' },
        target: 'development',
      },
    },
    [/build\.args: MYARGFROMENVVAR is left out/, /build\.options/, /build\.cacheFrom/],
    dockerfile,
  ],
  [
    'compose files, the service, which run, and where the tree lies',
    {
      dockerComposeFile: 'docker-compose.yml',
      service: 'devcontainer',
      runServices: ['db'],
      workspaceFolder: `/workspaces/${asking('localWorkspaceFolderBasename')}`,
      shutdownAction: 'stopCompose',
      forwardPorts: [5000, 'db:5432'],
    },
    { rootfs: { kind: 'image' }, ports: [{ port: 5000 }], services: {} },
    [/forwardPorts: db:5432/, /The service db \(postgres:latest\) is not started/],
    compose,
  ],
  [
    'features with options, in an order',
    {
      features: {
        [github('go:1')]: { version: 'latest' },
        [`${github('github-cli')}@sha256:${'ab'.repeat(32)}`]: {},
        [github('docker-in-docker:2.5.1')]: { moby: true },
        'https://github.com/user/repo/releases/devcontainer-feature-x.tgz': {},
        './myGoFeature': { optionA: 'value' },
      },
      overrideFeatureInstallOrder: [github('github-cli')],
    },
    { rootfs: { kind: 'base', packages: ['golang-go', 'gh'] } },
    [/not installed: docker-in-docker, tgz, myGoFeature;|not installed: docker-in-docker, .*myGoFeature;/],
  ],
  [
    'every command of a container’s life, in all three forms',
    {
      initializeCommand: ['docker', 'login'],
      onCreateCommand: ['yarn', 'install', '--frozen lockfile'],
      updateContentCommand: 'yarn build',
      postCreateCommand: { server: 'npm start', db: ['mysql', '-u', 'root', '-p', 'my database'] },
      postStartCommand: 'nohup bash -c "redis-server &"',
      postAttachCommand: { greet: 'echo hello' },
      waitFor: 'updateContentCommand',
    },
    {
      install: "(\nyarn install '--frozen lockfile'\n) && (\nyarn build\n)",
      afterInstall: "(\nnpm start\n) && (\nmysql -u root -p 'my database'\n)",
      start: 'nohup bash -c "redis-server &"',
    },
    [/initializeCommand is not run/, /postAttachCommand is not run/],
  ],
  [
    'variables of all kinds',
    {
      containerEnv: {
        MY_VARIABLE: asking('localEnv:HOME:/home/me'),
        FOLDER: asking('containerWorkspaceFolder'),
      },
      remoteEnv: {
        PATH: `${asking('containerEnv:PATH')}:/some/other/path`,
        MY_REMOTE_VARIABLE: 'some-value-here',
        LOCAL_USER: asking('localEnv:USER'),
        UNSET: null,
      },
      userEnvProbe: 'loginInteractiveShell',
    },
    {
      env: {
        MY_VARIABLE: '/home/me',
        FOLDER: '/work/repo',
        PATH: expect.stringMatching(/:\/some\/other\/path$/),
        MY_REMOTE_VARIABLE: 'some-value-here',
      },
    },
    [/LOCAL_USER is left out/],
  ],
  [
    'ports with attributes',
    {
      forwardPorts: [3000, 3001],
      portsAttributes: {
        '3000': { label: 'Application port', protocol: 'https', onAutoForward: 'notify' },
        '40000-55000': { onAutoForward: 'ignore' },
      },
      otherPortsAttributes: { onAutoForward: 'silent' },
      appPort: [],
    },
    { ports: [{ port: 3000, name: 'Application port' }, { port: 3001 }] },
  ],
  [
    'what a container may, is given and needs',
    {
      mounts: [{ source: 'dind-var-lib-docker', target: '/var/lib/docker', type: 'volume' }],
      workspaceMount: `source=${asking('localWorkspaceFolder')},target=/workspace,type=bind`,
      workspaceFolder: '/workspace',
      runArgs: ['--device-cgroup-rule=my rule here'],
      privileged: true,
      init: true,
      capAdd: ['SYS_PTRACE'],
      securityOpt: ['seccomp=unconfined'],
      overrideCommand: false,
      updateRemoteUserUID: true,
      containerUser: 'root',
      hostRequirements: { cpus: 8, memory: '8gb', storage: '32gb', gpu: 'optional' },
      secrets: { CHAMBER_TOKEN: { description: 'x' } },
    },
    { rootfs: { kind: 'base' } },
    [
      /^mounts /,
      /^runArgs /,
      /^privileged /,
      /^capAdd /,
      /^securityOpt /,
      /^workspaceMount /,
      /^secrets /,
      /^hostRequirements .*cpus 8, memory 8gb, storage 32gb/,
      /^remoteUser root /,
    ],
  ],
];

test.each(examples)('%s', async (...[, asked, is, notes = [], files = {}]: Example) => {
  const read = await readEnvironment(treeOf({ ...files, [file]: JSON.stringify(asked) }));
  expect(read).toMatchObject({ ok: true, environment: is });
  expect(read.ok && read.environment.notes).toEqual(notes.map(note => expect.stringMatching(note)));
});

/** Every key that the specification has. */
const keys =
  `name forwardPorts portsAttributes otherPortsAttributes containerEnv remoteEnv remoteUser containerUser
updateRemoteUserUID userEnvProbe overrideCommand shutdownAction init privileged capAdd securityOpt mounts features
overrideFeatureInstallOrder customizations secrets image build.dockerfile build.context build.args build.options
build.target build.cacheFrom appPort workspaceMount workspaceFolder runArgs dockerComposeFile service runServices
initializeCommand onCreateCommand updateContentCommand postCreateCommand postStartCommand postAttachCommand waitFor
hostRequirements`.split(/\s+/);

test('every key of the specification stands in the table of ENVIRONMENT.md, and in an example', () => {
  const page = readFileSync(new URL('../../../../../sandbox/ENVIRONMENT.md', import.meta.url), 'utf8');
  const [, table = ''] = /\n## devcontainer\.json\n([\s\S]*?)\n## /.exec(page) ?? [];
  expect(keys.filter(key => !table.includes(`\`${key}\``))).toEqual([]);
  const shown = JSON.stringify(examples);
  expect(keys.filter(key => !shown.includes(`"${key.replace('build.', '')}"`))).toEqual([]);
});
