--- mlprun.prompt.phrases_tensors - more rows of mlprun.prompt.phrases, which has what they are made of: dimensions that count
--- from 0, fields with brackets, comparisons, and what NumPy and PyTorch have beside tensors. They are looked at first.

local from_zero = require "mlprun.prompt.from_zero"
local set = require "mlprun.base.set"

-- Methods whose plain numbers are dimensions, and functions whose last one is.
local DIMS = set [[sum mean max min argmax argmin softmax log_softmax unsqueeze squeeze transpose permute size cumsum sort std var
  all any flip logsumexp]]
local FUNCTIONS = set [[cat stack softmax log_softmax argmax argmin sum mean max min cumsum sort std var unsqueeze squeeze
  logsumexp]]
local FIELDS = set "shape dtype grad requires_grad weight bias classes"

local LIBRARIES = set "ml nn optim augment data metrics plot math table string io os torch np F"

local DIMENSIONS = "methods take a colon, fields a point: model:train(), but x.shape; dimensions count from 1"
local FROM_ONE = "the library is ml here, with functions of layers in nn.functional; dimensions count from 1"
local COMPARED = "a:lt(b), a:le(b), a:gt(b), a:ge(b), a:eq(b) and a:ne(b) compare tensors element by element"
local SEED = "ml.manual_seed seeds all there is"
local TYPES = 'types are "f32", "f64", "i64", "u8" and "bool"'
local LIST = "a list stands in braces, and its places count from 1"
local OPERATORS = { ["<"] = "lt", ["<="] = "le", [">"] = "gt", [">="] = "ge", ["=="] = "eq", ["~="] = "ne", ["!="] = "ne" }

-- Dimensions "0, 1" as "1, 2"; nil when something else stands there, or nothing.
local function dimensions(list)
  local out = {}
  for part in list:gmatch("[^,]+") do
    if not math.tointeger(tonumber(part)) then return nil end
    out[#out + 1] = from_zero(part)
  end
  return #out > 0 and table.concat(out, ", ") or nil
end

local function with_dimensions(_, object, method, args)
  local shifted = DIMS[method] and not LIBRARIES[object:match("^[%w_]+")] and dimensions(args:sub(2, -2))
  return shifted and ("%s:%s(%s)"):format(object, method, shifted) or nil
end

-- torch.softmax(x, 1): the last number is a dimension.
local function function_of(library)
  return function(_, name, before, dim)
    return FUNCTIONS[name] and ("%s.%s(%s, %s)"):format(library, name, before, from_zero(dim)) or nil
  end
end

local function compared(_, a, sign, b) return ("%s:%s(%s)"):format(a, OPERATORS[sign], b) end

-- np.float64, torch.int64 ... as our types.
local function as_type(library, name, own)
  return { ("%%f[%%w_%%.:]%s%%.%s%%f[^%%w_]"):format(library, name), TYPES, own, name = library }
end

local rows = {
  -- nested lists of numbers, which Lua takes for a text
  { "(%[%[[%d%s%.,eE%-%+%[%]]*%]%])", LIST, function(_, list)
      return list:find(",") and list:gsub("%[", "{ "):gsub("%]", " }") or nil
    end },

  -- dimensions
  { "%f[%w_%.](<path>)%.(<name>)(<args>)", DIMENSIONS, with_dimensions, field = true },
  { "%)%.(<name>)(<args>)", DIMENSIONS, function(_, method, args)
      local shifted = DIMS[method] and dimensions(args:sub(2, -2))
      return shifted and ("):%s(%s)"):format(method, shifted) or nil
    end, field = true },
  { "%f[%w_%.:]torch%.(<name>)%(([^%(%)]*),%s*(%-?%d+)%)", FROM_ONE, function_of "ml", name = "torch" },
  { "%f[%w_%.:]torch%.(<name>)%((%b[]),%s*(%-?%d+)%)", FROM_ONE, function_of "ml", name = "torch" },
  { "%f[%w_%.:]F%.(<name>)%(([^%(%)]*),%s*(%-?%d+)%)", FROM_ONE, function_of "nn.functional", name = "F" },
  { "(<path>)%.shape%[(%-%d+)%]", "x:size(-1) counts from the last dimension", "%1:size(%2)", field = true },
  { "(<path>)%[0%]", "places count from 1", "%1[1]", field = true },
  { "%)%[0%]", "places count from 1", ")[1]", field = true },
  { ",%s*(%b())(%s*[%),])", "there are no tuples: a shape or a list stands in braces", function(_, tuple, close)
      return tuple:find(",") and (", { %s }%s"):format(tuple:sub(2, -2):gsub(",%s*$", ""), close) or nil
    end },

  -- fields, comparisons
  { "(<path>)[%.:](<name>)%(%)", "a field stands without brackets: x.shape, and x.shape[1] is its first number",
    function(_, object, name) return FIELDS[name] and ("%s.%s"):format(object, name) or nil end, field = true },
  { "(<path>)[%.:](<name>)%(([%d%-]+)%)", "a field stands without brackets: x.shape, and x.shape[1] is its first number",
    function(_, object, name, at)
      return FIELDS[name] and ("%s.%s[%s]"):format(object, name, from_zero(at)) or nil
    end, field = true },
  { "^(<name>)%s*<%-%s*([^%-].*)$", "a statement gives a name its value, and = does it", "%1 = %2", field = true,
      word = "compared" },
  { "%((<path>)%s*([<>]=?)%s*(%-?[%w_%.]+)%)", COMPARED, compared, field = true, word = "compared" },
  { "(<path>)%s*([<>]=?)%s*(%-?[%w_%.]+)", COMPARED, compared, field = true, word = "compared" },
  { "%((<path>)%s*([=!~]=)%s*([%w_%.]+)%)[%.:](<name>)%(", COMPARED, function(open, a, sign, b, method)
      return ("%s:%s("):format(compared(open, a, sign, b), method)
    end, field = true },

  -- texts
  { "(<s>)%s*%%%s*(<args>)", "format fills a text", "(%1):format%2", field = true },
  { "(<s>)%s*%%%s*([%w_%.]+)", "format fills a text", "(%1):format(%2)", field = true },

  -- names
  as_type("np", "float32", '"f32"'), as_type("np", "float64", '"f64"'), as_type("np", "int%d*", '"i64"'),
  as_type("torch", "float64", '"f64"'), as_type("torch", "int%d*", '"i64"'), as_type("torch", "uint8", '"u8"'),
  as_type("torch", "bool", '"bool"'),
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
  { "^summary%((<path>).-%)$", "model:summary takes the size of one input", "%1:summary { 3, 64, 64 }", name = "summary" },
  { "^help$", "?NAME tells about a name: ?nn.Linear; :help lists the prompt's commands", nil, name = "help" },

  -- methods
  { "%.astype%(", "to gives another type", ":to(", field = true, word = "astype" },
  { "(<path>)[%.:]copy%(%)", "clone makes a copy", "%1:clone()", field = true, word = "copy" },
  { "%(%s*inplace%s*=%s*%a+%s*%)", "no layer works in place", "()" },
  { ",%s*inplace%s*=%s*%a+", "no layer works in place", "" },
  { "^(.-)%s*=%s*next%(iter%((<path>)%)%)$", "a loop walks the batches, and break ends it",
    "for x, y in %2:batches() do %1 = x, y break end", name = "iter" },
  { "^next%(iter%((<path>)%)%)$", "a loop walks the batches, and break ends it",
    "for x, y in %1:batches() do print(x.shape) break end", name = "iter" },
}

return rows
