import { setTimeout as delay } from 'node:timers/promises';
import type { Hands } from '../sandboxes/hands.ts';
import { tellModel } from '../sessions/run/tellModel.ts';
import type { TurnWriter } from '../sessions/run/turnWriter.ts';
import { part } from '../sessions/store/keys.ts';
import type { Background, Meta, Run } from '../sessions/store/meta.ts';

type Known = Pick<Meta, 'background' | 'sandboxId'>;

/**
 * At a turn's start: what earlier turns left running, or that it is gone with its sandbox. From what is known of the
 * last turn's end, so that the first request need not wait for the sandbox.
 */
export async function tellOfBackground(writer: TurnWriter, run: Run, meta: Known): Promise<void> {
  const { background, sandboxId } = meta;
  if (!background || run.steps > 0) return;
  const names = background.running.map(({ handle, command }) => `${handle} (\`${command}\`)`).join(', ');
  if (background.sandboxId === sandboxId) {
    const text = `Still in the background, as of the end of the last turn: ${names}. process_output says how each stands.`;
    return tellModel(writer, run, text);
  }
  const text = `Not running any more, since the sandbox that they ran in slept or was replaced: ${names}. Start again what you need.`;
  // Of the same write: it is told once.
  await tellModel(writer, run, text, { ops: [['HSET', part.meta, 'background', '']] });
}

/** A sandbox that does not answer holds nobody up: what was known stays. */
const patienceMs = 2_000;

/** At a turn's end: writes down what runs on, where that is not what is known. */
export async function noteBackground(writer: TurnWriter, hands: Hands, meta: Known): Promise<void> {
  const answer = await Promise.race([hands.processes(), delay(patienceMs, null, { ref: false })]);
  if (!answer?.ok) return;
  const { sandboxId } = hands;
  const now: Background | null = answer.running.length > 0 ? { sandboxId, running: answer.running } : null;
  if (JSON.stringify(now) === JSON.stringify(meta.background)) return;
  await writer.record([], { background: now ? JSON.stringify(now) : '' });
}
