import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startScriptedModel } from '../emulators/model/index.ts';
import { evaluate, makeTaskRepos } from '../eval/evaluate.ts';
import { playOracles, wordsForScript } from '../eval/playOracles.ts';
import { Report, reportOf, tableOf } from '../eval/report.ts';
import { readTasks } from '../eval/task.ts';
import { startServer } from '../support/server.ts';

const usage = `npm run eval -- [options]
  --model NAME     model to ask, as DECKHAND_MODEL names it, with its provider's usual variables;
                   \`scripted\` plays the solutions and tells only whether the evaluation works
  --task NAME      this task alone; may be given several times
  --repeat N       tries of each task (1)
  --parallel N     sessions at once, each with a sandbox (2)
  --minutes N      longest turn (20)
  --compare FILE   a former run's JSON to compare with
  --out DIR        where the run is written as JSON and as Markdown (.deckhand/eval)
  --list           say which tasks there are`;

const root = fileURLToPath(new URL('../..', import.meta.url));
const whole = (name: string, text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new Error(`--${name} is a whole number from 1 on.`);
};

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      model: { type: 'string' },
      task: { type: 'string', multiple: true },
      repeat: { type: 'string', default: '1' },
      parallel: { type: 'string', default: '2' },
      minutes: { type: 'string', default: '20' },
      compare: { type: 'string' },
      out: { type: 'string', default: join(root, '.deckhand/eval') },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return say(usage);
  const tasks = readTasks(values.task);
  if (values.list)
    return say(tasks.map(({ name, kind, title }) => `${name}  (${kind})  ${title}`).join('\n'));
  const former = values.compare
    ? Report.parse(JSON.parse(await readFile(values.compare, 'utf8')))
    : undefined;
  const [repeat, parallel] = [whole('repeat', values.repeat), whole('parallel', values.parallel)];
  const turnMs = whole('minutes', values.minutes) * 60_000;
  const attempts = await onServer(values.model, tasks, { repeat, parallel, turnMs });
  const report = reportOf(attempts.made, { model: attempts.model, at: new Date() });
  const table = tableOf(report, former);
  const about = `Model \`${report.model}\`, prompts ${report.prompts.join(', ') || '-'}, Deckhand ${commit()}, ${report.at.slice(0, 10)}`;
  await mkdir(values.out, { recursive: true });
  const file = join(values.out, report.at.replaceAll(/[:.]/g, '-'));
  await writeFile(`${file}.json`, `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(`${file}.md`, `${about}\n\n${table}\n`);
  say(`\n${about}\n\n${table}\n`);
  for (const { task, n, why } of report.attempts) if (why !== null) say(`${task} ${n}: ${why}\n`);
  return say(`Written to ${file}.json and .md`);
}

type How = { repeat: number; parallel: number; turnMs: number };

async function onServer(wanted: string | undefined, tasks: ReturnType<typeof readTasks>, how: How) {
  const dir = await mkdtemp(join(tmpdir(), 'deckhand-eval-'));
  const reposFile = join(dir, 'repos.json');
  const made = await makeTaskRepos(tasks, reposFile);
  const scripted = wanted === 'scripted' ? await startScriptedModel() : null;
  if (scripted) playOracles(scripted, tasks);
  const { OPENAI_API_KEY: key } = process.env;
  const model: Record<string, string> = scripted
    ? { OPENAI_API_KEY: 'sk-scripted', OPENAI_BASE_URL: scripted.url, DECKHAND_MODEL: 'scripted' }
    : { ...(key ? { OPENAI_API_KEY: key } : {}), ...(wanted ? { DECKHAND_MODEL: wanted } : {}) };
  const server = await startServer({
    ...model,
    DECKHAND_REPOS: reposFile,
    DECKHAND_TURNS_AT_ONCE: String(Math.max(4, 2 * how.parallel)),
  });
  try {
    const client = server.client();
    const me = await client.http.me({});
    if (!me.ok) throw new Error(me.message);
    if (me.rehearsal) throw new Error(`There is no key for a model. Set it as README says.\n\n${usage}`);
    say(`${tasks.length} tasks, ${how.repeat} times each, ${me.model}`);
    const attempts = await evaluate({
      ...{ client, tasks, repos: made.repos, ...how },
      ...(scripted ? { wordsFor: wordsForScript } : {}),
      onDone: ({ task, n, solved, steps, wallMs }) =>
        say(
          `${solved ? 'solved    ' : 'not solved'}  ${task} ${n}  ${steps} steps, ${(wallMs / 1000).toFixed(1)} s`,
        ),
    });
    return { made: attempts, model: me.model };
  } finally {
    await server.dispose();
    await scripted?.close();
    await made.remove();
    await rm(dir, { recursive: true, force: true });
  }
}

const commit = () =>
  execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();

function say(text: string): number {
  console.log(text);
  return 0;
}

process.exitCode = await main().catch((error: Error) => {
  console.error(error.message);
  return 1;
});
