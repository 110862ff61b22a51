import { failure, type Result } from '@deckhand/shared';
import type { Mirror } from '../../repos/mirror.ts';
import { digestOf, type RemoteRef, withoutCredentials } from '../../repos/origin.ts';
import type { Hands } from '../hands.ts';
import { heldOf } from '../untrusted/answers.ts';
import { inPack, runScript, toFailure } from './script.ts';

/** Branches besides the base may hold anything, such as years of built pages. With more than this they are left out. */
const mostBytes = 128 * 1024 * 1024;
const mostAnswerBytes = 512 * 1024;

/**
 * The base branch by its name, tags, and `origin` with its branches as the mirror knows them, for what people's tools
 * ask git. `baseSha`: the commit of the base branch that the work stands on. `holds`: the digest of what is there;
 * asked for where absent. Where nothing changed nothing is run.
 */
export async function giveOrigin(
  hands: Hands,
  mirror: Mirror,
  { baseSha, holds }: { baseSha: string; holds?: string | undefined },
): Promise<Result> {
  const base = await mirror.knownBase();
  if (!base) return { ok: true };
  const url = withoutCredentials(mirror.repo.url);
  const origin = await mirror.origin(base);
  const digest = digestOf(origin, { baseSha, url });
  if (holds === digest) return { ok: true };
  const asked = await runScript(hands, 'held-origin', [String(mostAnswerBytes)]);
  if (!asked.ok) return asked;
  const held = heldOf(asked.stdout);
  if (held.digest === digest) return { ok: true };
  const has = await mirror.those(held.shas);
  const sent = await sendRefs(hands, mirror, { refs: origin.refs, fewest: origin.fewest, has });
  if (!sent.ok) return sent;
  const stdin = sent.refs.map(({ sha, ref }) => `${sha} ${ref}\n`).join('');
  return runScript(hands, 'take-origin', [sent.pack, digest, base.branch, baseSha, url], stdin);
}

async function sendRefs(
  hands: Hands,
  mirror: Mirror,
  { refs, fewest, has }: { refs: RemoteRef[]; fewest: () => Promise<RemoteRef[]>; has: string[] },
): Promise<Result<{ pack: string; refs: RemoteRef[] }>> {
  const wanted = refs.map(({ sha }) => sha);
  const bytes = await mirror.packBytes(wanted, has);
  if (bytes === null) return failure('repo_unreachable', 'The mirror lacks commits of its own refs.');
  if (bytes > mostBytes) {
    const few = await fewest();
    return few.length < refs.length
      ? sendRefs(hands, mirror, { refs: few, fewest, has })
      : put(hands, mirror, { refs, has });
  }
  return bytes === 0 ? { ok: true, pack: '', refs } : put(hands, mirror, { refs, has });
}

async function put(
  hands: Hands,
  mirror: Mirror,
  { refs, has }: { refs: RemoteRef[]; has: string[] },
): Promise<Result<{ pack: string; refs: RemoteRef[] }>> {
  const pack = mirror.pack(
    refs.map(({ sha }) => sha),
    has,
  );
  const done = await hands.put(inPack, pack.stream);
  const packed = await pack.done;
  if (!done.ok) return toFailure(done);
  if (packed.failed) return failure('repo_unreachable', 'The mirror could not give out what its remote has.');
  return { ok: true, pack: inPack, refs };
}
