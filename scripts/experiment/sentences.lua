--- mlprun.experiment.sentences - what the table and the comparisons say, in words.
--
-- Paragraphs are { text, indent = boolean }: the indented ones are a list.
local comparisons = require "mlprun.experiment.comparisons"
local flattery = require "mlprun.experiment.flattery"
local judged = require "mlprun.experiment.judged"
local layout = require "mlprun.base.layout"
local words = require "mlprun.base.words"

local sentences = {}

local LISTED = 6        -- differences without support that are listed one by one
local BROKEN_LISTED = 6 -- runs that diverged

local whole = layout.whole

-- "dropout=0.5 is worse than dropout=0 by 7.3 points (95 % interval 2.1 to 12.5, p = 0.004)": the later trial is the
-- subject, the earlier one what it is measured against.
local function difference_sentence(c, format)
  local low, high = c.low, c.high
  if c.difference < 0 then low, high = -c.high, -c.low end
  return ("%s is %s than %s by %s (%s, %s)"):format(c.b, c.worse and "worse" or "better", c.a,
    whole(words.difference(math.abs(c.difference), format)),
    whole(("95 %% interval %s to %s"):format(words.bare_difference(low, format), words.bare_difference(high, format))),
    whole(words.p_value(c.p_corrected)))
end

local function noise_sentence(c, format)
  local sign = c.difference < 0 and "+" or ""
  return ("%s against %s: %s (%s, %s)"):format(c.b, c.a, whole(sign .. words.difference(-c.difference, format)),
    whole(("95 %% interval %s to %s"):format(words.bare_difference(-c.high, format), words.bare_difference(-c.low, format))),
    whole(words.p_value(c.p_corrected)))
end

local function by_size(x, y)
  local dx, dy = math.abs(x.difference), math.abs(y.difference)
  if dx ~= dy then return dx > dy end
  return x.order < y.order
end

-- The comparisons in three lists, the largest difference first: supported, only if it were the only one, perhaps chance.
local function sorted(compared)
  local real, unclear, noise = {}, {}, {}
  for _, c in ipairs(compared) do
    local list = c.p_corrected < 0.05 and real or c.p < 0.05 and unclear or noise
    list[#list + 1] = c
  end
  for _, list in ipairs { real, unclear, noise } do table.sort(list, by_size) end
  return real, unclear, noise
end

-- How far the comparisons can be trusted.
local function add_cautions(say, compared)
  local finest = comparisons.detectable(compared)
  if finest then
    say(("A true difference of %s would be found in four of five repetitions of this experiment, a smaller one less often; "
      .. "%s make smaller ones visible."):format(whole(words.difference(finest, compared.metric.format)),
      (compared.folded and "more deals (--seeds)" or "more seeds (--seeds)")
        .. (compared.metric.per_picture and " or more pictures" or "")))
  end
  if not compared[1].includes_runs then
    say("There is one seed only: this compares these trained networks, not the ways of training. Another seed may rank "
      .. "them differently; --seeds=3 would tell.")
  end
end

-- Whether all pairs were compared on as many seeds and pictures.
local function is_one_design(compared)
  local first = compared[1]
  for _, c in ipairs(compared) do
    if c.kind ~= first.kind or c.seeds ~= first.seeds or c.images ~= first.images then return false end
  end
  return true
end

-- "the same 358 validation pictures and 3 seeds": on what trials were compared, in words that are true of all pairs.
local function same_design(compared)
  local c, part = compared[1], compared.part or "validation"
  if not is_one_design(compared) then return ("the %s pictures and seeds that both finished"):format(part) end
  if c.kind == "folds" then
    return ("the same %s in %d folds%s"):format(words.count(c.images, "picture"), c.folds, c.seeds > 1
      and (", dealt out %d times"):format(c.seeds) or "")
  elseif c.kind == "resampled" then
    return ("the same %d seeds, each with other %s pictures"):format(c.seeds, part)
  end
  local parts = {}
  if c.images then parts[1] = words.count(c.images, part .. " picture") end
  if c.seeds > 1 then parts[#parts + 1] = ("%d %s"):format(c.seeds, compared.folded and "runs each" or "seeds") end
  return "the same " .. table.concat(parts, " and ")
end

--- What the comparisons say, as paragraphs.
function sentences.differences(compared)
  local lines = {}
  if #compared == 0 then return lines end
  local function say(line, indent) lines[#lines + 1] = { text = line, indent = indent } end
  local by, real, unclear, noise = compared.metric, sorted(compared)
  say(("Differences%s that the data supports (trials compared in pairs, on %s%s):"):format(
    by.name == "accuracy" and "" or " in " .. by.label, same_design(compared),
    #compared > 1 and ("; p after Holm's correction for %d comparisons"):format(#compared) or ""))
  for _, c in ipairs(real) do say(difference_sentence(c, by.format), true) end
  if #real == 0 then say("none", true) end
  if #unclear > 0 then
    say(("Differences that would count on their own, but not as one of %d comparisons (more seeds would decide):"):format(
      #compared))
    for _, c in ipairs(unclear) do say(noise_sentence(c, by.format), true) end
  end
  if #noise > 0 then
    say("Differences that may well be chance:")
    for i = 1, math.min(#noise, LISTED) do say(noise_sentence(noise[i], by.format), true) end
    if #noise > LISTED then say(("and %d smaller ones"):format(#noise - LISTED), true) end
  end
  add_cautions(say, compared)
  return lines
end

-- "a, b and c", or how many where the list would be long
local function named(names)
  if #names <= 4 then return words.list(names) end
  return ("%s (%d trials)"):format(words.list({ names[1], names[2], names[3], "others" }), #names)
end

-- The row with the highest accuracy.
local function highest(rows)
  local best
  for _, row in ipairs(rows) do
    if row.accuracy and (not best or row.accuracy > best.accuracy) then best = row end
  end
  return best
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
  for i, c in ipairs(list) do names[i], sizes[i] = c.b, words.bare_difference(math.abs(c.difference), format) end
  return ("%s %s %s than %s by %s%s"):format(named(names), #list == 1 and "is" or "are", what, by,
    #list <= 4 and words.list(sizes) or ("%s to %s"):format(sizes[1], sizes[#sizes]), unit)
end

-- What would show, in a clause; nil where nothing says it.
local function design(compared)
  local finest, first = comparisons.detectable(compared), compared[1]
  if not finest then return nil end
  local seeds = first.folds and ("%d folds, %s,"):format(first.folds, first.seeds == 1 and "once" or first.seeds .. " times")
    or words.count(first.seeds, compared.folded and "run" or "seed")
  return ("with %s%s only differences of about %s or more would usually show"):format(seeds,
    first.images and " and " .. words.count(first.images, "picture") or "",
    words.difference(finest, compared.metric.format))
end

-- What is not told from `by`, and what would have been.
local function rest(same, others, by, compared)
  local who = #same == others and (others == 1 and same[1] or "no trial")
    or #same == 1 and same[1] or ("the other %d"):format(#same)
  local clause = design(compared)
  return ("%s %s %s beyond chance%s"):format(who, #same == others and others > 1 and "differs from"
    or #same == 1 and "does not differ from" or "do not differ from", by, clause and ": " .. clause or "")
end

-- Why trials were not compared.
local function not_compared(rows)
  local measured = 0
  for _, row in ipairs(rows) do measured = measured + (row.accuracy and 1 or 0) end
  if measured < 2 then return "no other trial finished an epoch, so there is nothing to compare it with" end
  return "its differences from the others were not tested: they did not answer for the same pictures with the same seeds"
end

--- One sentence that follows from the table and the comparisons alone; nil when nothing was measured.
function sentences.usual(rows, compared)
  local best = highest(rows)
  if not best then return nil end
  if #rows == 1 then return ("%s reaches %s."):format(best.name, words.percent(best.accuracy)) end
  local by = rows[1].name
  local better, worse, same = against(by, compared)
  local others = #better + #worse + #same
  local of, usual = compared.metric, compared.metric.name == "accuracy"
  local parts = { ("%s has the highest mean%s (%s)"):format(best.name, compared.part == "test" and " test accuracy"
    or usual and "" or " accuracy", words.percent(best.accuracy)) }
  local lead = (usual or others == 0) and "" or "compared by " .. of.label .. ": "
  local function say(part) parts[#parts + 1], lead = lead .. part, "" end
  if others == 0 then say(not_compared(rows)) end
  if #better > 0 then say(by_how_much(better, "better", by, compared.metric.format)) end
  if #worse > 0 then say(by_how_much(worse, "worse", by, compared.metric.format)) end
  if #same > 0 then say(rest(same, others, by, compared)) end
  if others > 0 and not compared[1].includes_runs then
    say("one seed only: the luck of a training was not tested, only that of the pictures")
  end
  return table.concat(parts, "; ") .. "."
end

-- Whether two trials' runs are the same to the last bit, seed by seed.
local function identical(a, b)
  if #a.runs == 0 or #a.runs ~= #b.runs then return false end
  for i, run in ipairs(a.runs) do
    local other = b.runs[i]
    for _, field in ipairs { "seed", "val_loss", "train_loss", "val_accuracy", "train_accuracy", "epochs" } do
      if run[field] == nil or run[field] ~= other[field] then return false end
    end
  end
  return true
end

--- Trials that are the same: what they set differently has no effect. No paragraph where there are none.
function sentences.same(results)
  local lines, trials = {}, results.trials
  for j = 2, #trials do
    for i = 1, j - 1 do
      if identical(trials[i], trials[j]) then
        lines[#lines + 1] = { text = ("%s and %s are the same to the last bit in every run: what they set differently has no "
          .. "effect."):format(trials[i].name, trials[j].name) }
        break
      end
    end
  end
  return lines
end

--- The last paragraph.
---@param sentence? string   what follows from everything; nil: nothing does
function sentences.conclusion(sentence)
  return sentence and { { text = "Conclusion: " .. sentence } } or {}
end

--- A caution where runs ended while they were still improving; no paragraph when few did.
function sentences.unfinished(results)
  local last, all = 0, 0
  for _, trial in ipairs(results.trials) do
    for _, run in ipairs(judged.finished(trial)) do
      all = all + 1
      if run.best_epoch == run.epochs and run.status == "finished" then last = last + 1 end
    end
  end
  if last * 4 < all or last == 0 then return {} end
  return { { text = ("In %d of %s the last epoch was the best one: training may not have been long enough, which is hardest on "
    .. "trials that learn slowly. More --epochs, with --resume, go on from here."):format(last, words.count(all, "run")) } }
end

--- Why runs ended early, one line each for the first of them.
function sentences.failures(results)
  local lines, count = {}, 0
  for _, trial in ipairs(results.trials) do
    for _, run in ipairs(trial.runs) do
      count = count + (run.status == "diverged" and 1 or 0)
      if run.status == "diverged" and count <= BROKEN_LISTED then
        lines[#lines + 1] = { text = ("%s, seed %d: stopped because %s"):format(trial.name, run.seed, run.reason),
                              indent = true }
      end
    end
  end
  if count > #lines then lines[#lines + 1] = { text = ("and %d more"):format(count - #lines), indent = true } end
  if count > 0 then table.insert(lines, 1, { text = "Runs that ended because numbers were not finite any more:" }) end
  return lines
end

-- How far a run without a result came.
local function reached(run)
  local at = run.so_far
  return at and ("%s, best validation accuracy %s at epoch %d"):format(words.count(run.epochs, "epoch"),
    words.percent(at.val_accuracy), at.epoch) or "no epoch was finished"
end

--- Runs that left no result: ended by an error, killed, or still at work. What they reached is known from their curves.
function sentences.cut(results)
  local lines, failed = {}, {}
  for _, trial in ipairs(results.trials) do
    for _, run in ipairs(trial.runs) do
      local function add(list, text)
        list[#list + 1] = { indent = true, text = ("%s, seed %d: %s"):format(trial.name, run.seed, text) }
      end
      if run.status == "failed" then add(failed, run.reason and tostring(run.reason) or reached(run))
      elseif run.status == "running" then add(lines, reached(run)) end
    end
  end
  if #lines > 0 then
    table.insert(lines, 1, { text = "Runs without a result, which are compared with nothing: they were killed or are still at "
      .. "work (the same command with --resume goes on with those that were killed):" })
  end
  if #failed > 0 then
    table.insert(failed, 1, { text = "Runs that ended with an error, and are compared with nothing:" })
  end
  return table.move(lines, 1, #lines, #failed + 1, failed)
end

--- How sure the answer is: "clear" (some difference is more than chance), "unclear" (none is), "too few seeds" (the luck of a
--- training was not tested), "not compared" (there were no two trials to compare).
---@param rows table[]   summary.of's
---@param compared table[]   comparisons.of's
function sentences.mark(rows, compared)
  if #rows < 2 or #compared == 0 then return "not compared" end
  if not compared[1].includes_runs then return "too few seeds" end
  for _, c in ipairs(compared) do
    if c.p_corrected < 0.05 then return "clear" end
  end
  return "unclear"
end

--- How much the choice of the epoch flatters, where there are test pictures; no paragraph without.
function sentences.flattery(results)
  local found = flattery(results)
  if not found then return {} end
  local better, real = found.difference >= 0, found.p < 0.05
  local what = ("How far choosing the epoch flatters: the kept weights are %s %s on the %s, which chose them, than on the %s "
    .. "(mean of %s%s, %s)"):format(whole(words.points(math.abs(found.difference)) .. " points"), better and "better" or "worse",
    words.count(found.images, "validation picture"), words.count(found.test_images, "test picture"),
    words.count(found.runs, "run"), found.others and " with the same pictures" or "",
    whole(("95 %% interval %s to %s"):format(words.points(found.low), words.points(found.high))))
  local why = not real and "; so much may be chance, because the two are different pictures"
    or better and "" or "; the test pictures must be easier ones, for choosing can only flatter"
  return { { text = what .. why .. "." } }
end

local function interval_note(facts)
  if facts.folds and facts.part ~= "test" then
    return "The interval allows for the chance in the choice of pictures and for that between runs, which differ in seed and "
      .. "fold."
  end
  return ("The interval allows for the chance in the choice of pictures%s."):format(facts.runs > 1 and " and for that between "
    .. (facts.folds and "runs, which differ in seed and fold" or "seeds") or "")
end

-- What the column of the pictures that judge is, and that of validation beside it.
local function judge_notes(facts)
  local mine = facts.others and facts.part .. " pictures" or words.count(facts.pictures, facts.part .. " picture")
  if facts.part == "test" then
    return ("test: accuracy of each run's kept weights on %s, which chose nothing: they are looked at when a run has ended; the "
      .. "mean of the runs. validation: the same on the pictures that chose the epoch, so slightly optimistic."):format(mine)
  elseif facts.folds then
    return ("validation: accuracy of each run's best epoch on the fold that it did not learn from, which also chose the epoch, "
      .. "so slightly optimistic; the mean of the runs. Each of the %s has one answer in every deal."):format(words.count(
      facts.pictures, "picture"))
  end
  return ("validation: accuracy of each run's best epoch, on the %s that chose the epoch, so slightly optimistic; the mean of "
    .. "the runs."):format(facts.others and mine or "same " .. mine)
end

--- What the columns mean, and what chance alone would reach.
---@param facts table   part ("test" or "validation"), pictures (of it), runs (most of a trial), folds, share and class (the
---                     largest one's; nil: nothing was answered), others (whether some runs were judged by other pictures)
function sentences.notes(facts)
  return {
    { text = ("%s %s%s"):format(judge_notes(facts), interval_note(facts), (facts.others or not facts.class) and ""
      or (" Always answering '%s' would be right for %s."):format(facts.class, words.percent(facts.share))) },
    { text = "training: accuracy of the same weights on the training pictures. gap: how far validation is behind it, in "
      .. "points; final gap: the same after the last epoch, where overfitting shows." },
  }
end

return sentences
