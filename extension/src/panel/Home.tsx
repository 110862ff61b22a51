import type { Attachment, PlanMode, Session } from '@deckhand/shared';
import { newRequestId } from '@deckhand/shared/client';
import {
  AttemptsSelect,
  Composer,
  Icon,
  ModelSelect,
  ModeToggles,
  RelativeTime,
  standingOf,
  useWarmup,
} from '@deckhand/shared/ui';
import { useRef, useState } from 'react';
import { noteSession } from './pages/sessionsOfPage.ts';
import { useRepo } from './pages/useRepo.ts';
import type { SharedProps } from './panelProps.ts';
import { PickList, PickTools } from './picking/PickTools.tsx';
import { useSessions } from './useSessions.ts';

/** What was asked on this page and by me, and a place to ask. */
export function Home(props: SharedProps) {
  const { client, me, page, picks, onOpen, onNotice } = props;
  const repo = useRepo(client, page.url);
  const sessions = useSessions(client, { url: page.url, repo: repo.id, userId: me?.userId ?? null });
  const warmup = useWarmup(client);
  const [model, setModel] = useState<string | null>(null);
  const [mode, setMode] = useState<PlanMode>();
  const [attempts, setAttempts] = useState(1);
  const [busy, setBusy] = useState(false);
  const request = useRef({ body: '', requestId: '' });

  const create = async (prompt: string, attachments: Attachment[]): Promise<boolean> => {
    const chosen = await repo.find(prompt);
    if (!chosen.ok) {
      onNotice(chosen.message);
      return false;
    }
    setBusy(true);
    const more = await picks.upload(client);
    if (!more) {
      setBusy(false);
      return false;
    }
    const warmupId = warmup.of(chosen.repo);
    const body = {
      repo: chosen.repo,
      prompt,
      attachments: [...attachments, ...more].map(({ attachmentId }) => attachmentId),
      origin: 'extension' as const,
      ...(model ? { model } : {}),
      ...(mode ? { mode } : {}),
      ...(attempts > 1 ? { attempts } : {}),
    };
    const text = JSON.stringify([
      chosen.repo,
      prompt,
      model,
      mode,
      attempts,
      picks.list.map(pick => pick.pickId),
    ]);
    if (request.current.body !== text) request.current = { body: text, requestId: newRequestId() };
    const { requestId } = request.current;
    const answer = await client.command('session.create', {
      ...body,
      requestId,
      ...(warmupId ? { warmupId } : {}),
    });
    setBusy(false);
    if (!answer.ok) {
      onNotice(answer.message);
      return false;
    }
    onNotice(null);
    if (page.url) await noteSession(page.url, answer.session.id);
    picks.sent(answer.session.id);
    onOpen(answer.session.id);
    return true;
  };

  return (
    <main className="home" data-testid="home">
      <div className="home-lists">
        <SessionLinks label="On this page" sessions={sessions.here} onOpen={onOpen} />
        <SessionLinks label="Mine" sessions={sessions.mine} onOpen={onOpen} />
        {sessions.trouble && (
          <p className="pick-notice" role="status" data-testid="home-trouble">
            <Icon name="info" /> {sessions.trouble} What you write is kept.
          </p>
        )}
        {!sessions.trouble && sessions.here.length + sessions.mine.length === 0 && (
          <p className="dh-empty">Pick something on the page, and say what should change.</p>
        )}
      </div>
      <div className="home-foot">
        <PickList {...props} />
        <Composer
          label="What should change?"
          placeholder="What should change?"
          keepAs="panel-new"
          testId="panel-new"
          upload={client.uploadAttachment}
          onSend={create}
          onType={() => repo.id && warmup.start(repo.id)}
          sendLabel={busy ? 'Starting…' : 'Start'}
          busy={busy}
          autoFocus
          tools={
            <>
              <PickTools {...props} />
              <ModeToggles value={mode} onChange={setMode} />
              <AttemptsSelect value={attempts} onChange={setAttempts} />
              <ModelSelect models={me?.models ?? []} usual={undefined} value={model} onChange={setModel} />
            </>
          }
        />
        <label className="repo-choice">
          <span className="dh-quiet">Repository</span>
          <select
            value={repo.id ?? ''}
            onChange={event => repo.choose(event.target.value)}
            data-testid="panel-repo"
          >
            {!repo.id && <option value="">Choose…</option>}
            {repo.all.map(({ id }) => (
              <option key={id} value={id}>
                {id}
              </option>
            ))}
          </select>
        </label>
      </div>
    </main>
  );
}

function SessionLinks({
  label,
  sessions,
  onOpen,
}: {
  label: string;
  sessions: readonly Session[];
  onOpen: (id: string) => void;
}) {
  if (sessions.length === 0) return null;
  return (
    <section aria-label={label}>
      <h2>{label}</h2>
      <ul>
        {sessions.map(({ id, title, updatedAt, ...session }) => (
          <li key={id}>
            <button
              type="button"
              className="session-link"
              onClick={() => onOpen(id)}
              data-testid="session-link"
              data-session={id}
            >
              <span className="session-name">{title}</span>
              <span className={`dh-tag dh-tag-${standingOf(session).look}`}>{standingOf(session).word}</span>
              <RelativeTime at={updatedAt} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
