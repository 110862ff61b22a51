import { terminalHistory } from '@deckhand/sandbox/protocol';
import { limits, type Result } from '@deckhand/shared';
import type { Hands } from '../hands.ts';
import { type PersonsWork, personsWorkOf } from '../untrusted/controlAnswers.ts';
import { runScript } from './script.ts';

export { oneLine } from '../untrusted/controlAnswers.ts';
export type { PersonsWork };

/** Of what was typed, its end. */
const mostTypedBytes = 64 * 1024;

/** From here on what people change is told, once for each time in which somebody has control. */
export async function markControl(hands: Hands, controlId: string): Promise<Result> {
  const done = await runScript(hands, 'control-mark', [controlId]);
  return done.ok ? { ok: true } : done;
}

/** What changed since; null where this sandbox knows of no beginning: it is another one. */
export async function changesSince(
  hands: Hands,
  controlId: string,
): Promise<Result<{ work: PersonsWork | null }>> {
  const bounds = [String(limits.controlCommits), String(mostTypedBytes)];
  const done = await runScript(hands, 'control-changes', [controlId, terminalHistory, ...bounds]);
  return done.ok ? { ok: true, work: personsWorkOf(done.stdout) } : done;
}
