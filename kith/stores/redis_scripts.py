"""What Redis does in one step, in Lua that Redis 6 and every Valkey run.

A person's page is one hash, so that Redis evicts, expires and deletes their generation and their answers together: a
generation that is lost never leaves an answer behind it. Its fields:

    generation      the greatest that was raised, in decimals
    page            the page's number: microseconds of when it was begun, greater than that of any page before it
    due             when expired answers are next looked for, in milliseconds
    e<16 bytes>     when the answer under this key expires, in milliseconds
    a<16 bytes>     the answer

An answer expires by the server's clock. What has expired is taken out of the page a minute later by the next write to
it, and goes with the page at the latest.
"""

import hashlib
from dataclasses import dataclass

__all__ = ["COUNT", "FORGET", "LOOK", "PUT", "RAISE", "Script"]

PRELUDE = """
local page = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local micros = time[1] * 1000000 + time[2]

local function decimals(number)
  return string.format('%.0f', number)
end

local function last(milliseconds)
  if redis.call('PTTL', page) < milliseconds then
    redis.call('PEXPIRE', page, decimals(milliseconds))
  end
end

local function number()
  local begun = redis.call('HGET', page, 'page')
  if not begun then
    begun = decimals(micros)
    redis.call('HSET', page, 'page', begun)
  end
  return begun
end

-- How many answers hold, and the fields of those that have expired. A walk may meet a field twice.
local function walk()
  local live, expired, met, cursor = 0, {}, {}, '0'
  repeat
    local found = redis.call('HSCAN', page, cursor, 'MATCH', 'e*', 'COUNT', 1000)
    cursor = found[1]
    for i = 1, #found[2], 2 do
      local one = found[2][i]
      if not met[one] then
        met[one] = true
        if tonumber(found[2][i + 1]) > now then
          live = live + 1
        else
          expired[#expired + 1] = one
        end
      end
    end
  until cursor == '0'
  return live, expired
end

local function sweep()
  local due = redis.call('HGET', page, 'due')
  if due and tonumber(due) > now then
    return
  end
  local live, expired = walk()
  for _, one in ipairs(expired) do
    redis.call('HDEL', page, one, 'a' .. string.sub(one, 2))
  end
  redis.pcall('HSET', page, 'due', decimals(now + 60000)) -- a server that is full may refuse it
end
"""


@dataclass(frozen=True, slots=True)
class Script:
    """A script over one page, and the digest by which a server knows it."""

    text: str
    digest: str


def _script(body: str) -> Script:
    text = PRELUDE + body
    return Script(text, hashlib.sha1(text.encode()).hexdigest())  # noqa: S324 - Redis names it so


LOOK = _script("""
local found = redis.call('HMGET', page, 'page', 'e' .. ARGV[1], 'a' .. ARGV[1])
local left = found[2] and tonumber(found[2]) - now
if not left or left <= 0 then
  return false
end
return {found[1], decimals(left), found[3]}
""")
"""With an answer's digest: the page's number, the milliseconds left, and the answer; or nothing."""

# What makes the page larger comes first: once a script has written, a server that is full refuses it nothing more.
PUT = _script("""
local known = redis.call('HGET', page, 'generation')
local milliseconds = tonumber(ARGV[3])
if milliseconds <= 0 or known and tonumber(ARGV[1]) < tonumber(known) then
  redis.call('HDEL', page, 'e' .. ARGV[2], 'a' .. ARGV[2])
  return false
end
local set = redis.pcall('HSET', page, 'e' .. ARGV[2], decimals(now + milliseconds), 'a' .. ARGV[2], ARGV[4])
if type(set) == 'table' then
  return set
end
last(milliseconds)
sweep()
return number()
""")
"""With generation, digest, milliseconds and answer: the number of the page that it is kept on; nothing: it is not."""

# A server that is full and evicts nothing takes no greater generation. Without the page nobody is told a lesser one.
RAISE = _script("""
local known = redis.call('HGET', page, 'generation')
if not known or tonumber(ARGV[1]) > tonumber(known) then
  local set = redis.pcall('HSET', page, 'generation', ARGV[1])
  if type(set) == 'table' then
    redis.call('UNLINK', page)
    return false
  end
end
last(tonumber(ARGV[2]))
sweep()
return number()
""")
"""With generation, and the milliseconds that the page is to stand at least."""

FORGET = _script("""
local live = walk()
local found = redis.call('HMGET', page, 'generation', 'page')
local left = redis.call('PTTL', page)
redis.call('UNLINK', page)
if found[1] then
  local begun = math.max(micros, tonumber(found[2]) + 1)
  redis.call('HSET', page, 'generation', found[1], 'page', decimals(begun))
  redis.call('PEXPIRE', page, decimals(math.max(left, 1)))
end
return live
""")
"""How many answers held; all are gone. The generation goes over to a new page."""

COUNT = _script("""
local live = walk()
return live
""")
"""How many answers hold."""
