--- mlprun.data.foreign - data in forms that are not read, named for what they are, with what helps.
local foreign = {}

local LFS = "a Git LFS pointer: the file itself was not fetched (git lfs pull brings it)"
local PICKLE = "a Python pickle, which is not read"

-- How files begin, and what that is.
local BEGINNINGS = {
  { "^version https://git%-lfs", LFS },
  { "^\x80[\x02-\x05]", PICKLE },
  { "^PK\3\4[^\n]-%.npy", "a NumPy archive: with a = ml.load_npz(path), data.TensorDataset(a.x_train:unsqueeze(2), "
    .. "a.y_train + 1) makes a data set of grey pictures (u8, n x 1 x height x width) and labels, which begin at 1; "
    .. "ml.experiment { data = set } takes it" },
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
    if bytes:find(entry[1]) then return entry[2] end
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
