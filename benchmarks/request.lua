-- What wrk sends: wrk -s request.lua URL -- METHOD PATH HIGHEST_ID [BODY [TOKEN]]
--
-- In path and body, {id} stands for an id from 1 to HIGHEST_ID, another each time, and {n}
-- for the number of the request. The figures are printed as a line of JSON.

local STRIDE = 7919 -- a prime: it visits all ids, and neighbours are far from each other

local method, path, highest, body
local headers = {}
local fixed -- the request, where all are the same
local number, steps = 0, 0

local function next_id()
  steps = steps + 1
  return tostring(1 + (steps * STRIDE) % highest)
end

local function filled(text)
  return (text:gsub("{n}", tostring(number)):gsub("{id}", next_id))
end

local function varies(text)
  return text:find("{id}", 1, true) or text:find("{n}", 1, true)
end

function init(args)
  method, path, highest, body = args[1], args[2], tonumber(args[3]), args[4]
  if body == "" then body = nil end
  if (args[5] or "") ~= "" then headers["Authorization"] = "Bearer " .. args[5] end
  if body then headers["Content-Type"] = "application/json" end
  if not varies(path .. (body or "")) then
    fixed = wrk.format(method, path, headers, body)
  end
end

function request()
  if fixed then return fixed end
  number = number + 1
  return wrk.format(method, filled(path), headers, body and filled(body))
end

function done(summary, latency, _requests)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
