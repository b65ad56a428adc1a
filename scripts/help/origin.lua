--- mlprun.help.origin - where a documented name is in the library: its value, and the place of its function in the Lua text.
local core = require "mlprun.core"
local public = require "mlprun.base.public"
local sys = core.sys

local origin = {}

-- Classes whose methods are a table that nothing public leads to: the file, and what the table is called in it.
origin.IN_FILES = {
  EMA = { "mlprun/optim/averages.lua", "EMA" }, Run = { "mlprun/experiment/run.lua", "methods" },
  Experiment = { "mlprun/experiment/init.lua", "Experiment" }, Figure = { "mlprun/plot/figure.lua", "Figure" },
  JSONL = { "mlprun/writers/lines.lua", "JSONL" }, CSV = { "mlprun/writers/lines.lua", "CSV" },
  Study = { "mlprun/search/study.lua", "Study" },
  ReduceLROnPlateau = { "mlprun/optim/lr_plateau.lua", "ReduceLROnPlateau" },
}

--- The classes of the runtime's objects, as bindings register them.
origin.BOUND = { "Tensor", "Image", "Dataset", "DataLoader", "Sampler", "ConfusionMatrix", "SummaryWriter", "Hook",
                 "Transform" }
local bound = {}
for _, class in ipairs(origin.BOUND) do bound[class] = true end

--- The Lua class of a name among layers, rules and schedules.
function origin.class(name)
  local ml = require "mlprun"
  for _, part in ipairs { ml.nn, ml.optim, ml.optim.lr_scheduler, ml.optim.swa_utils } do
    local found = rawget(part, name)
    if type(found) == "table" then return found end
  end
end

-- The table of a class: the methods of one in C; a Lua class itself.
local function class_of(name)
  local meta = bound[name] and debug.getregistry()["mlprun." .. name]
  return meta and rawget(meta, "methods") or origin.class(name)
end

local function field(value, name)
  local ok, found = pcall(function() return value[name] end)
  return ok and found or nil
end

--- The value of a documented name: a function, a class, a part. nil for fields of objects, for methods in IN_FILES, and for
--- names that are not there.
function origin.value(name)
  local class, method = name:match("^(%u%w*)[:%.]([%w_]+)$")
  if class then return field(class_of(class), method) end
  local value = require "mlprun"
  for part in name:gsub("^ml%.", ""):gmatch("[%a_][%w_]*") do value = field(value, part) end
  return value
end

-- The function that is called when a value is: a class's constructor.
local function called(value)
  if type(value) ~= "table" then return value end
  return rawget(value, "__init") or field(value, "__init") or rawget(value, "forward")
end

local function line_of(text, pattern)
  local at = text:find(pattern)
  return at and select(2, text:sub(1, at):gsub("\n", "")) + 1
end

--- Where the Lua function of a name begins: the chunk and the line; nil when it is written in C.
---@return string? chunk, integer? first, integer? last
function origin.place(name)
  local class, method = name:match("^(%u%w*):([%w_]+)$")
  local file = origin.IN_FILES[class]
  if file then
    local line = line_of(sys.script(file[1]), ("\nfunction %s[:%%.]%s%%("):format(file[2], method))
    return line and file[1], line
  end
  local value = called(origin.value(name))
  local info = type(value) == "function" and debug.getinfo(public.inner(value), "S")
  if info and info.what ~= "C" then return info.short_src, info.linedefined, info.lastlinedefined end
end

-- The lines of a chunk of the library.
local function lines_of(chunk)
  local lines = {}
  for line in ((sys.script(chunk) or "") .. "\n"):gmatch("([^\n]*)\n") do lines[#lines + 1] = line end
  return lines
end

--- The `---` block on the Lua function of a name: its lines without the dashes. nil when there is none.
function origin.block(name)
  local chunk, first = origin.place(name)
  if not chunk then return nil end
  local lines, block = lines_of(chunk), {}
  for i = first - 1, 1, -1 do
    local text = lines[i]:match("^%s*%-%-%-%s?(.*)$")
    if not text then break end
    table.insert(block, 1, text)
  end
  return #block > 0 and block or nil
end

--- The Lua text of a name's function, with a line that says where it is; nil when it is written in C.
function origin.source(name)
  local chunk, first, last = origin.place(name)
  if not chunk then return nil end
  local lines = lines_of(chunk)
  last = last or first
  while not lines[last]:find("^end") and not lines[last]:find(" end$") do last = last + 1 end
  return ("-- %s, line %d\n%s"):format(chunk, first, table.concat(lines, "\n", first, last))
end

return origin
