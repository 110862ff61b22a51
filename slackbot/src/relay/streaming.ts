import { toolTitle } from '@deckhand/shared/toolWords';
import type { View } from '@deckhand/shared/view';
import type { AnyChunk } from '@slack/types';
import { buttons } from '../render/blocks.ts';
import { type Shown, sessionUrl, turnValue } from '../render/live.ts';
import { shortened } from '../render/mrkdwn.ts';
import { activityOf, workOf } from '../render/work.ts';

/** Native streams live as cards: each step is a task that is told again when it changes, so that telling twice is fine. */
export function taskChunks(
  view: View,
  { turnId }: Pick<Shown, 'turnId'>,
  sent: Map<string, string>,
): AnyChunk[] {
  const { tools, end } = workOf(view, turnId);
  const tasks = tools.map(({ callId, tool, input, ...item }): AnyChunk => {
    const { verb, object } = toolTitle(tool, input);
    const failed = item.state === 'finished' && !item.result.ok;
    return {
      type: 'task_update',
      id: callId,
      title: shortened(`${verb} ${object}`, 100),
      status: item.state === 'running' && !end ? 'in_progress' : failed ? 'error' : 'complete',
      ...(failed ? { output: shortened(item.result.summary, 200) } : {}),
    };
  });
  const title = end ? 'Finished' : capital(shortened(activityOf(view, turnId), 100));
  const all: [string, AnyChunk][] = [
    ['plan', { type: 'plan_update', title }],
    ...tasks.map((task, i): [string, AnyChunk] => [tools[i]?.callId ?? '', task]),
  ];
  const fresh = all.filter(([id, chunk]) => sent.get(id) !== JSON.stringify(chunk));
  for (const [id, chunk] of fresh) sent.set(id, JSON.stringify(chunk));
  return fresh.map(([, chunk]) => chunk).slice(0, 50);
}

/** What a stream begins with: the way to stop it, and a link by which it is told from others. */
export const firstChunks = (shown: Shown): AnyChunk[] => [
  {
    type: 'blocks',
    blocks: buttons(
      { label: 'Stop', action: 'stop', value: turnValue(shown), style: 'danger' },
      { label: 'Open session', action: 'open', url: sessionUrl(shown) },
    ),
  },
];

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);
