--- mlprun.data.fetch - data sets that Debian packages: downloaded, unpacked without being installed, put in order.
--
-- A data set is built beside its destination and renamed when it is complete, so an interrupted fetch leaves nothing
-- that looks like data, and a second fetch has nothing to do.
local core = require "mlprun.core"
local names = require "mlprun.base.names"
local places = require "mlprun.data.places"
local shell = require "mlprun.base.shell"
local sys = core.sys

local fetch = {}

-- ---- the data sets ----

local emoji_classes = { "activity", "flags", "food", "nature", "objects", "people", "symbols", "travel" }

-- Pictures are assets/png/CODE.png; config/index.json says which category each code has.
local function sort_emoji(unpacked, folder)
  local gems = unpacked .. "/usr/share/rubygems-integration/all/gems"
  local gem
  for _, name in ipairs(sys.exists(gems) == "folder" and sys.list(gems) or {}) do
    if name:find("^gemojione%-") then gem = gems .. "/" .. name end
  end
  if not gem then sys.fail("the package does not hold what it should: no folder gems/gemojione-* in it") end
  local count, wanted = 0, {}
  for _, class in ipairs(emoji_classes) do
    sys.make_folder(folder .. "/" .. class)
    wanted[class] = true
  end
  for _, entry in pairs(core.json.decode(sys.read_file(gem .. "/config/index.json"))) do
    local code, class = entry.unicode, entry.category
    if wanted[class] and code:find("^[%x%-]+$") then
      sys.rename(("%s/assets/png/%s.png"):format(gem, code), ("%s/%s/%s.png"):format(folder, class, code))
      count = count + 1
    end
  end
  return ("%d pictures in %d classes"):format(count, #emoji_classes)
end

local function place_fashion(unpacked, folder)
  local from = unpacked .. "/usr/share/datasets/fashion-mnist"
  for _, part in ipairs { "train", "t10k" } do
    for _, kind in ipairs { "images-idx3", "labels-idx1" } do
      local name = ("%s-%s-ubyte.gz"):format(part, kind)
      if sys.exists(from .. "/" .. name) ~= "file" then
        sys.fail("the package does not hold what it should: no datasets/fashion-mnist/" .. name)
      end
      sys.rename(from .. "/" .. name, folder .. "/" .. name)
    end
  end
  sys.write_file(folder .. "/classes.txt", table.concat({ "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot", "" }, "\n"))
  return "70,000 pictures in 10 classes"
end

-- sha256: of the names of the files and their own sums, sorted; what is downloaded is compared with it.
local sets = {
  ["emoji"] = {
    package = "ruby-gemojione", size = "4.6 MB", build = sort_emoji,
    sha256 = "d7b869cea888406de5a1918dee0b290a986fe3aff95ce1a2defd48fe1af87626",
    about = "Emoji pictures of 64x64, sorted by category. Artwork by EmojiOne (gemojione 3.3), CC-BY-SA-4.0.\n"
      .. "From Debian's package ruby-gemojione; its file usr/share/doc/ruby-gemojione/copyright has the terms.\n",
  },
  ["fashion-mnist"] = {
    package = "dataset-fashion-mnist", size = "31 MB", build = place_fashion,
    sha256 = "be5edeb6d90785a5f1f0aac7636595a6ff9dfa67c461455e20cfe51a245e2f34",
    about = "Fashion-MNIST: 60,000 + 10,000 grey pictures of 28x28 by Zalando SE, MIT licence.\n"
      .. "From Debian's package dataset-fashion-mnist.\n",
  },
}

-- ---- getting a package ----

local function by_hand(name, set, to)
  return ("\nBy hand: on a machine with Debian or Ubuntu, `apt-get download %s` (%s), then\n"
          .. "  mlprun data fetch %s --from=FILE.deb%s")
         :format(set.package, set.size, name, to and " --to=" .. shell.quote(to) or "")
end

-- The last lines that a program wrote, without apt's warning about its own sandbox.
local function tail(output)
  local lines = {}
  for line in output:gmatch("[^\n]+") do
    if not line:find("unsandboxed", 1, true) then lines[#lines + 1] = "  " .. line end
  end
  return table.concat(lines, "\n", math.max(1, #lines - 5))
end

local function download(name, set, folder, to)
  if not shell.has("apt-get") then
    sys.fail(("cannot download Debian's package %s: there is no apt-get here."):format(set.package) .. by_hand(name, set, to))
  end
  local ok, output = shell.run_in(folder, "apt-get", "download", set.package)
  if not ok then
    sys.fail(("apt-get cannot download %s:\n%s\nIf the machine is online, `apt-get update` (as root) may be due.")
             :format(set.package, tail(output)) .. by_hand(name, set, to))
  end
  for _, file in ipairs(sys.list(folder)) do
    if file:find("%.deb$") then return folder .. "/" .. file end
  end
  sys.fail(("apt-get has downloaded %s, but left no .deb file:\n%s"):format(set.package, tail(output)))
end

local function unpack_package(deb, folder)
  sys.make_folder(folder)
  local ok, output
  if shell.has("dpkg-deb") then
    ok, output = shell.run("dpkg-deb", "-x", deb, folder)
  elseif shell.has("ar") and shell.has("tar") then
    ok, output = shell.run_in(folder, "ar", "x", deb)
    if ok then ok, output = shell.run_in(folder, "sh", "-c", "tar -xf data.tar.*") end
  else
    sys.fail(("cannot unpack '%s': neither dpkg-deb nor ar and tar are here"):format(deb))
  end
  if not ok then sys.fail(("cannot unpack '%s':\n%s"):format(deb, tail(output))) end
end

-- A link could lead what is read, or moved away, out of the folder.
local function refuse_links(deb, folder)
  local ok, found = shell.run_in(folder, "find", ".", "-type", "l", "-print", "-quit")
  if not ok then sys.fail(("cannot look through '%s':\n%s"):format(deb, tail(found))) end
  if found ~= "" then
    sys.fail(("'%s' holds a link, %s, which no package of a data set here has: nothing of it is taken"):format(deb,
      found:match("^%.?([^\n]*)")))
  end
end

local function files_below(folder, under, list)
  for _, name in ipairs(sys.list(folder .. under)) do
    local path = under .. "/" .. name
    if sys.exists(folder .. path) == "folder" then files_below(folder, path, list) else list[#list + 1] = path end
  end
  return list
end

local function sum_of(folder)
  local list = files_below(folder, "", {})
  table.sort(list)
  for i, path in ipairs(list) do
    list[i] = ("%s  %s\n"):format(core.io.sha256(sys.read_file(folder .. path)), path)
  end
  return core.io.sha256(table.concat(list))
end

-- ---- the command ----

local function build(name, set, folder, options)
  sys.make_folder(folder .. "/data")
  local deb = sys.real_path(options.from or download(name, set, folder, options.to))
  unpack_package(deb, folder .. "/unpacked")
  refuse_links(deb, folder .. "/unpacked")
  local what = set.build(folder .. "/unpacked", folder .. "/data")
  local sum = sum_of(folder .. "/data")
  if sum ~= set.sha256 and not options.any_version then
    sys.fail(("the files of '%s' are not those of the data set '%s' that is known here: their SHA-256 is %s, expected %s. "
              .. "Results with them cannot be compared with others'. --any-version takes them all the same")
             :format(deb, name, sum, set.sha256))
  end
  sys.write_file(folder .. "/data/about.txt", set.about)
  return what
end

--- Gets a data set unless it is there. Options: to (folder; default: its place at home), from (a .deb file that is here
--- already), any_version (files that differ from those that are known are taken, too). Returns the folder, and what is in it
--- (nil: it was there before).
---@param name string   "emoji" or "fashion-mnist"
---@param options? { to: string?, from: string?, any_version: boolean? }
function fetch.fetch(name, options)
  options = options or {}
  local set = sets[name]
  if not set then
    sys.fail(("there is no data set '%s'%s; known are %s"):format(tostring(name), names.hint(name, places.names),
      table.concat(places.names, ", ")))
  end
  local folder = (options.to or places.home(name)):gsub("(.)/+$", "%1")
  if sys.exists(folder .. "/about.txt") == "file" then return folder end
  if sys.exists(folder) and (sys.exists(folder) ~= "folder" or #sys.list(folder) > 0) then
    sys.fail(("'%s' exists and is no data set that was fetched: remove it, or choose another place with --to=FOLDER")
             :format(folder))
  end
  if options.from and sys.exists(options.from) ~= "file" then
    sys.fail(("there is no file '%s'"):format(options.from))
  end
  local work = ("%s.part.%d"):format(folder, sys.pid())
  local ok, what = xpcall(function()
    sys.make_folder(work)
    local found = build(name, set, work, options)
    if sys.exists(folder) == "folder" then sys.remove(folder) end
    sys.rename(work .. "/data", folder)
    return found
  end, function(message) return message end)
  shell.remove_tree(work)
  if not ok then error(what, 0) end
  return folder, what
end

local usage = [[
mlprun data fetch NAME [--to=FOLDER] [--from=FILE.deb] [--any-version]

  emoji          1,788 colour pictures of 64x64 in eight classes (4.6 MB): the default of the experiments
  fashion-mnist  60,000 + 10,000 grey pictures of 28x28 in ten classes (31 MB)

Both come from Debian's archive and are not installed, only unpacked, to ~/.local/share/mlprun/NAME. Their files are
compared with a sum (SHA-256); --any-version takes others, too.

mlprun data inspect FOLDER looks a folder of pictures over before training.
]]

--- What `mlprun data ...` does; returns the exit status.
function fetch.command(...)
  local words, options, wanted = { ... }, {}, nil
  local i = 1
  while i <= #words do
    local key, value = words[i]:match("^%-%-(%l+)=?(.*)$")
    if key == "help" or words[i] == "-h" then
      io.stdout:write(usage)
      return 0
    elseif words[i] == "--any-version" then
      options.any_version = true
    elseif key == "to" or key == "from" then
      if value == "" then
        i = i + 1
        value = words[i]
      end
      if not value then wanted = ("mlprun: --%s needs a value"):format(key) break end
      options[key] = value
    elseif words[i]:sub(1, 1) == "-" then
      wanted = ("mlprun: unknown option '%s'"):format(words[i])
      break
    else
      options[#options + 1] = words[i]
    end
    i = i + 1
  end
  if not wanted and options[1] ~= "fetch" then
    wanted = options[1] and ("mlprun: data has no command '%s'"):format(options[1]) or "mlprun: data what?"
  elseif not wanted and #options ~= 2 then
    wanted = "mlprun: data fetch takes one name"
  end
  if wanted then
    io.stderr:write(wanted, "\n\n", usage)
    return 2
  end
  local ok, folder, what = pcall(fetch.fetch, options[2], options)
  if not ok then
    io.stderr:write("mlprun: ", tostring(folder), "\n")
    return 1
  end
  print(what and ("%s: %s"):format(folder, what) or ("%s: already there"):format(folder))
  return 0
end

return fetch
