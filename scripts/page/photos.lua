--- mlprun.page.photos - the data: pictures of each class in each part, samples, and what is odd about them.
local html = require "mlprun.page.html"
local inspect = require "mlprun.data.inspect"
local pictures = require "mlprun.experiment.pictures"
local plot = require "mlprun.plot"
local words = require "mlprun.base.words"

local PARTS = { { "train", "training" }, { "val", "validation" }, { "test", "test" } }
local CHARTED, SAMPLED, OF_EACH = 40, 12, 3 -- classes with a bar, classes with samples, samples of each

-- Series of how many pictures each class has, and the table of the same.
local function counts_of(sets)
  local series, cells = {}, { { sets.all.multilabel and "label" or "class" } }
  for i, name in ipairs(sets.classes) do cells[i + 1] = { name } end
  for _, part in ipairs(PARTS) do
    local set = sets[part[1]]
    if set and #set > 0 then
      local counts = set:class_counts()
      series[#series + 1] = { name = part[2], y = counts }
      table.insert(cells[1], part[2])
      for i, count in ipairs(counts) do table.insert(cells[i + 1], words.grouped(count)) end
    end
  end
  return series, cells
end

local function finding(sets)
  local least, most
  local counts = sets.all:class_counts()
  for i, count in ipairs(counts) do
    if not least or count < counts[least] then least = i end
    if not most or count > counts[most] then most = i end
  end
  local all = ("%s %s %s"):format(words.count(#sets.all, "picture"), sets.all.multilabel and "with any of" or "in",
    words.count(#sets.classes, sets.all.multilabel and "label" or "class"))
  if counts[least] == counts[most] then return ("%s, %d of each"):format(all, counts[most]) end
  return ("%s: the most of '%s' (%s), the fewest of '%s' (%s)"):format(all, sets.classes[most], words.grouped(counts[most]),
    sets.classes[least], words.grouped(counts[least]))
end

-- The first training pictures of each class.
local function samples(experiment, sets)
  if experiment.no_pictures then return "" end
  local taken, out = {}, {}
  local places = sets.train:samples():tolist()
  local numbers, kinds = sets.train:combinations()
  for i, label in ipairs(numbers:tolist()) do
    taken[label] = taken[label] or {}
    if label <= SAMPLED and #taken[label] < OF_EACH then table.insert(taken[label], places[i]) end
  end
  for label = 1, math.min(SAMPLED, #kinds) do
    local list = {}
    for i, sample in ipairs(taken[label] or {}) do
      list[i] = html.image(experiment.picture(sample), i == 1 and "pictures of " .. kinds[label] or "")
    end
    out[label] = ('<figure><div class="row">%s</div><figcaption>%s</figcaption></figure>'):format(table.concat(list),
      html.escape(kinds[label]))
  end
  return '<div class="samples">\n' .. table.concat(out, "\n") .. "\n</div>\n"
end

local function odd(experiment, sets)
  local most = tonumber((experiment.reference.options or {}).inspect) or 0
  if #sets.all > most then
    return { { text = ("Not looked over for damage and copies (--inspect=%d, and there are %s): mlprun data inspect does it.")
      :format(most, words.count(#sets.all, "picture")) } }
  end
  local lines = {}
  for i, line in ipairs(inspect.inspect(sets.all, { near = false }):findings()) do
    lines[i] = { text = line:gsub("^ +", ""), indent = true }
  end
  if #lines == 0 then return { { text = "Looked over: every picture can be read, none is there twice." } } end
  table.insert(lines, 1, { text = "Worth a look:" })
  return lines
end

return function(experiment, show)
  local sets = experiment.sets
  if not sets then
    return { title = "The data", body = html.paragraphs { { text = experiment.data }, { text = pictures.NOT_AGAIN } } }
  end
  local series, cells = counts_of(sets)
  local said, chart = finding(sets), ""
  if #sets.classes <= CHARTED then
    chart = ('<div class="one">%s</div>\n'):format(show("data", plot.bar(series, { labels = sets.classes,
      width = 500, height = 340, ylabel = "pictures",
      title = sets.all.multilabel and "Pictures with each label" or "Pictures in each class" }), said))
  end
  return { title = "The data", body = ("<p>%s.</p>\n%s%s\n%s%s"):format(html.words(said), chart,
    html.folded("The same as a table", html.table(cells)), samples(experiment, sets), html.paragraphs(odd(experiment, sets))) }
end
