import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** A value that must not be seen: typed at a prompt that shows nothing, or all of what is piped in. */
export async function readSecret(question: string): Promise<string> {
  if (process.stdin.isTTY) return ask(question);
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  // What `echo` and editors put behind the last line is not part of it.
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}

async function ask(question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  const given = new AbortController();
  lines.on('SIGINT', () => given.abort());
  lines.on('close', () => given.abort());
  process.stderr.write(question);
  try {
    return await lines.question('', { signal: given.signal });
  } catch {
    throw new Error('Nothing was set.');
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
