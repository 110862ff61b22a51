import { bash, done } from '../emulators/model/index.ts';
import { process as sandboxProcess } from '../support/sandbox.ts';
import { openStack } from '../support/stack.ts';
import { ms, type Row, timed } from './figures.ts';

/** kill -9 in the middle of a command and a new start: until the turn is at work again and over. */
export async function run(): Promise<Row[]> {
  const stack = await openStack();
  try {
    stack.model.script('crash', [{ calls: [bash('sleep 3.77')] }, done()]);
    const session = await stack.ask('Run #crash');
    await sandboxProcess(session.sessionId, 'sleep 3.77', 'runs');
    await stack.server.crash();
    const killedMs = performance.now();
    const startMs = await timed(() => stack.server.restart());
    await session.finished();
    const goesOnMs = performance.now() - killedMs;
    return [
      {
        what: 'Server killed in mid-command -> its turn goes on (the end of the command included, 3.8 s)',
        ours: ms(goesOnMs),
        target: '15 s',
        met: goesOnMs <= 15_000,
      },
      {
        what: 'npm start with everything installed -> page answers and link printed',
        ours: ms(startMs),
        target: '10 s',
        met: startMs <= 10_000,
      },
    ];
  } finally {
    await stack.dispose();
  }
}
