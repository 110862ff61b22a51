import { createHash } from 'node:crypto';
import { limits, newId } from '@deckhand/shared';
import type { Blobs } from '../platform/blobs.ts';
import { agentActor, type TurnWriter } from '../sessions/run/turnWriter.ts';
import { artifactBlob } from '../sessions/store/keys.ts';
import type { PendingCall } from '../sessions/store/meta.ts';
import type { SessionSandbox } from './acquire/sessionSandbox.ts';

/** Answers the id of the artifact; undefined where there is no output to keep. */
export type KeepOutput = (call: PendingCall, sandbox: SessionSandbox) => Promise<string | undefined>;

export const artifactKey = artifactBlob;

/** Stores a long output as an artifact. The log goes on without it where the sandbox no longer has it. */
export const keepOutputAs =
  (blobs: Blobs) =>
  (writer: TurnWriter): KeepOutput =>
  async (call, sandbox) => {
    const output = await wholeOutput(call, sandbox);
    if (!output) return undefined;
    const mask = await sandbox.mask();
    const text = output.toString('utf8');
    const masked = mask.text(text);
    const content = masked === text ? output : Buffer.from(masked);
    const artifactId = newId('artifact');
    await blobs.put(artifactKey(artifactId), content);
    const record = {
      artifactId,
      kind: 'output',
      name: `${call.tool}-output.txt`,
      bytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
    };
    await writer.recordArtifact(artifactId, JSON.stringify(record), [
      { type: 'artifact.created', actor: agentActor, data: record },
    ]);
    return artifactId;
  };

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
