import { type Envelope, knownEvent } from '@deckhand/shared';

export type PieceKind = 'title' | 'prompt' | 'answer';

/** Words that can be found, and where they stand. Another piece with this key takes its place; without text it goes. */
export type Piece = { key: string; kind: PieceKind; seq: number; text: string };

/** What an event changes in the index. */
export type Indexed = {
  piece?: Piece;
  /** Whoever prompted has seen what was there. */
  promptedBy?: string;
  /** Work goes on: the session stands where it happened. */
  active: boolean;
};

/** What happens by itself, or to a session rather than in it: it moves nothing in lists and is news to nobody. */
const upkeep: ReadonlySet<string> = new Set([
  'session.state',
  'session.titled',
  'session.archived',
  'sandbox.state',
  'egress.noted',
  'context.compacted',
  'board.expired',
  'grant.withdrawn',
]);

/** Events whose words are searched. */
const withWords: ReadonlySet<string> = new Set([
  'prompt.queued',
  'prompt.edited',
  'prompt.cancelled',
  'message.done',
  'turn.finished',
]);

export function indexedOf(envelope: Envelope): Indexed {
  const active = !upkeep.has(envelope.type);
  // Most events are calls of tools: they are not looked into.
  const event = withWords.has(envelope.type) ? knownEvent(envelope) : null;
  if (!event) return { active };
  const { seq } = envelope;
  switch (event.type) {
    case 'prompt.queued': {
      const { promptId, text, author } = event.data;
      return { active, promptedBy: author.userId, piece: { key: promptId, kind: 'prompt', seq, text } };
    }
    case 'prompt.edited':
      return { active, piece: { key: event.data.promptId, kind: 'prompt', seq, text: event.data.text } };
    case 'prompt.cancelled':
      return { active, piece: { key: event.data.promptId, kind: 'prompt', seq, text: '' } };
    case 'message.done':
      return { active, piece: { key: event.data.messageId, kind: 'answer', seq, text: event.data.text } };
    case 'turn.finished': {
      const { turnId, question } = event.data;
      return { active, ...(question ? { piece: { key: turnId, kind: 'answer', seq, text: question } } : {}) };
    }
    default:
      return { active };
  }
}
