import { Readable } from 'node:stream';
import { readLater } from '../../platform/readLater.ts';
import type { Source } from '../hands.ts';
import type { LinkKeeper } from './keeper.ts';
import type { Request } from './link.ts';
import { runParams } from './run.ts';

type Held = { grant: (bytes: number) => void; abort: () => void };

/**
 * Bytes as they are read: the other side stops when nobody takes them. Where it breaks before anybody reads, whoever reads
 * it then learns why.
 */
export function getOnce(keeper: LinkKeeper, source: Source): Readable {
  let request: Held | undefined;
  let delivered = 0;
  const grant = () => {
    request?.grant(delivered);
    delivered = 0;
  };
  const readable = new Readable({
    highWaterMark: 256 * 1024,
    read: grant,
    destroy: (error, done) => {
      request?.abort();
      done(error);
    },
  });
  readLater(readable);
  const take = ({ data, from }: { data: Buffer; from?: string }) => {
    delivered += data.length;
    if (from === 'stderr') return grant();
    if (readable.destroyed) return;
    if (readable.push(data)) grant();
  };
  const finish = (problem: string | undefined) => {
    request = undefined;
    if (problem === undefined) readable.push(null);
    else readable.destroy(new Error(problem));
  };

  const read = async () => {
    const link = await keeper.ready();
    if ('code' in link) return finish(link.message);
    if (readable.destroyed) return;
    if ('path' in source) {
      const asked: Request<'get'> = link.request('get', { path: source.path }, take);
      request = asked;
      const answer = await asked.answer;
      return finish(answer.ok ? undefined : answer.message);
    }
    const asked: Request<'run'> = link.request('run', runParams(source.argv, source), take);
    request = asked;
    const answer = await asked.answer;
    if (!answer.ok) return finish(answer.message);
    const { code, timedOut } = answer.value;
    finish(
      code === 0 ? undefined : `${source.argv[0]} ${timedOut ? 'timed out' : `ended with code ${code}`}`,
    );
  };
  read().catch((error: unknown) => finish(String(error)));
  return readable;
}
