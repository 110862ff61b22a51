import { createHash } from 'node:crypto';
import {
  AgentDefinition,
  AgentId,
  defaultModel,
  everyTool,
  failure,
  type KnownAgent,
  type Result,
} from '@deckhand/shared';
import { isMap, parseDocument } from 'yaml';
import { z } from 'zod';
import { check } from '../../sandboxes/environments/parse.ts';

/** A file larger than this is no definition that somebody wrote. */
export const mostAgentBytes = 64_000;

/** What definitions may name. */
export type AgentTerms = {
  /** Tools that there are. */
  tools: ReadonlySet<string>;
  hasModel: (name: string) => boolean;
};

const several = z.union([z.string().transform(name => [name]), AgentDefinition.shape.tools]);
const FrontMatter = AgentDefinition.omit({ id: true, instructions: true }).extend({ tools: several });

const fence = /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/;

/**
 * A definition as it is written: Markdown with front matter; the file's name is its id. A mistake names the file and the
 * key.
 */
export function parseAgent(
  { id, source, text }: { id: string; source: string; text: string },
  terms: AgentTerms,
): Result<{ definition: AgentDefinition }> {
  const wrong = (key: string, why: string) => failure('bad_request', `${source}: ${key}: ${why}`);
  const named = AgentId.safeParse(id);
  if (!named.success)
    return wrong('the file’s name', `it is the agent’s id: ${named.error.issues[0]?.message}`);
  if (Buffer.byteLength(text) > mostAgentBytes)
    return wrong('the file', `a definition has at most ${mostAgentBytes} bytes`);
  const [whole, front] = fence.exec(text) ?? [];
  if (whole === undefined || front === undefined)
    return wrong('the file', 'it begins with front matter between two lines of ---');
  const value = parsedYaml(front);
  if (!value.ok) return wrong('the front matter', value.message);
  const checked = check(source, FrontMatter, value.value);
  if (!checked.ok) return failure('bad_request', checked.message);
  const body = check(source, z.object({ instructions: AgentDefinition.shape.instructions }), {
    instructions: text.slice(whole.length),
  });
  if (!body.ok) return failure('bad_request', body.message);
  const definition = { id, ...checked.value, ...body.value };
  const unknown = definition.tools.findIndex(name => name !== everyTool && !terms.tools.has(name));
  if (unknown >= 0)
    return wrong(`tools.${unknown}`, `there is no tool ${definition.tools[unknown]?.slice(0, 100)}`);
  if (definition.model !== defaultModel && !terms.hasModel(definition.model))
    return wrong('model', `this server has no model ${definition.model}`);
  return { ok: true, definition };
}

type Yaml = { ok: true; value: unknown } | { ok: false; message: string };

function parsedYaml(text: string): Yaml {
  try {
    const document = parseDocument(text, { uniqueKeys: true });
    const [problem] = document.errors;
    if (problem) return { ok: false, message: problem.message.split('\n')[0] ?? 'not YAML' };
    if (!isMap(document.contents)) return { ok: false, message: 'keys with values are expected' };
    // Aliases multiply: a small file must not become a large one.
    return { ok: true, value: document.toJS({ maxAliasCount: 20 }) };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : 'not YAML' };
  }
}

const versionChars = 12;

/** Two definitions have the same version where nothing about them differs, wherever they stand. */
export const versionOf = ({
  id,
  name,
  role,
  model,
  instructions,
  tools,
  permissions,
  memoryScope,
}: AgentDefinition): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        ...[id, name, role, model, instructions, memoryScope, tools],
        permissions.map(({ level, scope, description = '' }) => [level, scope, description]),
      ]),
    )
    .digest('hex')
    .slice(0, versionChars);

export const knownAs = (
  definition: AgentDefinition,
  where: Pick<KnownAgent, 'layer' | 'source'>,
): KnownAgent => ({ ...definition, ...where, version: versionOf(definition) });
