import { DeckhandError, type Result } from '@deckhand/shared';
import { App } from '@octokit/app';
import { Octokit } from '@octokit/core';
import { githubClient, patient } from './client.ts';
import { fullName, type Place } from './place.ts';

export type GithubAppSettings = { appId: string; privateKey: string; apiUrl: string; webUrl: string };

/** The least that one use needs, in GitHub's names. */
export type Permissions = Partial<
  Record<'contents' | 'pull_requests' | 'issues' | 'checks' | 'statuses' | 'actions', 'read' | 'write'>
> & { workflows?: 'write' };

/** A token lives an hour; one that ends within this is not used any more. */
const sparedMs = 5 * 60_000;
const installationMs = 10 * 60_000;

type Kept<T> = { value: T; untilMs: number };

/** The GitHub App: who it is installed at, and tokens for one repository and the least permissions. */
export class GithubApp {
  readonly settings: GithubAppSettings;
  readonly octokit: Octokit;
  #clock: () => number;
  #installations = new Map<string, Kept<number>>();
  #tokens = new Map<string, Kept<Promise<string>>>();

  constructor(settings: GithubAppSettings, clock: () => number = Date.now) {
    this.settings = settings;
    this.#clock = clock;
    const { appId, privateKey, apiUrl } = settings;
    const app = new App({
      appId,
      privateKey,
      Octokit: Octokit.defaults({ baseUrl: apiUrl, userAgent: 'deckhand' }),
    });
    this.octokit = patient(app.octokit);
  }

  /** A token that is good for some minutes more. Throws DeckhandError where GitHub gives none. */
  async token(place: Place, permissions: Permissions): Promise<string> {
    const key = keyOf(place, permissions);
    const kept = this.#tokens.get(key);
    if (kept && kept.untilMs > this.#clock()) return kept.value;
    const minting = this.#mint(place, permissions);
    const token = minting.then(minted => minted.token);
    // Whoever asks meanwhile waits for the same; what nobody waits for must not be an unhandled rejection.
    token.catch(() => {});
    this.#tokens.set(key, { value: token, untilMs: Number.POSITIVE_INFINITY });
    try {
      this.#tokens.set(key, { value: token, untilMs: (await minting).untilMs });
    } catch {
      this.#tokens.delete(key);
    }
    return token;
  }

  /** A token of one use: for writing to a repository. */
  async freshToken(place: Place, permissions: Permissions): Promise<string> {
    return (await this.#mint(place, permissions)).token;
  }

  /** GitHub would not take what we have for this repository any more. */
  forget(place: Place): void {
    const prefix = `${fullName(place).toLowerCase()} `;
    this.#installations.delete(fullName(place).toLowerCase());
    for (const key of this.#tokens.keys()) if (key.startsWith(prefix)) this.#tokens.delete(key);
  }

  /**
   * Runs requests as the App on one repository. A token that ended is minted again, once. What else GitHub answers is
   * thrown, as Octokit does.
   */
  async asApp<T>(
    place: Place,
    permissions: Permissions,
    run: (octokit: Octokit) => Promise<T>,
  ): Promise<Result<{ value: T }>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const auth = await this.token(place, permissions);
        return { ok: true, value: await run(githubClient({ baseUrl: this.settings.apiUrl, auth })) };
      } catch (error) {
        if (error instanceof DeckhandError) return error.toFailure();
        if ((error as { status?: number }).status !== 401 || attempt === 2) throw error;
        this.forget(place);
      }
    }
  }

  async #mint(place: Place, permissions: Permissions): Promise<{ token: string; untilMs: number }> {
    try {
      const minted = await this.octokit.request('POST /app/installations/{installation_id}/access_tokens', {
        installation_id: await this.#installationOf(place),
        repositories: [place.name],
        permissions,
      });
      return { token: minted.data.token, untilMs: Date.parse(minted.data.expires_at) - sparedMs };
    } catch (error) {
      this.forget(place);
      throw noAccess(place, error);
    }
  }

  async #installationOf(place: Place): Promise<number> {
    const key = fullName(place).toLowerCase();
    const kept = this.#installations.get(key);
    if (kept && kept.untilMs > this.#clock()) return kept.value;
    const { data } = await this.octokit.request('GET /repos/{owner}/{repo}/installation', {
      owner: place.owner,
      repo: place.name,
    });
    this.#installations.set(key, { value: data.id, untilMs: this.#clock() + installationMs });
    return data.id;
  }
}

const keyOf = (place: Place, permissions: Permissions) =>
  `${fullName(place).toLowerCase()} ${JSON.stringify(Object.entries(permissions).toSorted())}`;

/** Why GitHub gives no token for a repository, and what to do. */
function noAccess(place: Place, error: unknown): DeckhandError {
  if (error instanceof DeckhandError) return error;
  const { status, message = '' } = error as { status?: number; message?: string };
  const where = fullName(place);
  const advice =
    status === 404
      ? `Install the GitHub App on ${where}.`
      : status === 403 && /suspend/i.test(message)
        ? `The GitHub App is suspended there: its owner unsuspends it on GitHub.`
        : status === 422
          ? `The GitHub App lacks a permission there: an owner of ${place.owner} accepts its new permissions on GitHub.`
          : status === undefined || status >= 500
            ? 'GitHub does not answer; try again in a moment.'
            : 'Check GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY and GITHUB_API_URL.';
  return new DeckhandError(
    'repo_unreachable',
    `GitHub gave no access to ${where} (${status ?? 'no answer'}). ${advice}`,
    { cause: error },
  );
}
