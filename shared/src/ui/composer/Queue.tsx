import { useState } from 'react';
import type { Client, OutboxEntry } from '../../client/index.ts';
import { type Author, type Head, type QueuedPrompt, runTogether } from '../../index.ts';
import { toEndOfText } from '../parts/toEndOfText.ts';
import { PromptRow } from '../timeline/PromptRow.tsx';
import { forAgent, placeWords, planModeWord, sentNow } from '../words.ts';

type QueueProps = {
  client: Client;
  sessionId: string;
  head: Head;
  unsent: readonly OutboxEntry[];
  me: Author | undefined;
  online: boolean;
};

/** Prompts that wait for their turn, and those that are still on their way to the server. */
export function Queue({ client, sessionId, head, unsent, me, online }: QueueProps) {
  if (head.queue.length === 0 && unsent.length === 0) return null;
  return (
    <ol className="dh-queue" aria-label="Queue" data-testid="queue">
      {head.queue.map((prompt, i) => (
        <QueuedRow
          key={prompt.promptId}
          client={client}
          sessionId={sessionId}
          prompt={prompt}
          place={i + 1}
          mine={prompt.author.userId === me?.userId}
          isNow={isForTurn(prompt, head.turn)}
          follows={isWithTheOneAbove(head, i)}
          held={head.queueHeldBy !== null && !head.turn}
        />
      ))}
      {unsent.map(entry => (
        <UnsentRow key={entry.requestId} client={client} entry={entry} me={me} online={online} />
      ))}
    </ol>
  );
}

type QueuedProps = {
  client: Client;
  sessionId: string;
  prompt: QueuedPrompt;
  place: number;
  /** Anyone may cancel a prompt that waits; its words are its author's. */
  mine: boolean;
  /** The turn that runs will read it. */
  isNow: boolean;
  /** The turn that reads the one above it reads it, too. */
  follows: boolean;
  /** A stop held it. */
  held: boolean;
};

const isForTurn = ({ when, model, mode }: QueuedPrompt, turn: Head['turn']) =>
  when === 'now' &&
  turn !== null &&
  (model === undefined || model === turn.model) &&
  (mode === undefined || mode === turn.mode);

function isWithTheOneAbove({ queue, turn }: Head, index: number): boolean {
  const [above, prompt] = [queue[index - 1], queue[index]];
  return Boolean(above && prompt && !isForTurn(above, turn) && runTogether(above, prompt));
}

function QueuedRow({ client, sessionId, prompt, place, mine, isNow, follows, held }: QueuedProps) {
  const { promptId, author, text, attachments, artifactId } = prompt;
  const [edited, setEdited] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const run = async (ask: () => Promise<{ ok: true } | { ok: false; message: string }>) => {
    setBusy(true);
    const answer = await ask();
    setBusy(false);
    setProblem(answer.ok ? null : answer.message);
    if (answer.ok) setEdited(null);
  };
  /** What is shown of a very long prompt is its beginning: saved as it is shown, the rest would be lost. */
  const edit = async () => {
    if (artifactId === undefined) return setEdited(text);
    setBusy(true);
    const whole = await client.loadArtifact(sessionId, artifactId);
    setBusy(false);
    if (whole) setEdited(await whole.text());
    else setProblem('The whole prompt could not be loaded. Try again.');
  };
  const cancel = () => run(() => client.command('prompt.cancel', { sessionId, promptId }));
  const save = () => run(() => client.command('prompt.edit', { sessionId, promptId, text: edited ?? text }));
  const placeTag = (
    <>
      <span className="dh-tag dh-tag-queued">
        {isNow ? `${sentNow}, read before the next step` : placeWords({ place, follows, held })}
      </span>
      {prompt.agent && <span className="dh-tag">{forAgent(prompt.agent)}</span>}
      {planModeWord(prompt.mode) && <span className="dh-tag">{planModeWord(prompt.mode)}</span>}
    </>
  );
  return (
    <li className="dh-queued" data-testid="queued-prompt" data-place={place}>
      <PromptRow
        author={author}
        text={edited === null ? text : ''}
        artifactId={edited === null ? artifactId : undefined}
        attachments={attachments}
        aside={placeTag}
        muted
      >
        {edited !== null && (
          <textarea
            ref={toEndOfText}
            className="dh-edit"
            aria-label="Edit the queued prompt"
            value={edited}
            rows={Math.min(8, edited.split('\n').length + 1)}
            onChange={event => setEdited(event.target.value)}
          />
        )}
        {problem && <div className="dh-error">{problem}</div>}
        <div className="dh-actions">
          {edited === null ? (
            <>
              {mine && <Action label="Edit" disabled={busy} onClick={() => void edit()} />}
              <Action label="Cancel" disabled={busy} onClick={() => void cancel()} />
            </>
          ) : (
            <>
              <Action label="Save" disabled={busy || edited.trim() === ''} onClick={() => void save()} />
              <Action label="Keep as it was" disabled={busy} onClick={() => setEdited(null)} />
            </>
          )}
        </div>
      </PromptRow>
    </li>
  );
}

function UnsentRow(props: { client: Client; entry: OutboxEntry; me: Author | undefined; online: boolean }) {
  const { client, entry, me, online } = props;
  const failed = entry.state === 'failed';
  const word = failed ? 'Not sent' : online ? 'Sending…' : 'Kept, sent when you are back';
  return (
    <li className="dh-queued" data-testid="unsent-prompt" data-state={entry.state}>
      <PromptRow
        author={me ?? { userId: '', name: 'You' }}
        text={entry.text}
        attachments={entry.attachments}
        aside={<span className={`dh-tag${failed ? ' dh-tag-failed' : ''}`}>{word}</span>}
        muted
      >
        {failed && <div className="dh-error">{entry.message}</div>}
        {failed && (
          <div className="dh-actions">
            <Action label="Send again" onClick={() => client.outbox.again(entry.requestId)} />
            <Action label="Discard" onClick={() => client.outbox.discard(entry.requestId)} />
          </div>
        )}
      </PromptRow>
    </li>
  );
}

function Action({
  label,
  onClick,
  disabled = false,
}: {
  label: string;
  onClick: () => void;
  disabled?: boolean;
}) {
  return (
    <button type="button" className="dh-link" disabled={disabled} onClick={onClick}>
      {label}
    </button>
  );
}
