-- What stands in ONNX files, read with the format's own rules: fields of messages, no package of ONNX.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local nn = ml.nn

-- A message as a table: field number -> a list of what stands there (whole numbers, texts, inner messages as texts).
local function message(text)
  local fields, at = {}, 1
  local function varint()
    local value, shift = 0, 0
    repeat
      local byte = text:byte(at)
      value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
    until byte < 128
    return value
  end
  while at <= #text do
    local key = varint()
    local number, kind, value = key >> 3, key & 7, nil
    if kind == 0 then value = varint()
    elseif kind == 2 then
      local length = varint()
      value, at = text:sub(at, at + length - 1), at + length
    elseif kind == 5 then value, at = string.unpack("<f", text, at)
    else error("wire type " .. kind) end
    fields[number] = fields[number] or {}
    table.insert(fields[number], value)
  end
  return fields
end

local function exported(model, example, o)
  local path = os.tmpname()
  ml.export_onnx(model, example, path, o)
  local file = io.open(path, "rb")
  local text = file:read "a"
  file:close()
  os.remove(path)
  return message(text)
end

-- "batch", or the number
local function sizes_of(info)
  local list = {}
  for i, each in ipairs(message(message(message(message(info)[2][1])[1][1])[2][1])[1]) do
    local dimension = message(each)
    list[i] = (dimension[2] or dimension[1])[1]
  end
  return table.concat(list, "x")
end

local function operators_of(graph)
  local list = {}
  for i, node in ipairs(graph[1]) do list[i] = message(node)[4][1] end
  return table.concat(list, " ")
end

local function net()
  return nn.Sequential { nn.Conv2d(3, 4, 3, { padding = 1 }), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.5), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(4 * 4 * 4, 5) }
end

t.test("a model states its opset, its operators in order, and a batch of any size", function()
  local model = exported(net(), ml.zeros { 1, 3, 8, 8 })
  t.equal(model[1][1], 8)
  t.equal(message(model[8][1])[2][1], 18)
  t.equal(model[2][1], "mlprun")
  local graph = message(model[7][1])
  t.equal(operators_of(graph), "Conv BatchNormalization Relu MaxPool Reshape Gemm Identity")
  t.equal(sizes_of(graph[11][1]), "batchx3x8x8")
  t.equal(sizes_of(graph[12][1]), "batchx5")
end)

t.test("weights have the names and the bytes of state_dict", function()
  local model = net()
  local state, found = model:state_dict(), {}
  for _, each in ipairs(message(exported(model, ml.zeros { 2, 3, 8, 8 })[7][1])[5]) do
    local tensor = message(each)
    found[tensor[8][1]] = tensor
  end
  for name, value in pairs(state) do
    if value.dtype == "f32" then
      local tensor = found[name]
      t.equal(table.concat(tensor[1], "x"), table.concat(value.shape, "x"))
      t.equal(tensor[2][1], 1)
      t.equal(string.unpack("<f", tensor[9][1]), value:flatten(1)[1]:item())
      t.equal(#tensor[9][1], 4 * value:numel())
    end
  end
end)

t.test("metadata says how pictures are prepared, and what the caller says", function()
  local augment, about = ml.augment, {}
  local transform = augment.Compose { augment.Resize(8, 8), augment.Normalize { mean = { 0.5, 0.4, 0.3 } }, augment.ToTensorV2() }
  for _, each in ipairs(exported(net(), ml.zeros { 1, 3, 8, 8 }, { transform = transform, metadata = { made = "here" } })[14]) do
    local property = message(each)
    about[property[1][1]] = property[2][1]
  end
  t.equal(about.resize, "8x8")
  t.equal(about.mean, "[0.5,0.4,0.3]")
  t.equal(about.std, "[0.229,0.224,0.225]")
  t.equal(about.made, "here")
  t.equal(about.transform, tostring(transform))
end)

t.test("in the graph, pictures go in as they are", function()
  local augment = ml.augment
  local transform = augment.Compose { augment.Resize(8, 8), augment.Normalize(), augment.ToTensorV2() }
  local graph = message(exported(net(), ml.zeros { 1, 3, 8, 8 }, { transform = transform, preprocess = true })[7][1])
  t.equal(operators_of(graph):match "^(.*) Conv", "Cast Transpose Resize Clip Round Sub Div")
  t.equal(sizes_of(graph[11][1]), "batchxheightxwidthx3")
  t.raises("averages areas", function()
    ml.export_onnx(net(), ml.zeros { 1, 3, 8, 8 }, os.tmpname(), { preprocess = true, transform = augment.Compose {
      augment.Resize(8, 8, { interpolation = "area" }), augment.ToTensorV2() } })
  end)
end)

t.test("what has no form in ONNX is one sentence that names the layer", function()
  local function export(model, example)
    return function() ml.export_onnx(model, example or ml.zeros { 1, 4 }, os.tmpname()) end
  end
  t.raises("layer '1' (BatchNorm1d): without running statistics", export(nn.Sequential { nn.Linear(4, 4),
    nn.BatchNorm1d(4, { track_running_stats = false }) }))
  local Own = nn.Module:subclass("Own")
  function Own:forward(x) return x:sort() end -- luacheck: no self
  t.raises("'sort' of a tensor cannot be followed into an ONNX graph", export(Own()))
  t.raises("expected f32: model:float", export(nn.Linear(4, 2, { dtype = "f64" })))
  t.raises("got a table, expected a model", export({}))
end)

t.test("a model is left as it was", function()
  local model = net()
  local before = tostring(model(ml.ones { 2, 3, 8, 8 }):detach().shape)
  exported(model, ml.zeros { 1, 3, 8, 8 })
  t.equal(model.training, true)
  t.equal(model[3].training, true)
  t.equal(tostring(model(ml.ones { 2, 3, 8, 8 }):detach().shape), before)
end)

t.done()
