import { sign } from '@octokit/webhooks-methods';

export const webhookSecret = 'webhook-secret-of-the-tests';

export type Delivery = { id: string; event: string; body: string; status: number | null };

/** GitHub's webhooks: signed, numbered, and kept to be sent again. */
export type Hooks = {
  /** Where they go from now on; null: nowhere, as when a server is down. */
  to(url: string | null): void;
  send(event: string, payload: object): Promise<Delivery>;
  again(delivery: Delivery): Promise<Delivery>;
  deliveries: readonly Delivery[];
};

export function createHooks(): Hooks {
  const deliveries: Delivery[] = [];
  let target: string | null = null;
  const post = async (delivery: Delivery): Promise<Delivery> => {
    if (target === null) return delivery;
    // A server that is down misses it; GitHub does not try again by itself.
    const answer = await fetch(`${target}/api/webhooks/github`, {
      method: 'POST',
      body: delivery.body,
      headers: {
        'content-type': 'application/json',
        'x-github-event': delivery.event,
        'x-github-delivery': delivery.id,
        'x-hub-signature-256': await sign(webhookSecret, delivery.body),
      },
    }).catch(() => null);
    delivery.status = answer?.status ?? null;
    return delivery;
  };
  return {
    deliveries,
    to(url) {
      target = url;
    },
    async send(event, payload) {
      const delivery = { id: crypto.randomUUID(), event, body: JSON.stringify(payload), status: null };
      deliveries.push(delivery);
      return post(delivery);
    },
    again: post,
  };
}
