--- mlprun.data.inspect - a look at a data set before training: counts, sizes, formats, bad files, duplicates.
local core = require "mlprun.core"
local opening = require "mlprun.data.open"
local options = require "mlprun.options"
local skipped = require "mlprun.data.skipped"
local words = require "mlprun.base.words"
local sys = core.sys

local Report = {}
Report.__index = Report
Report.__name = "Inspection"

local SHOWN = 5 -- examples of each finding

-- ---- gathering ----

-- min, median, max of a list of numbers.
local function range_of(list)
  if #list == 0 then return nil end
  local sorted = table.move(list, 1, #list, 1, {})
  table.sort(sorted)
  local middle = (#sorted + 1) // 2
  local median = #sorted % 2 == 1 and sorted[middle] or (sorted[middle] + sorted[middle + 1]) / 2
  return { min = sorted[1], median = median, max = sorted[#sorted] }
end

-- Sizes as "WxH", the most frequent first.
local function by_count(counts)
  local list = {}
  for name, n in pairs(counts) do list[#list + 1] = { name = name, count = n } end
  table.sort(list, function(a, b) return a.count > b.count or (a.count == b.count and a.name < b.name) end)
  return list
end

local function count(counts, key) counts[key] = (counts[key] or 0) + 1 end

local function add_picture(r, lists, path, facts)
  if facts.reason then
    r.corrupt[#r.corrupt + 1] = { path = path, reason = facts.reason }
    return
  end
  local w, h = facts.width, facts.height
  lists.width[#lists.width + 1], lists.height[#lists.height + 1] = w, h
  lists.side[#lists.side + 1] = math.min(w, h)
  if facts.bytes then lists.bytes[#lists.bytes + 1] = facts.bytes end
  count(lists.sizes, ("%dx%d"):format(w, h))
  if facts.format then
    count(r.formats, facts.format)
    if facts.misnamed then r.misnamed[#r.misnamed + 1] = { path = path, format = facts.format } end
  end
  if facts.remark then r.odd[#r.odd + 1] = { path = path, remark = facts.remark } end
  if facts.grey then r.grey = r.grey + 1 else r.colour = r.colour + 1 end
end

-- The part of each sample ("train", ...), or nil when the set has none.
local function parts_of(set)
  if #set.parts < 2 then return nil end
  local of, position = {}, {}
  for i, sample in ipairs(set:samples():tolist()) do position[sample] = i end
  for _, name in ipairs(set.parts) do
    for _, sample in ipairs(set:part(name):samples():tolist()) do of[position[sample]] = name end
  end
  return of
end

-- Groups of samples with the same bytes, and what is wrong about some of them.
local function find_duplicates(r, set, pictures, labels, part)
  local group_of = {}
  for i, facts in ipairs(pictures) do
    if facts.first ~= i then
      local group = group_of[facts.first]
      if not group then
        group = { facts.first }
        group_of[facts.first] = group
        r.duplicates[#r.duplicates + 1] = group
      end
      group[#group + 1] = i
      r.copies = r.copies + 1
    end
  end
  table.sort(r.duplicates, function(a, b) return a[1] < b[1] end)
  for g, group in ipairs(r.duplicates) do
    local paths, classes, parts = {}, {}, {}
    for k, i in ipairs(group) do
      paths[k] = set:path(i)
      classes[set.classes[labels[i]]] = true
      if part then parts[part[i]] = true end
    end
    r.duplicates[g] = paths
    if next(classes, (next(classes))) then r.two_classes[#r.two_classes + 1] = paths end
    if part and next(parts, (next(parts))) then r.across[#r.across + 1] = paths end
  end
end

local function find_near(r, set, found, labels, part)
  for i, pair in ipairs(found.near) do
    local entry = { set:path(pair.a), set:path(pair.b), difference = pair.difference }
    r.near[i] = entry
    if labels[pair.a] ~= labels[pair.b] then r.near_two_classes[#r.near_two_classes + 1] = entry end
    if part and part[pair.a] ~= part[pair.b] then r.near_across[#r.near_across + 1] = entry end
  end
  r.near_cut = found.near_cut
end

local function gather(set, near)
  local found = core.data.look_over(set, near)
  local labels, part = set:labels():tolist(), parts_of(set)
  local r = setmetatable({
    root = set.root, kind = set.kind, count = #set, good = found.good,
    classes = set.classes, class_counts = set:class_counts(), parts = {}, formats = {}, grey = 0, colour = 0,
    corrupt = {}, misnamed = {}, odd = {}, duplicates = {}, copies = 0, two_classes = {}, across = {},
    near = {}, near_two_classes = {}, near_across = {}, mean = found.mean, std = found.std, checked_near = near,
    passed_over = set:passed_over(), channels = set.channels,
  }, Report)
  local lists = { width = {}, height = {}, side = {}, bytes = {}, sizes = {} }
  for i, facts in ipairs(found.pictures) do add_picture(r, lists, set:path(i), facts) end
  for _, name in ipairs(set.parts) do r.parts[name] = #set:part(name) end
  r.width, r.height, r.file_bytes = range_of(lists.width), range_of(lists.height), range_of(lists.bytes)
  r.sizes = by_count(lists.sizes)
  for _, bad in ipairs(set:bad_files()) do -- found while indexing: broken links and the like
    if not bad.sample then r.corrupt[#r.corrupt + 1] = { path = bad.path, reason = bad.reason } end
  end
  local least, most = math.huge, 0
  for _, n in ipairs(r.class_counts) do least, most = math.min(least, n), math.max(most, n) end
  r.imbalance = least > 0 and most / least or math.huge
  find_duplicates(r, set, found.pictures, labels, part)
  find_near(r, set, found, labels, part)
  return r
end

-- ---- the text ----

local number = words.grouped

local function plural(n, word) return ("%s %s%s"):format(number(n), word, n == 1 and "" or "s") end

local function clip(text) return (text:gsub("%c", "?")) end

local function examples(lines, list, show)
  for i = 1, math.min(#list, SHOWN) do lines[#lines + 1] = "    " .. clip(show(list[i])) end
  if #list > SHOWN then lines[#lines + 1] = ("    ... and %s more"):format(number(#list - SHOWN)) end
end

local function class_lines(lines, r)
  local width, total = 0, #r.classes
  local order = {}
  for i, name in ipairs(r.classes) do
    order[i] = i
    if utf8.len(name) and utf8.len(name) <= 40 then width = math.max(width, utf8.len(name)) end
  end
  table.sort(order, function(a, b)
    local x, y = r.class_counts[a], r.class_counts[b]
    return x > y or (x == y and a < b)
  end)
  local function line(i)
    local name, n = r.classes[i], r.class_counts[i]
    local gap = (" "):rep(math.max(0, width - (utf8.len(name) or #name)))
    lines[#lines + 1] = ("  %s%s %8s  %4.1f %%"):format(clip(name), gap, number(n), 100 * n / r.count)
  end
  local shown = total > 30 and 10 or total
  for k = 1, shown do line(order[k]) end
  if shown < total then
    lines[#lines + 1] = ("  ... %d classes between ..."):format(total - 2 * shown)
    for k = total - shown + 1, total do line(order[k]) end
  end
end

local function size_lines(lines, r)
  if not r.width then return end
  local sizes = {}
  for k = 1, math.min(3, #r.sizes) do
    sizes[k] = ("%s (%s)"):format(r.sizes[k].name, number(r.sizes[k].count))
  end
  lines[#lines + 1] = ("sizes      width %d to %d (median %g), height %d to %d (median %g)"):format(
    r.width.min, r.width.max, r.width.median, r.height.min, r.height.max, r.height.median)
  if #r.sizes > 3 then sizes[4] = "..." end
  lines[#lines + 1] = ("           %s: %s"):format(plural(#r.sizes, "size"), table.concat(sizes, ", "))
  local formats = {}
  for k, entry in ipairs(by_count(r.formats)) do formats[k] = ("%s %s"):format(number(entry.count), entry.name) end
  formats[#formats + 1] = r.colour > 0 and ("%s in colour"):format(number(r.colour)) or nil
  formats[#formats + 1] = r.grey > 0 and ("%s grey"):format(number(r.grey)) or nil
  lines[#lines + 1] = "formats    " .. table.concat(formats, ", ")
  if r.file_bytes then
    local b = r.file_bytes
    lines[#lines + 1] = ("files      %s to %s (median %s)"):format(words.bytes(b.min), words.bytes(b.max), words.bytes(b.median))
  end
  local mean, std = {}, {}
  for c = 1, #r.mean do mean[c], std[c] = ("%.4f"):format(r.mean[c]), ("%.4f"):format(r.std[c]) end
  lines[#lines + 1] = ("levels     mean { %s }, std { %s }"):format(table.concat(mean, ", "), table.concat(std, ", "))
  lines[#lines + 1] = "           of 0..1, for augment.Normalize"
end

local function finding(lines, list, noun, text, show)
  if #list == 0 then return end
  lines[#lines + 1] = ("  %s: %s"):format(plural(#list, noun), text)
  examples(lines, list, show)
end

-- What is worth a look, the worst first; returns how many lines that makes.
local function finding_lines(lines, r)
  local before = #lines
  local function short(path) -- paths below the data set's folder, without it
    return path:sub(1, #r.root + 1) == r.root .. "/" and path:sub(#r.root + 2) or path
  end
  local function same(paths)
    local list = {}
    for i, path in ipairs(paths) do list[i] = short(path) end
    return table.concat(list, " = ")
  end
  finding(lines, r.corrupt, "file", "cannot be read, so left out", function(f) return short(f.path) .. ": " .. f.reason end)
  finding(lines, r.two_classes, "picture", "in two classes (same bytes); which one is right?", same)
  finding(lines, r.across, "picture", "in two parts (same bytes), which makes results look better than they are", same)
  finding(lines, r.near_two_classes, "pair", "look the same and are in different classes", same)
  finding(lines, r.near_across, "pair", "look the same and are in different parts", same)
  finding(lines, r.duplicates, "picture", "there more than once (same bytes); split keeps copies on one side", same)
  finding(lines, r.near, "pair", "look the same (saved again, resized, or hardly changed); group = \"similar\" keeps them on "
    .. "one side of a split", same)
  if r.near_cut then lines[#lines + 1] = "    (there are more: only some pairs were listed)" end
  finding(lines, r.misnamed, "file", "not what the name says, but read all the same",
          function(f) return ("%s: a %s file"):format(short(f.path), f.format) end)
  finding(lines, r.odd, "file", "read, though something is odd", function(f) return short(f.path) .. ": " .. f.remark end)
  for _, text in ipairs(skipped.findings(r.passed_over)) do lines[#lines + 1] = "  " .. text end
  local links = skipped.links(r.passed_over)
  if links then lines[#lines + 1] = "  " .. links end
  local warning = skipped.warning(r.passed_over)
  if warning then lines[#lines + 1] = "  " .. warning end
  if r.imbalance == math.huge then lines[#lines + 1] = "  a class has no picture"
  elseif r.imbalance >= 3 then
    lines[#lines + 1] = ("  the largest class has %.1f times the pictures of the smallest: look at recall for each class, or use "
      .. "class weights"):format(r.imbalance)
  end
  for i, n in ipairs(r.class_counts) do
    if n > 0 and n < 10 then
      lines[#lines + 1] = ("  class '%s' has %s: too few to tell anything about it"):format(clip(r.classes[i]),
                                                                                            plural(n, "picture"))
    end
  end
  return #lines - before
end

--- What is worth a look, as lines: none where nothing is.
---@return string[]
function Report:findings()
  local lines = {}
  finding_lines(lines, self)
  return lines
end

function Report:__tostring()
  local lines = { ("%s '%s': %s in %s"):format(self.kind, clip(self.root), plural(self.count, "picture"),
                                               plural(#self.classes, "class"):gsub("classs$", "classes")) }
  local parts = {}
  for _, name in ipairs { "train", "val", "test" } do
    if self.parts[name] then parts[#parts + 1] = ("%s %s"):format(name, number(self.parts[name])) end
  end
  if #parts > 0 then lines[#lines + 1] = "parts      " .. table.concat(parts, ", ") end
  class_lines(lines, self)
  size_lines(lines, self)
  lines[#lines + 1] = "worth a look"
  if finding_lines(lines, self) == 0 then
    lines[#lines] = self.checked_near and "nothing suspicious: every picture can be read, none is there twice"
      or "nothing suspicious: every picture can be read, none is there twice (near duplicates were not looked for)"
  end
  return table.concat(lines, "\n")
end

-- ---- the function and the command ----

local inspect = {}

--- Reads every picture of a data set and says what there is: a table, and as text (print it) a report.
---
--- Fields: count, good, classes, class_counts, parts (name -> pictures), imbalance (largest class over smallest), width and
--- height and file_bytes ({ min, median, max }), sizes (list of { name = "WxH", count }), formats (name -> files), grey,
--- colour, mean and std (those of set:statistics()), corrupt (list of { path, reason }), misnamed
--- (list of { path, format }), odd (files read all the same: list of { path, remark }), passed_over; duplicates (lists of
--- paths with the same bytes), copies (files more than needed), two_classes and across (those of them in different
--- classes, in different parts); near (pairs of paths that look the same, with difference), near_two_classes, near_across.
---@param what string|mlprun.Dataset   a path as data.open takes it, or a data set
---@param o? { near: boolean }         true: looks for near duplicates too
---@return table
function inspect.inspect(what, o)
  o = options.check(o, { near = true }, "data.inspect")
  local set = what
  if type(what) == "string" then
    set = opening.open(what, { allow_empty = true })
  elseif not core.data.is_dataset(what) then
    sys.fail(("data.inspect: got %s, expected a path or a data set"):format(what == nil and "nothing" or type(what)))
  end
  return gather(set, o.near and true or false)
end

local usage = [[
mlprun data inspect FOLDER [--no-near]

Reads every picture and reports counts, sizes, formats, files that cannot be read, pictures that are there twice (in two
classes, in two parts), pictures that look the same, imbalance, and the levels for Normalize.

  --no-near   does not look for pictures that look the same, which takes longer for very many pictures
]]

--- `mlprun data inspect FOLDER`; returns the exit status.
function inspect.command(...)
  local paths, near, wanted = {}, true, nil
  for _, word in ipairs { ... } do
    if word == "--help" or word == "-h" then
      io.stdout:write(usage)
      return 0
    elseif word == "--near" or word == "--no-near" then near = word == "--near"
    elseif word:sub(1, 1) == "-" then wanted = ("unknown option '%s'"):format(word)
    else paths[#paths + 1] = word end
  end
  if #paths ~= 1 and not wanted then wanted = "data inspect takes one folder or file" end
  if wanted then
    io.stderr:write("mlprun: ", wanted, "\n\n", usage)
    return 2
  end
  local ok, report = pcall(inspect.inspect, paths[1], { near = near })
  if not ok then
    io.stderr:write("mlprun: ", tostring(report), "\n")
    return 1
  end
  print(tostring(report))
  return 0
end

return inspect
