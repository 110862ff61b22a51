import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type EgressLine, failure, newId, type Result } from '@deckhand/shared';
import { authorOf, type Identity } from '../identity/identity.ts';
import type { Blobs } from '../platform/blobs.ts';
import { artifactKey } from '../sandboxes/keptOutput.ts';
import { addScreenshot } from '../sessions/addScreenshot.ts';
import { exportSession } from '../sessions/archive/export.ts';
import { readField } from '../sessions/archive/hotOrCold.ts';
import { egressLines } from '../sessions/egressRecords.ts';
import { part } from '../sessions/store/keys.ts';
import type { Store } from '../sessions/store/store.ts';
import type { Visible } from './visible.ts';

export type SessionFilesDeps = {
  store: Store;
  blobs: Blobs;
  visible: Visible;
  /** A session's change is to be looked at: its pull request shows its screenshots, too. */
  onScreenshot: (sessionId: string) => Promise<void>;
};

/** `isPicture`: a PNG, looked at when it came. Anything else is text out of a sandbox, never to be run as a page. */
export type Artifact = { name: string; isPicture: boolean; content: Readable };

/** What came before or after a change, of the same element: they are shown together. */
const screenshotKind = 'screenshot';
const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Only what begins as a PNG is kept as one, so that it can be shown as a picture and as nothing else. */
const isPng = (content: Buffer) => content.subarray(0, 8).equals(pngSignature);

const noArtifact = () => failure('not_found', 'There is no such artifact.');

/** Files of sessions, in and out, for whoever may see the session. */
export class SessionFiles {
  #deps: SessionFilesDeps;
  constructor(deps: SessionFilesDeps) {
    this.#deps = deps;
  }

  async artifact(
    who: Identity,
    { sessionId, artifactId }: { sessionId: string; artifactId: string },
  ): Promise<Result<Artifact>> {
    const { store, blobs, visible } = this.#deps;
    const seen = await visible.session(who, sessionId);
    if (!seen.ok) return seen;
    const known = await readField(store, sessionId, part.artifacts, artifactId);
    const content = known ? await blobs.get(artifactKey(artifactId)) : null;
    if (!known || !content) return noArtifact();
    const { name, kind } = JSON.parse(known) as { name: string; kind?: string };
    return { ok: true, name, isPicture: kind === screenshotKind, content };
  }

  async addScreenshot(
    who: Identity,
    { sessionId, name, content }: { sessionId: string; name: string; content: Buffer },
  ): Promise<Result<{ artifactId: string }>> {
    const { store, blobs, visible, onScreenshot } = this.#deps;
    if (!isPng(content)) return failure('bad_request', 'A screenshot is a PNG.');
    const seen = await visible.session(who, sessionId, { fresh: true });
    if (!seen.ok) return seen;
    const artifactId = newId('artifact');
    await blobs.put(artifactKey(artifactId), content);
    const record = {
      artifactId,
      kind: screenshotKind,
      name,
      bytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
    };
    const added = await addScreenshot(store, sessionId, { record, actor: authorOf(who).actor });
    if (!added.ok) return added;
    // It is kept already: a look that is not asked for now comes by itself.
    await onScreenshot(sessionId).catch(() => {});
    return { ok: true, artifactId };
  }

  /** The session as a SQLite file, and what to call it. */
  async egressLog(who: Identity, sessionId: string): Promise<Result<{ lines: EgressLine[] }>> {
    const { store, visible } = this.#deps;
    const seen = await visible.session(who, sessionId);
    return seen.ok ? { ok: true, lines: await egressLines(store, sessionId) } : seen;
  }

  async export(
    who: Identity,
    sessionId: string,
  ): Promise<Result<{ name: string; bytes: number; content: Readable }>> {
    const { store, visible } = this.#deps;
    const seen = await visible.session(who, sessionId, { fresh: true });
    if (!seen.ok) return seen;
    const exported = await exportSession(store, sessionId);
    return exported
      ? { ok: true, name: fileName(seen.meta), ...exported }
      : failure('not_found', `There is no session ${sessionId}.`);
  }
}

/** What the session is about, then its id: `fix-the-failing-test-ses_….sqlite`. */
export function fileName({ id, title }: { id: string; title: string }, ending = 'sqlite'): string {
  const words = title
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 50)
    .replaceAll(/^-|-$/g, '');
  return `${words === '' ? '' : `${words}-`}${id}.${ending}`;
}
