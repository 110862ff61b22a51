import { existsSync } from 'node:fs';
import { parseRedisUrl } from '@deckhand/sandbox/preflight/redis-url';
import { limits, mostAttempts } from '@deckhand/shared';
import { z } from 'zod';
import { modelSettings } from './modelSettings.ts';
import { slackSettings } from './slackConfig.ts';

const MiB = 1024 * 1024;
const flag = z.enum(['0', '1', 'true', 'false']).transform(value => value === '1' || value === 'true');
const ms = (fallback: number) => z.coerce.number().int().positive().default(fallback);
const count = (fallback: number) => z.coerce.number().int().min(0).default(fallback);
const bytes = (fallback: number) => z.coerce.number().int().positive().default(fallback);
const names = z.string().regex(/^[\w.-]+(\s*,\s*[\w.-]+)*$/, 'names, with commas between them');
const teams = z
  .string()
  .regex(/^[\w.-]+\/[\w.-]+(\s*,\s*[\w.-]+\/[\w.-]+)*$/, 'org/team, with commas between');
const url = z.url({ protocol: /^(https?|rediss?|tcp|unix|ssh|npipe)$/ });

/** Every variable that Deckhand reads. The README's table is made from these descriptions (a test compares). */
export const Environment = z.object({
  PORT: z.coerce.number().int().min(0).max(65535).default(4000).describe('Port of the page and the API'),
  HOST: z
    .string()
    .default('127.0.0.1')
    .describe('Address to listen on; loopback only without sign-in with GitHub'),
  REDIS_URL: z
    .string()
    .superRefine((text, { addIssue }) => {
      const address = parseRedisUrl(text);
      if (!address.ok) addIssue({ code: 'custom', message: address.message });
    })
    .optional()
    .describe(
      'Redis: `redis://host:6379`, `rediss://…`, or `redis+sentinel://host:26379,host:26379/name` for one that Sentinel watches; a private redis-server in the data folder where absent',
    ),
  DOCKER_HOST: z.string().optional().describe('Docker engine; the default socket where absent'),
  ...modelSettings,
  DECKHAND_PRICES: z
    .string()
    .optional()
    .describe('What models cost, as JSON or the path of a JSON file; without it tokens are shown'),
  DECKHAND_DATA: z.string().default('.deckhand').describe('Data folder'),
  DECKHAND_BLOBS: z
    .string()
    .optional()
    .describe(
      'Folder of archives, attachments and artifacts, one for all servers of a deployment; in the data folder where absent',
    ),
  DECKHAND_REPOS: z.string().optional().describe('Path of repos.json; in the data folder where absent'),
  DECKHAND_POLICY: z
    .string()
    .optional()
    .describe('Path of the policy of this organisation (docs/policy.md); without one nothing is asked'),
  DECKHAND_AGENTS: z
    .string()
    .optional()
    .describe('Folder of this organisation’s agents (docs/agents.md), beside those that are built in'),
  DECKHAND_TOKEN: z.string().min(16).optional().describe('A service token with all rights, for scripts'),
  DECKHAND_PUBLIC_URL: url.optional().describe('Address that people open; of HOST and PORT where absent'),
  DECKHAND_PREVIEW_URL: url
    .optional()
    .describe('Address under whose subdomains previews are; *.localhost where the page is on this machine'),
  DECKHAND_EXTENSION_KEY: z
    .string()
    .optional()
    .describe('Path of the RSA key (PEM) that signs the sidebar; made in the data folder where absent'),
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
  DECKHAND_CONTEXT_TOKENS: z.coerce
    .number()
    .int()
    .min(4_000)
    .optional()
    .describe("Tokens that the model reads at once; else what is known of the model's name"),
  DECKHAND_CONTEXT_SHARE: z.coerce
    .number()
    .min(0.2)
    .max(0.95)
    .default(0.8)
    .describe('Share of that after which what is old is shortened or summed up'),
  DECKHAND_CONTEXT_MESSAGES: z.coerce
    .number()
    .int()
    .min(10)
    .default(50)
    .describe('Messages after which what is old is summed up between two steps'),
  DECKHAND_CONTEXT_KEEP: z.coerce
    .number()
    .int()
    .min(2)
    .default(20)
    .describe('Newest messages that stay as they are beside a summary'),
  DECKHAND_TURNS_AT_ONCE: z.coerce
    .number()
    .int()
    .positive()
    .default(20)
    .describe('Turns that one worker runs'),
  DECKHAND_CHILDREN: z.coerce
    .number()
    .int()
    .min(0)
    .max(limits.children)
    .default(10)
    .describe('Sessions that one session’s agent may begin; 0: none'),
  DECKHAND_CHILD_DEPTH: z.coerce
    .number()
    .int()
    .min(0)
    .max(5)
    .default(2)
    .describe('How deep: 1 means that sessions which an agent began begin no others'),
  DECKHAND_ATTEMPTS: z.coerce
    .number()
    .int()
    .min(0)
    .max(mostAttempts)
    .default(5)
    .describe('Attempts at one prompt; 0: none'),
  DECKHAND_TASKS_AT_ONCE: z.coerce
    .number()
    .int()
    .positive()
    .default(4)
    .describe('Tasks that agents of one turn work on at once; others wait in line'),
  DECKHAND_TASK_DEPTH: z.coerce
    .number()
    .int()
    .min(0)
    .max(5)
    .default(2)
    .describe('How often a task may be given on; 0: no agent delegates'),
  DECKHAND_WORKFLOW_RETRIES: z.coerce
    .number()
    .int()
    .min(0)
    .max(5)
    .default(1)
    .describe('How often a part of a workflow is tried again, where its plan does not say'),
  DECKHAND_WORKFLOW_REPLANS: z.coerce
    .number()
    .int()
    .min(0)
    .max(10)
    .default(2)
    .describe(
      'How often what is left of a workflow is planned anew, and how often what a review found is mended',
    ),
  DECKHAND_WORKFLOW_NODE_MS: z.coerce
    .number()
    .int()
    .positive()
    .default(60 * 60_000)
    .describe('How long one try of a part of a workflow may take, in ms, where its plan does not say'),
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
  DECKHAND_IMAGE_EVERY_MS: z.coerce
    .number()
    .int()
    .min(0)
    .default(30 * 60_000)
    .describe('Time between two looks for new commits to build an image of; 0: only when asked'),
  DECKHAND_BUILD_MS: ms(30 * 60_000).describe('Longest run of one command of an environment'),
  DECKHAND_POOL_MIN: count(1).describe('Warm sandboxes kept for a repository at least'),
  DECKHAND_POOL_MAX: count(4).describe('Warm sandboxes kept for a repository at most; 0: no pool'),
  DECKHAND_POOL_TOTAL: count(8).describe('Warm sandboxes kept for all repositories together'),
  DECKHAND_SANDBOXES_MAX: z.coerce
    .number()
    .int()
    .positive()
    .default(40)
    .describe('Sandboxes at once; sessions beyond wait in line'),
  DECKHAND_MEMORY_BUDGET_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .optional()
    .describe("Memory of all sandboxes together; 80 % of the engine's where absent"),
  DECKHAND_PAUSE_MS: ms(2 * 60_000).describe('Idle time after which the processes of a sandbox are frozen'),
  DECKHAND_IDLE_MS: ms(10 * 60_000).describe('Idle time after which a sandbox is put to sleep'),
  DECKHAND_CONTROL_MS: ms(limits.controlLeftMs).describe(
    'Whoever has control of a session and does nothing with it for so long has handed back',
  ),
  DECKHAND_IDLE_VIEWED_MS: ms(15 * 60_000).describe('The same while somebody watches the session'),
  DECKHAND_HIBERNATE_MS: ms(60 * 60_000).describe('Idle time after which a session moves to its archive'),
  DECKHAND_SANDBOX_MEMORY_BYTES: bytes(4096 * MiB).describe('Memory of a sandbox'),
  DECKHAND_SANDBOX_CPUS: z.coerce.number().positive().default(2).describe('Cores of a sandbox'),
  DECKHAND_SANDBOX_PIDS: z.coerce.number().int().positive().default(1024).describe('Processes in a sandbox'),
  DECKHAND_SANDBOX_DISK_BYTES: bytes(10_240 * MiB).describe('Disk of a sandbox'),
  DECKHAND_SANDBOX_RUNTIME: z
    .string()
    .regex(/^[\w.-]+$/, 'the name of a runtime of the engine')
    .optional()
    .describe(
      "OCI runtime of sandboxes as the engine names it, e.g. `runsc` (gVisor) or `kata`; the engine's default where absent",
    ),
  DECKHAND_DISKS: z
    .enum(['auto', 'volume'])
    .default('auto')
    .describe(
      '`volume`: disks of sandboxes are folders of a volume, without a limit of their own; `auto`: where the engine cannot mount disks',
    ),
  DECKHAND_DISK_BUDGET_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .optional()
    .describe('Disk of all sandboxes together; what the engine has where absent'),
  DECKHAND_SHARED_IMAGES: z
    .string()
    .optional()
    .describe('Images of the engine that every repository may build on, with commas; `*` ends a prefix'),
  DECKHAND_EGRESS_UPSTREAM_NAMES: z
    .string()
    .optional()
    .describe(
      'Names that only the company proxy can resolve and sandboxes may reach, with commas; `.corp`: all below',
    ),
  DECKHAND_EGRESS_AUTHORITIES: z
    .string()
    .refine(path => existsSync(path), 'there is no such file')
    .optional()
    .describe(
      'PEM file of authorities that hosts are trusted by besides the usual ones, where the egress proxy puts secrets in',
    ),
  DECKHAND_SNAPSHOTS_KEPT: z.coerce
    .number()
    .int()
    .positive()
    .default(5)
    .describe('Snapshots of turns that a session keeps; named ones stay besides'),
  DECKHAND_ALLOW_ORGS: names.optional().describe('Organisations whose members may sign in'),
  DECKHAND_ALLOW_TEAMS: teams.optional().describe('Teams whose members may sign in: org/team'),
  DECKHAND_ALLOW_USERS: names.optional().describe('Logins of people who may sign in'),
  DECKHAND_ADMINS: names.optional().describe('Logins of people who may sign in, as admins'),
  DECKHAND_ACCESS_MS: ms(5 * 60_000).describe("How long GitHub's word on who may see what counts"),
  ...slackSettings,
  DECKHAND_APP_DRAFTS: flag
    .default(false)
    .describe('The App opens drafts for people who have not linked GitHub; somebody else must approve them'),
  DECKHAND_ALLOW_WORKFLOWS: flag.default(false).describe('Changes of GitHub workflows may be pushed'),
  DECKHAND_SIGNING_KEY: z
    .string()
    .refine(key => key.startsWith('gpg:') || existsSync(key), 'neither gpg:KEYID nor the path of a key')
    .optional()
    .describe('Commits are signed with it: path of an SSH private key, or `gpg:KEYID`'),
  DECKHAND_REPAIRS: count(2).describe('Repairs of failed checks and conflicts that a change gets by itself'),
  DECKHAND_CHANGES_EVERY_MS: count(60_000).describe(
    'Time between two looks for what webhooks missed; 0: only when they say so',
  ),
  GITHUB_APP_ID: z
    .string()
    .optional()
    .describe('GitHub App that clones, pushes and reads what becomes of changes'),
  GITHUB_APP_PRIVATE_KEY: z.string().optional().describe('Its private key: PEM, or the path of one'),
  GITHUB_WEBHOOK_SECRET: z
    .string()
    .min(8)
    .optional()
    .describe('Secret of the webhook, at /api/webhooks/github'),
  GITHUB_CLIENT_ID: z.string().optional().describe('Of the GitHub App: lets people sign in'),
  GITHUB_CLIENT_SECRET: z.string().min(8).optional().describe('Its client secret'),
  GITHUB_API_URL: url.default('https://api.github.com').describe('REST API of GitHub or GitHub Enterprise'),
  GITHUB_URL: url.default('https://github.com').describe('Pages and git of GitHub or GitHub Enterprise'),
});
export type Environment = z.infer<typeof Environment>;
