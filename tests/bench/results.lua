-- results.lua PAGE [--pictures] FOLDER... - puts what experiments have just printed into a page such as experiments/README.md.
--
--   mlprun experiments/depth.lua --epochs=10 --image_size=32 --data=PHOTOS --out=/tmp/runs
--   mlprun tests/bench/results.lua experiments/README.md /tmp/runs/depth
--
-- A section "## NAME" of the page has a table, the command, and what was concluded; these are made from the folder's results.md
-- and results.json; with --pictures its chart goes to pictures/NAME.png beside the page. A table keeps its columns, in the order
-- of the results, and gets those that a script has of its own; what the command says of the pictures stays, and has to be true.
local core = require "mlprun.core"
local layout = require "mlprun.base.layout"
local json, sys = core.json, core.sys

local WIDTH = 118
-- Columns that every table has: shown where the page shows them.
local USUAL = { test = true, validation = true, training = true, gap = true, ["final gap"] = true, ["epochs run"] = true,
                ["time per run"] = true, ["training loss"] = true, ["seconds to the level"] = true }

local function lines_of(text)
  local list = {}
  for line in (text:gsub("\n$", "") .. "\n"):gmatch("([^\n]*)\n") do list[#list + 1] = line end
  return list
end

local function cells_of(line)
  local list = {}
  for cell in line:gmatch("|%s*([^|]-)%s*%f[|]") do list[#list + 1] = cell end
  return list
end

-- The first table's rows.
local function table_of(lines)
  local rows = {}
  for _, line in ipairs(lines) do
    if line:find("^|") then
      if not line:find("^|%s*%-%-%-") then rows[#rows + 1] = cells_of(line) end
    elseif #rows > 0 then break end
  end
  return rows
end

local function chosen(rows, shown)
  local keep, known = {}, {}
  for _, name in ipairs(shown) do known[name] = true end
  for i, name in ipairs(rows[1]) do
    if known[name] or not USUAL[name] then keep[#keep + 1] = i end
  end
  local list = {}
  for r, row in ipairs(rows) do
    local cells = {}
    for i, at in ipairs(keep) do cells[i] = row[at] end
    list[#list + 1] = "| " .. table.concat(cells, " | ") .. " |"
    if r == 1 then list[2] = "| --- |" .. (" ---: |"):rep(#keep - 1) end
  end
  return list
end

-- The command as a reader types it (it trains, also where the table was only made anew), on which pictures is said beside it.
local function command_of(stored)
  local list = { "mlprun" }
  for i = 2, #stored.command do
    local word = stored.command[i]
    if word:find("^%-%-data=") then word = "--data=..." end
    local only_how = word:find("^%-%-out=") or word:find("^%-%-keep") or word:find("^%-%-jobs=") or word == "--no-train"
    if not only_how then list[#list + 1] = word end
  end
  return table.concat(list, " ")
end

-- The line under the table: the command that was run, and the page's words on its pictures.
local function command_line(section, stored)
  local pictures = section:match("\n%*`[^`]*`, (on .-)%.%*")
  local said = pictures and pictures:match("%(([%d,]+)%)")
  local count = math.tointeger(tonumber((said or ""):gsub(",", ""), 10))
  if not pictures or count and count ~= stored.data.pictures then
    sys.fail(("the page says '%s', the results are of %d pictures"):format(pictures or "?", stored.data.pictures))
  end
  return ("*`%s`, %s.*"):format(command_of(stored), pictures)
end

-- What results.md says of a search, and the conclusion.
local function said_in(lines)
  local search, conclusion = {}, nil
  for _, line in ipairs(lines) do
    if line:find("^Conclusion: ") then conclusion = line end
    if line:find("^Search: ") or line:find("^The best ") or line:find("^Chosen as ") then search[#search + 1] = line end
  end
  local list = {}
  if #search > 0 then list[1] = table.concat(search, " ") end
  list[#list + 1] = conclusion
  for i, text in ipairs(list) do list[i] = layout.wrap(text, WIDTH) end
  return table.concat(list, "\n\n")
end

local function renewed(section, folder, stored)
  local lines = lines_of(sys.read_file(folder .. "/results.md"))
  local about = section:match("^[^\n]*\n\n([^\n]*)\n")
  if about ~= stored.about then sys.fail(("the page asks '%s', the script '%s'"):format(about, stored.about)) end
  local pictures = section:match("\n(!%[.*)$") or ""
  return ("## %s\n\n%s\n\n%s\n\n%s\n\n%s\n\n%s"):format(stored.experiment, about,
    table.concat(chosen(table_of(lines), table_of(lines_of(section))[1]), "\n"), command_line(section, stored), said_in(lines),
    pictures)
end

local page, folders, draws = arg[1], {}, false
for i = 2, #arg do
  if arg[i] == "--pictures" then draws = true else folders[#folders + 1] = arg[i] end
end
local text = sys.read_file(page)
for _, folder in ipairs(folders) do
  local stored = json.decode(sys.read_file(folder .. "/results.json"))
  local from = text:find("\n## " .. stored.experiment .. "\n", 1, true)
  if not from then sys.fail(("%s has no section '%s'"):format(page, stored.experiment)) end
  local to = text:find("\n## ", from + 1, true) or #text + 1
  local ok, section = pcall(renewed, text:sub(from + 1, to - 1), folder, stored)
  if not ok then sys.fail(("%s: %s"):format(stored.experiment, section)) end
  text = text:sub(1, from) .. section .. text:sub(to)
  local picture = ("pictures/%s.png"):format(stored.experiment)
  if draws and section:find("(" .. picture .. ")", 1, true) then
    sys.write_file(page:gsub("[^/]*$", "") .. picture, sys.read_file(folder .. "/val_accuracy.png"))
  end
end
sys.write_file(page, text)
