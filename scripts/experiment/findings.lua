--- mlprun.experiment.findings - what a script's conclusion is made of: the rows of the table, and which differences are real.
--
-- Also a list of the comparisons, as comparisons.of gives them.
local class = require "mlprun.base.class"
local comparisons = require "mlprun.experiment.comparisons"
local verdict = require "mlprun.experiment.verdict"
local sys = require("mlprun.core").sys
local words = require "mlprun.base.words"

local findings
findings = class.new("findings", {
  __what = "found",
  __index = function(self, key)
    local value = findings[key]
    if value == nil and type(key) ~= "number" then class.refuse(self, key, { trials = true, metric = true, part = true }) end
    return value
  end,
})

---@param rows table[]      summary.of's
---@param compared table[]  comparisons.of's
---@param compare? function  (metric, mode) -> the comparisons by another metric
function findings:__init(rows, compared, compare)
  table.move(compared, 1, #compared, 1, self)
  self.trials, self.metric, self.part, self._compare = {}, compared.metric, compared.part or "validation", compare
  self.folded, self.named, self.same = compared.folded or false, compared.named or false, compared.same or {} -- for verdict.lua
  self.one_picture, self.untested = compared.one_picture or false, compared.untested or {}
  for i, row in ipairs(rows) do self.trials[i], self.trials[row.name] = row, row end
end

--- The usual conclusion, without its full stop: which trial is highest, and what is established to differ from the first.
---@return string
function findings:usual()
  return verdict.of(self.trials, self):sub(1, -2)
end

--- The same trials compared by another metric: found:by("val_loss"):says("b", "a"). p is corrected within it.
---@param metric string   as report's metric
---@param mode? string    "max" or "min": which is better, where the usual one is not meant
function findings:by(metric, mode)
  return findings(self.trials, self._compare(metric, mode), self._compare)
end

-- Names of trials that there are.
function findings:_known(...)
  for _, name in ipairs { ... } do
    if not self.trials[name] and not sys.stop_requested() then -- a stop leaves trials out
      local list = {}
      for i, row in ipairs(self.trials) do list[i] = row.name end
      sys.fail(("there is no trial '%s'%s"):format(tostring(name), require("mlprun.base.names").hint(name, list)))
    end
  end
end

--- How far trial b is above trial a, as a share: difference, p (corrected), real (p < 0.05), better (b, than a), low, high
--- (95 % interval of the difference). nil when they were not compared.
function findings:between(b, a)
  self:_known(b, a)
  for _, c in ipairs(self) do
    local real = c.p_corrected < 0.05
    if c.a == a and c.b == b then
      return { difference = -c.difference, p = c.p_corrected, real = real, better = not c.worse, low = -c.high, high = -c.low }
    elseif c.a == b and c.b == a then
      return { difference = c.difference, p = c.p_corrected, real = real, better = c.worse, low = c.low, high = c.high }
    end
  end
end

-- Why a number of each run was not tested; answers for pictures may also be those for other ones.
local NO_TEST = "a test takes two seeds"

-- How far trial b's mean is above a's in what is compared, where no test of it could be made; nil where that is not known.
local function untested(self, b, a)
  local x, y = findings.value(self.trials[b], self.metric.name), findings.value(self.trials[a], self.metric.name)
  if self.metric.per_picture or not (x and y) or x - y ~= x - y then return nil end
  return x - y
end

-- Whether two trials are one under two names, to the last bit.
local function are_same(self, b, a) return (self.same[b] or b) == (self.same[a] or a) end

--- "b is 7.3 points better than a (p = 0.004)", "b cannot be told from a (+1.2 points, p = 0.40)", with one seed and a metric
--- of runs "b cannot be told from a (+1.2 points; a test takes two seeds)", or which of them was not measured.
---@param as? string   what b is called, where not by its name
---@return string
function findings:says(b, a, as)
  self:_known(b, a)
  for _, name in ipairs { b, a } do
    local row = self.trials[name]
    if row and row.so_far then return ("%s was stopped before its end"):format(name) end
    if not (row and row.accuracy) then return ("%s did not finish an epoch"):format(name) end
  end
  local d, this, that = self:between(b, a), as or words.name(b), words.name(a)
  if not d and are_same(self, b, a) then
    return ("%s is the same as %s to the last bit"):format(this, that)
  elseif not d then
    local difference = untested(self, b, a)
    if not difference then return ("%s and %s were not compared"):format(this, that) end
    return ("%s cannot be told from %s (%s; %s)"):format(this, that, words.signed(difference, self.metric.format), NO_TEST)
  end
  if d.real then
    return ("%s is %s %s than %s (%s)"):format(this, words.difference(math.abs(d.difference), self.metric.format),
      d.better and self.metric.better or self.metric.worse, that, words.p_value(d.p))
  end
  return ("%s cannot be told from %s (%s, %s)"):format(this, that, words.signed(d.difference, self.metric.format),
    words.p_value(d.p))
end

--- What becomes of a mean from trial a to trial b: "falls by 7.3 points", "rises by 1.2 points (may be chance)", "rises by 1.2
--- points (a test takes two seeds)", "stays the same", or that they were not compared.
---@return string
function findings:moves(b, a)
  local d = self:between(b, a)
  local difference = d and d.difference or are_same(self, b, a) and 0 or untested(self, b, a)
  if not difference then return "was not compared" end
  local size = words.difference(math.abs(difference), self.metric.format)
  if size == words.difference(0, self.metric.format) then return "stays the same" end
  return ("%s by %s%s"):format(difference < 0 and "falls" or "rises", size, not d and " (" .. NO_TEST .. ")"
    or d.real and "" or " (may be chance)")
end

--- "b is 7.3 points better than a (p = 0.004)" for each comparison whose difference is established.
---@param accept? function   of those, which: function(comparison) -> boolean
---@return string[]
function findings:real(accept)
  local list = {}
  for _, c in ipairs(self) do
    if c.p_corrected < 0.05 and (not accept or accept(c)) then list[#list + 1] = self:says(c.b, c.a) end
  end
  return list
end

--- "c is highest (61.2 %)", where there is a test "c is highest (61.2 % of the test pictures)".
---@return string
function findings:highest()
  local best, accuracy = self:most("accuracy")
  return ("%s is highest (%s%s)"):format(best and best.name or "none", words.percent(accuracy),
    self.part == "test" and " of the test pictures" or "")
end

local function all_same(self, a)
  for _, row in ipairs(self.trials) do
    if not are_same(self, row.name, a) then return false end
  end
  return true
end

--- "b is better than a, c and d are worse", "c is worse than a, none is better", "none differs from a beyond chance", with those
--- that could not be compared with a, "(e was not compared)"; or why nothing was.
---@param a string
---@param as? string   what a is called, where not by its name
---@return string
function findings:established(a, as)
  local better, worse, same = self:against(a)
  local up, down = self.metric.better, self.metric.worse
  as = as or words.name(a)
  local function are(list) -- commas follow
    return #list == 1 and words.name(list[1]) .. " is" or words.names(list) .. " are"
  end
  if #better + #worse + #same == 0 then
    if all_same(self, a) then return ("all are the same as %s to the last bit"):format(as) end
    return ("none could be compared with %s%s"):format(as, self.metric.per_picture and "" or " (" .. NO_TEST .. ")")
  end
  local missing = comparisons.untested_with(self, a)
  local but = #missing == 0 and "" or (" (%s %s not compared)"):format(words.names(missing), #missing == 1 and "was" or "were")
  if #better + #worse == 0 then return ("none differs from %s beyond chance%s"):format(as, but) end
  if #better == 0 then return ("%s %s than %s, none is %s%s"):format(are(worse), down, as, up, but) end
  return ("%s %s than %s, %s%s"):format(are(better), up, as, #worse == 0 and "none is " .. down or are(worse) .. " " .. down, but)
end

--- What a script's function concludes; nothing is where no trial finished an epoch.
---@param conclude function   (trials, found) -> a sentence
---@return string
function findings:conclude(conclude)
  if not self:most("accuracy") then return verdict.of(self.trials, self) end
  local said = conclude(self.trials, self)
  if said ~= nil and type(said) ~= "string" then
    sys.fail(("activity:report: conclude returned %s, expected a sentence, or nil for the usual one"):format(words.value(said)))
  end
  return said
end

--- The names of the trials that are established to be better than trial a, those that are worse, and the rest of those that
--- were compared with it; each in the order of the table.
---@return string[] better, string[] worse, string[] same
function findings:against(a)
  local better, worse, same = {}, {}, {}
  for _, row in ipairs(self.trials) do
    local d = row.name ~= a and self:between(row.name, a)
    if d then
      local list = not d.real and same or d.better and better or worse
      list[#list + 1] = row.name
    end
  end
  return better, worse, same
end

--- The row with the highest (with lowest = true: lowest) value; of the first among equals. nil when no row has one.
---@param of string|function   a field of a row, the name of a recorded column, or function(row) -> number?
---@param among? string[]      names of trials; all unless said
function findings:most(of, among, lowest)
  local best, best_value
  local rows = self.trials
  if among then
    rows = {}
    for i, name in ipairs(among) do rows[i] = self.trials[name] end
  end
  for _, row in ipairs(rows) do
    local value = findings.value(row, of)
    if value and value == value and (not best or (lowest and value < best_value) or (not lowest and value > best_value)) then
      best, best_value = row, value
    end
  end
  return best, best_value
end

--- A row's number: a field, the mean of a recorded column, or what a function makes of it; nil when there is none.
function findings.value(row, of)
  if not row then return nil end
  if type(of) == "function" then return of(row) end
  if type(row[of]) == "number" then return row[of] end
  local recorded = row.recorded and row.recorded[of]
  return recorded and recorded.value
end

-- ---- words ----

findings.percent, findings.count = words.percent, words.count
findings.duration, findings.p_value = words.duration, words.p_value

--- "a, b and c" of trials' names: those with a comma of their own in quotes. none: as of list.
---@param names string[]
---@param none? string
function findings.names(names, none) return #names > 0 and words.names(names) or none or "" end

--- "a, b and c"; none: what is said where there are none.
---@param list string[]
---@param none? string
function findings.list(list, none) return #list > 0 and words.list(list) or none or "" end

--- A difference of shares in percentage points.
function findings.points(difference)
  return difference and difference == difference and words.points(difference) or "-"
end

--- 3 digits, and words for what is no number.
function findings.number(value)
  if not value or value ~= value then return "-" end
  return value - value ~= 0 and "infinite" or ("%.3g"):format(value)
end

return findings
