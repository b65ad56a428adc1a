--- mlprun.data.open - what a path is, and opening it.
local core = require "mlprun.core"
local foreign = require "mlprun.data.foreign"
local places = require "mlprun.data.places"
local sources = require "mlprun.data.sources"
local sys = core.sys

local opening = {}

local archives = { zip = true, tar = true, gz = true, tgz = true, xz = true, bz2 = true, ["7z"] = true, rar = true }

-- Options that a kind does not know, but another one does; open takes them all, so that a script need not know what it will get.
local only = {
  ImageFolder = { train = true, part = true, labels = true },
  IDX = { allow_empty = true, follow_links = true, labels = true },
  CIFAR10 = { allow_empty = true, follow_links = true, labels = true },
  CIFAR100 = { allow_empty = true, follow_links = true },
  CSV = { allow_empty = true, follow_links = true, train = true, part = true, labels = true },
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
  local what = foreign.file(path)
  if what then sys.fail(("'%s' is %s"):format(path, what)) end
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
---  on_bad: string, allow_empty = false, follow_links = true, part: string, labels: string|integer[] }
---@return Dataset
function opening.open(path, options)
  if type(path) ~= "string" then
    sys.fail(("data.open: got %s, expected the path of a folder or an IDX file"):format(path == nil and "nothing" or type(path)))
  end
  path = expand(path)
  local kind = core.data.recognise(path)
  local held = kind == "ImageFolder" and foreign.folder(path)
  if held then sys.fail(("'%s' holds %s"):format(path, held)) end
  if kind == "ImageFolder" then return core.data.ImageFolder(path, without(options, only.ImageFolder)) end
  if not kind and path:lower():find("%.[ct]sv$") and sys.exists(path) == "file" then
    return sources.CSV(path, without(options, only.CSV))
  end
  if kind then
    local name = kind:match("^%w+")
    local known = without(options, only[name])
    if known.part == nil and known.train == nil then known.part = "all" end
    return core.data[name](path, known)
  end
  return (sys.exists(path) and not_data or nothing_there)(path)
end

--- One picture from a file.
---@param path string
---@param o? { channels: integer, background: string|integer|integer[], max_pixels: integer, draft = 0 }
---@return Image
function opening.read_image(path, o)
  if type(path) ~= "string" then sys.fail(("data.read_image: got a %s, expected a path"):format(type(path))) end
  return core.image.load(expand(path), o)
end

return opening
