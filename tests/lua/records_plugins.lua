-- What a SummaryWriter leaves for TensorBoard's plugins: numbers against NumPy's and PyTorch's, records as TensorBoard's own
-- reader finds them.
local t = dofile("tests/lua/harness.lua")
local ml = require "mlprun"
local core = require "mlprun.core"
local bins = require "mlprun.writers.bins"
local pr_curve = require "mlprun.writers.pr_curve"
local json, sys = core.json, core.sys
local nn, writers = ml.nn, ml.writers

local golden = json.decode(sys.read_file("tests/golden/records/plugins.json"))
local base = t.folder()

local function sample(name) return ml.tensor(golden.samples[name], { dtype = "f64" }) end

t.test("bins have the edges that NumPy finds", function()
  for _, case in ipairs(golden.bins) do
    local edges = bins.edges(case.bins, sample(case.sample))
    t.equal(#edges, #case.edges, case.sample .. ", " .. case.bins)
    for i, edge in ipairs(case.edges) do t.near(edges[i], edge, 1e-9, case.sample .. ", " .. case.bins) end
  end
end)

t.test("precision and recall are PyTorch's", function()
  for _, case in ipairs(golden.curves) do
    local counts = pr_curve(case.labels, ml.tensor(case.predictions),
      { num_thresholds = case.num_thresholds, weights = case.weights }):tolist()
    for row, values in ipairs(case.counts) do
      for i, value in ipairs(values) do t.near(counts[row][i], value, 2e-5 * math.max(1, value), ("row %d"):format(row)) end
    end
  end
end)

-- The histogram of a file as { limits, buckets }: doubles that stand packed in fields 6 and 7 of its one message.
local function histogram_in(folder)
  local file = io.open(folder .. "/" .. sys.list(folder)[1], "rb")
  local bytes = file:read "a"
  file:close()
  local at, found = 1, {}
  while at <= #bytes do
    local length = string.unpack("<I8", bytes, at)
    local event = bytes:sub(at + 12, at + 11 + length)
    at = at + length + 16
    for field, tag in pairs { limits = "\x32", buckets = "\x3a" } do
      local place = event:find(tag, 60, true)
      while place and not found[field] do
        local size, behind = string.byte(event, place + 1), place + 2
        if size >= 128 then size, behind = size & 127 | string.byte(event, place + 2) << 7, place + 3 end
        if size % 8 == 0 and behind + size - 1 <= #event and size > 0 then
          found[field] = {}
          for i = 0, size // 8 - 1 do found[field][i + 1] = string.unpack("<d", event, behind + 8 * i) end
        end
        place = event:find(tag, place + 1, true)
      end
    end
  end
  return found
end

t.test("max_bins joins neighbours as PyTorch does", function()
  for i, case in ipairs(golden.joined) do
    local folder = ("%s/joined%d"):format(base, i)
    local w <close> = writers.SummaryWriter(folder)
    w:add_histogram("h", sample(case.sample), 1, { bins = case.bins, max_bins = case.max_bins })
    local found = histogram_in(folder)
    t.equal(#found.limits, #case.limits)
    for k, limit in ipairs(case.limits) do t.near(found.limits[k], limit, 1e-9) end
    for k, bucket in ipairs(case.buckets) do t.equal(found.buckets[k], bucket) end
  end
end)

local function write_everything(folder)
  local w <close> = writers.SummaryWriter(folder)
  t.equal(w.log_dir, folder)
  t.equal(w:get_logdir(), folder)
  w:add_tensor("counts", ml.tensor { { 1, 2 }, { 3, 4 } }, 3)
  w:add_tensor("share", ml.tensor(0.5))
  w:add_tensor("mask", ml.tensor { true, false })
  w:add_pr_curve("cat", { 0, 1, 1 }, { 0.1, 0.6, 0.9 }, 2, { num_thresholds = 3 })
  w:add_hparams({ lr = 0.1, opt = "sgd", bn = true }, { ["hp/acc"] = 0.5, ["hp/loss"] = 2 },
    { hparam_domain_discrete = { opt = { "sgd", "adam" } } })
  w:add_custom_scalars { all = { loss = { "Multiline", { "train/loss", "val/loss" } } },
                         bands = { acc = { "Margin", { "acc", "low", "high" } } } }
  w:add_graph(nn.Sequential { nn.Flatten(), nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, 2) }, ml.zeros { 1, 2, 4 })
  w:add_embedding(ml.tensor { { 1.5, 2 }, { 3, 4 }, { 5, 6 } }, { metadata = { "a", "b\tc", "d" }, tag = "x/y", global_step = 2,
    label_img = ml.rand { 3, 3, 4, 5 } })
  w:add_embedding(ml.tensor { { 1, 2 } }, { metadata = { { "a", 1 } }, metadata_header = { "name", "size" } })
  w:add_embedding(ml.tensor { { 9, 9 } }) -- in place of the one before
end

t.test("TensorBoard's reader and plugins find it", function()
  local folder = base .. "/all"
  write_everything(folder)
  local p = assert(io.popen(("%s tests/golden/records/check_plugins.py '%s' 2>/dev/null"):format(sys.env "PYTHON" or "python3",
    folder)))
  local said = p:read("a")
  local ok, _, code = p:close()
  if code == 77 or code == 127 then t.skip("python3 with tensorboard is not there: PYTHON names one that has it") end
  t.ok(ok, said)
  local found = json.decode(said)
  t.equal(found.tensors.counts, { { 1, 2 }, { 3, 4 } })
  t.equal(found.tensors.share, 0.5)
  t.equal(found.tensors.mask, { true, false })
  t.equal(found.curves.cat.thresholds, 3)
  t.equal(found.curves.cat.counts[1], { 2.0, 2.0, 0.0 })
  t.equal(found.curves.cat.counts[2], { 1.0, 0.0, 0.0 })
  local columns = found.hparams["_hparams_/experiment"].experiment
  t.equal(columns.metricInfos, { { name = { tag = "hp/acc" } }, { name = { tag = "hp/loss" } } })
  t.equal(columns.hparamInfos, { { name = "bn", type = "DATA_TYPE_BOOL" }, { name = "lr", type = "DATA_TYPE_FLOAT64" },
    { name = "opt", type = "DATA_TYPE_STRING", domainDiscrete = { "sgd", "adam" } } })
  t.equal(found.hparams["_hparams_/session_start_info"].sessionStartInfo.hparams, { lr = 0.1, opt = "sgd", bn = true })
  t.equal(found.scalars["hp/acc"], { { 0, 0.5 } })
  t.equal(found.layout.category[1], { title = "all", chart = { { title = "loss",
    multiline = { tag = { "train/loss", "val/loss" } } } } })
  t.equal(found.layout.category[2].chart[1].margin.series, { { value = "acc", lower = "low", upper = "high" } })
  local names = {}
  for i, node in ipairs(found.graph) do names[i] = node.name end
  t.equal(names, { "input", "Sequential/0/Flatten", "Sequential/1/Linear", "Sequential/2/ReLU", "Sequential/3/Linear", "output" })
  t.equal(found.graph[3].inputs, { "Sequential/0/Flatten" })
  t.equal(found.graph[3].shape, { 1, 4 })
  t.equal(found.graph[3].text, "in_features=8, out_features=4, bias=true")
  t.equal(#found.projector.embeddings, 2)
  t.equal(found.projector.embeddings[1], { tensorName = "x/y:00002", tensorPath = "00002/x%2fy/tensors.tsv",
    metadataPath = "00002/x%2fy/metadata.tsv", sprite = { imagePath = "00002/x%2fy/sprite.png", singleImageDim = { 5, 4 } } })
end)

t.test("an embedding's files are what the projector reads", function()
  local folder = base .. "/points"
  write_everything(folder)
  t.equal(sys.read_file(folder .. "/00002/x%2fy/tensors.tsv"), "1.5\t2\n3\t4\n5\t6\n")
  t.equal(sys.read_file(folder .. "/00002/x%2fy/metadata.tsv"), "a\nb c\nd\n")
  t.equal(core.image.load(folder .. "/00002/x%2fy/sprite.png"):tensor().shape, { 8, 10, 3 })
  t.equal(sys.read_file(folder .. "/00000/default/tensors.tsv"), "9\t9\n")
end)

t.test("mistakes are one sentence", function()
  local w <close> = writers.SummaryWriter(base .. "/mistakes")
  t.raises("there is no", w.add_histogram, w, "h", ml.ones { 3 }, 1, { bins = "autoo" })
  t.raises("did you mean 'max_bins'", w.add_histogram, w, "h", ml.ones { 3 }, 1, { max_bin = 3 })
  t.raises("3 labels, but 2 predictions", w.add_pr_curve, w, "c", { 0, 1, 1 }, { 0.5, 0.5 })
  t.raises("prediction 1 is 1.5", w.add_pr_curve, w, "c", { 0 }, { 1.5 })
  t.raises("add_images(tag, frames, step)", function() w:add_video("v", ml.ones { 1, 2, 3, 4, 4 }) end)
  t.raises("draw the boxes", function() w:add_image_with_boxes() end)
  t.raises("did you mean 'add_scalar'", function() w:add_scaler("x", 1, 1) end)
  t.raises("the chart 'b' is expected to be", w.add_custom_scalars, w, { a = { b = { "Lines", {} } } })
  t.raises("2 labels for 1 points", w.add_embedding, w, ml.ones { 1, 2 }, { metadata = { "a", "b" } })
  t.raises("expected a model and a tensor", w.add_graph, w, {}, ml.ones { 1 })
end)

t.done()
