--- mlprun.data.skipped - what opening a folder passed over, in words.
local words = require "mlprun.base.words"

local skipped = {}

-- "2 .txt, 1 without extension", the most frequent first.
local function by_extension(counts)
  local list = {}
  for extension, n in pairs(counts) do list[#list + 1] = { extension == "" and "without extension" or extension, n } end
  table.sort(list, function(a, b) return a[2] > b[2] or a[2] == b[2] and a[1] < b[1] end)
  for i, entry in ipairs(list) do list[i] = ("%d %s"):format(entry[2], entry[1]) end
  return table.concat(list, ", ")
end

--- "3 files not named as pictures (2 .txt, 1 .mp4)"; nil when there are none.
---@param extensions table<string, integer>   files by the end of their name with its dot, "" where there is none
---@return string?
function skipped.others(extensions)
  local n = 0
  for _, each in pairs(extensions) do n = n + each end
  if n == 0 then return nil end
  return ("%s not named as %s (%s)"):format(words.count(n, "file"), n == 1 and "a picture" or "pictures",
    by_extension(extensions))
end

--- The findings as a list of sentences without an end; empty when nothing was passed over.
---@param over table   what Dataset:passed_over returns
---@return string[]
function skipped.findings(over)
  local list = {}
  if over.unlabelled > 0 then
    list[1] = ("%s without classes in %s, for mlprun predict"):format(words.count(over.unlabelled, "picture"), over.unlabelled_in)
  end
  if over.loose > 0 then list[#list + 1] = words.count(over.loose, "picture") .. " outside of the class folders" end
  list[#list + 1] = skipped.others(over.extensions)
  if over.links_out > 0 and not over.links_followed then
    list[#list + 1] = ("%s out of the folder (follow_links = false)"):format(words.count(over.links_out, "link"))
  end
  return list
end

--- Where pictures are taken from outside of the folder, in words; nil where none is.
---@param over table
---@return string?
function skipped.links(over)
  if over.links_out == 0 or not over.links_followed then return nil end
  return ("%s out of the folder, followed (data.open(path, { follow_links = false }) passes them over)"):format(
    over.links_out == 1 and "1 link leads" or words.grouped(over.links_out) .. " links lead")
end

-- The first of "'cats', 'dogs'", without its quotes.
local function first(list) return list:match("^'(.-)'") end

--- What is likely to be a mistake about the folder's parts, or nil.
---@param grouped? boolean   whether somebody said what lies inside of the class folders (--group)
function skipped.warning(over, grouped)
  if over.alike and over.parts_inside then
    return ("the classes %s have parts of the data in them (%s), which are taken together here: put the parts above the classes "
      .. "(%s/%s), and they stay apart"):format(over.alike, over.alike_inside, first(over.alike_inside), first(over.alike))
  elseif over.alike and not grouped then
    return ("%s are the classes here, and each has the same folders in it (%s): if these are the classes, and those above them "
      .. "parts of the data, call the parts train, val and test"):format(over.alike, over.alike_inside)
  end
  if not over.like_parts then return nil end
  local several = over.like_parts:find("', '", 1, true)
  return ("%s %s called like %s of the data, but not all folders are: %s here"):format(over.like_parts, several and "are" or "is",
    several and "parts" or "a part", several and "they are classes" or "it is a class")
end

return skipped
