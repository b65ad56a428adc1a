--- mlprun.report.compare - two runs side by side: in what their manifests differ, their curves, their best weights.
local core = require "mlprun.core"
local io_ = core.io
local course = require "mlprun.experiment.course"
local layout = require "mlprun.base.layout"
local names = require "mlprun.base.names"
local options = require "mlprun.options"
local passing = require "mlprun.base.passing"
local tabular = require "mlprun.base.tabular"
local words = require "mlprun.base.words"

local compare = {}

local FINGERPRINT = 19 -- letters: "sha256:" and twelve digits

local function of(manifest, part, field)
  local value = type(manifest[part]) == "table" and manifest[part][field]
  return value or nil
end

-- The number of the first line in which two texts differ.
local function first_other_line(a, b)
  local lines = b:gmatch("([^\n]*)\n?")
  local number = 0
  for line in a:gmatch("([^\n]*)\n?") do
    number = number + 1
    if line ~= lines() then return number end
  end
  return number
end

local function shown(value)
  if value == nil then return "-" end
  return options.shown(value)
end

-- Of a fingerprint as much as tells two apart.
local function beginning(text) return text and tostring(text):sub(1, FINGERPRINT) end

--- The rows of a table: what is different in two manifests, here and there.
---@param a table
---@param b table
---@param heads? string[]   of the columns
function compare.differences(a, b, heads)
  heads = heads or { "first", "second" }
  local cells = { { "", heads[1], heads[2] } }
  local function put(head, x, y)
    if shown(x) ~= shown(y) then cells[#cells + 1] = { head, shown(x), shown(y) } end
  end
  for _, field in ipairs { "experiment", "trial", "seed", "status" } do put(field, a[field], b[field]) end
  put("version", of(a, "versions", "mlprun"), of(b, "versions", "mlprun"))
  for _, field in ipairs { "path", "fingerprint", "train", "val", "test" } do
    local x, y = of(a, "data", field), of(b, "data", field)
    if field == "fingerprint" and x ~= y then x, y = beginning(x), beginning(y) end
    put("pictures: " .. field, x, y)
  end
  local all = {}
  for _, manifest in ipairs { a, b } do
    for name in pairs(manifest.options or {}) do all[name] = true end
  end
  for _, name in ipairs(names.of(all)) do put("--" .. name, (a.options or {})[name], (b.options or {})[name]) end
  for _, field in ipairs { "val_accuracy", "test_accuracy", "train_accuracy", "val_loss", "best_epoch", "epochs" } do
    put(field, of(a, "result", field), of(b, "result", field))
  end
  local x, y = of(a, "script", "text"), of(b, "script", "text")
  if x and y and x ~= y then
    cells[#cells + 1] = { "script", "another text", ("from line %d on"):format(first_other_line(x, y)) }
  end
  return cells
end

--- The differences as text: a table, or where that is wider than the terminal, a few lines for each.
---@param cells string[][]   compare.differences'
---@param columns? integer   of the terminal; any number of them unless given
function compare.text(cells, columns)
  local text = tabular.aligned(cells)
  if not columns or layout.width(text:match("^[^\n]*\n([^\n]*)")) <= columns then return text end
  local lines, heads, margin = {}, cells[1], 0
  for c = 2, 3 do margin = math.max(margin, layout.width(heads[c])) end
  for i = 2, #cells do
    lines[#lines + 1] = cells[i][1]
    for c = 2, 3 do
      local rest = layout.wrap(cells[i][c], math.max(8, columns - margin - 4), "") -- long words have lines of their own
      lines[#lines + 1] = "  " .. layout.left(heads[c], margin) .. "  " .. rest:gsub("\n", "\n" .. (" "):rep(margin + 4))
    end
  end
  return table.concat(lines, "\n")
end

--- The width of the terminal that standard output is; nil where it is none.
function compare.columns() return core.sys.is_terminal("stdout") and core.sys.columns("stdout") or nil end

-- The best weights of a run; nil and why there are none.
local function weights_of(run)
  local file = run.path .. "/best.safetensors"
  local ok, weights = passing.pcall(io_.safetensors_load, file)
  if ok then return weights end
  return nil, core.sys.exists(file) and ("weights cannot be compared: %s"):format(weights)
    or "one of them has no best.safetensors (--keep=all keeps all)"
end

--- Whether the best weights have the same values: name by name, as what is said beside them may differ.
---@return string text, boolean? same   nil when there are none to compare
function compare.weights(a, b)
  local x, no_x = weights_of(a)
  local y, no_y = weights_of(b)
  if not x or not y then return no_x or no_y, nil end
  for _, pair in ipairs { { x, y }, { y, x } } do
    for name, tensor in pairs(pair[1]) do
      local other = pair[2][name]
      local same = other and table.concat(other.shape, "x") == table.concat(tensor.shape, "x") and tensor:eq(other):all():item()
      if not same then return ("their best weights differ, such as in %s"):format(name), false end
    end
  end
  return "their best weights are the same", true
end

local FREE = { seconds = true } -- of a row of a curve

local function rows_of(path)
  local ok, text = passing.pcall(core.sys.read_file, path .. "/metrics.jsonl")
  return course.rows(ok and text or nil)
end

--- Where the curves of two runs part: the first epoch, and in what.
---@return string? text   nil when they are the same
function compare.curves(a, b)
  local x, y = rows_of(a.path), rows_of(b.path)
  for epoch = 1, math.max(#x, #y) do
    if not x[epoch] or not y[epoch] then return ("one has %s, the other %d"):format(words.count(#x, "epoch"), #y) end
    for _, name in ipairs(names.sorted(x[epoch])) do
      local p, q = x[epoch][name], y[epoch][name]
      if not FREE[name] and p ~= q and (p == p or q == q) then
        return ("their curves part in epoch %d: %s is %s and %s"):format(epoch, name, tostring(p), tostring(q))
      end
    end
  end
end

return compare
