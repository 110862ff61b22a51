import type { Finding } from './scanWorker.ts';
import type { SecretScanner } from './secretScanner.ts';

const chunkBytes = 1024 * 1024;
/** Longer than any key: what lies across the end of a chunk is whole in the next. */
const overlapBytes = 64 * 1024;

/** Secrets are ASCII: any other byte only ends what stands before it. */
const asciiOf = (bytes: Buffer) => bytes.toString('latin1').replaceAll(/[\u0080-\u00ff]/g, '\u00a0');

/** Looks through content of any length, chunk by chunk. Content with NULs is read as text of two bytes a letter too. */
export async function findSecrets(
  scanner: SecretScanner,
  content: { path: string; chunks: AsyncIterable<Buffer> },
  signal: AbortSignal,
): Promise<Finding[]> {
  const found = new Map<string, Finding>();
  let held: Buffer = Buffer.alloc(0);
  let linesBefore = 0;
  const look = async () => {
    const text = asciiOf(held);
    const texts = text.includes('\0') ? [text, text.replaceAll('\0', '')] : [text];
    for (const part of texts)
      for (const finding of await scanner.scan({ path: content.path, text: part }, signal)) {
        const line = finding.line + linesBefore;
        found.set(`${line} ${finding.kind} ${finding.value}`, { ...finding, line });
      }
  };
  for await (const chunk of content.chunks) {
    held = held.length > 0 ? Buffer.concat([held, chunk]) : chunk;
    if (held.length < chunkBytes) continue;
    await look();
    const gone = held.subarray(0, held.length - overlapBytes);
    linesBefore += linesIn(gone);
    held = held.subarray(gone.length);
  }
  await look();
  return [...found.values()];
}

function linesIn(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1;
  return lines;
}

/** For what is in one piece. */
export async function* inOnePiece(text: string | Buffer): AsyncGenerator<Buffer> {
  yield typeof text === 'string' ? Buffer.from(text) : text;
}
