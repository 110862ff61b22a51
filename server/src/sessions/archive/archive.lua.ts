/** How much a key holds, by its type: what was copied must be what is deleted, what was staged what is renamed. */
const lengths = `
local lengthBy = {stream = 'XLEN', list = 'LLEN', hash = 'HLEN', set = 'SCARD', zset = 'ZCARD', string = 'EXISTS'}
local function lengthOf(key)
  local command = lengthBy[redis.call('TYPE', key).ok]
  return command and redis.call(command, key) or 0
end
`;

/**
 * Everything of a session at one moment, but for the parts that grow without bound and only at their end: of these
 * the length. KEYS[1] prefix; ARGV[1] JSON list of parts to read whole, ARGV[2] of those that are read in pages.
 * Answer: {part, type, length, values}, one for each key that there is; nothing where the session is not in Redis.
 */
export const copyScript = `${lengths}
local prefix = KEYS[1]
local readBy = {
  list = {'LRANGE', 0, -1}, hash = {'HGETALL'}, set = {'SMEMBERS'}, zset = {'ZRANGE', 0, -1, 'WITHSCORES'},
  string = {'GET'}
}
local copies = {}
if redis.call('EXISTS', prefix .. 'meta') == 0 then return copies end
for _, part in ipairs(cjson.decode(ARGV[1])) do
  local key = prefix .. part
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'none' then
    local read = readBy[kind]
    if not read then return redis.error_reply('cannot archive ' .. part .. ': it is a ' .. kind) end
    local values = redis.call(read[1], key, unpack(read, 2))
    if type(values) == 'string' then values = {values} end
    table.insert(copies, {part, kind, lengthOf(key), values})
  end
end
for _, part in ipairs(cjson.decode(ARGV[2])) do
  local key = prefix .. part
  if redis.call('EXISTS', key) == 1 then
    table.insert(copies, {part, redis.call('TYPE', key).ok, lengthOf(key), {}})
  end
end
return copies
`;

/**
 * Moves a session out of Redis, if it is what was copied and nobody works on it: its keys go, the home record comes.
 * KEYS[1] prefix; ARGV[1] JSON {part: length} of what was copied, ARGV[2] JSON {part: {field: value}} of hashes as they were copied,
 * ARGV[3] JSON list of parts that must not be there, ARGV[4] the home record.
 * Answer: 1 moved (also where the same call did so before), 0 something happened meanwhile.
 */
export const hibernateScript = `${lengths}
local prefix = KEYS[1]
local home = redis.call('GET', prefix .. 'home')
if home then return home == ARGV[4] and 1 or 0 end
for _, part in ipairs(cjson.decode(ARGV[3])) do
  if redis.call('EXISTS', prefix .. part) == 1 then return 0 end
end
for part, fields in pairs(cjson.decode(ARGV[2])) do
  for field, value in pairs(fields) do
    if redis.call('HGET', prefix .. part, field) ~= value then return 0 end
  end
end
local copied = cjson.decode(ARGV[1])
for part, length in pairs(copied) do
  if lengthOf(prefix .. part) ~= length then return 0 end
end
for part in pairs(copied) do redis.call('UNLINK', prefix .. part) end
redis.call('SET', prefix .. 'home', ARGV[4])
return 1
`;

/**
 * Puts a session that was loaded beside its place into it. KEYS[1] prefix; ARGV[1] where it was loaded, ARGV[2] the
 * archive it came from, ARGV[3] JSON {part: length} of what was loaded.
 * Answer: 1 done, 0 the session is elsewhere by now (in Redis, or in another archive), -1 what was loaded ran out.
 */
export const restoreScript = `${lengths}
local prefix, staged = KEYS[1], KEYS[1] .. ARGV[1]
local home = redis.call('GET', prefix .. 'home')
if not home or cjson.decode(home).archive ~= ARGV[2] then return 0 end
local loaded = cjson.decode(ARGV[3])
for part, length in pairs(loaded) do
  if lengthOf(staged .. part) ~= length then return -1 end
end
for part in pairs(loaded) do
  redis.call('RENAME', staged .. part, prefix .. part)
  redis.call('PERSIST', prefix .. part)
end
redis.call('DEL', prefix .. 'home')
return 1
`;
