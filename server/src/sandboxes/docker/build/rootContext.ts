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
  rewrite: (dockerfile: string) => Promise<string>,
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
        const text = Buffer.from(await rewrite(Buffer.concat(chunks).toString('utf8')));
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
