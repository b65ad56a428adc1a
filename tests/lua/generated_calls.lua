-- Calls every documented function with values that look right: of the documented types, at their limits, just inside and
-- outside of them, reversed ranges, mixed units, NaN, infinities, -0, tensors of odd shapes, closed ones, one argument too
-- many. Each call may answer or raise a text, within a few seconds; it must not end or hold the process. The texts are made
-- from what the help knows of each function, so that a new one is called too.
--
--   mlprun tests/lua/generated_calls.lua                      what `make check` runs: MLP_CALLS calls (10,000) from MLP_SEED (1)
--   mlprun tests/lua/generated_calls.lua --child SEED CALLS   one child; what it was calling is in last.txt
local core = require "mlprun.core"
local SLOW = 20 * tonumber(os.getenv "MLP_SLOWER" or 1) -- seconds of the processor for one call, under a sanitizer too

-- ---- the child ----

local function child(seed, count, root)
  core.sys.exit = function() error("exit was called", 0) end
  core.sys.threads(2)
  local ml = require "mlprun"
  local help = require "mlprun.help"
  local calls = dofile(root .. "/tests/lua/help/calls.lua")(core.sys.real_path("."), root)
  local NEEDED = calls.NEEDED

  local state = seed * 2654435769
  local function random(n) -- 1 to n
    state = state * 6364136223846793005 + 1442695040888963407
    return (state >> 33) % n + 1
  end
  local function chance(percent) return random(100) <= percent end
  local function pick(list) return list[random(#list)] end

  -- values, as Lua text

  local INTEGERS = { "0", "1", "2", "3", "4", "5", "8", "-1", "-2", "100", "255", "256", "math.maxinteger", "math.mininteger",
                     "1 << 31", "1 << 53" }
  local NUMBERS = { "0", "1", "-1", "0.5", "0.1", "0.9", "1.5", "2", "10", "-0.0", "0/0", "1/0", "-1/0", "1e-300", "1e300",
                    "1e30", "255", "-0.5" }
  local TENSORS = {
    "ml.ones { 2, 3 }", "ml.zeros { 0, 3 }", "ml.tensor(1.5)", "ml.randn { 1, 5 }", "ml.randn { 5, 1 }", "ml.randn { 4, 6 }:t()",
    "ml.full({ 3 }, -0.0)", "ml.full({ 2, 2 }, 0/0)", "ml.tensor { 1/0, 1.0, -1/0 }", "ml.randint(1, 4, { 4 })",
    "ml.tensor { 1, 2, 2, 1 }", "ml.rand { 4, 5, 3 }:mul(255):byte()", "ml.rand { 1, 7, 1 }:mul(255):byte()",
    "ml.zeros { 1, 1, 3 }:byte()",
    "ml.rand { 5, 1, 4 }:mul(255):byte()", "ml.ones({ 2, 3 }, { dtype = 'f64' })", "ml.ones({ 2, 3 }, { requires_grad = true })",
    "ml.randn { 3, 1 }:expand(3, 4)", "ml.randn { 2, 3, 8, 8 }", "ml.randn { 1, 1, 1, 1 }", "ml.randn { 5, 4 }:narrow(2, 2, 2)",
    "x", "scores", "places", "ml.randn { 4, 2 }", "ml.ones { 2, 2 }:gt(0)", "ml.tensor { 1e30, -1e30 }",
    "ml.randn { 3, 4 }:half()", "ml.ones { 2, 3 }:bfloat16()", "ml.randn { 2, 3, 8, 8 }:half()", "ml.tensor { 3, 1, 2 }:int()",
    "(function() local t = ml.ones { 2, 3 } t:close() return t end)()",
  }
  local IMAGES = { "image", "ml.zeros { 64, 64, 3 }:byte()", "ml.zeros { 1, 1, 3 }:byte()", "ml.zeros { 1, 9, 1 }:byte()",
                   "ml.zeros { 9, 1, 3 }:byte()", "ml.rand { 3, 5, 1 }" }
  local WORDS = { '""', '"a"', '"mean"', '"none"', '"same"', '"f32"', '"u8"', '"%s%n"', '"\\0"', '("x"):rep(2000)', '"train"' }

  local function number_near(low, high)
    local ends = {}
    for _, limit in ipairs { low or -1, high or 1 } do
      if limit == limit and math.abs(limit) < 1e15 then
        local text = ("%.17g"):format(limit)
        for _, more in ipairs { "", " + 1", " - 1", " + 1e-9", " - 1e-9" } do ends[#ends + 1] = "(" .. text .. more .. ")" end
      end
    end
    return #ends > 0 and chance(60) and pick(ends) or pick(NUMBERS)
  end

  local function list_of(make, most)
    local parts = {}
    for i = 1, random(most + 1) - 1 do parts[i] = make() end
    return "{ " .. table.concat(parts, ", ") .. " }"
  end

  -- By the row that describes a parameter.
  local function of_row(row)
    local kind = row.kind or ""
    local function near() return number_near(row.low, row.high) end
    if row.choices and chance(70) then return ("%q"):format(pick(row.choices)) end
    if kind == "true or false" or kind:find("bool") then return chance(50) and "true" or "false" end
    if kind:find("range") or kind:find("pair") or kind:find("axes") or kind:find("colour") then
      return chance(30) and near() or list_of(near, 4)
    end
    return chance(90) and near() or list_of(near, 3)
  end

  local function of_type(kind)
    local options = {}
    for one in (kind or "any"):gmatch("[^|]+") do options[#options + 1] = one end
    local one = pick(options)
    if one:find('^"') then return one end
    if one:find("%[%]$") then
      local element = one:match("^(.-)%[%]$")
      return list_of(function() return of_type(element) end, 4)
    end
    if one == "integer" then return pick(INTEGERS) end
    if one == "number" then return chance(30) and pick(INTEGERS) or pick(NUMBERS) end
    if one == "boolean" then return chance(50) and "true" or "false" end
    if one == "string" then return pick(WORDS) end
    if one == "DType" then return pick { '"f32"', '"f64"', '"i64"', '"u8"', '"bool"', '"f16"', '"bf16"', '"i32"', '"f8"' } end
    if one == "Tensor" then return pick(TENSORS) end
    if one == "Image" then return pick(IMAGES) end
    if one == "any" then return pick { pick(NUMBERS), pick(TENSORS), pick(WORDS), "nil", "{}" } end
    return calls.of_type(one)
  end

  -- calls

  local rows = {} -- name -> parameter -> its row
  for part, of in pairs { augment = core.augment, optim = core.optim, nn = core.nn } do
    for _, name in ipairs(of.names()) do
      local found = {}
      for _, row in ipairs(of.describe(name).parameters) do found[row.name] = row end
      rows[part .. "." .. name] = found
    end
  end

  local function value(name, place, i)
    local own, row = NEEDED.arguments[name], rows[name] and rows[name][place.name]
    if place.name == "path" or place.name == "log_dir" then return "path" end
    if own and own[i] and chance(50) then return own[i] end
    if row then return of_row(row) end
    return place.default and chance(20) and place.default or of_type(place.type)
  end

  local function arguments_of(entry)
    local parts, named = {}, {}
    for i, place in ipairs(entry.call.arguments) do
      if place.name == "..." or place.optional and chance(50) then break end
      parts[i] = value(entry.name, place, i)
    end
    for _, option in ipairs(entry.call.options or {}) do
      if chance(40) then named[#named + 1] = ("%s = %s"):format(option.name, value(entry.name, option)) end
    end
    if #named > 0 then parts[#parts + 1] = "{ " .. table.concat(named, ", ") .. " }" end
    if chance(3) then parts[#parts + 1] = pick(INTEGERS) end -- one too many
    return table.concat(parts, ", ")
  end

  -- What is done with what a constructor gave.
  local function use(name, result)
    if name:find("^augment%.") then return result(calls.values(pick(IMAGES))[1]) end
    if name:find("^nn%.%u") and ml.nn.Module.is_module and type(result) == "table" and result.forward then
      local first, second = calls.values(pick(TENSORS))[1], calls.values(pick(TENSORS))[1]
      return name:find("Loss$") and result(first, second) or result(first)
    end
    if name:find("^optim%.lr_scheduler%.") then
      for _ = 1, 5 do result:step() end
    elseif name:find("^plot%.") and type(result) == "table" and result.text then
      return result:text()
    end
  end

  local names = {}
  for _, name in ipairs(help.names()) do
    local entry = help.entry(name)
    local away = NEEDED.elsewhere[name:match("^[%w_]+:") or name] or NEEDED.elsewhere[name]
    if entry.call and not entry.call.type and not away then names[#names + 1] = entry end
  end

  local last = assert(io.open("last.txt", "w"))
  local slow, answered = {}, 0
  for _ = 1, count do
    local entry = pick(names)
    local given = arguments_of(entry)
    last:seek("set")
    last:write(("%s(%s)\n%s"):format(entry.name, given, (" "):rep(200)))
    last:flush()
    local began = os.clock()
    local ok = pcall(function()
      ml.manual_seed(1)
      local f, object = calls.object_and_function(entry.name)
      local list = calls.values(given)
      if object ~= nil then f(object, table.unpack(list, 1, list.n))
      else use(entry.name, f(table.unpack(list, 1, list.n))) end
    end)
    answered = answered + (ok and 1 or 0)
    if os.clock() - began > SLOW then slow[#slow + 1] = ("%s(%s): %.0f s"):format(entry.name, given, os.clock() - began) end
  end
  last:close()
  core.sys.write_file("done.txt", ("%d calls, %d answered\n%s"):format(count, answered, table.concat(slow, "\n")))
end

if arg[1] == "--child" then
  child(tonumber(arg[2]), tonumber(arg[3]), arg[4])
  return
end

-- ---- the parent ----

local t = dofile("tests/lua/harness.lua")
local program, script = os.getenv "MLPRUN" or core.sys.real_path(arg[-1]), core.sys.real_path(arg[0])
local EACH = 2500 -- calls of a child

local limits = t.within(4, program)

local all, first = tonumber(os.getenv("MLP_CALLS") or 10000), tonumber(os.getenv("MLP_SEED") or 1)
for seed = first, first + (all + EACH - 1) // EACH - 1 do
  t.test(("%d generated calls with seed %d end in an answer or a message"):format(EACH, seed), function()
    local folder = t.folder()
    local command = limits .. ("cd '%s' && timeout -s KILL %d '%s' '%s' --child %d %d '%s' >out.txt 2>err.txt"):format(folder,
      400 * t.slower, program, script, seed, EACH, core.sys.real_path("."))
    local _, how, status = os.execute(command)
    local calling = core.sys.read_file(folder .. "/last.txt"):match("^[^\n]*")
    t.ok(how == "exit" and status == 0, ("%s %d while calling %s\n%s"):format(how, status, calling,
      core.sys.read_file(folder .. "/err.txt"):sub(-3000)))
    t.equal(core.sys.read_file(folder .. "/done.txt"):match("\n(.*)$"), "", "calls that took long")
  end)
end

t.done()
