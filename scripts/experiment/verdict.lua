--- mlprun.experiment.verdict - the sentence that follows from the table and the comparisons alone.
local comparisons = require "mlprun.experiment.comparisons"
local words = require "mlprun.base.words"

local verdict = {}

local NAMED = 4 -- trials that are named one by one
local TWO_SEEDS = "a test takes two seeds with a value of both" -- of a number of each run
local FIRSTS = 3 -- trials that others are told against, where a script named the pairs

-- "a, b and c", or how many where the list would be long
local function named(names)
  if #names <= NAMED then return words.names(names) end
  return ("%s (%d trials)"):format(words.names({ names[1], names[2], names[3], "others" }), #names)
end

-- The names of the rows with the highest accuracy, and that accuracy; nil where none has one.
local function highest(rows)
  local ROUNDING = 1e-9 -- of a mean: sums of the same shares in another order
  local names, most
  for _, row in ipairs(rows) do
    if row.accuracy and (not most or row.accuracy > most + ROUNDING) then names, most = { row.name }, row.accuracy
    elseif row.accuracy and row.accuracy > most - ROUNDING then names[#names + 1] = row.name end
  end
  return names, most
end

-- What is established about the other trials of pairs whose first is `by`: the better and the worse ones as comparisons, and
-- the names of the rest.
local function against(by, compared)
  local better, worse, same = {}, {}, {}
  for _, c in ipairs(compared) do
    if c.a == by then
      if c.p_corrected >= 0.05 then same[#same + 1] = c.b
      elseif c.worse then worse[#worse + 1] = c
      else better[#better + 1] = c end
    end
  end
  return better, worse, same
end

-- "b and c are better than a by 3.1 and 4.0 points"
local function by_how_much(list, what, by, format)
  local names, sizes, unit = {}, {}, words.difference(0, format):match(" points$") or ""
  for i, c in ipairs(list) do sizes[i] = math.abs(c.difference) end
  if #list > NAMED then
    table.sort(sizes)
    sizes = { sizes[1], sizes[#sizes] }
  end
  for i, c in ipairs(list) do names[i] = c.b end
  for i, size in ipairs(sizes) do sizes[i] = words.bare_difference(size, format) end
  return ("%s %s %s than %s by %s%s"):format(named(names), #list == 1 and "is" or "are", what, by,
    #list <= NAMED and words.list(sizes) or table.concat(sizes, " to "), unit)
end

-- What would show, in a clause; nil where nothing says it.
local function design(compared)
  local finest, few, first = comparisons.detectable(compared), comparisons.too_few(compared), compared[1]
  if few then return ("with %s no difference could show"):format(words.count(few.images, "picture")) end
  if not finest then return nil end
  local size = words.difference(finest, compared.metric.format)
  local shows = ("only differences of about %s or more would usually show"):format(size)
  if not comparisons.is_one_design(compared) then return shows end
  local seeds = first.folds and ("%d folds%s"):format(first.folds, first.seeds > 1 and (", dealt out %d times,"):format(
    first.seeds) or "") or words.count(first.seeds, compared.folded and "run" or "seed")
  return ("with %s%s %s"):format(seeds, first.images and " and " .. words.count(first.images, "picture") or "", shows)
end

-- What is not told from `by`, and what would have been. missing: whether a trial was not compared with it.
local function rest(same, others, by, compared, missing)
  local all = #same == others and not missing
  local who = all and (others == 1 and same[1] or "no trial") or missing and named(same) or #same == 1 and same[1]
    or ("the other %d"):format(#same)
  local differs = all and others > 1 and "differs" or #same == 1 and "does not differ" or "do not differ"
  local clause = design(compared)
  return ("%s %s from %s beyond chance%s"):format(who, differs, by, clause and ": " .. clause or "")
end

-- Whether all runs of some trial were stopped before their end, see judged.lua.
local function is_some_cut(rows)
  for _, row in ipairs(rows) do
    if row.so_far then return true end
  end
  return false
end

-- Why trials were not compared.
local function not_compared(rows, compared)
  local same = compared.same
  local measured, twin = 0, 0
  for _, row in ipairs(rows) do
    measured = measured + (row.accuracy and 1 or 0)
    twin = twin + (same[row.name] and 1 or 0)
  end
  if measured == 1 then
    return ("no other trial %s, so there is nothing to compare it with"):format(is_some_cut(rows) and "was trained to its end"
      or "finished an epoch")
  end
  if twin == measured - 1 then
    return twin == 1 and "the two are the same to the last bit" or "all of them are the same to the last bit"
  end
  if compared.one_picture then return "differences were not tested: one picture cannot tell" end
  local of = compared.metric
  if not of.per_picture then return ("differences in %s were not tested: %s"):format(of.label, TWO_SEEDS) end
  return "differences were not tested: the trials did not answer for the same pictures with the same seeds"
end

-- The trials that others are told against: the first that was compared, or where a script named the pairs the first ones, and
-- then the first of those that could not be compared.
local function firsts(compared)
  local list, known = {}, {}
  local function add(name)
    if not known[name] and #list < (compared.named and FIRSTS or 1) then known[name], list[#list + 1] = true, name end
  end
  for _, c in ipairs(compared) do add(c.a) end
  for _, pair in ipairs(#compared > 0 and compared.untested or {}) do add(pair[1]) end
  return list
end

-- What the comparisons with one trial support.
local function told(say, by, compared)
  local of, better, worse, same = compared.metric, against(by, compared)
  local missing = comparisons.untested_with(compared, by)
  if #better > 0 then say(by_how_much(better, of.better, by, of.format)) end
  if #worse > 0 then say(by_how_much(worse, of.worse, by, of.format)) end
  if #same > 0 then say(rest(same, #better + #worse + #same, by, compared, #missing > 0)) end
  if #missing > 0 then
    say(("%s %s not compared with %s (%s)"):format(named(missing), #missing == 1 and "was" or "were", by,
      of.per_picture and "not the same pictures with the same seeds" or TWO_SEEDS))
  end
end

-- What "highest" is the highest of.
local function measure(compared)
  if compared.part == "test" then return " test accuracy" end
  return compared.metric.name == "accuracy" and "" or " accuracy"
end

--- One sentence.
---@param rows table[]       summary.of's
---@param compared table[]   comparisons.of's
---@return string
function verdict.of(rows, compared)
  local best, accuracy = highest(rows)
  if not best then
    return is_some_cut(rows) and "nothing is concluded: no run was trained to its end."
      or "nothing was measured: no run came that far."
  end
  local percent = words.percent(accuracy)
  if #rows == 1 then
    return ("%s reaches %s%s."):format(best[1], percent, compared.part == "test" and " of the test pictures" or "")
  end
  local parts = { #best == 1 and ("%s has the highest mean%s (%s)"):format(best[1], measure(compared), percent)
    or ("%s have the same mean%s, the highest (%s)"):format(named(best), measure(compared), percent) }
  local lead = (compared.metric.name == "accuracy" or #compared == 0) and "" or "compared by " .. compared.metric.label .. ": "
  local function say(part) parts[#parts + 1], lead = lead .. part, "" end
  if #compared == 0 then say(not_compared(rows, compared)) end
  for _, by in ipairs(firsts(compared)) do told(say, by, compared) end
  return table.concat(parts, "; ") .. "."
end

return verdict
