--- mlprun.experiment.likeness - in what two runs differ, from their manifests: what --resume takes over and what a report
--- compares must have the same script, options, pictures and version.
local alike = require "mlprun.base.alike"
local shared = require "mlprun.base.shared"

local likeness = {}

-- Options that do not change what a run computes.
local FREE = { data = true, seeds = true, seed = true, threads = true, workers = true, jobs = true, out = true, resume = true,
               histograms = true, pictures = true, keep_going = true, plan = true, runs = true, shard = true,
               train = true, task = true, restarts = true, on = true, slurm = true, pack = true, parallel = true, cpu = true,
               keep = true, keep_last = true, curve = true, inspect = true }

local function of(manifest, part, field)
  if type(manifest[part]) == "table" then return manifest[part][field] end -- false is an answer too
end

-- The first option, by name, that is not the same in both and is not in `except`.
local function option(a, b, except)
  local first
  for _, pair in ipairs { { a, b }, { b, a } } do
    for key, value in pairs(pair[1].options or {}) do
      local counts = not FREE[key] and not except[key] and (not first or key < first)
      if counts and not alike(value, of(pair[2], "options", key)) then first = key end
    end
  end
  return first
end

-- What was found, by the two tables: thousands of runs share theirs (see base/shared.lua).
local found = setmetatable({}, { __mode = "k" })

-- The same of manifests.
local function known_option(a, b, except)
  local x, y = a.options, b.options
  if next(except) ~= nil or not shared.is(x) or not shared.is(y) then return option(a, b, except) end
  found[x] = found[x] or setmetatable({}, { __mode = "k" })
  if found[x][y] == nil then found[x][y] = option(a, b, except) or false end
  return found[x][y] or nil
end

--- Whether an option changes what a run computes.
---@param name string
function likeness.counts(name) return not FREE[name] end

--- The first thing in which two manifests' runs differ: "version", "script", "groups", "pictures", or "option" and its name;
--- nil when they are the same.
---@param except? table   names of options that do not count
function likeness.difference(a, b, except)
  except = except or {}
  if of(a, "versions", "mlprun") ~= of(b, "versions", "mlprun") then return "version" end
  if of(a, "script", "sha256") ~= of(b, "script", "sha256") then return "script" end
  if of(a, "data", "groups") ~= of(b, "data", "groups") then return "groups" end
  if not except.channels then -- grey and colour pictures are not the same
    for _, field in ipairs { "fingerprint", "train", "val", "test", "folds" } do
      if of(a, "data", field) ~= of(b, "data", field) then return "pictures" end
    end
  end
  local key = known_option(a, b, except)
  if key then return "option", key end
end

--- The kernels that computed a run, in words: "SkylakeX (avx512)"; nil where its manifest does not say.
function likeness.kernels(manifest)
  local level, blas = of(manifest, "host", "level"), of(manifest, "host", "blas")
  return level and blas and ("%s (%s)"):format(blas, level) or nil
end

--- What to say of a run that other kernels computed than compute here; nil when they are the same, or not known.
function likeness.other_kernels(before, now)
  local a, b = likeness.kernels(before), likeness.kernels(now)
  if a and b and a ~= b then
    return ("the kernels were those of %s and are those of %s here: last bits may differ, see --cpu"):format(a, b)
  end
end

--- The same of two trials of one experiment, which may have options of their own.
---@param passed_over? table   names of further options that do not count
function likeness.between_trials(a, b, passed_over)
  local except = {}
  for key in pairs(passed_over or {}) do except[key] = true end
  for _, manifest in ipairs { a, b } do
    for key in pairs(type(manifest.own) == "table" and manifest.own or {}) do except[key] = true end
  end
  return likeness.difference(a, b, except)
end

return likeness
