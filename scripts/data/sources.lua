--- mlprun.data.sources - data sets that are made from tensors and from lists of files.
local core = require "mlprun.core"
local options = require "mlprun.options"
local sys = core.sys

local sources = {}

--- A data set of the rows of a tensor (of any shape and type) and one label for each.
---
--- Without a transform a DataLoader's batches are rows as they are. Transforms need u8 pictures of n x 1 or 3 x height x
--- width. The tensor is shared, not copied, when it is contiguous.
---@param samples Tensor   n x ...
---@param labels Tensor|integer[]   n labels from 1
---@param o? { classes: string[]|integer }
---@return Dataset
function sources.TensorDataset(samples, labels, o)
  o = options.check(o, { "classes" }, "data.TensorDataset")
  if not core.tensor.is_tensor(samples) then
    sys.fail(("data.TensorDataset: got a %s, expected a tensor of samples"):format(type(samples)))
  end
  if type(labels) == "table" then labels = core.tensor.tensor(labels, { dtype = "i64" }) end
  if not core.tensor.is_tensor(labels) then
    sys.fail(("data.TensorDataset: got a %s, expected labels, one for each sample"):format(type(labels)))
  end
  if labels.dtype == "u8" then labels = labels:long() end
  local names = o.classes
  if type(names) ~= "table" then
    local count = names
    if count == nil then count = labels:numel() > 0 and math.max(1, math.tointeger(labels:max():item()) or 1) or 1 end
    if math.type(count) ~= "integer" or count < 1 or count > 1 << 20 then
      sys.fail(("data.TensorDataset: classes is %s, expected names or a number of them"):format(tostring(count)))
    end
    names = {}
    for i = 1, count do names[i] = tostring(i) end
  end
  return core.data.tensors(samples, labels, names)
end

-- ---- CSV ----

-- The fields of each record: RFC 4180, with any line ends; quotes may hold separators, line ends and doubled quotes.
local function records(text, separator, path)
  local at, line, n = 1, 1, #text
  if text:sub(1, 3) == "\xEF\xBB\xBF" then at = 4 end
  local plain = "^[^\r\n" .. separator:gsub("%p", "%%%0") .. "]*"
  return function()
    while at <= n and text:find("^\r?\n", at) do -- empty lines
      at = select(2, text:find("^\r?\n", at)) + 1
      line = line + 1
    end
    if at > n then return nil end
    local fields, first = {}, line
    while true do
      local value
      if text:sub(at, at) == '"' then
        local parts, from = {}, at + 1
        while true do
          local quote = text:find('"', from, true)
          if not quote then
            sys.fail(("'%s', line %d: a quote is not closed"):format(path, first))
          end
          parts[#parts + 1] = text:sub(from, quote - 1)
          at = quote + 1
          if text:sub(at, at) ~= '"' then break end
          parts[#parts + 1] = '"'
          from = at + 1
        end
        value = table.concat(parts)
        line = line + select(2, value:gsub("\n", ""))
      else
        local _, stop = text:find(plain, at)
        value = text:sub(at, stop)
        at = stop + 1
      end
      fields[#fields + 1] = value
      local after = text:sub(at, at)
      if after == separator then
        at = at + 1
      elseif after == "" or after == "\n" or after == "\r" then
        at = at + (text:sub(at, at + 1) == "\r\n" and 2 or 1)
        line = line + 1
        return fields, first
      else
        sys.fail(("'%s', line %d: '%s' follows a closing quote, expected '%s'"):format(path, line, after, separator))
      end
    end
  end
end

local PARTS = { train = 1, training = 1, val = 2, valid = 2, validation = 2, test = 3, testing = 3 }

-- The number of a column, from its name in the header.
local function column(header, name, what, path, needed)
  for i, text in ipairs(header) do
    if text == name then return i end
  end
  if needed then
    sys.fail(("'%s' has no column '%s' (its columns are %s): name the one that has the %s with { %s = }")
      :format(path, name, table.concat(header, ", "), what, what))
  end
end

-- Class names sorted: as numbers where all of them are, else by bytes.
local function sorted_names(seen)
  local names, numbers = {}, true
  for name in pairs(seen) do
    names[#names + 1] = name
    numbers = numbers and name:find("^%d+$") ~= nil and #name <= 15
  end
  table.sort(names, function(a, b)
    if numbers and tonumber(a) ~= tonumber(b) then return tonumber(a) < tonumber(b) end
    return a < b
  end)
  return names
end

local CSV_OPTIONS = { "path", "label", "split", "root", "separator", "classes", "channels", "background", "max_pixels", "draft",
                      "on_bad" }

--- Pictures that a CSV file lists: a header, then one line for each with its path, its label (the name of its class) and
--- perhaps its split (train, val or test).
---@param path string
---@param o? { path = "path", label = "label", split = "split", root: string, separator = ",", classes: string[],
---  channels: integer, background: string|integer|integer[], max_pixels: integer, draft = 0, on_bad: string }
---@return Dataset
function sources.CSV(path, o)
  o = options.check(o, CSV_OPTIONS, "data.CSV")
  if type(path) ~= "string" then sys.fail(("data.CSV: got a %s, expected a path"):format(type(path))) end
  local separator = o.separator or ","
  if type(separator) ~= "string" or #separator ~= 1 or separator:find('["\r\n%w]') then
    sys.fail("data.CSV: separator must be one character, such as \",\", \";\" or \"\\t\"")
  end
  local next_record = records(sys.read_file(path), separator, path)
  local header = next_record()
  if not header then sys.fail(("'%s' is empty, expected a header such as path,label"):format(path)) end
  for i, name in ipairs(header) do header[i] = name:match("^%s*(.-)%s*$") end
  local path_at = column(header, o.path or "path", "path", path, true)
  local label_at = column(header, o.label or "label", "label", path, true)
  local split_at = column(header, o.split or "split", "split", path, o.split ~= nil)
  local paths, texts, parts, seen, with_part = {}, {}, {}, {}, 0
  for fields, line in next_record do
    local file, label = fields[path_at], fields[label_at]
    if #fields ~= #header then
      sys.fail(("'%s', line %d: %d fields, expected %d as in the header"):format(path, line, #fields, #header))
    end
    if file == "" or file:find("\0", 1, true) then sys.fail(("'%s', line %d: no path"):format(path, line)) end
    if label == "" then sys.fail(("'%s', line %d: no label"):format(path, line)) end
    local part = split_at and fields[split_at]:lower():match("^%s*(.-)%s*$") or ""
    if part ~= "" and not PARTS[part] then
      sys.fail(("'%s', line %d: split is '%s', expected train, val or test"):format(path, line, part))
    end
    local n = #paths + 1
    if part ~= "" then with_part = with_part + 1 end
    if with_part > 0 and with_part < n then
      sys.fail(("'%s', line %d: some lines have a split and some have none"):format(path, line))
    end
    paths[n], texts[n], parts[n], seen[label] = file, label, PARTS[part] or 0, true
  end
  if #paths == 0 then sys.fail(("'%s' lists no pictures: it has a header only"):format(path)) end
  local names, number, labels = o.classes or sorted_names(seen), {}, {}
  if type(names) ~= "table" then sys.fail("data.CSV: classes must be a list of names") end
  for i, name in ipairs(names) do number[tostring(name)] = i end
  for i, text in ipairs(texts) do
    labels[i] = number[text] or sys.fail(("'%s': label '%s' is not one of the classes"):format(path, text))
  end
  local decode = { channels = o.channels, background = o.background, max_pixels = o.max_pixels, draft = o.draft,
                   on_bad = o.on_bad }
  local root = o.root or path:match("^(.*)/[^/]*$") or "."
  return core.data.listed(root == "" and "/" or root, paths, labels, parts, names, decode)
end

return sources
