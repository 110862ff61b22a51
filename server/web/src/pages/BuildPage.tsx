import type { Build } from '@deckhand/shared';
import { CopyButton, plainTerminalText, RelativeTime } from '@deckhand/shared/ui';
import { client } from '../client.ts';
import { LogLines } from '../machine/LogLines.tsx';
import { useBuildLog } from '../machine/useBuildLog.ts';
import { buildText } from '../machine/words.ts';
import { machinePath } from '../router.ts';
import { usePolled } from '../usePolled.ts';
import { useTitle } from '../useTitle.ts';
import { NotFound } from './Messages.tsx';

const askImages = () => client.http['image.list']({});
const stateMark = { building: '● ', failed: '✗ ', built: '✓ ', unchanged: '' };

/** One build's log, as it is written. */
export function BuildPage({ repo, buildId }: { repo: string; buildId: string }) {
  const { blocks, done, failure } = useBuildLog(repo, buildId);
  const images = usePolled(askImages, () => (done ? 5_000 : 1_000));
  const newest = images.value?.images.find(each => each.repo === repo)?.build;
  const build = newest?.buildId === buildId ? newest : undefined;
  useTitle(`${build ? stateMark[build.state] : ''}Build of ${repo}`);
  if (failure && !failure.retryable && blocks.length === 0) return <NotFound what={failure.message} />;
  return (
    <main className="build-page" data-testid="build-page">
      <header className="session-head">
        <a href={machinePath} className="back">
          ← <span>Images and sandboxes</span>
        </a>
        <span className="gap" />
        <CopyButton
          text={() => plainTerminalText(blocks.map(block => block.text).join(''))}
          label="Copy log"
          testId="copy-log"
        />
      </header>
      <div className="build-head">
        <h1>Build of {repo}</h1>
        {build && <State build={build} />}
        {!build && newest && <p className="dh-quiet">An earlier build; a newer one followed.</p>}
        {failure && (
          <p className="problem" role="alert">
            {failure.message}
          </p>
        )}
      </div>
      <LogLines blocks={blocks} label={`Log of the build of ${repo}`} />
    </main>
  );
}

function State({ build }: { build: Build }) {
  const { state, startedAt, endedAt, message, commit } = build;
  return (
    <>
      <p className="build-line" data-testid="build-state" data-state={state}>
        {state === 'building' && <span className="dh-spinner" aria-hidden="true" />}
        <span role="status">{buildText(build)}</span>
        {commit && <code title={commit}>{commit.slice(0, 12)}</code>}
        <RelativeTime at={endedAt ?? startedAt} />
      </p>
      {message && (
        <p className={state === 'failed' ? 'dh-error' : 'dh-quiet'} data-testid="build-message">
          {message}
        </p>
      )}
    </>
  );
}
