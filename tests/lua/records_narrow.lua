-- f16, bf16 and i32 in files: rounded as PyTorch rounds, laid out as the reference writer has it, read back as f32 and i64
-- (tests/golden/records/make_narrow.py).
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local sys = require("mlprun.core").sys
local golden = ml.load_npz("tests/golden/records/narrow.npz")
local folder = t.folder()

local function same(got, expected, what)
  t.equal(got.dtype, "f32")
  t.near(got:tolist(), expected:tolist(), 0, what)
  t.equal((1 / got):isinf():tolist(), (1 / expected):isinf():tolist(), what .. ": the signs of zeros")
end

t.test("numbers are rounded to the nearest, ties to even", function()
  for _, dtype in ipairs { "f16", "bf16" } do
    local path = folder .. "/" .. dtype .. ".safetensors"
    ml.save_safetensors(path, { x = golden.x }, { dtype = dtype })
    same(ml.load_safetensors(path).x, golden[dtype], dtype)
    ml.save_safetensors(path, { x = golden.x:double() }, { dtype = dtype })
    same(ml.load_safetensors(path).x, golden[dtype], dtype .. " of f64")
  end
  ml.save_npy(folder .. "/a.npy", golden.x, { dtype = "f16" })
  same(ml.load_npy(folder .. "/a.npy"), golden.f16, "npy")
  t.ok(sys.read_file(folder .. "/a.npy"):find("'descr': '<f2'", 1, true))
  ml.save_npz(folder .. "/a.npz", { x = golden.x, n = ml.tensor { 1, 2 } }, { dtype = "f16" })
  same(ml.load_npz(folder .. "/a.npz").x, golden.f16, "npz")
  t.equal(ml.load_npz(folder .. "/a.npz").n:tolist(), { 1, 2 })
end)

t.test("files are those of the reference writer", function()
  local tensors = { w = ml.tensor { { 0.1, -2.5 }, { 1e5, 3.0 } }, steps = ml.tensor { 3, -7 }, mask = ml.tensor { 1, 0 }:gt(0) }
  for _, dtype in ipairs { "f16", "bf16", "i32" } do
    local path = folder .. "/r.safetensors"
    ml.save_safetensors(path, tensors, { dtype = dtype })
    t.equal(sys.read_file(path), sys.read_file(("tests/golden/records/narrow_%s.safetensors"):format(dtype)), dtype)
    local back = ml.load_safetensors(path)
    t.equal({ back.steps.dtype, back.mask.dtype, back.steps:tolist() }, { "i64", "bool", { 3, -7 } })
  end
  ml.save_npy(folder .. "/i.npy", tensors.steps, { dtype = "i32" })
  t.ok(sys.read_file(folder .. "/i.npy"):find("'descr': '<i4'", 1, true))
  t.equal(ml.load_npy(folder .. "/i.npy"):tolist(), { 3, -7 })
end)

t.test("what cannot be stored, and what are no types of tensors, is said", function()
  local path = folder .. "/x"
  t.raises("element 2 is 2147483648, which is outside of i32", ml.save_npy, path, ml.tensor { 1, 1 << 31 }, { dtype = "i32" })
  t.raises("NumPy's files know no bf16", ml.save_npy, path, ml.ones { 2 }, { dtype = "bf16" })
  t.raises("dtype is 'f8', expected f32, f16 or bf16 for floats, or i32 for whole numbers", ml.save_safetensors, path,
    { w = ml.ones { 1 } }, { dtype = "f8" })
  t.raises("f16 is a type of files", ml.ones, { 2 }, { dtype = "f16" })
  local x = ml.ones { 2 }
  t.raises("bf16 is a type of files: tensors compute as f32", x.to, x, "bf16")
  t.raises("half is a type of files", function() return x:half() end)
  t.raises("loading makes i64 of it", function() return x:int() end)
end)

t.done()
