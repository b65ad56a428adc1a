-- What calls of documented functions are made with: objects of every class, values of every type, each as Lua text.
--
--   local calls = dofile("tests/lua/help/calls.lua")(folder)   files that calls read and write lie in the folder
local ml = require "mlprun"
local core = require "mlprun.core"

---@param root? string   the checkout, where it is not the present folder
return function(FOLDER, root)
  -- ---- objects and values ----

  local function pictures()
    local path = FOLDER .. "/pictures"
    for class = 1, 2 do
      core.sys.make_folder(("%s/class%d"):format(path, class))
      for i = 1, 6 do
        local levels = ml.randint(0, 256, { 8, 8, 3 }, { dtype = "u8" })
        core.image.from_tensor(levels):save(("%s/class%d/%d.png"):format(path, class, i))
      end
    end
    return path
  end

  local PATH = pictures()
  local ONE = ml.optim.SGD(ml.nn.Linear(2, 1):parameters(), { lr = 0.1 })
  local LEAF = ml.ones({ 2 }, { requires_grad = true })
  local count = 0

  -- Objects and values that the calls below name; a new one each time it is named.
  local MAKE = {
    path = function()
      count = count + 1
      return ("%s/file-%d"):format(FOLDER, count)
    end,
    x = function() return ml.tensor({ { 0.5, 0.25 }, { 0.125, 0.75 } }) end,
    x4 = function() return ml.rand { 2, 3, 8, 8 } end,
    places = function() return ml.tensor { { 1, 2 }, { 2, 1 } } end,
    scores = function() return ml.tensor { { 0.9, 0.1 }, { 0.2, 0.8 }, { 0.6, 0.4 }, { 0.3, 0.7 } } end,
    truth = function() return { 1, 2, 2, 1 } end,
    seer = function() return ml.nn.Sequential { ml.nn.Conv2d(3, 4, 3), ml.nn.Flatten(), ml.nn.Linear(144, 2) } end,
    model = function() return ml.nn.Sequential { ml.nn.Linear(2, 2), ml.nn.BatchNorm1d(2) } end,
    sgd = function() return ml.optim.SGD(ml.nn.Linear(2, 1):parameters(), { lr = 0.1 }) end,
    set = function() return ml.data.TensorDataset(ml.randint(0, 256, { 4, 3, 8, 8 }):byte(), { 1, 2, 1, 2 }) end,
    folder = function() return ml.data.open(PATH) end,
    image = function() return ml.data.open(PATH):image(1) end,
    confusion = function()
      local c = ml.metrics.ConfusionMatrix { "cat", "dog" }
      c:add(ml.tensor { 1, 2, 2 }, ml.tensor { 1, 2, 1 })
      return c
    end,
    study = function() return ml.search.study { space = { x = ml.search.uniform(0, 1) }, trials = 2 } end,
    batches = function() return { { ml.rand { 4, 2 }, ml.tensor { 1, 2, 1, 2 } } } end,
    photos = function() return PATH end,
    list = function()
      local lines = ("path,label,part\n%s/class1/1.png,a,train\n%s/class2/1.png,b,val\n"):format(PATH, PATH)
      core.sys.write_file(FOLDER .. "/list.csv", lines)
      return FOLDER .. "/list.csv"
    end,
    saved = function()
      ml.save({ 1 }, FOLDER .. "/saved")
      return FOLDER .. "/saved"
    end,
    saved_npz = function()
      ml.save_npz(FOLDER .. "/saved.npz", { a = ml.ones { 2 } })
      return FOLDER .. "/saved.npz"
    end,
    saved_npy = function()
      ml.save_npy(FOLDER .. "/saved.npy", ml.ones { 2 })
      return FOLDER .. "/saved.npy"
    end,
    trained = function()
      local net = ml.nn.Linear(4, 2)
      local fields = { model = net, classes = { "cat", "dog" }, image_size = 2, channels = 1,
                       val_transform = ml.augment.ToTensorV2() }
      ml.save_safetensors(FOLDER .. "/net.safetensors", net:state_dict(),
        { metadata = require("mlprun.experiment.card").of(fields, {}) })
      return FOLDER .. "/net.safetensors"
    end,
    answers = function() return ml.tensor { { 1, 0, 1 }, { 1, 1, 0 } } end,
    one_sgd = function() return ONE end,
    leaf = function() return LEAF end,
    schedules = function() return { ml.optim.lr_scheduler.StepLR(ONE, 1), ml.optim.lr_scheduler.StepLR(ONE, 2) } end,
  }
  local ENVIRONMENT = setmetatable({}, { __index = function(_, name)
    if MAKE[name] then return MAKE[name]() end
    return name == "ml" and ml or name == "math" and math or ml[name]
  end })

  local function values(code) return table.pack(assert(load("return " .. code, "=" .. code, "t", ENVIRONMENT))()) end

  -- The object of a class.
  local OBJECTS = {
    Tensor = "x", Hook = "ml.ones({ 2 }, { requires_grad = true }):register_hook(function() end)", Module = "model",
    ModuleList = "nn.ModuleList { nn.ReLU() }", ModuleDict = "nn.ModuleDict { a = nn.ReLU() }", Linear = "nn.Linear(2, 2)",
    Conv2d = "nn.Conv2d(1, 1, 3)", LayerNorm = "nn.LayerNorm(2)", PReLU = "nn.PReLU()", Embedding = "nn.Embedding(2, 2)",
    BatchNorm1d = "nn.BatchNorm1d(2)", GroupNorm = "nn.GroupNorm(1, 2)", ConvTranspose2d = "nn.ConvTranspose2d(1, 1, 3)",
    Optimizer = "sgd", LBFGS = "optim.LBFGS(nn.Linear(2, 1):parameters())",
    LRScheduler = "optim.lr_scheduler.StepLR(sgd, 2)",
    ReduceLROnPlateau = "optim.lr_scheduler.ReduceLROnPlateau(sgd)", EMA = "optim.EMA(model)",
    AveragedModel = "optim.swa_utils.AveragedModel(model)", Transform = "augment.NoOp()", Dataset = "folder", Image = "image",
    DataLoader = "data.DataLoader(set, { batch_size = 4 })", Sampler = "data.RandomSampler(8)", ConfusionMatrix = "confusion",
    Study = "study",
    SummaryWriter = "writers.SummaryWriter(path)", JSONL = "writers.JSONL(path)", CSV = "writers.CSV(path, { 'a' })",
    Figure = "plot.plot { 1, 2, 3 }",
  }

  -- A value of a type, as Lua text, where no entry below says another.
  local TYPES = {
    Tensor = "x", integer = "1", number = "0.5", boolean = "true", string = '"a"', any = "1", table = "{}",
    ["function"] = "function() return 1 end",
    Module = "model", Optimizer = "sgd", Dataset = "folder", Image = "image", DType = '"f32"', Transform = "augment.NoOp()",
    Figure = "plot.plot { 1, 2, 3 }", ConfusionMatrix = "confusion", DataLoader = "data.DataLoader(set)",
    Sampler = "data.RandomSampler(4)", Study = "study",
  }

  local function of_type(kind)
    local first = kind:match('^"[^"]*"') or kind:match("^[%w_]+[%[%]]*") or kind
    if first:find('^"') then return first end
    local element = first:match("^(.-)%[%]$")
    if element then return ("{ %s }"):format(of_type(element)) end
    return TYPES[first] or first == "fun" and TYPES["function"] or first == "self" and "nil" or "{}"
  end

  -- The arguments that are needed, where those of their types would make no sense.
  local NEEDED = dofile((root or ".") .. "/tests/lua/help/arguments.lua")

    local function object_and_function(name)
    local class, method = name:match("^(%u%w*):([%w_]+)$")
    if class then
      local object = values(NEEDED.objects[name] or OBJECTS[class] or error("no object of class " .. class, 0))[1]
      return object[method], object
    end
    local value = ml
    for part in name:gsub("^ml%.", ""):gmatch("[%w_]+") do value = value[part] end
    return value
  end

  return { values = values, of_type = of_type, NEEDED = NEEDED, OBJECTS = OBJECTS, object_and_function = object_and_function }
end
