--- mlprun.search.turn - whose turn it is in a search: an interrupted trial's, that of one that is promoted, or a new one's.
--
-- It follows from the plan and from how the trials stand, and not from where they lie: a process that has just begun, one that
-- shares a search and one that replays a table of curves decide alike.
--
-- plan: epochs (of a trial, at most), rungs (nil: each is trained to its end), with Hyperband tables and brackets, reduction.
-- A trial: number, epochs (that it has), over, busy (somebody is at it), waits (at a rung), going (where it was going when it
-- was interrupted).
local pruning = require "mlprun.search.pruning"

local turn = {}

--- Gives a plan the rungs of its rule: "asha", "hyperband", or none for any other.
---@param plan table   prune, epochs, least, reduction
function turn.add_rungs(plan)
  if plan.prune == "asha" then
    plan.rungs = pruning.rungs(plan.least, plan.epochs, plan.reduction)
  elseif plan.prune == "hyperband" then
    plan.tables, plan.brackets = pruning.brackets(plan.epochs, plan.reduction), {}
    for i, bracket in ipairs(plan.tables) do
      plan.brackets[i] = {}
      for k, round in ipairs(bracket.rounds) do
        plan.brackets[i][k] = math.max(1, math.floor(round.epochs + 0.5))
      end
    end
    plan.rungs = plan.brackets[1]
  end
  return plan
end

-- The rungs of a trial: those of its bracket.
local function rungs_of(plan, number)
  if plan.brackets then return plan.brackets[pruning.bracket_of(number, plan.tables)] end
  return plan.rungs or { plan.epochs }
end

--- As far as a trial that has come so far is trained next. One that was interrupted goes where it was going.
function turn.target(plan, trial)
  if trial.going then return trial.going end
  for _, rung in ipairs(rungs_of(plan, trial.number)) do
    if rung > trial.epochs then return rung end
  end
  return plan.epochs
end

-- The trial that goes on to the next rung, by ASHA's rule among those that share its rungs.
local function promoted(plan, trials, score_at)
  for _, rungs in ipairs(plan.brackets or { plan.rungs }) do
    local members = {}
    for k = 1, #rungs - 1 do
      members[k] = {}
      for _, trial in ipairs(trials) do
        if trial.epochs >= rungs[k] and rungs_of(plan, trial.number) == rungs then
          table.insert(members[k], { trial = trial, number = trial.number, waits = trial.waits and trial.epochs == rungs[k],
                                     score = score_at(trial, rungs[k]) or math.huge })
        end
      end
    end
    local number, k = pruning.promote(members, plan.reduction)
    for _, member in ipairs(number and members[k] or {}) do
      if member.number == number then return member.trial end
    end
  end
end

--- The trial that is trained next, and how far; nil where it is a new one's turn.
---@param plan table
---@param trials table[]      by number
---@param score_at function   (trial, epochs) -> the best in its first epochs, lower is better; nil without any
---@return table? trial
---@return integer? epochs
function turn.next(plan, trials, score_at)
  for _, trial in ipairs(trials) do
    if not trial.over and not trial.busy and not trial.waits then return trial, turn.target(plan, trial) end
  end
  local trial = plan.rungs and promoted(plan, trials, score_at)
  if trial then return trial, turn.target(plan, trial) end
end

return turn
