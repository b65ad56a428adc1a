-- Several lines of Python that are pasted: they are shown in Lua, and what is shown runs.
local t = dofile("tests/lua/harness.lua")

local BEFORE = [[
ml.manual_seed(1)
model = nn.Sequential { nn.Linear(5, 3), nn.ReLU(), nn.Linear(3, 2) }
dataset = data.TensorDataset(ml.rand { 6, 5 }, ml.ones { 6 }:long()); loader = data.DataLoader(dataset, { batch_size = 2 })
optimizer, criterion, seen = optim.Adam(model:parameters()), nn.CrossEntropyLoss(), {}
function see(...) table.insert(seen, table.concat({ ... }, " ")) end
]]

-- { Python, a line of the Lua, what the Lua has seen }
local BLOCKS = {
  { "for i in range(2):\n    see(i)", "for i = 1, 2 do\n    see(i)\nend", "1,2" },
  { [[
for epoch in range(2):
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
    see(f"{epoch} {loss.item() > 0}")
see("done")]], "    for x, y in loader:batches() do", "1 true,2 true,done" },
  { [[
class Net(nn.Module):
    """A net.

    Of two layers."""
    def __init__(self, d):
        super().__init__()
        self.fc = nn.Linear(d, d)
        self.drop = nn.Dropout(p=0.5)

    def forward(self, x):
        x = F.relu(self.fc(x))
        x = x.view(x.size(0), -1)
        return self.drop(x) if self.training else x

net = Net(4)
see(net(torch.rand(2, 4)).shape[1])]], "    function Net:forward(x)", "4" },
  { [[
import torch
x = torch.ones(2, 3)   # some numbers
if x.sum().item() > 100:
    see("large")
elif x.mean().item() > 50:
    see("larger")
else:
    see("small")]], "elseif x:mean():item() > 50 then", "small" },
  { [[
model = nn.Sequential(
    nn.Linear(5, 3),  # the first one
    nn.ReLU(),
)
model.train()
see(len(model))]], "model = nn.Sequential { nn.Linear(5, 3), nn.ReLU() }", "2" },
  { [[
model.eval()
correct = 0
with torch.no_grad():
    for images, labels in loader:
        outputs = model(images)
        _, predicted = torch.max(outputs, 1)
        correct += (predicted == labels).sum().item()
see(correct / len(dataset))]], "        correct = correct + (predicted:eq(labels):sum():item())", nil },
  { [[
def accuracy(model, loader):
    correct, total = 0, 0
    for x, y in loader:
        correct += (model(x).argmax(dim=1) == y).sum().item()
        total += y.size(0)
    return correct / total
see(accuracy(model, loader) <= 1 and "a share")]], "        total = total + (y:size(1))", "a share" },
  { [[
X = torch.ones(8, 4)
y = (X.sum(dim=1) > 0).long()
train_set = TensorDataset(X, y)
loader = DataLoader(train_set, batch_size=4)
for inputs, targets in loader:
    see(inputs.size(0))]], "train_set = data.TensorDataset(X, y)", "4,4" },
  { "n = 0\nwhile n < 3:\n    n += 1\n    if n == 2:\n        continue\n    see(n)", "        goto continue", "1,3" },
  { [[
class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, padding=1)
        self.pool = nn.MaxPool2d(2, 2)
    def forward(self, x):
        return torch.flatten(self.pool(F.relu(self.conv1(x))), 1)
see(Net()(torch.randn(2, 3, 8, 8)).shape[1])]], "        self.pool = nn.MaxPool2d(2, { stride = 2 })", "128" },
  { "for x, y in loader:\n    see(x.shape[1])\n    break", "    break", "5" },
  { 'd = {"a": 1}\nfor k in d:\n    see(k)', "for k in pairs(d) do", "a" },
  { "losses = []\nfor x, y in loader:\n    losses.append(x.mean().item())\nsee(losses[0] == losses[0], len(losses))",
    "    table.insert(losses, x:mean():item())", nil },
}

for _, case in ipairs(BLOCKS) do
  local python, line, seen = table.unpack(case)
  t.test(python:match("^[^\n]*") .. " ...", function()
    local e, environment, said = t.session(BEFORE)
    t.equal(e:line(python), "done")
    local text = table.concat(said)
    t.equal(("\n" .. (e.repaired or "") .. "\n"):find("\n" .. line .. "\n", 1, true) ~= nil, true, text)
    t.equal(text:find("in Lua, which Up has:\n", 1, true) ~= nil, true, text)
    t.equal(#environment.seen, 0) -- nothing has run yet
    e.failed = false
    t.equal(e:line(e.repaired), "done")
    if seen then
      t.equal(e.failed, false, table.concat(said))
      t.equal(table.concat(environment.seen, ","), seen)
    end
  end)
end

t.test("what is Lua, and what cannot be told, is left alone", function()
  local e, _, said = t.session(BEFORE)
  t.equal(e:line("for i = 1, 3 do\n  see(i)"), "more")
  e:cancel()
  t.equal(e:line("see(\n1"), "more")
  e:cancel()
  t.equal(e:line("try:\n    see(1)\nexcept ValueError:\n    see(2)"), "done")
  t.equal(e.repaired:find("ok, why = pcall(function()", 1, true) ~= nil, true)
  t.equal(e:line("see(1)\ncontinue"), "done") -- of no loop
  t.equal(e.repaired, nil)
  t.equal(e:line("for i = 1, 2 do\n  if i != 1 then see(i) end\nend"), "done")
  t.equal(table.concat(said):find("unequal is ~= in Lua", 1, true) ~= nil, true)
end)

t.test("a transcript of Python's prompt", function()
  local e, environment = t.session(BEFORE)
  t.equal(e:line(">>> for i in range(2):\n...     see(i)\n...\n0\n1\n"), "done")
  t.equal(e.repaired, "for i = 1, 2 do\n    see(i)\nend")
  t.equal(#environment.seen, 0)
end)

t.done()
