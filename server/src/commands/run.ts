import {
  type CommandName,
  commands,
  DeckhandError,
  type Failure,
  failure,
  OnBehalfOf,
  type Result,
} from '@deckhand/shared';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { type Identity, may } from '../identity/identity.ts';
import type { RateLimits } from '../identity/rateLimits.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { Handlers, ServiceCommand } from './commands.ts';

export type Call = { who: Identity; connectionId: string | null; door: 'http' | 'socket' };
export type CommandDeps = { handlers: Handlers; rates: RateLimits; metrics: Metrics; log: Logger };

/** Commands that change nothing. */
const readCommands: ReadonlySet<CommandName> = new Set([
  'session.list',
  'session.get',
  'session.view',
  'session.diff',
  'turn.list',
  'session.open',
  'session.leave',
  'events.list',
  'repo.list',
  'repo.classify',
  'thread.bond',
  'thread.get',
  'thread.list',
  'account.get',
  'image.list',
  'build.log',
  'sandbox.list',
  'secret.list',
  'user.list',
  'stats',
  'stats.now',
  'github.check',
  'me',
  'readiness',
]);

/** What every command goes through at either door: scope, rate, parse, handler; and bugs become `internal`. */
export async function runCommand(
  deps: CommandDeps,
  call: Call,
  name: ServiceCommand,
  payload: unknown,
): Promise<Result> {
  return guarded(deps, call, name, () => handle(deps, call, name, payload));
}

/** The same for who was admitted before the body of the request was read. */
export async function runAdmitted(
  deps: CommandDeps,
  call: Call,
  name: ServiceCommand,
  payload: unknown,
): Promise<Result> {
  return counted(deps, call, name, () => handle(deps, call, name, payload));
}

async function handle(
  deps: CommandDeps,
  call: Call,
  name: ServiceCommand,
  payload: unknown,
): Promise<Result> {
  const parsed = parseInput(name, payload);
  if (!parsed.ok) return parsed;
  const rated = await rateOfActedFor(deps, parsed.input);
  if (!rated.ok) return rated;
  const handler = deps.handlers[name] as (who: Identity, input: unknown) => Promise<Result>;
  return handler(call.who, parsed.input);
}

/** Whoever a token acts for has a pace, too. */
async function rateOfActedFor(deps: CommandDeps, input: object): Promise<Result> {
  const acting = 'onBehalfOf' in input ? OnBehalfOf.safeParse(input.onBehalfOf) : null;
  return acting?.success ? deps.rates.take(`${acting.data.provider}:${acting.data.id}`, null) : { ok: true };
}

/** The same for commands that one door handles by itself. */
export async function guarded(
  deps: CommandDeps,
  call: Call,
  name: CommandName,
  run: () => Promise<Result>,
): Promise<Result> {
  return counted(deps, call, name, async () => {
    const admitted = await admit(deps, call, name);
    return admitted.ok ? run() : admitted;
  });
}

async function counted(
  deps: CommandDeps,
  call: Call,
  name: CommandName,
  run: () => Promise<Result>,
): Promise<Result> {
  const endTimer = deps.metrics.commandSeconds.startTimer({ name, door: call.door });
  const result = await run().catch(error => toFailure(deps.log, name, error));
  endTimer();
  deps.metrics.commands.inc({ name, door: call.door, code: result.ok ? 'ok' : result.code });
  return result;
}

/** Whether they may do this, and at this pace. Needs nothing of what they sent. */
export async function admit(
  deps: Pick<CommandDeps, 'rates'>,
  call: Call,
  name: CommandName,
): Promise<Result> {
  if (!may(call.who, readCommands.has(name) ? 'read' : 'write'))
    return failure('not_found', mayNot(call.who, name));
  return deps.rates.take(paceOf(call.who), call.connectionId);
}

/** Whose pace counts; null for a token that acts for others, who have one each. */
export const paceOf = (who: Identity): string | null => (who.scopes.includes('act') ? null : who.userId);

const mayNot = ({ github }: Identity, name: CommandName) =>
  github
    ? 'You may look on here, but not ask or change anything: an admin can give you the role of a member.'
    : `This token may not use ${name}.`;

export function parseInput<N extends CommandName>(
  name: N,
  payload: unknown,
): Result<{ input: z.output<(typeof commands)[N]['input']> }> {
  const parsed = commands[name].input.safeParse(payload ?? {});
  if (parsed.success) return { ok: true, input: parsed.data as z.output<(typeof commands)[N]['input']> };
  const issue = parsed.error.issues[0];
  const where = issue?.path.join('.') || 'the command';
  const tooLong = issue?.code === 'too_big' && where === 'text';
  return failure(tooLong ? 'too_large' : 'bad_request', `${where}: ${issue?.message ?? 'not as documented'}`);
}

export function toFailure(log: Logger, name: string, error: unknown): Failure {
  if (error instanceof DeckhandError) return error.toFailure();
  if (isStoreError(error))
    return failure(
      'store_down',
      'Redis does not answer. Try again in a moment; what was acknowledged is kept.',
    );
  log.error({ err: error, command: name }, 'a command failed');
  return failure('internal', 'Something went wrong in the server; its log says more. Try again.');
}

const isStoreError = (error: unknown) =>
  error instanceof Error &&
  (/Command timed out|Connection is closed|Stream isn't writeable/.test(error.message) ||
    ['ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '') ||
    error.name === 'MaxRetriesPerRequestError');
