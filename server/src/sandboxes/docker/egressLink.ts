import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { controlSocket, FromProxy, type SandboxRules, type ToProxy } from '@deckhand/sandbox/egress/protocol';
import { failure, type Result } from '@deckhand/shared';
import type Docker from 'dockerode';
import type { EgressLink, EgressListener } from '../driver.ts';
import { egressVolume } from './egress.ts';
import { execStream } from './exec.ts';

const firstPauseMs = 100;
const longestPauseMs = 3_000;
/** Longest that somebody who gives rules waits for the proxy. */
const takenMs = 5_000;
const bridge = ['socat', '-b', '65536', '-', `UNIX-CONNECT:${controlSocket},retry=50,interval=0.1`];

/**
 * A stream to the proxy of a deployment, opened again whenever it ends. The proxy has forgotten everything when it was
 * restarted, so whoever listens says all again each time.
 */
export function openEgressLink(docker: Docker, deployment: string, listener: EgressListener): EgressLink {
  const closed = new AbortController();
  const taken = new Map<string, (result: Result) => void>();
  let open: Duplex | undefined;
  let waiting = Promise.withResolvers<void>();

  const tell = (message: ToProxy) => open?.write(`${JSON.stringify(message)}\n`);
  const heard = (message: FromProxy) => {
    switch (message.type) {
      case 'taken':
        return taken.get(`${message.sandboxId} ${message.revision}`)?.({ ok: true });
      case 'decisions': {
        const { batchId, decisions } = message;
        // Where it cannot be written down now, the proxy tells it again.
        return void listener.onDecisions(decisions, batchId).then(
          () => tell({ type: 'noted', batchId }),
          error => listener.onError(error),
        );
      }
    }
  };

  const once = async (): Promise<void> => {
    const authority = await listener.authority();
    const container = docker.getContainer(egressVolume(deployment));
    const { stream } = await execStream(container, bridge, '1000:1000');
    if (closed.signal.aborted) return void stream.destroy();
    stream.on('error', () => {});
    const over = new Promise<void>(resolve => stream.once('close', resolve));
    const lines = createInterface({ input: stream });
    // It says again what its stream says: an engine that is killed resets the connection.
    lines.on('error', () => {});
    let isOpen = false;
    lines.on('line', line => {
      const parsed = FromProxy.safeParse(asJson(line));
      if (!parsed.success) {
        // A link that breaks in the middle of a line leaves half of one.
        if (stream.readableEnded) return;
        const [issue] = parsed.error.issues;
        const why = `${issue?.path.join('.')}: ${issue?.message}`;
        return listener.onError(new Error(`the egress proxy said what nobody understands (${why})`));
      }
      // It speaks first: before, nobody is there.
      if (parsed.data.type !== 'hello') return heard(parsed.data);
      isOpen = true;
      open = stream;
      tell({ type: 'authority', ...authority });
      waiting.resolve();
      listener.onOpen();
    });
    stream.once('end', () => stream.destroy());
    await over;
    if (open === stream) {
      open = undefined;
      waiting = Promise.withResolvers<void>();
    }
    if (!isOpen) throw new Error('the egress proxy does not answer');
  };

  void (async () => {
    for (let pauseMs = firstPauseMs; !closed.signal.aborted; ) {
      try {
        await once();
        pauseMs = firstPauseMs;
      } catch (error) {
        if (!closed.signal.aborted && pauseMs >= longestPauseMs) listener.onError(error);
        pauseMs = Math.min(longestPauseMs, pauseMs * 2);
      }
      await delay(pauseMs, null, { signal: closed.signal, ref: false }).catch(() => {});
    }
  })();

  const waitFor = async (key: string, send: () => void): Promise<Result> => {
    const answer = Promise.withResolvers<Result>();
    taken.set(key, answer.resolve);
    const late = setTimeout(
      () => answer.resolve(failure('engine_down', 'The egress proxy does not answer.')),
      takenMs,
    );
    void waiting.promise.then(send);
    return answer.promise.finally(() => {
      clearTimeout(late);
      taken.delete(key);
    });
  };

  return {
    isOpen: () => open !== undefined,
    give: (rules: SandboxRules) =>
      waitFor(`${rules.sandboxId} ${rules.revision}`, () => tell({ type: 'rules', rules })),
    forget: sandboxId => void tell({ type: 'forget', sandboxId }),
    keepOnly: (sandboxIds, revision) => void tell({ type: 'keep', sandboxIds: [...sandboxIds], revision }),
    close() {
      closed.abort();
      open?.destroy();
      open = undefined;
    },
  };
}

function asJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
