import type { AuditAct, CommandInput } from '@deckhand/shared';
import { useCallback, useState } from 'react';
import { ActTable } from '../audit/ActTable.tsx';
import { Verify } from '../audit/Verify.tsx';
import { client } from '../client.ts';
import { Picker } from '../Picker.tsx';
import { usePolled } from '../usePolled.ts';
import { useTitle } from '../useTitle.ts';

const kinds = [
  { value: '', name: 'Everything' },
  { value: 'sign-in', name: 'Sign-ins' },
  { value: 'prompt', name: 'Prompts' },
  { value: 'session', name: 'Sessions' },
  { value: 'approval', name: 'Approvals' },
  { value: 'grant', name: 'Grants' },
  { value: 'budget', name: 'Budgets' },
  { value: 'push', name: 'Pushes' },
  { value: 'secret', name: 'Secrets' },
  { value: 'upload', name: 'Uploads' },
  { value: 'preview', name: 'Previews' },
  { value: 'user', name: 'Roles' },
  { value: 'erase', name: 'Erasures' },
];
const spans = [
  { value: 1, name: 'day' },
  { value: 7, name: '7 days' },
  { value: 30, name: '30 days' },
  { value: 0, name: 'ever' },
];
const pageCount = 50;
const everyMs = 30_000;

type Filter = { act: string; days: number; refused: boolean; who: string | null };

/** Who did what, when and from where; for admins. */
export function AuditPage() {
  useTitle('Audit log');
  const [filter, setFilter] = useState<Filter>({ act: '', days: 7, refused: false, who: null });
  const [older, setOlder] = useState<{ acts: AuditAct[]; before: number | null } | null>(null);
  const ask = useCallback(() => client.http['audit.list'](queryOf(filter)), [filter]);
  const { value, failure } = usePolled(ask, () => (older ? null : everyMs));
  const change = (to: Partial<Filter>) => {
    setOlder(null);
    setFilter({ ...filter, ...to });
  };
  const acts = [...(value?.acts ?? []), ...(older?.acts ?? [])];
  const before = older ? older.before : (value?.before ?? null);
  const showOlder = async () => {
    if (before === null) return;
    const more = await client.http['audit.list']({ ...queryOf(filter), before });
    if (more.ok) setOlder({ acts: [...(older?.acts ?? []), ...more.acts], before: more.before });
  };
  return (
    <main className="machine" data-testid="audit">
      <header className="session-head">
        <a href="/" className="home-link" aria-label="All sessions">
          <img src="/anchor.svg" alt="" width="24" height="24" />
        </a>
        <h1>Audit log</h1>
      </header>
      <div className="machine-body audit-body">
        <div className="stats-controls">
          <Picker
            label="Show"
            value={filter.act}
            choices={kinds}
            testId="act"
            onPick={act => change({ act })}
          />
          <Picker
            label="Last"
            value={filter.days}
            choices={spans}
            testId="span"
            onPick={days => change({ days })}
          />
          <label className="pick">
            <input
              type="checkbox"
              checked={filter.refused}
              data-testid="refused"
              onChange={event => change({ refused: event.target.checked })}
            />
            Refused only
          </label>
          {filter.who && (
            <button type="button" className="dh-button" onClick={() => change({ who: null })}>
              Of {filter.who} only ✕
            </button>
          )}
          <Verify />
        </div>
        {failure && (
          <p className="problem" role="alert">
            {failure.message}
          </p>
        )}
        {value && acts.length === 0 && <p className="dh-empty">Nothing like that.</p>}
        {acts.length > 0 && <ActTable acts={acts} onWho={who => change({ who })} />}
        {before !== null && (
          <button type="button" className="dh-button" data-testid="older" onClick={() => void showOlder()}>
            Older
          </button>
        )}
      </div>
    </main>
  );
}

function queryOf({ act, days, refused, who }: Filter): CommandInput<'audit.list'> {
  return {
    limit: pageCount,
    ...(act ? { act } : {}),
    ...(days > 0 ? { since: new Date(Date.now() - days * 24 * 3_600_000).toISOString() } : {}),
    ...(refused ? { outcome: 'refused' as const } : {}),
    ...(who ? { who } : {}),
  };
}
