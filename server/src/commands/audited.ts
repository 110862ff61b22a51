import type { CommandName, Result } from '@deckhand/shared';
import { OnBehalfOf } from '@deckhand/shared';
import type { About } from '../policy/audit/chain.ts';
import type { Act, AuditRecorder, Ending } from '../policy/audit/recorder.ts';
import { seldom } from '../policy/audit/seldom.ts';
import type { Call } from './call.ts';

/**
 * Change nothing that anybody asked for: a sign of life, and a bot's own notes, several a second. Of a terminal it is
 * written down who opened it, and never what is typed there.
 */
const notAudited: ReadonlySet<CommandName> = new Set([
  'typing',
  'relay.take',
  'relay.note',
  'terminal.type',
  'terminal.size',
  'terminal.taken',
  'terminal.close',
]);

/**
 * What of an input or an answer stands in the log, by its field: ids, names of things, numbers. Whatever is not named
 * here does not, so that no prompt and no secret can.
 */
const told = [
  'repo',
  'promptId',
  'turnId',
  'approvalId',
  'approve',
  'extent',
  'grantId',
  'callId',
  'buildId',
  'warmupId',
  'role',
  'phase',
  'provider',
  'origin',
  'port',
  'step',
  'n',
  'clean',
  'pushed',
  'when',
  'mode',
  'budgetId',
  'amount',
  'unit',
  'kind',
  'agent',
  'attachmentId',
  'artifactId',
  'mediaType',
  'bytes',
] as const;
/** Sending a file is no command of the table. */
export type Upload = 'upload.attachment' | 'upload.screenshot';

/** A variable's name in these; elsewhere a name is somebody's words. */
const namesThings: ReadonlySet<string> = new Set(['secret.set', 'secret.remove']);

const plain = /^[\w.:/@#*-]{1,200}$/;

type Fields = Readonly<Record<string, unknown>>;

function aboutOf(name: string, from: Fields): About {
  const fields = namesThings.has(name) ? [...told, 'name'] : told;
  const found = fields.flatMap((field): [string, string | number | boolean][] => {
    const value = from[field];
    if (typeof value === 'number' || typeof value === 'boolean') return [[field, value]];
    return typeof value === 'string' && plain.test(value) ? [[field, value]] : [];
  });
  return Object.fromEntries(found);
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined);

/** Every command that changes something, written to the audit log before it is done, and once more when it is. */
export class AuditedCommands {
  #recorder: AuditRecorder;
  #changes: (name: CommandName) => boolean;
  #onError: (error: unknown) => void;
  #isNew = seldom(60_000, Date.now);

  constructor(
    recorder: AuditRecorder,
    changes: (name: CommandName) => boolean,
    onError: (error: unknown) => void,
  ) {
    this.#recorder = recorder;
    this.#changes = changes;
    this.#onError = onError;
  }

  async run(call: Call, name: CommandName, input: object, act: () => Promise<Result>): Promise<Result> {
    return this.#isAudited(name) ? this.#begun(call, name, input as Fields, act) : act();
  }

  /** A file that somebody sends: what became of it, by its id, kind and size. */
  upload<T extends Result>(
    call: Call,
    name: Upload,
    input: { sessionId?: string },
    act: () => Promise<T>,
  ): Promise<T> {
    return this.#begun(call, name, input, act);
  }

  async #begun<T extends Result>(
    call: Call,
    name: CommandName | Upload,
    input: Fields,
    act: () => Promise<T>,
  ): Promise<T> {
    const ended = await this.#recorder.begin(actOf(call, name, input));
    const end = (ending: Ending) => void ended(ending).catch(this.#onError);
    try {
      const result = await act();
      end(endingOf(name, result));
      return result;
    } catch (error) {
      end({ code: 'internal' });
      throw error;
    }
  }

  /** They may not do this. Once a minute is enough to know. */
  refused(call: Call, name: CommandName | 'upload', code: string): void {
    if ((name !== 'upload' && !this.#isAudited(name)) || !this.#isNew(`${call.who.userId} ${name}`)) return;
    this.#recorder.note(actOf(call, name, {}), code).catch(this.#onError);
  }

  /** Somebody shows a token that is nobody's, or of somebody who may not be here any more. */
  unknown(from: Call['from']): void {
    if (!from?.token || !this.#isNew(`${from.address} sign-in`)) return;
    const act = { act: 'sign-in', from: { way: 'token', ...from } };
    this.#recorder.note(act, 'unauthorized').catch(this.#onError);
  }

  #isAudited(name: CommandName): boolean {
    return this.#changes(name) && !notAudited.has(name);
  }
}

function actOf({ who, door, from }: Call, name: CommandName | 'upload' | Upload, input: Fields): Act {
  const acting = OnBehalfOf.safeParse(input.onBehalfOf);
  const { login, person } = input;
  return {
    act: name,
    who,
    for: acting.success
      ? { userId: `${acting.data.provider}:${acting.data.id}`, name: acting.data.name }
      : // Whom it is about, where it is about somebody.
        typeof login === 'string'
        ? { userId: `login:${login.toLowerCase()}`, name: login }
        : typeof person === 'string'
          ? { userId: person }
          : undefined,
    sessionId: textOf(input.sessionId),
    from: { way: door, ...from },
    about: aboutOf(name, input),
  };
}

function endingOf(name: CommandName | Upload, result: Result): Ending {
  if (!result.ok) return { code: result.code };
  const answer = result as Fields & { ok: true };
  const session = answer.session as { id?: unknown } | undefined;
  return {
    code: 'ok',
    sessionId: textOf(answer.sessionId) ?? textOf(session?.id),
    about: aboutOf(name, { ...answer, ...(answer.attachment as Fields | undefined) }),
  };
}
