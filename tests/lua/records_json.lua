-- core.json: encoding and decoding.
local t = dofile("tests/lua/harness.lua")
local json = require("mlprun.core").json

t.test("encode sorts keys and keeps integers and floats apart", function()
  t.equal(json.encode { b = 1, a = 2.0, c = -0.5 }, '{"a":2.0,"b":1,"c":-0.5}')
  t.equal(json.encode { math.maxinteger, math.mininteger }, "[9223372036854775807,-9223372036854775808]")
end)

t.test("floats have the fewest digits that read back the same", function()
  for text, value in pairs { ["0.1"] = 0.1, ["1e+300"] = 1e300, ["5e-324"] = 5e-324, ["0.3333333333333333"] = 1 / 3,
                             ["0.30000000000000004"] = 0.1 + 0.2, ["-0.0"] = -0.0,
                             ["2.2250738585072014e-308"] = 2.2250738585072014e-308 } do
    t.equal(json.encode(value), text)
    t.equal(json.decode(text), value)
  end
end)

t.test("what JSON has no word for becomes null", function()
  t.equal(json.encode { 0 / 0, 1 / 0, -1 / 0 }, "[null,null,null]")
  t.equal(json.encode { json.null }, "[null]")
end)

t.test("an empty table is an object unless it is marked as a list", function()
  t.equal(json.encode { a = {}, b = json.array {}, c = json.array() }, '{"a":{},"b":[],"c":[]}')
  t.equal(json.encode(json.decode '{"a":{},"b":[]}'), '{"a":{},"b":[]}')
end)

t.test("indent puts each value on a line", function()
  t.equal(json.encode({ a = { 1, 2 }, b = {} }, { indent = 2 }), '{\n  "a": [\n    1,\n    2\n  ],\n  "b": {}\n}')
end)

t.test("control characters are escaped and invalid UTF-8 is replaced", function()
  t.equal(json.encode 'a"\\\n\0\27', '"a\\"\\\\\\n\\u0000\\u001b"')
  t.equal(json.encode "\xc3\xa9\xff\xed\xa0\x80", '"\u{e9}' .. ("\u{fffd}"):rep(4) .. '"') -- a lone byte, a surrogate
  t.equal(json.decode(json.encode "z\0\u{1F600}"), "z\0\u{1F600}")
end)

t.test("decode gives null, or what stands for it", function()
  local d = json.decode '{"x":null,"y":[true,false,null]}'
  t.equal(d.x, json.null)
  t.equal(d.y[3], json.null)
  t.equal(json.decode('{"x":null}', { null = 7 }).x, 7)
end)

t.test("a value that JSON cannot hold is refused with its place", function()
  t.raises("'a.b[2].f' is a function", function() json.encode { a = { b = { 1, { f = print } } } } end)
  t.raises("holes (2 values, highest position 3)", function() json.encode { 1, nil, 3 } end)
  t.raises("both positions and names", function() json.encode { 1, x = 2 } end)
  t.raises("has a boolean as a key", function() json.encode { [true] = 2 } end)
  local c = {}
  c.x = { c }
  t.raises("'x[1]' contains itself", function() json.encode(c) end)
  local deep = {}
  for _ = 1, 300 do deep = { deep } end
  t.raises("nested deeper than 200", function() json.encode(deep) end)
  t.raises("unknown option 'indnt': did you mean 'indent'", function() json.encode({}, { indnt = 1 }) end)
  t.raises("indent is 99", function() json.encode({}, { indent = 99 }) end)
end)

t.test("a table that occurs twice is no cycle", function()
  local x = { 1 }
  t.equal(json.encode { x, x }, "[[1],[1]]")
end)

t.test("decode says where a text is wrong", function()
  t.raises("line 2, column 8", function() json.decode '{"a":1,\n "b":tru}' end)
  t.raises("runs/a.json: line 1", function() json.decode("{", { name = "runs/a.json" }) end)
  t.raises("duplicate object key", function() json.decode '{"a":1,"a":2}' end)
  t.raises("too big integer", function() json.decode "123456789012345678901" end)
  t.raises("deeper than 200", function() json.decode(("["):rep(1000) .. ("]"):rep(1000)) end)
  t.raises("depth", function() json.decode(("["):rep(100000)) end)
  t.raises("unable to decode byte 0xff", function() json.decode '"\xff"' end)
  t.raises("expected a text", function() json.decode {} end)
end)

t.done()
