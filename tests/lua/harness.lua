-- harness.lua - what the Lua tests share: named tests, comparisons, TAP lines on standard output.
--
--   local t = dofile("tests/lua/harness.lua")
--   t.test("addition broadcasts over rows", function() t.equal(f(1), 2) end)
--   t.done()
local t = { passed = 0, failed = 0, skipped = 0 }

--- How many times as long all takes: on an emulated processor (aarch64.sh).
t.slower = tonumber(os.getenv "MLP_SLOWER" or 1)

--- What stands before a command that runs `program`, so that a call that asks for very much memory is refused, not attempted:
--- a limit on its addresses, or where it does not begin within that (sanitizers reserve terabytes), their own.
---@param gigabytes integer
function t.within(gigabytes, program)
  local limit = ("ulimit -v %d000000; "):format(gigabytes)
  if os.execute(("(%s'%s' -e 'local _ = 1') >/dev/null 2>&1"):format(limit, program)) then return limit end
  return 'ASAN_OPTIONS="$ASAN_OPTIONS:allocator_may_return_null=1:max_allocation_size_mb=1500"; export ASAN_OPTIONS; '
end

local SKIP = setmetatable({}, { __tostring = function() return "skipped" end })

--- Ends the running test as skipped, saying why.
function t.skip(why)
  SKIP.why = why
  error(SKIP, 0)
end

local function show(value)
  if type(value) == "string" then return string.format("%q", value) end
  if type(value) == "number" then return string.format("%.17g", value) end
  return tostring(value)
end

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for k, v in pairs(a) do if not same(v, b[k]) then return false end end
  for k in pairs(b) do if a[k] == nil then return false end end
  return true
end

local function describe(value)
  if type(value) ~= "table" then return show(value) end
  local parts = {}
  for i, v in ipairs(value) do parts[i] = describe(v) end
  for k, v in pairs(value) do
    if not (math.type(k) == "integer" and k >= 1 and k <= #value) then
      parts[#parts + 1] = tostring(k) .. "=" .. describe(v)
    end
  end
  return "{" .. table.concat(parts, ", ") .. "}"
end

--- got and expected are the same value; tables are compared by content.
function t.equal(got, expected, what)
  if not same(got, expected) then
    error((what and what .. ": " or "") .. "got " .. describe(got) .. ", expected " .. describe(expected), 2)
  end
end

--- |got - expected| <= tolerance, for numbers and for (nested) tables of numbers; NaN equals NaN.
function t.near(got, expected, tolerance, what)
  tolerance = tolerance or 1e-6
  local function near(a, b)
    if type(a) == "table" and type(b) == "table" then
      if #a ~= #b then return false end
      for i = 1, #a do if not near(a[i], b[i]) then return false end end
      return true
    end
    if type(a) ~= "number" or type(b) ~= "number" then return type(a) == "boolean" and a == b end
    if a ~= a or b ~= b then return a ~= a and b ~= b end
    return a == b or math.abs(a - b) <= tolerance
  end
  if not near(got, expected) then
    error((what and what .. ": " or "") .. "got " .. describe(got) .. ", expected " .. describe(expected)
          .. " within " .. show(tolerance), 2)
  end
end

function t.ok(value, what)
  if not value then error((what or "condition") .. " does not hold", 2) end
end

--- Calls fn(...) with what it prints and says on standard error caught. Returns that text, then fn's results; an error in fn
--- is raised afterwards.
function t.quietly(fn, ...)
  local said, real, real_err = {}, print, io.stderr
  print = function(...) said[#said + 1] = table.concat({ ... }, "\t") end -- luacheck: ignore
  io.stderr = { write = function(_, text) said[#said + 1] = text end } -- luacheck: ignore
  local results = table.pack(pcall(fn, ...))
  print, io.stderr = real, real_err -- luacheck: ignore
  if not results[1] then error(results[2], 0) end
  return table.concat(said, "\n"), table.unpack(results, 2, results.n)
end

--- A session of the prompt without a terminal, in which `before` has run: its evaluator, its environment, and a list that gets
--- what it says.
function t.session(before)
  local said, environment = {}, setmetatable({}, { __index = _G })
  require("mlprun.prompt.globals").open(environment)
  local write = function(text) said[#said + 1] = text end
  local e = require("mlprun.prompt.evaluator").new { write = write, environment = environment }
  e.known = {}
  if before then e:line((before:gsub("%s+$", ""))) end
  return e, environment, said
end

--- fn(...) raises an error whose text contains `text` (plain, not a pattern). Returns the text.
function t.raises(text, fn, ...)
  local ok, message = pcall(fn, ...)
  if ok then error("no error was raised, expected one with " .. show(text), 2) end
  message = tostring(message)
  if not message:find(text, 1, true) then
    error("the error says " .. show(message) .. ", expected " .. show(text), 2)
  end
  return message
end

function t.test(name, fn)
  local ok, message = xpcall(fn, function(m) return m == SKIP and m or debug.traceback(tostring(m), 2) end)
  if ok then
    t.passed = t.passed + 1
    print("ok " .. name)
  elseif message == SKIP then
    t.skipped = t.skipped + 1
    print("ok " .. name .. " # skip " .. SKIP.why)
  else
    t.failed = t.failed + 1
    print("not ok " .. name)
    print("# " .. message:gsub("\n", "\n# "))
  end
end

--- The folder of development photos, or nil: MLPRUN_TEST_DATA, else ../shared/data.
function t.photos(name)
  local folder = (os.getenv("MLPRUN_TEST_DATA") or "../shared/data") .. "/" .. name
  return require("mlprun.core").sys.exists(folder) == "folder" and folder or nil
end

--- A new empty folder for the running test program; removed by done().
local made = {}
function t.folder()
  local path = os.tmpname()
  os.remove(path)
  require("mlprun.core").sys.make_folder(path)
  made[#made + 1] = path
  return path
end

function t.done()
  for _, path in ipairs(made) do os.execute("rm -rf '" .. path .. "'") end
  if t.passed + t.failed + t.skipped == 0 then print("not ok the file has tests") t.failed = 1 end
  os.exit(t.failed == 0 and 0 or 1, true)
end

return t
