-- einsum and meshgrid: what is made of several tensors by the names of their dimensions.
local core = require "mlprun.core"
local options = require "mlprun.options"

local tensor, fail = core.tensor, core.sys.fail

local function refuse(equation, why) fail(("einsum: '%s': %s"):format(equation, why)) end

-- The letters of one operand as a list; "..." becomes digits, which stand for the dimensions that it covers.
local function letters_of(equation, text, ndim)
  local before, after = text:match("^(%a*)%.%.%.(%a*)$")
  if not before and not text:find("^%a*$") then refuse(equation, ("'%s' is no list of letters"):format(text)) end
  local list = {}
  for letter in (before or text):gmatch("%a") do list[#list + 1] = letter end
  if before then
    local covered = ndim - #before - #after
    for i = covered, 1, -1 do list[#list + 1] = tostring(i) end
    for letter in after:gmatch("%a") do list[#list + 1] = letter end
  end
  if ndim and #list ~= ndim then
    refuse(equation, ("'%s' names %d dimensions, and the tensor has %d"):format(text, #list, ndim))
  end
  return list
end

local function contains(list, letter)
  for _, each in ipairs(list) do
    if each == letter then return true end
  end
  return false
end

-- A letter that stands twice is the diagonal.
local function without_repeats(t, list)
  local at = {}
  for i, letter in ipairs(list) do
    local first = at[letter]
    if first then
      local n = t:size(i)
      local shape = {}
      for d = 1, t:dim() do shape[d] = (d == first or d == i) and n or 1 end
      local eye = tensor.eye(n, { dtype = t.dtype }):reshape(shape)
      local rest = { table.unpack(list) }
      table.remove(rest, i)
      return without_repeats((t * eye):sum { dim = i }, rest)
    end
    at[letter] = i
  end
  return t, list
end

-- Sums over the letters that nobody asks for any more.
local function without(t, list, wanted)
  local dims, rest = {}, {}
  for i, letter in ipairs(list) do
    if wanted(letter) then rest[#rest + 1] = letter else dims[#dims + 1] = i end
  end
  if #dims == 0 then return t, list end
  return t:sum { dim = dims }, rest
end

local function arranged(t, list, order)
  local dims = {}
  for i, letter in ipairs(order) do
    for k, own in ipairs(list) do
      if own == letter then dims[i] = k end
    end
  end
  if #dims < 2 then return t end
  return t:permute(dims)
end

local function product(sizes, list)
  local n = 1
  for _, letter in ipairs(list) do n = n * sizes[letter] end
  return n
end

-- The product of two operands, summed over what both have and nobody asks for: one product of matrices.
local function contract(a, la, b, lb, wanted, sizes)
  a, la = without(a, la, function(letter) return contains(lb, letter) or wanted(letter) end)
  b, lb = without(b, lb, function(letter) return contains(la, letter) or wanted(letter) end)
  local batch, inner, left, right = {}, {}, {}, {}
  for _, letter in ipairs(la) do
    local list = not contains(lb, letter) and left or wanted(letter) and batch or inner
    list[#list + 1] = letter
  end
  for _, letter in ipairs(lb) do
    if not contains(la, letter) then right[#right + 1] = letter end
  end
  local function order(...)
    local all = {}
    for _, list in ipairs { ... } do table.move(list, 1, #list, #all + 1, all) end
    return all
  end
  local shape = { product(sizes, batch), product(sizes, left), product(sizes, inner), product(sizes, right) }
  local x = arranged(a, la, order(batch, left, inner)):reshape(shape[1], shape[2], shape[3])
  local y = arranged(b, lb, order(batch, inner, right)):reshape(shape[1], shape[3], shape[4])
  local letters, out = order(batch, left, right), {}
  for i, letter in ipairs(letters) do out[i] = sizes[letter] end
  return x:matmul(y):reshape(out), letters
end

-- The operands' letters, the result's, and how many places each letter has.
local function read(equation, operands)
  local left, right = equation:gsub("%s", ""):match("^([^>]*)%->(.*)$")
  left = left or equation:gsub("%s", "")
  local lists, counts, sizes = {}, {}, {}
  for text in (left .. ","):gmatch("([^,]*),") do
    local t = operands[#lists + 1]
    if not t then refuse(equation, ("it names more operands than the %d that are given"):format(#operands)) end
    lists[#lists + 1] = letters_of(equation, text, t:dim())
  end
  if #lists ~= #operands then refuse(equation, ("it names %d operands, and %d are given"):format(#lists, #operands)) end
  local covered = 0
  for i, list in ipairs(lists) do
    for k, letter in ipairs(list) do
      local n = operands[i]:size(k)
      if sizes[letter] and sizes[letter] ~= n and sizes[letter] ~= 1 and n ~= 1 then
        refuse(equation, ("'%s' has %d places in one operand and %d in another"):format(letter, sizes[letter], n))
      end
      sizes[letter] = math.max(sizes[letter] or 1, n)
      counts[letter] = (counts[letter] or 0) + 1
      covered = math.max(covered, tonumber(letter) or 0)
    end
  end
  local out = {}
  if right then
    local dots = right:find("%.%.%.") and covered or 0
    out = letters_of(equation, right, #right:gsub("%.", "") + dots)
  else
    for i = covered, 1, -1 do out[#out + 1] = tostring(i) end
    local once = {}
    for letter, count in pairs(counts) do
      if count == 1 and letter:find("%a") then once[#once + 1] = letter end
    end
    table.sort(once)
    table.move(once, 1, #once, #out + 1, out)
  end
  for i, letter in ipairs(out) do
    if not sizes[letter] then refuse(equation, ("'%s' of the result is in no operand"):format(letter)) end
    for k = 1, i - 1 do
      if out[k] == letter then refuse(equation, ("'%s' stands twice in the result"):format(letter)) end
    end
  end
  return lists, out, sizes
end

-- Dimensions of size 1 are stretched to what the letter has elsewhere.
local function stretched(t, list, sizes)
  local shape = {}
  for i, letter in ipairs(list) do shape[i] = sizes[letter] end
  return #shape > 0 and t:expand(shape) or t
end

--- Sums of products by the names of dimensions: "ij,jk->ik" is a product of matrices. Letters that the result does not name
--- are summed over; "..." stands for the dimensions that have no name. Without "->" the result names, in order, those that
--- stand once.
---@param equation string
---@param ... Tensor
---@return Tensor
---@example ml.einsum("ij,jk->ik", ml.ones { 2, 3 }, ml.ones { 3, 4 }).shape
function tensor.einsum(equation, ...)
  if type(equation) ~= "string" then fail(("einsum: got a %s, expected an equation: 'ij,jk->ik'"):format(type(equation))) end
  local operands = { ... }
  if #operands == 1 and type(operands[1]) == "table" then operands = operands[1] end
  for i, t in ipairs(operands) do
    if not tensor.is_tensor(t) then fail(("einsum: operand %d is a %s, expected a Tensor"):format(i, type(t))) end
  end
  local lists, out, sizes = read(equation, operands)
  local result, letters
  for i, t in ipairs(operands) do
    local list = lists[i]
    t, list = without_repeats(stretched(t, list, sizes), list)
    local function wanted(letter)
      if contains(out, letter) then return true end
      for k = i + 1, #operands do
        if contains(lists[k], letter) then return true end
      end
      return false
    end
    if result then result, letters = contract(result, letters, t, list, wanted, sizes)
    else result, letters = t, list end
  end
  result, letters = without(result, letters, function(letter) return contains(out, letter) end)
  return arranged(result, letters, out)
end

--- Coordinates of a grid: of a list of vectors, a list of tensors with a dimension for each vector. indexing "xy" swaps the
--- first two dimensions, as pictures have them.
---@param vectors Tensor[]
---@param o? { indexing = "ij" }
---@return Tensor[]
---@example ml.meshgrid { ml.arange(2), ml.arange(3) }
function tensor.meshgrid(vectors, o)
  if tensor.is_tensor(vectors) then fail("meshgrid: the vectors stand in a list: ml.meshgrid { x, y }") end
  local indexing = options.check(o, { indexing = "ij" }, "meshgrid").indexing
  if indexing ~= "ij" and indexing ~= "xy" then
    fail(("meshgrid: indexing is '%s', expected 'ij' or 'xy'"):format(tostring(indexing)))
  end
  if type(vectors) ~= "table" or #vectors == 0 then fail("meshgrid: expected a list of vectors") end
  local shape, grids = {}, {}
  for i, v in ipairs(vectors) do
    if not tensor.is_tensor(v) or v:dim() > 1 then fail(("meshgrid: entry %d is no vector"):format(i)) end
    shape[i] = v:numel()
  end
  for i, v in ipairs(vectors) do
    local own = {}
    for d = 1, #vectors do own[d] = d == i and shape[i] or 1 end
    grids[i] = v:reshape(own):expand(shape)
    if indexing == "xy" and #vectors > 1 then grids[i] = grids[i]:transpose(1, 2) end
  end
  return grids
end
