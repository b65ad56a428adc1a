--- mlprun.plot.grid - pictures side by side with words below them, and the confusion matrix as a picture.
local core = require "mlprun.core"
local tensor, image, sys = core.tensor, core.image, core.sys
local Scene = require "mlprun.plot.scene"
local terminal = require "mlprun.plot.terminal"

local grid = {}

local GOOD, BAD = "#00734f", "#b3261e"

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
  if type(value) == "userdata" and tostring(value):find("pictures in") then
    local list = {}
    for i = 1, math.min(#value, most) do list[i] = value:image(i) end
    return list
  end
  sys.fail(("show: got a %s, expected an Image, a tensor, a list of them, or a data set"):format(type(value)))
end

-- ---- the grid ----

local GAP, LABEL = 8, 18

--- o: labels (a list of texts), good (a list of booleans: colours of the labels), columns, cell (pixels), title
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
      scene:text(x + cell / 2, y + cell + LABEL / 2, Scene.fitted(o.labels[i], cell + GAP - 2),
        { anchor = "middle", colour = good == nil and "ink" or good and GOOD or BAD })
    end
  end
  return scene
end

--- In the terminal: one picture as it is, several as the grid with its labels.
function grid.lines(images, o, columns, style)
  if style.colours == 0 and not style.graphics then return nil end
  if #images == 1 and not o.labels then return terminal.picture(images[1], style, columns) end
  return terminal.picture(grid.scene(images, o):image(1), style, columns)
end

-- ---- the confusion matrix ----

-- Between white and the palette's blue.
local function heat(share)
  local function level(full) return math.floor(255 + (full - 255) * share + 0.5) end
  return ("#%02x%02x%02x"):format(level(0x00), level(0x5a), level(0x9c))
end

local READABLE = 80 -- classes; of more there is one dot each, and no names

-- A dot for each pair of classes.
local function confusion_dots(shares, n, o)
  local dots = tensor.tensor(shares)
  local full = tensor.tensor { 0x00, 0x5a, 0x9c }
  local levels_of = (full - 255) * dots:reshape(n, n, 1) + 255.5
  local side, margin, top = math.max(560, n), 34, o.title and 60 or 40
  local scene = Scene(margin + side + 16, top + side + 12)
  if o.title then scene:text(10, 15, Scene.fitted(o.title, scene.width - 20), { bold = true }) end
  scene:text(12, top + side / 2, ("true class, 1 to %d"):format(n), { anchor = "middle", upwards = true })
  scene:text(margin + side / 2, top - 18, ("predicted class, 1 to %d"):format(n), { anchor = "middle" })
  scene:picture(margin, top, side, side, image.from_tensor(levels_of:byte()))
  return scene
end

--- counts, shares: rows of numbers; names: of the classes; o: title
function grid.confusion_scene(counts, shares, names, o)
  local n = #names
  if n > READABLE then return confusion_dots(shares, n, o) end
  local cell = math.max(12, math.min(52, 560 // n))
  local longest = 0
  for _, name in ipairs(names) do longest = math.max(longest, Scene.text_width(name)) end
  local margin = math.min(140, longest) + 42
  local top = (o.title and 26 or 6) + (cell < 40 and margin or 40)
  local wide = math.max(margin + n * cell + 16, math.min(420, Scene.text_width(o.title or "") + 20))
  local scene = Scene(math.ceil(wide), math.ceil(top + n * cell + 12))
  if o.title then scene:text(10, 15, Scene.fitted(o.title, scene.width - 20), { bold = true }) end
  scene:text(12, top + n * cell / 2, "true class", { anchor = "middle", upwards = true })
  scene:text(margin + n * cell / 2, (o.title and 26 or 6) + 8, "predicted class", { anchor = "middle" })
  for i, name in ipairs(names) do
    local at = (i - 0.5) * cell
    if cell >= 12 then
      scene:text(margin - 6, top + at, Scene.fitted(name, margin - 42), { anchor = "end" })
      if cell < 40 then scene:text(margin + at, top - 6, Scene.fitted(name, margin - 38), { upwards = true })
      else scene:text(margin + at, top - 10, Scene.fitted(name, cell - 2), { anchor = "middle" }) end
    end
    for k = 1, n do
      local share = shares[i][k]
      local x, y = margin + (k - 1) * cell, top + (i - 1) * cell
      scene:rectangle(x, y, cell - 1, cell - 1, heat(share))
      if cell >= 24 then
        local text = ("%d"):format(counts[i][k])
        scene:text(x + (cell - 1) / 2, y + (cell - 1) / 2, text,
          { anchor = "middle", colour = share > 0.45 and "#ffffff" or "#24292f" })
      end
    end
  end
  return scene
end

return grid
