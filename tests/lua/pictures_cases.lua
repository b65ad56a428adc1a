-- Odd files that other readers stumbled over, with what is right for each: size and sum of the levels, or words of the
-- error. The files lie outside of the project: MLPRUN_TEST_CASES, else ../shared/cases.
local t = dofile("tests/lua/harness.lua")
local core = require "mlprun.core"
local data = require "mlprun.data"
local image, sys = core.image, core.sys

local folder = os.getenv("MLPRUN_TEST_CASES") or "../shared/cases"

local JPEG, PNG = "48x32 527004", "48x32 526848"
local TURNED = "32x48 527004"

local right = {
  ["plain.jpg"] = JPEG, ["sos-zero.jpg"] = JPEG, ["sos-al1.jpg"] = JPEG, ["no-eoi.jpg"] = JPEG, ["behind-eoi.jpg"] = JPEG,
  ["junk-1-before-eoi.jpg"] = JPEG, ["junk-64-before-eoi.jpg"] = JPEG, ["junk-65-before-eoi.jpg"] = JPEG,
  ["junk-228-before-eoi.jpg"] = JPEG, ["junk-1403-before-eoi.jpg"] = JPEG, ["zeros-228-before-eoi.jpg"] = JPEG,
  ["rst-plain.jpg"] = "96x64 1649512", ["junk-30-before-rst.jpg"] = "96x64 1649512",
  ["newline-behind.jpg"] = JPEG, ["newline-before.jpg"] = "the content looks like something else",
  ["exif0.jpg"] = JPEG, ["exif9.jpg"] = JPEG, ["exif6-byte.jpg"] = JPEG, ["xmp6-only.jpg"] = JPEG,
  ["exif6-behind-jfif.jpg"] = TURNED, ["exif6-behind-xmp.jpg"] = TURNED, ["exif6-count0.jpg"] = TURNED,
  ["exif6-entries99.jpg"] = TURNED, ["exif6-ifd16.jpg"] = TURNED, ["exif6-long-be.jpg"] = TURNED,
  ["exif6-long-le.jpg"] = TURNED, ["exif6-short-be.jpg"] = TURNED, ["exif6-short-le.jpg"] = TURNED,
  ["exif6-twice-6-then-1.jpg"] = TURNED,
  ["plain.png"] = PNG, ["apng.png"] = PNG, ["extra-idat.png"] = PNG, ["gamma1.png"] = PNG, ["iccp-bad.png"] = PNG,
  ["idat-empty.png"] = PNG, ["idat-junk.png"] = PNG, ["png-rawprofile-exif6.png"] = PNG, ["png-xmp6.png"] = PNG,
  ["trailing.png"] = PNG, ["two-plte.png"] = PNG, ["png-exif6.png"] = "32x48 526848",
  ["bad-crc-iend.png"] = PNG, ["bad-crc-gama.png"] = PNG, ["bad-crc-phys.png"] = PNG, ["bad-crc-text.png"] = PNG,
  ["bad-crc-time.png"] = PNG, ["bad-adler.png"] = "damaged PNG: IDAT: incorrect data check",
  ["no-iend.png"] = "damaged PNG: the file ends early", ["cgbi.png"] = "damaged PNG: CgBI: unhandled critical chunk",
  ["bkgd.png"] = "48x32 922517", ["rgba.png"] = "48x32 922517", ["gray-trns.png"] = "48x32 639360",
  ["gray16.png"] = "48x32 577944", ["gray16-low.png"] = "48x32 0", ["rgb16.png"] = "48x32 528832",
  ["pal-short.png"] = "48x32 195840", ["pal-trns-long.png"] = "48x32 304128", ["pal-trns-short.png"] = "48x32 597504",
}

t.test("odd files are read as the usual readers do", function()
  if sys.exists(folder) ~= "folder" then t.skip("no folder of odd files") end
  for name, expected in pairs(right) do
    local ok, got = pcall(image.load, folder .. "/" .. name)
    if ok then
      t.equal(("%dx%d %d"):format(got.width, got.height, got:tensor():long():sum():item()), expected, name)
    else
      t.ok(tostring(got):find(expected, 1, true), ("%s: %q in %q"):format(name, expected, tostring(got)))
    end
  end
end)

t.test("pictures of every format count", function()
  if sys.exists(folder) ~= "folder" then t.skip("no folder of odd files") end
  local report = data.inspect(folder .. "/mixed", { near = false })
  t.equal({ report.good, #report.corrupt, report.passed_over.other }, { 12, 0, 0 })
  t.equal(report.formats, { PNG = 8, WebP = 1, BMP = 1, GIF = 1, TIFF = 1 })
end)

t.test("lists and folders are read as they are meant", function()
  if sys.exists(folder) ~= "folder" then t.skip("no folder of odd files") end
  for name, count in pairs { space = 4, spq = 3, bomcrlf = 4, win = 3 } do
    local set = data.open(("%s/%s.csv"):format(folder, name))
    t.equal({ set.classes, #set, #set:bad_files() }, { { "cat", "dog" }, count, 0 }, name)
  end
  local set = data.open(folder .. "/splits")
  t.equal({ set.classes, set.parts, #set }, { { "cats", "dogs" }, { "train", "test" }, 12 })
end)

t.done()
