-- An object of one class is never taken for one of another, whatever is done to its metatable.
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"
local ml = require "mlprun"

local folder = os.tmpname()
os.remove(folder)
core.sys.make_folder(folder .. "/photos/a")
core.sys.make_folder(folder .. "/photos/b")
local picture = core.image.from_tensor(ml.zeros({ 4, 4, 3 }, { dtype = "u8" }))
for _, class in ipairs { "a", "b" } do picture:save(folder .. "/photos/" .. class .. "/1.png") end
local set = ml.data.open(folder .. "/photos")

-- One of each class that a script can hold.
local objects = {
  ml.zeros(2), picture, set, ml.data.DataLoader(set, { batch_size = 1, workers = 0 }), ml.augment.HorizontalFlip { p = 1 },
  ml.writers.SummaryWriter(folder .. "/run"), ml.metrics.ConfusionMatrix { "a", "b" }, io.tmpfile(),
  select(3, ml.data.DataLoader(set, { batch_size = 1, workers = 0 }):batches()),
  core.process.spawn(function() return "" end),
}
local classes = {}
for name, meta in pairs(debug.getregistry()) do
  if type(name) == "string" and type(meta) == "table" and meta.__gc then classes[#classes + 1] = { name = name, meta = meta } end
end

t.test("there are many classes", function() t.ok(#classes >= 8) end)

t.test("the metatable of an object cannot be changed", function()
  for _, object in ipairs(objects) do
    if type(object) == "userdata" then
      for _, class in ipairs(classes) do
        local ok, why = pcall(debug.setmetatable, object, class.meta)
        t.ok(not ok and why:find("cannot be changed"), why)
      end
    end
  end
end)

-- In the registry, where debug.getregistry() leads, every class takes the place of every other: what checks by the table alone
-- would be deceived. Methods and finalizers of each are called on objects of all others.
t.test("nor does the registry deceive a check", function()
  local registry, called = debug.getregistry(), 0
  for _, class in ipairs(classes) do
    if class.name ~= "FILE*" and class.name ~= "_IO_FILE*" then
      for _, object in ipairs(objects) do
        local meta = debug.getmetatable(object)
        if meta and meta ~= class.meta and type(object) == "userdata" then
          local kept = registry[class.name]
          registry[class.name] = meta
          for _, list in ipairs { class.meta, rawget(class.meta, "methods") or {} } do
            for name, fn in pairs(list) do
              if type(fn) == "function" and name ~= "__index" then
                pcall(fn, object)
                pcall(fn, object, object)
                called = called + 1
              end
            end
          end
          registry[class.name] = kept
        end
      end
    end
  end
  t.ok(called > 500, "only " .. called .. " functions were called")
  t.equal(#objects[1], 2) -- and the objects are what they were
  t.equal(picture.width, 4)
end)

os.execute("rm -rf '" .. folder .. "'")
t.done()
