-- Whatever is called with more than it takes says so: every function that scripts can reach, in C and in Lua.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local core = require "mlprun.core"
local public = require "mlprun.base.public"

-- What takes any number of arguments, or several forms that it counts itself: each is called below or hands on what it gets.
local COUNTS_ITSELF = {}
for name in ([[
  ml.arange ml.empty ml.eye ml.ones ml.rand ml.randint ml.randn ml.zeros ml.no_grad ml.enable_grad
  ml.autograd.no_grad ml.autograd.enable_grad Tensor:backward Tensor:expand Tensor:permute Tensor:reshape Tensor:view
  ml.data.duplicates ml.augment.CenterCrop ml.augment.RandomCrop ml.augment.RandomResizedCrop ml.augment.Resize
  ml.nn.Module.forward ml.backward ml.expand ml.permute ml.reshape ml.view
]]):gmatch("%S+") do COUNTS_ITSELF[name] = true end

local function functions_of(object, prefix, list)
  for name, value in next, object do
    if type(value) == "function" and not name:find("^_") then list[prefix .. name] = value end
    if type(value) == "table" and type(name) == "string" and not name:find("^_") and not list[value] then
      list[value] = true
      functions_of(value, prefix .. name .. ".", list)
    end
  end
  return list
end

local function reachable()
  local list = functions_of(ml, "ml.", {})
  for _, part in ipairs { "nn", "optim", "data", "metrics", "plot", "writers", "autograd" } do
    functions_of(ml[part], "ml." .. part .. ".", list)
  end
  for name, class in next, debug.getregistry() do
    local short = type(name) == "string" and name:match("^mlprun%.(%u%w+)$")
    if short and type(class) == "table" then functions_of(rawget(class, "methods") or {}, short .. ":", list) end
  end
  return list
end

-- A function of Lua with any number of arguments hands them to one that counts: it has the dots twice.
local function hands_on(info)
  local text, number, dots = core.sys.script(info.short_src), 0, 0
  for line in text:gmatch("([^\n]*)\n") do
    number = number + 1
    if number >= info.linedefined and number <= info.lastlinedefined then dots = dots + select(2, line:gsub("%.%.%.", "")) end
  end
  return dots > 1
end

-- A function of C is called with many arguments, the last of which nothing takes: it sees to that before anything else.
local function says_so(fn)
  local many = {}
  for i = 1, 40 do many[i] = false end
  local ok, message = pcall(fn, table.unpack(many))
  message = not ok and tostring(message) or ""
  return message:find("expected at most ", 1, true) or message:find("expected no arguments", 1, true)
end

t.test("every function has a limit, or counts for itself", function()
  local without, count = {}, 0
  for name, fn in next, reachable() do
    if type(name) == "string" then
      local inner = public.inner(fn)
      local info = debug.getinfo(inner, "Su")
      local limited
      if info.what == "C" then limited = says_so(fn)
      elseif info.isvararg then limited = hands_on(info)
      else limited = inner ~= fn or info.nparams == 0 end
      count = count + 1
      if not limited and not COUNTS_ITSELF[name] then without[#without + 1] = name end
    end
  end
  table.sort(without)
  t.equal(without, {})
  t.ok(count > 400, "the walk finds them all, not " .. count)
end)

t.test("the message says which argument is too many, and how many there may be", function()
  local x = ml.tensor { { 1, 2 }, { 3, 8 } }
  t.raises("arguments.lua:", function() x:narrow(1, 1, 1, true) end)
  t.raises(":narrow: argument 4 is true, expected at most 3 arguments", function() x:narrow(1, 1, 1, true) end)
  t.raises(":exp: argument 1 is the string 'q', expected no arguments", function() x:exp("q") end)
  t.raises(":dot: argument 2 is 3, expected at most one argument", function() x:dot(x, 3) end)
  t.raises("nn.init.calculate_gain: argument 3 is 5", function() ml.nn.init.calculate_gain("relu", 1, 5) end)
  t.raises("is_tensor: argument 2 is a Tensor, expected at most one argument", function() ml.is_tensor(x, x) end)
  x:exp(nil, nil) -- what is nil is not given
end)

t.test("forms with fewer arguments refuse what the longer ones take", function()
  local x = ml.tensor { { 1, 2 }, { 3, 8 } }
  for _, call in ipairs {
    function() x:sum({ dim = 1 }, true) end, function() x:max(x, true) end, function() x:reshape({ 4 }, 1) end,
    function() x:permute({ 2, 1 }, 3) end, function() x:expand({ 2, 2 }, 2) end, function() x:flatten({ start_dim = 1 }, 2) end,
    function() x:clamp({ max = 1 }, 2) end, function() x:sort({ dim = 1 }, true) end, function() x:view({ 4 }, 1) end,
    function() ml.zeros({ 2 }, {}, 3) end, function() ml.ones(2, { dtype = "f64" }, 3) end, function() ml.empty({ 1 }, {}, 3) end,
    function() ml.rand({ 2 }, {}, 3) end, function() ml.randn({ 2 }, {}, 3) end, function() ml.arange(3, {}, 3) end,
    function() ml.eye(3, {}, 3) end, function() ml.augment.Resize(3, 3, {}, 1) end, function() ml.randint(3, { 2 }, {}, 3) end,
    function() ml.ones(1, { requires_grad = true }):backward({}, 1) end,
  } do t.raises("expected at most ", call) end
end)

t.test("names that a table does not have are refused with the nearest", function()
  t.raises("ml.nn.functional has no 'reluu': did you mean 'relu'?", function() return ml.nn.functional.reluu end)
  t.raises("ml.metrics.stats has no 'wilsn': did you mean 'wilson'?", function() return ml.metrics.stats.wilsn end)
  t.raises("ml.optim.lr_scheduler has no 'StepLr': did you mean 'StepLR'?", function() return ml.optim.lr_scheduler.StepLr end)
  t.raises("ml.optim has no 'PolynomialLR': it is ml.optim.lr_scheduler.PolynomialLR",
    function() return ml.optim.PolynomialLR end)
  t.raises("ml.nn has no 'relu': it is ml.nn.functional.relu", function() return ml.nn.relu end)
  t.raises("ml has no 'Linear': it is ml.nn.Linear", function() return ml.Linear end)
  t.raises("ml.nn.init has no 'xavier_norml_': did you mean 'xavier_normal_'?", function() return ml.nn.init.xavier_norml_ end)
end)

t.done()
