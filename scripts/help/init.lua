--- mlprun.help - what the library says about its names: at the prompt (?nn.Linear), on the command line (mlprun help
--- nn.Linear), in docs/reference.md and to editors (mlprun types), all from one source.
---
--- How a name is called, its defaults and limits stand in one place each: in the description that the runtime makes it
--- from (described.lua), in the `---` block on its Lua function (origin.lua), or, for what C gives to Lua without a
--- description, in the first line of its text (signature.lua).
---
--- The texts are in the files beside this one, a part of the library each. An entry is a line that begins with a name, and
--- indented lines behind it: prose, `> ` begins a line of an example, `see ` names related entries. What a description
--- says is not repeated: its sentence comes before the prose, and a described name needs no entry.
local core = require "mlprun.core"
local around = require "mlprun.help.around"
local described = require "mlprun.help.described"
local origin = require "mlprun.help.origin"
local signature = require "mlprun.help.signature"
local layout = require "mlprun.base.layout"
local sys = core.sys

local help = {}

--- The parts, in the order of the reference, each with a title.
help.PARTS = {
  { "ml", "Tensors: making them, files, modes" }, { "tensor", "Tensor: methods" }, { "nn", "nn: layers, losses, models" },
  { "functional", "nn.functional, nn.init, nn.utils" }, { "optim", "optim: optimizers, schedules, averages" },
  { "augment", "augment: transforms of pictures" }, { "data", "data: data sets, loaders, samplers" },
  { "metrics", "metrics: scores and statistics" }, { "plot", "plot: charts and pictures" },
  { "writers", "writers: TensorBoard, JSONL, CSV" }, { "search", "search: hyperparameters that are looked for" },
  { "explain", "explain: looking into a model" },
  { "experiment", "ml.experiment: trials, seeds, reports" },
}

-- ---- reading the texts ----

-- What a name is called with, and where that is said: "description", "block", "text" or (a part, a class) nowhere.
local function complete(entry)
  local name = entry.name
  local call, sentence = described.signature(name)
  entry.source = call and "description"
  if not call then
    local block = origin.block(name)
    call = block and signature.of_block(name, block)
    entry.source = call and "block"
  end
  if not call then
    call = entry.written
    entry.source = call and "text"
  end
  entry.call = call
  entry.signature = call and signature.text(call) or name
  if sentence then table.insert(entry.text, 1, sentence) end
  entry.summary = entry.text[1] or ""
  return entry
end

local function entry_from(head, lines, part)
  local entry = { name = signature.name(head), written = signature.read(head), part = part, text = {}, example = {},
                  see = {} }
  while lines[#lines] == "" do lines[#lines] = nil end
  for _, line in ipairs(lines) do
    local body = line:gsub("^  ", "")
    if body:find("^> ") or body == ">" then entry.example[#entry.example + 1] = body:sub(3)
    elseif body:find("^see ") then
      for name in body:sub(5):gmatch("[^,%s]+") do entry.see[#entry.see + 1] = name end
    else entry.text[#entry.text + 1] = body end
  end
  return complete(entry)
end

-- Adds the entries of a part, first those of its text; names that only a description has follow.
local function read_part(part, entries, order)
  local head, lines
  local function add(entry)
    entries[entry.name] = entry
    order[#order + 1] = entry.name
  end
  local function finish()
    if head then add(entry_from(head, lines, part)) end
  end
  for line in (require("mlprun.help." .. part) .. "\n"):gmatch("([^\n]*)\n") do
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
  for _, name in ipairs(described.names(part)) do
    if not entries[name] then add(entry_from(name, {}, part)) end
  end
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
  if owner == "ml" and known["Tensor:" .. last] then return { "Tensor:" .. last } end -- a method is a function of ml too
  local found, methods = {}, {}
  for _, candidate in ipairs(names) do
    local of, own = candidate:match("^(.-)[%.:]?([%w_]+)$")
    if own == last then
      if owner == "" or owner:lower() == of:lower() or of:sub(-#owner - 1) == "." .. owner then found[#found + 1] = candidate
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

--- An entry: name, signature (a line), call (a Signature, nil for classes and parts), source (where that is said), summary,
--- text and example (lists of lines), see (names), part; nil when there is none.
function help.entry(name)
  local found = named(name)
  return #found == 1 and all()[found[1]] or nil
end

-- ---- showing ----

local joined = layout.whole(" = ")

local function add_lines(lines, more) table.move(more, 1, #more, #lines + 1, lines) end

local MARGIN = 85 -- columns from which on a line of a source was broken for its length alone

-- The lines of a text with those together that a sentence goes on over.
local function filled(text)
  local list, open = {}, false
  for _, line in ipairs(text) do
    local indent, words = line:match("^(%s*)(.*)$")
    if open and words ~= "" and indent == list[#list]:match("^%s*") then list[#list] = list[#list] .. " " .. words
    else list[#list + 1] = line end
    open = #line >= MARGIN and not line:find("[%.:;]$")
  end
  return list
end

local function shown(entry, o)
  local function paint(code, text) return o.colour and ("\27[%sm%s\27[0m"):format(code, text) or text end
  local lines = {}
  for _, line in ipairs(layout.lines(entry.signature:gsub(" = ", joined), o.width, "    ")) do
    lines[#lines + 1] = paint("1", line)
  end
  for _, line in ipairs(filled(entry.text)) do
    local indent = "  " .. line:match("^%s*")
    add_lines(lines, layout.lines(line, o.width, indent, indent))
  end
  for _, parameter in ipairs(help.parameters(entry)) do
    local text = ("%s: %s"):format(parameter[1], parameter[2])
    add_lines(lines, layout.lines(text, o.width, "      ", "    "))
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

--- The text about a name, or what there is around it (see around.lua); nil when there is neither. Several entries of one name
--- are listed.
---@param name string
---@param o? table   width = 80, colour = false
function help.text(name, o)
  o = { width = o and o.width or 80, colour = o and o.colour or false }
  local found = named(name)
  if #found == 0 then
    local known, names = all()
    return around.text(name, known, names, o.width)
  end
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

--- The names of a function's options; nil when it has none, or is not known.
---@return string[]?
function help.options(name)
  local entry = help.entry(name)
  if not (entry and entry.call and entry.call.options) then return nil end
  local list = {}
  for i, option in ipairs(entry.call.options) do list[i] = option.name end
  table.sort(list)
  return list
end

--- What the arguments and options of an entry mean and what they may be, where a description says so: a list of
--- { name, text }.
function help.parameters(entry)
  local list = {}
  for _, places in ipairs { entry.call and entry.call.arguments or {}, entry.call and entry.call.options or {} } do
    for _, place in ipairs(places) do
      if place.doc then list[#list + 1] = { place.name, place.doc } end
    end
  end
  return list
end

-- ---- source ----

--- The Lua text of a function or of a class's beginning; where there is none, says so. nil for an unknown name.
function help.source(name)
  local found = named(name)
  if #found ~= 1 then return nil end
  return origin.source(found[1]) or ("%s is written in C"):format(found[1])
end

return help
