import { placeOf } from '../slack/place.ts';
import type { RelayedThread } from './relayedThread.ts';

const largestBytes = 20 * 1024 * 1024;

export type Shared = { artifactId: string; name: string; text?: string };

/** Uploads a picture or a long answer into the thread. What cannot be had is left to the session's page. */
export async function shareFile(relay: RelayedThread, { artifactId, name, text }: Shared): Promise<void> {
  const { deps, hold, sessionId } = relay;
  const key = `file:${artifactId}`;
  if (hold.state.posts[key]) return;
  const content = text === undefined ? await download(relay, artifactId) : Buffer.from(text);
  if (!content) return;
  const { channel, ts } = placeOf(hold.thread);
  // An upload that a crash repeats shows a picture twice, which misleads nobody: it is noted before all the same.
  await hold.note({ posts: { ...hold.state.posts, [key]: 'file' } });
  await hold.sure();
  try {
    await deps.slack.web.filesUploadV2({
      channel_id: channel,
      thread_ts: ts,
      file: content,
      filename: name,
      title: name,
    });
  } catch (error) {
    deps.log.warn({ err: error, sessionId }, 'a file could not be shared in Slack');
  }
}

async function download(relay: RelayedThread, artifactId: string): Promise<Buffer | null> {
  const { client, server } = relay.deps;
  try {
    const answer = await fetch(client.artifactUrl(relay.sessionId, artifactId), {
      headers: { authorization: `Bearer ${server.token}` },
    });
    const content = answer.ok ? Buffer.from(await answer.arrayBuffer()) : null;
    return content && content.length <= largestBytes ? content : null;
  } catch {
    return null;
  }
}
