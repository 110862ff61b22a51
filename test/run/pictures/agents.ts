import { bash, done, gate, type Message, type Step, write } from '../../emulators/model/index.ts';
import { createRepo } from '../../support/repo.ts';
import { openStack } from '../../support/stack.ts';
import { delegate } from '../../support/tasks.ts';
import { openBrowser } from '../../web/browser.ts';
import { reads, see } from '../../web/look.ts';
import { nobody, shoot } from './shoot.ts';

const before = 'export const total = (prices, shipping) => prices.length + shipping;\n';
const after =
  'export const total = (prices, shipping) => prices.reduce((sum, price) => sum + price, shipping);\n';
const check = `import { total } from './total.js';\nif (total([2, 3], 1) !== 6) { console.log('total([2, 3], 1) is not 6'); process.exit(1); }\n`;
const isReview = (messages: readonly Message[]) =>
  messages.findLast(({ role }) => role === 'user')?.text.includes('Review all that') ?? false;

/** The pictures of docs/agents.md: agents at work in one session, and attempts side by side. The model is a scripted one. */
export async function takeAgents(): Promise<void> {
  const repo = await createRepo('shop', {
    'total.js': before,
    'check.js': check,
    'package.json': '{"type": "module"}\n',
    '.deckhand/environment.json': JSON.stringify({
      checks: { test: { run: 'node check.js', files: ['total.js'] } },
    }),
  });
  const stack = await openStack({ ...nobody, DECKHAND_REPOS: repo.reposFile, DECKHAND_MODELS: 'scripted-2' });
  const browser = await openBrowser();
  try {
    const later = gate();
    stack.model.script('412', [
      {
        say: 'I have its uses looked up and its test written while I mend it.',
        calls: [
          delegate('explorer', 'Find every place that uses the total of #413'),
          delegate('tester', 'Write down what the total of #414 must be'),
          delegate('builder', 'Mend the total of #415'),
        ],
      },
      done('Mended, and tried.'),
    ]);
    stack.model.script('413', [
      { calls: [bash('grep -rn total .')] },
      { say: ['Three places.', later.wait] },
    ]);
    stack.model.script('414', [
      { calls: [bash('node check.js')] },
      done('total([2, 3], 1) must be 6, and is 3.'),
    ]);
    stack.model.script('415', [{ calls: [write('total.js', after)] }, { say: ['It adds now.', later.wait] }]);
    const session = await stack.ask('The total of #412 is wrong: mend it, and say who else uses it', {
      repo: 'shop',
    });
    await session.event('task.finished');
    await stack.model.asked('413', 2);
    await stack.model.asked('415', 2);
    const page = await browser.signedIn(stack.server, `/sessions/${session.sessionId}`);
    await reads(page, 'tree', /Explorer.*works.*Tester.*done.*Builder.*works/s);
    await shoot(page, 'docs/pictures/agents.png');
    later.open();
    await session.finished();

    let nth = 0;
    const ways = [after, before.replace('length', 'length * 1'), after];
    stack.model.script('416', ({ answers, messages }): Step => {
      if (isReview(messages)) return done('Nothing is wrong.');
      if (answers > 0) return done('It adds all prices now.');
      const text = ways[nth++] ?? before;
      return {
        calls: [write('total.js', text), ...(nth === 3 ? [write('notes.md', 'x\n'.repeat(40))] : [])],
      };
    });
    const asked = {
      requestId: crypto.randomUUID(),
      repo: 'shop',
      prompt: 'Fix the total of #416',
      attempts: 3,
    };
    const created = await stack.client.http['session.create'](asked);
    if (!created.ok) throw new Error(created.message);
    await page.goto(`${stack.server.url}/sessions/${created.session.id}`);
    await reads(page, 'attempts', /3 attempts to compare/);
    await see(page, 'attempt-take');
    await shoot(page, 'docs/pictures/attempts.png');
    await browser.settle();
  } finally {
    await browser.close();
    await stack.dispose();
    await repo.remove();
  }
}
