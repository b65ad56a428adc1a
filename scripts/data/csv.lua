--- mlprun.data.csv - data sets from CSV files: lists of pictures with their labels, and pictures as columns of numbers.
local core = require "mlprun.core"
local csv_labels = require "mlprun.data.csv_labels"
local options = require "mlprun.options"
local targets = require "mlprun.data.targets"
local words = require "mlprun.base.words"
local sys = core.sys

local csv = {}

-- ---- records ----

-- The text of a file without the mark that some editors put in front.
local function read_text(path)
  local text = sys.read_file(path)
  if text:find("^\xFF\xFE") or text:find("^\xFE\xFF") then
    sys.fail(("'%s' is in UTF-16, expected UTF-8: save it as \"CSV UTF-8\""):format(path))
  end
  if text:find("^version https://git%-lfs") then
    sys.fail(("'%s' is a Git LFS pointer: the file itself was not fetched (git lfs pull brings it)"):format(path))
  end
  return text, text:sub(1, 3) == "\xEF\xBB\xBF" and 4 or 1
end

-- The field that begins with a quote at `at`, and the place behind its end; nil when no quote closes it.
local function quoted(text, at)
  local parts, from = {}, at + 1
  while true do
    local quote = text:find('"', from, true)
    if not quote then return nil end
    parts[#parts + 1] = text:sub(from, quote - 1)
    at = quote + 1
    if text:sub(at, at) ~= '"' then return table.concat(parts), at end
    parts[#parts + 1] = '"'
    from = at + 1
  end
end

-- The fields of each record: RFC 4180, with any line ends and spaces around fields; quotes may hold separators, line ends
-- and doubled quotes.
local function records(path, separator)
  local text, at = read_text(path)
  local line, n, blank = 1, #text, separator == "\t" and " *" or "[ \t]*"
  local plain = "^[^\r\n" .. separator:gsub("%p", "%%%0") .. "]*"
  return function()
    while at <= n and text:find("^[ \t]*\r?\n", at) do -- empty lines
      at = select(2, text:find("^[ \t]*\r?\n", at)) + 1
      line = line + 1
    end
    if at > n then return nil end
    local fields, first = {}, line
    while true do
      local value
      at = select(2, text:find("^" .. blank, at)) + 1
      if text:sub(at, at) == '"' then
        value, at = quoted(text, at)
        if not value then sys.fail(("'%s', line %d: a quote is not closed"):format(path, first)) end
        line = line + select(2, value:gsub("\n", ""))
        at = select(2, text:find("^" .. blank, at)) + 1
      else
        local _, stop = text:find(plain, at)
        value, at = text:sub(at, stop):match("^(.-)%s*$"), stop + 1
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

-- ---- columns ----

local PARTS = { train = 1, training = 1, val = 2, valid = 2, validation = 2, test = 3, testing = 3 }

-- Names that columns have elsewhere, for messages.
local USUAL = {
  path = { "file", "filename", "file_name", "filepath", "file_path", "image", "image_path", "image_name", "image_id", "img",
           "picture", "photo", "id", "name" },
  label = { "class", "class_name", "category", "target", "labels", "classes", "y", "emotion", "species", "breed", "diagnosis" },
}

-- Whether the first line has no names: a file's name or numbers stand in it.
local function has_names(header, root)
  local numbers = 0
  for _, text in ipairs(header) do
    if text:find("^[%d.]+$") then numbers = numbers + 1
    elseif text:find("%.%a+$") and sys.exists(text:sub(1, 1) == "/" and text or root .. "/" .. text) == "file" then
      return false
    end
  end
  return numbers * 2 <= #header
end

-- The number of a column, from its name in the header, whatever its case.
local function column(header, name, what, path, needed)
  local other
  for i, text in ipairs(header) do
    if text == name then return i end
    if text:lower() == name:lower() then other = other or i end
  end
  if other or not needed then return other end
  if not has_names(header, path:match("^(.*)/[^/]*$") or ".") then
    sys.fail(("'%s' has no names of columns in its first line: put one in front, such as path,label for a list of pictures, or "
      .. "label,pixel0,pixel1,... for pictures as numbers"):format(path))
  end
  if name == "path" and column(header, "pixels", "pixels", path) then
    sys.fail(("'%s' has all levels of a picture in its column '%s', which is not read: write each into a column of its own, "
      .. "pixel0, pixel1, ..."):format(path, header[column(header, "pixels", "pixels", path)]))
  end
  local likely
  for _, usual in ipairs(USUAL[what] or {}) do likely = likely or column(header, usual, what, path) end
  sys.fail(("'%s' has no column '%s' (its columns are %s%s): name the one that has the %s with %s = \"%s\" (--csv-%s=%s)")
    :format(path, name, table.concat(header, ", ", 1, math.min(#header, 12)), #header > 12 and ", ..." or "", what, what,
      likely and header[likely] or "NAME", what, likely and header[likely] or "NAME"))
end

local SEPARATORS = { ",", ";", "\t" }

-- What stands between the names of the header: one of SEPARATORS, the one that is there most often.
local function separator_of(path)
  local text, at = read_text(path)
  local line, best, most = text:sub(at):match("^%s*([^\r\n]*)"), ",", 0
  for _, separator in ipairs(SEPARATORS) do
    local _, n = line:gsub('"[^"]*"', ""):gsub(separator, "")
    if n > most then best, most = separator, n end
  end
  return best
end

-- ---- names of files ----

local ENDINGS = { ".jpg", ".png", ".jpeg", ".JPG", ".PNG", ".JPEG", ".webp", ".bmp", ".gif", ".tif", ".tiff" }

-- A function that finds the file which a list means: folders of Windows are separated by \, and some lists leave out how
-- the names end. A name without a file stays as it is.
local function finder(root)
  local last = "" -- what the name before ended in
  local function is_there(name) return sys.exists(name:sub(1, 1) == "/" and name or root .. "/" .. name) == "file" end
  return function(name)
    if is_there(name) then return name end
    local other = name:gsub("\\", "/")
    if other ~= name and is_there(other) then return other end
    if last ~= "" and is_there(other .. last) then return other .. last end
    for _, ending in ipairs(ENDINGS) do
      if is_there(other .. ending) then
        last = ending
        return other .. ending
      end
    end
    return other
  end
end

-- ---- lists of pictures ----

-- One record: path, label and part (0 without).
local function entry(fields, header, at, path, line)
  if #fields ~= #header then
    sys.fail(("'%s', line %d: %s, expected %d as in the header"):format(path, line, words.count(#fields, "field"), #header))
  end
  local file, label = fields[at.path], at.labels and csv_labels.row(fields, header, at, path, line) or fields[at.label]
  if file == "" or file:find("\0", 1, true) then sys.fail(("'%s', line %d: no path"):format(path, line)) end
  if label == "" and not at.separated then sys.fail(("'%s', line %d: no label"):format(path, line)) end
  local part = at.split and fields[at.split]:lower() or ""
  if part ~= "" and not PARTS[part] then
    sys.fail(("'%s', line %d: split is '%s', expected train, val or test"):format(path, line, part))
  end
  return file, label, PARTS[part] or 0
end

-- The columns that are none of those in `at`, with room for their texts.
local function further_columns(header, at)
  local list = {}
  for i, name in ipairs(header) do
    local known = i == at.path or i == at.label or i == at.split
    for _, of in ipairs(at.labels or {}) do known = known or i == of end
    if name ~= "" and not known then list[#list + 1] = { name = name, at = i, texts = {} } end
  end
  return list
end

local function read_list(next_record, header, path, o)
  local at = { path = column(header, o.path or "path", "path", path, true),
               separated = o.label_separator ~= nil,
               split = column(header, o.split or "split", "split", path, o.split ~= nil) }
  if type(o.label) == "table" then
    at.labels = {}
    for k, name in ipairs(o.label) do at.labels[k] = column(header, name, "label", path, true) end
  else
    at.label = column(header, o.label or "label", "label", path, true)
  end
  local root = o.root or path:match("^(.*)/[^/]*$") or "."
  local found, with_part = finder(root), 0
  local list = { paths = {}, texts = {}, parts = {}, further = further_columns(header, at), root = root == "" and "/" or root }
  for fields, line in next_record do
    local n = #list.paths + 1
    local file, label, part = entry(fields, header, at, path, line)
    if part > 0 then with_part = with_part + 1 end
    if with_part > 0 and with_part < n then
      sys.fail(("'%s', line %d: some lines have a split and some have none"):format(path, line))
    end
    list.paths[n], list.texts[n], list.parts[n] = found(file), label, part
    for _, more in ipairs(list.further) do more.texts[n] = fields[more.at] end
  end
  if #list.paths == 0 then sys.fail(("'%s' lists no pictures: it has a header only"):format(path)) end
  return list
end

-- ---- pictures as numbers ----

local PIXELS = { "^pixels?[_ ]?%d+$", "^px?[_ ]?%d+$", "^%d+x%d+$", "^%d+$" } -- how columns of levels are called

-- The columns of a header that are pixels, in order: pixel0, pixel1, ... or 1x1, 1x2, ... in any spelling.
local function pixel_columns(header)
  for _, pattern in ipairs(PIXELS) do
    local columns = {}
    for i, name in ipairs(header) do
      if name:lower():find(pattern) then columns[#columns + 1] = i end
    end
    if #columns > 1 and #columns >= #header - 2 then return columns end
  end
  return {}
end

-- Channels and side of pictures of n numbers that are squares.
local function square(n)
  for _, channels in ipairs { 1, 3 } do
    local side = math.floor((n / channels) ^ 0.5 + 0.5)
    if side * side * channels == n then return channels, side end
  end
end

-- A row of levels as a tensor.
local function levels(fields, columns, path, line)
  local row = {}
  for k, i in ipairs(columns) do
    local level = math.tointeger(tonumber(fields[i]))
    if not level or level < 0 or level > 255 then
      sys.fail(("'%s', line %d: pixel %d is '%s', expected a level from 0 to 255"):format(path, line, k, tostring(fields[i])))
    end
    row[k] = level
  end
  return core.tensor.tensor(row, { dtype = "u8" })
end

local function read_pixels(next_record, header, columns, path, o)
  if type(o.label) == "table" or o.label_separator then
    sys.fail(("'%s' has pixels in its columns: several labels for each picture go with a list of files"):format(path))
  end
  local label_at = column(header, o.label or "label", "label", path, true)
  if column(header, o.split or "split", "split", path, o.split ~= nil) then
    sys.fail(("'%s' has a column of parts, which is not read of pictures as numbers: write each part into a file of its own")
      :format(path))
  end
  local channels, side = square(#columns)
  if not side then
    sys.fail(("'%s' has %s of pixels, expected as many as a square picture has, grey or in colour")
      :format(path, words.count(#columns, "column")))
  end
  local rows, texts = {}, {}
  for fields, line in next_record do
    if #fields ~= #header then
      sys.fail(("'%s', line %d: %s, expected %d as in the header"):format(path, line, words.count(#fields, "field"), #header))
    end
    rows[#rows + 1], texts[#texts + 1] = levels(fields, columns, path, line), fields[label_at]
  end
  if #rows == 0 then sys.fail(("'%s' lists no pictures: it has a header only"):format(path)) end
  local labels, names = csv_labels.numbered(texts, o.classes, path)
  local pictures = core.tensor.stack(rows):reshape(#rows, channels, side, side)
  for i, name in ipairs(names) do names[i] = tostring(name) end
  return core.data.tensors(pictures, core.tensor.tensor(labels, { dtype = "i64" }), names)
end

-- ---- the function ----

local OPTIONS = { "path", "label", "label_separator", "split", "root", "separator", "classes", "channels", "background",
                  "max_pixels", "draft", "on_bad" }

--- Pictures that a CSV file lists: a header, then one line for each with its path, its label (the name of its class) and
--- perhaps its split (train, val or test). Several labels for each picture are several columns of 0 and 1, label = { "cat",
--- "dog" }, or one that names them, label_separator = ";": batches then have a row of 0 and 1 for each picture. Spaces
--- around fields do not count, \ in paths is /, and names may lack their ending. A file with a column for each pixel (pixel0,
--- pixel1, ..., or 1x1, 1x2, ..., levels from 0 to 255) holds the pictures itself. Names of columns are found in any case;
--- separator: comma, semicolon or tab, as the header has it.
---@param path string
---@param o? { path = "path", label = "label", label_separator: string, split: string, root: string, separator: string,
---  classes: string[]|integer, channels: integer, background: string|integer|integer[], max_pixels: integer, draft = 0,
---  on_bad: string }
---@return Dataset
function csv.CSV(path, o)
  o = options.check(o, OPTIONS, "data.CSV")
  if type(path) ~= "string" then sys.fail(("data.CSV: got a %s, expected a path"):format(type(path))) end
  local separator = o.separator or separator_of(path)
  if type(separator) ~= "string" or #separator ~= 1 or separator:find('["\r\n%w]') then
    sys.fail("data.CSV: separator must be one character, such as \",\", \";\" or \"\\t\"")
  end
  local next_record = records(path, separator)
  local header = next_record()
  if not header then sys.fail(("'%s' is empty, expected a header such as path,label"):format(path)) end
  csv_labels.check(o)
  local pixels = pixel_columns(header)
  if #pixels > 1 then return read_pixels(next_record, header, pixels, path, o) end
  local list = read_list(next_record, header, path, o)
  local labels, names, has, label_names
  if type(o.label) == "table" or o.label_separator then
    local rows = list.texts
    label_names = o.label
    if o.label_separator then rows, label_names = csv_labels.rows(rows, o.label_separator, o.classes, path) end
    labels, names, has = targets.combinations(rows, label_names)
  else
    labels, names = csv_labels.numbered(list.texts, o.classes, path)
  end
  local set = core.data.listed(list.root, list.paths, labels, list.parts, names,
    { channels = o.channels, background = o.background, max_pixels = o.max_pixels, draft = o.draft, on_bad = o.on_bad })
  if has then core.data.set_targets(set, label_names, has) end
  for _, more in ipairs(list.further) do core.data.add_column(set, more.name, more.texts) end
  return set
end

return csv
