-- What people from Python and PyTorch type: what is said, and that the repaired line runs.
local t = dofile("tests/lua/harness.lua")
local evaluator = require "mlprun.prompt.evaluator"

-- What stands behind the names in the phrases.
local BEFORE = [[
ml.manual_seed(1)
x, y, a, b = ml.rand { 4, 5 }, ml.rand { 4, 5 }, ml.rand { 3, 3 }, ml.rand { 3, 3 }
w = ml.tensor({ 1.0, 2.0 }, { requires_grad = true }); loss = (w * w):sum()
model = nn.Sequential { nn.Linear(5, 3), nn.ReLU(), nn.Linear(3, 2) }
optimizer = optim.Adam(model:parameters())
loader = data.DataLoader(data.TensorDataset(ml.rand { 6, 5 }, ml.ones { 6 }:long()), { batch_size = 2 })
xs, ys, d, n, i, k, path, items = { 3, 1, 2 }, { 4, 5, 6 }, { a = 1, b = 2 }, 3, 1, "a", "none.txt", {}
function fn(v) return v end
]]

-- { what is typed, words of what is said, the repaired line, what ends a block that it opens }
local PHRASES = {
  -- operators
  { "n != 3", "unequal is ~=", "n ~= 3" },
  { "n += 1", "no +=", "n = n + 1" },
  { "n -= 1 + 2", "no +=", "n = n - (1 + 2)" },
  { "d.a *= 2", "no +=", "d.a = d.a * 2" },
  { "n++", "no +=", "n = n + 1" },
  { "n ** 2", "^ is the power", "n ^ 2" },
  { "n > 1 && n < 5", "and, or, not", "n > 1 and n < 5" },
  { "n > 1 || n < 5", "and, or, not", "n > 1 or n < 5" },
  { "k = !n", "and, or, not", "k = not n" },
  { "a @ b", "matmul", "a:matmul(b)" },
  { "a @ b.T", "matmul", "a:matmul(b:t())" },
  { "n is None", "nil is nothing", "n == nil" },
  { "n is not None", "nil is nothing", "n ~= nil" },
  { "k not in d", "what a table does not have is nil", "d[k] == nil" },
  { "k in d", "what a table does not have is nil", "d[k] ~= nil" },
  { "n if n > 1 else 0", "c and a or b", "n > 1 and n or 0" },
  { "n = n > 1 ? 5 : 6", "c and a or b", "n = n > 1 and 5 or 6" },
  { "n := 4", "gives a name its value", "n = 4" },
  -- tables and tensors
  { "x[1:3]", "{ 2, 3 } from the second to the third", "x[{ { 2, 3 } }]" },
  { "x[:, 1]", "{} all", "x[{ {}, 2 }]" },
  { "x[0, 1]", "places from 1", "x[{ 1, 2 }]" },
  { "x[:2]", "places from 1", "x[{ { 1, 2 } }]" },
  { "x[-2:]", "places from 1", "x[{ { -2, -1 } }]" },
  { "x[:, 1:3] = 0", "places from 1", "x[{ {}, { 2, 3 } }] = 0" },
  { "[1, 2]", "a list stands in braces", "{ 1, 2 }" },
  { "[]", "a list stands in braces", "{}" },
  { "ml.tensor([1, 2])", "a list stands in braces", "ml.tensor({ 1, 2 })" },
  { "ml.tensor([[1, 2], [3, 4]])", "a list stands in braces", "ml.tensor({ { 1, 2 }, { 3, 4 } })" },
  { "items = [1, 'two']", "a list stands in braces", "items = { 1, 'two' }" },
  { '{"a": 1}', "keys stand before =", "{ a = 1 }" },
  { "d = {'two words': 1, 3: 4}", "keys stand before =", "d = { ['two words'] = 1, [3] = 4 }" },
  { "ml.zeros((2, 3))", "no tuples", "ml.zeros({ 2, 3 })" },
  { "shape = (2, 3)", "no tuples", "shape = { 2, 3 }" },
  { "[fn(v) for v in xs]", "filled in a loop", "list = {} for _, v in ipairs(xs) do list[#list + 1] = fn(v) end" },
  { "squares = [v * v for v in range(3)]", "filled in a loop", "squares = {} for v = 1, 3 do squares[#squares + 1] = v * v end" },
  -- calls
  { "nn.Linear(3, 2, bias=false)", "one table at the end", "nn.Linear(3, 2, { bias = false })" },
  { "nn.Linear(3, 2, bias=False)", "one table at the end", "nn.Linear(3, 2, { bias = false })" },
  { "x:sum(dim=1)", "dimensions count from 1", "x:sum({ dim = 2 })" },
  { "x.sum(dim=-1, keepdim=True)", "one table", "x:sum({ dim = -1, keepdim = true })" },
  { "optim.Adam(model.parameters(), lr=1e-3)", "one table", "optim.Adam(model:parameters(), { lr = 1e-3 })" },
  { "x.view(-1, 10)", "methods take a colon", "x:view(-1, 10)" },
  { "model.parameters()", "methods take a colon", "model:parameters()" },
  { "model.train()", "methods take a colon", "model:train()" },
  { "optimizer.step()", "methods take a colon", "optimizer:step()" },
  { "optimizer.zero_grad()", "methods take a colon", "optimizer:zero_grad()" },
  { "loss.backward()", "methods take a colon", "loss:backward()" },
  { "loss.item()", "methods take a colon", "loss:item()" },
  { "x:cuda()", "no device", "x" },
  { "model = model:cuda()", "no device", "model = model" },
  { "x.detach().cpu().numpy()", "no device", "x:detach()" },
  { "x:numpy()", "a tensor is the array", "x" },
  { "a.T", "transposes", "a:t()" },
  { "x:to(device)", "no device", "x" },
  { "xs.append(4)", "table.insert", "table.insert(xs, 4)" },
  { "print model", "print is a function", "print(model)" },
  { "print n, xs", "print is a function", "print(n, xs)" },
  { "assert n == 3", "assert is a function", "assert(n == 3)" },
  { "assert n == 3, 'three'", "assert is a function", "assert(n == 3, 'three')" },
  { "map = lambda v: v * 2", "function(x) return", "map = function(v) return v * 2 end" },
  { 'f"loss {n:.3f} of {k}"', "format", '("loss %.3f of %s"):format(n, k)' },
  { "print(f'{n}')", "format", "print(('%s'):format(n))" },
  { "'%d of %d' % (n, 4)", "format fills a text", "('%d of %d'):format(n, 4)" },
  -- heads of blocks
  { "for j in range(10):", "both ends included", "for j = 1, 10 do", "end" },
  { "for j in range(2, 10):", "both ends included", "for j = 2, 9 do", "end" },
  { "for j in range(0, n, 2):", "both ends included", "for j = 0, n - 1, 2 do", "end" },
  { "for j in range(len(xs)):", "both ends included", "for j = 1, #xs do", "end" },
  { "for j in range(2): print(j)", "both ends included", "for j = 1, 2 do print(j) end" },
  { "for u, v in loader:", "a loader gives batches", "for u, v in loader:batches() do", "end" },
  { "for v in xs:", "ipairs", "for _, v in ipairs(xs) do", "end" },
  { "for j, v in enumerate(xs):", "ipairs", "for j, v in ipairs(xs) do", "end" },
  { "for k, v in d.items():", "pairs", "for k, v in pairs(d) do", "end" },
  { "for u, v in zip(xs, ys):", "by one place", "for i = 1, #xs do local u, v = xs[i], ys[i]", "end" },
  { "for p in model.parameters():", "parameters() is a list", "for _, p in ipairs(model:parameters()) do", "end" },
  { "for name, p in model.named_parameters():", "iterators", "for name, p in model:named_parameters() do", "end" },
  { "if n > 1:", "no colon", "if n > 1 then", "end" },
  { "if n != 1: print(n)", "no colon", "if n ~= 1 then print(n) end" },
  { "while n > 10:", "no colon", "while n > 10 do", "end" },
  { "def g(v, k=3):", "begins a function", "function g(v, k)", "end" },
  { "def g(v): return v + 1", "begins a function", "function g(v) return v + 1 end" },
  { "def g(v: int) -> int:", "begins a function", "function g(v)", "end" },
  { "class Net(nn.Module):", "subclass", 'Net = nn.Module:subclass("Net")' },
  { "class Thing:", "a table", "Thing = {}" },
  { "with torch.no_grad():", "no_grad takes a function", "ml.no_grad(function()", "end)" },
  { "with torch.no_grad(): y = model(x)", "no_grad takes a function", "ml.no_grad(function() y = model(x) end)" },
  { "with open('none.txt') as file:", "io.open", "file = io.open('none.txt')" },
  { "try:", "pcall", "ok, why = pcall(function()", "end)" },
  { "except ValueError as e:", "pcall says" }, { "finally:", "pcall says" },
  { "elif n > 1:", "elseif" },
  -- statements
  { "import torch", "nothing is imported", 'ml = require "mlprun"' },
  { "import torch.nn as nn", "nothing is imported", 'ml = require "mlprun"' },
  { "import numpy as np", "nothing is imported", 'ml = require "mlprun"' },
  { "from torch import nn", "nothing is imported", 'ml = require "mlprun"' },
  { "import os", "nothing is imported" }, { "from x import y", "nothing is imported" },
  { "# comment", "a comment begins with --", "-- comment" },
  { "# load the data", "a comment begins with --", "-- load the data" },
  { "n != 3 # or so", "a comment begins with --", "n ~= 3 -- or so" },
  { "// comment", "a comment begins with --", "-- comment" },
  { "del n", "is gone", "n = nil" },
  { "pass", "an empty block", "do end" },
  { "continue", "goto continue" },
  { "raise ValueError('wrong')", "error raises", "error('wrong')" },
  { "let z = 1", "needs no word", "z = 1" },
  -- names
  { "len(xs)", "# is the length", "#xs" },
  { "n = None", "nil is nothing", "n = nil" },
  { "n = True", "written small", "n = true" },
  { "nn.Linear(3, 2, { bias = False })", "written small", "nn.Linear(3, 2, { bias = false })" },
  { "str(n)", "tostring", "tostring(n)" },
  { "int(3.7)", "math.floor", "math.floor(3.7)" },
  { "float('3')", "tonumber", "tonumber('3')" },
  { "max(1, 2)", "in math", "math.max(1, 2)" },
  { "sum(xs)", "x:sum()", "ml.tensor(xs):sum()" },
  { "range(10)", "both ends included", "ml.arange(10)" },
  { "isinstance(k, str)", "type says", '(type(k) == "string")' },
  { "torch.zeros(2, 3)", "the library is ml", "ml.zeros(2, 3)" },
  { "torch.relu(x)", "the library is ml", "ml.relu(x)" },
  { "torch.zeros(2, dtype=torch.float32)", "one table", 'ml.zeros(2, { dtype = "f32" })' },
  { "torch.nn.Linear(2, 3)", "the library is ml", "nn.Linear(2, 3)" },
  { "torch.tensor([1., 2.])", "a list stands in braces", "ml.tensor({ 1., 2. })" },
  { "torch.cuda.is_available()", "no device", "false" },
  { "np.array({ 1, 2 })", "tensors are its arrays", "ml.tensor({ 1, 2 })" },
  { "np.zeros(3)", "tensors are its arrays", "ml.zeros(3)" },
  { "F.relu(x)", "nn.functional", "nn.functional.relu(x)" },
  { "F.softmax(x, dim=1)", "one table", "nn.functional.softmax(x, { dim = 2 })" },
  { "A.HorizontalFlip { p = 0.5 }", "in augment", "augment.HorizontalFlip { p = 0.5 }" },
  { "plt.plot { 1, 2 }", "plot draws" },
  { "super().__init__()", "needs no such call", "do end" },
  { "self.x = 1", "inside function Net:forward" },
  { "zip(xs, ys)", "by one place" },
}

local MEANT_TO_FAIL = { ["error('wrong')"] = true }

local function session()
  local said, environment = {}, setmetatable({}, { __index = _G })
  require("mlprun.prompt.globals")(environment)
  local e = evaluator.new { write = function(text) said[#said + 1] = text end, environment = environment }
  e.known = {}
  e:line((BEFORE:gsub("%s+$", "")))
  return function(line)
    said = {}
    e.repaired, e.failed = nil, false
    local state = e:line(line)
    return table.concat(said), state, e.repaired, e.failed
  end
end

for _, phrase in ipairs(PHRASES) do
  local typed, words, expected, rest = table.unpack(phrase)
  t.test(typed, function()
    local line = session()
    local said, state, repaired = line(typed)
    t.equal(state, "done")
    t.equal(said:find(words, 1, true) ~= nil, true, said)
    t.equal(repaired, expected, said)
    if not expected then return end
    t.equal(said:find(expected, 1, true) ~= nil, true, said)
    local failed
    said, state, _, failed = line(expected)
    t.equal(state, rest and "more" or "done", said)
    if rest then said, _, _, failed = line(rest) end
    t.equal(failed, MEANT_TO_FAIL[expected] or false, said)
  end)
end

t.done()
