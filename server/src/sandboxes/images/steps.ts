import { failure, type Result } from '@deckhand/shared';
import type { Environment, GuessedInstall } from '../environments/environment.ts';
import { environmentPath } from '../environments/environmentFile.ts';
import type { NamedSecret } from '../environments/secrets.ts';
import { serviceDir, startEnvironment } from '../environments/start.ts';
import type { Hands } from '../hands.ts';
import { type Command, runCommand } from './commands.ts';

/** How a repository that is checked out is made ready: by a build of its image, or in a session that has none. */
export type Steps = {
  environment: Environment;
  /** Those of the build phase: variables of the steps and of nothing else. */
  secrets: NamedSecret[];
  /** Longest run of one command, where the environment says nothing else. */
  timeoutMs: number;
  write: (text: string) => void;
  signal?: AbortSignal | undefined;
};

/** `warnings`: what went wrong that keeps nobody from working; sentences. */
export type Ready = Result<{ warnings: string[] }>;

/** Services and dependencies installed (`installed`: they are there already), services started, all built. */
export async function makeReady(
  hands: Hands,
  steps: Steps,
  { installed }: { installed: boolean },
): Promise<Ready> {
  const { environment } = steps;
  const warnings: string[] = [];
  if (!installed) {
    const services = await installServices(hands, steps);
    if (!services.ok) return services;
    const done = await install(hands, steps);
    if (!done.ok) return done;
    warnings.push(...done.warnings);
  }
  for (const started of await startEnvironment(hands, environment, { only: 'services' }))
    if (!started.ok) return failure('bad_request', started.message);
  if (!installed) {
    for (const [service, { setup }] of Object.entries(environment.services)) {
      const name = `setup of ${service}`;
      const done = setup ? await runStep(hands, steps, { name, command: setup, service }) : null;
      if (done && !done.ok) return done;
    }
  }
  const { build } = environment;
  const built: Result = build ? await runStep(hands, steps, { name: 'build', command: build }) : { ok: true };
  return built.ok ? { ok: true, warnings } : built;
}

/** The repository's own install: what it says itself has to succeed, a guess need not. */
export async function install(hands: Hands, steps: Steps): Promise<Ready> {
  const { install: command, guesses, afterInstall } = steps.environment;
  const done: Result = command ? await runStep(hands, steps, { name: 'install', command }) : { ok: true };
  if (!done.ok) return done;
  const warnings: string[] = [];
  for (const guess of guesses) {
    const tried = await runStep(hands, steps, { name: 'install', command: guess.command });
    if (!tried.ok) warnings.push(wrongGuess(guess, tried.message));
  }
  const after: Result = afterInstall
    ? await runStep(hands, steps, { name: 'postCreateCommand', command: afterInstall })
    : { ok: true };
  if (!after.ok) warnings.push(`${after.message}.`);
  return { ok: true, warnings };
}

const wrongGuess = ({ source, command }: GuessedInstall, message: string) =>
  `${message}. It is only a guess, from ${source}: \`${command.slice(0, 300)}\`. Say in ${environmentPath} what is to be run instead.`;

async function installServices(hands: Hands, steps: Steps): Promise<Result> {
  const { services } = steps.environment;
  for (const [service, each] of Object.entries(services)) {
    const name = `install of ${service}`;
    const done = each.install ? await runStep(hands, steps, { name, command: each.install, service }) : null;
    if (done && !done.ok) return done;
  }
  return { ok: true };
}

/** One command of an environment, with its variables and the secrets of the build. */
export async function runStep(
  hands: Hands,
  { environment, secrets, timeoutMs, write, signal }: Steps,
  { name, command, service }: { name: string; command: string; service?: string },
): Promise<Result> {
  const env = {
    ...environment.env,
    ...Object.fromEntries(secrets.map(secret => [secret.name, secret.value])),
    ...(service ? { DECKHAND_SERVICE_DIR: serviceDir(service) } : {}),
  };
  if (service) await hands.run(['mkdir', '-p', serviceDir(service)]);
  const what: Command = { name, command, env, timeoutMs: environment.timeoutMs ?? timeoutMs };
  const done = await runCommand(hands, what, { write, ...(signal ? { signal } : {}) });
  signal?.throwIfAborted();
  return done.ok ? done : failure('bad_request', done.message);
}
