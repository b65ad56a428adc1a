-- luacheck: ignore 631 (a signature is one line)
return [==[
data.open
  Opens labelled pictures: a folder of class folders, perhaps below train, val and test; IDX or CIFAR files; a CSV list.
  channels: 1 makes grey, 3 colour; draft: decode large JPEG photos at 1/2 to 1/8, with this many pixels a side at least.
  Files that cannot be read are left out: folder:bad_files() lists them.
  > data.open(data.default())
  see Dataset:split, Dataset:with, data.DataLoader, data.inspect
data.default
  The path of the pictures that experiments use when none is named: mlprun data fetch emoji gets them.
data.inspect(what: string|Dataset, { near = true }?) -> Inspection
  Reads every picture of a path or a data set and tells what there is: sizes, formats, bad files, copies, imbalance,
  mean and standard deviation. Prints as a report; near looks for pictures that look the same, too.
data.ImageFolder(path, { channels, background, max_pixels, draft = 0, on_bad, allow_empty = false, follow_links = true }?) -> Dataset
  A folder with a folder for each class.
data.IDX(path, labels?: string, { channels, background, max_pixels, draft = 0, on_bad, train, part }?) -> Dataset
  IDX files (MNIST, Fashion-MNIST): a folder of them, or images and labels.
data.CIFAR10(path, { channels, background, max_pixels, draft = 0, on_bad, train, part }?) -> Dataset
  CIFAR-10 in its binary files.
data.CIFAR100(path, { channels, background, max_pixels, draft = 0, on_bad, train, part, labels = "fine" }?) -> Dataset
  CIFAR-100 in its binary files; labels "fine" (100) or "coarse" (20).
data.CSV
  Pictures that a CSV file lists, with the names of its columns. Dataset:column has those that are neither path, label nor
  split. Several labels for each picture: label = { "cat", "dog" } names columns of 1 and 0, label_separator = ";" says what
  stands between names in one column; batches have rows of 0 and 1 then, which nn.BCEWithLogitsLoss and metrics.f1_score take.
  Hundreds of different numbers as labels are refused unless classes says how many there are.
data.TensorDataset
  The rows of a tensor and a label (from 1) for each, or a row of 0 and 1 where each has several. Transforms need
  u8 pictures of n x channels x height x width.
  > data.TensorDataset(ml.randn { 10, 4 }, ml.randint(1, 3, { 10 }))
data.ConcatDataset(sets: Dataset[]) -> Dataset
  Data sets of the same classes one behind the other.
  > a = data.TensorDataset(ml.randn { 4, 2 }, { 1, 2, 1, 2 })
  > #data.ConcatDataset { a, a }
data.Subset
  The same as set:subset(indices).
data.KFold
  The same as set:kfold { k = 5 }.
data.DataLoader(set, { batch_size = 1, shuffle = false, drop_last = false, workers = 2, num_workers = 2, seed,
    prefetch = 2, prefetch_factor = 2, cache: string|false = "512M",
    sampler: Sampler|integer[] }?) -> DataLoader
  Batches of a data set: for images, labels, indices in loader:batches() do. #loader is the number of batches.
  workers: threads that load ahead, 0 on a machine of one core; the batches are the same for any number.
  cache: how much of the resized pictures stays in memory (false: nothing). seed: the manual seed unless said.
  > loader = data.DataLoader(data.TensorDataset(ml.randn { 10, 4 }, ml.randint(1, 3, { 10 })), { batch_size = 4 })
  > for x, y in loader:batches() do print(#y) end
  see DataLoader:batches, data.WeightedRandomSampler
DataLoader:batches({ start = 1 }?) -> fun(): Tensor, Tensor, Tensor, integer
  One pass: images, labels (i64, from 1), the samples' places in the set and the batch's number. Each pass is the next epoch.
  start = number + 1 goes on behind a batch. One without a picture that can be read has a number, too, and is passed over.
  `for images, labels in loader do` is the same, where no other loop walks the loader at that time.
DataLoader:set_epoch(epoch)
  The epoch of the next pass, which decides order and augmentation.
DataLoader.dataset: Dataset
  The data set.
DataLoader.batch_size: integer
  Samples of a batch.
DataLoader.epoch: integer
  The epoch of the last pass.
DataLoader.workers: integer
  Threads that load ahead.
DataLoader.seed: integer
  The seed of order and augmentation.
DataLoader.cached_bytes: integer
  What the cache of resized pictures holds.
DataLoader:close()
  Gives memory and threads back at once.
data.RandomSampler(source: Dataset|integer, { replacement = false, num_samples: integer, seed }?) -> Sampler
  All samples in random order, or draws with replacement. source: a data set, or how many samples.
data.SequentialSampler(source: Dataset|integer) -> Sampler
  All samples in their order.
data.SubsetRandomSampler(indices, { seed }?) -> Sampler
  These samples in random order.
data.WeightedRandomSampler(weights: Tensor|number[], num_samples: integer, { replacement = true, seed }?) -> Sampler
  Draws by weight: with set:sample_weights() every class comes equally often.
  > data.WeightedRandomSampler({ 1, 1, 8 }, 5)
  see Dataset:sample_weights, data.DataLoader
Sampler:indices(epoch?, { seed }?) -> Tensor
  What it draws in an epoch, from 1.
Sampler:close()
  Gives memory back at once.
data.MixUp({ alpha = 1.0, num_classes: integer }?) -> fun(images: Tensor, labels: Tensor): Tensor, Tensor, number
  A transform of batches, images, labels -> images, probabilities: each image is mixed with the one before it.
  In an experiment: run.batch_transform = data.MixUp { num_classes = run.num_classes }.
  > mix = data.MixUp { num_classes = 2 }
  > images, targets = mix(ml.rand { 4, 3, 2, 2 }, ml.tensor { 1, 2, 1, 2 })
  > targets.shape
data.CutMix({ alpha = 1.0, num_classes: integer }?) -> fun(images: Tensor, labels: Tensor): Tensor, Tensor, number
  As MixUp, but a box of each image comes from the image before it.
data.random_split
  Parts drawn at random: lengths are shares that add up to 1, or numbers of samples. set:split keeps classes and copies together.
  > a, b = data.random_split(data.TensorDataset(ml.zeros { 10, 2 }, ml.randint(1, 3, { 10 })), { 0.8, 0.2 })
  > #a, #b
data.read_image
  One picture from a file (JPEG, PNG, WebP, BMP, GIF, TIFF); channels: 1 makes grey, 3 colour; background: what shows
  through, { r, g, b }.
  see Image:resize, Image:tensor, plot.show
data.check_split
  The pictures that two data sets have in common, byte for byte: a list of { a =, b = } of paths, empty when there are none.
data.recognise(path) -> string?
  What kind of data is at a path: "folder", "idx", "cifar10", ... or nil.
Dataset:split
  Parts for training and validation (and test), shares of the whole or how many; train is what the others leave. The same ones
  for the same seed (the manual seed unless said). Folders named train, val, test stay as they are.
  stratify: by class, with one of each class on both sides, so that val = 1 gives as many as there are classes; false: not.
  duplicates: copies of a picture on the same side ("together"), an error ("refuse"), or anywhere ("allow").
  group: pictures that stay on one side, all of a person, say: a column of the CSV file; a pattern for the path below the
  set's folder, whose captures name the group; "similar": what looks the same; a function of that path that gives the name
  (nil: a group of its own); or a list with a name for each sample. "similar" finds the same picture saved again, resized or
  hardly changed, directly or over a third one; not one that is turned, mirrored or cropped, nor almost plain ones. The
  largest groups are dealt out first, each to the part whose classes are furthest behind; the seed decides among groups of one
  size.
  > folder = data.TensorDataset(ml.randn { 20, 2 }, ml.randint(1, 3, { 20 }))
  > train, val = folder:split { val = 0.25, seed = 1 }
  > #train, #val
  > #folder:split { val = 0.5, group = { 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5 } }
  see Dataset:kfold, Dataset:column, data.check_split
Dataset:with(transform: Transform) -> Dataset
  The same samples, seen through a transform.
  > pictures = data.TensorDataset(ml.randint(0, 256, { 2, 3, 8, 8 }):byte(), { 1, 2 })
  > pictures:with(augment.Compose { augment.Resize(4, 4), augment.Normalize(), augment.ToTensorV2() }):get(1).shape
  see augment.Compose
Dataset:get(i, { seed, epoch = 1 }?) -> sample: Tensor|Image, label: integer
  A sample as the transform makes it, and its label. set[i] is the sample alone.
Dataset:image(i) -> Image
  The picture without the transform.
Dataset:path(i) -> string
  The file of a sample.
Dataset:labels() -> Tensor
  All labels, an i64 tensor; where samples have several, samples x labels of 0 and 1 (f32).
Dataset:combinations() -> numbers: Tensor, names: string[], has: Tensor?
  Which combination of labels each sample has, what they are called, and which labels each has; where samples have one label
  the labels, the classes and nil. set:split and set:kfold go by them.
  > data.TensorDataset(ml.randn { 3, 2 }, { { 1, 0 }, { 1, 1 }, { 1, 0 } }, { classes = { "cat", "dog" } }):combinations()
Dataset:samples() -> Tensor
  The places of the samples in what was opened, an i64 tensor.
Dataset:class_counts() -> integer[]
  How many samples each class (or each of several labels) has, a list.
Dataset:class_weights
  One weight for each class that makes them count alike: for nn.CrossEntropyLoss { weight = train:class_weights() }.
Dataset:sample_weights
  One weight for each sample: for data.WeightedRandomSampler.
Dataset:select_classes
  Some of the classes, by names, by numbers, or how many; labels are renumbered.
Dataset:take_per_class
  At most n samples of each class.
Dataset:thin
  Makes one class rarer: thin { class = "cat", keep = 0.1 }.
Dataset:subset(indices) -> Dataset
  These samples, in this order.
Dataset:column
  What a further column of the CSV file says about each sample, a list of texts: for split { group = } and own choices.
Dataset:kfold
  Cross-validation: for i, train, val in set:kfold { k = 5 } do. group: as in Dataset:split.
Dataset:statistics() -> table
  Mean and standard deviation of each channel, in 0..1: augment.Normalize(train:statistics()). Of the pictures as the first,
  fixed steps of the transform leave them (Resize, say), each counting alike whatever its size, as in training.
Dataset:bad_files() -> table[]
  Files that could not be read: a list of { path =, reason = }.
Dataset:passed_over() -> table
  What opening the folder passed over, as numbers: hidden, other (no pictures by their names; extensions: how many of each),
  loose (pictures beside the class folders), unlabelled (pictures of parts without class folders, such as test/1.jpg, for
  `mlprun predict`; unlabelled_in: which parts), repeats (folders that links lead to twice), links_out (links
  that lead out of the folder; links_followed: whether they are followed); like_parts: classes that are
  called like parts, when that most likely is a mistake; alike: classes that have the same folders in them (alike_inside), as
  parts of a data set have; parts_inside: whether those are called like parts.
Dataset:fingerprint() -> string
  A text that changes when the files do.
Dataset:part(name) -> Dataset
  The samples of "train", "val" or "test".
Dataset:close()
  Gives memory back at once.
Dataset.classes: string[]
  The names of the classes, in the order of their labels: classes[label].
Dataset.parts: string[]
  The names of the parts that the folder has.
Dataset.targets: Tensor
  All labels, an i64 tensor: labels() as a field.
Dataset.multilabel: boolean
  Whether samples have several labels each: classes are then the names of the labels.
Dataset.paths: string[]
  All files, a list.
Dataset.channels: integer
  1 or 3.
Dataset.root: string
  The path that was opened.
Dataset.kind: string
  "ImageFolder", "IDX", ...
Image:save(path)
  Writes a PNG file.
Image:png() -> string
  The PNG file as text.
Image:resize(height: integer, width: integer, { interpolation = "linear" }?) -> Image
  Another size: "nearest", "linear", "cubic" or "area".
Image:convert(channels: integer) -> Image
  1: grey, 3: colour.
Image:tensor({ layout = "HWC" }?) -> Tensor
  The pixels, a u8 tensor.
Image.width: integer
  Pixels across.
Image.height: integer
  Pixels down.
Image.channels: integer
  1 or 3.
Image:close()
  Gives memory back at once.
]==]
