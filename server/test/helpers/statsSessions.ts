import { LogScript, people, reviews } from './logScript.ts';

const { ana, ben, eve } = people;
const chg = (n: number) => `chg_00000${n}`;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** March 2026 and its edges: every way that a session may go which the numbers tell apart. */
export function fixtureSessions(shiftMs = 0): LogScript[] {
  const shifted = (time: string) => new Date(Date.parse(time) + shiftMs).toISOString();
  const at = (time: string) => shifted(`2026-03-${time}Z`);

  const mergedAfterReview = new LogScript('merged', {
    at: at('02T10:00:00.000'),
    repo: 'shop',
    origin: 'slack',
  })
    .prompt(ana, 'slackbot')
    .after(40)
    .turn({ wordMs: 700, costUsd: 0.25 }, (turnId, log) =>
      log
        .after(5_000)
        .files(10, 2)
        .opened(chg(1), ana, turnId)
        .updated({ changeId: chg(1), state: 'open' }, turnId),
    )
    .after(hourMs)
    .updated({ changeId: chg(1), state: 'open', reviews: reviews([], ['lea']) })
    // A follow-up by somebody else, from a terminal.
    .prompt(ben, 'cli', 'reviewer')
    .turn({ costUsd: 0.1 }, (turnId, log) =>
      log
        .files(12, 3)
        .updated({ changeId: chg(1), state: 'open' }, turnId)
        .updated({ changeId: chg(1), state: 'open', draft: false }, turnId),
    )
    .updated({ changeId: chg(1), state: 'open', reviews: reviews(['lea'], [], ['max']) })
    .after(dayMs)
    .updated({ changeId: chg(1), state: 'merged', by: 'lea', mergeSha: 'a'.repeat(40) })
    .updated({ changeId: chg(1), state: 'merged' });

  const waits = new LogScript('waits', { at: at('03T23:59:59.999'), repo: 'shop', origin: 'web' })
    .prompt(ben)
    .turn({ wordMs: 3_000 }, (turnId, log) =>
      log
        .files(1, 0)
        .opened(chg(2), ben, turnId, 'Ben has not linked GitHub')
        .updated({ changeId: chg(2), state: 'waiting' }, turnId),
    );

  const closedAndAgain = new LogScript('again', { at: at('09T08:00:00.000'), repo: 'api', origin: 'web' })
    .prompt(ana)
    .prompt(ana)
    .turn({ wordMs: 250, costUsd: 1.000001 }, (turnId, log) =>
      log.files(5, 5).opened(chg(3), ana, turnId, 'waits'),
    )
    .prompt(eve)
    .turn({ costUsd: 0.333333 }, (turnId, log) =>
      log
        .updated({ changeId: chg(3), state: 'open', number: 3 }, turnId)
        .updated({ changeId: chg(3), state: 'open' }, turnId),
    )
    .updated({ changeId: chg(3), state: 'closed', reviews: reviews([], ['lea']) })
    .after(minuteMs)
    .prompt(eve, undefined, 'builder')
    .turn({}, (turnId, log) => log.files(7, 0).opened(chg(4), eve, turnId))
    .after(2 * dayMs)
    .updated({ changeId: chg(4), state: 'merged' });

  const talked = new LogScript('talked', { at: at('15T12:00:00.000'), repo: null, origin: 'extension' })
    .prompt(eve)
    .turn({ wordMs: null, costUsd: 0 })
    .after(dayMs)
    // The sidebar signs in as a browser does.
    .prompt(eve)
    .turn({ wordMs: 100 })
    .prompt(ana, 'a token of mine');

  const forked = new LogScript(
    'forked',
    { at: at('20T00:00:00.000'), repo: 'shop', origin: 'slack' },
    mergedAfterReview.events.slice(0, 9),
  )
    .add('session.titled', { title: 'merged (fork)' })
    .add('session.forked', { from: mergedAfterReview.sessionId, seq: 8 })
    .after(minuteMs)
    .prompt(ben)
    .turn({ wordMs: 12_000 }, (turnId, log) => log.files(100, 50).opened(chg(5), ben, turnId))
    .prompt(ben)
    .turn({}, (turnId, log) => log.updated({ changeId: chg(5), state: 'open' }, turnId))
    .prompt(ben)
    .turn({}, (turnId, log) =>
      log.updated({ changeId: chg(5), state: 'open', reviews: reviews(['lea']) }, turnId),
    );

  const onlyBegun = new LogScript('begun', { at: at('21T00:00:00.000'), repo: 'api', origin: 'api' });
  const neverStarted = new LogScript('queued', { at: at('22T07:00:00.000'), repo: 'api', origin: 'cli' })
    .prompt(ana, 'cli')
    .add('prompt.cancelled', { promptId: 'prm_queued000001' })
    .prompt({ userId: 'deckhand:repairs', name: 'Deckhand repairs' }, 'github');

  const before = new LogScript('before', {
    at: shifted('2026-02-27T10:00:00.000Z'),
    repo: 'shop',
    origin: 'web',
  })
    .prompt(ana)
    .turn({ costUsd: 5 }, (turnId, log) => log.files(3, 1).opened(chg(6), ana, turnId))
    .updated({ changeId: chg(6), state: 'open', reviews: reviews(['lea']) })
    .after(3 * dayMs)
    .updated({ changeId: chg(6), state: 'merged', mergeSha: 'b'.repeat(40) });

  const after = new LogScript('after', {
    at: shifted('2026-03-31T23:59:00.000Z'),
    repo: 'shop',
    origin: 'web',
  })
    .prompt(ben)
    .turn({ wordMs: 59_000, tookMs: 120_000, costUsd: 7 }, (turnId, log) =>
      log.after(90_000).files(1, 1).opened(chg(7), ben, turnId),
    )
    .updated({ changeId: chg(7), state: 'merged' });

  return [
    ...[mergedAfterReview, waits, closedAndAgain, talked, forked, onlyBegun, neverStarted, before, after],
    ...attemptSessions(at),
  ];
}

/** Attempts at two prompts of one session; of each group one is taken, and the second group's comes to nothing. */
function attemptSessions(at: (time: string) => string): LogScript[] {
  const ways = ['@tester, m', 'm'];
  const made = (group: number) =>
    ways.map((madeWith, i) => {
      const child = new LogScript(`att${group}${i}`, {
        ...{ at: at('25T09:00:00.500'), repo: 'shop', origin: 'web', madeWith },
      });
      return child
        .prompt(ana, 'web', i === 0 ? 'tester' : undefined)
        .turn({ costUsd: 0.5 * (i + 1), tokens: { outputTokens: 30 } })
        .prompt(ana, 'web', 'reviewer')
        .turn({});
    });
  const [first, second] = [made(1), made(2)];
  const asked = (groupId: string, children: LogScript[]) => ({
    ...{ groupId, title: 'Go', author: ana },
    attempts: children.map(({ sessionId: childId }, i) => ({
      ...{ n: i + 1, childId, label: `Attempt ${i + 1}`, madeWith: ways[i] },
      ...(i === 0 ? { agent: 'tester' } : {}),
    })),
  });
  const take = (groupId: string, n: number, childId = '') => ({ groupId, n, childId, by: ben });
  const asks = new LogScript('asks', { at: at('25T09:00:00.000'), repo: 'shop', origin: 'web' })
    .add('attempts.started', asked('grp_first0001', first))
    .after(hourMs)
    .add('attempt.taken', take('grp_first0001', 1, first[0]?.sessionId))
    .prompt(ben)
    .turn({ wordMs: null }, (turnId, log) => log.files(4, 4).opened(chg(8), ben, turnId))
    .after(hourMs)
    .updated({ changeId: chg(8), state: 'merged' })
    .after(hourMs)
    .add('attempts.started', asked('grp_second001', second))
    .after(hourMs)
    .add('attempt.taken', take('grp_second001', 2, second[1]?.sessionId))
    .prompt(ben)
    .turn({ wordMs: null }, (turnId, log) => log.opened(chg(9), ben, turnId));
  return [...first, ...second, asks];
}

export const march = { from: '2026-03-01T00:00:00.000Z', to: '2026-04-01T00:00:00.000Z' };
