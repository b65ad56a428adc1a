-- docs/reliability.md names tests: each of them exists, and each of the 52 checks has its row.
local t = dofile("tests/lua/harness.lua")
local sys = require("mlprun.core").sys

local page = sys.read_file("docs/reliability.md")

t.test("each test that the page names is in its file", function()
  local count = 0
  for row in page:gmatch("\n(| %d+ |[^\n]*)") do
    local file, text
    for name in row:gmatch("`([^`]+)`") do
      if name:find("^tests/") then
        file, text = name, sys.read_file(name)
      elseif text and not name:find("^make ") and not name:find("^%u[%u_]+=") and not name:find("^ulimit") and name ~= "--resume"
        and name ~= "--cpu" then
        t.ok(text:find(name, 1, true), ("%s has no test '%s'"):format(file, name))
        count = count + 1
      end
    end
  end
  t.ok(count > 60, ("only %d tests are named"):format(count))
end)

t.test("each check has one row, and a test or a word about it", function()
  local rows = {}
  for number, promise, test in page:gmatch("\n| (%d+) | ([^|]+) | ([^|]+) |") do
    rows[#rows + 1] = tonumber(number)
    t.ok(promise ~= "" and (test:find("`tests/", 1, true) or test:find("not ", 1, true) or test:find("make check", 1, true)),
      "check " .. number)
  end
  for i = 1, 52 do t.equal(rows[i], i, "the checks are in order") end
  t.equal(#rows, 52)
end)

t.test("each variable for the full scale is one that tests read", function()
  local all = {}
  for _, folder in ipairs { "tests/c", "tests/lua", "tests/e2e" } do
    for _, name in ipairs(sys.list(folder)) do
      local path = folder .. "/" .. name
      if sys.exists(path) == "file" and name ~= "reliability.lua" then all[#all + 1] = sys.read_file(path) end
    end
  end
  all = table.concat(all, "\n")
  for variable in page:gmatch("`(%u[%u_]+)=") do t.ok(all:find(variable, 1, true), variable .. " is read by no test") end
end)

t.done()
