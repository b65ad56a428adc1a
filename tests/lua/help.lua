-- The help texts against the library: every public name has one, every one has its name, options are those that are accepted,
-- examples run.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local core = require "mlprun.core"
local help = require "mlprun.help"
local sys = core.sys
local SCRATCH = t.folder()

local origin = require "mlprun.help.origin"
local CLASS_OF_C = "^mlprun%.(%u%w*)$"

-- Classes of the runtime that no script gets hold of by name: what carries values through a binding.
local INNER = { JSONDocument = true, JSONText = true, Memory = true, Bytes = true, BadList = true, Batches = true, Child = true,
                NamedTensors = true, OnnxModel = true, Inspection = true, TransformText = true, Canvas = true, PdfBytes = true,
                Saving = true }

-- What somebody defines for a rule, a schedule or a layer of his own: said at the head of optimizer.lua, lr_base.lua and
-- module.lua.
local TO_DEFINE = {}
for name in ("check rates closed_form prepare initial restart undo each present set for_groups number count who update text "
    .. "check_state is_optimizer at_least_zero check_betas is_better between transient subclass forward extra_repr "
    .. "input_features input_channels compute check_rank"):gmatch("%S+") do TO_DEFINE[name] = true end

local function is_class(value) return type(value) == "table" and rawget(value, "__meta") ~= nil end

-- Adds the names in a part and in the tables within it; classes on the way are gathered.
local function add_part(list, classes, object, prefix)
  for name, value in next, object do
    if type(name) == "string" and not name:find("^_") then
      if is_class(value) then classes[#classes + 1] = { name, value } end
      if type(value) == "function" or is_class(value) then list[prefix .. name] = true
      elseif type(value) == "table" then add_part(list, classes, value, prefix .. name .. ".") end
    end
  end
end

-- Adds the methods of a Lua class that those above it do not have.
local function add_methods(list, name, class)
  for method, value in next, class do
    if type(value) == "function" and not method:find("^_") and not TO_DEFINE[method] then list[name .. ":" .. method] = true end
  end
end

local function add_bound(list)
  for key, meta in next, debug.getregistry() do
    local class = type(key) == "string" and key:match(CLASS_OF_C)
    if class and type(meta) == "table" and rawget(meta, "methods") and not INNER[class] then
      for name, value in next, rawget(meta, "methods") do list[("%s%s%s"):format(class, value and ":" or ".", name)] = true end
      for name in next, rawget(meta, "getters") or {} do list[class .. "." .. name] = true end
    end
  end
end

-- Methods of the classes that only a file of the library has.
local function add_filed(list)
  for class, file in pairs(origin.IN_FILES) do
    for name in sys.script(file[1]):gmatch(("\nfunction %s[:%%.]([%%w_]+)"):format(file[2])) do
      if not name:find("^_") and not TO_DEFINE[name] then list[class .. ":" .. name] = true end
    end
  end
end

-- Everything that a script can reach.
local function public()
  local list, classes = {}, {}
  for _, name in ipairs { "nn", "optim", "data", "metrics", "plot", "search", "explain", "writers", "autograd",
                          "options", "experiment", "no_grad", "enable_grad", "is_grad_enabled" } do
    if not ml[name] then error(name) end -- loads the parts
  end
  add_part(list, classes, ml, "")
  for _, each in ipairs(classes) do add_methods(list, each[1], each[2]) end
  add_bound(list)
  add_filed(list)
  return list
end

-- The entry of a name: ml.zeros and nn.Linear alike; a method that a class above has is said there.
local ABOVE = { "Module", "Optimizer", "LRScheduler" }
local function entry_of(name)
  name = name:gsub("^metrics%.statistics%.", "metrics.stats.") -- the same table
  local entry = help.entry(name) or help.entry("ml." .. name)
  local method = name:match(":(.*)$")
  for _, class in ipairs(method and ABOVE or {}) do entry = entry or help.entry(class .. ":" .. method) end
  return entry
end

t.test("every public name has a text", function()
  local missing, count = {}, 0
  for name in pairs(public()) do
    count = count + 1
    if not entry_of(name) then missing[#missing + 1] = name end
  end
  table.sort(missing)
  t.equal(table.concat(missing, " "), "")
  t.equal(count > 450, true, count .. " names")
end)

-- Objects whose documented fields and methods are seen at them alone.
local function objects_of_classes()
  local rng
  ml.augment.Lambda(function(image, each) rng = each return image end)(ml.zeros({ 2, 2, 3 }, { dtype = "u8" }))
  local set = ml.data.TensorDataset(ml.randint(0, 256, { 4, 3, 2, 2 }):byte(), { 1, 2, 1, 2 })
  return { Tensor = ml.zeros { 2 }, Dataset = set, DataLoader = ml.data.DataLoader(set), Image = core.image.from_tensor(
    ml.zeros({ 2, 2, 3 }, { dtype = "u8" })), JSONL = ml.writers.JSONL(SCRATCH .. "/a.jsonl"),
    CSV = ml.writers.CSV(SCRATCH .. "/a.csv", { "a" }), Rng = rng }
end

t.test("every text has its name in the library, once", function()
  local objects, seen, lost = objects_of_classes(), {}, {}
  for _, name in ipairs(help.names()) do
    t.equal(seen[name], nil, name .. " has two texts")
    seen[name] = true
    local class, mark, field = name:match("^(%u%w*)([%.:])([%w_]+)$")
    local there = help.entry(name).source == "description" or origin.value(name) ~= nil or origin.place(name) ~= nil
      or origin.IN_FILES[class] and sys.script(origin.IN_FILES[class][1]):find("%f[%w_]" .. field .. " = ") ~= nil
      or objects[class] and pcall(function() assert(mark == "." or objects[class][field]) return objects[class][field] end)
    if not there then lost[#lost + 1] = name end
  end
  t.equal(table.concat(lost, " "), "")
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

t.test("sentences fill the width that there is", function()
  local text = help.text("nn.Conv2d", { width = 100 })
  t.ok(text:find("Sizes are one number or { rows, columns }; padding", 1, true), text)
  t.ok(text:find("\n  height' = ", 1, true), text) -- a line of its own stays one
  for line in help.text("nn.Conv2d", { width = 60 }):gmatch("[^\n]+") do t.ok(line:find("^  > ") or #line <= 60, line) end
end)

t.test("every example runs", function()
  local evaluator = require "mlprun.prompt.evaluator"
  local count, wrong = 0, {}
  for _, name in ipairs(help.names()) do
    local entry = help.entry(name)
    local text = table.concat(entry.example, "\n")
    if #entry.example > 0 and not (text:find("data.default") and sys.exists(ml.data.default()) ~= "folder") then
      local environment, said = setmetatable({}, { __index = _G }), {}
      require("mlprun.prompt.globals").open(environment)
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

-- Names of older versions of Albumentations that transforms take too. (last_epoch of ReduceLROnPlateau is known so that an
-- error says what to do instead.)
local OLD = { always_apply = true, mode = true, cval = true, value = true, fog_coef_lower = true, fog_coef_upper = true,
              fill_value = true, quality_lower = true, quality_upper = true, size = true, height = true, width = true }

t.test("the options are those that are accepted", function()
  local compared, wrong = 0, {}
  for _, name in ipairs(help.names()) do
    local f = not name:find(":") and origin.value(name)
    local list = help.entry(name).call and (type(f) == "function" or type(f) == "table") and known_options(f)
    if list then
      local keys, documented = {}, table.concat(help.options(name) or {}, ", ")
      for key in list:gmatch("[%w_]+") do -- what has a place may be named too
        local place = help.entry(name).signature:match("^[^{]*"):find("%f[%w_]" .. key .. "%f[^%w_]")
        local option = (", " .. documented .. ","):find(", " .. key .. ",", 1, true)
        local is_old = name:find("^augment%.") and OLD[key] and not option or name:find("OnPlateau$") and key == "last_epoch"
        if not is_old and not (place and not option) then keys[#keys + 1] = key end
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

-- The function of an entry with a block, when it has a value that can be asked.
local function documented_function(name)
  local f = origin.value(name)
  if type(f) == "table" then f = rawget(f, "__init") or f.__init end
  return type(f) == "function" and require("mlprun.base.public").inner(f)
end

t.test("the arguments of a block are those of its function", function()
  local wrong, compared = {}, 0
  for _, name in ipairs(help.names()) do
    local entry = help.entry(name)
    local f = entry.source == "block" and documented_function(name)
    if f then
      local said, named, i = {}, {}, 1
      for k, argument in ipairs(entry.call.arguments) do said[k] = argument.name ~= "..." and argument.name or nil end
      while debug.getlocal(f, i) do named[i], i = debug.getlocal(f, i), i + 1 end
      local table_at_end = entry.call.options and not entry.call.either
      local own = #named - #said - (table_at_end and 1 or 0) -- 1 for the object of a method
      for k, argument in ipairs(said) do
        if named[own + k] ~= argument then wrong[#wrong + 1] = ("%s: %s"):format(name, argument) end
      end
      if own < 0 or own > 1 then wrong[#wrong + 1] = name .. ": " .. table.concat(named, ", ") end
      compared = compared + 1
    end
  end
  t.equal(table.concat(wrong, "; "), "")
  t.equal(compared > 100, true, compared .. " functions")
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

t.test("what has no entry is answered with what is around it", function()
  local function has(name, text) t.ok((help.text(name) or ""):gsub("%s+", " "):find(text, 1, true), help.text(name)) end
  has("pairs", "pairs of Experiment:report: which trials to compare")
  has("found", "what Found has: Found.trials the rows of the table")
  has("metrics.stats", "what metrics.stats has: metrics.stats.mean_sd")
  has("run", "what Run has: Run:fit Trains: an epoch is a pass over the training pictures and one over the validation pictures")
  has("run.transforms", "a run has no field 'transforms': run.train_transform and run.val_transform")
  t.equal(help.text("nothing_like_it"), nil)
end)

t.done()
