import { orgKeys } from './keys.ts';

/**
 * Versions before kept run state inside meta: whatever is about to read or write it moves it first. The higher fence
 * counts, so that none is ever given twice.
 */
const moveRun = `
local function moveRun(prefix)
  local meta, run = prefix .. 'meta', prefix .. 'run'
  local names = {'fence', 'run', 'turnId', 'stop'}
  for i, value in ipairs(redis.call('HMGET', meta, unpack(names))) do
    if value then
      local name = names[i] == 'run' and 'turn' or names[i]
      local known = redis.call('HGET', run, name)
      if name ~= 'fence' or not known or tonumber(known) < tonumber(value) then
        redis.call('HSET', run, name, value)
      end
      redis.call('HDEL', meta, names[i])
    end
  end
end
`;

/** Commits that a session remembers, so that one that is sent again changes nothing (DESIGN section 4). */
export const rememberedCommits = 64;
/** Whoever wants the head reads so much of the log at most: what came after the newest that is kept. */
export const headEveryBytes = 128 * 1024;
/** What is copied for a fork is no session yet: what it remembers goes with what is copied. */
const unbornTtlSeconds = 3600;

/**
 * The one script through which session state changes. It checks preconditions, applies plain Redis commands on the
 * session's own keys, numbers and appends events, and publishes them: all or nothing. A commit whose id it remembers was sent
 * again after its answer was lost: it changes nothing and answers the same.
 *
 * KEYS[1] the session's prefix, ARGV[1] JSON {id, checks, ops, events}.
 * Checks: ["fence", n] ["absent", key] ["field", key, field, value|false] ["among", key, field, [values]]
 *         ["length", key, n] ["first", key, [ids]]
 * Ops:    [command, key suffix, ...args]        Events: JSON texts without seq and at.
 * Answer: {1, last, ms, 1 where a head is due} or {0, index of the failed check (from 0), what was found}, or {2, 0, ''} where the session
 * is hibernated: it must be restored first.
 */
export const commitScript = `${moveRun}
local prefix = KEYS[1]
local batch = cjson.decode(ARGV[1])
local meta, commits = prefix .. 'meta', prefix .. 'commits'
if redis.call('EXISTS', prefix .. 'home') == 1 then return {2, 0, ''} end
local done = redis.call('LPOS', commits, batch.id)
if done then
  local last, ms = string.match(redis.call('LINDEX', commits, done + 1), '^(%d+) (%d+)$')
  return {1, tonumber(last), ms}
end
moveRun(prefix)

for i, check in ipairs(batch.checks) do
  local kind, key = check[1], check[2]
  if kind == 'fence' then
    local fence = redis.call('HGET', prefix .. 'run', 'fence') or '0'
    if tonumber(fence) ~= key then return {0, i - 1, fence} end
  elseif kind == 'absent' then
    if redis.call('EXISTS', prefix .. key) == 1 then return {0, i - 1, 'present'} end
  elseif kind == 'field' then
    local found = redis.call('HGET', prefix .. key, check[3])
    if found ~= check[4] then return {0, i - 1, found or ''} end
  elseif kind == 'among' then
    local found = redis.call('HGET', prefix .. key, check[3])
    local fits = false
    for _, value in ipairs(check[4]) do if value == found then fits = true end end
    if not fits then return {0, i - 1, found or ''} end
  elseif kind == 'length' then
    local length = redis.call('LLEN', prefix .. key)
    if length ~= check[3] then return {0, i - 1, tostring(length)} end
  elseif kind == 'first' then
    for n, id in ipairs(check[3]) do
      if redis.call('LINDEX', prefix .. key, n - 1) ~= id then return {0, i - 1, tostring(n - 1)} end
    end
  else
    return redis.error_reply('unknown check ' .. tostring(kind))
  end
end

for _, op in ipairs(batch.ops) do
  local command = {op[1], prefix .. op[2]}
  for i = 3, #op do command[i] = op[i] end
  redis.call(unpack(command))
end

local time = redis.call('TIME')
local ms = string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000))
local last = tonumber(redis.call('HGET', meta, 'last') or '0')
for _, event in ipairs(batch.events) do
  last = last + 1
  local seq = string.format('%d', last)
  redis.call('XADD', prefix .. 'log', seq .. '-0', 'at', ms, 'e', event)
  redis.call('PUBLISH', prefix .. 'bus', 'e ' .. seq .. ' ' .. ms .. ' ' .. event)
end
if #batch.events > 0 then
  redis.call('HSET', meta, 'last', string.format('%d', last), 'updatedAt', ms)
  redis.call('PUBLISH', '${orgKeys.newsChannel}', string.match(prefix, '{(.-)}'))
end
local due = 0
if #batch.events > 0 then
  local bytes = 0
  for _, event in ipairs(batch.events) do bytes = bytes + #event + 256 end
  local since = redis.call('HINCRBY', prefix .. 'heads', 'since', bytes)
  if since >= tonumber(redis.call('HGET', prefix .. 'heads', 'due') or '${headEveryBytes}') then due = 1 end
end
redis.call('LPUSH', commits, string.format('%d', last) .. ' ' .. ms, batch.id)
redis.call('LTRIM', commits, 0, ${2 * rememberedCommits - 1})
if redis.call('EXISTS', meta) == 1 then
  redis.call('HINCRBY', meta, 'rev', 1)
  redis.call('PERSIST', commits)
else
  redis.call('EXPIRE', commits, ${unbornTtlSeconds})
end
return {1, last, ms, due}
`;

/**
 * Appends a piece to a draft and publishes the frame, under the fence. A higher attempt replaces what was there; a
 * piece that is already in is dropped, so that a retry after a lost answer changes nothing.
 *
 * KEYS[1] prefix; ARGV fence, kind, id, attempt, offset, text, length of text in UTF-16 units, turn id.
 * Answer: 1 stored, 0 the fence is lost, -1 the offset leaves a gap.
 */
export const frameScript = `${moveRun}
local prefix = KEYS[1]
local fence, kind, id, attempt = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local offset, text, length = tonumber(ARGV[5]), ARGV[6], tonumber(ARGV[7])
local meta, drafts, textKey = prefix .. 'meta', prefix .. 'drafts', prefix .. 'text:' .. id
moveRun(prefix)
if (redis.call('HGET', prefix .. 'run', 'fence') or '0') ~= fence then return 0 end
local stored = redis.call('HGET', drafts, id)
local draft = stored and cjson.decode(stored)
if not draft or draft.attempt < attempt then
  draft = {kind = kind, attempt = attempt, turnId = ARGV[8], len = 0,
    afterSeq = tonumber(redis.call('HGET', meta, 'last') or '0')}
  redis.call('DEL', textKey)
end
if draft.attempt > attempt or offset + length <= draft.len and length > 0 then return 1 end
if offset ~= draft.len then return -1 end
draft.len = offset + length
redis.call('HSET', drafts, id, cjson.encode(draft))
redis.call('APPEND', textKey, text)
local frame = {sessionId = string.match(prefix, '{(.-)}'), turnId = ARGV[8], kind = kind, id = id, attempt = attempt, offset = offset, text = text}
redis.call('PUBLISH', prefix .. 'bus', 'f ' .. cjson.encode(frame))
return 1
`;

/**
 * Takes the lease of a session if nobody holds it and raises the fence: every write under an older fence fails from
 * now on. KEYS[1] prefix; ARGV owner, ttlMs. Answer: the fence (the same where this owner has just taken it and asks
 * again, its answer lost), or 0 where somebody else holds it, or -1 where the session is hibernated.
 */
export const takeLeaseScript = `${moveRun}
local lease, run = KEYS[1] .. 'lease', KEYS[1] .. 'run'
if redis.call('EXISTS', KEYS[1] .. 'home') == 1 then return -1 end
if redis.call('EXISTS', KEYS[1] .. 'meta') == 0 then return 0 end
moveRun(KEYS[1])
if redis.call('SET', lease, ARGV[1], 'NX', 'PX', ARGV[2]) then return redis.call('HINCRBY', run, 'fence', 1) end
if redis.call('GET', lease) == ARGV[1] then return tonumber(redis.call('HGET', run, 'fence')) end
return 0
`;

/**
 * The lock's key is one of the session's own, and taking it is one script with what makes its fence, so that no
 * `platform/lock.ts` fits.
 * KEYS[1] prefix; ARGV owner, ttlMs (0 gives it back). Answer: 1 if the owner still held it.
 */
export const renewLeaseScript = `
local lease = KEYS[1] .. 'lease'
if redis.call('GET', lease) ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then redis.call('DEL', lease) else redis.call('PEXPIRE', lease, ARGV[2]) end
return 1
`;

/**
 * All drafts and `last` at one moment; a hibernated session has none, and `last` at home.
 * KEYS[1] prefix. Answer: last, then id, meta JSON and text for each draft.
 */
export const draftsScript = `
local prefix = KEYS[1]
local home = redis.call('GET', prefix .. 'home')
local last = home and cjson.decode(home).meta.last or redis.call('HGET', prefix .. 'meta', 'last')
local answer = {last or '0'}
local drafts = redis.call('HGETALL', prefix .. 'drafts')
for i = 1, #drafts, 2 do
  table.insert(answer, drafts[i])
  table.insert(answer, drafts[i + 1])
  table.insert(answer, redis.call('GET', prefix .. 'text:' .. drafts[i]) or '')
end
return answer
`;
