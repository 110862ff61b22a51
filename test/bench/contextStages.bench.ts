import { execFileSync } from 'node:child_process';
import { type Row, serverBench } from './figures.ts';

type Pairs = [before: number, after: number][];
type Figures = Record<
  | 'turns'
  | 'requests'
  | 'messages'
  | 'whole'
  | 'cut'
  | 'metadata'
  | 'lost'
  | 'largest'
  | 'last'
  | 'sent'
  | 'sentWithout',
  number
> & { shortened: Pairs; summedUp: Pairs };

/** Name, git directory, revision; this repository's own history where DECKHAND_BENCH_HISTORIES names none. */
function histories(): string[][] {
  const given = process.env.DECKHAND_BENCH_HISTORIES;
  if (given) return given.split(',').map(each => each.split(':'));
  const dir = execFileSync('git', ['rev-parse', '--absolute-git-dir'], { encoding: 'utf8' }).trim();
  return [['deckhand', dir, 'HEAD']];
}

const windows = [128_000, 32_000];
const turns = 100;
const k = (tokens: number) => `${(tokens / 1000).toFixed(1)}k`;
const mean = (pairs: Pairs, i: 0 | 1) => pairs.reduce((sum, pair) => sum + pair[i], 0) / pairs.length;
const stage = (pairs: Pairs) =>
  pairs.length === 0 ? 'never' : `${pairs.length} times, ${k(mean(pairs, 0))} to ${k(mean(pairs, 1))}`;

/** What each stage takes out of long sessions, made of the histories of repositories: a commit is a turn. */
export async function run(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name = '', gitDir = '', rev = 'HEAD'] of histories())
    for (const window of windows) {
      const args = [String(window), gitDir, rev, String(turns)];
      const figures = (await serverBench('contextStages.bench.ts', ...args)) as Figures;
      rows.push({
        what: `${name}: ${figures.turns} turns, ${figures.messages} messages, window of ${k(window)} tokens`,
        ours: `largest request ${k(figures.largest)}`,
        target: `${k(window * 0.8)}, of the window`,
        met: figures.largest <= window * 0.8,
        parts: [
          ['All that was said and came out', k(figures.whole)],
          ['Results over 16 KiB cut', `${k(figures.whole)} to ${k(figures.cut)}`],
          ['Metadata, which never leaves', k(figures.metadata)],
          ['Older results shortened', stage(figures.shortened)],
          ['Older messages summed up', stage(figures.summedUp)],
          ['Last request', k(figures.last)],
          [
            `All ${figures.requests} requests`,
            `${k(figures.sent)}; without any stage ${k(figures.sentWithout)}`,
          ],
        ],
      });
    }
  return rows;
}
