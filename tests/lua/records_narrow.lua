-- f16, bf16 and i32 in files: rounded as PyTorch rounds, laid out as the reference writer has it, read back as they are
-- (tests/golden/records/make_narrow.py).
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local sys = require("mlprun.core").sys
local golden = ml.load_npz("tests/golden/records/narrow.npz")
local folder = t.folder()

local function same(got, expected, dtype, what)
  t.equal(got.dtype, dtype)
  t.near(got:tolist(), expected:tolist(), 0, what)
  t.equal((1 / got:float()):isinf():tolist(), (1 / expected):isinf():tolist(), what .. ": the signs of zeros")
end

t.test("numbers are rounded to the nearest, ties to even", function()
  for _, dtype in ipairs { "f16", "bf16" } do
    local path = folder .. "/" .. dtype .. ".safetensors"
    ml.save_safetensors(path, { x = golden.x }, { dtype = dtype })
    same(ml.load_safetensors(path).x, golden[dtype], dtype, dtype)
    ml.save_safetensors(path, { x = golden.x:double() }, { dtype = dtype })
    same(ml.load_safetensors(path).x, golden[dtype], dtype, dtype .. " of f64")
    ml.save_safetensors(path, { x = golden.x:to(dtype) })
    same(ml.load_safetensors(path).x, golden[dtype], dtype, "a tensor of " .. dtype)
  end
  ml.save_npy(folder .. "/a.npy", golden.x, { dtype = "f16" })
  same(ml.load_npy(folder .. "/a.npy"), golden.f16, "f16", "npy")
  ml.save_npy(folder .. "/a.npy", golden.x:half())
  same(ml.load_npy(folder .. "/a.npy"), golden.f16, "f16", "npy of a tensor of f16")
  t.ok(sys.read_file(folder .. "/a.npy"):find("'descr': '<f2'", 1, true))
  ml.save_npz(folder .. "/a.npz", { x = golden.x, n = ml.tensor { 1, 2 } }, { dtype = "f16" })
  same(ml.load_npz(folder .. "/a.npz").x, golden.f16, "f16", "npz")
  t.equal(ml.load_npz(folder .. "/a.npz").n:tolist(), { 1, 2 })
end)

t.test("files are those of the reference writer", function()
  local tensors = { w = ml.tensor { { 0.1, -2.5 }, { 1e5, 3.0 } }, steps = ml.tensor { 3, -7 }, mask = ml.tensor { 1, 0 }:gt(0) }
  for _, dtype in ipairs { "f16", "bf16", "i32" } do
    local path = folder .. "/r.safetensors"
    ml.save_safetensors(path, tensors, { dtype = dtype })
    t.equal(sys.read_file(path), sys.read_file(("tests/golden/records/narrow_%s.safetensors"):format(dtype)), dtype)
    local back = ml.load_safetensors(path)
    t.equal({ back.steps.dtype, back.mask.dtype, back.steps:tolist() }, { dtype == "i32" and "i32" or "i64", "bool", { 3, -7 } })
  end
  ml.save_npy(folder .. "/i.npy", tensors.steps, { dtype = "i32" })
  t.ok(sys.read_file(folder .. "/i.npy"):find("'descr': '<i4'", 1, true))
  t.equal(ml.load_npy(folder .. "/i.npy"):tolist(), { 3, -7 })
end)

t.test("what cannot be stored is said", function()
  local path = folder .. "/x"
  t.raises("element 2 is 2147483648, which is outside of i32", ml.save_npy, path, ml.tensor { 1, 1 << 31 }, { dtype = "i32" })
  t.raises("NumPy's files know no bf16", ml.save_npy, path, ml.ones { 2 }, { dtype = "bf16" })
  t.raises("NumPy's files know no bf16", ml.save_npy, path, ml.ones({ 2 }, { dtype = "bf16" }))
  t.raises("dtype is 'f8', expected f32, f16 or bf16 for floats, or i32 for whole numbers", ml.save_safetensors, path,
    { w = ml.ones { 1 } }, { dtype = "f8" })
end)

t.done()
