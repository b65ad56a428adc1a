--- mlprun.sweep.part - which runs of an experiment this process is asked for (--runs, --shard), and what it does with them.
--
-- Runs are numbered from 1, in the order in which a script names its trials, and in each trial by seed.
local sys = require("mlprun.core").sys
local class = require "mlprun.base.class"
local words = require "mlprun.base.words"

local part = class.new("part")

local LARGEST = 1000000 -- a run's number

-- "3,7-9" as a list of { first, last }; nil when it is none.
local function ranges_of(text)
  local ranges = {}
  for word in (text .. ","):gmatch("([^,]*),") do
    local first, last = word:match("^%s*(%d+)%s*%-?%s*(%d*)%s*$")
    if word:find("%-") and last == "" then return nil end
    first = math.tointeger(tonumber(first))
    last = last == "" and first or math.tointeger(tonumber(last))
    if not first or not last or first < 1 or last < first or last > LARGEST then return nil end
    ranges[#ranges + 1] = { first, last }
  end
  return ranges
end

-- "2/8" as { 2, 8 }; nil when it is none.
local function shard_of(text)
  local k, n = text:match("^(%d+)/(%d+)$")
  k, n = math.tointeger(tonumber(k)), math.tointeger(tonumber(n))
  return k and n and k >= 1 and k <= n and n <= LARGEST and { k, n } or nil
end

--- Which of an experiment's options about this makes no sense: its name, and the rest of the sentence.
function part.problem(o)
  if o.runs ~= "" and not ranges_of(o.runs) then return "runs", "expected numbers of runs, such as 3,7-9" end
  if o.shard ~= "" and not shard_of(o.shard) then return "shard", "expected a part of all runs, such as 2/8" end
  if o.runs ~= "" and o.shard ~= "" then return "shard", "but --runs says what is trained: leave one of them out" end
  if o.on ~= "" and o.on ~= "slurm" then return "on", "expected slurm; empty: here" end
  local asked = o.runs ~= "" and "runs" or o.shard ~= "" and "shard" or o.plan and "plan"
  if o.on ~= "" and (asked or not o.train) then
    return asked or "train", ("but --on=%s submits all runs that are missing: leave one of them out"):format(o.on)
  end
  for name, unset in pairs { slurm = "", pack = 1, parallel = 0 } do
    if o.on == "" and o[name] ~= unset then return name, "but without --on=slurm nothing is submitted" end
  end
  if o.plan and (o.runs ~= "" or o.shard ~= "" or not o.train) then
    return o.runs ~= "" and "runs" or o.shard ~= "" and "shard" or "train", "but --plan writes all runs down and trains none: "
      .. "leave one of them out"
  end
  if o.restarts ~= 0 and o.task == "" then return "restarts", "but --task does not say what was started again" end
  if not o.train and (o.runs ~= "" or o.shard ~= "") then
    return o.runs ~= "" and "runs" or "shard", "but --no-train trains none: leave one of them out"
  end
end

--- What an experiment with these options does: `does` is "train" (all runs, and the report), "some" (those asked for, no
--- report), "plan" (writes them down), "gather" (the report of what was trained elsewhere) or "submit" (to --on).
function part:__init(o)
  self.ranges, self.shard = o.runs ~= "" and ranges_of(o.runs) or nil, o.shard ~= "" and shard_of(o.shard) or nil
  self.does = o.on ~= "" and "submit" or o.plan and "plan" or not o.train and "gather"
    or (self.ranges or self.shard) and "some" or "train"
  self.option = self.ranges and "--runs=" .. o.runs or self.shard and "--shard=" .. o.shard
  self.count, self.done = 0, {}
end

--- What this call does, where that is not to train all runs and to report them; else nil.
function part:says()
  return self.does == "plan" and "writes the plan of the runs; none is trained"
    or self.does == "submit" and "hands the runs that are missing to Slurm; none is trained here"
    or self.does == "gather" and "the table and the report of what was trained elsewhere; no run is trained"
    or self.does == "some" and ("trains a part of the runs, %s, without a report"):format(self.option) or nil
end

--- The next run: its number, and whether it was asked for.
---@return integer number
---@return boolean wanted
function part:next()
  self.count = self.count + 1
  local number, wanted = self.count, not self.ranges
  if self.shard then wanted = (number - self.shard[1]) % self.shard[2] == 0 end
  for _, range in ipairs(self.ranges or {}) do wanted = wanted or number >= range[1] and number <= range[2] end
  return number, wanted
end

--- A run that was asked for has come to its end.
function part:ended(number, result) self.done[#self.done + 1] = { number = number, status = result.status } end

-- A number of --runs that no run has, after all were named.
local function check(self)
  for _, range in ipairs(self.ranges or {}) do
    if range[2] > self.count then
      sys.fail(("--runs names run %d, but there are %s: --plan lists them"):format(range[2], words.count(self.count, "run")))
    end
  end
end

--- What was done of it, in a sentence.
---@param signal? string   the name of the one that asked to stop
---@param saved string      what became of the runs that it ended
function part:words(signal, saved)
  if not signal then check(self) end
  local by, parts = {}, {}
  for _, run in ipairs(self.done) do by[run.status] = (by[run.status] or 0) + 1 end
  for _, status in ipairs { "finished", "diverged", "stopped", "failed", "running" } do
    if by[status] then
      parts[#parts + 1] = ("%d %s"):format(by[status], status == "running" and "at work elsewhere" or status)
    end
  end
  local done = #parts > 0 and ": " .. table.concat(parts, ", ") or ""
  if signal then
    return ("Stopped by %s within %s%s. %s: --resume goes on with it"):format(signal, self.option, done, saved)
  end
  return ("%d of %s (%s)%s. The table of all runs: --no-train in place of %s"):format(#self.done,
    words.count(self.count, "run"), self.option, done, self.option)
end

--- Numbers as --runs takes them: { 3, 7, 8, 9 } is "3,7-9".
---@param numbers integer[]   rising
function part.shown(numbers)
  local list, i = {}, 1
  while numbers[i] do
    local last = i
    while numbers[last + 1] == numbers[last] + 1 do last = last + 1 end
    list[#list + 1] = last == i and tostring(numbers[i]) or ("%d-%d"):format(numbers[i], numbers[last])
    i = last + 1
  end
  return table.concat(list, ",")
end

return part
