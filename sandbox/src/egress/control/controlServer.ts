import { randomBytes } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { type Authority, createLeaves, type Leaves } from '../inside/authority.ts';
import type { Decision } from '../passage.ts';
import type { RulesBook } from '../rules/rulesBook.ts';
import { DecisionCounts } from './decisionCounts.ts';
import { type CountedDecision, type FromProxy, ToProxy } from './protocol.ts';

/** What happens within it is told together. */
const gatherMs = 200;
/** A batch that no server noted is sent again. */
const againMs = 5_000;
/** What waits while no server listens. */
const mostBatches = 200;

export type Control = {
  server: Server;
  report: (decision: Decision) => void;
  leaves: () => Promise<Leaves> | undefined;
};

type Batch = { batchId: string; decisions: CountedDecision[]; sentMs: number };

/** Takes rules from servers and tells one of them what was decided; each decision is told at least once. */
export function controlServer(book: RulesBook, onError: (error: unknown) => void): Control {
  const proxyId = randomBytes(6).toString('hex');
  const connected = new Set<Socket>();
  const counts = new DecisionCounts();
  const batches: Batch[] = [];
  let leaves: Promise<Leaves> | undefined;
  let authority = '';
  let timer: NodeJS.Timeout | undefined;
  let batchNumber = 0;

  const tell = (socket: Socket, message: FromProxy) => void socket.write(`${JSON.stringify(message)}\n`);
  const flush = () => {
    gathering = false;
    const decisions = counts.take();
    if (decisions.length > 0) batches.push({ batchId: `${proxyId}-${++batchNumber}`, decisions, sentMs: 0 });
    batches.splice(0, batches.length - mostBatches);
    const nowMs = Date.now();
    // The newest: one that does not answer any more may still be connected.
    const listener = [...connected].at(-1);
    if (listener)
      for (const batch of batches) {
        if (nowMs - batch.sentMs < againMs) continue;
        batch.sentMs = nowMs;
        tell(listener, { type: 'decisions', batchId: batch.batchId, decisions: batch.decisions });
      }
    if (batches.length > 0) timer = setTimeout(flush, againMs).unref();
  };
  const soon = (inMs: number) => {
    clearTimeout(timer);
    timer = setTimeout(flush, inMs).unref();
  };
  let gathering = false;
  const report = (decision: Decision) => {
    counts.add(decision, Date.now());
    if (gathering) return;
    gathering = true;
    soon(gatherMs);
  };

  const take = (socket: Socket, message: ToProxy) => {
    switch (message.type) {
      case 'rules': {
        book.give(message.rules);
        const { sandboxId, revision } = message.rules;
        return tell(socket, { type: 'taken', sandboxId, revision });
      }
      case 'forget':
        return book.forget(message.sandboxId);
      case 'keep':
        return book.keepOnly(new Set(message.sandboxIds), message.revision);
      case 'authority':
        return become(message);
      case 'noted': {
        const at = batches.findIndex(({ batchId }) => batchId === message.batchId);
        if (at >= 0) batches.splice(at, 1);
      }
    }
  };
  const become = ({ certificate, key }: Authority) => {
    if (certificate === authority) return;
    authority = certificate;
    leaves = createLeaves({ certificate, key });
    leaves.catch(error => {
      authority = '';
      leaves = undefined;
      onError(error);
    });
  };

  const server = createServer(socket => {
    connected.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => {
      connected.delete(socket);
      // What it had taken and not written down is another's to hear.
      for (const batch of batches) batch.sentMs = 0;
      if (batches.length > 0) soon(gatherMs);
    });
    tell(socket, { type: 'hello', proxyId });
    const lines = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY });
    // It says again what its socket says: a server that died resets the connection.
    lines.on('error', () => {});
    lines.on('line', line => {
      try {
        take(socket, ToProxy.parse(JSON.parse(line)));
      } catch (error) {
        // Not what it said: there are secrets in it.
        onError(
          new Error(`a server's word was not understood (${Error.isError(error) ? error.name : 'error'})`),
        );
      }
    });
    soon(0);
  });
  return { server, report, leaves: () => leaves };
}
