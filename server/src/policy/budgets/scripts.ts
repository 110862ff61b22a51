import type { Redis } from 'ioredis';

/**
 * KEYS[1] what of this turn is charged, the last which accounts of this day were charged (hash: account -> whose), between
 * them its accounts: hashes of units used, `raised:<unit>`, `r:<turnId>` what a
 * step may use (until ms, then by unit), `w:<unit>` the limit of which somebody was warned and the turn. ARGV[1] JSON
 * {turnId, used, reserve, nowMs, untilMs, warnShare, accounts: [{limits, keptMs, daily?, whose?}]}.
 * Answer: {'room' | 'reached' | 'busy', found, warnings}; a found is {index of the account from 1, unit, used, limit, raised}.
 */
const stepLua = `
local step = cjson.decode(ARGV[1])
local units = {'tokens', 'microUsd', 'wallMs', 'sandboxMs'}
local charged, fresh = KEYS[1], {}
local was = redis.call('HMGET', charged, unpack(units))
for i, unit in ipairs(units) do
  local used, before = step.used[unit], tonumber(was[i] or '0')
  -- Whoever looks with older eyes, a worker that lost the turn, takes nothing back.
  fresh[unit] = used > before and used - before or 0
  if fresh[unit] > 0 then redis.call('HSET', charged, unit, string.format('%.0f', used)) end
end
redis.call('PEXPIRE', charged, 259200000)
local mine = 'r:' .. step.turnId
local reached, busy, warnings = {}, {}, {}
for n, account in ipairs(step.accounts) do
  local key = KEYS[n + 1]
  for _, unit in ipairs(units) do
    if fresh[unit] > 0 then redis.call('HINCRBY', key, unit, string.format('%.0f', fresh[unit])) end
  end
  redis.call('HDEL', key, mine)
  local others = {tokens = 0, microUsd = 0, wallMs = 0, sandboxMs = 0}
  local fields = redis.call('HGETALL', key)
  local has = {}
  for i = 1, #fields, 2 do
    local name, value = fields[i], fields[i + 1]
    if string.sub(name, 1, 2) == 'r:' then
      local reserved = cjson.decode(value)
      if reserved.untilMs <= step.nowMs then redis.call('HDEL', key, name)
      else for _, unit in ipairs(units) do others[unit] = others[unit] + reserved[unit] end end
    else has[name] = value end
  end
  for _, unit in ipairs(units) do
    local limit = account.limits[unit]
    if limit then
      local used, raised = tonumber(has[unit] or '0'), tonumber(has['raised:' .. unit] or '0')
      local most = limit + raised
      local found = {n, unit, used, limit, raised}
      if used >= most then table.insert(reached, found)
      elseif used + others[unit] >= most then table.insert(busy, found)
      end
      local mark = string.format('%.0f ', most)
      local told = has['w:' .. unit]
      if used >= most * step.warnShare and used < most and (not told or string.sub(told, 1, #mark) ~= mark or told == mark .. step.turnId) then
        redis.call('HSET', key, 'w:' .. unit, mark .. step.turnId)
        table.insert(warnings, found)
      end
    end
  end
  if redis.call('EXISTS', key) == 1 then redis.call('PEXPIRE', key, account.keptMs) end
  if account.daily then
    redis.call('HSET', KEYS[#KEYS], account.daily, account.whose or '')
    redis.call('PEXPIRE', KEYS[#KEYS], account.keptMs)
  end
end
if type(step.reserve) ~= 'table' then return {'room', {}, warnings} end
if #reached > 0 then return {'reached', reached, warnings} end
if #busy > 0 then return {'busy', busy, warnings} end
local reserved = step.reserve
reserved.untilMs = step.untilMs
for n, account in ipairs(step.accounts) do
  redis.call('HSET', KEYS[n + 1], mine, cjson.encode(reserved))
  redis.call('PEXPIRE', KEYS[n + 1], account.keptMs)
end
return {'room', {}, warnings}
`;

/** KEYS[1] account; ARGV id of the raise, unit, amount, ms to keep it. Answer: 1, or 0 where it was raised so before. */
const raiseLua = `
if redis.call('HSETNX', KEYS[1], 'id:' .. ARGV[1], ARGV[2]) == 0 then return 0 end
redis.call('HINCRBY', KEYS[1], 'raised:' .. ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
`;

/** One that takes as many keys as there are accounts: their number comes first. */
export const stepScript = (redis: Redis, ...args: (string | number)[]): Promise<unknown> =>
  run(redis, 'dhBudgetStep', { lua: stepLua }, args);
export const raiseScript = (redis: Redis, ...args: (string | number)[]): Promise<unknown> =>
  run(redis, 'dhBudgetRaise', { lua: raiseLua, numberOfKeys: 1 }, args);

function run(
  redis: Redis,
  name: string,
  definition: { lua: string; numberOfKeys?: number },
  args: (string | number)[],
): Promise<unknown> {
  if (!(name in redis)) redis.defineCommand(name, definition);
  const call = Reflect.get(redis, name) as (...args: (string | number)[]) => Promise<unknown>;
  return call.apply(redis, args);
}
