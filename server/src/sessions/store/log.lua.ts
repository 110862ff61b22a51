/**
 * Events from a place on, up to so many and until there are enough bytes (the one that makes it too many is the last).
 * KEYS[1] prefix; ARGV seq of the first, most events, bytes, 'up' or 'down'. Answer: stream entries.
 */
export const logPageScript = `
local log = KEYS[1] .. 'log'
local from, count, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local up = ARGV[4] == 'up'
local found, bytes = {}, 0
while #found < count and from > 0 do
  local want = math.min(16, count - #found)
  local at = string.format('%d-0', from)
  local page = up and redis.call('XRANGE', log, at, '+', 'COUNT', want)
    or redis.call('XREVRANGE', log, at, '-', 'COUNT', want)
  for _, entry in ipairs(page) do
    bytes = bytes + #entry[2][4]
    table.insert(found, entry)
    if bytes > most then return found end
    from = tonumber(string.match(entry[1], '^%d+')) + (up and 1 or -1)
  end
  if #page < want then return found end
end
return found
`;

/**
 * Keeps what a session was at a place of its log, once. KEYS[1] prefix; ARGV field, JSON, seq, bytes of log after
 * which the next is due, bytes that were counted up to this one. Answer: 1 kept, 0 it was there, or the session is not
 * in Redis.
 */
export const keepHeadScript = `
local heads, meta = KEYS[1] .. 'heads', KEYS[1] .. 'meta'
if redis.call('EXISTS', meta) == 0 then return 0 end
local kept = redis.call('HSETNX', heads, ARGV[1], ARGV[2])
if tonumber(ARGV[3]) > tonumber(redis.call('HGET', heads, 'newest') or '0') then
  redis.call('HSET', heads, 'newest', ARGV[3], 'due', ARGV[4])
end
-- Not to 0: what came while this head was folded counts for the next.
local counted = tonumber(ARGV[5])
if counted > 0 and redis.call('HINCRBY', heads, 'since', -counted) < 0 then redis.call('HSET', heads, 'since', 0) end
-- What is being archived is not what was copied any more.
if kept == 1 then redis.call('HINCRBY', meta, 'rev', 1) end
return kept
`;
