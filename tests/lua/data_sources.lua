-- Data sets from tensors, from other data sets, from CIFAR's binary files and from CSV files.
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"
local ml = require "mlprun"
local data = require "mlprun.data"
local sys, augment = core.sys, core.augment

local function batches(set, o)
  local list = {}
  for images, labels, indices in data.DataLoader(set, o):batches() do
    list[#list + 1] = { images, labels:tolist(), indices:tolist() }
  end
  return list
end

-- ---- tensors ----

t.test("rows of a tensor go into batches as they are", function()
  local x, y = ml.randn(7, 3), { 1, 2, 3, 1, 2, 3, 1 }
  local set = data.TensorDataset(x, y)
  t.equal({ #set, set.kind, set.classes }, { 7, "TensorDataset", { "1", "2", "3" } })
  t.equal(set.targets:tolist(), y)
  for _, workers in ipairs { 0, 2 } do
    local got = batches(set, { batch_size = 3, workers = workers })
    t.equal(#got, 3)
    t.equal(got[1][1]:tolist(), x:narrow(1, 1, 3):tolist())
    t.equal(got[1][1].dtype, "f32")
    t.equal(got[2][1]:tolist(), x:narrow(1, 4, 3):tolist())
    t.equal(got[3][1]:tolist(), x:narrow(1, 7, 1):tolist())
    t.equal({ got[2][2], got[2][3] }, { { 1, 2, 3 }, { 4, 5, 6 } })
  end
  local row, label = set:get(2)
  t.equal(row:tolist(), x[2]:tolist())
  t.equal(label, 2)
  local train, val = set:split { val = 0.5, seed = 1, stratify = false }
  t.equal(#train + #val, 7)
end)

t.test("every type and shape is possible, views too", function()
  for _, dtype in ipairs { "u8", "i64", "f32", "f64" } do
    local x = ml.arange(24):reshape(2, 12):t():to(dtype) -- 12 x 2, not contiguous
    local set = data.TensorDataset(x, ml.ones(12, { dtype = "i64" }), { classes = { "one", "two" } })
    local got = batches(set, { batch_size = 12 })[1][1]
    t.equal({ got.dtype, got:tolist() }, { dtype, x:tolist() })
    t.equal(set.classes, { "one", "two" })
  end
  t.equal(batches(data.TensorDataset(ml.tensor { 4, 5, 6 }, { 1, 2, 1 }), { batch_size = 2 })[1][1]:tolist(), { 4, 5 })
end)

t.test("u8 pictures take transforms, other rows say why not", function()
  local x = ml.arange(2 * 3 * 4 * 5):reshape(2, 3, 4, 5):byte()
  local set = data.TensorDataset(x, { 1, 2 })
  t.equal(set.channels, 3)
  t.equal(batches(set, { batch_size = 2 })[1][1]:tolist(), x:tolist())
  local flipped = batches(set:with(augment.HorizontalFlip { p = 1 }), { batch_size = 2 })[1][1]
  t.equal(flipped:select(4, 1):tolist(), x:select(4, 5):tolist())
  local floats = data.TensorDataset(x:float(), { 1, 2 }):with(augment.HorizontalFlip { p = 1 })
  t.raises("transforms and statistics need pictures: u8 of n x 1 or 3 x height x width; these are f32 of 2x3x4x5", function()
    batches(floats, {})
  end)
  t.raises("these are f32 of 2x3x4x5", function() return floats:statistics() end)
end)

t.test("a tensor data set says what does not fit", function()
  local x = ml.zeros(3, 2)
  t.raises("the labels are i64 of 2, expected i64 of 3, one for each sample", data.TensorDataset, x, { 1, 2 })
  t.raises("the labels are f32", data.TensorDataset, x, ml.ones(3))
  t.raises("the label of sample 2 is not one of the 2 classes", data.TensorDataset, x, { 1, 3, 2 }, { classes = 2 })
  t.raises("the label of sample 1 is not one of the", data.TensorDataset, x, { 0, 1, 2 })
  t.raises("a tensor of samples", data.TensorDataset, 3, { 1 })
  t.raises("got a nil, expected labels", data.TensorDataset, x)
  t.raises("the tensor of samples is a scalar", data.TensorDataset, ml.tensor(3), { 1 })
  t.raises("unknown option 'clases'", data.TensorDataset, x, { 1, 2, 3 }, { clases = 3 })
end)

-- ---- others ----

t.test("data sets one after the other", function()
  local x = ml.arange(10):reshape(5, 2)
  local a = data.TensorDataset(x, { 1, 2, 1, 2, 1 })
  local b = data.TensorDataset(x + 100, { 2, 2, 1, 1, 1 })
  local all = data.ConcatDataset { a, b:subset { 5, 1 }, a:subset { 2 } }
  t.equal({ #all, all.kind }, { 8, "ConcatDataset" })
  t.equal(all.targets:tolist(), { 1, 2, 1, 2, 1, 1, 2, 2 })
  t.equal(batches(all, { batch_size = 8 })[1][1]:tolist(),
          { { 0, 1 }, { 2, 3 }, { 4, 5 }, { 6, 7 }, { 8, 9 }, { 108, 109 }, { 100, 101 }, { 2, 3 } })
  t.equal(all:path(7), "TensorDataset[1]")
  t.equal(core.data.duplicates(all):tolist(), { 1, 2, 3, 4, 5, 6, 7, 2 })
  t.equal(#data.ConcatDataset { all, all }, 16)
  t.raises("data set 1 has 2 classes, data set 2 has 3", data.ConcatDataset, { a, data.TensorDataset(x, { 1, 2, 3, 1, 1 }) })
  t.raises("class 1 is '1' in data set 1, but '2' in data set 2", data.ConcatDataset, { a, a:select_classes { "2", "1" } })
  t.raises("different transforms", data.ConcatDataset, { a, a:with(augment.HorizontalFlip()) })
  t.raises("element 2 is a number", data.ConcatDataset, { a, 3 })
  t.raises("expected a list of data sets", data.ConcatDataset, {})
  t.raises("samples of one batch differ: i64 of 2 and f32 of 3", function()
    batches(data.ConcatDataset { a, data.TensorDataset(ml.zeros(2, 3), { 1, 2 }) }, { batch_size = 7 })
  end)
end)

-- ---- CIFAR ----

-- n records; all pixels of channel c of picture i are 3 i + c, but for its first one, which is 200 + c
local function cifar(root, name, labels, coarse)
  local records = {}
  for i, label in ipairs(labels) do
    local planes = {}
    for c = 0, 2 do planes[c + 1] = string.char(200 + c) .. string.char(3 * i + c):rep(1023) end
    records[i] = (coarse and string.char(coarse[i]) or "") .. string.char(label) .. table.concat(planes)
  end
  sys.make_folder(root)
  sys.write_file(root .. "/" .. name, table.concat(records))
end

t.test("CIFAR-10 is recognised, with its parts and names", function()
  local root = t.folder()
  local inner = root .. "/cifar-10-batches-bin"
  cifar(inner, "data_batch_1.bin", { 0, 9, 3 })
  cifar(inner, "data_batch_2.bin", { 1, 2 })
  cifar(inner, "test_batch.bin", { 3, 4 })
  sys.write_file(inner .. "/batches.meta.txt", "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n")
  local set = data.open(root)
  t.equal({ set.kind, #set, set.channels, set.parts }, { "CIFAR10", 7, 3, { "train", "test" } })
  t.equal(set.classes[1] .. set.classes[10], "airplanetruck")
  t.equal(set.targets:tolist(), { 1, 10, 4, 2, 3, 4, 5 })
  t.equal(set:path(5), inner .. "/data_batch_2.bin[2]")
  local picture = set:image(2):tensor()
  t.equal(picture:select(3, 1)[1]:tolist()[1], 200)
  t.equal(picture[1][1]:tolist(), { 200, 201, 202 })
  t.equal(picture[32][32]:tolist(), { 6, 7, 8 })
  t.equal(#data.CIFAR10(inner), 5)
  t.equal(#data.CIFAR10(inner, { train = false }), 2)
  t.equal(#data.open(inner .. "/data_batch_1.bin"), 3)
  t.equal(data.open(root, { channels = 1 }):image(1):tensor():size(3), 1)
end)

t.test("CIFAR-100 has fine and coarse labels", function()
  local root = t.folder()
  cifar(root, "train.bin", { 99, 0, 57 }, { 19, 4, 0 })
  cifar(root, "test.bin", { 1 }, { 2 })
  local set = data.open(root)
  t.equal({ set.kind, #set, #set.classes }, { "CIFAR100", 4, 100 })
  t.equal(set.targets:tolist(), { 100, 1, 58, 2 })
  local coarse = data.open(root, { labels = "coarse" })
  t.equal({ #coarse.classes, coarse.targets:tolist() }, { 20, { 20, 5, 1, 3 } })
  t.equal(#data.CIFAR100(root, { train = false }), 1)
  t.raises("labels is 'both', expected", data.CIFAR100, root, { labels = "both" })
end)

t.test("damaged CIFAR files are refused", function()
  local root = t.folder()
  cifar(root, "data_batch_1.bin", { 0, 11 })
  t.raises("the label of picture 2 is 11, expected 0 to 9: not a CIFAR10 file", data.CIFAR10, root)
  sys.write_file(root .. "/data_batch_1.bin", "short")
  t.raises("has 5 bytes, expected a multiple of 3073", data.CIFAR10, root)
  sys.write_file(root .. "/data_batch_1.bin", "")
  t.raises("has 0 bytes, expected", data.CIFAR10, root)
  t.raises("has no files of CIFAR100, train part; expected train.bin", data.CIFAR100, root)
  t.raises("has no files of CIFAR10, test part", data.CIFAR10, root, { train = false })
end)

-- ---- CSV ----

local function pictures(root, names)
  for i, name in ipairs(names) do
    sys.make_folder((root .. "/" .. name):match("^(.*)/"))
    ml.zeros(2, 2, 3, { dtype = "u8" })
    core.image.from_tensor(ml.full({ 2, 2, 3 }, i, { dtype = "u8" })):save(root .. "/" .. name)
  end
end

t.test("a CSV file names pictures, labels and parts", function()
  local root = t.folder()
  pictures(root, { "x/1.png", "x/2.png", "with, comma.png", 'a "quote".png' })
  sys.write_file(root .. "/list.csv",
    '\xEF\xBB\xBFpath, label,split,more\r\nx/1.png,cat,train,1\r\n"x/2.png","dog, wild",TEST,\r\n'
    .. '\r\n"with, comma.png",cat,train,"two\nlines"\r\n"a ""quote"".png","dog, wild",val,')
  local set = data.open(root .. "/list.csv")
  t.equal({ set.kind, #set, set.classes, set.parts }, { "CSV", 4, { "cat", "dog, wild" }, { "train", "val", "test" } })
  t.equal(set.targets:tolist(), { 1, 2, 1, 2 })
  t.equal(set:path(4), root .. '/a "quote".png')
  for i = 1, 4 do t.equal(set:image(i):tensor()[1][1]:tolist(), { i, i, i }) end
  t.equal(set:part("val"):path(1), set:path(4))
  t.equal(#set:fingerprint(), 71)
end)

t.test("columns, separator, folder and classes can be named", function()
  local root, list = t.folder(), t.folder()
  pictures(root, { "1.png", "2.png", "3.png" })
  sys.write_file(list .. "/list.csv", ("file;kind\n1.png;10\n2.png;9\n%s/3.png;10\n"):format(root))
  local o = { path = "file", label = "kind", separator = ";", root = root, channels = 1 }
  local set = data.CSV(list .. "/list.csv", o)
  t.equal({ set.classes, set.targets:tolist(), set.parts, set.channels }, { { "9", "10" }, { 2, 1, 2 }, {}, 1 })
  t.equal(set:path(3), root .. "/3.png")
  o.classes = { "10", "9", "8" }
  t.equal(data.CSV(list .. "/list.csv", o).targets:tolist(), { 1, 2, 1 })
  o.classes = { "10", "8" }
  t.raises("label '9' is not one of the classes", data.CSV, list .. "/list.csv", o)
end)

t.test("pictures that are not there are bad, all of them are an error", function()
  local root = t.folder()
  pictures(root, { "1.png", "2.png" })
  sys.write_file(root .. "/list.csv", "path,label\n1.png,a\ngone.png,b\n2.png,b\n")
  local set = data.open(root .. "/list.csv")
  local n = 0
  for images in data.DataLoader(set, { batch_size = 3 }):batches() do n = n + #images end
  t.equal({ n, #set:bad_files(), set:bad_files()[1].path }, { 2, 1, root .. "/gone.png" })
  sys.write_file(root .. "/gone.csv", "path,label\na.png,a\nb.png,b\n")
  t.raises("not one of the 2 pictures in the list is there; the first would be '" .. root .. "/a.png'",
           data.open, root .. "/gone.csv")
end)

t.test("spaces around fields and quotes do not count", function()
  local root = t.folder()
  pictures(root, { "a.png", "b.png", "c.png", "d.png" })
  for _, text in ipairs { "path,label\na.png, cat\nb.png,cat\nc.png,dog\nd.png,dog \n",
                          'path , label\r\n"a.png", "cat"\r\nb.png ,\tcat\r\n  c.png,"dog" \r\n   \r\nd.png,dog\r\n',
                          "path\tlabel\na.png\t cat\nb.png\tcat\n\"c.png\" \tdog\nd.png\tdog\n" } do
    sys.write_file(root .. "/list.csv", text)
    local set = data.CSV(root .. "/list.csv", { separator = text:find("path\t") and "\t" or "," })
    t.equal({ set.classes, set.targets:tolist(), set:path(3) }, { { "cat", "dog" }, { 1, 1, 2, 2 }, root .. "/c.png" }, text)
  end
end)

t.test("the header says what stands between fields, and names are found in any case", function()
  local root = t.folder()
  pictures(root, { "a.png", "b.png" })
  for _, name in ipairs { "list.csv", "list.tsv" } do
    for _, separator in ipairs { ",", ";", "\t" } do
      local text = "\xEF\xBB\xBFID,Path,\"Label\"\r\n7,a.png,cat\r\n8,b.png,dog\r\n"
      sys.write_file(root .. "/" .. name, (text:gsub(",", separator)))
      local set = data.open(root .. "/" .. name)
      t.equal({ set.classes, set:path(2), set:column("ID") }, { { "cat", "dog" }, root .. "/b.png", { "7", "8" } })
    end
  end
  sys.write_file(root .. "/list.csv", "a.png,cat\nb.png,dog\n")
  t.raises("has no names of columns in its first line: put one in front, such as path,label", data.open, root .. "/list.csv")
end)

t.test("paths of Windows and names without their ending are found", function()
  local root = t.folder()
  pictures(root, { "x/1.png", "x/2.png", "3.webp.png", "back\\slash.png" })
  sys.write_file(root .. "/list.csv", "path,label\n.\\x\\1.png,a\nx\\2,a\n3.webp,b\nback\\slash.png,b\nno\\where,b\n")
  local set = data.open(root .. "/list.csv")
  local found = {}
  for i = 1, #set do found[i] = set:path(i):sub(#root + 2) end
  t.equal(found, { "./x/1.png", "x/2.png", "3.webp.png", "back\\slash.png", "no/where" })
end)

t.test("columns of pixels are pictures", function()
  local root = t.folder()
  sys.write_file(root .. "/grey.csv", "label,pixel0,pixel1,pixel2,pixel3\n7,0,1,2,255\n3,4,5,6,7\n")
  local set = data.open(root .. "/grey.csv")
  t.equal({ #set, set.classes, set.targets:tolist(), set.channels }, { 2, { "3", "7" }, { 2, 1 }, 1 })
  t.equal(set:image(1):tensor():reshape(-1):tolist(), { 0, 1, 2, 255 })
  sys.write_file(root .. "/colour.csv", "pixel_1,pixel_2,pixel_3,kind\n1,2,3,a\n4,5,6,b\n")
  set = data.CSV(root .. "/colour.csv", { label = "kind" })
  t.equal({ set.channels, set:image(2):tensor():reshape(-1):tolist() }, { 3, { 4, 5, 6 } })
  local function refuse(text, content)
    sys.write_file(root .. "/bad.csv", content)
    t.raises(text, data.CSV, root .. "/bad.csv")
  end
  for _, names in ipairs { "label,1x1,1x2,2x1,2x2", "Label;0;1;2;3", "label\tPixel_1\tPixel_2\tPixel_3\tPixel_4" } do
    local separator = names:match("^%a+(.)")
    sys.write_file(root .. "/named.csv", names .. "\n" .. ("7,0,1,2,255\n3,4,5,6,7\n"):gsub(",", separator))
    set = data.open(root .. "/named.csv")
    t.equal({ set.classes, set:image(1):tensor():reshape(-1):tolist() }, { { "3", "7" }, { 0, 1, 2, 255 } }, names)
  end
  refuse("has no column 'label'", "pixel0,pixel1,pixel2,pixel3\n1,2,3,4\n")
  refuse("has no names of columns in its first line: put one in front", "5,0,1,2,255\n3,4,5,6,7\n")
  refuse("has a column of parts, which is not read of pictures as numbers", "label,split,pixel0,pixel1,pixel2,pixel3\n")
  refuse("has all levels of a picture in its column 'Pixels'", "emotion,Pixels,Usage\n3,1 2 3 4,Training\n")
  refuse("line 2: pixel 2 is '256', expected a level from 0 to 255", "label,pixel0,pixel1,pixel2,pixel3\n1,2,256,4,5\n")
  refuse("has 5 columns of pixels, expected as many as a square picture has", "label,pixel0,pixel1,pixel2,pixel3,pixel4\n")
  refuse("lists no pictures", "label,pixel0,pixel1,pixel2,pixel3\n")
  refuse("line 2: 4 fields, expected 5", "label,pixel0,pixel1,pixel2,pixel3\n1,2,3,4\n")
end)

t.test("data in other forms is named for what it is", function()
  local root = t.folder()
  local function refuse(text, name, content)
    sys.write_file(root .. "/" .. name, content)
    t.raises(("'%s/%s' %s"):format(root, name, text), data.open, root .. "/" .. name)
  end
  local function archive(arrays, expected) -- what it is told to write makes the set
    ml.save_npz(root .. "/some.npz", arrays)
    local _, message = pcall(data.open, root .. "/some.npz")
    local made = message:match("some.npz' is a NumPy archive: with a = ml.load_npz%(path%), (.-) makes a data set of")
    local set = load("local data, a = ... return " .. made)(data, ml.load_npz(root .. "/some.npz"))
    t.equal({ #set, #set.classes, set.channels, set:image(2).height }, expected)
  end
  local function u8(...) return ml.zeros(..., { dtype = "u8" }) end
  archive({ x_train = u8 { 2, 28, 27 }, y_train = ml.tensor { 0, 1 }, x_test = u8 { 1, 28, 27 } }, { 2, 2, 1, 28 })
  archive({ x_train = u8 { 2, 28, 27 }, y_train = u8 { 2 } }, { 2, 1, 1, 28 })
  archive({ x_train = u8 { 2, 28, 27 }, y_train = ml.tensor { 0, 1 }:int() }, { 2, 2, 1, 28 })
  archive({ train_images = u8 { 3, 5, 6, 3 }, train_labels = ml.tensor { { 0 }, { 2 }, { 1 } },
            val_labels = ml.tensor { { 0 } } }, { 3, 3, 3, 5 })
  archive({ images = u8 { 2, 1, 9, 8 }, ["class labels"] = ml.tensor { 1, 2 } }, { 2, 2, 1, 9 })
  ml.save_npz(root .. "/other.npz", { weights = ml.zeros(2, 3), images = u8 { 3, 3 } })
  t.raises("is a NumPy archive of images, weights, none of which look like pictures", data.open, root .. "/other.npz")
  refuse("is a NumPy array: data.TensorDataset(ml.load_npy(path), labels)", "x.npy", "\x93NUMPY\1\0")
  refuse("is a Python pickle", "data_batch_1", "\x80\2}q\1")
  refuse("is a Git LFS pointer", "train-images-idx3-ubyte.gz", "version https://git-lfs.github.com/spec/v1\n")
  refuse("is an HDF5 file", "x.h5", "\x89HDF\r\n\x1a\n")
  refuse("is a ZIP archive", "photos", "PK\3\4")
  refuse("is a file, but not an IDX file", "x.txt", "text")
  for _, name in ipairs { "batches.meta", "data_batch_1", "test_batch" } do
    sys.make_folder(root .. "/c/cifar-10-batches-py")
    sys.write_file(("%s/c/cifar-10-batches-py/%s"):format(root, name), "\x80\2}q\1")
  end
  for _, folder in ipairs { "/c", "/c/cifar-10-batches-py" } do
    t.raises("holds CIFAR-10 as Python pickles, which are not read; the archive cifar-10-binary.tar.gz has", data.open,
             root .. folder)
  end
  for _, name in ipairs { "train-images-idx3-ubyte", "train-labels-idx1-ubyte" } do
    sys.make_folder(root .. "/idx")
    sys.write_file(root .. "/idx/" .. name, "version https://git-lfs.github.com/spec/v1\n")
  end
  t.raises("it seems to be a Git LFS pointer", data.open, root .. "/idx")
  sys.make_folder(root .. "/hundred")
  for _, name in ipairs { "meta", "train", "test" } do sys.write_file(root .. "/hundred/" .. name, "\x80\3}q\1") end
  t.raises("holds CIFAR-100 as Python pickles", data.open, root .. "/hundred")
  for _, class in ipairs { "a", "b" } do
    sys.make_folder(root .. "/lfs/" .. class)
    sys.write_file(root .. "/lfs/" .. class .. "/1.jpg", "version https://git-lfs.github.com/spec/v1\noid sha256:1\n")
  end
  t.raises("looks like a Git LFS pointer: the file itself was not fetched", function() data.open(root .. "/lfs"):image(1) end)
end)

t.test("files that are no CSV are named", function()
  local root = t.folder()
  sys.write_file(root .. "/wide.csv", "\xFF\xFEp\0a\0")
  t.raises("is in UTF-16, expected UTF-8", data.open, root .. "/wide.csv")
  sys.write_file(root .. "/pointer.csv", "version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 3\n")
  t.raises("is a Git LFS pointer", data.open, root .. "/pointer.csv")
end)

t.test("mistakes in a CSV file are named with their line", function()
  local root = t.folder()
  local function refuse(text, content, o)
    sys.write_file(root .. "/list.csv", content)
    t.raises(text, data.CSV, root .. "/list.csv", o)
  end
  refuse("is empty, expected a header", "")
  refuse("lists no pictures", "path,label\n")
  refuse("has no column 'path' (its columns are file, label): name the one that has the path with path = \"file\" "
    .. "(--csv-path=file)", "file,label\n")
  refuse("has no column 'label' (its columns are Path, kind): name the one that has the label with label = \"NAME\"",
         "Path,kind\n")
  refuse("has no column 'fold'", "path,label\n1,2\n", { split = "fold" })
  refuse("line 3: 1 field, expected 2", "path,label\n1.png,a\n2.png\n")
  refuse("line 4: no label", 'path,label\n"1\n.png",a\n2.png,\n')
  refuse("line 2: no path", "path,label\n,a\n")
  refuse("line 3: a quote is not closed", 'path,label\n1.png,a\n"2.png,b\n')
  refuse("line 2: 'x' follows a closing quote", 'path,label\n"1.png"x,a\n')
  refuse("line 3: split is 'dev', expected train, val or test", "path,label,split\n1,a,train\n2,b,dev\n")
  refuse("line 3: some lines have a split and some have none", "path,label,split\n1,a,train\n2,b,\n")
  refuse("expected two classes or more", "path,label\n1.png,a\n")
  refuse("separator must be one character", "path,label\n", { separator = ", " })
  refuse("unknown option 'seperator': did you mean 'separator'?", "path,label\n", { seperator = ";" })
end)

t.done()
