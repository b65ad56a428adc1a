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
