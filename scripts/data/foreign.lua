--- mlprun.data.foreign - data in forms that are not read, named for what they are, with what helps.
local core = require "mlprun.core"

local foreign = {}

local LFS = "a Git LFS pointer: the file itself was not fetched (git lfs pull brings it)"
local PICKLE = "a Python pickle, which is not read"

-- Names that arrays of pictures and of their labels have in public archives.
local PICTURES = { "^x_?train", "^train_images", "^x$", "images", "data" }
local WHOLE = { i64 = true, i32 = true, u8 = true }
local LABELS = { "^y_?train", "^train_labels", "^y$", "labels" }

local function named(arrays, order, patterns, fits)
  for _, pattern in ipairs(patterns) do
    for _, name in ipairs(order) do
      if name:lower():find(pattern) and fits(arrays[name].shape, arrays[name].dtype) then return name end
    end
  end
end

local function field(name) return name:find("^[%a_][%w_]*$") and "a." .. name or ("a[%q]"):format(name) end

-- What makes a data set of a NumPy archive's arrays: an expression, and what kind of pictures; nil when none look like pictures.
local function set_of(arrays, order)
  local x = named(arrays, order, PICTURES, function(shape, dtype) return dtype == "u8" and (#shape == 3 or #shape == 4) end)
  local shape = x and arrays[x].shape
  local y = x and named(arrays, order, LABELS, function(of, dtype)
    return of[1] == shape[1] and (#of == 1 or #of == 2 and of[2] == 1) and WHOLE[dtype]
  end)
  if not y then return nil end
  local turned = #shape == 3 and ":unsqueeze(2)" or (shape[4] == 1 or shape[4] == 3) and ":permute(1, 4, 2, 3)" or ""
  local channels = #shape == 3 and 1 or turned ~= "" and shape[4] or shape[2]
  if channels ~= 1 and channels ~= 3 then return nil end
  local from_0 = arrays[y]:min():item() == 0
  return ("data.TensorDataset(%s%s, %s%s%s)"):format(field(x), turned, field(y), #arrays[y].shape == 2 and ":flatten()" or "",
    from_0 and " + 1" or ""), channels
end

local function numpy_archive(path)
  local fine, arrays, order = pcall(core.io.npz_load, path)
  if not fine then return "a NumPy archive that cannot be read: " .. tostring(arrays) end
  local made, channels = set_of(arrays, order)
  if not made then
    return ("a NumPy archive of %s, none of which look like pictures (u8, n x height x width) with labels; a = "
      .. "ml.load_npz(path) gives them, data.TensorDataset(pictures, labels) makes a data set of two"):format(
      #order == 0 and "no arrays" or table.concat(order, ", ", 1, math.min(#order, 12)))
  end
  return ("a NumPy archive: with a = ml.load_npz(path), %s makes a data set of %s pictures (u8, n x %d x height x width) and "
    .. "labels, which begin at 1; ml.experiment { data = set } takes it"):format(made, channels == 1 and "grey" or "colour",
      channels)
end

-- How files begin, and what that is, or a function that tells.
local BEGINNINGS = {
  { "^version https://git%-lfs", LFS },
  { "^\x80[\x02-\x05]", PICKLE },
  { "^PK\3\4" .. ("."):rep(26) .. "[^/]-%.npy", numpy_archive }, -- the first file's name
  { "^\x93NUMPY", "a NumPy array: data.TensorDataset(ml.load_npy(path), labels) makes a data set of it, if it is u8, "
    .. "n x 1 or 3 x height x width, and labels begin at 1; ml.experiment { data = set } takes it" },
  { "^PK\3\4", "a ZIP archive: unpack it, then name the folder that holds the class folders" },
  { "^\x89HDF\r\n", "an HDF5 file, which is not read; save the pictures as files, one folder for each class" },
  { "^MATLAB 5%.0", "a MATLAB file, which is not read; save the pictures as files, one folder for each class" },
  { "^PAR1", "a Parquet file, which is not read; save the pictures as files, one folder for each class" },
}

-- The first bytes of a file, or nothing.
local function beginning(path)
  local file = io.open(path, "rb")
  local bytes = file and file:read(200)
  if file then file:close() end
  return bytes or ""
end

--- What a file is that is no data set, or nil.
---@param path string
---@return string?
function foreign.file(path)
  local bytes = beginning(path)
  for _, entry in ipairs(BEGINNINGS) do
    if bytes:find(entry[1]) then return type(entry[2]) == "function" and entry[2](path) or entry[2] end
  end
end

-- Folders of pickles by the files that are in all of them.
local PICKLED = {
  { name = "CIFAR-10", files = { "batches.meta", "data_batch_1" }, other = "cifar-10-binary.tar.gz" },
  { name = "CIFAR-100", files = { "meta", "train", "test" }, other = "cifar-100-binary.tar.gz" },
}

--- What a folder holds that is no data set of ours, or nil.
---@param path string
---@return string?
function foreign.folder(path)
  for _, inner in ipairs { path, path .. "/cifar-10-batches-py", path .. "/cifar-100-python" } do
    for _, kind in ipairs(PICKLED) do
      local all = true
      for _, name in ipairs(kind.files) do all = all and foreign.file(inner .. "/" .. name) == PICKLE end
      if all then
        return ("%s as Python pickles, which are not read; the archive %s has the same pictures in a form that is")
          :format(kind.name, kind.other)
      end
    end
  end
end

return foreign
