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
--   follow_links = true     ImageFolder: false passes over links that lead out of the folder
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
-- itself has are kept as they are; only a missing one is split off its train part. group: which pictures stay together, see
-- groups.lua.
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
-- for images, labels, indices, number in loader:batches() do: u8 or, when the transform normalises, f32 of N x C x H x W; labels
-- and positions in the data set from 1; number is that of the batch. #loader, loader.epoch (which the next batches() will be),
-- loader:set_epoch(n), loader:batches { start = number + 1 } to go on in the middle of an epoch.
local core = require "mlprun.core"
local places = require "mlprun.data.places"

local data = {}
for _, name in ipairs { "ImageFolder", "IDX", "CIFAR10", "CIFAR100", "ConcatDataset", "DataLoader", "SequentialSampler",
                         "RandomSampler", "SubsetRandomSampler", "WeightedRandomSampler", "recognise" } do
  data[name] = core.data[name]
end
for _, part in ipairs { "open", "sources", "split", "views", "mix" } do
  for name, value in pairs(require("mlprun.data." .. part)) do data[name] = value end
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
