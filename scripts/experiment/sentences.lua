--- mlprun.experiment.sentences - what the table and the comparisons say, in words.
--
-- Paragraphs are { text, indent = boolean }: the indented ones are a list.
local alike = require "mlprun.base.alike"
local comparisons = require "mlprun.experiment.comparisons"
local course = require "mlprun.experiment.course"
local flattery = require "mlprun.experiment.flattery"
local judged = require "mlprun.experiment.judged"
local layout = require "mlprun.base.layout"
local room = require "mlprun.experiment.room"
local twins = require "mlprun.experiment.twins"
local words = require "mlprun.base.words"

local sentences = {}

local LISTED = 6        -- differences without support that are listed one by one
local TWINS = 6         -- trials that are the same
local BROKEN_LISTED = 6 -- runs that diverged

local whole = layout.whole

-- "95 % interval 2.1 to 12.5", or why there is none.
local function interval_words(low, high, format)
  if low ~= low then return "no interval: no run varies" end
  return whole(("95 %% interval %s to %s"):format(words.bare_difference(low, format), words.bare_difference(high, format)))
end

-- "dropout=0.5 is worse than dropout=0 by 7.3 points (95 % interval 2.1 to 12.5, p = 0.004)": the later trial is the
-- subject, the earlier one what it is measured against.
local function difference_sentence(c, by)
  local low, high = c.low, c.high
  if c.difference < 0 then low, high = -c.high, -c.low end
  return ("%s is %s than %s by %s (%s, %s)"):format(c.b, c.worse and by.worse or by.better, c.a,
    whole(words.difference(math.abs(c.difference), by.format)),
    interval_words(low, high, by.format),
    whole(words.p_value(c.p_corrected)))
end

local function noise_sentence(c, format)
  return ("%s against %s: %s (%s, %s)"):format(c.b, c.a, whole(words.signed(-c.difference, format)),
    interval_words(-c.high, -c.low, format), whole(words.p_value(c.p_corrected)))
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

-- "b against a, c against a and 3 more pairs"
local function pairs_of(list)
  local named = {}
  for i = 1, math.min(#list, LISTED) do named[i] = ("%s against %s"):format(words.name(list[i].b), words.name(list[i].a)) end
  if #list > LISTED then named[#named + 1] = words.count(#list - LISTED, "more pair") end
  return words.list(named)
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
  local few = comparisons.too_few(compared)
  if few then
    say(("With %s no difference can be more than chance, not even between a trial that is right on all of them and one that is "
      .. "wrong on all: it takes at least %d pictures%s."):format(words.count(few.images, "picture"), few.needed,
      #compared > 1 and (", for %d comparisons"):format(#compared) or ""))
  end
  local one = comparisons.of_one_seed(compared)
  if #one > 0 then
    local others = compared.runs > 1
    local whose = #one < #compared and pairs_of(one) .. (#one == 1 and " has" or " have") or "Trials have"
    say(("%s: this compares these trained networks, not the ways of training. Another seed may rank them differently; %s would "
      .. "tell."):format(others and whose .. " one seed in common that came to its end" or "There is one seed only",
      others and "the others, which are missing," or "--seeds=3"))
  end
end

-- "the same 358 validation pictures and 3 seeds": on what trials were compared, in words that are true of all pairs.
local function same_design(compared)
  local c, part = compared[1], compared.part or "validation"
  if not comparisons.is_one_design(compared) then return ("the %s pictures and seeds that both finished"):format(part) end
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
  for _, c in ipairs(real) do say(difference_sentence(c, by), true) end
  if #real == 0 then say("none", true) end
  if #unclear > 0 then
    say(("Differences that would count on their own, but not as one of %d comparisons (more seeds would decide):"):format(
      #compared))
    for _, c in ipairs(unclear) do say(noise_sentence(c, by.format), true) end
  end
  if #noise > 0 then
    say("Differences that may well be chance:")
    for i = 1, math.min(#noise, LISTED) do say(noise_sentence(noise[i], by.format), true) end
    if #noise > LISTED then say("and " .. words.count(#noise - LISTED, "smaller one"), true) end
  end
  add_cautions(say, compared)
  return lines
end

-- "b", "b and c", "b, c, d, e and 18 more"
local function named(list)
  if #list <= TWINS then return words.names(list) end
  local some = table.move(list, 1, TWINS - 1, 1, {})
  some[TWINS] = ("%d more"):format(#list - TWINS + 1)
  return words.names(some)
end

-- Why trials are the same: what they set is, as far as their values and options tell, or has no effect.
local function why_same(list, on)
  local function set_by(trial) return { trial.values or {}, trial.own or {} } end
  local known = next(list[1].values or {}) ~= nil
  for _, trial in ipairs(list) do known = known and alike(set_by(trial), set_by(list[1])) end
  return known and "they set the same values" or "what they set differently has no effect" .. (on and " on these" or "")
end

--- Trials that are the same, and why. A sentence for each that others are the same as.
---@param same table   of comparisons.of
function sentences.same(results, same)
  local lines, others, differ = {}, {}, {}
  for _, trial in ipairs(results.trials) do
    local one = same[trial.name] or trial.name
    others[one] = others[one] or {}
    table.insert(others[one], trial)
    if one ~= trial.name then differ[one] = differ[one] or twins.differ_in_records(others[one][1], trial) end
  end
  for _, trial in ipairs(results.trials) do
    local list, all = others[trial.name] or {}, {}
    for i, other in ipairs(list) do all[i] = other.name end
    if #list > 1 then
      local on = differ[trial.name]
      lines[#lines + 1] = { text = ("%s are the same to the last bit in %severy run: %s, and %s left out of the "
        .. "comparisons."):format(named(all), on and "accuracy and loss in " or "", why_same(list, on),
        #list == 2 and all[2] .. " is" or ("all but %s are"):format(trial.name)) }
    end
  end
  return lines
end

--- The conclusion, and where pairs were compared on one seed what that leaves out: a reader may take this sentence alone.
---@param sentence string    what a script or verdict.lua concludes
---@param compared table[]   comparisons.of's
---@return string
function sentences.concluded(sentence, compared)
  local one = comparisons.of_one_seed(compared)
  if #one == 0 then return sentence end
  return ("%s One seed only%s: the luck of a training was not tested, only that of the pictures."):format(sentence,
    #one < #compared and " for " .. pairs_of(one) or "")
end

--- The last paragraph.
---@param sentence? string   concluded's; nil: nothing was
function sentences.conclusion(sentence)
  return sentence and { { text = "Conclusion: " .. sentence } } or {}
end

-- Whether a run's training loss ended above that of its first epoch: it learned nothing, and longer training would not help.
local function has_risen(run)
  local losses, epochs = course.column(run.history, "train_loss")
  local first, last = tonumber(losses[1]), tonumber(losses[epochs])
  return first and last and last > first or false
end

-- What more epochs would do to runs, of which so many left a state to go on from.
local function more_epochs(runs, states)
  if states == runs then return "More --epochs, with --resume, go on from here" end
  if states == 0 then return "More --epochs begin anew: no last state was kept (--keep_last)" end
  return ("More --epochs, with --resume, go on from here in %d of them, and begin anew where no last state was kept "
    .. "(--keep_last)"):format(states)
end

--- A caution where the epochs of runs ran out while they were still improving; no paragraph when few did.
function sentences.unfinished(results)
  local last, risen, all, states = 0, 0, 0, 0
  for _, trial in ipairs(results.trials) do
    for _, run in ipairs(judged.compared(trial)) do
      all = all + 1
      if run.best_epoch == run.epochs and run.status == "finished" and run.used_up then
        if has_risen(run) then risen = risen + 1
        else last, states = last + 1, states + (room.has_state(run) and 1 or 0) end
      end
    end
  end
  if last * 4 < all or last == 0 then return {} end
  return { { text = ("In %d of %s the last epoch was the best one%s: training may not have been long enough, which is hardest on "
    .. "trials that learn slowly. %s."):format(last, words.count(all, "run"), risen > 0 and " while the training loss fell" or "",
    more_epochs(last, states)) } }
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

-- How far a run came that is not compared.
local function reached(run)
  local at = run.so_far or run.best_epoch and { val_accuracy = run.val_accuracy, epoch = run.best_epoch }
  if run.unmeasured then return "its best weights were not measured" end
  return at and ("%s, best validation accuracy %s at epoch %d"):format(words.count(run.epochs, "epoch"),
    words.percent(at.val_accuracy), at.epoch) or "no epoch was finished"
end

--- Runs that are compared with nothing: ended by an error, killed, still at work, or stopped before their end. What they
--- reached is known from their curves.
function sentences.cut(results)
  local lines, failed, stopped = {}, {}, {}
  for _, trial in ipairs(results.trials) do
    for _, run in ipairs(trial.runs) do
      local function add(list, text)
        list[#list + 1] = { indent = true, text = ("%s, seed %d: %s"):format(trial.name, run.seed, text) }
      end
      if run.status == "failed" then add(failed, run.reason and tostring(run.reason) or reached(run))
      elseif run.status == "running" then add(lines, reached(run))
      elseif judged.is_cut(run) or run.unmeasured then add(stopped, reached(run)) end
    end
  end
  if #lines > 0 then
    table.insert(lines, 1, { text = "Runs without a result, which are compared with nothing: they were killed or are still at "
      .. "work (the same command with --resume goes on with those that were killed):" })
  end
  if #failed > 0 then
    table.insert(failed, 1, { text = "Runs that ended with an error, and are compared with nothing:" })
  end
  if #stopped > 0 then
    table.insert(stopped, 1, { text = "Runs that were stopped before their end, and are compared with nothing (the same command "
      .. "with --resume goes on with them):" })
  end
  table.move(stopped, 1, #stopped, #failed + 1, failed)
  return table.move(lines, 1, #lines, #failed + 1, failed)
end

--- Deals of which a fold is missing, and what becomes of their other runs; no paragraph where all are whole.
function sentences.deals(results)
  local lines, without = {}, {}
  for _, trial in ipairs(results.trials) do
    local runs, all = judged.broken_deals(trial)
    local seeds, order = {}, {}
    for _, run in ipairs(runs) do
      if not seeds[run.deal] then seeds[run.deal], order[#order + 1] = {}, run.deal end
      table.insert(seeds[run.deal], ("%d"):format(run.seed))
    end
    if all and #runs > 0 then without[#without + 1] = trial.name end
    for _, deal in ipairs(all and {} or order) do
      lines[#lines + 1] = { indent = true, text = ("%s, deal %d: %s %s"):format(trial.name, deal, #seeds[deal] == 1 and "seed"
        or "seeds", words.list(seeds[deal])) }
    end
  end
  if #lines > 0 then
    table.insert(lines, 1, { text = "Runs that are left out, of the table too, because another fold of their deal has no "
      .. "result:" })
  end
  if #without > 0 then
    lines[#lines + 1] = { text = ("No deal of %s has a result for every fold: what the table shows is the mean of the runs there "
      .. "are."):format(words.names(without)) }
  end
  return lines
end

--- How sure the answer is: "clear" (some difference is more than chance), "unclear" (none is), "too few seeds" (the luck of a
--- training was not tested), "not compared" (there were no two trials to compare). Where some pairs tested it, these tell.
---@param rows table[]   summary.of's
---@param compared table[]   comparisons.of's
function sentences.mark(rows, compared)
  if #rows < 2 or #compared == 0 then return "not compared" end
  if #comparisons.of_one_seed(compared) == #compared then return "too few seeds" end
  for _, c in ipairs(compared) do
    if c.includes_runs and c.p_corrected < 0.05 then return "clear" end
  end
  return "unclear"
end

--- How much the choice of the epoch flatters, where there are test pictures; no paragraph without.
function sentences.flattery(results)
  local found = flattery(results)
  if not found then return {} end
  if found.p ~= found.p then
    return { { text = ("How far choosing the epoch flatters cannot be told: the answers for the %s do not vary, nor do those for "
      .. "the %s."):format(words.count(found.images, "validation picture"), words.count(found.test_images, "test picture")) } }
  end
  local better, real, size = found.difference >= 0, found.p < 0.05, words.points(math.abs(found.difference))
  local how, than = size .. " points " .. (better and "better" or "worse"), "than"
  local equal = size == words.points(0)
  if equal then how, than = "equally good", "and" end
  local what = ("How far choosing the epoch flatters: the kept weights are %s on the %s, which chose them, %s on the %s "
    .. "(mean of %s%s, %s)"):format(whole(how),
    words.count(found.images, "validation picture"), than, words.count(found.test_images, "test picture"),
    words.count(found.runs, "run"), found.others and " with the same pictures" or "",
    whole(("95 %% interval %s to %s"):format(words.points(found.low), words.points(found.high))))
  local why = equal and "" or not real and "; so much may be chance, because the two are different pictures"
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

-- What pictures had to do with the choice of the epoch, see judged.chosen.
local CHOICE = {
  yes = "which chose the epoch, so slightly optimistic",
  some = "which chose the epoch of some runs, so slightly optimistic there",
  perhaps = "which may have chosen the epoch: a recorded number did, and what it was measured on is not known",
  no = "which did not choose the epoch",
}

-- What the column of the pictures that judge is, and that of validation beside it.
local function judge_notes(facts)
  local mine = facts.others and facts.part .. " pictures" or words.count(facts.pictures, facts.part .. " picture")
  local choice = facts.chosen and ", " .. CHOICE[facts.chosen] or ""
  if facts.part == "test" then
    return ("test: accuracy of each run's kept weights on %s, which chose nothing: they are looked at when a run has ended; the "
      .. "mean of the runs. validation: the same on the validation pictures%s."):format(mine, choice)
  end
  local epoch = facts.chosen and "'s best epoch, on" or " after its only epoch, on"
  local where = facts.folds and "fold that it did not learn from" or facts.others and mine or "same " .. mine
  return ("validation: accuracy of each run%s the %s%s; the mean of the runs.%s"):format(epoch, where, choice,
    facts.folds and (" Each of the %s has one answer in every deal."):format(words.count(facts.pictures, "picture")) or "")
end

--- What the columns mean, and what chance alone would reach.
---@param facts table   part ("test" or "validation"), pictures (of it; 0: no run finished an epoch), runs (most of a trial),
---                     folds, share and class (the largest one's; nil: nothing was answered), others (whether some runs were
---                     judged by other pictures), chosen (of all runs, see CHOICE; nil: no run had an epoch to choose)
function sentences.notes(facts)
  if facts.pictures == 0 then return {} end
  return {
    { text = ("%s %s%s"):format(judge_notes(facts), interval_note(facts), (facts.others or not facts.class) and ""
      or (" Always answering '%s' would be right for %s."):format(facts.class, words.percent(facts.share))) },
    { text = "training: accuracy of the same weights on the training pictures. gap: how far validation is behind it, in "
      .. "points; final gap: the same after the last epoch, where overfitting shows." },
  }
end

return sentences
