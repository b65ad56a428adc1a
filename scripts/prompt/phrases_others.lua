--- mlprun.prompt.phrases_others - more rows of mlprun.prompt.phrases, which has what they are made of: blocks of C and
--- JavaScript, words of a shell, and what Python's library and its texts, lists and dictionaries have.
--- They are looked at first: what is special goes before what is general.

local from_zero = require "mlprun.prompt.from_zero"
local set = require "mlprun.base.set"

-- ---- what repairs need ----

local function inside(brackets) return (brackets:sub(2, -2):match("^%s*(.-)%s*$")) end

local function block(head, body)
  body = body:match("^%s*(.-)%s*$")
  return body == "" and head or ("%s %s end"):format(head, body)
end

-- "{:.2f} of {}" as "%.2f of %s".
local function format_of(open, literal)
  return (open(literal):gsub("%%", "%%%%"):gsub("{%w*:?[<>^]?([^{}]*)}", function(how)
    return how:find("^[%d%.]*[dfegxs]$") and "%" .. how or "%s"
  end))
end

local TYPES = set "int float double char bool string long short unsigned auto var String boolean"
local TEXT_METHODS = set "upper lower reverse rep byte gsub gmatch match find sub"
local BLOCK = "a block of Lua has no braces: its head ends with do or then, the block with end"
local NO_TYPES = "names have no types"
local LOOP = "a list is walked in a loop: for _, v in ipairs(list) do ... end"
local INSTALL = "nothing is installed: what mlprun has is in it, and scripts are found by require"
local SHELL = "!COMMAND runs a command of the shell: !ls"
local TEXTS = "methods of a text take a colon: find, match, gsub, sub, rep, upper, lower"
local NUMBERS = "numbers are written without _, and in decimal or as 0xff"
local CASES = "Lua has no match or switch: if x == 1 then ... elseif x == 2 then ... else ... end"
local KERAS = "a training loop is written out, or ml.experiment makes it: ?ml.experiment"
local MATH = "infinity is math.huge, and 0 / 0 is no number"
local STATE = "state_dict() is a table, whose keys and values pairs walks"
local MAKERS = "what makes tensors is in ml"
local MADE = set "zeros ones rand randn arange randint randperm full eye linspace cat stack"

-- A loop over what a model's state_dict has, as keys(), values() or items() would give it.
local WALKS = { keys = { "name", "name" }, values = { "_, value", "value" }, items = { "name, value", "name, value" } }
local function walked(_, model, what)
  local walk = WALKS[what]
  return walk and ("for %s in pairs(%s:state_dict()) do print(%s) end"):format(walk[1], model, walk[2]) or nil
end

local rows = {
  -- blocks
  { "^for (<any>) in (<path>)[%.:]state_dict%(%)[%.:](<name>)%(%):<body>$", STATE, function(_, names, model, what, body)
      if not WALKS[what] then return nil end
      local before = what == "values" and "_, " or ""
      return block(("for %s%s in pairs(%s:state_dict()) do"):format(before, names, model), body)
    end },
  { "^if __name__ == <s>:%s*$", "a script runs from its first line on, and nothing of the kind is needed", "do" },
  { "^@.*$", "Lua has no decorators: f = decorate(f) is the same; ml.no_grad(function() ... end) records no gradients" },
  { "^for (<name>), %((.-)%) in enumerate%((<path>).-%):<body>$", "a loader gives batches, which you count yourself",
    function(_, i, what, loader, body)
      return ("local %s = 0 "):format(i) .. block(("for %s in %s:batches() do %s = %s + 1"):format(what, loader, i, i), body)
    end },
  { "tqdm%((<path>).-%)", "an experiment shows how far it is by itself", "%1" },
  { "^for (<name>) in reversed%((<path>)%):<body>$", "a loop counts down with a step of -1",
    function(_, name, list, body) return block(("for i = #%s, 1, -1 do local %s = %s[i]"):format(list, name, list), body) end },
  { "^match%s+.*:%s*$", CASES }, { "^switch%s*<args>%s*{?$", CASES }, { "^case%s+.*:%s*$", CASES },
  { "^if%s*(<args>)%s*{$", BLOCK, function(_, c) return ("if %s then"):format(inside(c)) end },
  { "^while%s*(<args>)%s*{$", BLOCK, function(_, c) return ("while %s do"):format(inside(c)) end },
  { "^for%s*%(%s*%a*%s*(<name>)%s*=%s*([^;]-);%s*<name>%s*(<=?)%s*([^;]-);[^{]*%)%s*{?$",
    "Lua counts in the head of a loop, both ends included", function(_, name, from, sign, to)
      return ("for %s = %s, %s do"):format(name, from,
          sign == "<" and (tonumber(to) and ("%d"):format(to - 1) or to .. " - 1") or to)
    end },
  { "^}%s*else.*{$", BLOCK }, { "^}[;%s]*$", "end closes a block" },
  { "^function%s+(<name>)%s*(<args>)%s*{$", BLOCK, "function %1%2" },
  { "^function%s+(<name>)%s*(<args>)%s*{%s*(.-);?%s*}$", BLOCK, "function %1%2 %3 end" },
  { "^if%s*(<args>)%s*{%s*(.-);?%s*}$", BLOCK, function(_, c, body) return ("if %s then %s end"):format(inside(c), body) end },
  { "^while%s*(<args>)%s*{%s*(.-);?%s*}$", BLOCK, function(_, c, body)
      return ("while %s do %s end"):format(inside(c), body)
    end },
  { "^async%s+", "nothing waits in Lua but coroutines: ?coroutine" }, { "^await%s+",
      "nothing waits in Lua but coroutines: ?coroutine" },
  { "^yield%s+(.+)$", "coroutine.yield hands a value out of a coroutine", "coroutine.yield(%1)" },
  { "^nonlocal%s+", "a function sees the locals around it without a word" },

  -- statements
  { "%f[%w_]print%(([^%(%)]-),%s*end%s*=%s*(<s>)%)", "io.write writes without a new line", function(open, values, last)
      return #open(last) > 2 and ("io.write(%s, %s)"):format(values, last) or ("io.write(%s)"):format(values)
    end },
  { "^print%((.-),%s*sep%s*=%s*(<s>)%)$", "table.concat puts a text between values", "print(table.concat({ %1 }, %2))" },
  { "^del%s+(<path>)%[(%d+)%]$", "table.remove takes one out of a list",
    function(_, list, at) return ("table.remove(%s, %s)"):format(list, from_zero(at)) end },
  { "^(<path>)%s*%+=%s*%[([^%],]+)%]$", "table.insert puts a value at the end of a list", "table.insert(%1, %2)" },
  { "^(<name>)%s*=%s*(<name>)%s*=>%s*(.+)$", "one without a name is function(x) return ... end",
      "%1 = function(%2) return %3 end" },
  { "^(<name>)%s*=%s*(<name>)%s*=%s*([^=>].*)$", "a statement gives each name its value by itself", "%2 = %3; %1 = %2" },
  { "^(<name>)%s*:%s*[%a_][%w_%.%[%], ]-%s*=%s*([^=].*)$", NO_TYPES, "%1 = %2" },
  { "^(<name>)%s+(<name>)%s*=%s*([^=].-);?$", NO_TYPES, function(_, kind, name, value)
      return TYPES[kind] and ("%s = %s"):format(name, value) or nil
    end },
  { "^(<name>)%s*=>%s*(.+)$", "one without a name is function(x) return ... end", "function(%1) return %2 end" },
  { "^/%*%s*(.-)%s*%*/$", "a comment begins with --, a long one is --[[ ... ]]", "-- %1" },
  { "^%%timeit%s+(.+)$", ":time EXPRESSION says how long it takes", ":time %1" },
  { "^%%time%s+(.+)$", ":time EXPRESSION says how long it takes", ":time %1" }, { "^%%%a+",
      "commands of the prompt begin with a colon: :help" },
  { "^pip%d?%s+install", INSTALL }, { "^conda%s+%a+", INSTALL },
  { "^python%d?%s+(%S+%.lua)$", "a script runs with mlprun SCRIPT in the shell, and here with :load SCRIPT", ":load %1" },
  { "^python%d?%s+%S+", "a script runs with mlprun SCRIPT in the shell, and here with :load SCRIPT" },
  { "^cd%s+%S+", "the folder stays the one where mlprun was started: Ctrl-D, then cd" },
  { "^(ls%s+%S.*)$", SHELL, "!%1" }, { "^(cat%s+%S.*)$", SHELL, "!%1" }, { "^(mkdir%s+%S.*)$", SHELL, "!%1" },
  { "^(git%s+%S.*)$", SHELL, "!%1" }, { "^(echo%s+%S.*)$", SHELL, "!%1" }, { "^%$%s+(%S.*)$", SHELL, "!%1" },
  { "^%.exit$", "Ctrl-D leaves, and so does :quit", "os.exit()" },
  { "^\\q$", "Ctrl-D leaves, and so does :quit", "os.exit()" },

  -- literals and operators
  { "===", "== compares in Lua", "==" }, { "!==", "unequal is ~= in Lua", "~=" },
  { "%f[%w_](%d[%d_]*_%d[%d_]*)%f[^%w_]", NUMBERS, function(_, digits) return (digits:gsub("_", "")) end },
  { "%f[%w_]0[bB]([01]+)%f[^%w_]", NUMBERS, function(_, bits) return ("%d"):format(tonumber(bits, 2)) end },
  { "%f[%w_]u(<s>)", "a text is of bytes, UTF-8 where it has other letters", "%1", begins = "u" },
  { "(<s>)%[(%d+)%]", 'a letter of a text is text:sub(1, 1)', function(_, text, at)
      return ("(%s):sub(%s, %s)"):format(text, from_zero(at), from_zero(at))
    end },
  { "(<s>)%.join(<args>)", "table.concat joins the texts of a list",
    function(_, between, list) return ("table.concat(%s, %s)"):format(inside(list), between) end },
  { "(<s>)%.format(<args>)", "format fills a text: %s any value, %d a whole number, %.2f two digits",
    function(open, text, values) return ("(%s):format%s"):format(format_of(open, text), values) end },
  { "(<s>)%.(<name>)(<args>)", TEXTS, function(_, text, name, values)
      return TEXT_METHODS[name] and ("(%s):%s%s"):format(text, name, values) or nil
    end },
  { "(<path>)%(%*%*(<path>)%)", "a table of options is passed as it is", "%1(%2)" },
  { "(<path>)%(%*(<path>)%)", "table.unpack gives the values of a list one by one", "%1(table.unpack(%2))" },
  { "%[::%-1%]", "x:flip { 1 } turns a tensor round; a list is walked with for i = #list, 1, -1 do" },
  { "(<path>)%[:,%s*None%]", "unsqueeze makes a dimension of one", "%1:unsqueeze(2)" },
  { "(<path>)%[None%]", "unsqueeze makes a dimension of one", "%1:unsqueeze(1)", name = "None" },
  { "(<path>)%[None,%s*:%]", "unsqueeze makes a dimension of one", "%1:unsqueeze(1)" },
  { "%[%.%.%.%s*,", "every dimension is named: x[{ {}, 1 }] where there are two" },
  { "%f[%w_%.:]dict%(%s*([%a_].-=.-)%)", "a dictionary is a table", "{ %1 }", name = "dict" },
  { "%f[%w_%.:]set%(%[(.-)%]%)", "a set is a table whose keys are true", function(_, list)
      local keys = {}
      for item in list:gmatch("[^,]+") do keys[#keys + 1] = ("[%s] = true"):format(item:match("^%s*(.-)%s*$")) end
      return ("{ %s }"):format(table.concat(keys, ", "))
    end, name = "set" },
  { "%f[%w_%.:]sum%(%[?(.-)%.numel%(%) for <name> in (<path>)%.parameters%(%) if .-requires_grad%]?%)",
      "model:num_parameters() counts", "%2:num_parameters { trainable = true }", name = "sum" },
  { "%f[%w_%.:]sum%(%[?(.-)%.numel%(%) for <name> in (<path>)%.parameters%(%)%]?%)", "model:num_parameters() counts",
      "%2:num_parameters()", name = "sum" },
  { "%f[%w_%.:]sum%(.- for .- in .-%)", LOOP, nil, name = "sum" },

  -- names
  { "%f[%w_%.:]exit%(%d*%)", "Ctrl-D leaves, and so does :quit", "os.exit()", name = "exit" },
  { "%f[%w_%.:]list%(range(<args>)%)", "arange counts from 0 as range does, and a list is a table", "ml.arange%1:tolist()",
      name = "list" },
  { "%f[%w_%.:]list%((<path>)%)", "a list is a table already", "%1", name = "list" },
  { "%f[%w_%.:]tuple%((<path>)%)", "there are no tuples: a list is a table", "%1", name = "tuple" },
  { "%f[%w_%.:]round%(([^,]+)%)", "a whole number is near: math.floor(x + 0.5)", "math.floor(%1 + 0.5)", name = "round" },
  { "%f[%w_%.:]round%(([^,]+),%s*(%d+)%)", "digits are said by a format", '("%.%2f"):format(%1)', name = "round" },
  { "%f[%w_%.:]any<args>", "a tensor has x:any(); " .. LOOP, nil, name = "any" },
  { "%f[%w_%.:]all<args>", "a tensor has x:all(); " .. LOOP, nil, name = "all" },
  { "%f[%w_%.:]map<args>", LOOP, nil, name = "map" }, { "%f[%w_%.:]filter<args>", LOOP, nil, name = "filter" },
  { "%f[%w_%.:]reversed<args>", "for i = #list, 1, -1 do walks it from its end", nil, name = "reversed" },
  { "%f[%w_%.:]vars%((<path>)%)", "?NAME tells what a value is, and Tab what it has", "%1", name = "vars" },
  { "%f[%w_%.:]hasattr%((<path>),%s*(<s>)%)", "what a table does not have is nil", "(%1[%2] ~= nil)", name = "hasattr" },
  { "%f[%w_%.:]getattr%((<path>),%s*(<s>)%)", "a field of that name is t[name]", "%1[%2]", name = "getattr" },
  { "^setattr%((<path>),%s*(<s>),%s*(.+)%)$", "a field of that name is t[name]", "%1[%2] = %3", name = "setattr" },
  { "%f[%w_%.:]callable%((<path>)%)", "type says what a value is", '(type(%1) == "function")', name = "callable" },
  { "%f[%w_]float%((<s>)%)", "tonumber reads a number; " .. MATH, function(open, text)
      return open(text):find("inf") and "math.huge" or nil
    end, name = "float" },
  { "%f[%w_%.:]printf%((<s>),%s*(.-)%)$", "format fills a text, and io.write writes it", "io.write((%1):format(%2))",
      name = "printf" },
  { "%f[%w_%.:]console%.log%(", "print shows values", "print(", name = "console" },
  { "%f[%w_%.:]undefined%f[^%w_]", "nil is nothing in Lua", "nil", name = "undefined" },
  { "^raise$", "error raises a message: error(\"what is wrong\")", nil, name = "raise" },
  { "%f[%w_%.:]time%.sleep%((.-)%)", "the shell can wait", 'os.execute("sleep " .. %1)', name = "time" },
  { "%f[%w_%.:]sys%.argv%f[^%w_]", "arg has what followed the script", "arg", name = "sys" },
  { "%f[%w_%.:]sys%.exit%(.-%)", "Ctrl-D leaves, and so does :quit", "os.exit()", name = "sys" },
  { "%f[%w_%.:]json%.", "the prompt shows a table as it is, and ml.save keeps one in a file", nil, name = "json" },
  { "%f[%w_%.:]random%.randint(<args>)", "math.random draws whole numbers, both ends included", "math.random%1",
      name = "random" },
  { "%f[%w_%.:]random%.choice%((<path>)%)", "math.random(n) draws from 1 to n", "%1[math.random(#%1)]", name = "random" },
  { "%f[%w_%.:]random%.shuffle", "ml.randperm(n) gives the numbers up to n - 1 in any order", nil, name = "random" },
  { "%f[%w_%.:]copy%.deepcopy", "model:state_dict() has the weights; a model is made anew and they are loaded", nil,
      name = "copy" },
  { "%f[%w_%.:]datetime%.", 'os.date("%Y-%m-%d %H:%M") is the time as a text', nil, name = "datetime" },
  { "%f[%w_%.:]torchvision%.transforms%.", "transforms are in augment", "augment.", name = "torchvision" },
  { "%f[%w_%.:]datasets%.%a*MNIST%(",
    "data.open reads the files of MNIST, and `mlprun data fetch fashion-mnist` gets those of Fashion-MNIST", nil,
    name = "datasets" },
  { "%f[%w_%.:]torchvision%.datasets%.%a*MNIST%(",
    "data.open reads the files of MNIST, and `mlprun data fetch fashion-mnist` gets those of Fashion-MNIST", nil,
    name = "torchvision" },
  { "%f[%w_%.:]torchvision%.datasets%.", "data sets are in data", "data.", name = "torchvision" },
  { "%f[%w_%.:]tensor%.(<name>)", MAKERS, function(_, name) return MADE[name] and "ml." .. name or nil end, name = "tensor" },
  { "%f[%w_%.:]datasets%.", "data sets are in data", "data.", name = "datasets" },
  { "%f[%w_%.:]sklearn%.metrics%.", "scores are in metrics", "metrics.", name = "sklearn" },
  { "%f[%w_%.:]pd%.", "data.open reads a CSV file of pictures, and io.lines any file", nil, name = "pd" },
  { "%f[%w_%.:]wandb%.", "writers.SummaryWriter writes for TensorBoard", nil, name = "wandb" },
  { "%f[%w_%.:]np%.random%.seed(<args>)", "ml.manual_seed seeds all there is", "ml.manual_seed%1", name = "np" },
  { "%f[%w_%.:]np%.inf%f[^%w_]", MATH, "math.huge", name = "np" }, { "%f[%w_%.:]np%.pi%f[^%w_]", "it is in math", "math.pi",
      name = "np" },
  { "%f[%w_%.:]np%.random%.randint%(", "tensors are its arrays", "ml.randint(", name = "np" },
  { "%f[%w_%.:]torch%.from_numpy%((.-)%)", "a tensor is the array", "%1", name = "torch" },
  { "%f[%w_%.:]plt%.hist%(", "hist draws how often which values occur", "hist(", name = "plt" },
  { "%f[%w_%.:]clear%f[^%w_]", "Ctrl-L clears the screen", nil, name = "clear" },
  { "^ls$", SHELL, "!ls", name = "ls" }, { "^pwd$", SHELL, "!pwd", name = "pwd" },

  -- fields and methods; word: the field that is nothing
  { "%f[%w_]os%.path%.join%(([^,]-),%s*([^,]-)%)", ".. joins texts", '%1 .. "/" .. %2', field = true },
  { "%f[%w_]os%.path%.exists%(([^,]-)%)", "io.open gives nil for a file that is not there", "(io.open(%1) ~= nil)",
      field = true },
  { "%f[%w_]os%.getcwd%(%)", "the shell knows where it is: !pwd", 'os.getenv("PWD")', field = true },
  { "%f[%w_]os%.listdir", SHELL .. "; data.open lists pictures", nil, field = true },
  { "%f[%w_]os%.makedirs%(([^,]-)%)", "the shell makes folders", 'os.execute("mkdir -p " .. %1)', field = true },
  { "(<path>)[%.:]split%((<s>)%)", "gmatch walks the pieces of a text", function(open, text, sign)
      local letter = open(sign):match("^.(.).$")
      return letter and letter:find("[%p%w]") and ('%s:gmatch("[^%s]+")'):format(text,
          letter:find("[%^%]%%-]") and "%" .. letter or letter)
    end, field = true, word = "split" },
  { "(<s>)%.split%((<s>)%)", "gmatch walks the pieces of a text", function(open, text, sign)
      local letter = open(sign):match("^.(%p).$")
      return letter and ('(%s):gmatch("[^%s]+")'):format(text, letter:find("[%^%]%%-]") and "%" .. letter or letter)
    end },
  { "(<path>)[%.:]remove%(", LOOP, nil, field = true, word = "remove" },
  { "(<path>)[%.:]count%(", LOOP, nil, field = true, word = "count" },
  { "^(<path>)[%.:]pop%((<s>)%)$", "what is given nil is gone", "%1[%2] = nil", field = true, word = "pop" },
  { "(<path>)[%.:]strip%(%)", "match takes the spaces at both ends away", '%1:match("^%s*(.-)%s*$")', field = true,
      word = "strip" },
  { "(<path>)[%.:]replace%(", "gsub replaces, by a pattern", "%1:gsub(", field = true, word = "replace" },
  { "(<path>)[%.:]startswith%((<s>)%)", "a part of a text is sub, and its length #", "(%1:sub(1, #%2) == %2)", field = true,
      word = "startswith" },
  { "(<path>)[%.:]endswith%((<s>)%)", "a part of a text is sub, and its length #", "(%1:sub(-#%2) == %2)", field = true,
      word = "endswith" },
  { "(<path>)%.(<name>)%(%)", TEXTS, function(_, text, name)
      return TEXT_METHODS[name] and ("%s:%s()"):format(text, name) or nil
    end, field = true, word = "text" },
  { "(<path>)[%.:]sort%(%)", "table.sort sorts a list in place", "table.sort(%1)", field = true, word = "sort" },
  { "(<path>)[%.:]pop%(%)", "table.remove takes the last one out of a list", "table.remove(%1)", field = true, word = "pop" },
  { "(<path>)[%.:]insert%((%d+),%s*(.-)%)$", "table.insert puts a value into a list, whose places count from 1",
    function(_, list, at, value) return ("table.insert(%s, %s, %s)"):format(list, from_zero(at), value) end, field = true,
        word = "insert" },
  { "(<path>)[%.:]extend%((<path>)%)", "table.move copies values from one list to another", "table.move(%2, 1, #%2, #%1 + 1, %1)",
    field = true, word = "extend" },
  { "(<path>)[%.:]get%(([^,]-),%s*(.-)%)$", "what a table does not have is nil, and or chooses", "%1[%2] or %3", field = true,
      word = "get" },
  { "(<path>)[%.:]get%(([^,]-)%)$", "what a table does not have is nil", "%1[%2]", field = true, word = "get" },
  { "^(<path>)[%.:]keys%(%)$", "for k in pairs(t) do walks the keys", "for k in pairs(%1) do print(k) end", field = true,
      word = "keys" },
  { "(<path>)[%.:]keys%(%)", "for k in pairs(t) do walks the keys", nil, field = true, word = "keys" },
  { "^(<path>)[%.:]values%(%)$", "for _, v in pairs(t) do walks the values", "for _, v in pairs(%1) do print(v) end",
      field = true, word = "values" },
  { "(<path>)[%.:]values%(%)", "for _, v in pairs(t) do walks the values", nil, field = true, word = "values" },
  { "^(<path>)[%.:]items%(%)$", "for k, v in pairs(t) do walks both", "for k, v in pairs(%1) do print(k, v) end", field = true,
      word = "items" },
  { "(<path>)[%.:]items%(%)", "for k, v in pairs(t) do walks both", nil, field = true, word = "items" },
  { "^(<path>)[%.:]state_dict%(%)[%.:](<name>)%(%)$", STATE, walked, field = true },
  { "^%l+%((<path>)[%.:]state_dict%(%)[%.:](<name>)%(%)%)$", STATE, walked, field = true },
  { "%f[%w_]ml%.tensor%.(<name>)", MAKERS, function(_, name) return MADE[name] and "ml." .. name or nil end, field = true },
  { "(<path>)[%.:]index%(", LOOP, nil, field = true, word = "index" },
  { "%f[%w_%.](<path>)%.type%(", "to gives another type", function(_, object)
      return object ~= "math" and object ~= "io" and object .. ":to(" or nil
    end, field = true },
  { "%.data%f[^%w_%.]", "detach gives the values without the gradient", ":detach()", field = true },
  { "%.device%f[^%w_]", "there is no device: it runs on the processor", nil, field = true },
  { "%.grad%.<name>", "a gradient is there after backward(), and optimizer:zero_grad() takes it away", nil, field = true },
  { "(augment%.ToTensorV2%(%)),%s*(augment%.Normalize%b())", "Normalize takes pictures of 0 to 255, before ToTensorV2", "%2, %1",
      field = true },
  { "%f[%w_]augment%.ToTensor%(%)", "it is ToTensorV2, as in Albumentations", "augment.ToTensorV2()", field = true },
  { "%f[%w_]augment%.Resize%((%d+)%)", "Resize takes height and width", "augment.Resize(%1, %1)", field = true },
  { "[%.:]fit%(", KERAS, nil, field = true, word = "fit" },
  { "[%.:]compile%(", KERAS, nil, field = true, word = "compile" },
  { "(<path>)[%.:]predict%((.-)%)$", "a model is called: model(x)", "%1(%2)", field = true },
  { "%f[%w_]nn%.Sequential%((.+)%)$", "nn.Sequential takes one table of layers", function(_, list)
      return not list:find("^{") and ("nn.Sequential { %s }"):format(list:match("^%s*(.-)[,%s]*$")) or nil
    end, field = true },
  { "([%w_%.]+)%s*(<=?)%s*([%w_%.]+)%s*(<=?)%s*([%w_%.]+)", "and joins two comparisons", "%1 %2 %3 and %3 %4 %5", field = true },
  { "(<s>)%s*%+%s*", ".. joins texts, and + adds numbers", "%1 .. ", field = true },
  { "%s*%+%s*(<s>)", ".. joins texts, and + adds numbers", " .. %1", field = true },
  { "(<s>)%s*%*%s*([%w_]+)", "rep repeats a text", "(%1):rep(%2)", field = true },
}

-- Names of the library that others import one by one.
local PARTS = {
  { "nn", [[Linear Conv2d BatchNorm1d BatchNorm2d ReLU GELU Sigmoid Tanh Dropout Flatten Sequential MaxPool2d
           CrossEntropyLoss MSELoss Module]] },
  { "optim", "Adam AdamW SGD RMSprop" }, { "ml", "tensor zeros ones randn rand arange cat stack no_grad manual_seed randint" },
  { "augment", "Compose Resize HorizontalFlip Normalize ToTensorV2" },
  { "data", "ImageFolder TensorDataset ConcatDataset random_split" },
  { "metrics", "ConfusionMatrix accuracy_score classification_report" },
}

for _, part in ipairs(PARTS) do
  for name in part[2]:gmatch("%S+") do
    local pattern, there = ("%%f[%%w_%%.:]%s%%f[^%%w_]"):format(name), ("%s.%s"):format(part[1], name)
    rows[#rows + 1] = { pattern, ("it is in %s"):format(part[1]), there, name = name, word = name }
  end
end

return rows
