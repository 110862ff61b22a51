import type { Client } from '../../client/index.ts';
import type { Head } from '../../index.ts';
import { controlLine } from '../words.ts';
import { useControl } from './useControl.ts';

/** The way to control of a session, beside what it is used with; who has it, where somebody has. */
export function TakeControl({
  client,
  sessionId,
  head,
  userId,
}: {
  client: Client;
  sessionId: string;
  head: Head;
  userId: string;
}) {
  const { busy, problem, take, handBack } = useControl(client, sessionId);
  const { control } = head;
  const isOwn = control?.by.userId === userId;
  const [label, act] = isOwn
    ? (['Hand back', () => handBack('')] as const)
    : ([control ? 'Take over' : 'Take control', take] as const);
  return (
    <span className="dh-control-take" data-testid="take-control">
      {control && <span data-testid="control-line">{controlLine(control, userId)}</span>}
      <button
        type="button"
        className="dh-button"
        title={control ? undefined : 'The agent pauses until you hand back'}
        disabled={busy}
        onClick={() => void act()}
      >
        {label}
      </button>
      {problem && <span role="alert">{problem}</span>}
    </span>
  );
}
