import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { limits, newId } from '@deckhand/shared';
import type { Blobs } from '../platform/blobs.ts';
import { judgeMediaType } from '../platform/mediaType.ts';
import { agentActor, type TurnWriter } from '../sessions/run/turnWriter.ts';
import { artifactBlob } from '../sessions/store/keys.ts';
import type { PendingCall } from '../sessions/store/meta.ts';
import type { SessionSandbox } from './acquire/sessionSandbox.ts';

const mostShownBytes = 4 * 1024 * 1024;
const shownPatienceMs = 30_000;

/** Answers the id of the artifact; undefined where there is no output to keep. `shown`: a file instead of an output. */
export type KeepOutput = (
  call: PendingCall,
  sandbox: SessionSandbox,
  shown?: { path: string; bytes: number },
) => Promise<string | undefined>;

export const artifactKey = artifactBlob;

/** Stores a long output as an artifact. The log goes on without it where the sandbox no longer has it. */
export const keepOutputAs =
  (blobs: Blobs) =>
  (writer: TurnWriter): KeepOutput =>
  async (call, sandbox, shown) => {
    const kept = shown ? await shownFile(sandbox, shown) : await maskedOutput(call, sandbox);
    if (!kept) return undefined;
    const { content, ...about } = kept;
    const artifactId = newId('artifact');
    await blobs.put(artifactKey(artifactId), content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const record = { artifactId, ...about, bytes: content.length, sha256 };
    await writer.recordArtifact(artifactId, JSON.stringify(record), [
      { type: 'artifact.created', actor: agentActor, data: record },
    ]);
    return artifactId;
  };

/** Stores a text as an artifact; answers its id. */
export const keepTextAs =
  (blobs: Blobs) =>
  async (writer: TurnWriter, { name, text }: { name: string; text: string }): Promise<string> => {
    const artifactId = newId('artifact');
    const content = Buffer.from(text);
    await blobs.put(artifactKey(artifactId), content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const record = { artifactId, kind: 'output', name, bytes: content.length, sha256 };
    await writer.recordArtifact(artifactId, JSON.stringify(record), [
      { type: 'artifact.created', actor: agentActor, data: record },
    ]);
    return artifactId;
  };

type Kept = { content: Buffer; kind: string; name: string };

async function maskedOutput(call: PendingCall, sandbox: SessionSandbox): Promise<Kept | null> {
  const output = await wholeOutput(call, sandbox);
  if (!output) return null;
  const mask = await sandbox.mask();
  const text = output.toString('utf8');
  const masked = mask.text(text);
  const content = masked === text ? output : Buffer.from(masked);
  return { content, kind: 'output', name: `${call.tool}-output.txt` };
}

/** A picture or document that the model looks at. By its own bytes it must be one: the sandbox's word is not enough. */
async function shownFile(
  sandbox: SessionSandbox,
  { path, bytes }: { path: string; bytes: number },
): Promise<Kept | null> {
  const opened = await sandbox.hands();
  if (!opened.ok || bytes > mostShownBytes) return null;
  const pieces: Buffer[] = [];
  let length = 0;
  const source = opened.hands.get({ path });
  const late = setTimeout(() => source.destroy(new Error('it took too long')), shownPatienceMs);
  try {
    for await (const piece of source as AsyncIterable<Buffer>) {
      length += piece.length;
      if (length > mostShownBytes) return null;
      pieces.push(piece);
    }
  } catch {
    return null;
  } finally {
    clearTimeout(late);
    source.destroy();
  }
  const content = Buffer.concat(pieces);
  const { kind, mediaType } = await judgeMediaType(content, '');
  return kind === 'shown'
    ? { content, kind: 'shown', name: `${basename(path)} (${mediaType})`.slice(0, 200) }
    : null;
}

async function wholeOutput(call: PendingCall, sandbox: SessionSandbox): Promise<Buffer | null> {
  const opened = await sandbox.hands();
  if (!opened.ok) return null;
  const pieces: Buffer[] = [];
  let offset = 0;
  let kept = 0;
  for (;;) {
    const piece = await opened.hands.output(call.callId, offset, 512 * 1024);
    if (!piece.ok) return null;
    if (piece.offset > offset && pieces.length > 0)
      pieces.push(Buffer.from(`\n… ${piece.offset - offset} bytes left out …\n`));
    pieces.push(piece.data);
    kept += piece.data.length;
    offset = piece.offset + piece.data.length;
    const over = offset >= piece.outputBytes || piece.data.length === 0 || kept > limits.toolOutputBytes;
    if (over) return kept > 0 ? Buffer.concat(pieces) : null;
  }
}
