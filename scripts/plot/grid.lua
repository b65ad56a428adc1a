--- mlprun.plot.grid - pictures side by side with words below them.
local core = require "mlprun.core"
local tensor, image, sys = core.tensor, core.image, core.sys
local Scene = require "mlprun.plot.scene"
local terminal = require "mlprun.plot.terminal"
local tiles = require "mlprun.plot.tiles"

local grid = {}

-- ---- pictures from whatever they come as ----

-- A batch of floats that leaves 0..1 (normalised pictures do) is stretched from its least to its greatest value.
local function levels(batch)
  if batch.dtype == "u8" or batch:numel() == 0 then return batch end
  batch = batch:detach()
  local low, high = batch:min():item(), batch:max():item()
  if low >= 0 and high <= 1 or high - low ~= high - low then return batch end
  return (batch - low) / math.max(high - low, 1e-12)
end

local is_image = core.image.is_image

local function of_tensor(t)
  if t:dim() == 2 then return { image.from_tensor(levels(t)) } end
  if t:dim() == 3 then return { image.from_tensor(levels(t)) } end
  if t:dim() ~= 4 then
    sys.fail(("show: a tensor of %d dimensions is no picture: expected HxW, CxHxW, HxWxC or a batch NxCxHxW"):format(t:dim()))
  end
  local list = {}
  t = levels(t)
  for i = 1, t:size(1) do list[i] = image.from_tensor(t[i]) end
  return list
end

--- Which pictures of a data set are shown when there is room for so many: as many of each class as of any other, class by
--- class, spread over it.
---@return integer[] places, string[] labels, integer each   labels: the names of their classes; each: how many of a class
function grid.places(set, most)
  local numbers, classes = set:combinations()
  local by_class, labels = {}, numbers:tolist()
  for i = 1, #classes do by_class[i] = {} end
  for i, label in ipairs(labels) do table.insert(by_class[label], i) end
  local filled = 0
  for _, list in ipairs(by_class) do filled = filled + (#list > 0 and 1 or 0) end
  local each = math.max(1, most // math.max(1, filled))
  local places, names = {}, {}
  for i, list in ipairs(by_class) do
    local count = math.min(each, #list)
    for k = 1, count do
      if #places == most then break end
      places[#places + 1] = list[(k - 1) * #list // count + 1]
      names[#names + 1] = classes[i]
    end
  end
  return places, names, each
end

--- A list of Images from an Image, a tensor, a list of these, or a data set.
function grid.images(value, most)
  if tensor.is_tensor(value) then
    if value:dim() == 4 and value:size(1) > most then value = value:narrow(1, 1, most) end
    return of_tensor(value)
  end
  if is_image(value) then return { value } end
  if type(value) == "table" then
    local list = {}
    for i = 1, math.min(#value, most) do
      local item = value[i]
      list[i] = tensor.is_tensor(item) and of_tensor(item)[1] or is_image(item) and item
        or sys.fail(("show: element %d is a %s, expected an Image or a tensor"):format(i, type(item)))
    end
    return list
  end
  if core.data.is_dataset(value) then
    local list = {}
    for i, at in ipairs(grid.places(value, most)) do list[i] = value:image(at) end
    return list
  end
  sys.fail(("show: got a %s, expected an Image, a tensor, a list of them, or a data set"):format(type(value)))
end

-- ---- the grid ----

local GAP, LABEL = 8, 18

--- o: labels (a list of texts), good (a list of booleans: a tick or a cross before the label), columns, cell (pixels), title
function grid.scene(images, o)
  local count = #images
  local columns = o.columns or math.min(count, math.max(1, math.ceil(math.sqrt(count * 1.6))))
  local cell = o.cell or 96
  local rows = math.ceil(count / columns)
  local top, high = o.title and 30 or GAP, cell + (o.labels and LABEL or 0) + GAP
  local scene = Scene(GAP + columns * (cell + GAP), top + rows * high)
  if o.title then scene:text(GAP, 15, Scene.fitted(o.title, scene.width - 2 * GAP), { bold = true }) end
  for i, picture in ipairs(images) do
    local x, y = GAP + (i - 1) % columns * (cell + GAP), top + (i - 1) // columns * high
    local scale = math.min(cell / picture.width, cell / picture.height)
    local width, height = picture.width * scale, picture.height * scale
    scene:picture(x + (cell - width) / 2, y + (cell - height) / 2, width, height, picture)
    if o.labels and o.labels[i] then
      local good = o.good and o.good[i]
      local label = good == nil and o.labels[i] or (good and "✓ " or "✗ ") .. o.labels[i]
      scene:text(x + cell / 2, y + cell + LABEL / 2, Scene.fitted(label, cell + GAP - 2),
        { anchor = "middle", bold = good == false })
    end
  end
  return scene
end

--- In the terminal: one picture as it is, several as the grid with its labels, which are letters where there are no graphics.
function grid.lines(images, o, columns, style)
  if not terminal.shows_pictures(style) then return nil end
  if #images == 1 and not o.labels then return terminal.picture(images[1], style, columns) end
  if not style.graphics then return tiles.lines(images, o, columns, style) end
  return terminal.picture(grid.scene(images, o):image(1), style, columns)
end

return grid
