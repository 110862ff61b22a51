export type EditLine = { sign: ' ' | '+' | '-'; text: string };
/** One replacement; `left`: lines beyond those that are drawn. */
export type Replaced = { lines: EditLine[]; left: number };

const mostLines = 400;
const mostLineChars = 1000;

/** What an edit or a write replaces, from its call's input, whose shape nobody promises here. Null for anything else. */
export function editsOf(
  tool: string | null,
  input: unknown,
): { path: string | null; parts: Replaced[] } | null {
  const given = (typeof input === 'object' && input !== null ? input : {}) as Record<string, unknown>;
  const path = typeof given.path === 'string' ? given.path : null;
  if (tool === 'write' && typeof given.content === 'string')
    return { path, parts: [replaced('', given.content)] };
  if (tool !== 'edit') return null;
  const edits = Array.isArray(given.edits) ? given.edits : [given];
  const parts = edits.flatMap((edit: { old?: unknown; new?: unknown } | null) =>
    typeof edit?.old === 'string' && typeof edit.new === 'string' ? [replaced(edit.old, edit.new)] : [],
  );
  return parts.length > 0 ? { path, parts } : null;
}

/** Lines that both begin or end with stand once. */
export function replaced(before: string, after: string): Replaced {
  const old = linesOf(before);
  const fresh = linesOf(after);
  let head = 0;
  while (head < old.length && head < fresh.length && old[head] === fresh[head]) head++;
  let tail = 0;
  while (
    tail < old.length - head &&
    tail < fresh.length - head &&
    old[old.length - 1 - tail] === fresh[fresh.length - 1 - tail]
  )
    tail++;
  const signed = (sign: EditLine['sign'], lines: string[]) =>
    lines.map(text => ({
      sign,
      text: text.length > mostLineChars ? `${text.slice(0, mostLineChars)}…` : text,
    }));
  const all = [
    ...signed(' ', old.slice(0, head)),
    ...signed('-', old.slice(head, old.length - tail)),
    ...signed('+', fresh.slice(head, fresh.length - tail)),
    ...signed(' ', old.slice(old.length - tail)),
  ];
  return { lines: all.slice(0, mostLines), left: Math.max(0, all.length - mostLines) };
}

/** A line end at the end begins no other line. */
const linesOf = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));
