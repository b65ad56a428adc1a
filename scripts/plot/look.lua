--- mlprun.plot.look - what each layer of a model makes of an input: a table of numbers about the activations, or the
--- activations of one layer as pictures. The model is left as it was: buffers, gradients and random numbers too.
local core = require "mlprun.core"
local class = require "mlprun.base.class"
local defer = require "mlprun.base.defer"
local layout = require "mlprun.base.layout"
local autograd = require "mlprun.autograd"
local base = require "mlprun.nn.module"
local words = require "mlprun.base.words"
local terminal = require "mlprun.plot.terminal"
local sys, tensor = core.sys, core.tensor

local BARS = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" }
local BINS = 8

-- ---- numbers about a tensor ----

-- How many values lie in each of some equal parts between the least and the greatest; one part where these are the same.
local function counted(values, low, high)
  if low == high then return { values:numel() } end
  local counts, before = {}, 0
  for i = 1, BINS do
    local below = i == BINS and values:numel() or values:lt(low + (high - low) * i / BINS):sum():item()
    counts[i], before = below - before, below
  end
  return counts
end

-- Of the finite values; `nonfinite` counts the others.
local function described(t)
  local values = t:detach():reshape(-1):double()
  local row, count = { shape = t.shape }, values:numel()
  local finite = values:isfinite()
  row.nonfinite = count - math.tointeger(finite:long():sum():item())
  if row.nonfinite > 0 then values = values[finite] end
  if values:numel() == 0 then return row end
  row.mean, row.zeros = values:mean():item(), values:eq(0):sum():item() / values:numel()
  row.std = values:numel() > 1 and values:std():item() or 0
  row.histogram = counted(values, values:min():item(), values:max():item())
  return row
end

-- ---- going through the model ----

local function is_leaf(module) return module:children()() == nil end

-- Calls seen(name, layer, output, seconds) for each layer without layers below it that runs, until the result is closed.
local function watched(model, seen)
  local handles = {}
  for name, layer in model:named_modules() do
    if is_leaf(layer) then
      local began
      handles[#handles + 1] = layer:register_forward_pre_hook(function() began = sys.clock() end)
      handles[#handles + 1] = layer:register_forward_hook(function(_, _, output)
        seen(name, layer, output, sys.clock() - began)
      end, { prepend = true })
    end
  end
  return defer(function()
    for _, handle in ipairs(handles) do handle:remove() end
  end)
end

-- What a pass changes, put back at the end.
local function unchanged(model)
  local random, buffers, gradients = tensor.get_rng_state(), {}, {}
  for _, b in model:named_buffers() do buffers[b] = b:clone() end
  for _, p in model:named_parameters() do
    if core.autograd.has_grad(p) then gradients[p] = p.grad end
  end
  return defer(function()
    tensor.set_rng_state(random)
    autograd.no_grad(function()
      for b, before in pairs(buffers) do b:copy_(before) end
    end)
    for _, p in model:named_parameters() do p.grad = gradients[p] end
  end)
end

local function own_norm(layer)
  local sum, some = 0, false
  for _, p in ipairs(layer:parameters()) do
    if core.autograd.has_grad(p) then some, sum = true, sum + p.grad:double():pow(2):sum():item() end
  end
  return some and math.sqrt(sum) or nil
end

local function loss_of(output, o)
  if o.loss then
    local loss = o.loss(output)
    if not tensor.is_tensor(loss) then
      sys.fail(("look: loss returned %s, expected a tensor of one element"):format(words.value(loss)))
    end
    return loss
  end
  return require("mlprun.nn").functional.cross_entropy(output, o.labels)
end

-- ---- the table ----

local Look = class.new("Look")

local function short(value)
  if not value then return "-" end
  if value ~= value then return "NaN" end
  if value == 0 then return "0" end
  local size = math.abs(value)
  if size >= 1e-3 and size < 1e4 then return ("%.3g"):format(value) end
  return (("%.1e"):format(value):gsub("e([+-])0*", "e%1"):gsub("e%+", "e"))
end

local function time_text(seconds)
  if seconds < 1e-3 then return ("%.0f us"):format(seconds * 1e6) end
  return seconds < 1 and ("%.1f ms"):format(seconds * 1e3) or ("%.1f s"):format(seconds)
end

local function bars(counts)
  if not counts then return "" end
  local most, parts = math.max(table.unpack(counts)), {}
  for i, count in ipairs(counts) do parts[i] = count == 0 and " " or BARS[math.ceil(count / most * #BARS)] end
  return table.concat(parts)
end

local function shape_text(shape)
  local own = table.concat(shape, "x", 2)
  return own == "" and "each" or own
end

-- head, text of a row, whether it is on the left
local COLUMNS = {
  { "shape", function(row) return shape_text(row.shape) end, true },
  { "mean", function(row) return short(row.mean) end },
  { "std", function(row) return short(row.std) end },
  { "zeros", function(row) return row.zeros and ("%.0f %%"):format(100 * row.zeros) or "-" end },
  { "NaN", function(row) return ("%d"):format(row.nonfinite) end, needed = "some_nonfinite" },
  { "gradient", function(row) return row.learns and short(row.gradient) or "" end },
  { "time", function(row) return time_text(row.seconds) end },
  { "from least to most", function(row) return bars(row.histogram) end, true, "values" },
}

local function aligned(cells, column, widest)
  local width = 0
  for _, cell in ipairs(cells) do width = math.max(width, layout.width(cell)) end
  width = math.min(width, widest or width)
  for i, cell in ipairs(cells) do
    if layout.width(cell) > width then cell = cell:sub(1, (utf8.offset(cell, width - 1) or width) - 1) .. ".." end
    cells[i] = (column[3] and layout.left or layout.right)(cell, width)
  end
  return width
end

--- The table as text, in lines of at most so many columns; the names of layers are cut where it would be wider.
function Look:text(columns)
  local parts, taken = {}, 0
  for _, column in ipairs(COLUMNS) do
    if not column.needed or self[column.needed] then
      local cells = { column[4] or column[1] }
      for i, row in ipairs(self) do cells[i + 1] = column[2](row) end
      taken = taken + 1 + aligned(cells, column)
      parts[#parts + 1] = cells
    end
  end
  local names = { "layer" }
  for i, row in ipairs(self) do names[i + 1] = row.name == "" and row.class or row.name .. " " .. row.class end
  aligned(names, { nil, nil, true }, math.max(8, columns - taken))
  local lines = {}
  for i, name in ipairs(names) do
    local line = name
    for _, cells in ipairs(parts) do line = line .. " " .. cells[i] end
    lines[i] = line:gsub("%s+$", "")
  end
  lines[#lines + 1] = layout.wrap(self.about, columns)
  return table.concat(lines, "\n")
end

function Look.__meta.__tostring(self) return self:text(math.max(40, terminal.columns())) end

local function about(model, look, x, o)
  local parts = {
    ("%s of input, %s"):format(words.count(x.shape[1] or 1, "row"), look.some_nonfinite and "mean and std of the finite values"
      or "no NaN and no infinity"),
    model.training and "in training mode" or "in evaluation mode",
    (o.loss or o.labels) and ("gradients of %s"):format(o.loss and "the loss" or "cross_entropy with these labels")
      or look.some_gradient and "gradients as the parameters hold them" or "no gradients: labels or a loss make them",
    "forward " .. time_text(look.seconds),
  }
  return table.concat(parts, "; ")
end

local function check(model, x, o)
  if not base.is_module(model) then sys.fail(("look: got a %s, expected a model"):format(type(model))) end
  if not tensor.is_tensor(x) then sys.fail(("look: the input is a %s, expected a tensor"):format(type(x))) end
  if o.labels ~= nil and not tensor.is_tensor(o.labels) then
    sys.fail(("look: labels is a %s, expected a tensor of class numbers"):format(type(o.labels)))
  elseif o.loss ~= nil and type(o.loss) ~= "function" then
    sys.fail(("look: loss is a %s, expected a function of the output that returns a loss"):format(type(o.loss)))
  elseif o.labels and o.loss then
    sys.fail("look: labels and loss were given, expected one of them")
  end
end

local look = {}

--- One row for each layer, in the order in which they ran.
function look.table(model, x, o)
  check(model, x, o)
  local found, layers = Look(), {}
  local _ <close> = unchanged(model)
  local function pass()
    local watching <close> = watched(model, function(name, layer, output, seconds) -- luacheck: no unused
      if not tensor.is_tensor(output) then return end
      local row = described(output)
      row.name, row.class, row.seconds, row.learns = name, layer:class_name(), seconds, #layer:parameters() > 0
      found[#found + 1], layers[#layers + 1] = row, layer
      found.some_nonfinite = found.some_nonfinite or row.nonfinite > 0
    end)
    local output = model(x)
    if #found == 0 then sys.fail("look: no layer ran: the model calls none of those that it has") end
    return output
  end
  if o.labels or o.loss then
    model:zero_grad()
    autograd.enable_grad(function() loss_of(pass(), o):backward() end)
  else
    autograd.no_grad(pass)
  end
  found.seconds = 0
  for i, row in ipairs(found) do
    row.gradient = own_norm(layers[i])
    found.some_gradient, found.seconds = found.some_gradient or row.gradient ~= nil, found.seconds + row.seconds
  end
  found.about = about(model, found, x, o)
  return found
end

--- What one layer makes of the first row of the input, when it runs last: a tensor of channels x height x width pictures, or
--- of all rows x features; and their names.
function look.activations(model, x, layer)
  check(model, x, {})
  local output
  local _ <close> = unchanged(model)
  autograd.no_grad(function()
    if is_leaf(layer) then
      local watching <close> = watched(model, function(_, at, found) -- luacheck: no unused
        if rawequal(at, layer) then output = found end
      end)
      model(x)
    else
      local handle = layer:register_forward_hook(function(_, _, found) output = found end)
      local removing <close> = defer(function() handle:remove() end) -- luacheck: no unused
      model(x)
    end
  end)
  if not tensor.is_tensor(output) then
    sys.fail(output == nil and "look: this layer did not run: the model does not call it" or "look: this layer gives no tensor")
  end
  return output:detach()
end

return look
