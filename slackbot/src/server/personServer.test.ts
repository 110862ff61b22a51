import { readdirSync, readFileSync } from 'node:fs';
import type { Client } from '@deckhand/shared/client';
import { expect, test } from '@jest/globals';
import { type PersonServer, personServer } from './personServer.ts';

/** Read by the compiler alone: each of these would be a read as the bot. */
export function readsWithoutAPerson(server: PersonServer): unknown[] {
  return [
    // @ts-expect-error a list of sessions is somebody's
    server['session.list']({ limit: 10 }),
    // @ts-expect-error so are repositories
    server['repo.list']({}),
    // @ts-expect-error and images
    server['image.list']({}),
    // @ts-expect-error and what is in a session is not offered at all
    server['events.list'],
  ];
}

test('what people do in Slack reaches the server with a person only', () => {
  const http = new Proxy({}, { get: (_, name) => name });
  const server = personServer({ http } as unknown as Client);
  for (const name of ['events.list', 'session.get', 'thread.list', 'thread.get', 'user.list'])
    expect(server).not.toHaveProperty([name]);
  expect(server).toHaveProperty(['session.list']);
});

test('the ways in know no client of the server but that one', () => {
  const folder = new URL('../ways/', import.meta.url);
  for (const file of readdirSync(folder)) {
    const text = readFileSync(new URL(file, folder), 'utf8');
    const imported = [...text.matchAll(/import (?:type )?\{([^}]*)\} from '@deckhand\/shared\/client'/g)];
    const names = imported.flatMap(([, list = '']) =>
      list.split(',').map(name => name.trim().replace(/^type /, '')),
    );
    expect(names.filter(name => !['ClientFailure', 'ClientResult'].includes(name))).toEqual([]);
  }
});
