-- luacheck: max line length 160
-- Calls every function and method of the library with arguments that nobody would write. Each call may answer or raise a
-- text; what it must not do is end the process. A child process makes the calls, in a folder of its own, so that a crash
-- is a failed test here.
--
--   mlprun tests/lua/hostile_calls.lua                       what `make check` runs
--   mlprun tests/lua/hostile_calls.lua --child SEED CALLS [trace]   one child; `trace` prints each call before it is made
local core = require "mlprun.core"

-- ---- the child ----

local function child(seed, calls, trace)
  core.sys.exit = function() error("exit was called", 0) end
  core.sys.threads(2)
  local ml = require "mlprun"

  local state = seed
  local function random(n) -- 1 to n
    state = state * 6364136223846793005 + 1442695040888963407
    return (state >> 33) % n + 1
  end
  local function chance(percent) return random(100) <= percent end
  local function pick(list) return list[random(#list)] end

  -- values

  local sizes = { 0, 1, 1, 2, 2, 3, 3, 4, 5, 8 }
  local numbers = { 0, 1, -1, 2, 3, 4, 7, 0.5, -0.5, 1.5, 0.0, -0.0, 1e-300, 1e300, 0 / 0, 1 / 0, -1 / 0, math.maxinteger,
    math.mininteger, 1 << 31, (1 << 31) - 1, -(1 << 31), 1 << 32, (1 << 32) + 1, 1 << 53, 1 << 62, 2.0 ^ 63, 2.0 ^ 64, 100, 255, 256, 1000 }
  local texts = { "", "a", "%s%n%d%s", "a\0b", "\0", ("x"):rep(3000), ("%s"):rep(400), "f32", "f64", "i64", "u8", "mean", "sum",
    "none", "cat", "\xff\xfe", "0", "12", "1e5", "nan", "weight", "0.weight", "true", "pred", "CHW", "HWC", "NCHW", "512M", "train", "val",
    "linear", "nearest", "-1 0 0 0 9 0 0 0 0", "{\"a\":[1,{}]}", "[[[[", "run", "run/x", "garbage.bin", "one.npy", "one.npz",
    "one.safetensors", "pictures", "idx", "pictures/a/1.png", ".", "/", "/dev/null", "/nowhere/x", "train/loss", "grad", "shape", "data" }
  local keys = { "dim", "keepdim", "dtype", "requires_grad", "p", "lr", "momentum", "weight_decay", "betas", "eps", "nesterov", "dampening",
    "amsgrad", "maximize", "seed", "epoch", "index", "batch_size", "shuffle", "drop_last", "workers", "prefetch", "cache", "channels",
    "background", "max_pixels", "on_bad", "allow_empty", "part", "train", "val", "test", "stratify", "digits", "zero_division", "rows",
    "names", "normalize", "confidence", "resamples", "mid_p", "metadata", "compress", "indent", "sort", "null", "name", "purge_step",
    "filename_suffix", "walltime", "dataformats", "layout", "interpolation", "bias", "inplace", "affine", "track_running_stats", "alpha",
    "min", "max", "descending", "gradient", "retain_graph", "weight", "ignore_index", "reduction", "label_smoothing", "start", "labels",
    "adjusted", "weights", "k", "output_dict", "target_names", "append", "params", "start_dim", "end_dim", "x", "y", "always_apply", "sum",
    "stride", "padding", "dilation", "groups", "ceil_mode", "count_include_pad", "divisor_override" }
  local dtypes = { "f32", "f64", "i64", "u8", "f16", "bf16", "i32", "bool" }

  local pool = {} -- what earlier calls gave
  local function keep(value)
    local kind = type(value)
    if kind ~= "userdata" and kind ~= "table" and kind ~= "function" then return end
    if value == ml or value == core or value == _G then return end
    pool[#pool < 300 and #pool + 1 or random(300)] = value
  end

  local function shape()
    local s = {}
    for i = 1, random(6) - 1 do s[i] = pick(sizes) end
    return s
  end

  local function tensor()
    local t = ml.randn(2, 3)
    local how = random(15)
    if how <= 4 then t = ml.randn(shape()) end
    if how == 5 then t = ml.tensor(pick(numbers)) end
    if how == 6 then t = ml.randint(0, 5, shape(), { dtype = pick(dtypes) }) end
    if how == 7 then t = ml.randn(4, 6):t() end
    if how == 8 then t = ml.randn(3, 1):expand(3, pick(sizes)) end
    if how == 9 then t = ml.zeros({ 1, 2, 1, 2, 1, 2, 1, 2 }, { dtype = pick(dtypes) }) end
    if how == 10 then t = ml.randn(5, 4):narrow(2, 2, 2) end
    if how == 11 then t = ml.randn(0, 3) end
    if how == 12 then t = ml.tensor({ pick(numbers), pick(numbers), pick(numbers) }):to(pick(dtypes)) end
    if how == 13 then t = ml.randint(1, 4, { 4 }) end
    if how == 14 then t = ml.randint(0, 255, { 4, 5, 3 }, { dtype = "u8" }) end
    if how == 15 then
      local huge = shape()
      huge[#huge + 1] = pick(numbers)
      local ok, made = pcall(chance(50) and ml.zeros(1).expand or ml.empty, chance(50) and ml.zeros(1) or huge, huge)
      if ok and made:numel() < 1e6 then t = made end
    end
    if chance(15) and t.dtype:find("f") and t.is_leaf then t:requires_grad_() end
    if chance(3) then t:close() end
    return t
  end

  local value
  local cyclic = {}
  cyclic[1], cyclic.p = cyclic, cyclic
  local border = {} -- a table whose length is the largest integer
  for i = 0, 62 do border[1 << i] = 1 end
  border[math.maxinteger] = 1
  local deep = {}
  for _ = 1, 300 do deep = { deep } end

  local function treacherous() -- closes a tensor when a field is read
    return setmetatable({}, { __index = function()
      local victim = pick(pool)
      if type(victim) == "userdata" then pcall(function() victim:close() end) end
    end, __name = pick(texts), __tostring = function() return 5 end, __len = function() return "many" end })
  end

  local function list(depth)
    local made, n, kind = {}, random(5) - 1, random(6)
    for i = 1, n do
      if kind == 1 then made[i] = tensor()
      elseif kind == 2 then made[i] = random(5)
      elseif kind == 3 then made[i] = pick(numbers)
      elseif kind == 4 then made[i] = pick(texts)
      elseif kind == 5 then made[i] = { pick(texts), value(depth + 1) }
      else made[i] = value(depth + 1) end
    end
    return made
  end

  local function options(depth)
    local made = {}
    for _ = 1, random(3) do made[pick(keys)] = value(depth + 1) end
    return made
  end

  function value(depth)
    depth = depth or 0
    local kind = random(depth > 2 and 11 or 17)
    if kind == 1 then return nil end
    if kind == 2 then return chance(50) end
    if kind == 3 or kind == 4 then return pick(sizes) end
    if kind == 5 then return pick(numbers) end
    if kind == 6 then return pick(texts) end
    if kind <= 9 then return tensor() end
    if kind <= 11 then return #pool > 0 and pick(pool) or nil end
    if kind <= 13 then return list(depth) end
    if kind <= 15 then return options(depth) end
    if kind == 16 then
      return pick { {}, cyclic, border, deep, treacherous(), setmetatable({}, { __gc = function() ml.zeros(3):close() end }) }
    end
    return pick { print, coroutine.create(print), io.stdout, core.json.null, ml, function() return ml.ones(2) end }
  end

  -- What functions expect, a letter for an argument, so that many calls get beyond the first check: T tensor, M matrix,
  -- P pictures, K kernels, V labels, i small number, n number, o options, s text, b boolean, L list of tensors, W list of
  -- small numbers, D two of them.
  local templates = {
    { "core%.nn%.linear", "MMV" }, { "core%.nn%.batch_norm", "MTTTTbnn" }, { "core%.nn%.cross_entropy", "MVo" },
    { "core%.nn%.conv2d", "PKTo" }, { "core%.nn%.%a+_pool2d", "PDo" }, { "core%.nn%.adaptive_avg_pool2d", "PD" },
    { "functional%.conv2d", "PKo" }, { "functional%.%a+_pool2d", "PDo" }, { "functional%.adaptive_avg_pool2d", "PD" },
    { "core%.nn%.dropout", "Tnb" }, { "core%.nn%.", "Ti" }, { "nn%.functional%.", "MVo" }, { "nn%.init", "To" }, { "nn%.utils", "Lno" },
    { "ml%.nn%.", "iio" }, { "core%.optim%.grad", "Ln" }, { "core%.optim", "TTToio" }, { "ml%.optim", "Lo" },
    { "metrics%.ConfusionMatrix", "i" }, { "top_k", "MVi" }, { "top_k_accuracy_score", "VMo" }, { "metrics%.statistics%.compare", "MMo" },
    { "stats%.compare", "MMo" }, { "metrics%.statistics%.mcnemar", "iio" }, { "metrics%.statistics%.wilson", "iio" }, { "metrics", "VVo" },
    { "stats", "WWo" }, { "_like", "Tno" }, { "%.cat$", "Lio" }, { "%.stack$", "Lio" }, { "%.where$", "TTT" }, { "%.full$", "Wno" },
    { "%.randint", "iiWo" }, { "%.linspace", "nnio" }, { "%.arange", "nnn" }, { "augment", "iio" }, { "gradcheck", "fL" },
    { "save", "sTo" }, { "core%.image%.from_tensor", "To" }, { "%.zeros$", "nio" }, { "%.empty$", "Wno" }, { "%.eye$", "iio" },
    { "tensor%.methods%.narrow", "Tiii" }, { "methods%.gather", "MiV" }, { "methods%.index_select", "TiV" }, { "methods%.matmul", "MM" },
    { "methods%.mm", "MM" }, { "methods%.expand", "Tnnn" }, { "methods%.reshape", "Tnnn" }, { "methods%.permute", "Tiii" },
    { "tensor%.methods", "Tio" }, { "", "sso" },
  }

  local function labels()
    return ml.randint(chance(90) and 1 or -5, chance(90) and 4 or 1 << 62, { pick { 2, 3, 4, 0 } }, { dtype = "i64" })
  end

  local makers = {
    T = tensor, V = labels, i = function() return pick { -2, -1, 0, 1, 1, 2, 2, 3, 4, 5 } end, n = function() return pick(numbers) end,
    o = function() return chance(50) and options(1) or nil end, s = function() return pick(texts) end, b = function() return chance(50) end,
    M = function() return ml.randn(pick { 2, 3, 4, 0 }, pick { 2, 3, 4, 1 }, { dtype = pick { "f32", "f32", "f64", "i64" } }) end,
    P = function() return ml.randn(pick { { 2, 3, 5, 4 }, { 1, 2, 7, 6 }, { 3, 4, 4 }, { 0, 3, 4, 4 }, { 2, 3, 0, 4 } }) end,
    K = function() return ml.randn(pick { { 4, 3, 3, 3 }, { 6, 1, 2, 1 }, { 2, 2, 1, 1 }, { 3, 3, 4, 9 }, { 2, 0, 1, 1 } }) end,
    D = function() return { chance(90) and pick(sizes) or pick(numbers), chance(90) and pick(sizes) or pick(numbers) } end,
    L = function() local l = {} for i = 1, random(4) - 1 do l[i] = tensor() end return l end,
    W = function() local l = {} for i = 1, random(4) - 1 do l[i] = chance(95) and pick(sizes) or pick(numbers) end return l end,
    f = function() return function(...) return (...) end end,
  }

  local function suited(name, args)
    for _, template in ipairs(templates) do
      if name:find(template[1]) then
        for i = 1, #template[2] do
          if chance(93) then args[i] = select(2, pcall(makers[template[2]:sub(i, i)])) end
        end
        return math.max(#template[2] - random(3) + 1, 1)
      end
    end
  end

  -- functions

  local functions = {}
  local skip = { ["ml.data.default"] = true, ["ml.options"] = true, ["core.sys.exit"] = true, ["core.sys.remove"] = true,
    ["core.sys.rename"] = true, ["core.sys.threads"] = true, ["core.sys.graceful"] = true, ["ml.experiment"] = true }
  local seen = {}
  local function walk(path, from, depth)
    if seen[from] or depth > 3 then return end
    seen[from] = true
    local names = {}
    for name in next, from do names[#names + 1] = tostring(name) end
    table.sort(names)
    for _, name in ipairs(names) do
      local inner, full = rawget(from, name), path .. "." .. name
      local asks = full:find("^core%.editor%.") -- waits for somebody who types
      if type(inner) == "function" and not skip[full] and not asks and not full:find("__", 1, true) then
        functions[#functions + 1] = { full, inner }
      elseif type(inner) == "table" then
        if getmetatable(inner) and getmetatable(inner).__call then functions[#functions + 1] = { full, inner } end
        walk(full, inner, depth + 1)
      end
    end
  end
  for _, part in ipairs { "nn", "optim", "data", "metrics", "writers", "autograd" } do local _ = ml[part] end
  walk("ml", ml, 0)
  walk("core", core, 0)
  local tensor_methods, method_of = {}, {}
  for _, f in ipairs(functions) do
    if f[1]:find("core.tensor.methods", 1, true) then tensor_methods[#tensor_methods + 1], method_of[f[2]] = f[2], f[1] end
  end

  local method_names = { "resize", "convert", "save", "png", "tensor", "labels", "samples", "path", "get", "image", "class_counts",
    "fingerprint", "bad_files", "passed_over", "statistics", "with", "subset", "split", "part", "batches", "set_epoch", "add", "reset",
    "total", "classes", "matrix", "normalize", "precision", "recall", "f1", "support", "average", "select", "accuracy",
    "balanced_accuracy", "kappa", "mcc", "report", "report_table", "add_scalar", "add_histogram", "add_text", "add_image", "add_images",
    "add_scalars", "add_hparams", "hparams", "flush", "close", "write", "forward", "parameters", "state_dict", "load_state_dict", "train",
    "eval", "named_parameters", "modules", "children", "apply", "zero_grad", "step", "add_param_group", "append", "to", "double",
    "register_buffer", "register_parameter", "register_module", "requires_grad_", "summary", "num_parameters", "shape", "width", "epoch" }
  local function method(...)
    local object = ...
    return object[pick(method_names)](...)
  end
  local operations = {
    function(a, b) return a + b end, function(a, b) return a - b end, function(a, b) return a * b end, function(a, b) return a / b end,
    function(a, b) return a ^ b end, function(a) return -a end, function(a) return #a end, function(a, b) return a .. b end,
    function(a, b) return a == b end, function(a, b) return a < b end, function(a, b) return a <= b end, function(a) return tostring(a) end,
    function(a, b) return a[b] end, function(a, b, c) a[b] = c end, function(a, ...) return a(...) end, function(a) return a:close() end,
    function(a) for x, y, z in a:batches() do keep(x) keep(y) keep(z) if chance(30) then break end end end,
    function(a) keep(a()) end,
    function(a) return core.json.encode(a) end, function(a) local x <close> = a return x end,
  }

  -- Things that take some making, so that calls get beyond the first check.
  local function things()
    local aug, nn = ml.augment, ml.nn
    local picture = core.image.from_tensor(ml.randint(0, 255, { 6, 7, 3 }, { dtype = "u8" }))
    keep(picture)
    keep(picture:convert(1))
    keep(core.image.from_tensor(ml.zeros({ 1, 1, 1 }, { dtype = "u8" })))
    keep(aug.Compose { aug.HorizontalFlip(), aug.Resize(4, 5), aug.Normalize(), aug.ToTensorV2() })
    keep(aug[pick(aug.names())])
    local model = nn.Sequential { nn.Flatten(), nn.Linear(6, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4, 3) }
    keep(model)
    keep(nn.CrossEntropyLoss())
    model(ml.randn(5, 2, 3)):sum():backward()
    keep(ml.optim.SGD(model:parameters(), { lr = 0.1, momentum = 0.9 }))
    keep(ml.optim.Adam(model:parameters(), { lr = 0.1 }))
    keep(ml.metrics.ConfusionMatrix { "a", "b", "c" })
    local set = ml.data.open("pictures")
    keep(set)
    keep(set:with(aug.Compose { aug.Resize(4, 4), aug.ToTensorV2() }))
    keep(ml.data.DataLoader(set:with(aug.Resize(4, 4)), { batch_size = 2, workers = random(3) - 1, shuffle = true }))
    keep(ml.writers.SummaryWriter("run"))
    keep(ml.writers.JSONL("lines.jsonl"))
    local next_batch, epoch = ml.data.DataLoader(set:with(aug.Resize(3, 3)), { workers = 2, batch_size = 1 }):batches()
    keep(next_batch)
    keep(epoch)
  end

  local function files()
    local bytes = {}
    for i = 1, 300 do bytes[i] = string.char(random(256) - 1) end
    core.sys.write_file("garbage.bin", table.concat(bytes))
    core.io.npy_save("one.npy", ml.randn(2, 3))
    core.io.npz_save("one.npz", { a = ml.randn(2), b = ml.zeros(0) })
    core.io.safetensors_save("one.safetensors", { a = ml.randn(2), b = ml.zeros(3, { dtype = "i64" }) })
    for c, class in ipairs { "a", "b" } do
      core.sys.make_folder("pictures/" .. class)
      for i = 1, 3 do
        core.image.from_tensor(ml.randint(0, 255, { 4 + c, 4 + i, 3 }, { dtype = "u8" })):save(("pictures/%s/%d.png"):format(class, i))
      end
    end
    core.sys.write_file("pictures/a/broken.png", "\x89PNG\r\n\x1a\n garbage")
    core.sys.make_folder("idx")
    core.sys.write_file("idx/train-images-idx3-ubyte", "\0\0\8\3\0\0\0\2\0\0\0\2\0\0\0\2" .. ("x"):rep(8))
    core.sys.write_file("idx/train-labels-idx1-ubyte", "\0\0\8\1\0\0\0\2\0\1")
  end

  -- A file with some bytes changed, or cut short.
  local function damage()
    local path = pick { "one.npy", "one.npz", "one.safetensors", "pictures/b/2.png", "idx/train-images-idx3-ubyte" }
    local ok, text = pcall(core.sys.read_file, path)
    if not ok then return end
    for _ = 1, random(4) do
      local at = random(#text + 1)
      text = text:sub(1, at - 1) .. string.char(random(256) - 1) .. text:sub(at + 1)
    end
    if chance(20) then text = text:sub(1, random(#text + 1) - 1) end
    core.sys.write_file(path, text)
    if path:find("npy") then return core.io.npy_load(path) end
    if path:find("npz") then return core.io.npz_load(path) end
    if path:find("safe") then return core.io.safetensors_load(path) end
    if path:find("png") then return core.image.load(path) end
    return ml.data.open("idx"):image(1)
  end

  local function show(v)
    if type(v) == "string" then return (("%q"):format(v):sub(1, 60)) end
    if type(v) == "number" then return ("%.17g"):format(v) end
    if type(v) == "table" then
      local parts = {}
      for k, x in next, v do if #parts < 6 then parts[#parts + 1] = tostring(k):sub(1, 20) .. "=" .. (type(x) == "table" and "{}" or show(x)) end end
      return "{" .. table.concat(parts, " ") .. "}"
    end
    if core.tensor.is_tensor(v) then return v.dtype .. "[" .. table.concat(v.shape, ",") .. "]" end
    return type(v)
  end

  files()
  local answers, bad = 0, {}
  local function sink(ok, ...)
    if ok then
      answers = answers + 1
      for i = 1, math.min(select("#", ...), 3) do if chance(40) then keep((select(i, ...))) end end
    elseif type((...)) ~= "string" then
      bad[#bad + 1] = "an error is a " .. type((...))
    end
  end
  for call = 1, calls do
    if call % 250 == 1 then
      local ok, why = pcall(things)
      if not ok and trace then print("things: " .. tostring(why)) end
      if chance(30) then files() end
      ml.autograd.no_grad(function() end)
    end
    local name, f = "damage", damage
    local kind, args, n = random(100), {}, random(5) - 1
    for i = 1, n do args[i] = value() end
    if kind <= 45 then
      local chosen = pick(functions)
      name, f = chosen[1], chosen[2]
      if chance(70) then n = suited(name, args) end
    elseif kind <= 70 then
      f = pick(tensor_methods)
      name = method_of[f]
      args[1], n = chance(90) and tensor() or args[1], math.max(n, 1)
      if chance(70) then n = suited(name, args) end
    elseif kind <= 82 then
      name, f = "object", method
      args[1], n = pick(pool), math.max(n, 1)
    elseif kind <= 97 then
      name, f = "operation", pick(operations)
      args[1], n = chance(60) and pick(pool) or args[1], math.max(n, 1)
    end
    if trace then
      local shown = {}
      for i = 1, n do shown[i] = show(args[i]) end
      print(call, name, table.concat(shown, ", "))
      io.stdout:flush()
    end
    sink(pcall(f, table.unpack(args, 1, n)))
    if not ml.is_grad_enabled() then core.autograd.set_grad_enabled(true) end
  end
  io.stderr:write(("seed %d: %d calls, %d answers\n"):format(seed, calls, answers))
  assert(#bad == 0, bad[1])
  assert(answers > calls // 10, "too few calls get anywhere")
  core.sys.exit_status(0) -- some call asked for another one
end

if arg[1] == "--child" then
  child(tonumber(arg[2]), tonumber(arg[3]), arg[4])
  return
end

-- ---- the parent ----

local t = dofile("tests/lua/harness.lua")
local program, script = os.getenv "MLPRUN" or core.sys.real_path(arg[-1]), core.sys.real_path(arg[0])
local limits = t.within(8, program)

for seed = 1, 4 do
  t.test(("5000 hostile calls with seed %d leave the process alive"):format(seed), function()
    local folder = t.folder()
    local command = limits .. ("cd '%s' && timeout -s KILL %d '%s' '%s' --child %d 5000 >out.txt 2>err.txt"):format(folder,
      300 * t.slower, program, script, seed)
    local _, how, status = os.execute(command)
    local text = core.sys.read_file(folder .. "/err.txt")
    t.ok(how == "exit" and status == 0, ("%s %d: %s"):format(how, status, text:sub(-3000)))
    t.ok(text:find("5000 calls", 1, true), "the child made all calls")
  end)
end

t.done()
