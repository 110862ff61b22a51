import { afterEach, expect, test } from '@jest/globals';
import { emptyView, type View } from '../view/index.ts';
import { type Delivery, eventsOf, momentAfter, scripted, sessionId } from '../view/scripted.fixture.ts';
import { applyEvent, applyFrame } from '../view/view.ts';
import { type Client, createClient } from './client.ts';
import { followEvents } from './followEvents.ts';
import { type Faults, flawless, startServer } from './server.fixture.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The same numbers for the same seed, so that a failure can be run again. */
function numbers(seed: number) {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state;
  };
}
const longScript = (seed: number) => scripted(Array.from({ length: 150 }, numbers(seed)));
const inOneShot = (script: readonly Delivery[]) =>
  script.reduce(
    (view, piece) => ('event' in piece ? applyEvent(view, piece.event) : applyFrame(view, piece.frame)).view,
    emptyView(),
  );
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));
async function until(holds: () => boolean, what: string, ms = 10_000) {
  for (const end = Date.now() + ms; !holds(); await pause(10)) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
  }
}

async function setUp(script: readonly Delivery[], faults: Partial<Faults> = {}, ackTimeoutMs = 1000) {
  const server = await startServer(script, { ...flawless, ...faults });
  const client = createClient({ url: server.url, transports: ['websocket'], ackTimeoutMs });
  closers.push(
    () => server.close(),
    () => client.close(),
  );
  return { server, client };
}

function watch(client: Client, start: { tail: number } | { after: number }) {
  const seen: { view: View | null; statuses: string[]; failures: string[]; seqs: number[] } = {
    view: null,
    statuses: [],
    failures: [],
    seqs: [],
  };
  const follow = client.follow(sessionId, {
    start,
    onView: view => {
      seen.view = view;
    },
    onStatus: status => seen.statuses.push(status),
    onFailure: failure => seen.failures.push(failure.code),
    onEvent: event => seen.seqs.push(event.seq),
  });
  return { seen, follow };
}

const everyFault = (seed: number): Partial<Faults> => {
  const next = numbers(seed);
  const oneIn = (n: number) => () => Math.floor(next() / 65536) % n === 0;
  return {
    dropsEvent: oneIn(15),
    dropsFrame: oneIn(25),
    repeats: oneIn(6),
    hangsUp: oneIn(12),
    overtakes: () => Math.floor(next() / 65536) % 6,
  };
};

test.each([1, 2, 3])(
  'a server that drops, repeats, overtakes and hangs up still gives the one true view (%i)',
  async seed => {
    const script = longScript(seed);
    const { server, client } = await setUp(script, everyFault(seed));
    const { seen } = watch(client, { after: 0 });
    while (!server.done()) {
      server.play(7);
      await pause(15);
    }
    const whole = inOneShot(script);
    // A last message lost on the wire has nothing behind it to show the gap: the server's own check or a reconnect does.
    await pause(300);
    for (const socket of server.io.sockets.sockets.values()) socket.conn.close();
    await until(
      () => seen.view?.last === whole.last && seen.statuses.at(-1) === 'live',
      'all events are there',
    );
    expect(seen.view).toEqual(whole);
    expect(seen.seqs).toEqual(eventsOf(script).map(event => event.seq));
  },
  30_000,
);

test('opening at the tail shows the newest first, and older pages fill it up', async () => {
  const script = longScript(4);
  const { server, client } = await setUp(script);
  server.play(script.length);
  const { seen, follow } = watch(client, { tail: 5 });
  await until(() => seen.statuses.at(-1) === 'live', 'it is live');
  expect(seen.view?.events).toHaveLength(5);
  while (await follow.loadOlder(7));
  expect(seen.view).toEqual(inOneShot(script));
});

test('a prompt sent while the server is away is queued once when it is back', async () => {
  const { server, client } = await setUp([], {}, 200);
  watch(client, { tail: 5 });
  server.accept('forgetsToAnswer');
  client.send({ sessionId, text: 'Fix it' });
  client.send({ sessionId, text: 'And test it' });
  await until(() => server.prompts.length === 1, 'the first prompt arrived');
  server.accept('yes');
  server.hangUp();
  await until(() => server.prompts.length === 2, 'both arrived', 15_000);
  expect(server.prompts.map(({ text }) => text)).toEqual(['Fix it', 'And test it']);
  await until(() => client.outbox.entries().every(({ state }) => state === 'sent'), 'the outbox knows');
});

test('a refused prompt stays, with the reason, until it is discarded', async () => {
  const { server, client } = await setUp([]);
  server.accept('refuses');
  const requestId = client.send({ sessionId, text: 'Fix it' });
  await until(() => client.outbox.entries()[0]?.state === 'failed', 'it is refused');
  expect(client.outbox.entries()[0]).toMatchObject({ requestId, text: 'Fix it', message: 'Too long.' });
  client.outbox.discard(requestId);
  expect(client.outbox.entries()).toEqual([]);
});

test('unsent prompts outlive a reload', async () => {
  let stored: string | null = null;
  const storage = {
    load: () => stored,
    save: (text: string) => {
      stored = text;
    },
  };
  const offline = createClient({ url: 'http://127.0.0.1:9', storage });
  offline.send({ sessionId, text: 'Fix it' });
  offline.close();
  const { server } = await setUp([]);
  const client = createClient({ url: server.url, storage });
  closers.push(() => client.close());
  await until(() => server.prompts.length === 1, 'it arrived');
  await until(() => stored === '[]', 'nothing is kept any more');
});

test('an unknown session is a failure and not a retry', async () => {
  const { client } = await setUp([]);
  const failures: string[] = [];
  client.follow('ses_999999', { onFailure: failure => failures.push(failure.message) });
  await until(() => failures.length > 0, 'it failed');
  await pause(300);
  expect(failures).toEqual(['There is no such session.']);
});

test('a log that is shorter than what we hold is read anew', async () => {
  const script = longScript(5);
  const { server, client } = await setUp(script);
  server.play(script.length);
  const { seen } = watch(client, { after: 0 });
  await until(() => seen.statuses.at(-1) === 'live', 'it is live');
  server.forget(60);
  server.hangUp();
  const shorter = inOneShot(script.slice(0, 60));
  await until(() => seen.view?.last === shorter.last && seen.statuses.at(-1) === 'live', 'it was read anew');
  expect(seen.view).toEqual(shorter);
});

test('a server that says that it is closing is left and found again', async () => {
  const { server, client } = await setUp(longScript(8));
  const { seen } = watch(client, { tail: 5 });
  await until(() => seen.statuses.at(-1) === 'live', 'it is live');
  const [before] = [...server.io.sockets.sockets.keys()];
  server.io.emit('closing', { retryInMs: 50 });
  await until(() => seen.statuses.includes('offline') && seen.statuses.at(-1) === 'live', 'it is back');
  expect([...server.io.sockets.sockets.keys()]).not.toContain(before);
});

test('http commands take their path from the table and give failures as data', async () => {
  const { server, client } = await setUp(longScript(6));
  server.play(20);
  expect(await client.http['events.list']({ sessionId, before: 4, limit: 2 })).toMatchObject({ ok: true });
  expect(await client.http['session.get']({ sessionId })).toMatchObject({ ok: false, code: 'not_found' });
  await server.close();
  expect(await client.http.me({})).toMatchObject({ ok: false, code: 'offline' });
});

test('a session can be read as a stream of events', async () => {
  const script = longScript(7);
  const { server, client } = await setUp(script, { repeats: () => true });
  server.play(script.length - 30);
  setTimeout(() => server.play(script.length), 200);
  const seqs: number[] = [];
  for await (const piece of followEvents(client, sessionId)) {
    if (!('event' in piece)) continue;
    seqs.push(piece.event.seq);
    if (seqs.length === eventsOf(script).length) break;
  }
  expect(seqs).toEqual(eventsOf(script).map(event => event.seq));
});

test('a stream that begins in the middle of a text brings its beginning', async () => {
  const script = longScript(9);
  const middle = script.findIndex((_, n) => momentAfter(script.slice(0, n)).drafts.length > 0);
  const [draft] = momentAfter(script.slice(0, middle)).drafts;
  const { server, client } = await setUp(script);
  server.play(middle);
  for await (const piece of followEvents(client, sessionId)) {
    if (!('frame' in piece)) continue;
    expect(piece.frame).toMatchObject({ id: draft?.id, offset: 0, text: draft?.text });
    break;
  }
});

test('a token that the server refuses is asked for again, once; where there is no other the refusal is told', async () => {
  let token = 'old';
  const another = { token: 'new', there: true };
  const asked: (string | null)[] = [];
  const client = createClient({
    url: 'http://deckhand.test',
    token: async () => token,
    refused: async () => {
      token = another.token;
      return another.there;
    },
    fetch: async (_, init) => {
      const given = new Headers(init?.headers).get('authorization');
      asked.push(given);
      const error = { code: 'unauthorized', message: 'Sign in first.', retryable: false };
      return given === 'Bearer new'
        ? Response.json({ repos: [] })
        : Response.json({ error }, { status: 401 });
    },
  });
  closers.push(() => client.close());
  expect(await client.http['repo.list']({})).toEqual({ ok: true, repos: [] });
  expect(asked).toEqual(['Bearer old', 'Bearer new']);
  Object.assign(another, { token: 'none', there: false });
  token = 'old';
  expect(await client.http['repo.list']({})).toMatchObject({ ok: false, code: 'unauthorized' });
  expect(asked.slice(2)).toEqual(['Bearer old']);
});
