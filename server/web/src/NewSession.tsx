import type { Attachment, PlanMode } from '@deckhand/shared';
import { newRequestId } from '@deckhand/shared/client';
import {
  AttemptsSelect,
  Composer,
  ModelSelect,
  ModeToggles,
  suggestFor,
  useWarmup,
} from '@deckhand/shared/ui';
import { useMemo, useRef, useState } from 'react';
import { client } from './client.ts';
import { go, sessionPath } from './router.ts';
import { usePolled } from './usePolled.ts';

const askRepos = () => client.http['repo.list']({});
const lastRepo = 'deckhand.repo';

/** What can be asked of the sample repository, which every new server has. */
const sampleExamples = [
  'Fix the failing test',
  'Write negative durations with a minus sign, and test it',
  'Explain what this code does and what is not tested',
];

/** Asks for a change: which repository, and what. Typing warms a sandbox. */
export function NewSession({ withExamples, models }: { withExamples: boolean; models: readonly string[] }) {
  const { value, failure } = usePolled(askRepos, repos => (repos ? null : 3000));
  const repos = value?.repos ?? [];
  const [chosen, setChosen] = useState(() => localStorage.getItem(lastRepo) ?? '');
  const repo = repos.find(({ id }) => id === chosen)?.id ?? repos[0]?.id ?? '';
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const warmup = useWarmup(client);
  const [model, setModel] = useState<string | null>(null);
  const [mode, setMode] = useState<PlanMode>();
  const [attempts, setAttempts] = useState(1);
  // The same request keeps its id: sent twice, it makes one session.
  const request = useRef({ body: '', requestId: '' });

  const create = async (prompt: string, attachments: Attachment[]): Promise<boolean> => {
    const body = {
      repo,
      prompt,
      attachments: attachments.map(({ attachmentId }) => attachmentId),
      origin: 'web' as const,
      ...(model ? { model } : {}),
      ...(mode ? { mode } : {}),
      ...(attempts > 1 ? { attempts } : {}),
    };
    const text = JSON.stringify(body);
    if (request.current.body !== text) request.current = { body: text, requestId: newRequestId() };
    setBusy(true);
    const warmupId = warmup.of(repo);
    const answer = await client.command('session.create', {
      ...body,
      requestId: request.current.requestId,
      ...(warmupId ? { warmupId } : {}),
    });
    setBusy(false);
    setProblem(answer.ok ? null : answer.message);
    if (answer.ok) go(sessionPath(answer.session.id));
    return answer.ok;
  };

  const suggest = useMemo(() => {
    const commands = [
      { name: 'plan', does: 'Ask for a plan first', run: () => setMode('plan') },
      { name: 'large', does: 'Work for several agents', run: () => setMode('large') },
      { name: 'agent', does: 'Name the agent that is to work on it', insert: '@' },
      ...models.map(name => ({
        ...{ name: `model ${name}`, does: 'For this session' },
        run: () => setModel(name),
      })),
    ];
    return repo === '' ? undefined : suggestFor(client, { repo }, { repo, commands });
  }, [repo, models]);

  return (
    <section aria-label="New session" data-testid="new-session">
      <Composer
        label="What should change?"
        placeholder="What should change?"
        keepAs="new"
        suggest={suggest}
        testId="new-session"
        upload={client.uploadAttachment}
        onSend={create}
        onType={() => repo && warmup.start(repo)}
        sendLabel={busy ? 'Starting…' : 'Start'}
        busy={busy}
        ready={repo !== ''}
        autoFocus
        examples={withExamples && repo === 'sample' ? sampleExamples : []}
        tools={
          <div className="repo">
            <span className="repo-label" aria-hidden="true">
              Repository
            </span>
            <select
              aria-label="Repository"
              data-testid="new-session-repo"
              value={repo}
              onChange={event => {
                setChosen(event.target.value);
                localStorage.setItem(lastRepo, event.target.value);
              }}
            >
              {repos.map(({ id, description }) => (
                <option key={id} value={id} title={description}>
                  {id}
                </option>
              ))}
            </select>
            <ModelSelect
              models={models}
              usual={undefined}
              value={model}
              onChange={setModel}
              testId="new-session-model"
            />
            <ModeToggles value={mode} onChange={setMode} />
            <AttemptsSelect value={attempts} onChange={setAttempts} />
          </div>
        }
      />
      {(problem ?? failure?.message) && (
        <p className="problem" role="alert" data-testid="new-session-problem">
          {problem ?? failure?.message}
        </p>
      )}
      {value && repos.length === 0 && (
        <p className="problem" role="alert">
          No repository is set up. Add one to <code>repos.json</code>.
        </p>
      )}
    </section>
  );
}
