--- mlprun.data - labelled pictures: opening them, splitting them, making batches of them.
--
-- data.open(path, options)        what experiments use: finds out what a path is
-- data.ImageFolder(path, options) class folders of pictures, perhaps below train, val and test
-- data.IDX(folder, options), data.IDX(images, labels, options)    the files of MNIST and its relatives
--   channels = 3 (IDX: 1)   1: grey
--   background = "white"    what shows through transparent pixels: "black", a level, or { r, g, b }
--   on_bad = "skip"         a picture that cannot be read is missing in its batch and listed; "stop": an error
--   max_pixels = 1e8        larger pictures are bad
--   draft = 0               0: all pixels; 128: JPEG photos are decoded at 1/2, 1/4 or 1/8 of their size, as long as both sides
--                           keep 128 pixels. For phone photos that are resized to 64x64 this is several times as quick and
--                           gives smoother small pictures (pixels are averages); levels differ from those without it
--   allow_empty = false     ImageFolder: class folders without a picture are accepted
--   part = "train"          IDX folders: "test", "all" (what data.open takes); train = false is "test"
-- data.CIFAR10(path, options), data.CIFAR100(path, { labels = "fine" })   the binary files; "coarse": 20 classes
-- data.CSV(path, options)         pictures that a file with the columns path, label and perhaps split lists
-- data.TensorDataset(samples, labels, { classes }), data.ConcatDataset { a, b, ... }, data.Subset(set, indices)
--
-- A data set `set`: #set, set[i] (the picture as the transform leaves it), set:get(i, { seed, epoch }) (picture, label),
-- set:image(i), set:path(i), set:labels(), set.classes, set.root, set.parts, set:class_counts(), set:fingerprint(),
-- set.targets (the labels as a field), set.paths, set:bad_files(), set:passed_over(), set:statistics(),
-- set:with(transform), set:subset(indices), set:part(name), and
-- set:split { val = 0.2, test = 0, stratify = true, seed = the manual seed, duplicates = "together" } -> train, val[, test].
-- duplicates: pictures with the same bytes go into one part; "refuse": an error when two parts share one; "allow". Parts
-- that share one are refused unless duplicates = "allow" where they are the folder's own. Parts that the folder
-- itself has are kept as they are; only a missing one is split off its train part.
-- set:select_classes(names or a number), set:take_per_class(n), set:thin { class, keep }, set:kfold { k = 5 },
-- set:class_weights(), set:sample_weights(): see views.lua.
--
-- data.inspect(path or set)        counts, sizes, formats, bad files, duplicates: a table, and a report when printed
-- data.check_split(train, val)     the pictures that two sets have in common, byte for byte
--
-- data.DataLoader(set, options)
--   batch_size = 1, shuffle = false, drop_last = false
--   workers = 2             threads that fill batches ahead (also num_workers); 0 on a single core
--   prefetch = 2            batches that each may be ahead (also prefetch_factor)
--   seed = the manual seed  order and augmentation follow from it, the epoch and the sample, never from the workers
--   cache = "512M"          for pictures after the fixed first steps of the transform; false: none
--   sampler = nil           which samples an epoch has, in which order: a sampler, or a list of sample numbers; excludes
--                           shuffle
-- Samplers: data.SequentialSampler(set), data.RandomSampler(set, { replacement = false, num_samples = #set, seed }),
-- data.SubsetRandomSampler(indices, { seed }), data.WeightedRandomSampler(weights, num_samples, { replacement = true,
-- seed }). An epoch's draw follows from the seed (the loader's when the sampler has none) and the epoch's number;
-- sampler:indices(epoch, { seed = the manual seed }) shows it, #sampler says how many it draws.
-- data.MixUp { alpha = 1.0, num_classes }, data.CutMix { ... }: mix the pictures of a batch, see mix.lua.
-- for images, labels, indices in loader:batches() do: u8 or, when the transform normalises, f32 of N x C x H x W; labels
-- and positions in the data set from 1. #loader, loader.epoch (which the next batches() will be), loader:set_epoch(n),
-- loader:batches { start = k } to go on in the middle of an epoch.
local core = require "mlprun.core"
local places = require "mlprun.data.places"
local sys = core.sys

local data = {}
for _, name in ipairs { "ImageFolder", "IDX", "CIFAR10", "CIFAR100", "ConcatDataset", "DataLoader", "SequentialSampler",
                         "RandomSampler", "SubsetRandomSampler", "WeightedRandomSampler", "recognise" } do
  data[name] = core.data[name]
end
for _, part in ipairs { "views", "sources", "mix" } do
  for name, value in pairs(require("mlprun.data." .. part)) do data[name] = value end
end

local archives = { zip = true, tar = true, gz = true, tgz = true, xz = true, bz2 = true, ["7z"] = true, rar = true }

-- Options that a kind does not know, but another one does; open takes them all, so that a script need not know what it will get.
local only = {
  ImageFolder = { train = true, part = true, labels = true },
  IDX = { allow_empty = true, labels = true },
  CIFAR10 = { allow_empty = true, labels = true },
  CIFAR100 = { allow_empty = true },
  CSV = { allow_empty = true, train = true, part = true, labels = true },
}

local function without(options, dropped)
  local kept = {}
  for key, value in pairs(options or {}) do
    if not dropped[key] then kept[key] = value end
  end
  return kept
end

-- Shells do not expand the tilde of --data=~/photos.
local function expand(path)
  local home = sys.env("HOME")
  return home and (path:gsub("^~%f[/\0]", function() return home end)) or path
end

local function nothing_there(path)
  local name = places.name_of(path)
  if name then
    sys.fail(("the data set '%s' is not there yet ('%s'): `mlprun data fetch %s` gets it; or name a folder of your own "
              .. "photos, one folder for each class, with --data=FOLDER"):format(name, path, name))
  end
  sys.fail(("there is no file or folder '%s'; expected a folder of class folders with pictures, or IDX files")
           :format(path))
end

local function not_data(path)
  local extension = path:lower():match("%.([%w]+)$")
  if archives[extension] then
    sys.fail(("'%s' is an archive: unpack it, then name the folder that holds the class folders"):format(path))
  end
  sys.fail(("'%s' is a file, but not an IDX file; expected a folder of class folders with pictures, or IDX files "
            .. "such as train-images-idx3-ubyte"):format(path))
end

--- Opens what is at `path`: a folder of class folders (perhaps below train, val and test), a folder with IDX or CIFAR
--- files, one such file, or a CSV file that lists pictures.
---@param path string
---@param options? { channels: integer, background: string|integer|integer[], max_pixels: integer, draft = 0,
---  on_bad: string, allow_empty = false, part: string, labels: string|integer[] }
---@return Dataset
function data.open(path, options)
  if type(path) ~= "string" then
    sys.fail(("data.open: got %s, expected the path of a folder or an IDX file"):format(path == nil and "nothing" or type(path)))
  end
  path = expand(path)
  local kind = data.recognise(path)
  if kind == "ImageFolder" then return data.ImageFolder(path, without(options, only.ImageFolder)) end
  if not kind and path:lower():find("%.csv$") and sys.exists(path) == "file" then
    return data.CSV(path, without(options, only.CSV))
  end
  if kind then
    local name = kind:match("^%w+")
    local known = without(options, only[name])
    if known.part == nil and known.train == nil then known.part = "all" end
    return data[name](path, known)
  end
  return (sys.exists(path) and not_data or nothing_there)(path)
end

--- One picture from a file.
---@param path string
---@param o? { channels: integer, background: string|integer|integer[], max_pixels: integer, draft = 0 }
---@return Image
function data.read_image(path, o)
  if type(path) ~= "string" then sys.fail(("data.read_image: got a %s, expected a path"):format(type(path))) end
  return require("mlprun.core").image.load(expand(path), o)
end

--- See inspect.lua.
function data.inspect(source, o)
  return require("mlprun.data.inspect").inspect(source, o)
end

--- The path of the data that experiments use when none is named: 1,788 emoji pictures in eight classes. It need not
--- exist yet; open() says how to get it.
---@return string
function data.default()
  return places.find("emoji")
end

require("mlprun.base.public").methods(core.data.methods)

return data
