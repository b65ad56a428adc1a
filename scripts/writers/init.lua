--- writers - what a run leaves behind while it goes: event files for TensorBoard, JSONL, CSV.
--
--   local writer <close> = writers.SummaryWriter("runs/baseline")
--   writer:add_scalar("train/loss", loss, epoch)
--
-- Methods in C (bindings/writers.c): add_scalar(tag, value, step, walltime), add_histogram(tag, tensor, step, walltime),
-- add_text(tag, text, step, walltime), add_image(tag, tensor_or_image, step, { dataformats = "CHW", walltime = }),
-- add_images(tag, tensor, step, { dataformats = "NCHW", walltime = }), flush(), path(), close(). A step that is not
-- given is 0.
local core = require("mlprun.core")
local check = require("mlprun.options").check
local lines = require("mlprun.writers.lines")
local names = require "mlprun.base.names"
local raw, sys = core.writers, core.sys

local writers = { JSONL = lines.JSONL, CSV = lines.CSV }

--- Writes an event file in log_dir (default runs/<date>_<host><comment>).
--
-- Every record is in the file when its call returns. `purge_step` is for a resumed run: what was logged at that step and
-- later no longer shows. `flush_secs` and `max_queue`, known from PyTorch, are accepted and have nothing to do.
---@param log_dir? string
---@param o? { comment = "", purge_step: integer, flush_secs: number, max_queue: integer, filename_suffix = "" }
---@return SummaryWriter
function writers.SummaryWriter(log_dir, o)
  o = check(o, { "comment", "purge_step", "flush_secs", "max_queue", "filename_suffix" }, "writers.SummaryWriter")
  if log_dir ~= nil and type(log_dir) ~= "string" then
    sys.fail(("writers.SummaryWriter: log_dir is a %s, expected a folder"):format(type(log_dir)))
  end
  if log_dir == nil or log_dir == "" then
    log_dir = ("runs/%s_%s%s"):format(os.date("%b%d_%H-%M-%S"), sys.host().hostname, o.comment or "")
  end
  return raw.open(log_dir, { purge_step = o.purge_step, filename_suffix = o.filename_suffix })
end

-- The further writers that a writer has opened, by folder.
local children = setmetatable({}, { __mode = "k" })

local function child(writer, name)
  local own = children[writer] or {}
  children[writer] = own
  own[name] = own[name] or raw.open(writer:path():match("^(.*)/[^/]*$") .. "/" .. name)
  return own[name]
end

local methods = raw.methods

--- A figure of ml.plot as a picture.
---@param tag string
---@param figure Figure
---@param step? integer
---@param walltime? number
function methods:add_figure(tag, figure, step, walltime)
  local ok, image = pcall(function() return figure:image() end)
  if not ok or not core.image.is_image(image) then
    sys.fail(("add_figure: got a %s, expected a figure, such as plot { a = list }"):format(type(figure)))
  end
  self:add_image(tag, image, step, { walltime = walltime })
end

--- Several curves in one plot. As in PyTorch each of them is a run of its own, in log_dir/<main_tag>_<name>.
---@param main_tag string
---@param values table<string, number>
---@param step? integer
---@param walltime? number
function methods:add_scalars(main_tag, values, step, walltime)
  if type(main_tag) ~= "string" or type(values) ~= "table" then
    sys.fail("add_scalars: expected a tag and a table of numbers by name")
  end
  for _, name in ipairs(names.sorted(values)) do
    child(self, main_tag:gsub("/", "_") .. "_" .. name):add_scalar(main_tag, values[name], step, walltime)
  end
end

--- Hyperparameters and what came of them, for TensorBoard's HPARAMS tab. They belong to this writer's run, so that no
--- further run appears; with run_name they go to one of their own, as PyTorch has it.
---@param hparams table<string, number|string|boolean>
---@param results table<string, number>   written as scalars
---@param o? { run_name: string, global_step: integer, walltime: number }
function methods:add_hparams(hparams, results, o)
  o = check(o, { "run_name", "global_step", "walltime" }, "add_hparams")
  if type(hparams) ~= "table" or type(results) ~= "table" then
    sys.fail("add_hparams: expected two tables, hyperparameters and metrics")
  end
  local target, list = o.run_name and child(self, o.run_name) or self, {}
  for i, name in ipairs(names.sorted(hparams)) do list[i] = { name, hparams[name] } end
  target:hparams(list, o.walltime)
  for _, name in ipairs(names.sorted(results)) do target:add_scalar(name, results[name], o.global_step, o.walltime) end
end

require("mlprun.base.public").methods(methods)

return writers
