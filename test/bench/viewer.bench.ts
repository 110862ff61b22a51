import type { Page } from 'puppeteer';
import { openStack } from '../support/stack.ts';
import { openBrowser } from '../web/browser.ts';
import { see } from '../web/look.ts';
import { ms, type Row } from './figures.ts';

const pieces = 1_000;
const everyMs = 20;

/** Some words, lists and code, as models write them: a piece is about a token. */
function pieceOf(i: number): string {
  if (i % 100 === 0) return '\n\n## A heading\n\n';
  if (i % 100 === 40) return '\n\n- a point of a list\n- another with `code` in it\n\n';
  if (i % 100 === 60) return '\n\n```ts\nconst answer: number = 42;\n';
  if (i % 100 > 60 && i % 100 < 80) return `call(${i}, 'of a function'); `;
  if (i % 100 === 80) return '\n```\n\n';
  return `word${i} and **more** `;
}

/** A page that watches a model write fifty pieces a second for twenty seconds. */
export async function run(): Promise<Row[]> {
  const stack = await openStack({ DOCKER_HOST: 'unix:///nowhere/docker.sock' });
  const browser = await openBrowser();
  try {
    const say = Array.from({ length: pieces }, (_, i) => [pieceOf(i), everyMs]).flat();
    stack.model.script('write', [{ say: ['Begins. ', 3_000, ...say] }]);
    const session = await stack.ask('Write a lot #write');
    const page = await browser.signedIn(stack.server, `/sessions/${session.sessionId}`);
    await see(page, 'live-message');
    await page.evaluate(() => {
      const gaps: number[] = [];
      Object.assign(globalThis, { gaps });
      let last = performance.now();
      const look = (now: number) => {
        gaps.push(now - last);
        last = now;
        requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    const cpu = await cpuOf(page);
    const [before, fromMs] = [await cpu(), performance.now()];
    await session.finished();
    const [after, tookMs] = [await cpu(), performance.now() - fromMs];
    const gaps = await page.evaluate(() => (globalThis as unknown as { gaps: number[] }).gaps);
    const shareOf = (name: string) => (((after[name] ?? 0) - (before[name] ?? 0)) * 1000) / tookMs;
    const share = shareOf('TaskDuration');
    return [
      {
        what: `A page that watches ${1000 / everyMs} pieces a second for ${Math.round(tookMs / 1000)} s: its share of a core`,
        ours: `${(share * 100).toFixed(1)} %`,
        target: '10 %',
        met: share < 0.1,
        parts: [
          ['scripts alone', `${(shareOf('ScriptDuration') * 100).toFixed(1)} %`],
          ['longest time without a picture', ms(Math.max(...gaps))],
          ['gaps over 100 ms', String(gaps.filter(gap => gap > 100).length)],
        ],
      },
    ];
  } finally {
    await browser.close();
    await stack.dispose();
  }
}

/** Seconds of the page's main thread, by what it did; what else the machine does is not in them. */
async function cpuOf(page: Page): Promise<() => Promise<Record<string, number>>> {
  const session = await page.createCDPSession();
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  };
}
