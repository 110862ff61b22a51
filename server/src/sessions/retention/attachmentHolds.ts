import { script } from '../../platform/script.ts';
import type { Store } from '../store/store.ts';

/** string: the Attachment as JSON, with `by` whom it was uploaded and the `sessions` that it was sent to; those of older versions lack these. */
export const attachmentKey = (attachmentId: string) => `dh:attachment:${attachmentId}`;
export const attachmentBlob = (attachmentId: string) => `attachments/${attachmentId}`;

/** KEYS[1] record; ARGV session. Answer: 1 held, 0 there is no such attachment. */
const holdScript = script('dhHoldAttachment', {
  keys: 1,
  lua: `
local text = redis.call('GET', KEYS[1])
if not text then return 0 end
local record = cjson.decode(text)
if not record.sessions then return 1 end
for _, id in ipairs(record.sessions) do if id == ARGV[1] then return 1 end end
table.insert(record.sessions, ARGV[1])
redis.call('SET', KEYS[1], cjson.encode(record))
return 1
`,
});

/**
 * KEYS[1] record; ARGV session that needs it no more, '' for none. Answer: 1 where no session needs it: the record is
 * gone, and nobody can send it any more.
 */
const dropScript = script('dhDropAttachment', {
  keys: 1,
  lua: `
local text = redis.call('GET', KEYS[1])
if not text then return 1 end
local record = cjson.decode(text)
if not record.sessions then return 0 end
local kept = {}
for _, id in ipairs(record.sessions) do if id ~= ARGV[1] then table.insert(kept, id) end end
if #kept == 0 then
  redis.call('DEL', KEYS[1])
  return 1
end
if #kept < #record.sessions then
  record.sessions = kept
  redis.call('SET', KEYS[1], cjson.encode(record))
end
return 0
`,
});

/** KEYS[1] record; ARGV who is erased. Answer: 1 where they uploaded it and no session needs it: the record is gone. */
const disownScript = script('dhDisownAttachment', {
  keys: 1,
  lua: `
local text = redis.call('GET', KEYS[1])
if not text then return 0 end
local record = cjson.decode(text)
if record.by ~= ARGV[1] then return 0 end
if #record.sessions == 0 then
  redis.call('DEL', KEYS[1])
  return 1
end
record.by = nil
redis.call('SET', KEYS[1], cjson.encode(record))
return 0
`,
});

/** A prompt is about to be sent with these: from now on they stay with its session. Answers one that is gone, or null. */
export async function holdAttachments(
  store: Store,
  sessionId: string,
  attachmentIds: readonly string[],
): Promise<string | null> {
  for (const id of attachmentIds)
    if ((await holdScript(store, attachmentKey(id), sessionId)) === 0) return id;
  return null;
}

/** Where somebody uploaded it who is erased: it is nobody's. True where no session needs it: its bytes may go. */
export async function disownAttachment(store: Store, attachmentId: string, by: string): Promise<boolean> {
  return (await disownScript(store, attachmentKey(attachmentId), by)) === 1;
}

/** True where nothing needs it once this session (null: none) does not: its bytes may go. */
export async function dropAttachment(
  store: Store,
  attachmentId: string,
  sessionId: string | null,
): Promise<boolean> {
  return (await dropScript(store, attachmentKey(attachmentId), sessionId ?? '')) === 1;
}
