import type { Draft, Envelope, Frame, Head, NewEvent } from '../index.ts';
import { applyToHead, emptyHead } from './head.ts';

/** For tests: what a server sends over a session's life, in order, and what it would answer at any moment of it. */
export type Delivery = { event: Envelope } | { frame: Frame };
export type Moment = { head: Head; drafts: Draft[]; last: number };

export const sessionId = 'ses_000001';
const author = { userId: 'usr_000001', name: 'Ana' };
const id = (prefix: string, n: number) => `${prefix}_${String(n).padStart(6, '0')}`;
const texts = ['I will look.', 'Fixed **it** 🚢 now.', 'x', '\u001b[32mok\u001b[0m 12 tests\n'];

/** Turns numbers, whatever they are, into a session that a correct server could have produced. */
export function scripted(choices: readonly number[]): Delivery[] {
  const deliveries: Delivery[] = [];
  const queue: string[] = [];
  /** How many at its front were sent to the running turn. */
  let nowCount = 0;
  const openCalls: { callId: string; taskId?: string }[] = [];
  const openTasks: string[] = [];
  const ended: string[] = [];
  let turnId: string | null = null;
  let counter = 0;
  let seq = 0;

  const emit = (event: NewEvent | { type: string; data: unknown }, taskId?: string) => {
    seq++;
    const at = new Date(Date.UTC(2026, 10, 21) + seq * 137).toISOString();
    const envelope: Envelope = {
      seq,
      at,
      sessionId,
      actor: { kind: 'agent' },
      ...(taskId ? { taskId, agentId: 'explorer' } : {}),
      type: event.type,
      data: event.data,
    };
    deliveries.push({ event: envelope });
  };
  const write = (kind: Frame['kind'], textId: string, seed: number) => {
    const attempts = seed % 5 === 0 ? 2 : 1;
    const text = texts[seed % texts.length] ?? '';
    for (let attempt = 0; attempt < attempts; attempt++) {
      const points = [...text];
      const size = 1 + (seed % 4);
      for (let i = 0, offset = 0; i < points.length; i += size) {
        const piece = points.slice(i, i + size).join('');
        deliveries.push({
          frame: { sessionId, kind, id: textId, ...(turnId ? { turnId } : {}), attempt, offset, text: piece },
        });
        offset += piece.length;
      }
    }
    return text;
  };
  const steps: ((seed: number) => void)[] = [
    seed => {
      const promptId = id('prm', counter++);
      queue.push(promptId);
      const data = {
        promptId,
        requestId: `r${seed}`,
        text: 'Do it',
        attachments: [],
        author,
        position: queue.length,
      };
      emit({ type: 'prompt.queued', data });
    },
    seed => {
      if (turnId || queue.length === 0) return;
      turnId = id('trn', counter++);
      emit({ type: 'session.state', data: { state: 'running' } });
      const promptIds = queue.splice(0, 1 + (seed % 2));
      nowCount = Math.max(0, nowCount - promptIds.length);
      emit({ type: 'turn.started', data: { turnId, promptIds, model: 'rehearsal' } });
    },
    () => {
      const promptId = id('prm', counter++);
      // Behind those that were sent now before it.
      queue.splice(nowCount, 0, promptId);
      nowCount += 1;
      const data = {
        promptId,
        requestId: promptId,
        text: 'Now',
        attachments: [],
        author,
        position: nowCount,
      };
      emit({ type: 'prompt.queued', data: { ...data, when: 'now' } });
    },
    () => {
      if (!turnId || nowCount === 0) return;
      const promptIds = queue.splice(0, nowCount);
      nowCount = 0;
      emit({ type: 'turn.steered', data: { turnId, promptIds } });
    },
    seed => {
      if (!turnId) return;
      const messageId = id('msg', counter++);
      const text = write('message', messageId, seed);
      // One in three ends with its turn, without an event of its own.
      if (seed % 3 !== 0) emit({ type: 'message.done', data: { messageId, text } });
    },
    seed => {
      if (!turnId) return;
      const callId = id('cal', counter++);
      // Some are of a task.
      const taskId = seed % 2 ? openTasks.at(-1) : undefined;
      openCalls.push({ callId, ...(taskId ? { taskId } : {}) });
      emit({ type: 'tool.started', data: { callId, tool: 'bash', input: { command: 'npm test' } } }, taskId);
      write('tool', callId, seed);
    },
    seed => {
      const call = openCalls.shift();
      if (!turnId || !call) return;
      const { callId, taskId } = call;
      const data = {
        callId,
        ok: seed % 2 === 0,
        summary: 'npm test',
        output: 'ok',
        truncated: false,
        durationMs: 5,
      };
      emit({ type: 'tool.finished', data }, taskId);
    },
    seed => {
      if (!turnId) return;
      const usage = { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, steps: 1 };
      const outcome = (['done', 'asked', 'stopped'] as const)[seed % 3] ?? 'done';
      emit({
        type: 'turn.finished',
        data: { turnId, outcome, usage, question: 'Which?', choices: ['a', 'b'] },
      });
      emit({ type: 'session.state', data: { state: outcome === 'asked' ? 'waiting' : 'idle' } });
      ended.push(turnId);
      turnId = null;
      openCalls.length = 0;
      openTasks.length = 0;
    },
    seed => {
      if (!turnId) return;
      const taskId = id('tsk', counter++);
      const parentId = seed % 2 ? openTasks.at(-1) : undefined;
      const at = '2026-11-27T00:00:00.000Z';
      const about = { id: taskId, sessionId, goal: 'Find out', status: 'pending' as const, input: '' };
      const task = {
        ...about,
        ...(parentId ? { parentId } : {}),
        artifacts: [],
        createdAt: at,
        updatedAt: at,
      };
      const agent = { id: 'explorer', name: 'Explorer', version: '0123456789ab' };
      emit({ type: 'task.created', data: { task, agent, depth: 1 } }, taskId);
      emit({ type: 'task.started', data: { taskId, model: 'rehearsal' } }, taskId);
      openTasks.push(taskId);
    },
    seed => {
      const taskId = openTasks.at(-1);
      if (!turnId || !taskId) return;
      if (seed % 3 === 0) return emit({ type: 'task.blocked', data: { taskId, why: 'approval' } }, taskId);
      openTasks.pop();
      const usage = { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, steps: 1 };
      emit({ type: 'task.finished', data: { taskId, status: 'done', artifacts: [], usage } }, taskId);
    },
    seed => {
      const promptId = queue[seed % Math.max(1, queue.length)];
      if (!promptId) return;
      if (seed % 2) return emit({ type: 'prompt.edited', data: { promptId, text: 'Do the other' } });
      const place = queue.indexOf(promptId);
      queue.splice(place, 1);
      if (place < nowCount) nowCount -= 1;
      emit({ type: 'prompt.cancelled', data: { promptId } });
    },
    seed => {
      const state = (['warming', 'syncing', 'ready', 'asleep'] as const)[seed % 4] ?? 'ready';
      emit({ type: 'sandbox.state', data: { state, from: 'pool' } });
    },
    seed => {
      const back = ended[seed % Math.max(1, ended.length)];
      if (turnId || queue.length > 0 || !back) return;
      const outcome = (['done', 'asked'] as const)[seed % 2] ?? 'done';
      const asked = outcome === 'asked' ? { question: 'Which?', choices: ['a'] } : {};
      emit({ type: 'session.rewound', data: { turnId: back, outcome, ...asked } });
      emit({ type: 'session.state', data: { state: outcome === 'asked' ? 'waiting' : 'asleep' } });
    },
    seed => emit({ type: 'files.changed', data: { files: [{ path: 'a.ts', added: seed % 9, removed: 0 }] } }),
    () => emit({ type: 'notice', data: { level: 'info', text: 'hello' } }),
    seed => {
      const status = (['pending', 'in_progress', 'done', 'dropped'] as const)[seed % 4] ?? 'done';
      emit({ type: 'todo.updated', data: { items: [{ text: 'Look', status }] } });
    },
    seed => emit({ type: 'weather.changed', data: { seed } }),
    () => emit({ type: 'message.done', data: { text: 7 } }),
  ];
  for (const choice of choices) steps[choice % steps.length]?.(Math.floor(choice / steps.length));
  return deliveries;
}

/** What the server holds after these deliveries: the log's fold and the drafts that no event has ended. */
export function momentAfter(deliveries: readonly Delivery[]): Moment {
  let head = emptyHead;
  let drafts: Draft[] = [];
  for (const delivery of deliveries) {
    if ('frame' in delivery) {
      const { sessionId: _, offset, ...frame } = delivery.frame;
      const known = drafts.find(draft => draft.id === frame.id);
      const before = known?.attempt === frame.attempt ? known.text.slice(0, offset) : '';
      const draft = { ...frame, afterSeq: known?.afterSeq ?? head.last, text: before + frame.text };
      drafts = [...drafts.filter(other => other !== known), draft];
      continue;
    }
    const { type, data } = delivery.event;
    head = applyToHead(head, delivery.event);
    if (type === 'turn.finished') drafts = [];
    else drafts = drafts.filter(({ id: textId }) => !isEndOf(type, data, textId));
  }
  return { head, drafts, last: head.last };
}

const isEndOf = (type: string, data: unknown, textId: string) => {
  const ends = data as { messageId?: string; callId?: string };
  return (
    (type === 'message.done' && ends.messageId === textId) ||
    (type === 'tool.finished' && ends.callId === textId)
  );
};

export const eventsOf = (deliveries: readonly Delivery[]): Envelope[] =>
  deliveries.flatMap(delivery => ('event' in delivery ? [delivery.event] : []));
