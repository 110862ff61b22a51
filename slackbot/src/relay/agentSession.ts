import { shortened } from '../render/mrkdwn.ts';
import { placeOf } from '../slack/place.ts';
import type { LiveDeps } from './live.ts';

/** `suspended`: it waits for somebody's word. */
export type AgentStatus = 'processing' | 'active' | 'suspended' | 'closed';

const patienceMs = 20_000;
const titleChars = 200;
const setStatus = 'agents.sessions.setStatus';
const rename = 'agents.sessions.rename';

/**
 * What Slack shows of the session beside its thread: where it stands, its title, a stop button while it works. Nothing
 * waits for it; of what comes while Slack takes its time, only the newest is told.
 */
export class AgentSession {
  #deps: Pick<LiveDeps, 'slack' | 'hold' | 'offers'>;
  #wanted = new Map<string, Record<string, unknown>>();
  #told = new Map<string, string>();
  #telling: Promise<void> | null = null;

  constructor(deps: Pick<LiveDeps, 'slack' | 'hold' | 'offers'>) {
    this.#deps = deps;
  }

  /** `begun`: what it is called and who began it, for Slack to begin its own of it. */
  show(status: AgentStatus, begun: { title?: string | undefined; user?: string | null } = {}): void {
    this.#tell(setStatus, {
      status,
      ...(begun.title ? { title: shortened(begun.title, titleChars) } : {}),
      ...(begun.user ? { initiator_user_id: begun.user } : {}),
    });
  }

  rename(title: string): void {
    this.#tell(rename, { title: shortened(title, titleChars) });
  }

  #tell(method: string, args: Record<string, unknown>): void {
    this.#wanted.set(method, args);
    this.#telling ??= this.#send()
      .catch(() => {})
      .finally(() => {
        this.#telling = null;
        // What came at the very end of it.
        const [next] = this.#wanted;
        if (next) this.#tell(...next);
      });
  }

  async #send(): Promise<void> {
    const { slack, hold, offers } = this.#deps;
    const { channel, ts } = placeOf(hold.thread);
    for (const [method, args] of this.#wanted) {
      this.#wanted.delete(method);
      const text = JSON.stringify(args);
      if (!offers.may(method) || this.#told.get(method) === text) continue;
      const place = { channel_id: channel, thread_ts: ts };
      const answer = await slack.call(method, { ...place, ...args }, { patienceMs, urgent: false });
      if (answer.ok) this.#told.set(method, text);
      else offers.refused(method, answer.error);
    }
  }
}
