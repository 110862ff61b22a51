import { type ReactNode, useMemo, useRef, useState } from 'react';
import { type Client, newRequestId } from '../client/index.ts';
import type { Attachment, Author, Head, PlanMode, PromptWhen } from '../index.ts';
import { AttemptsSelect } from './composer/AttemptsSelect.tsx';
import { BudgetBar } from './composer/BudgetBar.tsx';
import { Composer } from './composer/Composer.tsx';
import { HeldBar } from './composer/HeldBar.tsx';
import { ModelSelect } from './composer/ModelSelect.tsx';
import { ModeToggles } from './composer/ModeToggles.tsx';
import { Question } from './composer/Question.tsx';
import { Queue } from './composer/Queue.tsx';
import { StopButton } from './composer/StopButton.tsx';
import { suggestFor } from './composer/suggest.ts';
import { TodoList } from './composer/TodoList.tsx';
import { ControlBar } from './control/ControlBar.tsx';
import { ConnectionLine } from './parts/ConnectionLine.tsx';
import { TypingLine } from './parts/Presence.tsx';
import { Timeline } from './timeline/Timeline.tsx';
import { standsAt, TurnActionsContext } from './timeline/turnActions.ts';
import type { SessionFeed } from './useSession.ts';
import { WorkflowView } from './workflow/WorkflowView.tsx';

/** Typing is told at most this often. */
const typingEveryMs = 3000;

const noModels: readonly string[] = [];

/** What a client has that a page has not: tools in the composer, and what goes with each prompt. */
export type PaneExtras = {
  tools?: ReactNode;
  /** Above the composer. */
  above?: ReactNode;
  /** More attachments for what is sent; null: it cannot be sent now. */
  attach?: () => Promise<Attachment[] | null>;
  onSent?: () => void;
};

/** A session's timeline with its composer: the page's middle, the side panel's whole. */
export function SessionPane({
  client,
  sessionId,
  feed,
  me,
  models = noModels,
  extras,
}: {
  client: Client;
  sessionId: string;
  feed: SessionFeed;
  me: Author | undefined;
  /** Those that may be chosen for a prompt. */
  models?: readonly string[] | undefined;
  extras?: PaneExtras;
}) {
  const { view, status, people, unsent, loadOlder } = feed;
  const told = useRef(0);
  // For the next prompt alone: the one after it is the session's model's again.
  const [model, setModel] = useState<string | null>(null);
  const [mode, setMode] = useState<PlanMode>();
  const [attempts, setAttempts] = useState(1);
  const [problem, setProblem] = useState<string | null>(null);
  const onType = () => {
    if (Date.now() - told.current < typingEveryMs) return;
    told.current = Date.now();
    client.tell('typing', { sessionId });
  };
  const send = async (text: string, attachments: Attachment[], when: PromptWhen) => {
    const more = await (extras?.attach?.() ?? []);
    if (more === null) return false;
    if (rests && attempts > 1) {
      const files = [...attachments, ...more].map(({ attachmentId }) => attachmentId);
      const asked = { sessionId, requestId: newRequestId(), text, attachments: files };
      const wanted = model ? Array.from({ length: attempts }, () => ({ model })) : attempts;
      const started = await client.command('attempts.start', { ...asked, attempts: wanted });
      setProblem(started.ok ? null : started.message);
      if (started.ok) setAttempts(1);
      return started.ok;
    }
    client.send({
      ...{ sessionId, text, attachments: [...attachments, ...more], model: model ?? undefined },
      ...(when === 'now' ? { when } : {}),
      ...(mode ? { mode } : {}),
    });
    setModel(null);
    setMode(undefined);
    extras?.onSent?.();
    return true;
  };
  const answer = (text: string) => client.send({ sessionId, text });
  const head = view?.head;
  const archived = head?.state === 'archived';
  const rests = Boolean(
    head && !head.turn && !head.control && head.queue.length === 0 && unsent.length === 0 && !archived,
  );
  const standing = standsAt(view?.items ?? []);
  const turnActions = useMemo(
    () => ({ client, sessionId, standsAt: standing, rests, archived }),
    [client, sessionId, standing, rests, archived],
  );
  const turnId = head?.turn?.turnId;
  const repo = head?.repo ?? null;
  const hasQueue = (head?.queue.length ?? 0) > 0;
  const suggest = useMemo(() => {
    // Nobody chooses here: nothing starts unasked, and one press lets them run.
    const stop = () =>
      void client.command('turn.stop', {
        ...{ sessionId, queue: hasQueue ? ('hold' as const) : ('run' as const) },
        ...(turnId ? { turnId } : {}),
      });
    const commands = [
      { name: 'plan', does: 'Ask for a plan first', run: () => setMode('plan') },
      { name: 'large', does: 'Work for several agents', run: () => setMode('large') },
      ...(turnId ? [{ name: 'stop', does: 'Stop the turn that runs', run: stop }] : []),
      { name: 'agent', does: 'Name the agent that is to work on it', insert: '@' },
      ...models.map(name => ({
        ...{ name: `model ${name}`, does: 'For this prompt' },
        run: () => setModel(name),
      })),
    ];
    return suggestFor(client, { sessionId }, { repo, commands });
  }, [client, sessionId, turnId, repo, models, hasQueue]);
  const asks = head?.question && !head.turn && head.queue.length === 0 && unsent.length === 0;
  return (
    <div className="dh-pane">
      {view ? (
        <TurnActionsContext value={turnActions}>
          <Timeline view={view} loadOlder={loadOlder}>
            <Queue
              client={client}
              sessionId={sessionId}
              head={view.head}
              unsent={unsent}
              me={me}
              online={status !== 'offline'}
            />
          </Timeline>
        </TurnActionsContext>
      ) : (
        <div className="dh-timeline-frame">
          <p className="dh-empty">Loading…</p>
        </div>
      )}
      <div className="dh-foot">
        <div className="dh-foot-column">
          <div className="dh-foot-line">
            <TypingLine people={people} me={me?.userId} />
            <ConnectionLine status={status} />
          </div>
          {asks && head.question && (
            <Question question={head.question} choices={head.choices} onAnswer={answer} />
          )}
          {head && !archived && (
            <BudgetBar client={client} sessionId={sessionId} head={head} onContinue={answer} />
          )}
          {head?.workflow && (
            <WorkflowView workflow={head.workflow} running={head.turn?.turnId === head.workflow.turnId} />
          )}
          {head && !archived && <TodoList head={head} />}
          {head && !archived && (
            <ControlBar client={client} sessionId={sessionId} head={head} userId={me?.userId} />
          )}
          {head && !archived && <HeldBar client={client} sessionId={sessionId} head={head} />}
          {extras?.above}
          {problem && <p role="alert">{problem}</p>}
          {archived ? (
            <p className="dh-empty">This session is archived.</p>
          ) : (
            <Composer
              label="Prompt"
              placeholder={placeholderOf(head, Boolean(asks))}
              keepAs={sessionId}
              suggest={suggest}
              upload={client.uploadAttachment}
              onSend={send}
              tools={
                <>
                  {extras?.tools}
                  <ModeToggles value={mode} onChange={setMode} />
                  {rests && <AttemptsSelect value={attempts} onChange={setAttempts} />}
                  <ModelSelect models={models} usual={head?.model} value={model} onChange={setModel} />
                </>
              }
              onType={onType}
              sendLabel={waits(head) ? 'Queue' : 'Send'}
              nowLabel={head?.turn && !head.control ? 'Send now' : undefined}
              actions={head && <StopButton client={client} sessionId={sessionId} head={head} />}
              autoFocus
            />
          )}
        </div>
      </div>
    </div>
  );
}

/** What is sent now runs later. */
const waits = (head: Head | undefined): boolean =>
  Boolean(head && (head.turn || head.control || (head.queueHeldBy !== null && head.queue.length > 0)));

function placeholderOf(head: Head | undefined, asked: boolean): string {
  if (head?.control) return 'Queue a prompt';
  if (asked) return 'Answer in your own words';
  return head?.turn ? 'Add a prompt: queue it, or send it to this turn now' : 'Ask for a change';
}
