import { jsonSchema, type ToolSet, tool } from 'ai';
import { z } from 'zod';
import { ask } from './ask.ts';
import { changeTools } from './change.ts';
import { pageExpand } from './page_expand.ts';
import { sandboxTools } from './sandbox.ts';
import type { Offered, Tool } from './tool.ts';

/** Every tool there is, in the order in which the model reads of them. */
const tools: Tool[] = [...sandboxTools, ...changeTools, pageExpand, ask];

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

/** For the SDK: without `execute`, since a call runs only after the response that asks for it is committed. */
const toolSet: ToolSet = Object.fromEntries(
  tools.map(({ name, words, schema }) => [name, tool({ description: words, inputSchema: schemaOf(schema) })]),
);

/** What the model is offered: no tool for what is not there. */
export const toolsFor = (offered: Offered): ToolSet =>
  Object.fromEntries(Object.entries(toolSet).filter(([name]) => byName.get(name)?.offeredWhen(offered)));
