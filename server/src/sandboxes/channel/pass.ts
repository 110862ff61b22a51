import { Duplex } from 'node:stream';
import type { Params } from '@deckhand/sandbox/protocol';
import { readLater } from '../../platform/readLater.ts';
import type { LinkKeeper } from './keeper.ts';
import type { Request } from './link.ts';

type Passing = 'tcp' | 'pty';

/** A connection to a port inside a sandbox, or to its terminal, as a stream: what nobody reads stops the other side. */
export function passOnce<M extends Passing>(keeper: LinkKeeper, method: M, params: Params<M>): Duplex {
  let request: Request<M> | null = null;
  let delivered = 0;
  const asked = Promise.withResolvers<Request<M> | null>();
  const grant = () => {
    request?.grant(delivered);
    delivered = 0;
  };
  const duplex = new Duplex({
    allowHalfOpen: true,
    read: grant,
    write(chunk: Buffer, _, done) {
      void asked.promise
        .then(open => open?.send(chunk))
        .then(taken => done(taken ? null : new Error('the sandbox takes nothing any more')));
    },
    final(done) {
      void asked.promise.then(open => {
        open?.end();
        done();
      });
    },
    destroy(error, done) {
      request?.abort();
      request = null;
      asked.resolve(null);
      done(error);
    },
  });
  readLater(duplex);
  const open = async () => {
    const link = await keeper.ready();
    if ('code' in link) return duplex.destroy(new Error(link.message));
    if (duplex.destroyed) return asked.resolve(null);
    const asking = link.request(method, params, ({ data }) => {
      delivered += data.length;
      if (duplex.destroyed) return;
      if (duplex.push(data)) grant();
    });
    request = asking;
    asked.resolve(asking);
    const answer = await asking.answer;
    request = null;
    if (answer.ok) duplex.push(null);
    else duplex.destroy(new Error(answer.message));
  };
  open().catch((error: unknown) => duplex.destroy(new Error(String(error))));
  return duplex;
}
