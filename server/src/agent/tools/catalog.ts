import { readOnlyTools, ToolName, toolInputs } from '@deckhand/sandbox/protocol';
import { type ToolSet, tool } from 'ai';
import { z } from 'zod';
import { promptText } from '../texts.ts';

export const AskInput = z.object({
  question: z.string().min(1).max(4000).describe('One clear question'),
  choices: z.array(z.string().min(1).max(200)).max(6).optional().describe('Likely answers, if there are any'),
});
export type AskInput = z.infer<typeof AskInput>;

/** Runs in the sandbox, or ends the turn. */
export type ToolKind = 'sandbox' | 'ask';

type Entry = { kind: ToolKind; readOnly: boolean; description: string; input: z.ZodType };

const sandboxEntry = (name: ToolName): Entry => ({
  kind: 'sandbox',
  readOnly: readOnlyTools.has(name),
  description: promptText(`./tools/${name}.md`),
  input: toolInputs[name],
});

/** Every tool the model is offered. */
export const toolCatalog: Record<string, Entry> = {
  ...Object.fromEntries(ToolName.options.map(name => [name, sandboxEntry(name)])),
  ask: { kind: 'ask', readOnly: true, description: promptText('./tools/ask.md'), input: AskInput },
};

/** For the SDK: without `execute`, since a call runs only after the response that asks for it is committed. */
export const toolSet: ToolSet = Object.fromEntries(
  Object.entries(toolCatalog).map(([name, { description, input }]) => [
    name,
    tool({ description, inputSchema: input }),
  ]),
);
