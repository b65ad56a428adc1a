-- Early stopping, the progress line, and the folders of runs.
local t = dofile("tests/lua/harness.lua")
local stopping = require "mlprun.experiment.stopping"
local progress = require "mlprun.experiment.progress"
local folder = require "mlprun.experiment.folder"

t.test("early stopping waits `patience` epochs, and a tie is no improvement", function()
  local s = stopping(2)
  local seen = {}
  for epoch, accuracy in ipairs { 0.5, 0.6, 0.6, 0.59 } do
    local improved, stop = s:update(epoch, accuracy)
    seen[epoch] = { improved, stop }
  end
  t.equal(seen, { { true, false }, { true, false }, { false, false }, { false, true } })
  t.equal(s.best_epoch, 2)
  t.equal(s.best, 0.6)
end)

t.test("an accuracy of zero is an improvement on nothing, and patience 0 never stops", function()
  local s = stopping(0)
  t.equal({ s:update(1, 0) }, { true, false })
  for epoch = 2, 50 do t.equal({ s:update(epoch, 0) }, { false, false }) end
end)

-- A progress display whose clock and terminal are ours.
local function display(terminal, columns)
  local now, said = 0, {}
  local p = progress {
    terminal = terminal, columns = function() return columns or 80 end,
    clock = function() return now end, write = function(s) said[#said + 1] = s end,
  }
  return p, said, function(seconds) now = now + seconds end
end

t.test("a terminal gets one line, at most ten times a second", function()
  local p, said, wait = display(true, 120)
  p:begin("dropout=0, seed 42:", 10)
  for step = 1, 100 do
    p:step { epoch = 1, step = step, steps = 100, loss = 1.5, accuracy = 0.25 }
    wait(0.01)
  end
  t.ok(#said >= 9 and #said <= 11, #said .. " redraws in a second")
  t.ok(said[5]:find("^\r%[[#.]+%] dropout=0, seed 42:  epoch 1/10  loss 1.500  best .* 25.0 %%  at most .* left\27%[K$"), said[5])
  t.ok(not table.concat(said):find("\n"), "no line ends")
  p:say("done")
  t.equal(said[#said], "done\n")
end)

-- What a terminal of so many columns shows after some output: the lines, and the one that the cursor is in. It breaks lines
-- where they are too long, as terminals do.
local function screen(columns)
  local lines, row, column = { "" }, 1, 1
  local function put(c)
    if column > columns then row, column = row + 1, 1 end
    local line = lines[row] or ""
    local before = {}
    for _, code in utf8.codes(line) do before[#before + 1] = utf8.char(code) end
    for i = #before + 1, column - 1 do before[i] = " " end
    before[column] = c
    lines[row], column = table.concat(before), column + 1
  end
  local self = { lines = lines }
  function self.take(text)
    local at = 1
    while at <= #text do
      local n, what, last = text:match("^\27%[(%d*)[;%d]*([A-Za-z])()", at)
      if last then
        if what == "A" then row = row - tonumber(n)
        elseif what == "K" or what == "J" then
          lines[row] = (lines[row] or ""):sub(1, (utf8.offset(lines[row] or "", column) or math.huge) - 1)
          if what == "J" then
            for i = row + 1, #lines do lines[i] = nil end
          end
        end
        at = last
      else
        local c = text:match("^" .. utf8.charpattern, at)
        if c == "\r" then column = 1
        elseif c == "\n" then row, column = row + 1, 1 lines[row] = lines[row] or ""
        else put(c) end
        at = at + #c
      end
    end
  end
  function self.text() return (table.concat(lines, "\n"):gsub(" +\n", "\n"):gsub(" +$", "")) end
  return self
end

t.test("the losses are drawn above the line, and taken away before anything else is printed", function()
  local now, columns, seen = 0, 60, screen(60)
  local p = progress { curve = true, terminal = true, columns = function() return columns end, rows = function() return 30 end,
                       clock = function() return now end, write = function(s) seen.take(s) end }
  local function steps(from, to)
    for epoch = from, to do
      now = now + 1
      p:step { epoch = epoch, step = 1, steps = 1, loss = 1 / epoch }
      p:ended { epoch = epoch, train_loss = 1 / epoch, val_loss = 2 / epoch }
    end
  end
  seen.take("before\r\n")
  local plain_print, plain_write = print, io.write
  local ok, why = pcall(function()
    p:begin("a:", 9)
    steps(1, 2)
    t.ok(seen.text():find("^before\n%[[#.]+%] a:  epoch 2/9[^\n]*$"), seen.text()) -- nothing to connect yet
    steps(3, 6)
    local rows = 0
    for line in seen.text():gmatch("[^\n]+") do
      if line:find("┤", 1, true) or line:find("│", 1, true) then rows = rows + 1 end
    end
    t.equal(rows, 8)
    t.ok(seen.text():find("^before\n.*train_loss.*val_loss\n%[[#.]+%] a:  epoch 6/9[^\n]*$"), seen.text())
    p:say("said")
    t.equal(seen.text(), "before\nsaid\n")
    steps(7, 8)
    p:clear()
    t.equal(seen.text(), "before\nsaid\n")
    steps(9, 9)
    io.write("") -- what the script prints comes first too
    t.equal(seen.text(), "before\nsaid\n")
  end)
  rawset(_G, "print", plain_print)
  rawset(io, "write", plain_write)
  t.ok(ok, why)
end)

t.test("there is no curve in a small terminal, in a file, and where it is not wanted", function()
  for _, o in ipairs { { curve = false }, { curve = true, rows = 19 }, { curve = true, columns = 39 },
                       { curve = true, terminal = false } } do
    local said, now = {}, 0
    local p = progress { curve = o.curve, terminal = o.terminal ~= false, columns = function() return o.columns or 80 end,
                         rows = function() return o.rows or 30 end, clock = function() return now end,
                         write = function(s) said[#said + 1] = s end }
    local plain_print, plain_write = print, io.write
    p:begin("a:", 9)
    for epoch = 1, 9 do
      now = now + 20
      p:step { epoch = epoch, step = 1, steps = 1, loss = 1 / epoch }
      p:ended { epoch = epoch, train_loss = 1 / epoch, val_loss = 2 / epoch }
    end
    rawset(_G, "print", plain_print)
    rawset(io, "write", plain_write)
    t.ok(#said >= 8, #said)
    t.equal(table.concat(said):find("┤", 1, true), nil)
  end
end)

t.test("the line fits terminals of any width", function()
  for _, columns in ipairs { 1, 20, 49, 50, 80, 200 } do
    local p, said, wait = display(true, columns)
    p:begin("dropöut=0.5, seed 42:", 10)
    p:step { epoch = 1, step = 1, steps = 2, loss = 1.5 }
    wait(30)
    p:step { epoch = 9, step = 1, steps = 2, loss = 1.5, accuracy = 1 }
    for _, s in ipairs(said) do
      local line = s:gsub("^\r", ""):gsub("\27%[K$", "")
      t.ok(utf8.len(line), "no broken sign at " .. columns)
      t.ok(utf8.len(line) < columns or columns == 1, ("%d columns for %q"):format(columns, line))
    end
  end
end)

t.test("elsewhere there is a plain line every ten seconds", function()
  local p, said, wait = display(false)
  p:begin("a, seed 1:", 4)
  for step = 1, 99 do
    wait(0.25)
    p:step { epoch = 1, step = step, steps = 99, loss = 0.5 }
  end
  t.equal(#said, 2)
  t.ok(said[1]:find("^a, seed 1:  epoch 1/4  loss 0.500"), said[1])
  t.ok(said[2]:find("at most %d+ .*left\n$"), said[2])
  t.ok(not table.concat(said):find("[\r\27]"), "no control signs")
end)

t.test("names become parts of a path", function()
  t.equal(folder.safe_name("dropout=0.5"), "dropout=0.5")
  t.equal(folder.safe_name("a/b"), "a_b")
  t.equal(folder.safe_name(".."), "_")
  t.equal(folder.safe_name("../../etc"), "__.._etc")
  t.equal(folder.safe_name("-rf *"), "_rf_")
  t.equal(folder.safe_name("größe 2"), "größe_2")
end)

t.done()
