import { limits } from '@deckhand/shared';
import type { Bot } from '../deps.ts';
import type { SlackFile } from './incoming.ts';

export type Taken = { ids: string[]; left: string[] };

const mib = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MiB`;

/** Files of a message, uploaded for the prompt; `left` says of each other why it was not taken. */
export async function takeFiles(bot: Bot, files: readonly SlackFile[]): Promise<Taken> {
  const taken: Taken = { ids: [], left: [] };
  for (const [i, file] of files.entries()) {
    const name = file.name ?? file.id;
    if (i >= limits.attachments) {
      taken.left.push(`${name}: a prompt takes ${limits.attachments} files at most`);
      continue;
    }
    if ((file.size ?? 0) > limits.attachmentBytes) {
      taken.left.push(`${name}: larger than ${mib(limits.attachmentBytes)}`);
      continue;
    }
    const content = await download(bot, file.url_private_download ?? file.url_private ?? null);
    if (!content) {
      taken.left.push(`${name}: Slack did not hand it out`);
      continue;
    }
    const type = file.mimetype ?? 'application/octet-stream';
    const uploaded = await bot.server.uploadAttachment(new File([new Uint8Array(content)], name, { type }));
    if (uploaded.ok) taken.ids.push(uploaded.attachment.attachmentId);
    else taken.left.push(`${name}: ${uploaded.message}`);
  }
  return taken;
}

/** The token goes to Slack alone: a file may be said to lie anywhere. */
function mayHaveToken(bot: Bot, url: URL): boolean {
  const api = new URL(bot.config.slackApiUrl);
  return (
    url.host === api.host || (url.protocol === 'https:' && /(^|\.)slack(-files)?\.com$/.test(url.hostname))
  );
}

async function download(bot: Bot, address: string | null): Promise<Buffer | null> {
  if (!address || !URL.canParse(address)) return null;
  const url = new URL(address);
  if (!mayHaveToken(bot, url)) return null;
  try {
    const answer = await fetch(url, {
      headers: { authorization: `Bearer ${bot.config.botToken}` },
      signal: AbortSignal.timeout(30_000),
    });
    // Without the scope Slack answers a sign-in page.
    if (!answer.ok || (answer.headers.get('content-type') ?? '').startsWith('text/html')) return null;
    const content = Buffer.from(await answer.arrayBuffer());
    return content.length > 0 && content.length <= limits.attachmentBytes ? content : null;
  } catch {
    return null;
  }
}
