import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tar from 'tar-stream';

/** A context of nothing but a Dockerfile. */
export function contextOf(dockerfile: string): Readable {
  const pack = tar.pack();
  pack.entry({ name: 'Dockerfile', mtime: new Date(0) }, dockerfile);
  pack.finalize();
  return Readable.from(pack);
}

/** A context with its Dockerfile written anew; everything else passes through. */
export function withDockerfile(
  context: Readable,
  path: string,
  rewrite: (dockerfile: string) => string,
): Readable {
  const extract = tar.extract();
  const pack = tar.pack();
  const pass = async () => {
    for await (const entry of extract) {
      const isIt =
        posix.normalize(entry.header.name) === posix.normalize(path) && entry.header.type === 'file';
      if (isIt) {
        const chunks: Buffer[] = [];
        for await (const chunk of entry) chunks.push(chunk as Buffer);
        const text = Buffer.from(rewrite(Buffer.concat(chunks).toString('utf8')));
        pack.entry({ ...entry.header, size: text.length }, text);
      } else await pipeline(entry, pack.entry(entry.header));
    }
    pack.finalize();
  };
  Promise.all([pass(), pipeline(context, extract)]).catch((error: Error) => {
    context.destroy();
    pack.destroy(error);
  });
  return Readable.from(pack);
}

/**
 * A label behind every FROM, so that what a build leaves behind says whose it is, and the argument DECKHAND_BASE, so
 * that a Dockerfile may use it without declaring it.
 */
export function labelStages(dockerfile: string, labels: Record<string, string>): string {
  const escapeSign = /^(?:#[^\n]*\n)*#\s*escape\s*=\s*`/i.test(dockerfile) ? '`' : '\\';
  const label = `LABEL ${Object.entries(labels)
    .map(([name, value]) => `"${name}"="${value}"`)
    .join(' ')}`;
  const lines: string[] = [];
  let instruction: string[] = [];
  let first = true;
  for (const line of dockerfile.split('\n')) {
    const isNote = /^\s*(#|$)/.test(line);
    if (isNote && instruction.length === 0) {
      lines.push(line);
      continue;
    }
    instruction.push(line);
    if (isNote || line.trimEnd().endsWith(escapeSign)) continue;
    const isFrom = /^\s*FROM\s/i.test(instruction[0] ?? '');
    if (isFrom && first) lines.push('ARG DECKHAND_BASE');
    lines.push(...instruction, ...(isFrom ? [label] : []));
    if (isFrom) first = false;
    instruction = [];
  }
  return [...lines, ...instruction].join('\n');
}
