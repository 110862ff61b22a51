import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type RedisProxy = {
  /** Of the Redis behind it, through the proxy. */
  url: string;
  /** Bytes that Redis has answered so far. */
  readonly answeredBytes: number;
  /**
   * The next command with this text in it reaches Redis; its answer never comes back: the connection is cut instead.
   * Resolves when that has happened.
   */
  cutAnswerOf(text: string): Promise<void>;
  close(): Promise<void>;
};

/** A wire to Redis that counts, and breaks where a test says so. */
export async function redisProxy(url: string): Promise<RedisProxy> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let answeredBytes = 0;
  let cut: { text: string; done: () => void } | null = null;
  const server = createServer(client => {
    const redis = connect(Number(target.port), target.hostname);
    let swallowed: (() => void) | null = null;
    for (const socket of [client, redis]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        redis.destroy();
      });
    }
    client.on('data', data => {
      if (cut && data.includes(cut.text)) {
        swallowed = cut.done;
        cut = null;
      }
      redis.write(data);
    });
    redis.on('data', data => {
      answeredBytes += data.length;
      if (!swallowed) return void client.write(data);
      client.destroy();
      swallowed();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const through = new URL(url);
  through.port = String((server.address() as AddressInfo).port);
  return {
    url: through.href,
    get answeredBytes() {
      return answeredBytes;
    },
    cutAnswerOf: text =>
      new Promise(done => {
        cut = { text, done };
      }),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
