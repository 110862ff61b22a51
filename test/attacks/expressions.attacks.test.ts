import { createContext, runInContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { check } from 'recheck';
import { sources } from '../architecture/sources.ts';
import { type Expression, expressionsIn } from '../support/expressions.ts';

/** As much as any text that reaches an expression without a bound of its own. */
const attackChars = 200_000;
/** For all of it. Work that grows with the square of a text takes ten times as long. */
const mostMs = 500;
const verdictMs = 120_000;

/** Expressions that are no match for long texts, and what bounds the texts that reach them. */
const bounded: readonly { file: string; begins: string; most: number; by: string }[] = [
  {
    file: 'server/src/commands/control/hideSecrets.ts',
    begins: '((?:(?:pass(?:word',
    most: 2_000,
    by: 'mostChars',
  },
  {
    file: 'server/src/commands/control/hideSecrets.ts',
    begins: String.raw`(\w+:\/\/`,
    most: 2_000,
    by: 'mostChars',
  },
  {
    file: 'server/src/changes/reactions/mentions.ts',
    begins: String.raw`<(\/?)(?:blockquote`,
    most: 20_000,
    by: 'readChars',
  },
  {
    file: 'server/src/delivery/hostRefusal.ts',
    begins: String.raw`^! \[remote rejected\]`,
    most: 1_000,
    by: 'mostLineChars',
  },
  {
    file: 'server/src/sandboxes/environments/detectors/python.ts',
    begins: String.raw`^([\w.-]*requirements`,
    most: 255,
    by: 'the name of a file',
  },
  {
    file: 'slackbot/src/ways/incoming.ts',
    begins: String.raw`(?:^|[\n.,;:!?)`,
    most: 300,
    by: 'clauseChars',
  },
];

const boundOf = ({ at, source }: Expression) =>
  bounded.find(({ file, begins }) => at.startsWith(`${file}:`) && source.startsWith(begins));

type Attack = { pumps: readonly { prefix: string; pump: string }[]; suffix: string };

const ofLength = ({ pumps, suffix }: Attack, chars: number) => {
  const once = pumps.reduce((sum, { pump }) => sum + pump.length, 0);
  const times = Math.max(1, Math.floor(chars / once));
  return pumps.map(({ prefix, pump }) => prefix + pump.repeat(times)).join('') + suffix;
};

/** Milliseconds that it takes over a text; infinite where it was not done by ten times what is allowed. */
function msOver({ source, flags }: Expression, text: string): number {
  const context = createContext({ text, source, flags });
  const startedMs = performance.now();
  try {
    // A replacement looks for every match, as most that are global are used.
    runInContext('text.replace(new RegExp(source, flags), "")', context, { timeout: 10 * mostMs });
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    return Number.POSITIVE_INFINITY;
  }
  return performance.now() - startedMs;
}

/** Why an expression can be made to take long; null where it cannot. */
async function slowness(expression: Expression): Promise<string | null> {
  // The new flag for sets changes nothing of what takes long.
  const verdict = await check(expression.source, expression.flags.replace('v', 'u'), { timeout: verdictMs });
  if (verdict.status === 'safe') return null;
  if (verdict.status === 'unknown') return `${expression.at}: could not be looked at (${verdict.error.kind})`;
  const most = boundOf(expression)?.most ?? attackChars;
  const text = ofLength(verdict.attack, most);
  // Beside other work one look tells little.
  const ms = Math.min(msOver(expression, text), msOver(expression, text));
  if (ms <= mostMs) return null;
  return `${expression.at}: /${expression.source}/ takes ${Math.round(ms)} ms over ${most} characters such as ${JSON.stringify(text.slice(0, 60))}`;
}

test('an expression whose work grows with the square of a text is found', async () => {
  const slow = await slowness({ at: 'here', source: '\\/+$', flags: '' });
  expect(slow).toContain('here: ');
  expect(await slowness({ at: 'here', source: '(?<!\\/)\\/+$', flags: '' })).toBeNull();
});

test('no regular expression of ours takes long over any text that reaches it', async () => {
  const files = sources.filter(
    path =>
      /^(?:server\/(?:src|cli|web)|shared|sandbox|slackbot|extension)\//.test(path) && !/\.test\./.test(path),
  );
  const all = expressionsIn(files);
  // What repeats nothing without end takes as long as it is.
  const repeating = all.filter(({ source }) => /[*+]|\{\d+,/.test(source));
  expect(repeating.length).toBeGreaterThan(200);
  const waiting = [...repeating];
  const slow: string[] = [];
  const look = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const why = await slowness(next);
      if (why) slow.push(why);
    }
  };
  await Promise.all([look(), look()]);
  expect(slow).toEqual([]);
  // A bound that no expression has any more is to be taken out of the list.
  expect(bounded.filter(each => !all.some(one => boundOf(one) === each))).toEqual([]);
}, 1_200_000);
