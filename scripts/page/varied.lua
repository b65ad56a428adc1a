--- mlprun.page.varied - what augmentation makes of a picture: eight draws of each transform.
local core = require "mlprun.core"
local augment = core.augment
local html = require "mlprun.page.html"
local load_ = require "mlprun.report.load"
local plot = require "mlprun.plot"
local words = require "mlprun.base.words"
local written = require "mlprun.base.written"

local DRAWS, MOST = 8, 12
local ALWAYS = { Resize = true, Normalize = true, ToTensorV2 = true, ToFloat = true } -- what does not vary anything

-- A reader's calls: each gives a description of itself.
local function descriptions()
  local calls = {}
  for name, fn in pairs(augment) do
    if type(fn) == "function" then
      calls["augment." .. name] = function(...) return { name = name, make = fn, arguments = table.pack(...) } end
    end
  end
  return calls
end

-- The steps of a transform, as it prints itself; nil where it has what no text can hold.
local function steps_of(text)
  local ok, found = pcall(written.read, text, descriptions())
  if not ok or type(found) ~= "table" then return nil end
  return found.name == "Compose" and type(found.arguments[1]) == "table" and found.arguments[1] or { found }
end

-- The object that a description stands for. certain: it happens every time.
local function made(step, certain)
  local arguments = { n = step.arguments.n }
  for i = 1, step.arguments.n do
    local value = step.arguments[i]
    arguments[i] = type(value) == "table" and value.make and made(value) or value
    if type(value) == "table" and not value.make then
      arguments[i] = {}
      for key, each in pairs(value) do arguments[i][key] = type(each) == "table" and each.make and made(each) or each end
    end
  end
  local last = arguments[arguments.n]
  if certain then
    if type(last) == "table" and not last[1] then last.p = 1.0
    else
      arguments.n = arguments.n + 1
      arguments[arguments.n] = { p = 1.0 }
    end
  end
  return step.make(table.unpack(arguments, 1, arguments.n))
end

local function key_of(step)
  local ok, object = pcall(made, step)
  return ok and tostring(object) or nil
end

-- The random steps of all trials, each once: { text, transform }; and whether a trial has a transform that cannot be shown.
local function all_steps(experiment)
  local list, known, hidden = {}, {}, nil
  for _, trial in ipairs(experiment.trials) do
    local manifest = trial.runs[1] and load_.manifest(trial.runs[1].path)
    local text = manifest and type(manifest.transforms) == "table" and manifest.transforms.train
    local steps = text and steps_of(text) or {}
    if text and #steps == 0 then hidden = trial.name end
    for _, step in ipairs(steps) do
      local key = type(step) == "table" and step.name and not ALWAYS[step.name] and key_of(step)
      if key and not known[key] then
        known[key] = true
        local ok, transform = pcall(made, step, true)
        if not ok then ok, transform = pcall(made, step) end
        if ok then list[#list + 1] = { text = key:gsub("^augment%.", ""), transform = transform } end
      end
    end
  end
  return list, hidden
end

-- The first training picture that is not among the samples, at the size that nets see.
local function example(experiment)
  local sets, size = experiment.sets, math.tointeger((experiment.reference.options or {}).image_size) or 64
  local ok, image = pcall(function() return sets.train:image(math.min(#sets.train, 1 + #sets.train // 2)) end)
  return ok and image:resize(size, size, { interpolation = "area" }) or nil
end

return function(experiment, show)
  local steps, hidden = all_steps(experiment)
  if experiment.no_pictures or not experiment.sets or #steps == 0 then return nil end
  local image = example(experiment)
  if not image then return nil end
  local rows, pictures, labels = {}, { }, {}
  for i = 1, math.min(MOST, #steps) do
    local step, list = steps[i], {}
    for draw = 1, DRAWS do
      local ok, drawn = pcall(step.transform, image, { seed = 1, epoch = draw, index = i })
      if ok and core.image.is_image(drawn) then
        list[#list + 1] = html.image(drawn, "")
        pictures[#pictures + 1], labels[#pictures + 1] = drawn, draw == 1 and step.text or ""
      end
    end
    rows[#rows + 1] = ('<figure><figcaption>%s</figcaption><div class="row">%s</div></figure>'):format(html.escape(step.text),
      table.concat(list))
  end
  if #pictures == 0 then return nil end
  show("augmentation", plot.image_grid(pictures, { labels = labels, columns = DRAWS, most = #pictures }), nil, true)
  local notes = {}
  if #steps > MOST then notes[1] = { text = "and " .. words.count(#steps - MOST, "further transform") } end
  if hidden then
    notes[#notes + 1] = { text = ("The transform of %s has a function of the script and is not shown."):format(hidden) }
  end
  return { title = "What augmentation makes of a picture", body = ('<figure><figcaption>The picture as the nets see it without '
    .. 'augmentation; below, eight draws of each transform, all of them where it happens (in training, with its p)</figcaption>'
    .. '<div class="row">%s</div></figure>\n<div class="varied">%s</div>%s'):format(
    html.image(image, "a training picture"), table.concat(rows, "\n"), html.paragraphs(notes)) }
end
