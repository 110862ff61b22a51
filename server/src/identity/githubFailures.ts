/** What a failed request to GitHub means for who asked. */
export type GithubTrouble =
  /** The token is no longer one. */
  | 'token'
  /** Not there, or not for them: GitHub itself does not tell which. */
  | 'denied'
  /** No answer, an error of its own, or too many requests. */
  | 'down';

type RequestFailure = {
  status?: number;
  response?: { headers?: Record<string, string>; data?: { error?: unknown } };
};

/** Throws what is no answer to a request: a bug. */
export function troubleOf(error: unknown): GithubTrouble {
  const { status, response } = error as RequestFailure;
  if (typeof status !== 'number') throw error;
  if (status === 401) return 'token';
  const headers = response?.headers ?? {};
  const isLimited = headers['retry-after'] !== undefined || headers['x-ratelimit-remaining'] === '0';
  if (status >= 500 || status === 429 || (status === 403 && isLimited)) return 'down';
  return 'denied';
}

/** Whether it is the request that failed, or its answer that did not come: anything else is a bug. */
export function isFailedRequest(error: unknown): boolean {
  const { status } = error as RequestFailure;
  const { name } = error as Error;
  return status !== undefined || name === 'AbortError' || name === 'HttpError' || error instanceof TypeError;
}

/** What GitHub's sign-in complains of, e.g. `bad_refresh_token`; null where it did not answer as documented. */
export function oauthCodeOf(error: unknown): string | null {
  const code = (error as RequestFailure).response?.data?.error;
  return typeof code === 'string' ? code : null;
}

/** For the log: errors of requests carry tokens. */
export const shortly = (error: unknown): string => {
  const { status } = error as RequestFailure;
  return `${status ?? (error as Error).name} ${oauthCodeOf(error) ?? ''}`.trim();
};
