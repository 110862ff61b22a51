import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { RateLimiterMemory } from 'rate-limiter-flexible';

const mostForged = 20;
const forgottenSeconds = 600;

/**
 * Who sent what was signed with another secret is not listened to for a while. Behind proxies an address is the whole
 * way that they name: nobody can shut out another by it, and who makes up addresses only hides.
 */
export class Forgers {
  #known = new RateLimiterMemory({ points: mostForged, duration: forgottenSeconds });

  async isOne(request: IncomingMessage): Promise<boolean> {
    const found = await this.#known.get(wayOf(request));
    return found !== null && found.consumedPoints >= mostForged;
  }

  async forged(request: IncomingMessage): Promise<void> {
    await this.#known.consume(wayOf(request)).catch(() => {});
  }
}

const wayOf = ({ socket, headers }: IncomingMessage) =>
  createHash('sha256')
    .update(`${socket.remoteAddress} ${headers['x-forwarded-for'] ?? ''}`)
    .digest('base64url');
