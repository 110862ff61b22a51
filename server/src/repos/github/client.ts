import { setTimeout as sleep } from 'node:timers/promises';
import { Octokit } from '@octokit/core';
import pRetry from 'p-retry';

/** GitHub that is silent for longer is taken for away. */
const timeoutMs = 20_000;
const retries = 3;
/** Whoever is told to wait longer than this gives up: people wait for the answer. */
const longestWaitMs = 60_000;

type RequestFailure = {
  status?: number;
  response?: { headers?: Record<string, string | number | undefined> };
};

export type ClientOptions = { baseUrl: string; auth?: string };

/** GitHub's API for one token. It waits where GitHub says so (rate limits) and asks again where that does no harm. */
export function githubClient({ baseUrl, auth }: ClientOptions): Octokit {
  return patient(new Octokit({ baseUrl, userAgent: 'deckhand', ...(auth ? { auth } : {}) }));
}

/** Makes a client patient that was made elsewhere, e.g. the App's own. */
export function patient<T extends Octokit>(octokit: T): T {
  octokit.hook.wrap('request', (request, options) =>
    pRetry(
      () => request({ ...options, request: { ...options.request, signal: AbortSignal.timeout(timeoutMs) } }),
      {
        retries,
        minTimeout: 300,
        randomize: true,
        shouldRetry: ({ error }) =>
          (waitMsOf(error) ?? longestWaitMs + 1) <= longestWaitMs || mayRepeat(error, options.method),
        onFailedAttempt: async ({ error, retriesLeft }) => {
          const waitMs = waitMsOf(error);
          if (waitMs !== null && waitMs <= longestWaitMs && retriesLeft > 0) await sleep(waitMs);
        },
      },
    ),
  );
  return octokit;
}

/** How long GitHub wants us to wait: both rate limits say so in headers. Null where it does not. */
export function waitMsOf(error: unknown, nowMs = Date.now()): number | null {
  const { status, response } = error as RequestFailure;
  if (status !== 403 && status !== 429) return null;
  const headers = response?.headers ?? {};
  if (headers['retry-after'] !== undefined) return Number(headers['retry-after']) * 1000;
  if (headers['x-ratelimit-remaining'] !== '0') return status === 429 ? 1_000 : null;
  return Math.max(0, Number(headers['x-ratelimit-reset']) * 1000 - nowMs);
}

/** What was asked for may have been done where no answer came: only what may be done twice is asked for again. */
function mayRepeat(error: unknown, method: string): boolean {
  const { status } = error as RequestFailure;
  const isDown = status === undefined || status >= 500;
  return isDown && method !== 'POST';
}
