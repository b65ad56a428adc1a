--- mlprun.experiment.folds - --folds=K: the pictures are dealt out into K folds, each of which is for validation once.
--
-- --seeds says how often they are dealt out. Run k of a trial has the seed --seed + k - 1, as without folds; it is for fold
-- (k - 1) % K + 1 of deal (k - 1) // K + 1. Deal d draws with --split_seed + d - 1, for all trials.
local core = require "mlprun.core"
local words = require "mlprun.base.words"

local folds = {}

--- How many runs each trial has.
---@param o table   options
function folds.runs(o) return o.seeds * math.max(1, o.folds) end

--- Which fold of which deal the run with a seed is for; nil without --folds.
---@return integer? fold, integer? deal
function folds.place(o, seed)
  if o.folds == 0 then return nil end
  local k = seed - o.seed
  return k % o.folds + 1, k // o.folds + 1
end

-- The positions in a set of the samples of views of it.
local function positions(set, views)
  local place, list = {}, {}
  for i, sample in ipairs(set:samples():tolist()) do place[sample] = i end
  for _, view in ipairs(views) do
    for _, sample in ipairs(view:samples():tolist()) do list[#list + 1] = place[sample] end
  end
  table.sort(list)
  return list
end

--- Refuses more folds than could all have pictures of the largest class.
---@param pool Dataset
---@param count integer
function folds.check(pool, count)
  local most = math.max(table.unpack(pool:class_counts()))
  if most >= count then return end
  core.sys.fail(("--folds is %d, but the largest class has %s: expected at most as many folds"):format(count,
    words.count(most, "picture")))
end

--- What is dealt out: the pictures for training and for validation together.
---@param all Dataset
---@return Dataset pool, table? grouping   of the pool's samples
function folds.pool(all, train, val, grouping)
  local list = positions(all, { train, val })
  return all:subset(list), grouping and grouping:of(list)
end

local function deal_of(data, o, deal)
  local ok, dealt = pcall(data.pool.kfold, data.pool, { k = o.folds, seed = o.split_seed + deal - 1, stratify = true,
                                                        group = data.pool_grouping or nil })
  if not ok then core.sys.fail((tostring(dealt):gsub("^[^\n]-%.lua:%d+: ", ""):gsub("^kfold: ", "--folds: "))) end
  return dealt
end

--- The pictures of the run with a seed, as pictures.open gives them.
function folds.of(data, o, seed)
  local fold, deal = folds.place(o, seed)
  if not fold then return data end
  data.deals[deal] = data.deals[deal] or deal_of(data, o, deal)
  local parts = data.deals[deal][fold]
  return setmetatable({ train = parts.train, val = parts.val }, { __index = data })
end

return folds
