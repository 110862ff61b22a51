import type { Author, Envelope, EventDataOf, EventType, Origin, Usage } from '@deckhand/shared';
import { touchSession } from '../../src/sessions/list.ts';
import { commit } from '../../src/sessions/store/commit.ts';
import { part } from '../../src/sessions/store/keys.ts';
import type { Store } from '../../src/sessions/store/store.ts';

export const people = {
  ana: { userId: 'usr_gh1', name: 'Ana' },
  ben: { userId: 'usr_gh2', name: 'Ben' },
  eve: { userId: 'usr_gh3', name: '=Eve()' },
} satisfies Record<string, Author>;

type TurnEnd = {
  /** Milliseconds from its start to the model's first word; none came where null. */
  wordMs?: number | null;
  tookMs?: number;
  tokens?: Partial<Usage>;
  costUsd?: number;
};

/** A session's log as it would have been, at times of the test's own. */
export class LogScript {
  readonly sessionId: string;
  readonly repo: string | null;
  readonly origin: Origin;
  readonly events: Envelope[];
  #ms: number;
  #made = 0;
  #agent: string | undefined;
  #prompts: string[] = [];

  constructor(
    name: string,
    about: { at: string; repo: string | null; origin: Origin; madeWith?: string },
    copied: Envelope[] = [],
  ) {
    this.sessionId = `ses_${name.padEnd(8, '0')}`;
    this.repo = about.repo;
    this.origin = about.origin;
    this.#ms = Date.parse(about.at);
    this.events = copied.map(event => ({ ...event, sessionId: this.sessionId }));
    if (copied.length === 0)
      this.add('session.created', {
        ...{ title: name, repo: about.repo, origin: about.origin },
        ...(about.madeWith === undefined ? {} : { madeWith: about.madeWith }),
      });
  }

  after(ms: number): this {
    this.#ms += ms;
    return this;
  }

  add<T extends EventType>(type: T, data: EventDataOf<T>, more: Partial<Envelope> = {}): this {
    const seq = this.events.length + 1;
    const at = new Date(this.#ms).toISOString();
    const actor = { kind: 'system' as const };
    this.events.push({ seq, at, sessionId: this.sessionId, actor, ...more, type, data });
    return this;
  }

  /** `agent`: the one that it names, for its turn, too. */
  prompt(author: Author, via?: string, agent?: string): this {
    this.#agent = agent;
    const promptId = this.id('prm');
    this.#prompts.push(promptId);
    const data = { promptId, requestId: promptId, text: 'Go', attachments: [], author, position: 1, agent };
    const actor = { kind: 'user' as const, ...author, ...(via === undefined ? {} : { via }) };
    return this.add('prompt.queued', data, { actor });
  }

  /** A turn on the prompts that wait. */
  turn(end: TurnEnd = {}, during: (turnId: string, log: LogScript) => unknown = () => {}): this {
    const { wordMs = 1_000, tookMs = 60_000, tokens = {}, costUsd } = end;
    const turnId = this.id('trn');
    const startedMs = this.#ms;
    const named = this.#agent;
    const agent = named === undefined ? undefined : { id: named, name: named, version: '0123456789ab' };
    this.add('turn.started', { turnId, promptIds: this.#prompts.splice(0), model: 'm', agent }, { turnId });
    during(turnId, this);
    this.#ms = startedMs + tookMs;
    const usage = { inputTokens: 100, cachedInputTokens: 20, outputTokens: 10, steps: 1, ...tokens };
    const firstTokenAt = wordMs === null ? undefined : new Date(startedMs + wordMs).toISOString();
    const data = {
      turnId,
      outcome: 'done' as const,
      usage,
      ...(costUsd === undefined ? {} : { costUsd }),
      ...(firstTokenAt === undefined ? {} : { firstTokenAt }),
    };
    return this.add('turn.finished', data, { turnId });
  }

  files(added: number, removed: number): this {
    return this.add('files.changed', {
      files: [
        { path: 'a', added, removed: 0 },
        { path: 'b', added: 0, removed },
      ],
    });
  }

  opened(changeId: string, author: Author, turnId: string, waits?: string): this {
    const data = { changeId, url: 'https://github.test/1', branch: 'deckhand/x-1', author };
    return this.add('change.opened', { ...data, ...(waits === undefined ? {} : { waits }) }, { turnId });
  }

  updated(data: EventDataOf<'change.updated'>, turnId?: string): this {
    return this.add('change.updated', data, turnId === undefined ? {} : { turnId });
  }

  id(kind: string): string {
    return `${kind}_${this.sessionId.slice(4)}${String(++this.#made).padStart(4, '0')}`;
  }

  /** Puts it into Redis as a session that idles. */
  async write(store: Store): Promise<void> {
    const [first] = this.events;
    const fields = {
      id: this.sessionId,
      orgId: 'default',
      title: this.sessionId,
      repo: this.repo ?? '',
      state: 'idle',
      origin: this.origin,
      authors: '[]',
      createdAt: Date.parse(first?.at ?? ''),
      updatedAt: this.#ms,
      budget: '{}',
      last: this.events.length,
    };
    const written = await commit(store, this.sessionId, {
      checks: [['absent', part.meta]],
      ops: [
        ['HSET', part.meta, ...Object.entries(fields).flat()],
        ...this.events.map(({ seq, at, ...event }): [string, string, ...(string | number)[]] => [
          'XADD',
          part.log,
          `${seq}-0`,
          'at',
          Date.parse(at),
          'e',
          JSON.stringify(event),
        ]),
      ],
    });
    if (!written.ok) throw new Error(`${this.sessionId} is there already`);
    await touchSession(store, 'default', this.sessionId);
  }
}

export const reviews = (approved: string[], changesRequested: string[] = [], commented: string[] = []) => ({
  approved,
  changesRequested,
  commented,
  requested: [],
});
