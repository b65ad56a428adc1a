--- mlprun.report.export - `mlprun export RUN FILE`: a run's best net as an ONNX file.
local core = require "mlprun.core"
local json = core.json
local model = require "mlprun.report.model"
local names = require "mlprun.base.names"
local onnx = require "mlprun.onnx"

local function read_arguments(given)
  local asked, places = {}, {}
  for _, word in ipairs(given) do
    if word == "--preprocess" then asked.preprocess = true
    elseif word:sub(1, 1) == "-" then
      local hint = names.hint(word:gsub("^%-+", ""), { "preprocess", "help" }, { mark = "--" })
      return nil, ("unknown option '%s'%s"):format(word, hint)
    else places[#places + 1] = word end
  end
  if #places ~= 2 then return nil, "expected a run and a file, such as 'mlprun export runs/dropout model.onnx'" end
  asked.run, asked.path = places[1], places[2]
  return asked
end

-- What a program that runs the file has to know.
local function metadata_of(about)
  return {
    classes = json.encode(json.array(about.classes)), image_size = ("%d"):format(about.image_size),
    channels = ("%d"):format(about.channels), experiment = about.experiment, trial = about.trial,
    seed = about.seed and ("%d"):format(about.seed), made_by = "mlprun " .. core.sys.version,
  }
end

--- mlprun export RUN FILE [--preprocess]
return function(wrong, ...)
  local asked, problem = read_arguments { ... }
  if not asked then return wrong("export", problem) end
  local net, about = model.load(asked.run)
  local size = about.image_size
  onnx.export(net, core.tensor.zeros { 1, about.channels, size, size }, asked.path,
    { metadata = metadata_of(about), transform = about.transform, preprocess = asked.preprocess })
  local what = asked.preprocess and ("pictures as they are (u8, batch x height x width x %d)"):format(about.channels)
    or ("pictures that are prepared (f32, batch x %d x %d x %d)"):format(about.channels, size, size)
  print(("%s: %s, trial %s, seed %d; opset %d"):format(asked.path, about.experiment, about.trial, about.seed, onnx.OPSET))
  print(("input   %s"):format(what))
  print(("output  batch x %d scores: softmax makes probabilities of them"):format(#about.classes))
  print("its metadata has the classes, and how pictures are resized and normalised")
  return 0
end
