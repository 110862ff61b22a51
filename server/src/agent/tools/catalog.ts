import { readOnlyTools, ToolName, toolInputs } from '@deckhand/sandbox/protocol';
import { idOf } from '@deckhand/shared';
import { jsonSchema, type ToolSet, tool } from 'ai';
import { z } from 'zod';
import { promptText } from '../texts.ts';
import { type ChangeTool, changeInputs } from './changeInputs.ts';

export const AskInput = z.object({
  question: z.string().min(1).max(4000).describe('One clear question'),
  choices: z.array(z.string().min(1).max(200)).max(6).optional().describe('Likely answers, if there are any'),
});
export type AskInput = z.infer<typeof AskInput>;

export const PageExpandInput = z.object({
  pickId: idOf('pick').describe('As the capture says: pck_…'),
  node: z.number().int().nonnegative().describe('Number of the node, without the #'),
});

/** Runs in the sandbox, on the host of the repository, on a person's page, or ends the turn. */
export type ToolKind = 'sandbox' | 'change' | 'page' | 'ask';

type Entry = { kind: ToolKind; readOnly: boolean; description: string; input: z.ZodType };

const sandboxEntry = (name: ToolName): Entry => ({
  kind: 'sandbox',
  readOnly: readOnlyTools.has(name),
  description: promptText(`./tools/${name}.md`),
  input: toolInputs[name],
});

const changeEntry = (name: ChangeTool): Entry => ({
  kind: 'change',
  readOnly: name === 'read_reviews' || name === 'read_checks',
  description: promptText(`./tools/${name}.md`),
  input: changeInputs[name],
});

/** Every tool the model is offered. */
export const toolCatalog: Record<string, Entry> = {
  ...Object.fromEntries(ToolName.options.map(name => [name, sandboxEntry(name)])),
  ...Object.fromEntries(Object.keys(changeInputs).map(name => [name, changeEntry(name as ChangeTool)])),
  page_expand: {
    kind: 'page',
    readOnly: true,
    description: promptText('./tools/page_expand.md'),
    input: PageExpandInput,
  },
  ask: { kind: 'ask', readOnly: true, description: promptText('./tools/ask.md'), input: AskInput },
};

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
  Object.entries(toolCatalog).map(([name, { description, input }]) => [
    name,
    tool({ description, inputSchema: schemaOf(input) }),
  ]),
);

/** What there is to work on: a host with pull requests, a page that somebody picked something from. */
export type Offered = { pulls: boolean; page: boolean };

/** What the model is offered: no tool for what is not there. */
export function toolsFor({ pulls, page }: Offered): ToolSet {
  const fits = (name: string) => {
    const kind = toolCatalog[name]?.kind;
    if (kind === 'page') return page;
    return kind !== 'change' || pulls || name === 'open_change';
  };
  return Object.fromEntries(Object.entries(toolSet).filter(([name]) => fits(name)));
}
