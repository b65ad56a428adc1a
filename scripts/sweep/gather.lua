--- mlprun.sweep.gather - the runs that were trained elsewhere, for the table and the report (--no-train): nothing is changed in
--- their folders.
local claim = require "mlprun.experiment.claim"
local class = require "mlprun.base.class"
local likeness = require "mlprun.experiment.likeness"
local names = require "mlprun.base.names"
local part = require "mlprun.sweep.part"
local resume = require "mlprun.experiment.resume"
local shared = require "mlprun.base.shared"
local words = require "mlprun.base.words"

local gather = class.new("gather")

local LISTED = 20 -- runs that are missing, with a line for each

local PAUSE = 150 -- percent: what thousands of runs leave behind is collected before it is as large as they are

function gather:__init()
  collectgarbage("incremental", PAUSE)
  self.missing, self.numbers, self.count, self.some, self.kernels = {}, {}, 0, false, {}
  self.read = {} -- by folder: what the report need not read again
end

-- What there is of a run, why that is no result, and the kernels that computed it.
local function look(self, path, manifest)
  local load_ = require "mlprun.report.load"
  local before, held = load_.manifest(path), claim.look(path)
  local at_work = held and ("%s is at work on it"):format(claim.words(held))
  if not before then return nil, at_work or "it has not begun" end
  local difference = resume.difference(before, manifest)
  if difference then return nil, difference end
  self.read[path] = { path = path, manifest = before }
  local result = load_.result(self.read[path])
  if result.correct and before.status ~= "stopped" or before.status == "diverged" then
    return result, nil, likeness.kernels(before)
  end
  return result, at_work or before.status == "running" and "it was killed" or before.status == "stopped" and "it was stopped"
    or before.status == "failed" and "it ended with an error: " .. tostring(before.reason) or "its files are not complete"
end

--- What there is of a run, for the table: of one that left no result what is known, which lines() tells.
---@param number integer
---@param path string      the run's folder
---@param manifest table   as this call would write it
function gather:take(number, path, manifest)
  self.count = self.count + 1
  manifest.options = shared.plain(manifest.options)
  local result, why, kernels = look(self, path, manifest)
  if not why then
    self.kernels[kernels or "ones that are not known"] = (self.kernels[kernels or "ones that are not known"] or 0) + 1
    return result
  end
  self.numbers[#self.numbers + 1] = number
  self.missing[#self.missing + 1] = { indent = true, text = ("run %d (%s, seed %d): %s"):format(number, manifest.trial,
    manifest.seed, why) }
  self.some = self.some or result ~= nil
  return result or { status = "missing", seed = manifest.seed, path = path }
end

--- Whether there is nothing to show.
function gather:is_empty() return #self.missing == self.count and not self.some end

-- Where runs were computed by different kernels.
local function different_kernels(self)
  local kinds = {}
  for _, name in ipairs(names.sorted(self.kernels)) do
    kinds[#kinds + 1] = ("%s by those of %s"):format(words.count(self.kernels[name], "run"), name)
  end
  if #kinds < 2 then return {} end
  return { { text = ("Different kernels computed these runs, %s: the same run may differ in its last bits between them. "
    .. "--cpu=haswell computes with the same ones on every x86-64 processor of the last ten years."):format(words.list(kinds)) } }
end

--- What is to be said of the runs as a whole, as paragraphs (see sentences.lua): which are missing.
function gather:lines()
  if #self.missing == 0 then return different_kernels(self) end
  local lines = table.move(self.missing, 1, math.min(#self.missing, LISTED), 2, {})
  local one = #self.missing == 1
  lines[1] = { text = ("%d of %s %s no result; --runs=%s --resume in place of --no-train trains %s:"):format(#self.missing,
    words.count(self.count, "run"), one and "has" or "have", part.shown(self.numbers), one and "it" or "them") }
  if #self.missing > LISTED then
    lines[#lines + 1] = { indent = true, text = ("and %d more"):format(#self.missing - LISTED) }
  end
  return table.move(different_kernels(self), 1, 1, #lines + 1, lines)
end

return gather
