return [==[
data.open(path [, { channels = nil, background = nil, max_pixels = nil, draft = 0, on_bad = nil, allow_empty = false,
    part = nil, labels = nil }])
  Opens labelled pictures: a folder of class folders, perhaps below train, val and test; IDX or CIFAR files; a CSV list.
  channels: 1 makes grey, 3 colour; draft: decode large JPEG photos at 1/2 to 1/8, with this many pixels a side at least.
  Files that cannot be read are left out: folder:bad_files() lists them.
  > data.open(data.default())
  see Dataset:split, Dataset:with, data.DataLoader, data.inspect
data.default()
  The path of the pictures that experiments use when none is named: mlprun data fetch emoji gets them.
data.inspect(what [, { near = true }])
  Reads every picture of a path or a data set and tells what there is: sizes, formats, bad files, copies, imbalance,
  mean and standard deviation. Prints as a report; near looks for pictures that look the same, too.
data.ImageFolder(path [, { channels = nil, background = nil, max_pixels = nil, draft = 0, on_bad = nil,
    allow_empty = false }])
  A folder with a folder for each class.
data.IDX(path [, labels] [, { channels = nil, background = nil, max_pixels = nil, draft = 0, on_bad = nil, train = nil,
    part = nil }])
  IDX files (MNIST, Fashion-MNIST): a folder of them, or images and labels.
data.CIFAR10(path [, { channels = nil, background = nil, max_pixels = nil, draft = 0, on_bad = nil, train = nil, part = nil }])
  CIFAR-10 in its binary files.
data.CIFAR100(path [, { channels = nil, background = nil, max_pixels = nil, draft = 0, on_bad = nil, train = nil, part = nil,
    labels = "fine" }])
  CIFAR-100 in its binary files; labels "fine" (100) or "coarse" (20).
data.CSV(path [, { path = "path", label = "label", split = "split", root = nil, separator = ",", classes = nil,
    channels = nil, background = nil, max_pixels = nil, draft = 0, on_bad = nil }])
  Pictures that a CSV file lists, with the names of its columns.
data.TensorDataset(samples, labels [, { classes = nil }])
  The rows of a tensor and a label (from 1) for each. Transforms need u8 pictures of n x channels x height x width.
  > data.TensorDataset(ml.randn { 10, 4 }, ml.randint(1, 3, { 10 }))
data.ConcatDataset(sets)
  Data sets of the same classes one behind the other.
  > a = data.TensorDataset(ml.randn { 4, 2 }, { 1, 2, 1, 2 })
  > #data.ConcatDataset { a, a }
data.Subset(set, indices)
  The same as set:subset(indices).
data.KFold(set [, { k = 5, stratify = true, seed = nil, duplicates = "together" }])
  The same as set:kfold { k = 5 }.
data.DataLoader(set [, { batch_size = 1, shuffle = false, drop_last = false, workers = 2, num_workers = 2, seed = nil,
    prefetch = 2, prefetch_factor = 2, cache = "512M", sampler = nil }])
  Batches of a data set: for images, labels, indices in loader:batches() do. #loader is the number of batches.
  workers: threads that load ahead, 0 on a machine of one core; the batches are the same for any number.
  cache: how much of the resized pictures stays in memory (false: nothing). seed: the manual seed unless said.
  > loader = data.DataLoader(data.TensorDataset(ml.randn { 10, 4 }, ml.randint(1, 3, { 10 })), { batch_size = 4 })
  > for x, y in loader:batches() do print(#y) end
  see DataLoader:batches, data.WeightedRandomSampler
DataLoader:batches([{ start = 1 }])
  One pass: images, labels (i64, from 1) and the samples' places in the set. Each pass is the next epoch.
DataLoader:set_epoch(epoch)
  The epoch of the next pass, which decides order and augmentation.
DataLoader.dataset
  The data set.
DataLoader.batch_size
  Samples of a batch.
DataLoader.epoch
  The epoch of the last pass.
DataLoader.workers
  Threads that load ahead.
DataLoader.seed
  The seed of order and augmentation.
DataLoader.cached_bytes
  What the cache of resized pictures holds.
DataLoader:close()
  Gives memory and threads back at once.
data.RandomSampler(source [, { replacement = false, num_samples = nil, seed = nil }])
  All samples in random order, or draws with replacement. source: a data set, or how many samples.
data.SequentialSampler(source)
  All samples in their order.
data.SubsetRandomSampler(indices [, { seed = nil }])
  These samples in random order.
data.WeightedRandomSampler(weights, num_samples [, { replacement = true, seed = nil }])
  Draws by weight: with set:sample_weights() every class comes equally often.
  > data.WeightedRandomSampler({ 1, 1, 8 }, 5)
  see Dataset:sample_weights, data.DataLoader
Sampler:indices([epoch] [, { seed = nil }])
  What it draws in an epoch, from 1.
Sampler:close()
  Gives memory back at once.
data.MixUp([{ alpha = 1.0, num_classes = nil }])
  A transform of batches, images, labels -> images, probabilities: each image is mixed with the one before it.
  In an experiment: run.batch_transform = data.MixUp { num_classes = run.num_classes }.
  > mix = data.MixUp { num_classes = 2 }
  > images, targets = mix(ml.rand { 4, 3, 2, 2 }, ml.tensor { 1, 2, 1, 2 })
  > targets.shape
data.CutMix([{ alpha = 1.0, num_classes = nil }])
  As MixUp, but a box of each image comes from the image before it.
data.random_split(set, lengths [, { seed = nil }])
  Parts drawn at random: lengths are shares that add up to 1, or numbers of samples. set:split keeps classes and copies together.
  > a, b = data.random_split(data.TensorDataset(ml.zeros { 10, 2 }, ml.randint(1, 3, { 10 })), { 0.8, 0.2 })
  > #a, #b
data.read_image(path [, { channels = nil, background = nil, max_pixels = nil, draft = 0 }])
  One picture from a JPEG or PNG file, an Image; channels: 1 makes grey, 3 colour.
  see Image:resize, Image:tensor, plot.show
data.check_split(a, b)
  The pictures that two data sets have in common, byte for byte: a list of { a =, b = } of paths, empty when there are none.
data.recognise(path)
  What kind of data is at a path: "folder", "idx", "cifar10", ... or nil.
Dataset:split([{ train = nil, val = 0.2, test = 0, stratify = true, seed = nil, duplicates = "together" }])
  Parts for training and validation (and test): the same ones for the same seed (the manual seed unless said). Folders named
  train, val, test stay as they are.
  duplicates: copies of a picture on the same side ("together"), an error ("refuse"), or anywhere ("allow").
  > folder = data.TensorDataset(ml.randn { 20, 2 }, ml.randint(1, 3, { 20 }))
  > train, val = folder:split { val = 0.25, seed = 1 }
  > #train, #val
Dataset:with(transform)
  The same samples, seen through a transform.
  > pictures = data.TensorDataset(ml.randint(0, 256, { 2, 3, 8, 8 }):byte(), { 1, 2 })
  > pictures:with(augment.Compose { augment.Resize(4, 4), augment.Normalize(), augment.ToTensorV2() }):get(1).shape
  see augment.Compose
Dataset:get(i [, { seed = nil, epoch = 1 }])
  A sample as the transform makes it, and its label. set[i] is the sample alone.
Dataset:image(i)
  The picture without the transform.
Dataset:path(i)
  The file of a sample.
Dataset:labels()
  All labels, an i64 tensor.
Dataset:samples()
  The places of the samples in what was opened, an i64 tensor.
Dataset:class_counts()
  How many samples each class has, a list.
Dataset:class_weights()
  One weight for each class that makes them count alike: for nn.CrossEntropyLoss { weight = train:class_weights() }.
Dataset:sample_weights()
  One weight for each sample: for data.WeightedRandomSampler.
Dataset:select_classes(which [, { seed = nil }])
  Some of the classes, by names, by numbers, or how many; labels are renumbered.
Dataset:take_per_class(n [, { seed = nil }])
  At most n samples of each class.
Dataset:thin([{ class = nil, keep = nil, seed = nil }])
  Makes one class rarer: thin { class = "cat", keep = 0.1 }.
Dataset:subset(indices)
  These samples, in this order.
Dataset:kfold([{ k = 5, stratify = true, seed = nil, duplicates = "together" }])
  Cross-validation: for i, train, val in set:kfold { k = 5 } do.
Dataset:statistics()
  Mean and standard deviation of each channel, in 0..1: augment.Normalize(train:statistics()).
Dataset:bad_files()
  Files that could not be read: a list of { path =, reason = }.
Dataset:passed_over()
  Files that are no pictures and were not counted.
Dataset:fingerprint()
  A text that changes when the files do.
Dataset:part(name)
  The samples of "train", "val" or "test".
Dataset:close()
  Gives memory back at once.
Dataset.classes
  The names of the classes, in the order of their labels: classes[label].
Dataset.parts
  The names of the parts that the folder has.
Dataset.targets
  All labels, a list.
Dataset.paths
  All files, a list.
Dataset.channels
  1 or 3.
Dataset.root
  The path that was opened.
Dataset.kind
  "ImageFolder", "IDX", ...
Image:save(path)
  Writes a PNG file.
Image:png()
  The PNG file as text.
Image:resize(height, width [, { interpolation = "linear" }])
  Another size: "nearest", "linear", "cubic" or "area".
Image:convert(channels)
  1: grey, 3: colour.
Image:tensor([{ layout = "HWC" }])
  The pixels, a u8 tensor.
Image.width
  Pixels across.
Image.height
  Pixels down.
Image.channels
  1 or 3.
Image:close()
  Gives memory back at once.
]==]
