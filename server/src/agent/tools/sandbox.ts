import { readOnlyTools, ToolName, toolInputs } from '@deckhand/sandbox/protocol';
import type { z } from 'zod';
import { defineTool, type Tool } from './tool.ts';

/** Tools that run in the sandbox: all of them go the same way, and what each does is known in there. */
export const sandboxTools: Tool[] = ToolName.options.map(name =>
  defineTool({
    name,
    schema: toolInputs[name] as z.ZodType<unknown>,
    readOnly: readOnlyTools.has(name),
    run: (_, call, { sandbox }) => sandbox.run(call),
  }),
);
