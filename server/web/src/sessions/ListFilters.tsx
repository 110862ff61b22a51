import { Icon } from '@deckhand/shared/ui';
import { client } from '../client.ts';
import { usePolled } from '../usePolled.ts';
import { type Filters, tabs } from './filters.ts';

const askRepos = () => client.http['repo.list']({});
const everyMs = 60_000;

/** Above a list: what of it is shown. */
export function ListFilters({
  filters: { tab, repo, search },
  change,
  choosing,
  onChoose,
}: {
  filters: Filters;
  change: (changed: Partial<Filters>) => void;
  /** Rows have boxes, to do something with several at once. */
  choosing: boolean;
  onChoose: () => void;
}) {
  const { value } = usePolled(askRepos, () => everyMs);
  const repos = value?.repos ?? [];
  return (
    <>
      <div className="list-head">
        <h2>Sessions</h2>
        <input
          type="search"
          className="search"
          placeholder="Search"
          aria-label="Search titles, prompts and answers"
          data-testid="search"
          maxLength={200}
          value={search}
          onChange={event => change({ search: event.target.value })}
        />
        <button
          type="button"
          className="dh-button dh-button-icon"
          aria-label="Select several"
          title="Select several"
          aria-pressed={choosing}
          data-testid="choose-several"
          onClick={onChoose}
        >
          <Icon name="check" />
        </button>
      </div>
      <div className="list-filters">
        <fieldset className="tabs" aria-label="Show">
          {tabs.map(({ id, label }) => (
            <button
              key={id}
              type="button"
              className="tab"
              aria-pressed={tab === id}
              data-testid={`tab-${id}`}
              onClick={() => change({ tab: id })}
            >
              {label}
            </button>
          ))}
        </fieldset>
        {repos.length > 1 && (
          <select
            className="list-repo"
            aria-label="Only sessions on this repository"
            data-testid="list-repo"
            value={repo}
            onChange={event => change({ repo: event.target.value })}
          >
            <option value="">All repositories</option>
            {repos.map(({ id }) => (
              <option key={id} value={id}>
                {id}
              </option>
            ))}
          </select>
        )}
      </div>
    </>
  );
}
