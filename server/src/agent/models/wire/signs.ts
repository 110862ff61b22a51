/** What one event of a stream tells of the model's life. */
export type Sign = 'none' | 'alive' | 'reasons';

type Fields = Record<string, unknown>;
const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};

/** Servers and gateways keep a connection open with these, whether or not a model still works behind them. */
const heartbeats = new Set([
  ...['ping', 'keepalive', 'heartbeat', 'message_start'],
  ...['response.created', 'response.in_progress', 'response.queued'],
]);

/**
 * Heartbeats and empty deltas are no sign. `reasons`: the model thinks, which some do in silence until they are done,
 * as of Responses items and Anthropic blocks of that kind, and chunks with reasoning in them.
 */
export function signOf(event: unknown): Sign {
  const { type, choices, item, content_block: block } = fields(event);
  if (typeof type === 'string' && heartbeats.has(type)) return 'none';
  if (type === 'response.output_item.added' && fields(item).type === 'reasoning') return 'reasons';
  if (type === 'content_block_start' && /thinking/.test(String(fields(block).type))) return 'reasons';
  if (typeof type === 'string' && /reasoning_(summary|text)/.test(type)) return 'reasons';
  if (type === 'content_block_delta' && /thinking|signature/.test(String(fields(fields(event).delta).type)))
    return 'reasons';
  if (Array.isArray(choices)) return signOfChoice(choices[0], fields(event));
  return 'alive';
}

function signOfChoice(choice: unknown, { usage }: Fields): Sign {
  const { delta, finish_reason } = fields(choice);
  const { content, reasoning_content, reasoning, tool_calls, refusal } = fields(delta);
  if (content || tool_calls || refusal || finish_reason || usage) return 'alive';
  return reasoning_content || reasoning ? 'reasons' : 'none';
}
