--- mlprun.onnx.preparing - what is done with pictures before a net sees them, from a transform's text: for an ONNX file's
--- metadata, and as a part of its graph.
local core = require "mlprun.core"
local sys = core.sys
local json = core.json
local written = require "mlprun.base.written"

local preparing = {}

-- A call of the text as a table: name, its places, its options.
local function recorded(name)
  return function(...)
    local call = { name = name }
    for _, argument in ipairs { ... } do
      if type(argument) == "table" then
        for key, value in pairs(argument) do call[key] = value end
      else
        call[#call + 1] = argument
      end
    end
    return call
  end
end

--- The steps of a transform, in their order: tables with name and what each was made with.
---@param transform Transform
---@return table[]
function preparing.steps(transform)
  local calls = {}
  for name, fn in pairs(core.augment) do
    if type(fn) == "function" then calls["augment." .. name] = recorded(name) end
  end
  local all = written.read(tostring(transform), calls)
  if all.name ~= "Compose" then return { all } end
  return all
end

local MEAN, STD = { 0.485, 0.456, 0.406 }, { 0.229, 0.224, 0.225 }

local function list_of(value, fallback)
  if value == nil then return fallback end
  return type(value) == "table" and value or { value }
end

-- mean, std and max_pixel_value of a Normalize; nil where it goes by each picture's own statistics.
local function normalisation(step)
  if step.normalization ~= nil and step.normalization ~= "standard" then return nil end
  return { mean = list_of(step.mean, MEAN), std = list_of(step.std, STD), max_pixel_value = step.max_pixel_value or 255 }
end

--- What metadata says: resize, mean, std and max_pixel_value where the transform has them, and all of it as a text.
---@return table<string, string>
function preparing.metadata(transform)
  local about = { transform = tostring(transform) }
  for _, step in ipairs(preparing.steps(transform)) do
    if step.name == "Resize" then
      about.resize = ("%dx%d"):format(step[1] or step.height, step[2] or step.width)
      about.interpolation = step.interpolation or "linear"
    elseif step.name == "Normalize" then
      local values = normalisation(step)
      if values then
        about.mean, about.std = json.encode(json.array(values.mean)), json.encode(json.array(values.std))
        about.max_pixel_value = ("%.17g"):format(values.max_pixel_value)
      end
    end
  end
  return about
end

-- ---- in the graph: x is n x 3 x height x width, f32, in levels ----

local MODES = { linear = "linear", nearest = "nearest", cubic = "cubic" }

local adding = {}

function adding.Resize(g, x, step)
  local mode = MODES[step.interpolation or "linear"]
  if not mode or step.area_for_downscale then
    sys.fail("a Resize that averages areas has no operator in ONNX: use interpolation = \"linear\"")
  end
  local sizes = g:numbers("size", { step[1] or step.height, step[2] or step.width }, "i64")
  local attributes = { mode = mode, axes = { 2, 3 }, coordinate_transformation_mode = "half_pixel" }
  if mode == "nearest" then attributes.coordinate_transformation_mode, attributes.nearest_mode = "asymmetric", "floor" end
  if mode == "cubic" then attributes.cubic_coeff_a = -0.75 end
  x = g:node("Resize", { x, "", "", sizes }, attributes)
  return g:node("Round", { g:node("Clip", { x, g:numbers("low", 0), g:numbers("high", 255) }) })
end

local function column(g, name, numbers, scale)
  local t = core.tensor.tensor(numbers, { dtype = "f64" }) * scale
  return g:constant(name, t:float():reshape(#numbers, 1, 1))
end

function adding.Normalize(g, x, step)
  local values = normalisation(step)
  if not values then
    sys.fail(("a Normalize with normalization = \"%s\" cannot be a part of the graph"):format(step.normalization))
  end
  local most = values.max_pixel_value
  return g:node("Div", { g:node("Sub", { x, column(g, "mean", values.mean, most) }), column(g, "std", values.std, most) })
end

function adding.ToTensorV2(_, x) return x end

--- Adds it to a graph, between its input (u8 pictures, n x height x width x channels) and what the net takes.
---@return string   the name of what the net takes
function preparing.add(g, input, transform)
  local x = g:node("Transpose", { g:node("Cast", { input }, { to = 1 }) }, { perm = { 0, 3, 1, 2 } }) -- 1: f32
  for _, step in ipairs(preparing.steps(transform)) do
    if not adding[step.name] then
      sys.fail(("%s cannot be a part of the graph: only Resize, Normalize and ToTensorV2 are"):format(step.name))
    end
    x = adding[step.name](g, x, step)
  end
  return x
end

return preparing
