import { createInterface } from 'node:readline';

/** Follows the engine's stream of JSON lines to its end. `line` gets what it says for people. */
export async function progress(
  stream: NodeJS.ReadableStream,
  line: (text: string) => void,
): Promise<{ ok: true } | { ok: false; message: string }> {
  let failed: string | undefined;
  for await (const text of createInterface({ input: stream })) {
    const event = parse(text);
    if (typeof event.error === 'string') failed = event.error;
    const said = event.stream ?? event.status;
    if (typeof said === 'string') line(said.trimEnd());
  }
  return failed === undefined ? { ok: true } : { ok: false, message: failed };
}

function parse(text: string): { error?: unknown; stream?: unknown; status?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
