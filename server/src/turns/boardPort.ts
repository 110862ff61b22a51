import type { BoardEntry, BoardLine } from '@deckhand/shared';
import { readBoard } from '@deckhand/shared/view';
import type { BoardPort } from '../agent/tools/tool.ts';
import { fullBoard, indexExpiry, readLines } from '../sessions/board/board.ts';
import { shareUp } from '../sessions/board/shareUp.ts';
import { agentActor, type TurnWriter } from '../sessions/run/turnWriter.ts';
import { type Meta, readMeta } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';

export type BoardPortDeps = {
  store: Store;
  writer: TurnWriter;
  meta: Meta;
  clock: () => number;
  /** Whose agent writes, where it is one on a task. */
  task?: { taskId: string; agentId: string };
};

/** A line is named after its call: written again after a crash it is the same one. */
export function boardPort({ store, writer, meta, clock, task }: BoardPortDeps): BoardPort {
  return {
    async write({ callId }, { url, ...draft }) {
      const id = callId.replace(/^[a-z]+_/, 'brd_');
      const lines = await readLines(store, meta.id);
      if (lines.some(line => line.id === id)) return { ok: true, text: `Noted: ${draft.key}` };
      const full = fullBoard(lines, draft.key);
      if (full) return { ok: false, text: full };
      const entry: BoardEntry = {
        ...{ id, ...draft, createdAt: new Date(clock()).toISOString() },
        source: {
          actor: agentActor,
          ...(task ? { taskId: task.taskId } : {}),
          ...(url ? { url } : {}),
        },
      };
      await indexExpiry(store, meta.id, entry);
      await writer.record([{ type: 'board.written', actor: agentActor, ...task, data: entry }]);
      await shareUp(store, meta);
      return { ok: true, text: `Noted: ${draft.key}` };
    },
    async read({ query = '', kind }) {
      const words = query.toLowerCase().split(/\s+/).filter(Boolean);
      const wanted = ({ kind: its, key, value }: BoardLine) =>
        (!kind || its === kind) && words.every(word => `${key} ${value}`.toLowerCase().includes(word));
      const { entries, contradicted } = readBoard(await linesUpwards(store, meta), clock());
      const found = entries.filter(wanted).map(describe);
      const open = contradicted
        .filter(lines => lines.some(wanted))
        .map(lines => lines.map(describe).join('\n'));
      if (found.length === 0 && open.length === 0)
        return { ok: true, text: 'The blackboard has nothing of that.' };
      const parts = [
        ...(found.length > 0 ? [found.join('\n')] : []),
        ...open.map(lines => `These contradict each other: take none for true before you checked.\n${lines}`),
      ];
      return { ok: true, text: parts.join('\n\n') };
    },
  };
}

/** Of the session and those above it, as far as agents may begin sessions that begin others. */
async function linesUpwards(store: Store, meta: Meta): Promise<BoardLine[]> {
  const lines = await readLines(store, meta.id);
  const above = meta.parent && (await readMeta(store, meta.parent.sessionId));
  if (!above) return lines;
  // What came up from here is known already.
  const known = new Set(lines.map(({ id }) => id));
  return [...(await linesUpwards(store, above)).filter(({ id }) => !known.has(id)), ...lines];
}

function describe({ kind, key, value, source, createdAt }: BoardLine): string {
  const who = source.actor.kind === 'user' ? (source.actor.name ?? 'a person') : 'an agent';
  const from = [who, source.sessionId, source.url, createdAt.slice(0, 10)].filter(Boolean).join(', ');
  return `${kind} ${key}: ${value} (${from})`;
}
