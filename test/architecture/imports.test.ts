import { readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { expect, test } from '@jest/globals';
import { root, sources } from './sources.ts';

/** What one file imports: packages by name, files by their path from the root. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const specifiers = [
    ...text.matchAll(
      /(?:^|\s)(?:import|export)\s[^;]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|^import\s+'([^']+)'/gm,
    ),
  ];
  return specifiers
    .map(match => match[1] ?? match[2] ?? match[3] ?? '')
    .map(name => (name.startsWith('.') ? relative(root, join(root, dirname(file), name)) : name));
}

const roomOf = (path: string) => path.split(sep)[0] ?? '';
const offences = (from: (file: string) => boolean, bad: (imported: string, file: string) => boolean) =>
  sources.filter(from).flatMap(file =>
    importsOf(file)
      .filter(name => bad(name, file))
      .map(name => `${file} imports ${name}`),
  );

const inRoom = (room: string) => (file: string) => roomOf(file) === room;
const isTest = (file: string) => /\.(test|fixture)\.tsx?$/.test(file);
const rooms = ['extension', 'sandbox', 'server', 'shared', 'slackbot', 'test'];
/** A room's name where the import leaves the file's own room. */
const foreign = (imported: string, file: string) => {
  const room = /^@deckhand\/(\w+)/.exec(imported)?.[1] ?? roomOf(imported);
  return rooms.includes(room) && room !== roomOf(file) ? room : null;
};

test('nothing imports server', () => {
  expect(
    offences(
      file => roomOf(file) !== 'server',
      (name, file) => foreign(name, file) === 'server',
    ),
  ).toEqual([]);
});

test('shared imports no other room', () => {
  expect(
    offences(inRoom('shared'), (name, file) => {
      const room = foreign(name, file);
      return room !== null && ['server', 'sandbox', 'slackbot', 'extension', 'test'].includes(room);
    }),
  ).toEqual([]);
});

test('the root of shared imports only zod, its view nothing but the root', () => {
  const core = (file: string) => /^shared\/src\/(view\/)?[^/]+\.ts$/.test(file) && !isTest(file);
  const allowed = (name: string) => name === 'zod' || /^shared\/src\/(view\/)?[^/]+\.ts$/.test(name);
  expect(offences(core, name => !allowed(name))).toEqual([]);
});

test('the typed client knows no React, the parts of the page no server', () => {
  const client = (file: string) => file.startsWith('shared/src/client/') && !isTest(file);
  expect(offences(client, name => /^react/.test(name) || name.startsWith('shared/src/ui/'))).toEqual([]);
});

test('clients of the same session import only shared', () => {
  const clients = (file: string) => /^(slackbot|extension|server\/cli|server\/web)\//.test(file);
  const bad = (name: string, file: string) => {
    const room = foreign(name, file);
    const intoServer = roomOf(file) === 'server' && name.startsWith('server/src/');
    return intoServer || (room !== null && ['sandbox', 'test', 'slackbot', 'extension'].includes(room));
  };
  expect(offences(clients, bad)).toEqual([]);
});

test('what runs inside a sandbox imports nothing of the server or of shared', () => {
  const inside = (file: string) => file.startsWith('sandbox/src/');
  expect(offences(inside, (name, file) => foreign(name, file) !== null)).toEqual([]);
});

test('sessions, the sole writer of session state, knows no door, no turn and no sandbox', () => {
  const sessions = (file: string) => file.startsWith('server/src/sessions/') && !isTest(file);
  expect(
    offences(sessions, name => /^server\/src\/(doors|commands|turns|sandboxes|repos)\//.test(name)),
  ).toEqual([]);
});

test('the agent knows no git, Docker, Redis, GitHub: all that it works with comes through its ports', () => {
  const agent = (file: string) => file.startsWith('server/src/agent/') && !isTest(file);
  const allowed =
    /^(server\/src\/(agent|platform)\/|@deckhand\/(shared|sandbox\/protocol)|ai$|@ai-sdk\/|zod$|p-retry$|eventsource-parser$|gpt-tokenizer\/|node:)/;
  const outside = /^server\/src\/platform\/(git|blobs)\./;
  expect(offences(agent, name => !allowed.test(name) || outside.test(name))).toEqual([]);
});

test('only main reads the environment, exits or installs signal handlers in the server', () => {
  const guilty = sources
    .filter(file => file.startsWith('server/src/') && file !== 'server/src/main.ts' && !isTest(file))
    .filter(file => /process\.(env\b|exit\(|on\('SIG)/.test(readFileSync(join(root, file), 'utf8')));
  expect(guilty).toEqual([]);
});
