-- Values as they print themselves, read back without running anything.
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"
local written = require "mlprun.base.written"

local calls = {}
for name, fn in pairs(core.augment) do
  if type(fn) == "function" then calls["augment." .. name] = fn end
end

t.test("transforms come back as they were", function()
  local a = core.augment
  for _, transform in ipairs {
    a.Compose { a.Resize(64, 32), a.HorizontalFlip { p = 0.25 }, a.Normalize(), a.ToTensorV2() },
    a.Compose { a.OneOf({ a.Rotate { limit = 10 }, a.GaussianBlur() }, { p = 0.5 }), a.Normalize { mean = { 0.1, 0.2, 0.3 } } },
    a.Resize(8, 8),
  } do
    t.equal(tostring(written.read(tostring(transform), calls)), tostring(transform))
  end
end)

t.test("numbers, texts, words and tables", function()
  local function f(...) return { ... } end
  t.equal(written.read("x.f(1, -2.5e-3, 'a b', \"c\", true, { 1, n = { false } })", { ["x.f"] = f }),
    { 1, -2.5e-3, "a b", "c", true, { 1, n = { false } } })
end)

t.test("what is not allowed is not called, and what is no value is an error", function()
  t.raises("expected one of the known names, which 'os.exit' is none of", written.read, "os.exit(3)", calls)
  t.raises("expected one of the known names", written.read, "augment.Compose { load('x') }", calls)
  t.raises("expected a value at ''", written.read, "", calls)
  t.raises("expected the end at ' 2'", written.read, "1 2", calls)
  t.raises("expected a comma or an end", written.read, "{ 1 2 }", calls)
  t.raises("expected less depth", written.read, ("{"):rep(1000), calls)
  t.raises("expected the end of a text", written.read, "'abc", calls)
end)

t.done()
