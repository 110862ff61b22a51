import { setTimeout as sleep } from 'node:timers/promises';
import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, type WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import type { Pace } from './pace.ts';

/** What Slack refuses has its word; `unreachable`: nobody knows whether it was done. */
export type SlackFailure = { ok: false; error: string };
export type SlackAnswer = ({ ok: true } & Record<string, unknown>) | SlackFailure;

type Args = Record<string, unknown>;
export type CallOptions = {
  /** How long to try again while Slack is away or wants a pause; 0: once. */
  patienceMs?: number;
  /** Somebody waits for it: it may use what is kept back. */
  urgent?: boolean;
};

const longestPauseMs = 10_000;
/** A quarter of an hour covers most of Slack's own outages; what is later is found by looking again. */
export const longPatienceMs = 15 * 60_000;

/** The Web API, at the pace that Slack allows: failures are data, and what passes by itself is waited for. */
export class Slack {
  readonly web: WebClient;
  readonly pace: Pace;
  #log: Logger;
  #closed: AbortSignal;

  constructor(web: WebClient, options: { pace: Pace; log: Logger; closed: AbortSignal }) {
    this.web = web;
    this.pace = options.pace;
    this.#log = options.log;
    this.#closed = options.closed;
  }

  async call(method: string, args: Args, options: CallOptions = {}): Promise<SlackAnswer> {
    const { patienceMs = 60_000, urgent = true } = options;
    const untilMs = Date.now() + patienceMs;
    const channel = typeof args.channel === 'string' ? args.channel : null;
    for (let tries = 0; ; tries++) {
      await this.#turn(method, channel, { urgent, untilMs });
      const answer = await this.once(method, args);
      if (answer.ok || !passes(answer.error) || Date.now() >= untilMs || this.#closed.aborted) return answer;
      if (answer.error !== 'ratelimited') await this.#pause(Math.min(300 * 2 ** tries, longestPauseMs));
    }
  }

  /** One request, now: the caller took its place in the pace. */
  async once(method: string, args: Args): Promise<SlackAnswer> {
    try {
      const answer = (await this.web.apiCall(method, args)) as { ok: boolean; error?: string };
      return answer.ok ? { ...answer, ok: true } : { ok: false, error: answer.error ?? 'unknown' };
    } catch (error) {
      const word = wordOf(error);
      if (error instanceof WebAPIRateLimitedError) this.pace.block(method, error.retryAfter);
      if (word === 'unreachable') this.#log.debug({ err: error, method }, 'Slack cannot be reached');
      return { ok: false, error: word };
    }
  }

  async #turn(method: string, channel: string | null, wanted: { urgent: boolean; untilMs: number }) {
    while (!this.pace.take(method, channel, wanted.urgent)) {
      if (this.#closed.aborted) return;
      await this.#pause(Math.max(this.pace.waitMs(method, channel, wanted.urgent), 10));
    }
  }

  #pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#closed }).catch(() => {});
  }
}

function wordOf(error: unknown): string {
  if (error instanceof WebAPIPlatformError) return error.data.error;
  if (error instanceof WebAPIRateLimitedError) return 'ratelimited';
  if (error instanceof WebAPIHTTPError && error.statusCode < 500) return `http_${error.statusCode}`;
  return 'unreachable';
}

const passing = new Set([
  'ratelimited',
  'unreachable',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
]);
export const passes = (error: string) => passing.has(error);

/** There is nobody to write to any more: the conversation is gone or closed to us. */
export const isGone = (error: string) =>
  ['is_archived', 'channel_not_found', 'not_in_channel', 'thread_not_found', 'restricted_action'].includes(
    error,
  );

/** The app is no longer installed, or its token was taken back. */
export const isUninstalled = (error: string) =>
  ['account_inactive', 'token_revoked', 'invalid_auth', 'not_authed', 'token_expired'].includes(error);

/** This workspace, or this kind of conversation, does not have that method for us. */
export const isNotOffered = (error: string) =>
  [
    'unknown_method',
    'missing_scope',
    'method_not_supported_for_channel_type',
    'channel_type_not_supported',
    'not_allowed_token_type',
    'feature_not_enabled',
    'access_denied',
    'no_permission',
    'streaming_not_enabled',
    'invalid_arguments',
  ].includes(error);
