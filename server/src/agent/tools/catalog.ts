import { readOnlyTools, ToolName, toolInputs } from '@deckhand/sandbox/protocol';
import { jsonSchema, type ToolSet, tool } from 'ai';
import { z } from 'zod';
import { promptText } from '../texts.ts';
import { type ChangeTool, changeInputs } from './changeInputs.ts';

export const AskInput = z.object({
  question: z.string().min(1).max(4000).describe('One clear question'),
  choices: z.array(z.string().min(1).max(200)).max(6).optional().describe('Likely answers, if there are any'),
});
export type AskInput = z.infer<typeof AskInput>;

/** Runs in the sandbox, on the host of the repository, or ends the turn. */
export type ToolKind = 'sandbox' | 'change' | 'ask';

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
const withoutPulls: ToolSet = Object.fromEntries(
  Object.entries(toolSet).filter(([name]) => name === 'open_change' || toolCatalog[name]?.kind !== 'change'),
);

/** What the model is offered: tools for a pull request only where there are such. */
export const toolsFor = ({ pulls }: { pulls: boolean }): ToolSet => (pulls ? toolSet : withoutPulls);
