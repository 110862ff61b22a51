/** Calls a minute of each method that Slack's tiers allow; what is not named is tier 2. */
export const slackTiers: Record<string, number> = {
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
  'conversations.replies': 50,
  'conversations.history': 50,
  'conversations.info': 50,
  'users.info': 100,
  'views.publish': 100,
  'views.open': 100,
  'auth.test': 600,
};
const tier2 = 20;
const windowMs = 60_000;
/** Slack allows short bursts; a fifth of a minute's worth within two seconds is one too many. */
const burstMs = 2_000;
const burstPart = 0.2;

/** Counts calls over a sliding minute, as Slack does, and says when one is too many. */
export class Limiter {
  #calls = new Map<string, number[]>();
  refused = new Map<string, number>();

  /** Seconds to wait, or null where the call may pass. */
  check(method: string, channel: string | null): number | null {
    const perMinute = slackTiers[method] ?? tier2;
    const wait =
      this.#wait(method, perMinute) ??
      (method === 'chat.postMessage' && channel ? this.#wait(`${method} ${channel}`, 75) : null);
    if (wait !== null) this.refused.set(method, (this.refused.get(method) ?? 0) + 1);
    return wait;
  }

  #wait(key: string, perMinute: number): number | null {
    const nowMs = Date.now();
    const calls = (this.#calls.get(key) ?? []).filter(atMs => nowMs - atMs < windowMs);
    const burst = calls.filter(atMs => nowMs - atMs < burstMs).length;
    this.#calls.set(key, calls);
    if (calls.length >= perMinute) return Math.ceil((windowMs - (nowMs - (calls[0] ?? nowMs))) / 1000);
    if (burst >= Math.max(5, perMinute * burstPart)) return 1;
    calls.push(nowMs);
    return null;
  }
}
