import { script } from '../../platform/script.ts';

/**
 * Appends entries if the chain still ends where their writer saw it. The same entries again, their answer lost, change
 * nothing. KEYS head, hot, names, taken; ARGV seq and hash of the end that was seen, hash of the last new entry, JSON
 * {pseudonym: Named} that is new, session whose outbox they come from ('' for none), what was taken of it last as it was seen ('' for
 * nothing), what is from now on, then the entries as JSON.
 * Answer: {1} done, {0, seq, hash} where the chain ends elsewhere, {2} where somebody else emptied the outbox.
 */
export const appendScript = script('dhAuditAppend', {
  keys: 4,
  lua: `
local head, hot, names, taken = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local seq, hash = unpack(redis.call('HMGET', head, 'seq', 'hash'))
seq, hash = seq or '0', hash or string.rep('0', 64)
if hash == ARGV[3] then return {1} end
if ARGV[5] ~= '' and (redis.call('HGET', taken, ARGV[5]) or '') ~= ARGV[6] then return {2} end
if seq ~= ARGV[1] or hash ~= ARGV[2] then return {0, seq, hash} end
for i = 8, #ARGV do
  seq = string.format('%d', tonumber(seq) + 1)
  redis.call('XADD', hot, seq .. '-0', 'e', ARGV[i])
end
redis.call('HSET', head, 'seq', seq, 'hash', ARGV[3])
for name, about in pairs(cjson.decode(ARGV[4])) do redis.call('HSET', names, name, about) end
if ARGV[5] ~= '' then redis.call('HSET', taken, ARGV[5], ARGV[7]) end
return {1}
`,
});

/**
 * What was written to a file leaves Redis. KEYS hot, parts; ARGV seq of the first and of the last entry of the part,
 * how many parts were seen, the part as JSON. Answer: 1 done, 0 somebody else sealed meanwhile.
 */
export const sealScript = script('dhAuditSeal', {
  keys: 2,
  lua: `
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
if redis.call('LLEN', KEYS[2]) ~= tonumber(ARGV[3]) then return 0 end
if not first or first[1] ~= ARGV[1] .. '-0' then return 0 end
redis.call('RPUSH', KEYS[2], ARGV[4])
redis.call('XTRIM', KEYS[1], 'MINID', string.format('%d-0', tonumber(ARGV[2]) + 1))
return 1
`,
});
