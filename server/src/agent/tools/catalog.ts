import { jsonSchema, type ToolSet, tool } from 'ai';
import { z } from 'zod';
import { type Mode, mayRun } from '../planMode.ts';
import { hasTool, type Worker } from '../worker.ts';
import { ask } from './ask.ts';
import { boardTools } from './board.ts';
import { changeTools } from './change.ts';
import { childrenTools } from './children.ts';
import { historyTools } from './history.ts';
import { pageExpand } from './page_expand.ts';
import { plan } from './plan.ts';
import { proposeWorkflow } from './propose_workflow.ts';
import { sandboxTools } from './sandbox.ts';
import { taskTools } from './tasks.ts';
import type { Offered, Tool } from './tool.ts';

/** Every tool there is, in the order in which the model reads of them. */
const tools: Tool[] = [
  ...sandboxTools,
  ...changeTools,
  ...historyTools,
  ...boardTools,
  ...childrenTools,
  ...taskTools,
  proposeWorkflow,
  plan,
  pageExpand,
  ask,
];

const byName = new Map(tools.map(each => [each.name, each]));
export const toolOf = (name: string): Tool | undefined => byName.get(name);

/** Worked out once: the SDK would turn zod into JSON schema at every request. */
function schemaOf(input: z.ZodType) {
  const schema = z.toJSONSchema(input, { target: 'draft-7', io: 'input' });
  return jsonSchema(schema as Parameters<typeof jsonSchema>[0], {
    validate: value => {
      const parsed = input.safeParse(value);
      return parsed.success ? { success: true, value: parsed.data } : { success: false, error: parsed.error };
    },
  });
}

/** What definitions of agents may name. */
export const toolNames: ReadonlySet<string> = new Set(byName.keys());

/** What an agent on a task does not have: it speaks to whoever gave it, and to nobody outside. */
const notForTasks: ReadonlySet<string> = new Set([
  ...['ask', 'open_change', 'update_change', 'comment', 'page_expand'],
  ...childrenTools.map(({ name }) => name),
]);

/** An agent as it works on a task. `delegates`: it may give parts of it to others. */
export function onTask(agent: Worker, { delegates }: { delegates: boolean }): Worker {
  const given = (name: string) => delegates || !taskTools.some(each => each.name === name);
  const tools = [...toolNames].filter(name => hasTool(agent, name) && !notForTasks.has(name) && given(name));
  return { ...agent, tools };
}

/** Whether an agent has tools that change the work tree. */
export const changesFiles = (agent: Worker, mode: Mode): boolean =>
  sandboxTools.some(each => !each.readOnly && mayRun(each, mode) && hasTool(agent, each.name));

/** For the SDK: without `execute`, since a call runs only after the response that asks for it is committed. */
const toolSet: ToolSet = Object.fromEntries(
  tools.map(({ name, words, schema }) => [name, tool({ description: words, inputSchema: schemaOf(schema) })]),
);

/** What the model is offered: no tool for what is not there, none but readers where only a plan is wanted, none that its agent does not have. */
export const toolsFor = (offered: Offered, mode?: Mode, agent?: Worker): ToolSet =>
  Object.fromEntries(
    Object.entries(toolSet).filter(([name]) => {
      const tool = byName.get(name);
      const isTheirs = agent === undefined || hasTool(agent, name);
      return isTheirs && tool?.offeredWhen(offered) && mayRun(tool, mode);
    }),
  );

/** Those of these names that there still are, as they were offered. */
export const toolsNamed = (names: readonly string[]): ToolSet =>
  Object.fromEntries(names.flatMap(name => (toolSet[name] ? [[name, toolSet[name]]] : [])));

/** All that a model reads of the tools, near enough to say what it costs. */
export const toolWords = (): string =>
  tools
    .map(
      ({ name, words, schema }) =>
        `${name} ${words} ${JSON.stringify(z.toJSONSchema(schema, { io: 'input' }))}`,
    )
    .join('\n');
