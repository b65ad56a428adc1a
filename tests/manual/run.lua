-- Runs what the manual shows: mlprun ROOT/tests/manual/run.lua ROOT PAGE... prints a TAP line for each block. It is called in
-- a scratch folder, where photos/ has pictures in three classes; pages are named from ROOT.
--
-- Blocks of a page run one after the other:
--   ```lua       runs with the prompt's globals (ml, nn, ...); globals stay for the page's next blocks. A ```text block right
--                behind it is what it prints.
--   ```console   lines that begin with $ are commands of the shell, the others what they print
--   ``` without a language and with lines that begin with "> ": replayed at the prompt, the other lines are what it shows
--   ```python    the other side of a comparison: not run
--   ```diff      a change of the sources: tests/e2e/extending.sh applies it
--   rows of a table whose first two cells are code: the second is run, as a lua block is
-- In what is shown, ... stands for anything in a line, and a line of ... for any lines.
-- A comment before a block says when it is not run, or only with the default pictures:
--   <!-- not run: why -->      <!-- with the default pictures -->
-- <!-- this is FILE --> says that the block is what FILE has, which is compared; <!-- saved as FILE --> writes it into the
-- scratch folder, where a console block behind it runs it.
local core = require "mlprun.core"
local sys = core.sys
local evaluator = require "mlprun.prompt.evaluator"

local root, pages = arg[1], table.move(arg, 2, #arg, 1, {})
_G.arg = { [0] = "page" } -- scripts of the manual have no arguments
local failures, not_run = 0, {}

local function tap(ok, name, why)
  print((ok and "ok " or "not ok ") .. name)
  if not ok then
    failures = failures + 1
    print("# " .. why:gsub("\n", "\n# "))
  end
end

-- ---- comparing ----

local function line_matches(expected, got)
  local pattern = expected:gsub("%s+$", ""):gsub("[%^%$%(%)%%%.%[%]%*%+%-%?]", "%%%0"):gsub("%%%.%%%.%%%.", ".*")
  return got:gsub("%s+$", ""):find("^" .. pattern .. "$") ~= nil
end

local function lines_of(text)
  local list = {}
  for line in (text:gsub("\n+$", "") .. "\n"):gmatch("([^\n]*)\n") do list[#list + 1] = line end
  return list
end

-- Whether lines from i on match; a line of ... takes as many as are needed.
local function matches(expected, got, i, j)
  i, j = i or 1, j or 1
  while i <= #expected do
    if expected[i]:match("^%s*(.-)%s*$") == "..." then
      for k = j, #got + 1 do
        if matches(expected, got, i + 1, k) then return true end
      end
      return false
    end
    if not got[j] or not line_matches(expected[i], got[j]) then return false end
    i, j = i + 1, j + 1
  end
  return j > #got
end

local function compare(expected, got)
  if matches(lines_of(expected), lines_of(got)) then return true end
  return false, ("expected:\n%s\ngot:\n%s"):format(expected, got)
end

-- ---- kinds of blocks ----

local function prompt(said)
  local environment = setmetatable({}, { __index = _G })
  require("mlprun.prompt.globals").open(environment)
  environment.print = function(...)
    local parts = table.pack(...)
    for i = 1, parts.n do parts[i] = tostring(parts[i]) end
    said[#said + 1] = table.concat(parts, "\t") .. "\n"
  end
  local e = evaluator.new { write = function(text) said[#said + 1] = text end, environment = environment }
  e.known = {}
  return e
end

local function run_lua(page, code, expected)
  local said = page.said
  for i = #said, 1, -1 do said[i] = nil end
  page.evaluator.failed = nil
  page.evaluator:run(code)
  local text = table.concat(said)
  if page.evaluator.failed then return false, text end
  if expected then return compare(expected, text) end
  return true
end

local function run_transcript(page, text)
  local shown, expected = {}, {}
  local function finish()
    if not shown.input then return true end
    local ok, why = compare(table.concat(expected, "\n"), table.concat(page.said))
    if not ok then return false, shown.input .. "\n" .. why end
    return true
  end
  for _, line in ipairs(lines_of(text)) do
    local input = line:match("^>>? (.*)$")
    if input then
      if line:find("^> ") then
        local ok, why = finish()
        if not ok then return false, why end
        for i = #page.said, 1, -1 do page.said[i] = nil end
        expected = {}
      end
      shown.input = line
      page.evaluator:line(input)
    elseif shown.input then
      expected[#expected + 1] = line
    end
  end
  return finish()
end

local function shell(command)
  sys.write_file(".command", command .. "\n")
  local pipe = io.popen("sh .command 2>&1 </dev/null")
  local text = pipe:read("a")
  pipe:close()
  return text
end

local function run_console(text)
  local command, expected
  local function finish()
    if not command then return true end
    local ok, why = compare(table.concat(expected, "\n"), shell(command))
    return ok, not ok and ("$ %s\n%s"):format(command, why) or nil
  end
  for _, line in ipairs(lines_of(text)) do
    local input = line:match("^%$ (.*)$")
    if input then
      local ok, why = finish()
      if not ok then return false, why end
      command, expected = input, {}
    elseif command then
      expected[#expected + 1] = line
    end
  end
  return finish()
end

-- ---- pages ----

-- Blocks of a page: kind, text, line, mark; a row of a table that is to be run is one too.
local function blocks_of(text)
  local list, block, mark, number, last = {}, nil, nil, 0, nil
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    number = number + 1
    local fence = line:match("^%s*```(.*)$")
    if block and fence then
      block.text = table.concat(block, "\n")
      list[#list + 1] = block
      last, block, mark = block, nil, nil
    elseif block then
      block[#block + 1] = line
    elseif fence then
      block = { kind = fence, line = number, mark = mark, behind = last }
    elseif line:find("^| `.-` | `.-` |") then
      list[#list + 1] = { kind = "lua", line = number, text = line:match("^| `.-` | `(.-)` |") }
    elseif line:find("%S") then
      mark = line:match("^%s*<!%-%- (.-) %-%->%s*$") or nil
      last = nil
    end
  end
  return list
end

local function run_page(path)
  local said = {}
  local page = { said = said, evaluator = prompt(said) }
  local blocks = blocks_of(sys.read_file(root .. "/" .. path))
  for i, block in ipairs(blocks) do
    local name = ("%s:%d"):format(path, block.line)
    local default = block.mark == "with the default pictures"
    if block.mark and block.mark:find("^not run") then
      not_run[#not_run + 1] = name .. ": " .. block.mark:gsub("^not run: ", "")
    elseif block.mark and block.mark:find("^this is ") then
      local ok, why = compare(block.text, sys.read_file(root .. "/" .. block.mark:match("^this is (.*)$")))
      tap(ok, name, why)
    elseif block.mark and block.mark:find("^saved as ") then
      sys.write_file(block.mark:match("^saved as (.*)$"), block.text .. "\n")
    elseif default and sys.exists(sys.env("DEFAULT_PICTURES") or "") ~= "folder" then
      print(("ok %s # skip the default pictures are not here (make data)"):format(name))
    elseif block.kind == "lua" then
      local after = blocks[i + 1]
      local expected = after and after.kind == "text" and after.behind == block and after.text
      local ok, why = run_lua(page, block.text, expected)
      tap(ok, name, why)
    elseif block.kind == "console" then
      local ok, why = run_console(block.text)
      tap(ok, name, why)
    elseif block.kind == "" and block.text:find("^> ") then
      local ok, why = run_transcript(page, block.text)
      tap(ok, name, why)
    elseif block.kind == "python" or block.kind == "diff" then
      not_run[#not_run + 1] = name .. ": " .. block.kind
    elseif block.kind == "text" and block.behind and block.behind.kind == "lua" then
      block.seen = true -- compared with its script
    else
      tap(false, name, ("a block of kind '%s' is neither run nor marked"):format(block.kind))
    end
  end
end

for _, page in ipairs(pages) do run_page(page) end
for _, each in ipairs(not_run) do print("# not run: " .. each) end
os.exit(failures == 0 and 0 or 1)
