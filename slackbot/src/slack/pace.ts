/** Calls a minute that Slack allows of each method at least, for an app in one workspace; we stay a little below. */
export const tiers: Record<string, number> = {
  'agents.sessions.rename': 50,
  'agents.sessions.setStatus': 50,
  'chat.postMessage': 300,
  'chat.update': 50,
  'chat.startStream': 20,
  'chat.appendStream': 100,
  'chat.stopStream': 20,
  'chat.postEphemeral': 100,
  'assistant.threads.setStatus': 600,
  'reactions.add': 50,
  'reactions.remove': 20,
  'conversations.replies': 50,
  'conversations.history': 50,
  'conversations.info': 50,
  'users.info': 100,
  'users.conversations': 20,
  'views.publish': 100,
  'views.open': 100,
};
/** One message a second in one channel. */
const postsPerChannelPerMinute = 60;
const fallbackPerMinute = 20;
/** With a full bucket at its beginning no minute holds more than the tier: 0.88 of it, and a tenth of that. */
const belowTheTier = 0.88;
const burst = 0.1;
/** What nobody waits for leaves this part to what somebody does. */
const reserve = 0.25;

type Bucket = { tokens: number; atMs: number; perMinute: number; blockedUntilMs: number };

/** How often each method may be called: token buckets, and the pauses that Slack asks for. */
export class Pace {
  #buckets = new Map<string, Bucket>();
  #clock: () => number;
  /** A small workspace of Slack's allows less; an emulated one may say so. */
  #tiers: Record<string, number>;

  constructor(clock: () => number = Date.now, limits: Record<string, number> = tiers) {
    this.#clock = clock;
    this.#tiers = limits;
  }

  /** Takes a call if one is free now; `urgent` may use the reserve. */
  take(method: string, channel: string | null, urgent: boolean): boolean {
    return this.waitMs(method, channel, urgent) === 0 && this.#spend(method, channel);
  }

  /** How long until a call is free. */
  waitMs(method: string, channel: string | null, urgent: boolean): number {
    const nowMs = this.#clock();
    const waits = this.#bucketsOf(method, channel).map(bucket => {
      const kept = urgent ? 0 : Math.floor(this.#mostOf(bucket) * reserve);
      const missing = 1 + kept - bucket.tokens;
      const refillMs = missing <= 0 ? 0 : Math.ceil((missing * 60_000) / bucket.perMinute);
      return Math.max(refillMs, bucket.blockedUntilMs - nowMs, 0);
    });
    return Math.max(0, ...waits);
  }

  /** Slack said how long it wants nothing of this method. */
  block(method: string, seconds: number): void {
    const bucket = this.#bucket(method, this.#tiers[method] ?? fallbackPerMinute);
    bucket.blockedUntilMs = Math.max(bucket.blockedUntilMs, this.#clock() + seconds * 1000);
    bucket.tokens = Math.min(bucket.tokens, 1);
  }

  #spend(method: string, channel: string | null): boolean {
    for (const bucket of this.#bucketsOf(method, channel)) bucket.tokens -= 1;
    return true;
  }

  #bucketsOf(method: string, channel: string | null): Bucket[] {
    const whole = this.#bucket(method, this.#tiers[method] ?? fallbackPerMinute);
    if (method !== 'chat.postMessage' || channel === null) return [whole];
    return [whole, this.#bucket(`${method} ${channel}`, postsPerChannelPerMinute)];
  }

  /** A burst is fine, a minute's worth at once is not. */
  #mostOf({ perMinute }: Pick<Bucket, 'perMinute'>): number {
    return Math.max(2, perMinute * burst);
  }

  #bucket(key: string, perMinuteAllowed: number): Bucket {
    const nowMs = this.#clock();
    const perMinute = perMinuteAllowed * belowTheTier;
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      bucket = { tokens: this.#mostOf({ perMinute }), atMs: nowMs, perMinute, blockedUntilMs: 0 };
      this.#buckets.set(key, bucket);
    }
    const earned = ((nowMs - bucket.atMs) * perMinute) / 60_000;
    bucket.tokens = Math.min(bucket.tokens + earned, this.#mostOf(bucket));
    bucket.atMs = nowMs;
    return bucket;
  }
}
