--- mlprun.help - what the library says about its names: at the prompt (?nn.Linear), on the command line (mlprun help
--- nn.Linear), and in docs/reference.md, all from the same texts.
---
--- The texts are in the files beside this one, a part of the library each. An entry is a line that begins with a name and
--- shows how it is called, and indented lines behind it: the first says what it is for, `> ` begins a line of an example,
--- `see ` names related entries. Options are those in the braces of the first line: { bias = true, dtype = "f32" }.
--- tests/lua/help.lua holds them against the library: every public name has an entry, every entry's name is there, every
--- option is accepted, every example runs.
local core = require "mlprun.core"
local layout = require "mlprun.base.layout"
local sys = core.sys

local help = {}

--- The parts, in the order of the reference, each with a title.
help.PARTS = {
  { "ml", "Tensors: making them, files, modes" }, { "tensor", "Tensor: methods" }, { "nn", "nn: layers, losses, models" },
  { "functional", "nn.functional, nn.init, nn.utils" }, { "optim", "optim: optimizers, schedules, averages" },
  { "augment", "augment: transforms of pictures" }, { "data", "data: data sets, loaders, samplers" },
  { "metrics", "metrics: scores and statistics" }, { "plot", "plot: charts and pictures" },
  { "writers", "writers: TensorBoard, JSONL, CSV" }, { "experiment", "ml.experiment: trials, seeds, reports" },
}

-- ---- reading the texts ----

local function entry_from(head, lines, part)
  local entry = { name = head:match("^[%a_][%w_%.:]*"), signature = head, part = part, text = {}, example = {}, see = {} }
  while lines[#lines] == "" do lines[#lines] = nil end
  for _, line in ipairs(lines) do
    local body = line:gsub("^  ", "")
    if body:find("^> ") or body == ">" then entry.example[#entry.example + 1] = body:sub(3)
    elseif body:find("^see ") then
      for name in body:sub(5):gmatch("[^,%s]+") do entry.see[#entry.see + 1] = name end
    else entry.text[#entry.text + 1] = body end
  end
  entry.summary = entry.text[1] or ""
  return entry
end

local function read_part(part, entries, order)
  local text = require("mlprun.help." .. part)
  local head, lines
  local function finish()
    if not head then return end
    local entry = entry_from(head, lines, part)
    entries[entry.name] = entry
    order[#order + 1] = entry.name
  end
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    if line:find("^%S") then
      finish()
      head, lines = line, {}
    elseif head and line:find("^    ") and #lines == 0 then
      head = head .. " " .. line:gsub("^%s+", "") -- a long first line goes on
    elseif head then
      lines[#lines + 1] = line
    end
  end
  finish()
end

local entries, order -- name -> entry, and the names in order

local function all()
  if entries then return entries, order end
  local found, names = {}, {}
  for _, part in ipairs(help.PARTS) do read_part(part[1], found, names) end
  entries, order = found, names
  return entries, order
end

-- ---- finding ----

-- The entries that a name as people write it may mean: nn.Linear, ml.nn.Linear, Linear, Tensor:sum, t:sum, sum.
local function named(name)
  local known, names = all()
  name = name:gsub("^ml%.(%l%w*[%.:])", "%1")
  if known[name] then return { name } end
  local plain = name:gsub("^ml%.", "")
  if known[plain] then return { plain } end
  local owner, last = name:match("^(.-)[%.:]?([%w_]+)$")
  local found, methods = {}, {}
  for _, candidate in ipairs(names) do
    local of, own = candidate:match("^(.-)[%.:]?([%w_]+)$")
    if own == last then
      if owner == "" or owner == of or of:sub(-#owner - 1) == "." .. owner then found[#found + 1] = candidate
      elseif name:find(":", 1, true) and candidate:find(":", 1, true) then methods[#methods + 1] = candidate end
    end
  end
  return #found > 0 and found or methods
end

--- The names that have an entry, in the order of the reference.
function help.names()
  local _, names = all()
  return names
end

--- An entry: name, signature, summary, text and example (lists of lines), see (names), part; nil when there is none.
function help.entry(name)
  local found = named(name)
  return #found == 1 and all()[found[1]] or nil
end

-- ---- showing ----

local function shown(entry, o)
  local function paint(code, text) return o.colour and ("\27[%sm%s\27[0m"):format(code, text) or text end
  local lines = {}
  for i, line in ipairs(layout.lines(entry.signature, o.width)) do
    lines[#lines + 1] = paint("1", (i > 1 and "    " or "") .. line)
  end
  for _, line in ipairs(entry.text) do
    local indent = "  " .. line:match("^%s*")
    for i, part in ipairs(layout.lines(line, o.width, indent, indent)) do lines[#lines + 1] = i == 1 and part or part end
  end
  if #entry.example > 0 then
    lines[#lines + 1] = ""
    for _, line in ipairs(entry.example) do lines[#lines + 1] = "  " .. paint("36", "> " .. line) end
  end
  if #entry.see > 0 then
    lines[#lines + 1] = ""
    lines[#lines + 1] = "  see also: " .. table.concat(entry.see, ", ")
  end
  return table.concat(lines, "\n")
end

--- The text about a name; nil when nothing has it. Several entries of one name are listed.
---@param name string
---@param o? table   width = 80, colour = false
function help.text(name, o)
  o = { width = o and o.width or 80, colour = o and o.colour or false }
  local found = named(name)
  if #found == 0 then return nil end
  if #found == 1 then return shown(all()[found[1]], o) end
  local lines = { ("several have the name '%s':"):format(name) }
  for _, each in ipairs(found) do lines[#lines + 1] = ("  %-28s %s"):format("?" .. each, all()[each].summary) end
  return table.concat(lines, "\n")
end

--- Entries that come near a word: names like it, then texts with it.
---@return { name: string, summary: string }[]
function help.search(word)
  local known, names = all()
  local found, taken = {}, {}
  local function add(name)
    if name and not taken[name] then
      taken[name] = true
      found[#found + 1] = { name = name, summary = known[name].summary }
    end
  end
  local lower, short, by_short = word:lower(), {}, {}
  for _, name in ipairs(names) do
    local last = name:match("([%w_]+)$")
    if not by_short[last] then short[#short + 1], by_short[last] = last, name end
    if name:lower():find(lower, 1, true) then add(name) end
  end
  add(by_short[sys.nearest(word:match("([%w_]*)$"), short) or ""])
  for _, name in ipairs(names) do
    local text = (known[name].signature .. " " .. table.concat(known[name].text, " ")):lower()
    if #lower >= 3 and text:find(lower, 1, true) then add(name) end
  end
  return found
end

-- What is between the last pair of braces of a signature, without braces inside it.
local function last_braces(signature)
  local last, depth = signature:find("}[^}]*$"), 0
  for i = last or 0, 1, -1 do
    local c = signature:sub(i, i)
    depth = depth + (c == "}" and 1 or c == "{" and -1 or 0)
    if depth == 0 then return (signature:sub(i + 1, last - 1):gsub("%b{}", "")) end
  end
end

--- The names of a function's options; nil when it has none, or is not known.
---@return string[]?
function help.options(name)
  local found = named(name)
  if #found ~= 1 then return nil end
  local braces = last_braces(all()[found[1]].signature)
  if not braces then return nil end
  local list = {}
  for key in (", " .. braces):gmatch(",%s*([%a_][%w_]*)%s*=") do list[#list + 1] = key end
  table.sort(list)
  return #list > 0 and list or nil
end

-- ---- source ----

local function value_of(name)
  local value = require "mlprun"
  for part in name:gmatch("[%a_][%w_]*") do
    if part ~= "ml" then
      local ok, inner = pcall(function() return value[part] end)
      if not ok or inner == nil then return nil end
      value = inner
    end
  end
  return value
end

--- The Lua text of a function or of a class's beginning; where there is none, says so. nil for an unknown name.
function help.source(name)
  local found = named(name)
  if #found ~= 1 then return nil end
  local full = found[1]
  local value = value_of(full)
  if type(value) == "table" then value = rawget(value, "__init") or value.__init or rawget(value, "forward") end
  local info = type(value) == "function" and debug.getinfo(require("mlprun.base.public").inner(value), "S")
  if not info or info.what == "C" then return ("%s is written in C"):format(full) end
  local text, lines = sys.script(info.short_src), {}
  if not text then return nil end
  local number = 0
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    number = number + 1
    if number >= info.linedefined and number <= info.lastlinedefined then lines[#lines + 1] = line end
  end
  return ("-- %s, line %d\n%s"):format(info.short_src, info.linedefined, table.concat(lines, "\n"))
end

return help
