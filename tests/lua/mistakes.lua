-- Typical mistakes of beginners, as scripts, each with all that it prints: the message, the line with its mark, the fix.
-- luacheck: max line length 240
local t = dofile("tests/lua/harness.lua")
local sys = require("mlprun.core").sys
local program = os.getenv("MLPRUN")
local root = t.folder()
dofile("tests/e2e/pictures.lua")(root .. "/photos", 4)
sys.make_folder(root .. "/empty")
sys.make_folder(root .. "/flat")
for i, name in ipairs(sys.list(root .. "/photos/plum")) do
  if i <= 3 then sys.write_file(root .. "/flat/" .. name, sys.read_file(root .. "/photos/plum/" .. name)) end
end
sys.write_file(root .. "/file.txt", "hello")

local HEAD = 'local ml = require "mlprun"\nlocal nn, optim, data = ml.nn, ml.optim, ml.data\n'

-- What the script prints on standard error, with the folder's name left out. Its status has to be 1.
local function says(script, head)
  sys.write_file(root .. "/x.lua", (head or HEAD) .. script .. "\n")
  local pipe <close> = io.popen(("cd '%s' && '%s' x.lua 2>&1 >/dev/null; echo \"status $?\""):format(root, program))
  local text = pipe:read("a"):gsub(root:gsub("%p", "%%%0"), "ROOT")
  local out, status = text:match("^(.*)status (%d+)\n$")
  t.equal(status, "1", "exit status")
  return (out:gsub("^mlprun: x%.lua:", ""))
end

local function mistake(name, script, expected, head)
  t.test(name, function()
    local got = says(script, head)
    if got ~= expected then error("the script says\n" .. got .. "expected\n" .. expected, 2) end
  end)
end

mistake("a folder that is not there", 'data.open("fotos")', [[
3: there is no file or folder 'fotos'; expected a folder of class folders with pictures, or IDX files
    3 | data.open("fotos")
      |            ^^^^^
]])
mistake("an empty folder", 'data.open("empty")', [[
3: 'empty' has no class folders: it is empty; expected one folder for each class, with pictures in it
    3 | data.open("empty")
      |            ^^^^^
]])
mistake("pictures without class folders", 'data.open("flat")', [[
3: 'flat' has no class folders: its 3 pictures lie directly in it; put each class into a folder of its own ('flat/NAME OF CLASS/picture.jpg')
    3 | data.open("flat")
      |            ^^^^
]])
mistake("a file instead of a folder", 'data.open("file.txt")', [[
3: 'file.txt' is a file, but not an IDX file; expected a folder of class folders with pictures, or IDX files such as train-images-idx3-ubyte
    3 | data.open("file.txt")
      |            ^^^^^^^^
]])
mistake("colour pictures for a net of grey ones", [[
local model = nn.Sequential { nn.Flatten(), nn.Linear(64 * 64, 10) }
model(ml.zeros(8, 3, 64, 64))]], [[
4: layer '1' (Linear): linear expects 4096 features and got 12288 (input 8x12288): pass in_features = 12288, or load the images with one channel
    4 | model(ml.zeros(8, 3, 64, 64))
]])
mistake("a forgotten Flatten", [[
local model = nn.Sequential { nn.Linear(12288, 10) }
model(ml.zeros(8, 3, 64, 64))]], [[
4: layer '0' (Linear): linear expects 12288 features and got 64 (input 8x3x64x64): this looks like a batch of pictures, put nn.Flatten() before the first Linear
    4 | model(ml.zeros(8, 3, 64, 64))
]])
mistake("a batch flattened from its first dimension on, as PyTorch counts", [[
local fc = nn.Linear(12288, 10)
fc(ml.zeros(8, 3, 64, 64):flatten(1))]], [[
4: linear expects 12288 features and got 98304 (input 98304): this looks like a batch that was flattened as a whole: flatten(2) leaves dimension 1, which is the batch
    4 | fc(ml.zeros(8, 3, 64, 64):flatten(1))
]])
mistake("a method that is written with a point", [[
local Net = nn.Module:subclass("Net")
function Net.forward(x) return self.fc(x) end
Net.forward(ml.ones(2))]], [[
4: undefined global 'self': self is there where a colon is before the name: function Net:forward(x)
    4 | function Net.forward(x) return self.fc(x) end
      |                                ^^^^
called from x.lua:5: in main chunk
]])
mistake("a label beyond the classes", "nn.CrossEntropyLoss()(ml.zeros(2, 3), ml.tensor { 1, 4 })", [[
3: cross_entropy: label 4 at row 2, expected 1 to 3: the model's last layer needs an output for each class
    3 | nn.CrossEntropyLoss()(ml.zeros(2, 3), ml.tensor { 1, 4 })
]])
mistake("a label counted from 0", "nn.CrossEntropyLoss()(ml.zeros(2, 3), ml.tensor { 0, 1 })", [[
3: cross_entropy: label 0 at row 1, expected 1 to 3: labels count from 1
    3 | nn.CrossEntropyLoss()(ml.zeros(2, 3), ml.tensor { 0, 1 })
]])
mistake("an option under another tool's name", "optim.Adam(nn.Linear(4, 2):parameters(), { learning_rate = 1e-3 })", [[
3: optim.Adam: unknown option 'learning_rate': known are lr, betas, eps, weight_decay, amsgrad, maximize
    3 | optim.Adam(nn.Linear(4, 2):parameters(), { learning_rate = 1e-3 })
      |                                            ^^^^^^^^^^^^^
]])
mistake("a misspelt option", "optim.Adam(nn.Linear(4, 2):parameters(), { weight_decy = 1e-3 })", [[
3: optim.Adam: unknown option 'weight_decy': did you mean 'weight_decay'?
    3 | optim.Adam(nn.Linear(4, 2):parameters(), { weight_decy = 1e-3 })
      |                                            ^^^^^^^^^^^
]])
mistake("a misspelt layer", "local d = nn.Sequential { nn.Linaer(4, 2) }", [[
3: ml.nn has no 'Linaer': did you mean 'Linear'?
    3 | local d = nn.Sequential { nn.Linaer(4, 2) }
      |                              ^^^^^^
]])
mistake("a misspelt field of a tensor", "print(ml.zeros(3).shpae)", [[
3: a Tensor has no 'shpae': did you mean 'shape'?
    3 | print(ml.zeros(3).shpae)
      |                   ^^^^^
]])
mistake("dropout in per cent", "nn.Dropout(50)", [[
3: nn.Dropout: dropout probability has to be between 0 and 1, but got 50: 50 % is 0.5
    3 | nn.Dropout(50)
      | ^^^^^^^^^^
]])
mistake("a point instead of a colon, model", "local model = nn.Linear(4, 2)\nmodel.train()", [[
4: methods take a colon, fields a point: model:train(), but x.shape
    4 | model.train()
      | ^^^^^^^^^^^^
  Lua | model:train()
]])
mistake("a point instead of a colon, with an argument", "local model = nn.Linear(4, 2)\nmodel.load_state_dict({})", [[
4: methods take a colon, fields a point: model:train(), but x.shape
    4 | model.load_state_dict({})
      | ^^^^^^^^^^^^^^^^^^^^^^
  Lua | model:load_state_dict({})
]])
mistake("a point instead of a colon, forward of a layer", "local model = nn.Linear(4, 2)\nmodel.forward(ml.zeros(1, 4))", [[
4: methods take a colon, fields a point: model:train(), but x.shape
    4 | model.forward(ml.zeros(1, 4))
      | ^^^^^^^^^^^^^^
  Lua | model:forward(ml.zeros(1, 4))
]])
mistake("a point instead of a colon, forward of a class", [[
local Net = nn.Module:subclass("Net")
function Net:__init() self.fc = nn.Linear(4, 2) end
function Net:forward(x) return self.fc(x) end
local model = Net()
model.forward(ml.zeros(1, 4))]], [[
7: methods take a colon, fields a point: model:train(), but x.shape
    7 | model.forward(ml.zeros(1, 4))
      | ^^^^^^^^^^^^^^
  Lua | model:forward(ml.zeros(1, 4))
]])
mistake("a point instead of a colon, a list of modules", "local list = nn.ModuleList()\nlist.append(nn.ReLU())", [[
4: methods take a colon, fields a point: model:train(), but x.shape
    4 | list.append(nn.ReLU())
      | ^^^^^^^^^^^^
  Lua | list:append(nn.ReLU())
]])
mistake("a method of a class", "nn.ModuleList.append(nn.ReLU())", [[
3: append was called without its object: methods are called with a colon, as in object:append()
    3 | nn.ModuleList.append(nn.ReLU())
      |               ^^^^^^
]])
mistake("a device", 'local model = nn.Linear(4, 2)\nmodel:to("cuda")', [[
4: there is no device: it runs on the processor
    4 | model:to("cuda")
      |      ^^^^^^^^^^^
]])
mistake("a device with a point", 'local model = nn.Linear(4, 2)\nmodel = model.to("cpu")', [[
4: there is no device: it runs on the processor
    4 | model = model.to("cpu")
      |              ^^^^^^^^^^
  Lua | model = model
]])
mistake("a device as a type", 'ml.zeros({ 2 }, { dtype = "cuda:0" })', [[
3: 'cuda:0' is a device: there is one, the processor, and nothing is moved to it
    3 | ml.zeros({ 2 }, { dtype = "cuda:0" })
      |                            ^^^^^^
]])
mistake("a point instead of a colon, tensor", "print(ml.zeros(3).sum())", [[
3: methods take a colon, fields a point: model:train(), but x.shape
    3 | print(ml.zeros(3).sum())
      |                 ^^^^^^
  Lua | print(ml.zeros(3):sum())
]])
mistake("an index counted from 0", "print(ml.zeros(3)[0])", [[
3: places count from 1
    3 | print(ml.zeros(3)[0])
      |                  ^^^
  Lua | print(ml.zeros(3)[1])
]])
mistake("a number instead of a tensor", "nn.Linear(4, 2)(5)", [[
3: nn.Linear: the input is 5, expected a Tensor
    3 | nn.Linear(4, 2)(5)
      | ^^^^^^^^^
]])
mistake("a number as text", 'optim.SGD(nn.Linear(4, 2):parameters(), { lr = "0.1" })', [[
3: optim.SGD: lr is '0.1', expected a number of at least 0 (learning rate)
    3 | optim.SGD(nn.Linear(4, 2):parameters(), { lr = "0.1" })
      |                                                 ^^^
]])
mistake("a model instead of its parameters", "optim.Adam(nn.Linear(4, 2), { lr = 0.1 })", [[
3: optim.Adam: got a module, expected its parameters: pass model:parameters()
    3 | optim.Adam(nn.Linear(4, 2), { lr = 0.1 })
      | ^^^^^^^^^^
]])
mistake("nothing required", "local model = nn.Linear(3, 4)", [[
1: undefined global 'nn': a script begins with local ml = require "mlprun" and local nn = ml.nn
    1 | local model = nn.Linear(3, 4)
      |               ^^
]], "")
mistake("a misspelt variable", "print(modle)", [[
3: undefined global 'modle'
    3 | print(modle)
      |       ^^^^^
]])
mistake("a misspelt function", "prnt(1)", [[
3: undefined global 'prnt': did you mean 'print'?
    3 | prnt(1)
      | ^^^^
]])
mistake("a forgotten bracket", "print(ml.zeros(3)", [[
4: ')' expected (to close '(' at line 3) near <eof>
]])
mistake("shapes that do not fit", "print(ml.zeros(2, 3):matmul(ml.zeros(4, 5)))", [[
3: matmul: a is 2x3 but b is 4x5 (columns of a must equal rows of b)
    3 | print(ml.zeros(2, 3):matmul(ml.zeros(4, 5)))
      |                      ^^^^^^
]])
mistake("a second backward pass", [[
local w = ml.ones(2, { requires_grad = true })
local loss = (w * w):sum()
loss:backward()
loss:backward()]], [[
6: backward: trying to go backward through 'sum' a second time: the first pass has freed what it saved. Run the forward pass again, detach() what is reused from an earlier step, or pass retain_graph = true to the first backward
    6 | loss:backward()
      |      ^^^^^^^^
]])
mistake("a batch of no pictures", 'data.DataLoader(data.open("photos"), { batch_size = 0 })', [[
3: DataLoader: batch_size is 0, expected 1 or more
    3 | data.DataLoader(data.open("photos"), { batch_size = 0 })
      |      ^^^^^^^^^^
]])
mistake("pictures that are not numbers yet", [[
local model = nn.Sequential { nn.Flatten(), nn.Linear(3, 5) }
for images in data.DataLoader(data.open("photos")):batches() do model(images:flatten(2):narrow(2, 1, 3)) end]], [[
4: layer '1' (Linear): linear: the input is u8, the weight f32, the bias f32: convert the input with :float(), or the model
    4 | for images in data.DataLoader(data.open("photos")):batches() do model(images:flatten(2):narrow(2, 1, 3)) end
]])
mistake("a trial without a model", [[
local activity = ml.experiment { name = "x", arguments = { "--data=photos", "--seeds=1", "--no-keep_going" } }
activity:trial("a", function(run) run:fit() end)]], [[
4: run:fit: run.model is not set: assign the model, such as nn.Sequential { ... }
    4 | activity:trial("a", function(run) run:fit() end)
      |                                   ^^^^^^^
]])
mistake("a misspelt field of a run", [[
local activity = ml.experiment { name = "x", arguments = { "--data=photos", "--seeds=1", "--no-keep_going" } }
activity:trial("a", function(run)
  run.modle = nn.Linear(1, 2)
end)]], [[
5: a run has no field 'modle' to set: did you mean 'model'?
    5 |   run.modle = nn.Linear(1, 2)
      |       ^^^^^
called from x.lua:4: in main chunk
]])

t.done()
