--- mlprun.experiment.searched - what a search amounts to: in words, and as a file for other programs.
local json = require("mlprun.core").json
local csv = require "mlprun.base.csv"
local importance = require "mlprun.search.importance"
local space = require "mlprun.search.space"
local words = require "mlprun.base.words"

local searched = {}

-- A score as a value of what is watched.
local function shown(study, score)
  local value = study:value(score)
  return study.watched:is_share() and words.percent(value) or ("%.4g"):format(value)
end

-- How the trials went.
local function course(study, trials)
  local counts, epochs, seconds = { finished = 0, paused = 0, pruned = 0, diverged = 0, failed = 0, running = 0 }, 0, 0
  for _, trial in ipairs(trials) do
    counts[trial.state] = counts[trial.state] + 1
    seconds = seconds + trial.seconds
    for _, run in ipairs(trial.runs) do epochs = epochs + #run.rows end
  end
  local parts = { ("%d trained to the end"):format(counts.finished) }
  if counts.paused > 0 then parts[#parts + 1] = ("%d left at a rung"):format(counts.paused) end
  if counts.pruned > 0 then parts[#parts + 1] = ("%d pruned"):format(counts.pruned) end
  if counts.diverged > 0 then parts[#parts + 1] = ("%d diverged"):format(counts.diverged) end
  if counts.failed > 0 then parts[#parts + 1] = ("%d ended with an error"):format(counts.failed) end
  if counts.running > 0 then parts[#parts + 1] = ("%d not ended"):format(counts.running) end
  local all = #trials * study.plan.epochs * #study.seeds
  return ("Search: %s by %s: %s; %s of at most %s were trained, in %s."):format(words.count(#trials, "trial"), study.plan.method,
    words.list(parts), words.count(epochs, "epoch"), words.grouped(all), words.duration(seconds))
end

-- Which mattered, over the trials that came as far as half of them did at least: the shares (see importance.lua; nil where
-- these are too few), after how many epochs, of how many trials; nothing where no trial has a score.
local function shares_of(study, trials)
  local reached = {}
  for _, trial in ipairs(trials) do
    if trial.score and trial.score < math.huge then reached[#reached + 1] = trial.epochs end
  end
  if #reached == 0 then return nil end
  table.sort(reached, function(a, b) return a > b end)
  local epochs = reached[(#reached + 1) // 2]
  local among = {}
  for _, trial in ipairs(trials) do
    if trial.score and trial.score < math.huge and trial.epochs >= epochs then
      among[#among + 1] = { values = trial.values, score = study:score_at(trial, epochs) }
    end
  end
  return importance(study.plan.space, among, study.plan.seed), epochs, #among
end

local function mattered(study, trials)
  local found, epochs, among = shares_of(study, trials)
  if not epochs then return nil end
  if not found then
    return ("What mattered is not said: %s came as far as %s, ten are needed."):format(words.count(among, "trial"),
      words.count(epochs, "epoch"))
  end
  local parts = {}
  for i, entry in ipairs(found) do
    parts[i] = ("%s %.0f %% (%.0f to %.0f)"):format(entry.name, 100 * entry.share, 100 * entry.low, 100 * entry.high)
  end
  return ("What mattered, as the share of the variance that each explains alone after %s of %s: %s."):format(
    words.count(epochs, "epoch"), words.count(among, "trial"), words.list(parts))
end

-- Among how many trials the best one was chosen: those with a score.
local function choice_of(trials)
  local count = 0
  for _, trial in ipairs(trials) do count = count + (trial.score and trial.score < math.huge and 1 or 0) end
  return count
end

-- An estimate of how much of the best trial's score was luck: it was chosen for it among `choice`, and trained again with
-- other seeds, which are few and have luck of their own. Where it was left at a rung, both are told after as many epochs.
local function flattery(study, best, again, choice)
  local sum, count, whole = 0, 0, best.epochs >= study.plan.epochs
  for _, run in ipairs(again.runs) do
    local score = run.path and study:score_in(run.path, whole and math.huge or best.epochs)
    if score then sum, count = sum + score, count + 1 end
  end
  if count == 0 then return nil end
  local mean = sum / count
  local differs = math.abs(mean - best.score)
  local sentence = ("%s it had %s%s; trained again with %s it has %s on the same pictures%s"):format(choice > 1
    and ("Chosen as the best of %d"):format(choice) or "As the only trial with a result", shown(study, best.score),
    whole and "" or " after " .. words.count(best.epochs, "epoch"), words.count(count, "fresh seed"), shown(study, mean),
    whole and "" or " after as many")
  local unit = study.watched:is_share() and ("%s points"):format(words.points(differs)) or ("%.3g"):format(differs)
  if choice == 1 or mean <= best.score then return sentence .. "." end
  return ("%s: %s worse, a rough estimate of what was luck of the choice."):format(sentence, unit)
end

--- Paragraphs about a search.
---@param study table      see studied.lua
---@param again? table     the trial that trains the best values again
---@param tested boolean   whether there are pictures that it never saw
function searched.lines(study, again, tested)
  local trials = study:look()
  local best = study.best(trials)
  local lines = { course(study, trials) }
  if not best then
    lines[2] = "No trial finished an epoch: there is no best one."
  else
    local values = space.words(study.plan.space, best.values)
    lines[2] = ("The best is trial %d (%s): %s %s%s."):format(best.number, values, study.watched:text(), shown(study, best.score),
      #study.seeds > 1 and ", mean of its runs" or "")
    lines[#lines + 1] = again and flattery(study, best, again, choice_of(trials))
    lines[#lines + 1] = mattered(study, trials)
    if again and not tested and choice_of(trials) > 1 then
      lines[#lines + 1] = "The table is about the validation pictures, which chose the values: what it says of the best ones "
        .. "flatters them. --test=0.2 keeps pictures apart that judge and choose nothing."
    end
  end
  for i, text in ipairs(lines) do lines[i] = { text = text } end
  for _, trial in ipairs(trials) do
    local line = trial.failed and ("trial %d: %s"):format(trial.number, trial.failed)
    if line then lines[#lines + 1] = { text = line, indent = true } end
  end
  return lines
end

-- What a hyperparameter can be, as plain values.
local function parameter_of(entry)
  local dimension, choices = entry.dimension, {}
  if not space.is_choice(dimension) then
    return { name = entry.name, low = dimension.low, high = dimension.high, log = dimension.log or false }
  end
  for i, value in ipairs(dimension.values) do choices[i] = tostring(value) end
  return { name = entry.name, choices = choices }
end

--- A search as plain values, for the page: watched (what it is called), share (whether its values are shares), mode, epochs (of a
--- trial, at most), parameters (name; low, high, log or choices), trials (number, state, epochs, value, values: of a choice its
--- number), best (a trial's number), importance (name, share, low, high), and after how many epochs of how many trials that is.
---@param study table   see studied.lua
function searched.facts(study)
  local trials, facts = study:look(), { parameters = json.array {}, trials = json.array {} }
  for i, entry in ipairs(study.plan.space) do facts.parameters[i] = parameter_of(entry) end
  for i, trial in ipairs(trials) do
    local scored, values = trial.score and trial.score < math.huge, {}
    for _, entry in ipairs(study.plan.space) do
      local value = trial.values[entry.name]
      values[entry.name] = space.is_choice(entry.dimension) and entry.dimension:number(value) or value
    end
    facts.trials[i] = { number = trial.number, state = trial.state, epochs = trial.trained, values = values,
                        value = scored and study:value(trial.score) or nil }
  end
  local best, found, epochs, among = study.best(trials), shares_of(study, trials)
  facts.importance, facts.after, facts.among = found and json.array(found), epochs, among
  facts.best, facts.epochs = best and best.number, study.plan.epochs
  facts.watched, facts.share, facts.mode = study.watched:text(), study.watched:is_share(), study.watched.mode
  return facts
end

--- search.csv: a line for each trial.
function searched.csv(study)
  local head, list = { "number", "state", study.watched.name, "epochs", "seconds" }, study.plan.space
  for _, entry in ipairs(list) do head[#head + 1] = entry.name end
  head[#head + 1] = "path"
  local lines = { csv.line(head) }
  for _, trial in ipairs(study:look()) do
    local score = trial.score and trial.score < math.huge and trial.score
    local fields = { tostring(trial.number), trial.state, score and ("%.6g"):format(study:value(score)) or "",
                     tostring(trial.trained), ("%.6g"):format(trial.seconds) }
    for _, entry in ipairs(list) do
      local value = trial.values[entry.name]
      fields[#fields + 1] = math.type(value) == "float" and ("%.17g"):format(value) or tostring(value)
    end
    fields[#fields + 1] = study:path(trial.number)
    lines[#lines + 1] = csv.line(fields)
  end
  return table.concat(lines, "\n") .. "\n"
end

return searched
