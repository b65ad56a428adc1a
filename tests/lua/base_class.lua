-- Classes: methods and events that those below have too, construction, and fields that are none.
local t = dofile("tests/lua/harness.lua")
local class = require "mlprun.base.class"
local defer = require "mlprun.base.defer"

t.test("calling a class makes an object, whose methods come from it and from the class above", function()
  local Animal = class.new("Animal", { legs = 4 })
  function Animal:__init(name) self.name = name end
  function Animal:text() return ("%s with %d legs"):format(self.name, self.legs) end
  local Bird = class.new("Bird", { legs = 2 }, Animal)
  t.equal(Animal("cat"):text(), "cat with 4 legs")
  t.equal(Bird("owl"):text(), "owl with 2 legs")
  function Bird:__init() self.name = "a bird" end
  t.equal(Bird("owl"):text(), "a bird with 2 legs")
end)

t.test("events are inherited, and can be replaced below", function()
  local Number = class.new("Number", { __tostring = function(self) return "number " .. self.value end,
                                       __call = function(self, more) return self.value + more end,
                                       __len = function() return 7 end })
  function Number:__init(value) self.value = value end
  local Loud = class.new("Loud", { __tostring = function(self) return "NUMBER " .. self.value end }, Number)
  local Louder = class.new("Louder", {}, Loud)
  t.equal({ tostring(Number(1)), tostring(Loud(2)), tostring(Louder(3)) }, { "number 1", "NUMBER 2", "NUMBER 3" })
  t.equal({ Louder(3)(4), #Louder(3) }, { 7, 7 })
end)

t.test("__new makes the object where an empty table is not enough", function()
  local List = class.new("List")
  function List.__new(c, ...) return setmetatable({ ... }, c.__meta) end
  function List:sum()
    local sum = 0
    for _, value in ipairs(self) do sum = sum + value end
    return sum
  end
  t.equal(class.new("Longer", {}, List)(1, 2, 3):sum(), 6)
end)

t.test("classes of objects and parents of classes", function()
  local A = class.new("A")
  local B = class.new("B", {}, A)
  local other = class.new("A")
  t.equal({ class.of(B()) == B, class.parent(B) == A, class.parent(A) == nil }, { true, true, true })
  t.equal({ class.is(B(), A), class.is(A(), B), class.is(B(), other), class.is(3, A), class.is({}, A), class.is(A, A) },
    { true, false, false, false, false, false })
  t.equal({ class.is_class(B, A), class.is_class(A, A), class.is_class(A, B), class.is_class(B(), A), class.is_class(nil, A) },
    { true, true, false, false, false })
end)

t.test("a field that is none is an error where the class says what its objects are called", function()
  local Counter = class.new("Counter", { __what = "a counter %s", _private = 1 })
  function Counter:__init() self.count = 0 end
  function Counter.increase() end
  local Below = class.new("Below", { reset = function() end }, Counter)
  t.raises("a counter Counter has no field 'incraese': did you mean 'increase'?", function() return Counter().incraese end)
  t.raises("a counter Below has no field 'cout': did you mean 'count'?", function() return Below().cout end)
  t.raises("a counter Below has no field 'rest': did you mean 'reset'?", function() return Below().rest end)
  local message = t.raises("a counter Counter has no field '_privat'", function() return Counter()._privat end)
  t.ok(not message:find("did you mean", 1, true), message)
  t.raises("a counter Counter has no field '7'", function() return Counter()[7] end)
  t.equal(class.new("Loose")().anything, nil)
end)

t.test("defer runs when the block is left, also by an error, which it is told of", function()
  local seen = {}
  do
    local _ <close> = defer(function(failure) seen[1] = failure == nil end)
    t.equal(#seen, 0)
  end
  pcall(function()
    local _ <close> = defer(function(failure) seen[2] = failure end)
    error("out", 0)
  end)
  t.equal(seen, { true, "out" })
end)

t.done()
