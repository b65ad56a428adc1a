--- mlprun.data.csv_labels - what the labels of a CSV file mean: names of classes, or several labels for each picture.
local sys = require("mlprun.core").sys

local labels = {}

-- ---- one label for each ----

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

-- Numbers that nobody has said are classes: more than MOST different ones, or more than a few with a point.
local MOST, MOST_FRACTIONS = 200, 20
local function check_numbers(names, classes, path)
  local fractions = false
  for _, name in ipairs(names) do
    local value = tonumber(name)
    if not value then return end
    fractions = fractions or value % 1 ~= 0
  end
  if math.type(classes) == "integer" then
    if classes == #names then return end
    sys.fail(("'%s': classes is %d, but %d different labels occur"):format(path, classes, #names))
  end
  if #names > (fractions and MOST_FRACTIONS or MOST) then
    sys.fail(("'%s': the labels are %d different numbers (%s, ...), which are more likely amounts than classes: pass classes = "
      .. "%d if each is a class of its own; make groups of them, or predict the number with nn.MSELoss and data.TensorDataset, "
      .. "if not")
      :format(path, #names, table.concat(names, ", ", 1, 4), #names))
  end
end

--- The numbers of texts among the class names, which are those that occur unless they are said.
function labels.numbered(texts, classes, path)
  local seen, number, list = {}, {}, {}
  for _, text in ipairs(texts) do seen[text] = true end
  local said = type(classes) == "table"
  local names = said and classes or sorted_names(seen)
  if classes ~= nil and not said and math.type(classes) ~= "integer" then
    sys.fail("data.CSV: classes must be a list of names, or how many there are")
  end
  if not said then check_numbers(names, classes, path) end
  for i, name in ipairs(names) do number[tostring(name)] = i end
  for i, text in ipairs(texts) do
    list[i] = number[text] or sys.fail(("'%s': label '%s' is not one of the classes"):format(path, text))
  end
  return list, names
end

-- ---- several for each ----

--- Refuses options that do not go together.
function labels.check(o)
  local columns = type(o.label) == "table"
  if columns and #o.label == 0 then sys.fail("data.CSV: label is an empty list, expected the names of columns") end
  if columns and (o.label_separator ~= nil or o.classes ~= nil) then
    sys.fail(("data.CSV: label names %d columns, each of a label: %s does not go with it"):format(#o.label,
      o.classes ~= nil and "classes" or "label_separator"))
  end
  local separator = o.label_separator
  if separator ~= nil and (type(separator) ~= "string" or separator == "") then
    sys.fail("data.CSV: label_separator must be what stands between the labels of a picture, such as \";\" or \" \"")
  end
end

-- Yes and no as people write them in a column of its own for each label.
local YES_NO = { ["1"] = 1, ["0"] = 0, ["true"] = 1, ["false"] = 0, yes = 1, no = 0, ["1.0"] = 1, ["0.0"] = 0 }

--- The labels of a record where several columns have one each: a row of 0 and 1.
function labels.row(fields, header, at, path, line)
  local row = {}
  for k, i in ipairs(at.labels) do
    row[k] = YES_NO[fields[i]:lower()] or sys.fail(("'%s', line %d: '%s' is '%s', expected 1 or 0: several columns of labels say "
      .. "yes or no each"):format(path, line, header[i], fields[i]))
  end
  return row
end

-- The distinct parts of a field that names several labels.
local function named(text, separator)
  local list, from = {}, 1
  while true do
    local at, stop = text:find(separator, from, true)
    local name = text:sub(from, at and at - 1):match("^%s*(.-)%s*$")
    if name ~= "" then list[#list + 1] = name end
    if not at then return list end
    from = stop + 1
  end
end

--- Rows of 0 and 1 from texts that name the labels of each sample, and all the names.
function labels.rows(texts, separator, classes, path)
  local seen, lists, rows, place = {}, {}, {}, {}
  for i, text in ipairs(texts) do
    lists[i] = named(text, separator)
    for _, name in ipairs(lists[i]) do seen[name] = true end
  end
  local names = type(classes) == "table" and classes or sorted_names(seen)
  for k, name in ipairs(names) do place[name] = k end
  for i, list in ipairs(lists) do
    rows[i] = {}
    for k = 1, #names do rows[i][k] = 0 end
    for _, name in ipairs(list) do
      local k = place[name] or sys.fail(("'%s': label '%s' is not one of the classes"):format(path, name))
      rows[i][k] = 1
    end
  end
  return rows, names
end

return labels
