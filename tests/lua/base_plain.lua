-- Values as JSON and back: every bit, every type of key.
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"
local plain = require "mlprun.base.plain"

local function again(value) return plain.decode(plain.encode(value)) end

t.test("numbers keep their type and their bits", function()
  for _, value in ipairs { 0, -1, math.maxinteger, math.mininteger, 1.0, 0.1, 1e300, 5e-324, math.pi, math.huge, -math.huge } do
    local back = again(value)
    t.equal({ back, math.type(back) }, { value, math.type(value) })
  end
  t.ok(again(0 / 0) ~= again(0 / 0), "not a number")
  t.equal(1 / again(-0.0), -math.huge)
end)

t.test("texts keep their bytes, also those that are no UTF-8", function()
  local all = {}
  for byte = 0, 255 do all[#all + 1] = string.char(byte) end
  for _, text in ipairs { "", "größe", "a\0b", "\xff", 'quo"te\\', table.concat(all) } do t.equal(again(text), text) end
  t.equal(again { ["\xfe"] = 1 }, { ["\xfe"] = 1 })
end)

t.test("tables keep the types of their keys", function()
  local value = { 1, "two", [10] = true, name = { deep = { false } }, ["3"] = 3, [2.5] = "half", [true] = "yes" }
  t.equal(again(value), value)
  t.equal(again {}, {})
end)

t.test("tensors come back with their type, or as whoever asks keeps them", function()
  for _, dtype in ipairs { "f32", "f64", "i64", "u8" } do
    local back = again({ t = core.tensor.tensor({ { 1, 2 }, { 3, 4 } }, { dtype = dtype }) }).t
    t.equal({ back.dtype, back:tolist() }, { dtype, { { 1, 2 }, { 3, 4 } } })
  end
  local odd = again(core.tensor.tensor { math.huge, -math.huge, 0 / 0 }):tolist()
  t.equal({ odd[1], odd[2], odd[3] ~= odd[3] }, { math.huge, -math.huge, true })
  local list = {}
  local text = plain.encode({ a = core.tensor.ones { 2 } }, function(tensor) list[#list + 1] = tensor return #list end)
  t.equal(plain.decode(text, function(number) return "tensor " .. number end), { a = "tensor 1" })
end)

t.done()
