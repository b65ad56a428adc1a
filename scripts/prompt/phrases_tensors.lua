--- mlprun.prompt.phrases_tensors - more rows of mlprun.prompt.phrases, which has what they are made of: dimensions that count
--- from 0, fields with brackets, comparisons, and what NumPy and PyTorch have beside tensors. They are looked at first.

local argument_list = require "mlprun.prompt.argument_list"
local from_zero = require "mlprun.prompt.from_zero"
local set = require "mlprun.base.set"

-- Methods by where their dimensions stand: all plain numbers, the last one behind others, the first one, or the first one
-- with a place behind it; and functions, whose tensor stands before them.
local ALL = set [[sum mean max min argmax argmin softmax log_softmax unsqueeze squeeze transpose permute size cumsum cumprod sort
  std var all any flip logsumexp flatten median mode prod]]
local LAST = set "split chunk topk roll repeat_interleave"
local FIRST = set "gather scatter index_select index_add index_fill"
local PLACED = set "narrow select"
local OF_ONE = set [[cat stack softmax log_softmax argmax argmin sum mean max min cumsum cumprod sort std var unsqueeze squeeze
  logsumexp flatten transpose permute median]]
local FIELDS = set "shape dtype grad requires_grad weight bias classes"

local LIBRARIES = set "ml nn optim augment data metrics plot math table string io os torch np F"

local DIMENSIONS = "methods take a colon, fields a point: model:train(), but x.shape; dimensions count from 1"
local FROM_ONE = "the library is ml here, with functions of layers in nn.functional; dimensions count from 1"
local PLACES = "places count from 1"
local SEED = "ml.manual_seed seeds all there is"
local IN_LIST = "the vectors stand in a list"
local LIST = "a list stands in braces, and its places count from 1"
local FROM_ONE_TABLE = "several options go into one table at the end; dimensions count from 1"
local SELECTED = "index_select takes rows by their places, from 1"
local TWO = "max, min, sort and topk give two values, without a name for each: values, places = x:max(2)"
local NO_DEVICE = "there is no device: it runs on the processor"

local function whole(text) return math.tointeger(tonumber(text)) ~= nil end

local function split(list)
  local parts = {}
  for part in list:gmatch("[^,]+") do parts[#parts + 1] = part:match("^%s*(.-)%s*$") end
  return parts
end

-- Numbers "0, 1" as "1, 2"; nil when something else stands there, or nothing.
local function all_from_one(list)
  local parts = split(list)
  for i, part in ipairs(parts) do
    if not whole(part) then return nil end
    parts[i] = from_zero(part)
  end
  return #parts > 0 and table.concat(parts, ", ") or nil
end

-- A list of places, in brackets of a kind, as ours.
local function places(list) return ("ml.tensor { %s }"):format(all_from_one(list)) end

-- Arguments of a method with its dimensions from 1; nil when there are none.
local function dimensions(method, list)
  if ALL[method] then return all_from_one(list) end
  local parts = split(list)
  if LAST[method] then
    if #parts < 2 or not whole(parts[#parts]) then return nil end
    parts[#parts] = from_zero(parts[#parts])
  elseif FIRST[method] or PLACED[method] then
    local dim, rest = list:match("^%s*(%-?%d+)%s*,%s*(.*)$")
    if not dim then return nil end
    local chosen = rest:match("^[%w_%.]*tensor%(%[([%d%s,]+)%]%)$") or rest:match("^%[([%d%s,]+)%]$")
    if chosen then rest = places(chosen)
    elseif PLACED[method] then rest = rest:gsub("^%-?%d+", from_zero) end
    return ("%s, %s"):format(from_zero(dim), rest)
  else
    return nil
  end
  return table.concat(parts, ", ")
end

local function with_dimensions(_, object, method, args)
  local shifted = not LIBRARIES[object:match("^[%w_]+")] and dimensions(method, args:sub(2, -2))
  return shifted and ("%s:%s(%s)"):format(object, method, shifted) or nil
end

local function behind(bracket)
  return function(_, method, args)
    local shifted = dimensions(method, args:sub(2, -2))
    return shifted and ("%s:%s(%s)"):format(bracket, method, shifted) or nil
  end
end

-- torch.softmax(x, 1), torch.transpose(x, 0, 1): the last numbers are dimensions.
local function function_of(library)
  return function(_, name, args)
    local parts = OF_ONE[name] and argument_list(args:sub(2, -2)) or {}
    local last = #parts
    while last > 1 and whole(parts[last]) do
      parts[last], last = from_zero(parts[last]), last - 1
    end
    return last < #parts and ("%s.%s(%s)"):format(library, name, table.concat(parts, ", ")) or nil
  end
end

-- A line that counts from 0 in one place does so in all of them.
local function counted(open, line)
  local first, last = line:find("[%w_%.]*[%w_%)%]]%[0%]")
  if not first and open.python then first, last = line:find("[%w_%.]*[%w_%)%]]%[%d+%]") end
  if not first then return nil end
  if not line:find("^[%w_%.]+%[", first) then first = line:find("%[%d+%]", first) end -- of a call the brackets alone
  return line:gsub("()%[(%-?%d+)%]", function(at, n)
    return line:sub(1, at - 1):find("[%w_%)%]]$") and ("[%s]"):format(from_zero(n)) or nil
  end), first, last
end

-- x.max(1)[0] and x.max(1).values
local function one_of_two(_, object, method, args, what)
  if not set "max min sort topk median mode" [method] or args == "()" then return nil end
  return (what == "0" or what == "values") and ("(%s.%s%s)"):format(object, method, args)
    or ("select(2, %s.%s%s)"):format(object, method, args)
end

-- meshgrid(x, y, indexing=...) with the vectors in a list; by: how others index where they do not say it.
local function grid(args, by)
  local list, inner = {}, args:sub(2, -2)
  local all = inner:match("^%s*%*([%w_%.]+)$")
  if all then return ("ml.meshgrid(%s%s)"):format(all, by and (", { indexing = %s }"):format(by) or "") end
  local listed, rest = inner:match("^%s*%[(.*)%](.*)$")
  for _, each in ipairs(split(listed and listed .. rest or inner)) do
    local said = each:match("^indexing%s*=%s*(.*)$")
    if said then by = said else list[#list + 1] = each end
  end
  if #list == 0 or inner:find("^%s*[{%*]") then return nil end
  return ("ml.meshgrid({ %s }%s)"):format(table.concat(list, ", "), by and (", { indexing = %s }"):format(by) or "")
end

-- names = the first batch of a loader: names of the loop's own, and what is local is so outside.
local function first_batch(_, names, loader)
  local own, list = names:match("^(local%s+)(.*)$")
  list = list or names
  local a, b
  for _, pair in ipairs { { "x", "y" }, { "inputs", "labels" }, { "a", "b" } } do
    local taken = list:find("%f[%w_]" .. pair[1] .. "%f[^%w_]") or list:find("%f[%w_]" .. pair[2] .. "%f[^%w_]")
    if not a and not taken then a, b = pair[1], pair[2] end
  end
  return ("%sfor %s, %s in %s:batches() do %s = %s break end"):format(own and names .. " " or "", a, b, loader, list,
    (list:find(",") and "%s, %s" or "{ %s, %s }"):format(a, b))
end

-- Rows for a library's meshgrid, whose vectors may go to a name each.
local function grids_of(library, by)
  local call = ("%%f[%%w_%%.:]%s%%.meshgrid(<args>)"):format(library)
  return { ("^(<name>%%s*,[^=]-=)%%s*%s$"):format(call), IN_LIST, function(_, to, args)
             local made = grid(args, by)
             return made and ("%s table.unpack(%s)"):format(to, made)
           end, name = library },
    { call, IN_LIST, function(_, args) return grid(args, by) end, name = library }
end
local torch_grids, torch_grid = grids_of "torch"
local np_grids, np_grid = grids_of("np", '"xy"') -- as pictures have them

local rows = {
  -- nested lists of numbers, which Lua takes for a text
  { "(%[%[[%d%s%.,eE%-%+%[%]]*%]%])", LIST, function(_, list)
      return list:find(",") and list:gsub("%[", "{ "):gsub("%]", " }") or nil
    end },

  { ",%s*device%s*=%s*[%w_%.\1\2]+", NO_DEVICE, "" },
  { "%.Resize%(%(%s*(%d+)%s*,%s*(%d+)%s*%)%)", "Resize takes height and width", ".Resize(%1, %2)" },

  { "%f[%w_%.](<path>)%.(<name>)%((%-?%d+),%s*keepdims?%s*=%s*(%a+)%)", FROM_ONE_TABLE, function(_, object, method, dim, keep)
      return ALL[method] and ("%s:%s({ dim = %s, keepdim = %s })"):format(object, method, from_zero(dim), keep) or nil
    end },

  -- models and steps by hand
  { "next%((<path>)[%.:]parameters%(%)%)", "parameters() is a list", "%1:parameters()[1]", always = true },
  { "%f[%w_%.:]list%((<path>)[%.:]parameters%(%)%)", "parameters() is a list already", "%1:parameters()", name = "list" },
  { "%f[%w_%.:]list%((<path>)[%.:](<name>)%(%)%)", "what a loop walks becomes a list in it: for m in model:children() do", nil,
    name = "list" },
  { "^summary%((<path>),%s*%(([%d%s,]-),?%s*%)%)$", "model:summary takes the size of one input", "%1:summary { %2 }",
      name = "summary" },
  { "^summary%((<path>).-%)$", "model:summary takes the size of one input", "%1:summary { 3, 64, 64 }", name = "summary" },
  { "^(<path>)%.data%s*%-=%s*(.+)$", "what no_grad takes is not recorded, and sub_ subtracts in place",
    "ml.no_grad(function() %1:sub_(%2) end)" },

  -- places
  { "(<path>)%[%.%.%.%s*,%s*None%]", "unsqueeze makes a dimension of one", "%1:unsqueeze(-1)" },
  { "%f[%w_%.](<path>)[%.:]index_select%((%-?%d+),%s*torch%.tensor%(%[([%d%s,%-]+)%]%)%)", SELECTED,
    function(_, object, dim, list)
      return ("%s:index_select(%s, %s)"):format(object, from_zero(dim), places(list))
    end },
  { "%f[%w_%.](<path>)%[%[([%d%s,%-]*,[%d%s,%-]*)%]%]", SELECTED, function(_, object, list)
      return ("%s:index_select(1, %s)"):format(object, places(list))
    end, field = true },
  { "%f[%w_%.](<path>)%[%s*:%s*,%s*%[([%d%s,%-]+)%]%s*%]", SELECTED, function(_, object, list)
      return ("%s:index_select(2, %s)"):format(object, places(list))
    end },
  { "%f[%w_%.](<path>)%.(<name>)(<args>)%[([01])%]", TWO, one_of_two, always = true },
  { "%f[%w_%.](<path>)%.(<name>)(<args>)%.(values)%f[^%w_]", TWO, one_of_two, always = true },
  { "%f[%w_%.](<path>)%.(<name>)(<args>)%.(indices)%f[^%w_]", TWO, one_of_two, always = true },

  -- dimensions
  { "%f[%w_%.](<path>)%.(<name>)(<args>)", DIMENSIONS, with_dimensions, field = true },
  { "%)%.(<name>)(<args>)", DIMENSIONS, behind ")", field = true },
  { "%]%.(<name>)(<args>)", DIMENSIONS, behind "]", field = true },
  { "%f[%w_%.:]torch%.(<name>)(<args>)", FROM_ONE, function_of "ml", name = "torch" },
  { "%f[%w_%.:]torch%.permute%(([^%(%)]-),%s*%(([%d%s,%-]+)%)%)", FROM_ONE, function(_, tensor, list)
      return ("ml.permute(%s, %s)"):format(tensor, all_from_one(list))
    end, name = "torch" },
  { "%f[%w_%.:]np%.(<name>)(<args>)", FROM_ONE, function_of "ml", name = "np" },
  { "%f[%w_%.:]F%.(<name>)(<args>)", FROM_ONE, function_of "nn.functional", name = "F" },
  { "%f[%w_%.](<path>)%.shape%[(%-%d+)%]", "x:size(-1) counts from the last dimension", "%1:size(%2)", field = true },
  { "^(.*)$", PLACES, counted, field = true, once = true },
  { ",%s*(%b())(%s*[%),])", "there are no tuples: a shape or a list stands in braces", function(_, tuple, close)
      return tuple:find(",") and (", { %s }%s"):format(tuple:sub(2, -2):gsub(",%s*$", ""), close) or nil
    end },

  -- fields
  { "%f[%w_%.](<path>)[%.:](<name>)%(%)", "a field stands without brackets: x.shape, and x.shape[1] is its first number",
    function(_, object, name) return FIELDS[name] and ("%s.%s"):format(object, name) or nil end, field = true },
  { "%f[%w_%.](<path>)[%.:](<name>)%(([%d%-]+)%)", "a field stands without brackets: x.shape, and x.shape[1] is its first number",
    function(_, object, name, at)
      return FIELDS[name] and ("%s.%s[%s]"):format(object, name, from_zero(at)) or nil
    end, field = true },
  { "^(<name>)%s*<%-%s*([^%-].*)$", "a statement gives a name its value, and = does it", "%1 = %2", field = true,
      word = "compared" },
  { "%.type%(%)", "dtype is a field", ".dtype", field = true },
  { "%f[%w_%.](<path>)[%.:]is_cuda%f[^%w_]", NO_DEVICE, "false", field = true },
  { "%f[%w_%.](<path>)[%.:]repeat%(", "repeat is a word of Lua, and tile repeats a tensor", "%1:tile(" },
  { "%f[%w_%.](<path>)[%.:]swap%l+(<args>)", "transpose exchanges two dimensions, counted from 1", function(_, object, args)
      local shifted = all_from_one(args:sub(2, -2))
      return shifted and ("%s:transpose(%s)"):format(object, shifted) or nil
    end, field = true },

  -- texts
  { "(<s>)%s*%%%s*(<args>)", "format fills a text", "(%1):format%2", field = true },
  { "(<s>)%s*%%%s*([%w_%.]+%b())", "format fills a text", "(%1):format(%2)", field = true },
  { "(<s>)%s*%%%s*([%w_%.]+)", "format fills a text", "(%1):format(%2)", field = true },

  -- names
  torch_grids, torch_grid, np_grids, np_grid,
  { "%f[%w_%.:]torch%.LongTensor%((%b[])%)", "ml.tensor makes tensors, of a type that dtype names", "ml.tensor(%1)",
      name = "torch" },
  { "%f[%w_%.:]torch%.%u?%l*Tensor%((%b[])%)", "ml.tensor makes tensors, of a type that dtype names", function(_, list)
      return ('ml.tensor(%s, { dtype = "f32" })'):format(list)
    end, name = "torch" },
  { "%f[%w_%.:]torch%.set_num_threads%(.-%)", ":set threads 4 sets them at the prompt, --threads=4 in an experiment", nil,
      name = "torch" },
  { "%f[%w_%.:]torch%.__version__", "it is ml.version", "ml.version", name = "torch" },
  { "%f[%w_%.:]torch%.seed%(%)", SEED, "ml.manual_seed(1)", name = "torch" },
  { "%f[%w_%.:]ml%.random%.%l+(<args>)", SEED, "ml.manual_seed%1", field = true, word = "random" },
  { "%f[%w_%.:]ml%.seed(<args>)", SEED, "ml.manual_seed%1", field = true, word = "seed" },
  { "%f[%w_%.:]ml%.random%f[^%w_]", "ml.rand, ml.randn, ml.randint and ml.randperm draw; " .. SEED, nil, field = true,
      word = "random" },
  { "%f[%w_%.:]glob%.", "data.open lists pictures, and the shell any files: !ls", nil, name = "glob" },
  { "%f[%w_%.:]sorted%(", "table.sort sorts a list in place: table.sort(t)", nil, name = "sorted" },
  { "^help$", "?NAME tells about a name: ?nn.Linear; :help lists the prompt's commands", nil, name = "help" },

  -- methods
  { "%.astype%(", "to gives another type", ":to(", field = true, word = "astype" },
  { "%f[%w_%.](<path>)[%.:]copy%(%)", "clone makes a copy", "%1:clone()", field = true, word = "copy" },
  { "%(%s*inplace%s*=%s*%a+%s*%)", "no layer works in place", "()" },
  { ",%s*inplace%s*=%s*%a+", "no layer works in place", "" },
  { "^(.-)%s*=%s*next%(iter%((<path>)%)%)$", "a loop walks the batches, and break ends it", first_batch, name = "iter" },
  { "^next%(iter%((<path>)%)%)$", "a loop walks the batches, and break ends it",
    "for x, y in %1:batches() do print(x.shape) break end", name = "iter" },
}

return rows
