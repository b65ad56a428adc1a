-- How modules print: PyTorch's nested lines, and beside each layer the shape of its output and its number of parameters.
--
-- Shapes are those of the first input that went through. Before any did, a model made only of built-in layers whose first
-- Linear or BatchNorm says how many features come in is tried once on zeros; otherwise the column stays empty.
local core = require "mlprun.core"
local layout = require "mlprun.base.layout"
local mode = require "mlprun.autograd"
local modes = require "mlprun.nn.modes"
local words = require "mlprun.base.words"

local repr = {}
local module -- what module.lua knows about objects; set by connect

function repr.connect(access)
  module = access
end

--- "32x3x64x64", or "scalar".
function repr.shape_of(t)
  return #t.shape == 0 and "scalar" or table.concat(t.shape, "x")
end

--- A size or a pair of them: "3" for equal numbers, "{3, 5}" for others; words are quoted.
function repr.sizes(pair)
  if type(pair) ~= "table" then return "'" .. tostring(pair) .. "'" end
  return pair[1] == pair[2] and tostring(pair[1]) or ("{%s, %s}"):format(pair[1], pair[2])
end

local function batch_free(shape)
  return shape and (shape:gsub("^%d+x", "Nx"))
end

local function own_count(object)
  local count = 0
  for _, p in module.own_parameters(object) do count = count + p:numel() end
  return count
end

local DEEPEST = 40 -- levels that are printed

local function rows_of(object, label, indent, rows)
  local head = indent .. label .. module.class_name(object) .. "("
  local row = { text = head, shape = batch_free(module.output(object)), count = own_count(object) }
  rows[#rows + 1] = row
  local extra, has_children = object:extra_repr(), false
  for name, child in module.children(object) do
    if #indent >= 2 * DEEPEST then
      extra = "..."
      break
    end
    if not has_children and extra ~= "" then rows[#rows + 1] = { text = indent .. "  " .. extra } end
    has_children = true
    rows_of(child, "(" .. name .. "): ", indent .. "  ", rows)
  end
  if has_children then
    row.shape = nil
    rows[#rows + 1] = { text = indent .. ")" }
  else
    row.text = head .. extra .. ")"
  end
  return rows
end

-- ---- trying a model on zeros ----

local function try(object, size)
  local first = object:parameters()[1]
  local dtype = first and first.dtype or "f32"
  local put_back = modes.kept(object)
  for m in object:modules() do module.forget_output(m) end
  object:eval()
  local ok, message = pcall(mode.no_grad, function() object(core.tensor.zeros(size, { dtype = dtype })) end)
  put_back()
  return ok, message
end

--- How many features come in, when only built-in layers are in the way of knowing.
local function features_of(object)
  local features
  for m in object:modules() do
    if not m.built_in then return nil end
    features = features or m.input_features and m:input_features()
  end
  return features
end

local function total_line(object)
  local all, trainable = object:num_parameters(), object:num_parameters { trainable = true }
  local bytes = 0
  for _, p in object:named_parameters() do bytes = bytes + p:numel() * p:element_size() end
  return ("%s parameters%s, %s"):format(words.grouped(all),
    trainable == all and "" or " (" .. words.grouped(trainable) .. " trainable)",
    bytes < 1e5 and words.grouped(bytes) .. " bytes" or ("%.1f MB"):format(bytes / 1e6))
end

-- A net of pictures does not say how large they are.
local function shapes_hint(object)
  for m in object:modules() do
    local channels = m:input_channels()
    if channels then return ("shapes are shown by :summary { %d, height, width }"):format(channels) end
  end
end

local LEAST_TEXT = 30 -- columns of a layer's own text, however narrow the terminal is

-- How wide a line may be: as the terminal is, 100 elsewhere.
local function line_width() return core.sys.is_terminal("stdout") and core.sys.columns("stdout") or 100 end

local function has_numbers(row) return row.shape or row.count and row.count > 0 end

-- A row's lines: its text, in several where it is longer than `width`, and beside the first one shape and count.
local function add_row(lines, row, width, shape_width, count_width)
  local parts = { row.text }
  if layout.width(row.text) > width then
    local indent = row.text:match("^ *")
    parts = layout.lines(row.text, width, indent .. "    ", indent)
  end
  if has_numbers(row) then
    local count = row.count > 0 and words.grouped(row.count) or ""
    parts[1] = layout.left(parts[1], width) .. "  " .. layout.left(row.shape or "", shape_width) .. "  "
      .. layout.right(count, count_width)
  end
  for _, line in ipairs(parts) do lines[#lines + 1] = (line:gsub("%s+$", "")) end
end

local function table_text(object, hint)
  local rows = rows_of(object, "", "", {})
  local text_width, shape_width, count_width = 0, 0, 0
  for _, row in ipairs(rows) do
    if has_numbers(row) then text_width = math.max(text_width, layout.width(row.text)) end
    shape_width = math.max(shape_width, row.shape and #row.shape or 0)
    count_width = math.max(count_width, row.count and #words.grouped(row.count) or 0)
  end
  if text_width + shape_width + count_width + 5 <= line_width() then shape_width = shape_width + 1 end
  local room = math.max(LEAST_TEXT, line_width() - shape_width - count_width - 4)
  local lines = {}
  for _, row in ipairs(rows) do
    add_row(lines, row, has_numbers(row) and math.min(text_width, room) or line_width(), shape_width, count_width)
  end
  local total = total_line(object) .. (hint and "; " .. hint or "")
  lines[#lines + 1] = layout.wrap(total, line_width())
  return table.concat(lines, "\n")
end

function repr.text(object)
  local leaf = module.children(object)() == nil
  if leaf then return module.class_name(object) .. "(" .. object:extra_repr() .. ")" end
  if module.output(object) then return table_text(object) end
  local hint, features = shapes_hint(object), features_of(object)
  if features and not hint then try(object, { 1, features }) end
  return table_text(object, hint)
end

function repr.summary(object, size)
  local with_batch = { 1 }
  if type(size) ~= "table" then
    core.sys.fail("summary: got " .. type(size) .. ", expected the size of one input, such as { 3, 64, 64 }")
  end
  for i, n in ipairs(size) do with_batch[i + 1] = n end
  local ok, message = try(object, with_batch)
  if not ok then error(message, 0) end
  return table_text(object)
end

return repr
