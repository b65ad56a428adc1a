--- writers - what a run leaves behind while it goes: event files for TensorBoard, JSONL, CSV.
--
--   local writer <close> = writers.SummaryWriter("runs/baseline")
--   writer:add_scalar("train/loss", loss, epoch)
--
-- Methods in C (bindings/writers.c): add_scalar(tag, value, step, walltime), add_text(tag, text, step, walltime),
-- add_image(tag, tensor_or_image, step, { dataformats = "CHW", quality =, walltime = }),
-- add_images(tag, tensor, step, { dataformats = "NCHW", quality =, walltime = }), add_tensor(tag, tensor, step, walltime),
-- flush(), path(), close(). A step that is not given is 0.
local core = require("mlprun.core")
local bins, pr_curve = require "mlprun.writers.bins", require "mlprun.writers.pr_curve"
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

--- Writes how the values of a tensor are spread. bins: "tensorflow" (fine near 0), a rule of NumPy's ("auto", "fd", "doane",
--- "scott", "rice", "sturges", "sqrt"), how many, or a list of edges; max_bins joins neighbours.
---@param tag string
---@param values Tensor|number[]
---@param step? integer
---@param o? number|{ bins: any, max_bins: integer, walltime: number }   a number is the wall time
---@example writer:add_histogram("weights", model[2].weight, 1, { bins = 30 })
function methods:add_histogram(tag, values, step, o)
  if type(o) == "number" then o = { walltime = o } end
  o = check(o, { "bins", "max_bins", "walltime" }, "add_histogram")
  if type(values) == "table" then values = core.tensor.tensor(values) end
  if not core.tensor.is_tensor(values) then
    sys.fail(("add_histogram: values is a %s, expected a tensor or a list of numbers"):format(type(values)))
  end
  self:histogram(tag, values, step, { edges = bins.edges(o.bins, values), max_bins = o.max_bins, walltime = o.walltime })
end

--- Precision against recall of one class, at thresholds from 0 to 1.
---@param tag string
---@param labels Tensor|number[]        1 where the class is there, 0 elsewhere
---@param predictions Tensor|number[]   probabilities of the class
---@param step? integer
---@param o? { num_thresholds = 127, weights: Tensor, walltime: number }
---@example writer:add_pr_curve("cat", labels:eq(1), scores:select(2, 1), epoch)
function methods:add_pr_curve(tag, labels, predictions, step, o)
  o = check(o, { "num_thresholds", "weights", "walltime" }, "add_pr_curve")
  self:pr_curve(tag, pr_curve(labels, predictions, o), step, o.walltime)
end

--- How a model is built. input: a tensor such as it takes.
---@param model Module
---@param input Tensor
---@param walltime? number
---@example writer:add_graph(model, ml.zeros { 1, 3, 64, 64 })
function methods:add_graph(model, input, walltime)
  if not require("mlprun.nn.module").is_module(model) then
    sys.fail(("add_graph: got a %s, expected a model and a tensor such as it takes"):format(type(model)))
  end
  if not core.tensor.is_tensor(input) then
    sys.fail(("add_graph: the input is a %s, expected a tensor such as the model takes"):format(type(input)))
  end
  self:graph(require("mlprun.writers.graph")(model, input), walltime)
end

--- Points of many dimensions, for the projector: files beside the events. metadata: a label for each point, or lists of them
--- with metadata_header; label_img: a picture for each.
---@param points Tensor   n x dimensions
---@param o? { metadata: table, label_img: Tensor, global_step: integer, tag = "default", metadata_header: string[] }
---@example writer:add_embedding(features, { metadata = names, label_img = pictures })
function methods:add_embedding(points, o)
  o = check(o, { "metadata", "label_img", "global_step", "tag", "metadata_header" }, "add_embedding")
  require("mlprun.writers.embedding").write(self.log_dir, points, o)
end

--- Charts with several curves, for the tab CUSTOM SCALARS: category -> title -> { "Multiline", tags } or
--- { "Margin", { value, lower, upper } }.
---@param layout table
---@example writer:add_custom_scalars { all = { loss = { "Multiline", { "train/loss", "val/loss" } } } }
function methods:add_custom_scalars(layout)
  if type(layout) ~= "table" then sys.fail(("add_custom_scalars: got a %s, expected a table"):format(type(layout))) end
  local charts = {}
  for _, category in ipairs(names.sorted(layout)) do
    if type(layout[category]) ~= "table" then
      sys.fail(("add_custom_scalars: '%s' is a %s, expected charts by title"):format(category, type(layout[category])))
    end
    for _, title in ipairs(names.sorted(layout[category])) do
      local chart = layout[category][title]
      local kind, tags = table.unpack(type(chart) == "table" and chart or {})
      if kind ~= "Multiline" and kind ~= "Margin" or type(tags) ~= "table" then
        sys.fail(("add_custom_scalars: the chart '%s' is expected to be { \"Multiline\", tags } or { \"Margin\", "
          .. "{ value, lower, upper } }"):format(title))
      end
      charts[#charts + 1] = { category, title, kind == "Margin", tags }
    end
  end
  self:charts(charts)
end

--- The folder of the events; also the field log_dir.
---@return string
function methods:get_logdir() return self.log_dir end

-- Name and value of each hyperparameter; a tensor of one element is a number.
local function list_of(hparams)
  local list = {}
  for _, name in ipairs(names.sorted(hparams)) do
    local value = hparams[name]
    list[#list + 1] = { name, core.tensor.is_tensor(value) and value:item() or value }
  end
  return list
end

-- What the record of the columns says: each hyperparameter, with the values that it can have behind it.
local function columns_of(list, domains)
  local columns = {}
  for _, pair in ipairs(list) do
    columns[#columns + 1] = pair
    local domain = domains and domains[pair[1]]
    if domain ~= nil and type(domain) ~= "table" then
      sys.fail(("add_hparams: hparam_domain_discrete.%s is a %s, expected a list"):format(pair[1], type(domain)))
    end
    for _, value in ipairs(domain or {}) do columns[#columns + 1] = { pair[1], value } end
  end
  return columns
end

--- Hyperparameters and what came of them, for TensorBoard's HPARAMS tab, with the columns of its table, as PyTorch writes
--- them. They belong to this writer's run, so that no further run appears; with run_name they go to one of their own.
---@param hparams table<string, number|string|boolean>
---@param results table<string, number>   written as scalars
---@param o? { run_name: string, global_step: integer, walltime: number, hparam_domain_discrete: table }
function methods:add_hparams(hparams, results, o)
  o = check(o, { "run_name", "global_step", "walltime", "hparam_domain_discrete" }, "add_hparams")
  if type(hparams) ~= "table" or type(results) ~= "table" then
    sys.fail("add_hparams: expected two tables, hyperparameters and metrics")
  end
  local target, list = o.run_name and child(self, o.run_name) or self, list_of(hparams)
  target:experiment(columns_of(list, o.hparam_domain_discrete), names.sorted(results), o.walltime)
  target:hparams(list, o.walltime)
  for _, name in ipairs(names.sorted(results)) do target:add_scalar(name, results[name], o.global_step, o.walltime) end
end

-- What PyTorch's writer has beside these.
raw.absent.add_video = "write some of its pictures: add_images(tag, frames, step)"
raw.absent.add_audio = "there is no sound here; add_tensor(tag, tensor, step) keeps its numbers"
raw.absent.add_mesh = "there are no meshes here; add_embedding(points) shows points in three dimensions"
raw.absent.add_image_with_boxes = "draw the boxes into the picture, and write it with add_image(tag, image, step)"
raw.absent.add_histogram_raw = "add_histogram(tag, values, step, { bins = edges }) counts the values itself"
raw.absent.add_onnx_graph = "add_graph(model, input) shows a model; ml.export_onnx writes it as an ONNX file"

require("mlprun.base.public").methods(methods)

return writers
