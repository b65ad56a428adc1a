--- mlprun.writers.embedding - points of many dimensions for TensorBoard's projector: files beside the events.
local core = require "mlprun.core"
local sys = core.sys

local embedding = {}

local CONFIG = "projector_config.pbtxt"

local function refuse(problem, ...) sys.fail(("add_embedding: " .. problem):format(...)) end

local function tsv_cell(value) return (tostring(value):gsub("[\t\r\n]", " ")) end

local function write_points(path, points)
  local lines = {}
  for i, row in ipairs(points:tolist()) do
    for k, value in ipairs(row) do row[k] = ("%.9g"):format(value) end
    lines[i] = table.concat(row, "\t") .. "\n"
  end
  sys.write_file(path, table.concat(lines))
end

-- One line for each point; the names of several columns stand in the first line.
local function write_metadata(path, metadata, header, count)
  if type(metadata) ~= "table" then refuse("metadata is a %s, expected a list of labels", type(metadata)) end
  if #metadata ~= count then refuse("%d labels for %d points", #metadata, count) end
  local lines = {}
  if header then lines[1] = table.concat(header, "\t") .. "\n" end
  for _, row in ipairs(metadata) do
    local cells = {}
    for k, value in ipairs(type(row) == "table" and row or { row }) do cells[k] = tsv_cell(value) end
    if header and #cells ~= #header then refuse("a label has %d columns, but metadata_header %d", #cells, #header) end
    lines[#lines + 1] = table.concat(cells, "\t") .. "\n"
  end
  sys.write_file(path, table.concat(lines))
end

-- All pictures as one: a square of as many rows as columns.
local function write_sprite(path, images, count)
  if not core.tensor.is_tensor(images) or #images.shape ~= 4 then
    refuse("label_img is expected to be a tensor of pictures: n x 3 x height x width")
  end
  local n, channels, height, width = table.unpack(images.shape)
  if n ~= count then refuse("%d pictures for %d points", n, count) end
  if channels ~= 3 and channels ~= 1 then refuse("label_img has %d channels, expected 3 or 1", channels) end
  local side = math.ceil(math.sqrt(n))
  local sheet = core.tensor.zeros { channels, side * height, side * width }
  local pictures = images.dtype == "u8" and images:float() / 255 or images:float()
  for i = 0, n - 1 do
    sheet:narrow(2, i // side * height + 1, height):narrow(3, i % side * width + 1, width):copy_(pictures[i + 1])
  end
  local levels = (sheet:clamp(0, 1) * 255):to("u8"):permute(2, 3, 1):contiguous()
  core.image.from_tensor(levels):save(path)
  return width, height
end

local function quoted(text) return '"' .. text:gsub('[\\"]', "\\%0") .. '"' end

-- The entries of the list that is there, other than that of this tensor.
local function other_entries(path, name)
  local kept = {}
  for entry in (sys.exists(path) and sys.read_file(path) or ""):gmatch("embeddings %b{}\n") do
    if not entry:find("tensor_name: " .. quoted(name) .. "\n", 1, true) then kept[#kept + 1] = entry end
  end
  return kept
end

--- Writes a set of points.
---@param folder string   of the events
---@param points Tensor    n x dimensions
---@param o table          metadata, metadata_header, label_img, global_step, tag: see SummaryWriter:add_embedding
function embedding.write(folder, points, o)
  if not core.tensor.is_tensor(points) or #points.shape ~= 2 then refuse("expected points as a tensor of n x dimensions") end
  local tag, step, count = o.tag or "default", ("%05d"):format(o.global_step or 0), points.shape[1]
  local safe = tag:gsub("[%%/\\]", function(c) return ("%%%02x"):format(c:byte()) end)
  local place = step .. "/" .. safe
  sys.make_folder(folder .. "/" .. place)
  write_points(folder .. "/" .. place .. "/tensors.tsv", points)
  local name = tag .. ":" .. step
  local entry = { ("  tensor_name: %s\n"):format(quoted(name)), ("  tensor_path: %s\n"):format(quoted(place .. "/tensors.tsv")) }
  if o.metadata then
    write_metadata(folder .. "/" .. place .. "/metadata.tsv", o.metadata, o.metadata_header, count)
    entry[#entry + 1] = ("  metadata_path: %s\n"):format(quoted(place .. "/metadata.tsv"))
  end
  if o.label_img then
    local width, height = write_sprite(folder .. "/" .. place .. "/sprite.png", o.label_img, count)
    entry[#entry + 1] = ("  sprite {\n    image_path: %s\n    single_image_dim: %d\n    single_image_dim: %d\n  }\n"):format(
      quoted(place .. "/sprite.png"), width, height)
  end
  local entries = other_entries(folder .. "/" .. CONFIG, name)
  entries[#entries + 1] = "embeddings {\n" .. table.concat(entry) .. "}\n"
  sys.write_file(folder .. "/" .. CONFIG, table.concat(entries))
end

return embedding
