"""Makes the golden data for WebP, BMP, GIF and TIFF: small files, and what Pillow makes of each. Run in this folder:

    pip install numpy pillow==13.0.0
    python3 make.py

list.txt has, for each file, its name and the largest difference of a level that is allowed; NAME.png is
what is expected. Transparent pixels are shown over white."""

import io, struct

import numpy as np
from PIL import Image, ImageOps

rng = np.random.default_rng(20240229)
W, H = 19, 13


def scene():
    """Soft colours with one hard edge, as in ../pictures."""
    y, x = np.mgrid[0:H, 0:W].astype(float)
    r = 128 + 100 * np.sin(x / 5) * np.cos(y / 4)
    g = 255 * x / (W - 1)
    b = np.where(x + y < (W + H) / 3, 220, 40 + 5 * y)
    return np.clip(np.stack([r, g, b], -1) + rng.normal(0, 6, (H, W, 3)), 0, 255).astype(np.uint8)


RGB = scene()
ALPHA = ((np.mgrid[0:H, 0:W].sum(0) * 9) % 256).astype(np.uint8)
photo = Image.fromarray(RGB)
clear = Image.fromarray(np.dstack([RGB, ALPHA]))
grey = photo.convert("L")
palette = photo.quantize(16)
listed = []


def over_white(image):
    image = image.convert("RGBA")
    a = np.asarray(image).astype(int)
    alpha = a[..., 3:]
    return ((a[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def put(name, data, expected=None, tolerance=0):
    """expected: pixels; else what Pillow reads, upright."""
    with open(name, "wb") as f:
        f.write(data)
    if expected is None:
        expected = over_white(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))
    Image.fromarray(np.ascontiguousarray(expected)).save(name + ".png", optimize=True)
    listed.append(f"{name} {tolerance}")


def saved(image, kind, **options):
    f = io.BytesIO()
    image.save(f, kind, **options)
    return f.getvalue()


exif6 = Image.Exif()
exif6[0x112] = 6

# ---- WebP ----

put("lossy.webp", saved(photo, "WEBP", quality=80))
put("lossless.webp", saved(photo, "WEBP", lossless=True))
put("lossy_alpha.webp", saved(clear, "WEBP", quality=80))
put("lossless_alpha.webp", saved(clear, "WEBP", lossless=True, exact=True))
put("exif6.webp", saved(photo, "WEBP", lossless=True, exif=exif6.tobytes()))
frames = [clear, photo.convert("RGBA"), grey.convert("RGBA")]
put("animated.webp", saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True, duration=50))

# ---- GIF ----


def gif_blocks(data):
    return b"".join(bytes([len(data[i : i + 255])]) + data[i : i + 255] for i in range(0, len(data), 255)) + b"\0"


def gif_frame(indices, left, top, interlaced=False, colours=b""):
    """One frame, uncompressed: every code is cleared before the table grows."""
    h, w = indices.shape
    order = [y for first, step in ((0, 8), (4, 8), (2, 4), (1, 2)) for y in range(first, h, step)] if interlaced else range(h)
    codes = [c for y in order for v in indices[y] for c in (16, int(v))] + [17]
    bits = "".join(format(c, "05b")[::-1] for c in codes)
    bits += "0" * (-len(bits) % 8)
    packed = bytes(int(bits[i : i + 8][::-1], 2) for i in range(0, len(bits), 8))
    flags = (0x40 if interlaced else 0) | (0x83 if colours else 0)
    return b"," + struct.pack("<HHHHB", left, top, w, h, flags) + colours + b"\4" + gif_blocks(packed)


def gif(frames, transparent=None, colours=b""):
    control = b"" if transparent is None else b"!\xf9\x04\x01\0\0" + bytes([transparent]) + b"\0"
    return b"GIF89a" + struct.pack("<HHBBB", W, H, 0xF3 if colours else 0x70, 0, 0) + colours + control + b"".join(frames) + b";"


COLOURS = bytes(palette.getpalette()[:48])
INDICES = np.asarray(palette)
EXPECTED = np.frombuffer(COLOURS, np.uint8).reshape(16, 3)[INDICES]
put("plain.gif", saved(palette, "GIF"))
put("grey.gif", saved(grey, "GIF"))
put("own_colours.gif", gif([gif_frame(INDICES, 0, 0, colours=COLOURS)]))
put("interlaced.gif", gif([gif_frame(INDICES, 0, 0, True)], colours=COLOURS))
put("transparent.gif", gif([gif_frame(INDICES, 0, 0)], 3, COLOURS))
put("animated.gif", saved(palette, "GIF", save_all=True, append_images=[grey.quantize(8)], duration=50))
inner = np.full((H, W, 3), 255, np.uint8)  # what no frame covers is transparent
inner[2:10, 3:15] = EXPECTED[2:10, 3:15]
put("inner_frame.gif", gif([gif_frame(INDICES[2:10, 3:15], 3, 2)], colours=COLOURS), inner)

# ---- BMP ----


def bmp(bits, rows, colours=b"", compression=0, masks=b"", height=H, header=40, used=0):
    if header == 12:
        second = struct.pack("<IHHHH", 12, W, height, 1, bits)
    else:
        second = struct.pack("<IiiHHIIiiII", header, W, height, 1, bits, compression, len(rows), 2835, 2835, used, 0)
        second += masks + b"\0" * (header - 40 - len(masks) if header > 40 else 0)
    at = 14 + len(second) + len(colours)
    return b"BM" + struct.pack("<IHHI", at + len(rows), 0, 0, at) + second + colours + rows


def bottom_up(lines):
    return b"".join(line + b"\0" * (-len(line) % 4) for line in list(lines)[::-1])


def packed(indices, bits):
    for row in indices:
        text = "".join(format(int(v), f"0{bits}b") for v in row)
        text += "0" * (-len(text) % 8)
        yield bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8))


def words(pixels, red, green, blue):
    r, g, b = (pixels[..., c].astype(int) for c in range(3))
    for row in ((r * red[0] // 255) << red[1]) | ((g * green[0] // 255) << green[1]) | ((b * blue[0] // 255) << blue[1]):
        yield row.astype("<u2").tobytes()


BGR0 = b"".join(COLOURS[3 * i : 3 * i + 3][::-1] + b"\0" for i in range(16))
BGR = b"".join(COLOURS[3 * i : 3 * i + 3][::-1] for i in range(16))
put("rgb.bmp", saved(photo, "BMP"))
put("grey.bmp", saved(grey, "BMP"))
put("bits_1.bmp", saved(photo.convert("1"), "BMP"))
put("bits_4.bmp", bmp(4, bottom_up(packed(INDICES, 4)), BGR0, used=16), EXPECTED)
put("bits_2.bmp", bmp(2, bottom_up(packed(INDICES % 4, 2)), BGR0[:16], used=4),
    np.frombuffer(COLOURS, np.uint8).reshape(16, 3)[INDICES % 4])
put("core_4.bmp", bmp(4, bottom_up(packed(INDICES, 4)), BGR, header=12), EXPECTED)
put("rgb555.bmp", bmp(16, bottom_up(words(RGB, (31, 10), (31, 5), (31, 0)))))
put("rgb565.bmp", bmp(16, bottom_up(words(RGB, (31, 11), (63, 5), (31, 0))), compression=3, masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F)))
line32 = [np.dstack([RGB[..., ::-1], np.full((H, W), 7, np.uint8)])[y].tobytes() for y in range(H)]
put("bits_32.bmp", bmp(32, bottom_up(line32)))
lines = [np.dstack([RGB[..., ::-1], ALPHA])[y].tobytes() for y in range(H)]
masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
put("alpha.bmp", bmp(32, bottom_up(lines), compression=3, masks=masks, header=108))
hidden = [np.dstack([RGB[..., ::-1], 0 * ALPHA])[y].tobytes() for y in range(H)]
put("alpha_all_0.bmp", bmp(32, bottom_up(hidden), compression=3, masks=masks, header=108), RGB)
top = b"".join(RGB[y, :, ::-1].tobytes() + b"\0" * (-3 * W % 4) for y in range(H))
put("top_down.bmp", bmp(24, top, height=-H))


def runs_8(indices):
    out = b""
    for row in indices[::-1]:
        for x in range(0, W - 8, 2):  # runs of one and two, then the rest as it is
            out += bytes([2, row[x]]) if row[x] == row[x + 1] else bytes([1, row[x], 1, row[x + 1]])
        rest = row[len(range(0, W - 8, 2)) * 2 :].tobytes()
        out += bytes([0, len(rest)]) + rest + b"\0" * (len(rest) % 2) + b"\0\0"
    return out + b"\0\1"


def runs_4(indices):
    out = b""
    for row in indices[::-1]:
        out += bytes([2, row[0] << 4 | row[1]]) + bytes([0, W - 2])
        rest = list(row[2:]) + [0]
        half = bytes(rest[i] << 4 | rest[i + 1] for i in range(0, W - 2, 2))
        out += half + b"\0" * (len(half) % 2) + b"\0\0"
    return out + b"\0\1"


put("runs_8.bmp", bmp(8, runs_8(INDICES.astype(np.uint8)), BGR0, compression=1, used=16), EXPECTED)
put("runs_4.bmp", bmp(4, runs_4(INDICES.astype(int)), BGR0, compression=2, used=16), EXPECTED)
moved = EXPECTED.copy()  # one pixel, two to the right and one up; the rest is of the first colour
moved[:] = np.frombuffer(COLOURS, np.uint8)[:3]
moved[H - 2, 3] = np.frombuffer(COLOURS, np.uint8)[15:18]
put("runs_moved.bmp", bmp(8, b"\1\0\0\2\2\1\1\5\0\1", BGR0, compression=1, used=16), moved)

# ---- TIFF ----

for name, options in {
    "plain": {}, "lzw": {"compression": "tiff_lzw"}, "deflate": {"compression": "tiff_adobe_deflate"},
    "packbits": {"compression": "packbits"}, "lzma": {"compression": "lzma"}, "zstd": {"compression": "zstd"},
    "big": {"big_tiff": True},
}.items():
    put(f"{name}.tiff", saved(photo, "TIFF", **options))
put("jpeg.tiff", saved(photo, "TIFF", compression="jpeg", quality=90), tolerance=1)
put("grey.tiff", saved(grey, "TIFF"))
put("palette.tiff", saved(palette, "TIFF"))
put("bits_1.tiff", saved(photo.convert("1"), "TIFF", compression="group4"))
put("alpha.tiff", saved(clear, "TIFF"), tolerance=1)
put("cmyk.tiff", saved(photo.convert("CMYK"), "TIFF"), tolerance=1)
for o in range(2, 9):
    put(f"turn_{o}.tiff", saved(photo, "TIFF", tiffinfo={274: o}))


def tiff_16(order, samples):
    """Uncompressed, 16 bits a sample, in either byte order."""
    h, w, c = samples.shape
    data = samples.astype(order + "u2").tobytes()
    entries = [(256, 3, 1, w), (257, 3, 1, h), (258, 3, c, 16), (259, 3, 1, 1), (262, 3, 1, 2 if c == 3 else 1),
               (273, 4, 1, 8), (277, 3, 1, c), (278, 3, 1, h), (279, 4, 1, len(data))]
    directory = struct.pack(order + "H", len(entries))
    extra = 8 + len(data) + 2 + 12 * len(entries) + 4
    for tag, kind, count, value in entries:
        if tag == 258 and c == 3:
            directory += struct.pack(order + "HHII", tag, kind, count, extra)
        else:
            directory += struct.pack(order + "HHI", tag, kind, count) + (
                struct.pack(order + "HH", value, 0) if kind == 3 else struct.pack(order + "I", value))
    directory += struct.pack(order + "I", 0) + struct.pack(order + "HHH", 16, 16, 16)
    magic = {"<": b"II*\0", ">": b"MM\0*"}[order]
    return magic + struct.pack(order + "I", 8 + len(data)) + data + directory


deep = RGB.astype(int) * 257 + rng.integers(-128, 128, RGB.shape)
deep = np.clip(deep, 0, 65535)
put("rgb_16.tiff", tiff_16("<", deep), (deep >> 8).astype(np.uint8), tolerance=1)
put("rgb_16_big_endian.tiff", tiff_16(">", deep), (deep >> 8).astype(np.uint8), tolerance=1)
grey_16 = np.repeat((deep[..., :1] >> 8).astype(np.uint8), 3, 2)
put("grey_16.tiff", tiff_16(">", deep[..., :1]), grey_16, tolerance=1)

with open("list.txt", "w") as f:
    f.write("\n".join(listed) + "\n")
