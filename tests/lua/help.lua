-- The help texts against the library: every public name has one, every one has its name, options are those that are accepted,
-- examples run.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local core = require "mlprun.core"
local help = require "mlprun.help"
local sys = core.sys
local SCRATCH = t.folder()

local function raw_names(object, prefix, list)
  for name, value in next, object do
    if type(name) == "string" and not name:find("^_") and (type(value) == "function" or type(value) == "table") then
      list[prefix .. name] = value
    end
  end
end

-- Names of methods that a file of the library defines.
local function defined(chunk, pattern, prefix, list)
  for name in sys.script(chunk):gmatch(pattern) do
    if not name:find("^_") then list[prefix .. name] = true end
  end
end

-- What a class in C has; registry is where their tables are.
local function class_names(registry, class, prefix, list)
  local meta = registry["mlprun." .. class]
  for name, value in next, rawget(meta, "methods") do list[("%s%s%s"):format(prefix, value and ":" or ".", name)] = true end
  for name in next, rawget(meta, "getters") or {} do list[prefix .. "." .. name] = true end
end

local FIELDS = { Dataset = { "classes", "parts", "targets", "paths", "channels", "root", "kind" },
                 DataLoader = { "dataset", "epoch", "batch_size", "workers", "seed", "cached_bytes" } }

local function public()
  local list = {}
  raw_names(ml, "ml.", list)
  for _, name in ipairs { "options", "experiment", "no_grad", "enable_grad", "is_grad_enabled" } do
    list["ml." .. name] = ml[name]
  end
  for _, part in ipairs { "augment", "nn", "optim", "data", "metrics", "plot", "writers", "autograd" } do
    list["ml." .. part] = nil
    raw_names(ml[part], part == "autograd" and "ml.autograd." or part .. ".", list)
  end
  for _, name in ipairs { "nn.init", "nn.functional", "nn.utils", "optim.lr_scheduler", "optim.swa_utils", "metrics.stats" } do
    local part = list[name]
    list[name] = nil
    raw_names(part, name .. ".", list)
  end
  for name, value in next, ml.nn.Module do
    if type(value) == "function" and not name:find("^_") then list["Module:" .. name] = value end
  end
  local registry = debug.getregistry()
  for _, class in ipairs { "Tensor", "Image", "Dataset", "DataLoader", "Sampler", "ConfusionMatrix", "SummaryWriter" } do
    class_names(registry, class, class, list)
    for _, name in ipairs(FIELDS[class] or {}) do list[class .. ":" .. name], list[class .. "." .. name] = nil, true end
  end
  for _, name in ipairs { "width", "height", "channels" } do list["Image." .. name] = true end
  defined("mlprun/experiment/run.lua", "\nfunction methods:([%w_]+)", "Run:", list)
  defined("mlprun/experiment/init.lua", "\nfunction Experiment:([%w_]+)", "Experiment:", list)
  defined("mlprun/plot/figure.lua", "\nfunction Figure%.(%l[%w_]*)", "Figure:", list)
  list["ml.version"] = true
  for _, name in ipairs { "step", "zero_grad", "add_param_group", "state_dict", "load_state_dict" } do
    list["Optimizer:" .. name] = ml.optim.Optimizer[name]
  end
  return list
end

t.test("every public name has a text, and every text its name", function()
  local names, entries, missing, lost = public(), {}, {}, {}
  for _, name in ipairs(help.names()) do
    t.equal(entries[name], nil, name .. " has two texts")
    entries[name] = true
    if not names[name] then lost[#lost + 1] = name end
  end
  for name in pairs(names) do
    if not entries[name] then missing[#missing + 1] = name end
  end
  table.sort(missing)
  t.equal(table.concat(missing, " "), "", "without a text")
  t.equal(table.concat(lost, " "), "", "not in the library")
end)

t.test("every text says what it is for, and names others that are there", function()
  for _, name in ipairs(help.names()) do
    local entry = help.entry(name)
    t.equal(entry ~= nil and entry.name, name)
    t.equal(entry.summary:find("%S") ~= nil, true, name .. " has no summary")
    t.equal(entry.signature:sub(1, #name), name)
    for _, other in ipairs(entry.see) do t.equal(help.entry(other) ~= nil, true, name .. ": see " .. other) end
  end
end)

t.test("every example runs", function()
  local evaluator = require "mlprun.prompt.evaluator"
  local count, wrong = 0, {}
  for _, name in ipairs(help.names()) do
    local entry = help.entry(name)
    local text = table.concat(entry.example, "\n")
    if #entry.example > 0 and not (text:find("data.default") and sys.exists(ml.data.default()) ~= "folder") then
      local environment, said = setmetatable({}, { __index = _G }), {}
      require("mlprun.prompt.globals")(environment)
      local e = evaluator.new { write = function(line) said[#said + 1] = line end, environment = environment }
      local state
      for _, line in ipairs(entry.example) do state = e:line(line) end
      if state ~= "done" or e.failed then wrong[#wrong + 1] = name .. ": " .. table.concat(said) end
      count = count + 1
    end
  end
  t.equal(table.concat(wrong, "\n"), "")
  t.equal(count > 120, true, count .. " examples")
end)

-- What a function says that it takes, when it is given an option that nobody has.
local function known_options(f)
  local x, path = ml.zeros { 1, 1, 4, 4 }, SCRATCH .. "/file"
  local wrong = { zzzz = 1 }
  local model = ml.nn.Linear(1, 1)
  local sgd = ml.optim.SGD(model:parameters())
  local set = ml.data.TensorDataset(ml.zeros { 4, 1 }, { 1, 2, 1, 2 })
  for _, arguments in ipairs {
    { wrong }, { 1, wrong }, { x, wrong }, { path, wrong }, { 1, 1, wrong }, { x, x, wrong }, { { 2 }, wrong },
    { 1, 1, 1, wrong },
    { x, 1, wrong }, { x, { 4 }, wrong }, { { 1, 2 }, { 1, 2 }, wrong }, { model:parameters(), wrong },
    { model:parameters(), 1, wrong }, { model, wrong }, { sgd, wrong }, { sgd, 1, wrong }, { sgd, { 1 }, wrong }, { set, wrong },
    { 1, { 2 }, wrong },
    { x, x, x, wrong }, { model, function() end, sgd, set, wrong }, { path, { "a" }, wrong }, { { 1 }, 1, wrong },
  } do
    local ok, message = pcall(f, table.unpack(arguments))
    local list = not ok and tostring(message):match("unknown option 'zzzz': known are ([%w_, ]+)")
    if list then return list end
  end
end

-- Names of older versions of Albumentations that transforms take too.
local OLD = { always_apply = true, mode = true, cval = true, value = true, fog_coef_lower = true, fog_coef_upper = true,
              fill_value = true, height = true, width = true }

t.test("the options are those that are accepted", function()
  local names, compared, wrong = public(), 0, {}
  for _, name in ipairs(help.names()) do
    local f = names[name]
    local list = (type(f) == "function" or type(f) == "table") and known_options(f)
    if list then
      local keys, documented = {}, table.concat(help.options(name) or {}, ", ")
      for key in list:gmatch("[%w_]+") do -- what has a place may be named too
        local place = help.entry(name).signature:match("^[^{]*"):find("%f[%w_]" .. key .. "%f[^%w_]")
        local option = (", " .. documented .. ","):find(", " .. key .. ",", 1, true)
        if not (name:find("^augment%.") and OLD[key]) and not (place and not option) then keys[#keys + 1] = key end
      end
      table.sort(keys)
      local accepted = table.concat(keys, ", ")
      if documented ~= accepted then wrong[#wrong + 1] = ("%s: %s, accepted are %s"):format(name, documented, accepted) end
      compared = compared + 1
    end
  end
  t.equal(table.concat(wrong, "\n"), "")
  t.equal(compared > 70, true, compared .. " functions told their options")
end)

t.test("how a name is called is said in one place", function()
  local counts, twice = { description = 0, block = 0, text = 0 }, {}
  for _, name in ipairs(help.names()) do
    local entry = help.entry(name)
    if entry.source then counts[entry.source] = counts[entry.source] + 1 end
    if entry.written and entry.source ~= "text" then twice[#twice + 1] = name end
  end
  t.equal(table.concat(twice, " "), "", "also in a text")
  t.equal(counts.description > 40 and counts.block > 130, true, ("%d described, %d with a block"):format(counts.description,
    counts.block))
end)

t.test("names are found as people write them", function()
  t.equal(help.text("nn.Linear"):find("in_features", 1, true) ~= nil, true)
  for _, name in ipairs { "ml.nn.Linear", "Linear" } do t.equal(help.text(name), help.text("nn.Linear"), name) end
  t.equal(help.text("t:argmax"), help.text("Tensor:argmax"))
  t.equal(help.text("optim.lr_scheduler.StepLR"), help.text("StepLR"))
  t.equal(help.text("state_dict"):find("?Module:state_dict", 1, true) ~= nil, true)
  t.equal(help.text("nothing_like_it"), nil)
  t.equal(help.search("Linaer")[1].name, "nn.Linear")
  local found = {}
  for _, each in ipairs(help.search("mirrors")) do found[each.name] = true end
  t.equal(found["augment.HorizontalFlip"] and found["augment.VerticalFlip"], true)
  t.equal(next(help.search("qqqqqq")), nil)
  t.equal(help.options("nn.Conv2d"), { "bias", "dilation", "dtype", "groups", "padding", "padding_mode", "stride" })
  t.equal(help.options("nn.ReLU"), nil)
  t.equal(help.source("nn.Linear"):find("function Linear:__init", 1, true) ~= nil, true)
  t.equal(help.source("ml.zeros"):find("written in C") ~= nil, true)
  for line in help.text("optim.Adam", { width = 60 }):gmatch("[^\n]+") do t.equal(#line <= 62, true, line) end
end)

t.done()
