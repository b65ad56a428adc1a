-- What `mlprun types` prints: Lua that loads, with every documented name, whose annotations name nothing that is not defined.
local t = dofile("tests/lua/harness.lua")
local help = require "mlprun.help"
local text = require("mlprun.command.types").text()

local function defined()
  local classes = {}
  for name in text:gmatch("%-%-%-@class %(?e?x?a?c?t?%)?%s?([%w_%.]+)") do classes[name] = true end
  for name in text:gmatch("%-%-%-@alias ([%w_%.]+)") do classes[name] = true end
  return classes
end

t.test("it is Lua, and has every documented name", function()
  local ml = assert(load(text, "=types", "t", {}))()
  local missing, count = {}, 0
  for _, name in ipairs(help.names()) do
    if not name:find("^%u") then
      local value = ml
      for part in name:gsub("^ml%.", ""):gmatch("[%w_]+") do value = type(value) == "table" and value[part] or nil end
      if help.entry(name).call and not help.entry(name).call.type then
        count = count + 1
        if type(value) ~= "function" then missing[#missing + 1] = name end
      end
    else
      local field = ("@field %s "):format(name:match("[%w_]+$"))
      local said = help.entry(name).call.type and field or ("function %s("):format(name)
      if not text:find(said, 1, true) then missing[#missing + 1] = name end
    end
  end
  t.equal(table.concat(missing, " "), "")
  t.equal(count > 250, true, count .. " functions")
end)

t.test("every class that is named is defined", function()
  local classes, unknown = defined(), {}
  for line in text:gmatch("[^\n]+") do
    if line:find("^%-%-%-@") then
      for name in line:gsub('".-"', ""):gmatch("mlprun%.[%w_%.]+") do
        if not classes[name] then unknown[#unknown + 1] = name end
      end
    end
  end
  t.equal(table.concat(unknown, " "), "")
  t.equal(classes["mlprun.Tensor"] and classes["mlprun.optim.AdamOptions"], true)
end)

t.test("a class of options has the options, each with its default", function()
  for _, name in ipairs(help.names()) do
    local entry = help.entry(name)
    if entry.call and entry.call.options then
      local class = ("---@class (exact) mlprun.%sOptions\n"):format(name:gsub("^ml%.", ""):gsub(":", "."))
      local at, to = text:find(class, 1, true)
      local body = text:sub(to + 1, text:find("\n\n", at, true))
      for _, option in ipairs(entry.call.options) do
        local line = body:match(("%%-%%-%%-@field %s%%? ([^\n]+)"):format(option.name))
        t.equal(line ~= nil, true, name .. ": " .. option.name)
        if option.default then t.equal(line:find("default " .. option.default, 1, true) ~= nil, true, name .. ": " .. line) end
      end
    end
  end
end)

t.test("types are those of the Lua language server", function()
  local known = { integer = true, number = true, string = true, boolean = true, table = true, any = true, ["function"] = true,
                  self = true, ["nil"] = true, fun = true, ["true"] = true, ["false"] = true }
  local odd = {}
  for kind in text:gmatch("%-%-%-@return ([^\n]+)") do
    local first = kind:gsub('".-"', "string"):match("^[%w_%.]+")
    if not (known[first] or defined()[first]) then odd[#odd + 1] = kind end
  end
  t.equal(table.concat(odd, "; "), "")
end)

t.done()
