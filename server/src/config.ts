import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ModelNames, missingFor, namesOf } from './agent/models/models.ts';
import { providerSecrets } from './agent/models/variables.ts';
import { type PriceTable, parsePrices } from './agent/prices.ts';
import type { AllowLists } from './identity/admission.ts';
import { readBudgetPolicy } from './policy/budgets/policyFile.ts';
import type { BudgetPolicy } from './policy/budgets/schema.ts';
import { Environment } from './setup/environment.ts';

export type Config = Environment & {
  dataDir: string;
  blobsDir: string;
  reposFile: string;
  /** Null: there is none. */
  policyFile: string | null;
  /** Of the organisation's agents. Null: there is none. */
  agentsFolder: string | null;
  publicUrl: string;
  githubPrivateKey: string | null;
  prices: PriceTable;
  /** PEM. */
  egressAuthorities: string | undefined;
  budgets: BudgetPolicy;
  models: ModelNames;
  /** Null: nobody signs in with GitHub. */
  signIn: { clientId: string; clientSecret: string; allow: AllowLists } | null;
};

const isLoopback = (host: string) => /^(127\.|localhost$|\[?::1\]?$)/.test(host);
const listOf = (names: string | undefined) =>
  (names ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);

/** Parses the environment once. A wrong value ends in one sentence that names it and says what it should be. */
export function parseConfig(
  env: Record<string, string | undefined>,
  cwd: string,
): { ok: true; config: Config } | { ok: false; message: string } {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = Environment.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return {
      ok: false,
      message: `${String(issue?.path[0])}: ${issue?.message}. See the table in README.md.`,
    };
  }
  const values = parsed.data;
  for (const [one, other] of [
    ['GITHUB_APP_ID', 'GITHUB_APP_PRIVATE_KEY'],
    ['GITHUB_CLIENT_ID', 'GITHUB_CLIENT_SECRET'],
  ] as const)
    if ((values[one] === undefined) !== (values[other] === undefined))
      return { ok: false, message: `${one} and ${other} belong together: set both or neither.` };
  if (values.SLACK_BOT_TOKEN && !values.SLACK_APP_TOKEN && !values.SLACK_SIGNING_SECRET)
    return {
      ok: false,
      message:
        'SLACK_BOT_TOKEN needs SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (Slack calls this server).',
    };
  const publicUrl = (values.DECKHAND_PUBLIC_URL ?? `http://${hostInUrl(values.HOST)}:${values.PORT}`).replace(
    /\/$/,
    '',
  );
  const signIn = signInOf(values);
  const unsafe = unsafeAddress(values.HOST, publicUrl, signIn !== null);
  if (unsafe) return { ok: false, message: unsafe };
  const dataDir = resolve(cwd, values.DECKHAND_DATA);
  const key = values.GITHUB_APP_PRIVATE_KEY;
  if (key !== undefined && !key.includes('PRIVATE KEY') && !existsSync(key))
    return { ok: false, message: 'GITHUB_APP_PRIVATE_KEY is neither a PEM nor the path of one.' };
  const prices = pricesOf(values.DECKHAND_PRICES, cwd);
  if (!prices.ok) return { ok: false, message: `DECKHAND_PRICES: ${prices.message}. See README.md.` };
  const policyFile = values.DECKHAND_POLICY && resolve(cwd, values.DECKHAND_POLICY);
  const policy = readBudgetPolicy(policyFile);
  if (!policy.ok) return { ok: false, message: `DECKHAND_POLICY: ${policy.message}. See docs/budgets.md.` };
  const models = namesOf(values);
  const unopened = unopenedModel(values, models);
  if (unopened) return { ok: false, message: unopened };
  return {
    ok: true,
    config: {
      ...values,
      prices: prices.prices,
      egressAuthorities:
        values.DECKHAND_EGRESS_AUTHORITIES && readFileSync(values.DECKHAND_EGRESS_AUTHORITIES, 'utf8'),
      budgets: policy.budgets,
      models,
      dataDir,
      blobsDir: resolve(cwd, values.DECKHAND_BLOBS ?? `${dataDir}/blobs`),
      reposFile: values.DECKHAND_REPOS ? resolve(cwd, values.DECKHAND_REPOS) : resolve(dataDir, 'repos.json'),
      policyFile: values.DECKHAND_POLICY ? resolve(cwd, values.DECKHAND_POLICY) : null,
      agentsFolder: values.DECKHAND_AGENTS ? resolve(cwd, values.DECKHAND_AGENTS) : null,
      publicUrl,
      signIn,
      githubPrivateKey:
        key === undefined ? null : key.includes('PRIVATE KEY') ? key : readFileSync(key, 'utf8'),
    },
  };
}

function pricesOf(given: string | undefined, cwd: string): ReturnType<typeof parsePrices> {
  if (given === undefined) return { ok: true, prices: {} };
  if (given.trimStart().startsWith('{')) return parsePrices(given);
  const path = resolve(cwd, given);
  return existsSync(path)
    ? parsePrices(readFileSync(path, 'utf8'))
    : { ok: false, message: `there is no file ${path}` };
}

/** A plain name without a key is no fault of the main and the fast model: there is the rehearsal. */
function unopenedModel(values: Environment, { main, fast, more }: ModelNames): string | null {
  const named: [string, string][] = more.map(name => ['DECKHAND_MODELS', name]);
  if (main.includes('/')) named.push(['DECKHAND_MODEL', main]);
  if (fast?.includes('/')) named.push(['DECKHAND_FAST_MODEL', fast]);
  for (const [variable, name] of named) {
    const missing = missingFor(name, values);
    if (missing === null) continue;
    const through = values.OPENAI_BASE_URL
      ? ` Where the server at OPENAI_BASE_URL is meant, name it openai-compatible/${name}.`
      : '';
    return `${variable} names ${name}: ${missing}.${through}`;
  }
  return null;
}

function signInOf(values: Environment): Config['signIn'] {
  const { GITHUB_CLIENT_ID: clientId, GITHUB_CLIENT_SECRET: clientSecret } = values;
  if (clientId === undefined || clientSecret === undefined) return null;
  const allow = {
    orgs: listOf(values.DECKHAND_ALLOW_ORGS),
    teams: listOf(values.DECKHAND_ALLOW_TEAMS),
    users: listOf(values.DECKHAND_ALLOW_USERS),
    admins: listOf(values.DECKHAND_ADMINS),
  };
  return { clientId, clientSecret, allow };
}

/** Others than this machine's people only with a sign-in, and none whose cookie anybody on the way could read. */
function unsafeAddress(host: string, publicUrl: string, hasSignIn: boolean): string | null {
  if (!hasSignIn)
    return isLoopback(host)
      ? null
      : `HOST is ${host}: without sign-in with GitHub (GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET) Deckhand listens on loopback only. Use HOST=127.0.0.1 and reach it through a tunnel, e.g. ssh -L.`;
  const { protocol, hostname } = new URL(publicUrl);
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))) return null;
  return `People would sign in at ${publicUrl}, where anybody on the way could read along. Set DECKHAND_PUBLIC_URL to the https address that people open.`;
}

const hostInUrl = (host: string) => (host.includes(':') ? `[${host}]` : host);

/** Values that must never be printed. */
export const secretsOf = (config: Config): string[] =>
  [
    ...providerSecrets.map(name => config[name]),
    config.DECKHAND_TOKEN,
    config.DECKHAND_SECRET,
    config.githubPrivateKey,
    config.GITHUB_WEBHOOK_SECRET,
    config.GITHUB_CLIENT_SECRET,
    config.SLACK_BOT_TOKEN,
    config.SLACK_APP_TOKEN,
    config.SLACK_SIGNING_SECRET,
  ].filter((value): value is string => typeof value === 'string' && value.length >= 8);
