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
import { storeTrouble } from '../platform/storeTrouble.ts';
import type { AuditRecorder } from '../policy/audit/recorder.ts';
import { AuditedCommands, type Upload } from './audited.ts';
import type { Call } from './call.ts';
import type { Handlers, ServiceCommand } from './handlers.ts';

export type CommandsDeps = {
  handlers: Handlers;
  rates: RateLimits;
  audit: AuditRecorder;
  /** Resolves once what was written so far survives a failover of Redis; absent where nobody would take over. */
  written?: () => Promise<void>;
  metrics: Metrics;
  log: Logger;
};

/** Commands that change nothing. */
const readCommands: ReadonlySet<CommandName> = new Set([
  'session.list',
  // Marks of their own: whoever may look may set them.
  'session.seen',
  'session.pin',
  'session.get',
  'session.view',
  'session.tree',
  'attempts.list',
  'session.diff',
  'turn.list',
  'step.list',
  'agent.list',
  'session.open',
  'session.leave',
  'events.list',
  'repo.list',
  'path.list',
  'repo.classify',
  'thread.bond',
  'thread.get',
  'thread.list',
  'account.get',
  'image.list',
  'build.log',
  'sandbox.list',
  'grant.list',
  'need.list',
  'secret.list',
  'audit.list',
  'budget.get',
  'budget.today',
  'audit.verify',
  'user.list',
  'stats',
  'stats.now',
  'github.check',
  'me',
  'readiness',
]);

/** Whether a command changes something; whoever may not write may not use it, and it stands in the audit log. */
export const changes = (name: CommandName): boolean => !readCommands.has(name);

/** Every command of the contract as the doors run it: scope, pace, parse, handler; bugs become `internal`; all is counted. */
export class Commands {
  #handlers: Handlers;
  #rates: RateLimits;
  #metrics: Metrics;
  #log: Logger;
  #audited: AuditedCommands;
  #written: (() => Promise<void>) | undefined;

  constructor({ handlers, rates, audit, written, metrics, log }: CommandsDeps) {
    this.#handlers = handlers;
    this.#rates = rates;
    this.#metrics = metrics;
    this.#log = log;
    this.#written = written;
    this.#audited = new AuditedCommands(audit, changes, error =>
      log.error({ err: error }, 'how a command ended is not in the audit log'),
    );
  }

  run(call: Call, name: ServiceCommand, payload: unknown): Promise<Result> {
    return this.guarded(call, name, () => this.#handle(call, name, payload));
  }

  /** The same for who was admitted before the body of the request was read. */
  runAdmitted(call: Call, name: ServiceCommand, payload: unknown): Promise<Result> {
    return this.#counted(call, name, () => this.#handle(call, name, payload));
  }

  /** The same for what one door does by itself. */
  guarded<T extends object>(
    call: Call,
    name: CommandName,
    run: () => Promise<Result<T>>,
  ): Promise<Result<T>> {
    return this.#counted(call, name, async () => {
      const admitted = await this.#admit(call, name);
      return admitted.ok ? run() : admitted;
    });
  }

  /** The same, parsed before and in the audit log, for what changes something. */
  guardedAct<N extends CommandName, T extends object>(
    call: Call,
    name: N,
    payload: unknown,
    run: (input: z.output<(typeof commands)[N]['input']>) => Promise<Result<T>>,
  ): Promise<Result> {
    return this.guarded(call, name, async () => {
      const parsed = parseInput(name, payload);
      if (!parsed.ok) return parsed;
      return this.#audited.run(call, name, parsed.input as object, () => run(parsed.input));
    });
  }

  /** Whether they may do this, and at this pace. Needs nothing of what they sent; who is refused is counted. */
  async admit(call: Call, name: CommandName): Promise<Result> {
    const admitted = await this.#admit(call, name);
    if (!admitted.ok) this.#metrics.commands.inc({ name, door: call.door, code: admitted.code });
    return admitted;
  }

  /**
   * Whether they may send a file of this many bytes (null: they do not say) at this pace, of at most `maxBytes`, as many
   * bytes a minute as one person may send.
   */
  async admitUpload(call: Call, declaredBytes: number | null, maxBytes: number): Promise<Result> {
    const { who } = call;
    if (!may(who, 'write')) {
      this.#audited.refused(call, 'upload', 'unauthorized');
      return failure('unauthorized', mayNot(who, 'an upload'));
    }
    const rated = await this.#rates.take(paceOf(who), null);
    if (!rated.ok) return rated;
    if (declaredBytes !== null && declaredBytes > maxBytes)
      return failure('too_large', `This is too large: at most ${maxBytes / 1024 / 1024} MiB.`);
    // One that does not say how large it is may be as large as it can be.
    return this.#rates.takeBytes(who, declaredBytes ?? maxBytes);
  }

  /** Takes what was uploaded, and has it in the audit log. */
  upload<T extends object>(
    call: Call,
    name: Upload,
    input: { sessionId?: string },
    take: () => Promise<Result<T>>,
  ): Promise<Result<T>> {
    return this.#audited.upload(call, name, input, take);
  }

  /** Somebody whom nobody knows was turned away at a door. */
  turnedAway(from: Call['from']): void {
    this.#audited.unknown(from);
  }

  /** Whether they may read a file at this pace. */
  async admitDownload(who: Identity): Promise<Result> {
    return may(who, 'read')
      ? this.#rates.take(paceOf(who), null)
      : failure('unauthorized', mayNot(who, 'a download'));
  }

  /** What is answered where something threw; what no one expected is logged. */
  failureOf(what: string, error: unknown): Failure {
    if (error instanceof DeckhandError) return error.toFailure();
    const trouble = storeTrouble(error);
    if (trouble)
      return failure('store_down', `${trouble} Try again in a moment; what was acknowledged is kept.`);
    this.#log.error({ err: error, command: what }, 'a command failed');
    return failure('internal', 'Something went wrong in the server; its log says more. Try again.');
  }

  async #handle(call: Call, name: ServiceCommand, payload: unknown): Promise<Result> {
    const parsed = parseInput(name, payload);
    if (!parsed.ok) return parsed;
    const rated = await this.#rateOfActedFor(parsed.input);
    if (!rated.ok) return rated;
    const handler = this.#handlers[name] as (who: Identity, input: unknown) => Promise<Result>;
    const done = await this.#audited.run(call, name, parsed.input, () => handler(call.who, parsed.input));
    if (done.ok && changes(name)) await this.#written?.();
    return done;
  }

  /** Whoever a token acts for has a pace, too. */
  async #rateOfActedFor(input: object): Promise<Result> {
    const acting = 'onBehalfOf' in input ? OnBehalfOf.safeParse(input.onBehalfOf) : null;
    return acting?.success
      ? this.#rates.take(`${acting.data.provider}:${acting.data.id}`, null)
      : { ok: true };
  }

  async #admit(call: Call, name: CommandName): Promise<Result> {
    if (!may(call.who, changes(name) ? 'write' : 'read')) {
      this.#audited.refused(call, name, 'not_found');
      return failure('not_found', mayNot(call.who, name));
    }
    return this.#rates.take(paceOf(call.who), call.connectionId);
  }

  async #counted<T extends object>(
    call: Call,
    name: CommandName,
    run: () => Promise<Result<T>>,
  ): Promise<Result<T>> {
    const endTimer = this.#metrics.commandSeconds.startTimer({ name, door: call.door });
    const result = await run().catch(error => this.failureOf(name, error));
    endTimer();
    this.#metrics.commands.inc({ name, door: call.door, code: result.ok ? 'ok' : result.code });
    return result;
  }
}

/** Whose pace counts; null for a token that acts for others, who have one each. */
const paceOf = (who: Identity): string | null => (who.scopes.includes('act') ? null : who.userId);

const mayNot = ({ github }: Identity, name: string) =>
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
