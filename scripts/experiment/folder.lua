--- mlprun.experiment.folder - what a run leaves on disk, in <out>/<experiment>/<trial>/seed-<n>/.
--
--   manifest.json     how the run was made and how it ended; status is running, finished, stopped, diverged or failed
--   metrics.jsonl     one line per epoch, written when the epoch ends
--   events.out.*      the same for TensorBoard
--   best.safetensors  the weights of the best epoch
--   last.safetensors  what --resume goes on from, see checkpoint.lua: while the run has not finished, and behind that for more
--                     epochs, when they ran out and there is room (--keep_last)
--   claim.json        while the run is at work: by whom, see claim.lua
--   restarts.json     while a task of --on=slurm trains the run: see sweep/restarts.lua
--   predictions.npz   the best weights' answers for the validation pictures; labels count from 0 here, as other tools do
--
-- A new run with the same names takes the folder over: what an earlier one left there is removed first, except with --resume:
-- there it is moved aside (leftovers.lua). A run that goes on keeps what is there, and takes back what was logged after the
-- place where it goes on.
local core = require "mlprun.core"
local class = require "mlprun.base.class"
local sys, io_, json = core.sys, core.io, core.json
local checkpoint = require "mlprun.experiment.checkpoint"
local leftovers = require "mlprun.experiment.leftovers"
local own_files = require "mlprun.experiment.own_files"
local passing = require "mlprun.base.passing"
local restarts = require "mlprun.sweep.restarts"

local folder = class.new("folder")

--- A name as a part of a path: no separators, nothing hidden, nothing that a shell would trip over.
function folder.safe_name(name)
  local safe = name:gsub("[%c%s/\\:*?\"<>|'`$&;]+", "_"):gsub("^[.-]+", "_")
  return safe == "" and "_" or safe
end

-- ---- the commit that the script belongs to, read from .git without running git ----

-- The text of a file, or nil; one that is there and cannot be read is an error.
local function text_of(path) return sys.exists(path) == "file" and sys.read_file(path) or nil end

local function first_line(path)
  local text = text_of(path)
  return text and text:match("^[^\r\n]*")
end

local function commit_in(git)
  if sys.exists(git) == "file" then -- a worktree or a submodule
    local target = (first_line(git) or ""):match("^gitdir: (.+)$")
    if not target then return nil end
    git = target:sub(1, 1) == "/" and target or git:gsub("[^/]*$", "") .. target
  end
  local head = first_line(git .. "/HEAD")
  local name = head and head:match("^ref: (.+)$")
  if not name then return head end
  local common = first_line(git .. "/commondir")
  local places = { git }
  if common then places[2] = common:sub(1, 1) == "/" and common or git .. "/" .. common end
  for _, place in ipairs(places) do
    local hash = first_line(place .. "/" .. name)
    if hash then return hash end
    for hash_, ref in (text_of(place .. "/packed-refs") or ""):gmatch("(%x+) ([^\n]+)") do
      if ref == name then return hash_ end
    end
  end
end

local function commit_around(path)
  local at = sys.exists(path) and sys.real_path(path)
  while at do
    if sys.exists(at .. "/.git") then return commit_in(at .. "/.git") end
    at = at ~= "/" and (at:match("^(.+)/[^/]*$") or "/") or nil
  end
end

--- The commit checked out around a folder, or nil. One that cannot be read is no reason not to train: it is said.
function folder.git_commit(path)
  local ok, commit = pcall(commit_around, path)
  if ok then return commit end
  io.stderr:write(("mlprun: the commit in git is not noted: %s\n"):format(commit))
end

-- Of mlprun, Lua and the libraries.
local function versions()
  local list = sys.versions()
  list.mlprun, list.lua = sys.version, _VERSION
  return list
end

--- What is the same for all runs of this process: the script and its text, the command, versions, the machine. An error when
--- the script's file is there and cannot be read: nobody could repeat the runs.
function folder.describe_process()
  local arguments = rawget(_G, "arg") or {}
  local command = {}
  for i = -16, #arguments do
    if arguments[i] then command[#command + 1] = arguments[i] end
  end
  local script = arguments[0]
  local source = script and text_of(script)
  return {
    command = json.array(command),
    script = source and { path = script, sha256 = io_.sha256(source), text = source, files = own_files(source) } or nil,
    working_folder = sys.real_path("."), versions = versions(),
    host = sys.host(),
    git_commit = folder.git_commit(source and script:match("^(.*)/[^/]*$") or "."),
  }
end

-- ---- the folder of one run ----

local function is_ours(name)
  return name == "manifest.json" or name == "metrics.jsonl" or name == "predictions.npz" or name == "best.safetensors"
    or name == "last.safetensors" or name == "restarts.json"
    or name:find("^events%.out%.tfevents%.") ~= nil
end

local function utc(time)
  return os.date("!%Y-%m-%dT%H:%M:%SZ", math.floor(time))
end

function folder:__init(path, manifest) self.path, self.manifest = path, manifest end

--- Makes the folder, empties it of an earlier run, and writes the manifest with status "running".
---@param path string
---@param manifest table     the fields that are known at the beginning
---@param history? table[]   rows of the epochs that a run which goes on has behind it
---@param claimed? claim      of the folder: without it nothing that the next owner has is written
function folder.open(path, manifest, history, claimed)
  if claimed then claimed:hold() end
  sys.make_folder(path)
  leftovers.remove_unfinished(path)
  for _, name in ipairs(history and {} or sys.list(path)) do
    if is_ours(name) then sys.remove(path .. "/" .. name) end
  end
  local self = folder(path, manifest)
  self.claim = claimed
  manifest.status, manifest.started = "running", utc(sys.wall_time())
  self:write_manifest()
  local before = {}
  for i, row in ipairs(history or {}) do before[i] = json.encode(row) .. "\n" end
  sys.write_file(path .. "/metrics.jsonl", table.concat(before))
  self.lines = assert(io.open(path .. "/metrics.jsonl", "a"))
  self.writer = require("mlprun.writers").SummaryWriter(path, { purge_step = history and #history + 1 })
  return self
end

--- What the run's function has set, for the manifest.
---@param fields table   of the run
function folder:describe(fields)
  self.manifest.model, self.manifest.parameters = tostring(fields.model), fields.model:num_parameters()
  self.manifest.optimizer, self.manifest.criterion = tostring(fields.optimizer), tostring(fields.criterion)
  self.manifest.transforms = { train = tostring(fields.train_transform), val = tostring(fields.val_transform) }
  self:write_manifest()
end

function folder:write_manifest()
  if self.claim then self.claim:hold() end
  sys.write_file(self.path .. "/manifest.json", json.encode(self.manifest, { indent = 2 }) .. "\n")
end

-- An error that names the file when a call on metrics.jsonl failed.
local function written(self, ok, why)
  if not ok then sys.fail(("cannot write '%s/metrics.jsonl': %s"):format(self.path, why)) end
end

--- Records an epoch: a line of metrics.jsonl and the curves.
function folder:add_epoch(row)
  local path, lines = self.path .. "/metrics.jsonl", self.lines
  written(self, sys.at_storage(path, lines.write, lines, json.encode(row), "\n"))
  written(self, sys.at_storage(path, lines.flush, lines))
  self.writer:add_scalar("train/loss", row.train_loss, row.epoch)
  self.writer:add_scalar("train/accuracy", row.train_accuracy, row.epoch)
  self.writer:add_scalar("val/loss", row.val_loss, row.epoch)
  self.writer:add_scalar("val/accuracy", row.val_accuracy, row.epoch)
  if row.lr then self.writer:add_scalar("lr", row.lr, row.epoch) end
end

--- Begins to write best.safetensors: there is the old or the new one, never a part.
---@param state table   name -> tensor; they must not change before saving:wait()
---@param about table   name -> text
---@return userdata saving
function folder:write_weights(state, about)
  return io_.safetensors_begin(self.path .. "/best.safetensors", state, { metadata = about })
end

-- The names of the samples' files; nil where they have none.
local function files_of(samples, file_of)
  local list = samples:tolist()
  for i, sample in ipairs(list) do
    list[i] = file_of(sample)
    if not list[i] then return nil end
  end
  return list
end

--- Writes predictions.npz. answers, test: of the validation pictures and, where there are some, of the test pictures (under
--- test_labels and so on): tensors labels, predictions, samples (counted from 1) and scores (n x classes); and the pictures'
--- files, where they have some.
---@param file_of fun(sample: integer): string?
function folder:write_predictions(answers, test, file_of)
  local list = {}
  for _, part in ipairs { { "", answers }, { "test_", test } } do
    local prefix, given = part[1], part[2]
    for _, name in ipairs(given and { "labels", "predictions", "samples", "scores" } or {}) do
      list[#list + 1] = { prefix .. name, name == "scores" and given.scores or given[name] - 1 } -- scores are not numbered
    end
    local files = given and files_of(given.samples, file_of)
    if files then list[#list + 1] = { prefix .. "files", files } end
  end
  io_.npz_save(self.path .. "/predictions.npz", list)
end

local function record_end(self, status, more)
  for key, value in pairs(more or {}) do self.manifest[key] = value end
  self.manifest.status, self.manifest.ended = status, utc(sys.wall_time())
  self:write_manifest()
end

--- Ends the run: closes its files and records how it ended, where it was not taken over. Harmless when called again.
---@param status string
---@param more? table   further fields of the manifest
function folder:finish(status, more)
  if not self.lines then return end
  local lines = self.lines
  self.lines = nil
  local by_error = status == "failed" or more and more.reason
  if by_error then -- which may be because these could not be written
    lines:close()
    pcall(self.writer.close, self.writer)
  else
    written(self, lines:close())
    self.writer:close()
  end
  if by_error and self.claim and not self.claim:holds() then return end
  record_end(self, status, more)
  if status ~= "finished" and status ~= "diverged" then return end
  if not self.keeps_last then checkpoint.remove(self.path) end
  restarts.forget(self.path)
end

--- Records that a run failed whose own process could not, where there is none that has come to its end.
---@param manifest table   where it had not written one
---@param claimed claim    of the folder
function folder.fail(path, manifest, reason, claimed)
  local ok, before = passing.pcall(function() return json.decode(sys.read_file(path .. "/manifest.json")) end)
  if ok and (before.status == "finished" or before.status == "diverged") then return end
  local self = folder(path, ok and before or manifest)
  self.claim = claimed
  record_end(self, "failed", { reason = reason })
end

return folder
