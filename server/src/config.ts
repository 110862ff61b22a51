import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';

const MiB = 1024 * 1024;
const flag = z.enum(['0', '1', 'true', 'false']).transform(value => value === '1' || value === 'true');
const ms = (fallback: number) => z.coerce.number().int().positive().default(fallback);
const bytes = (fallback: number) => z.coerce.number().int().positive().default(fallback);
const url = z.url({ protocol: /^(https?|rediss?|tcp|unix|ssh|npipe)$/ });

/** Every variable that Deckhand reads. The README's table is made from these descriptions (a test compares). */
export const Environment = z.object({
  PORT: z.coerce.number().int().min(0).max(65535).default(4000).describe('Port of the page and the API'),
  HOST: z.string().default('127.0.0.1').describe('Address to listen on; loopback only until sign-in exists'),
  REDIS_URL: url.optional().describe('Redis; a private redis-server in the data folder where absent'),
  DOCKER_HOST: z.string().optional().describe('Docker engine; the default socket where absent'),
  OPENAI_API_KEY: z.string().optional().describe('Model key; without one the rehearsal model plays'),
  OPENAI_BASE_URL: url.optional().describe('Any server that speaks the OpenAI API'),
  DECKHAND_MODEL: z.string().default('gpt-5.2').describe('Model that does the work'),
  DECKHAND_MODEL_API: z
    .enum(['responses', 'chat'])
    .default('responses')
    .describe('API that the model speaks'),
  DECKHAND_DATA: z.string().default('.deckhand').describe('Data folder'),
  DECKHAND_REPOS: z.string().optional().describe('Path of repos.json; in the data folder where absent'),
  DECKHAND_TOKEN: z.string().min(16).optional().describe('A service token with all rights, for scripts'),
  DECKHAND_PUBLIC_URL: url.optional().describe('Address that people open; of HOST and PORT where absent'),
  DECKHAND_SECRET: z
    .string()
    .min(16)
    .optional()
    .describe('Key for secrets; made in the data folder where absent'),
  DECKHAND_PRODUCTION: flag.default(false).describe('Refuse to start where data could be lost'),
  DECKHAND_LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('How much is logged'),
  DECKHAND_TURN_MS: ms(60 * 60_000).describe('Longest turn'),
  DECKHAND_TURN_TOKENS: z.coerce
    .number()
    .int()
    .positive()
    .default(5_000_000)
    .describe('Tokens a turn may use'),
  DECKHAND_TURN_STEPS: z.coerce
    .number()
    .int()
    .positive()
    .default(200)
    .describe('Model calls a turn may take'),
  DECKHAND_TURNS_AT_ONCE: z.coerce
    .number()
    .int()
    .positive()
    .default(20)
    .describe('Turns that one worker runs'),
  DECKHAND_MODEL_RETRIES: z.coerce
    .number()
    .int()
    .min(0)
    .default(5)
    .describe('Retries of a failed model call'),
  DECKHAND_MODEL_RETRY_MS: ms(500).describe('First wait before a retry; it doubles'),
  DECKHAND_REHEARSAL_WORD_MS: z.coerce
    .number()
    .int()
    .min(0)
    .default(20)
    .describe('Pace of the rehearsal model, for each word'),
  DECKHAND_IDLE_MS: ms(10 * 60_000).describe('Idle time after which a sandbox is put to sleep'),
  DECKHAND_SANDBOX_MEMORY_BYTES: bytes(4096 * MiB).describe('Memory of a sandbox'),
  DECKHAND_SANDBOX_CPUS: z.coerce.number().positive().default(2).describe('Cores of a sandbox'),
  DECKHAND_SANDBOX_PIDS: z.coerce.number().int().positive().default(1024).describe('Processes in a sandbox'),
  DECKHAND_SANDBOX_DISK_BYTES: bytes(10_240 * MiB).describe('Disk of a sandbox'),
  DECKHAND_DISK_BUDGET_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .optional()
    .describe('Disk of all sandboxes together; what the engine has where absent'),
  GITHUB_APP_ID: z.string().optional().describe('GitHub App that clones and pushes'),
  GITHUB_APP_PRIVATE_KEY: z.string().optional().describe('Its private key: PEM, or the path of one'),
  GITHUB_API_URL: url.default('https://api.github.com').describe('REST API of GitHub or GitHub Enterprise'),
  GITHUB_URL: url.default('https://github.com').describe('Pages and git of GitHub or GitHub Enterprise'),
});
export type Environment = z.infer<typeof Environment>;

export type Config = Environment & {
  dataDir: string;
  reposFile: string;
  publicUrl: string;
  githubPrivateKey: string | null;
};

const isLoopback = (host: string) => /^(127\.|localhost$|::1$)/.test(host);

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
  if (!isLoopback(values.HOST))
    return {
      ok: false,
      message: `HOST is ${values.HOST}: without a real sign-in Deckhand listens on loopback only. Use HOST=127.0.0.1 and reach it through a tunnel, e.g. ssh -L.`,
    };
  if ((values.GITHUB_APP_ID === undefined) !== (values.GITHUB_APP_PRIVATE_KEY === undefined))
    return {
      ok: false,
      message: 'GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY belong together: set both or neither.',
    };
  const dataDir = resolve(cwd, values.DECKHAND_DATA);
  const key = values.GITHUB_APP_PRIVATE_KEY;
  if (key !== undefined && !key.includes('PRIVATE KEY') && !existsSync(key))
    return { ok: false, message: 'GITHUB_APP_PRIVATE_KEY is neither a PEM nor the path of one.' };
  return {
    ok: true,
    config: {
      ...values,
      dataDir,
      reposFile: values.DECKHAND_REPOS ? resolve(cwd, values.DECKHAND_REPOS) : resolve(dataDir, 'repos.json'),
      publicUrl: (values.DECKHAND_PUBLIC_URL ?? `http://${hostInUrl(values.HOST)}:${values.PORT}`).replace(
        /\/$/,
        '',
      ),
      githubPrivateKey:
        key === undefined ? null : key.includes('PRIVATE KEY') ? key : readFileSync(key, 'utf8'),
    },
  };
}

const hostInUrl = (host: string) => (host.includes(':') ? `[${host}]` : host);

/** Values that must never be printed. */
export const secretsOf = (config: Config): string[] =>
  [config.OPENAI_API_KEY, config.DECKHAND_TOKEN, config.DECKHAND_SECRET, config.githubPrivateKey].filter(
    (value): value is string => typeof value === 'string' && value.length >= 8,
  );
