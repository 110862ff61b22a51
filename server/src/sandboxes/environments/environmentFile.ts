import { z } from 'zod';
import { isPattern } from './checks.ts';
import { ImageReference, PortNumber, ServiceName, VariableName, VariableValue } from './names.ts';
import { insideHome, insideRepo } from './paths.ts';

export const environmentPath = '.deckhand/environment.json';

const command = z
  .string()
  .max(10_000, 'a command has at most 10,000 characters; put it into a script')
  .refine(text => text.trim() !== '', 'a command cannot be empty; leave the key out')
  .refine(text => !text.includes('\0'), 'a command cannot contain a null byte');
const pathInRepo = z
  .string()
  .max(1000)
  .refine(path => insideRepo(path) !== null, 'a path inside the repository, from its top and without ..');
const many = (count: number) => `at most ${count}`;

const pattern = z
  .string()
  .max(200)
  .refine(
    isPattern,
    'a path or pattern from the top of the repository with *, ** and ?: no {…}, […], ! or ..',
  );
const check = z.strictObject({
  run: command.describe('Runs in the repository; "$@" are the files that were edited and match'),
  files: z
    .union([pattern, z.array(pattern).min(1).max(20)], { error: 'a pattern, or a list of them' })
    .optional()
    .describe('Which files it is for: all where absent. One without / counts in every folder'),
  timeoutMs: z
    .number()
    .int()
    .min(1_000)
    .max(10 * 60_000)
    .optional()
    .describe('Longest run; a minute where absent'),
});

const service = z.strictObject({
  install: command.optional().describe('Installs it under $DECKHAND_SERVICE_DIR; at build time'),
  setup: command
    .optional()
    .describe('Migrates and seeds it; at build time, once it is started and ready; its data is kept'),
  start: command.describe('Starts it with each sandbox and stays in the foreground'),
  ready: command.optional().describe('Asked again and again until it exits with 0'),
});

/** `.deckhand/environment.json`: how a repository is made ready, by its own people. */
export const EnvironmentFile = z
  .strictObject({
    $schema: z.string().optional(),
    image: ImageReference.optional().describe('Docker image of the root file system'),
    dockerfile: z
      .union([pathInRepo, z.strictObject({ path: pathInRepo, context: pathInRepo.optional() })], {
        error: 'a path, or {"path", "context"}',
      })
      .optional()
      .describe('Dockerfile that makes the root file system; FROM $DECKHAND_BASE starts from our base image'),
    install: command
      .optional()
      .describe('Installs dependencies; runs again when a lock file changed. Its work is kept'),
    build: command.optional().describe('Builds what the repository needs built; runs for each new commit'),
    warm: command
      .optional()
      .describe('Fills caches, e.g. runs the tests once. When it fails the image is good all the same'),
    start: command
      .optional()
      .describe('Runs in the background of every sandbox, e.g. the development server'),
    ports: z
      .array(
        z.union(
          [PortNumber, z.strictObject({ port: PortNumber, name: z.string().min(1).max(60).optional() })],
          {
            error: 'a number from 1 to 65535, or {"port", "name"}',
          },
        ),
      )
      .max(50, many(50))
      .optional()
      .describe('Ports on which something listens once the environment has started'),
    env: z
      .record(VariableName, VariableValue)
      .optional()
      .describe('Variables of every command. Never a secret: this file is in the repository'),
    caches: z
      .array(
        z
          .string()
          .max(300)
          .refine(
            path => insideHome(path) !== null,
            'a directory inside the home, e.g. .npm: no ~, no .., not absolute',
          ),
      )
      .max(50, many(50))
      .optional()
      .describe('Directories in the home that are kept when an image is built anew'),
    services: z
      .record(ServiceName, service)
      .refine(all => Object.keys(all).length <= 20, many(20))
      .optional()
      .describe('What runs beside the repository, e.g. a database'),
    checks: z
      .record(
        ServiceName,
        z.union([command, check], { error: 'a command, or {"run", "files", "timeoutMs"}' }),
      )
      .refine(all => Object.keys(all).length <= 10, many(10))
      .optional()
      .describe('What looks at files that the agent edited, e.g. a linter: it is told what they find'),
    timeoutMs: z
      .number()
      .int()
      .min(1_000)
      .max(24 * 3_600_000)
      .optional()
      .describe('Longest run of one command'),
  })
  .refine(file => file.image === undefined || file.dockerfile === undefined, {
    path: ['dockerfile'],
    message: 'name an image or a dockerfile, not both',
  });
export type EnvironmentFile = z.infer<typeof EnvironmentFile>;

/** The published JSON schema; editors that know it complete and check the file. */
export function environmentSchema(): object {
  const schema = z.toJSONSchema(EnvironmentFile, { io: 'input', target: 'draft-2020-12' });
  return {
    ...schema,
    title: `Deckhand environment (${environmentPath})`,
    description: 'How a repository is made ready for sessions. All keys may be left out.',
    not: { required: ['image', 'dockerfile'] },
  };
}
