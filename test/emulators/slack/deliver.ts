import { createHmac } from 'node:crypto';
import type { WebSocket } from 'ws';

export const signingSecret = 'emulated-signing-secret-5f0c1e7a';

/** Signs a body as Slack does. */
export function signed(body: string, secret = signingSecret, atMs = Date.now()): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1000));
  const hash = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
  return { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${hash}` };
}

export type Delivery = {
  kind: 'events_api' | 'interactive' | 'slash_commands';
  payload: Record<string, unknown>;
  /** How long until it was acknowledged; null where it was not. */
  ackMs: number | null;
  attempts: number;
};

const redeliverMs = [200, 400, 800];

/** How Slack reaches an app: over one of its sockets, or by calling an address. */
export class Deliverer {
  sockets = new Set<WebSocket>();
  /** Where the app takes calls; null: Socket Mode. */
  url: string | null = null;
  deliveries: Delivery[] = [];
  #acks = new Map<string, () => void>();
  #envelopes = 0;

  acknowledged(envelopeId: string): void {
    this.#acks.get(envelopeId)?.();
    this.#acks.delete(envelopeId);
  }

  /** Delivers, again where it is not acknowledged, as Slack would (faster). */
  async send(kind: Delivery['kind'], payload: Record<string, unknown>): Promise<Delivery> {
    const delivery: Delivery = { kind, payload, ackMs: null, attempts: 0 };
    this.deliveries.push(delivery);
    for (let attempt = 0; attempt <= redeliverMs.length; attempt++) {
      const began = performance.now();
      delivery.attempts += 1;
      const acked = await (this.url
        ? this.#call(this.url, kind, payload, attempt)
        : this.#push(kind, payload, attempt));
      if (acked) {
        delivery.ackMs = performance.now() - began;
        return delivery;
      }
      await new Promise(resolve => setTimeout(resolve, redeliverMs[attempt] ?? 0));
    }
    return delivery;
  }

  async #call(
    url: string,
    kind: Delivery['kind'],
    payload: Record<string, unknown>,
    attempt: number,
  ): Promise<boolean> {
    const isForm = kind !== 'events_api';
    const form =
      kind === 'interactive' ? { payload: JSON.stringify(payload) } : (payload as Record<string, string>);
    const body = isForm ? new URLSearchParams(form).toString() : JSON.stringify(payload);
    try {
      const answer = await fetch(url, {
        method: 'POST',
        body,
        headers: {
          'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
          ...signed(body),
          ...(attempt > 0
            ? { 'x-slack-retry-num': String(attempt), 'x-slack-retry-reason': 'http_error' }
            : {}),
        },
        signal: AbortSignal.timeout(3_000),
      });
      await answer.arrayBuffer();
      return answer.status === 200;
    } catch {
      return false;
    }
  }

  /** Any one of the app's connections gets it. */
  #push(kind: Delivery['kind'], payload: Record<string, unknown>, attempt: number): Promise<boolean> {
    const all = [...this.sockets];
    const socket = all[Math.floor(Math.random() * all.length)];
    if (!socket) return Promise.resolve(false);
    this.#envelopes += 1;
    const envelope_id = `envelope-${this.#envelopes}`;
    return new Promise(resolve => {
      const timer = setTimeout(() => resolve(false), 3_000);
      this.#acks.set(envelope_id, () => {
        clearTimeout(timer);
        resolve(true);
      });
      const again = attempt > 0 ? { retry_attempt: attempt, retry_reason: 'timeout' } : {};
      socket.send(
        JSON.stringify({
          envelope_id,
          type: kind,
          payload,
          accepts_response_payload: kind !== 'events_api',
          ...again,
        }),
      );
    });
  }
}
