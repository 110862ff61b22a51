import type { Finished, JournalOutcome } from '../protocol/outcome.ts';
import type { CallRequest } from '../protocol/tools.ts';
import { EditInput, WriteInput } from '../protocol/tools.ts';
import { monotonicMs } from './clock.ts';
import { fault } from './fault.ts';
import type { CallJournal, Intent } from './journal.ts';
import { shown } from './places.ts';
import { apply, digestOf } from './tools/change.ts';
import { planEdit } from './tools/edit.ts';
import { fileError } from './tools/file-errors.ts';
import type { Plan } from './tools/plan.ts';
import { finished, type ToolAnswer } from './tools/tool.ts';
import { planWrite } from './tools/write.ts';

/** `write` and `edit`: the file itself tells after a crash whether the change was made. */
export async function changeFile(request: CallRequest, journal: CallJournal): Promise<JournalOutcome> {
  const { callId, tool } = request;
  const startedMs = monotonicMs();
  const done = (answer: ToolAnswer): Finished => finished(callId, answer, monotonicMs() - startedMs);

  const begun = journal.intent();
  if (begun?.file) {
    const now = await digestOf(begun.file.path);
    const { summary } = begun.file;
    if (now === begun.file.after) return done({ ok: true, summary, output: summary });
    if (now !== begun.file.before) {
      const reason = `${shown(begun.file.path)} is neither as before nor as the change would leave it`;
      return { callId, status: 'unknown', reason };
    }
  }

  const plan = await planOf(request);
  if (!plan.ok) return done(plan.answer);
  const { path, before, after } = plan.change;
  const intent: Intent = { tool, startedMs, file: { path, before, after, summary: plan.answer.summary } };
  journal.writeIntent(intent);
  fault('after-intent');
  try {
    await apply(plan.change);
  } catch (error) {
    return done(fileError(error, shown(path)));
  }
  fault('after-write');
  return done(plan.answer);
}

/** Changes of one file wait for each other: two edits planned on the same text would lose one. */
export function inTurn() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };
}

const planOf = ({ tool, input }: CallRequest): Promise<Plan> =>
  tool === 'write' ? planWrite(WriteInput.parse(input)) : planEdit(EditInput.parse(input));
