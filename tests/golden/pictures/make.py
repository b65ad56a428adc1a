"""Makes the golden data of the pictures tests: a zoo of small JPEG and PNG files with what they decode to, and results
of OpenCV's and Albumentations' arithmetic. Run in this folder:

    pip install numpy pillow opencv-python-headless==5.0.0 albumentations==2.0.8 torch==2.13.0 torchvision==0.28.0
    python3 make.py

zoo.txt lists the files; expected/NAME.png is what Pillow (JPEG) or the PNG specification (PNG) makes of each. cases.txt
lists the operations: name, input, output, parameters."""

import io, os, struct, warnings, zlib

os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
warnings.simplefilter("ignore")
import albucore
import albumentations
import cv2
import numpy as np
from PIL import Image

rng = np.random.default_rng(20240229)
W, H = 19, 13


def scene(width, height):
    """Soft colours with one hard edge: compresses like a photo, shows misplaced pixels."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    r = 128 + 100 * np.sin(x / 5) * np.cos(y / 4)
    g = 255 * x / max(width - 1, 1)
    b = np.where(x + y < (width + height) / 3, 220, 40 + 5 * y)
    noise = rng.normal(0, 6, (height, width, 3))
    return np.clip(np.stack([r, g, b], -1) + noise, 0, 255).astype(np.uint8)


os.makedirs("zoo", exist_ok=True)
os.makedirs("expected", exist_ok=True)
os.makedirs("cases", exist_ok=True)
zoo = []


def write_png(path, pixels):
    Image.fromarray(pixels).save(path, optimize=True)


def put(name, data, expected):
    with open(f"zoo/{name}", "wb") as f:
        f.write(data)
    write_png(f"expected/{name}.png", expected)
    zoo.append(name)


# ---- JPEG ----

RGB = scene(W, H)
GREY = cv2.cvtColor(RGB, cv2.COLOR_RGB2GRAY)


def jpeg(image, **options):
    f = io.BytesIO()
    image.save(f, "JPEG", **{"quality": 92, **options})
    return f.getvalue()


def put_jpeg(name, data, upright=lambda a: a):
    decoded = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    put(name, data, np.ascontiguousarray(upright(decoded)))


photo = Image.fromarray(RGB)
put_jpeg("baseline_420.jpg", jpeg(photo, subsampling=2))
put_jpeg("baseline_422.jpg", jpeg(photo, subsampling=1))
put_jpeg("baseline_444.jpg", jpeg(photo, subsampling=0))
put_jpeg("progressive.jpg", jpeg(photo, progressive=True))
put_jpeg("optimised.jpg", jpeg(photo, optimize=True))
put_jpeg("grey.jpg", jpeg(Image.fromarray(GREY)))
put_jpeg("grey_progressive.jpg", jpeg(Image.fromarray(GREY), progressive=True))
put_jpeg("restart.jpg", jpeg(photo, subsampling=0, restart_marker_blocks=1))
put_jpeg("rgb.jpg", jpeg(photo, keep_rgb=True, subsampling=0))
put_jpeg("quality_5.jpg", jpeg(photo, quality=5))
put_jpeg("one_pixel.jpg", jpeg(Image.fromarray(RGB[:1, :1])))
put_jpeg("long_row.jpg", jpeg(Image.fromarray(np.repeat(RGB[:1], 9, 1).reshape(1, -1, 3)[:, :161])))
for sampling in (cv2.IMWRITE_JPEG_SAMPLING_FACTOR_411, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_440):
    ok, data = cv2.imencode(".jpg", RGB[:, :, ::-1], [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling])
    put_jpeg("sampling_%06x.jpg" % sampling, data.tobytes())

cmyk = jpeg(photo.convert("CMYK"), subsampling=0)
put_jpeg("cmyk_adobe.jpg", cmyk)
at = cmyk.index(b"Adobe\0")
put_jpeg("ycck_adobe.jpg", cmyk[: at + 11] + b"\2" + cmyk[at + 12 :])
put_jpeg("cmyk_bare.jpg", cmyk[: at - 4] + cmyk[at + 12 :])


def exif(orientation, order):
    e = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "I", 8)
    entries = [(0x10F, 3, 7), (0x112, 3, orientation), (0x128, 3, 2)]
    e += struct.pack(order + "H", len(entries))
    for tag, kind, value in entries:
        e += struct.pack(order + "HHIHH", tag, kind, 1, value, 0)
    return b"Exif\0\0" + e + struct.pack(order + "I", 0)


turn = {
    1: lambda a: a, 2: lambda a: a[:, ::-1], 3: lambda a: a[::-1, ::-1], 4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2), 6: lambda a: np.rot90(a, -1), 7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a, 1),
}
for o in range(1, 9):
    put_jpeg(f"exif_{o}.jpg", jpeg(photo, exif=exif(o, "<>"[o % 2])), turn[o])
put_jpeg("exif_9.jpg", jpeg(photo, exif=exif(9, "<")))
body = jpeg(photo)
bad = exif(6, "<")[:14] + b"\xff\xff\xff\x7f"
put_jpeg("exif_damaged.jpg", body[:2] + b"\xff\xe1" + struct.pack(">H", len(bad) + 2) + bad + body[2:])
put_jpeg("stray_bytes.jpg", body[:-2] + b"\0\0\0\0" + body[-2:])
put_jpeg("tail.jpg", body + b"something behind the end" * 20)
put("no_end_marker.jpg", body[:-2], np.asarray(Image.open(io.BytesIO(body)).convert("RGB")))  # all rows are there

# ---- PNG, by the book ----


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pack(samples, depth):
    """samples: h x w x c integers -> filtered rows of bytes"""
    out = b""
    for row in samples.reshape(samples.shape[0], -1):
        if depth == 16:
            line = row.astype(">u2").tobytes()
        elif depth == 8:
            line = row.astype(np.uint8).tobytes()
        else:
            bits = "".join(format(int(v), f"0{depth}b") for v in row)
            bits += "0" * (-len(bits) % 8)
            line = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
        out += b"\0" + line
    return out


def png(samples, depth, kind, interlaced=False, extra=b""):
    h, w = samples.shape[:2]
    data = b""
    if interlaced:
        for x0, y0, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]:
            part = samples[y0::dy, x0::dx]
            if part.size:
                data += pack(part, depth)
    else:
        data = pack(samples, depth)
    head = struct.pack(">IIBBBBB", w, h, depth, kind, 0, 0, int(interlaced))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b"")


def over_white(colour, alpha):
    colour, alpha = colour.astype(int), alpha.astype(int)[..., None]
    return ((colour * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def replicate(grey):
    return np.repeat(grey.reshape(grey.shape[0], grey.shape[1], 1), 3, 2)


wide = rng.integers(0, 65536, (H, W, 3))
alpha8 = np.clip(GREY.astype(int) * 2 - 128, 0, 255).astype(np.uint8)
for interlaced in (False, True):
    tag = "_interlaced" if interlaced else ""
    for depth in (1, 2, 4, 8):
        levels = GREY.astype(int) >> (8 - depth)
        shown = (levels * 255 // (2**depth - 1)).astype(np.uint8)
        put(f"grey_{depth}{tag}.png", png(levels[..., None], depth, 0, interlaced), replicate(shown))
    put(f"grey_16{tag}.png", png(wide[..., :1], 16, 0, interlaced), replicate((wide[..., 0] >> 8).astype(np.uint8)))
    put(f"rgb_8{tag}.png", png(RGB, 8, 2, interlaced), RGB)
    put(f"rgb_16{tag}.png", png(wide, 16, 2, interlaced), (wide >> 8).astype(np.uint8))
    for depth in (1, 2, 4, 8):
        n = min(2**depth, 40)
        colours = rng.integers(0, 256, (n, 3)).astype(np.uint8)
        index = rng.integers(0, n, (H, W, 1))
        palette = chunk(b"PLTE", colours.tobytes())
        put(f"palette_{depth}{tag}.png", png(index, depth, 3, interlaced, palette), colours[index[..., 0]])
        opacity = rng.integers(0, 256, n // 2 + 1).astype(np.uint8)
        full = np.concatenate([opacity, np.full(n - len(opacity), 255, np.uint8)])
        put(f"palette_{depth}_trns{tag}.png", png(index, depth, 3, interlaced, palette + chunk(b"tRNS", opacity.tobytes())),
            over_white(colours[index[..., 0]], full[index[..., 0]]))
    put(f"grey_alpha_8{tag}.png", png(np.dstack([GREY, alpha8]), 8, 4, interlaced), over_white(replicate(GREY), alpha8))
    put(f"rgba_8{tag}.png", png(np.dstack([RGB, alpha8]), 8, 6, interlaced), over_white(RGB, alpha8))
    wide_alpha = rng.integers(0, 65536, (H, W))
    put(f"rgba_16{tag}.png", png(np.dstack([wide, wide_alpha]), 16, 6, interlaced),
        over_white((wide >> 8).astype(np.uint8), (wide_alpha >> 8).astype(np.uint8)))
    put(f"grey_alpha_16{tag}.png", png(np.dstack([wide[..., 0], wide_alpha]), 16, 4, interlaced),
        over_white(replicate((wide[..., 0] >> 8).astype(np.uint8)), (wide_alpha >> 8).astype(np.uint8)))
key = int(GREY[3, 3])
put("grey_8_trns.png", png(GREY[..., None], 8, 0, False, chunk(b"tRNS", struct.pack(">H", key))),
    over_white(replicate(GREY), np.where(GREY == key, 0, 255)))
key = [int(v) for v in RGB[5, 5]]
put("rgb_8_trns.png", png(RGB, 8, 2, False, chunk(b"tRNS", struct.pack(">HHH", *key))),
    over_white(RGB, np.where((RGB == key).all(-1), 0, 255)))
put("gamma.png", png(RGB, 8, 2, False, chunk(b"gAMA", struct.pack(">I", 100000))), RGB)
put("text.png", png(RGB, 8, 2, False, chunk(b"tEXt", b"Comment\0" + b"x" * 300)), RGB)

with open("zoo.txt", "w") as f:
    f.write("\n".join(zoo) + "\n")

# ---- arithmetic ----

cases = []
rgb = scene(40, 37)
rgb[10:20, 10:30] = rng.integers(0, 256, (10, 20, 3))
grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
tiny, small = scene(5, 4), rgb[8:20, 8:24].copy()
for name, image in (("rgb", rgb), ("grey", grey), ("tiny", tiny), ("small", small)):
    write_png(f"cases/{name}.png", image)
images = {"small": small, "rgb": rgb, "grey": grey, "tiny": tiny}


def case(op, source, result, *parameters):
    name = f"{len(cases):03d}.png"
    if result.dtype == np.uint8:
        write_png(f"cases/{name}", result)
    else:
        name = f"{len(cases):03d}.f32"
        result.astype("<f4").tofile(f"cases/{name}")
    cases.append(" ".join([op, source + ".png", name, *(repr(float(p)) for p in parameters)]))


methods = [cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_AREA]
for source, sizes in (("rgb", [(20, 20), (13, 7), (64, 50)]), ("grey", [(28, 28), (90, 20)]), ("tiny", [(9, 9), (2, 3), (5, 8)])):
    for w, h in sizes:
        for code, method in enumerate(methods):
            case("resize", source, cv2.resize(images[source], (w, h), interpolation=method), w, h, code)
for source in ("rgb", "grey", "tiny"):
    a = images[source]
    case("flip", source, np.ascontiguousarray(a[:, ::-1]), 1, 0)
    case("flip", source, np.ascontiguousarray(a[::-1]), 0, 1)
for alpha, beta in ((1.2, 25.5), (0.8, -51.0), (1.13, 7.3), (0.93, -20.1)):
    case("brightness_contrast", "rgb", albucore.multiply_add(rgb, alpha, beta, False), alpha, beta)
fill = (10, 200, 37)
for source in ("rgb", "grey", "tiny"):
    a = images[source]
    h, w = a.shape[:2]
    for angle, scale, tx, border in ((30, 1, 0, 0), (-12, 1.1, 3, 4), (45, 0.5, 0.7, 2), (7, 1.3, -4, 1), (100, 0.7, 2, 3)):
        m = cv2.getRotationMatrix2D((w / 2 - 0.5, h / 2 - 0.5), angle, scale)
        m[0, 2] += tx
        case("affine", source, cv2.warpAffine(a, m, (w, h), flags=1, borderMode=border, borderValue=fill), *m.ravel(), 1, border, *fill)
    m = np.array([[1.37, 0.21, -3.3], [-0.17, 0.83, 2.2]])
    case("affine", source, cv2.warpAffine(a, m, (w, h), flags=0, borderMode=0, borderValue=fill), *m.ravel(), 0, 0, *fill)
for k in (3, 5, 7):
    case("blur", "rgb", cv2.blur(rgb, (k, k)), k)
    case("gaussian", "rgb", cv2.GaussianBlur(rgb, (k, k), 0), k)
case("gaussian", "grey", cv2.GaussianBlur(grey, (13, 13), 0), 13)
case("blur", "tiny", cv2.blur(tiny, (7, 7)), 7)
for k, cells in ((3, 3), (5, 4), (7, 7)):
    kernel = np.zeros((k, k), np.float32)
    kernel.flat[rng.choice(k * k, cells, replace=False)] = 1
    kernel /= kernel.sum()
    case("filter", "rgb", cv2.filter2D(rgb, -1, kernel), k, *kernel.ravel())
case("gray", "rgb", albumentations.ToGray(p=1)(image=rgb)["image"], 0)
for code, method in ((1, "desaturation"), (2, "average"), (3, "max")):
    case("gray", "rgb", albumentations.ToGray(method=method, p=1)(image=rgb)["image"], code)
for way, name in enumerate(["standard", "image", "image_per_channel", "min_max", "min_max_per_channel"]):
    case("normalize", "small", albumentations.Normalize(normalization=name)(image=small)["image"], 3, 0.485, 0.456, 0.406, 0.229, 0.224, 0.225, way)
case("normalize", "grey", albumentations.Normalize(mean=0.5, std=0.25)(image=grey)["image"], 1, 0.5, 0.25, 0)


def centred(name, source, transform, *parameters):
    case(name, source, transform(image=images[source])["image"], *parameters)


centred("rotate", "rgb", albumentations.Rotate(limit=(30, 30), p=1), 30)
centred("rotate", "grey", albumentations.Rotate(limit=(-75, -75), p=1), -75)
centred("shift_scale_rotate", "rgb", albumentations.ShiftScaleRotate(shift_limit=(0.1, 0.1), scale_limit=(0.2, 0.2), rotate_limit=(15, 15), p=1), 0.1, 0.2, 15)
centred("shear", "rgb", albumentations.Affine(shear={"x": (10, 10), "y": (-5, -5)}, rotate=(20, 20), scale=(1.1, 1.1), translate_px={"x": (3, 3), "y": (-2, -2)}, p=1), 10, -5, 20, 1.1, 3, -2)


# Transforms without anything to draw, by name: each parameter as its count of numbers and the numbers.
case("Transpose", "rgb", albumentations.Transpose(p=1)(image=rgb)["image"])
case("InvertImg", "rgb", albumentations.InvertImg(p=1)(image=rgb)["image"])
case("Posterize", "rgb", albumentations.Posterize(num_bits=3, p=1)(image=rgb)["image"], 2, 3, 3)
case("Solarize", "rgb", albumentations.Solarize(threshold_range=(0.4, 0.4), p=1)(image=rgb)["image"], 2, 0.4, 0.4)
case("RandomGamma", "rgb", albumentations.RandomGamma(gamma_limit=(80, 80), p=1)(image=rgb)["image"], 2, 80, 80)
case("RandomGamma", "grey", albumentations.RandomGamma(gamma_limit=(120, 120), p=1)(image=grey)["image"], 2, 120, 120)
case("CenterCrop", "rgb", albumentations.CenterCrop(10, 21)(image=rgb)["image"], 1, 10, 1, 21)
case("CenterCrop", "grey", albumentations.CenterCrop(37, 40)(image=grey)["image"], 1, 37, 1, 40)



def drawn(source, transform, *values):
    """A transform by name whose ranges leave it nothing to draw; a value is one number or all numbers of a parameter,
    None where it is not given."""
    numbers = []
    for value in values:
        given = [] if value is None else [*np.ravel(value)]
        numbers += [len(given), *given]
    case(type(transform).__name__, source, transform(image=images[source].copy())["image"], *numbers)  # some write into it


A = albumentations
one = (1, 1)
for factors in ((1.3, 1, 1, 0), (0, 1, 1, 0), (1, 0.6, 1, 0), (1, 1.7, 1, 0), (1, 0, 1, 0), (1, 1, 0.4, 0), (1, 1, 1.9, 0),
                (1, 1, 1, 0.17), (1, 1, 1, -0.5)):
    ranges = [(f, f) for f in factors]
    drawn("rgb", A.ColorJitter(*ranges, p=1), *ranges)
drawn("grey", A.ColorJitter(one, (0.6, 0.6), one, (0, 0), p=1), one, (0.6, 0.6), one, (0, 0))
for source, shifts in (("rgb", (10, 20, -15)), ("rgb", (-10.7, -33.3, 40.6)), ("grey", (0, 0, 25.5))):
    ranges = [(s, s) for s in shifts]
    drawn(source, A.HueSaturationValue(*ranges, p=1), *ranges)
for shifts in ((15.7, -20.2, 0.4), (-0.1, 40, -40)):
    ranges = [(s, s) for s in shifts]
    drawn("rgb", A.RGBShift(*ranges, p=1), *ranges)
for sigma, size in ((0.5, 0), (1.3, 0), (3, 0), (2, 7), (1, 4), (20, 9)):
    drawn("rgb", A.GaussianBlur((size, size), (sigma, sigma), p=1), (size, size), (sigma, sigma))
for source, size in (("rgb", 3), ("rgb", 5), ("grey", 7), ("tiny", 11)):
    drawn(source, A.MedianBlur((size, size), p=1), (size, size))
for source, mode, by_channels in (("rgb", "cv", True), ("rgb", "cv", False), ("rgb", "pil", True), ("rgb", "pil", False),
                                  ("grey", "cv", True), ("grey", "pil", True), ("small", "pil", True)):
    drawn(source, A.Equalize(mode, by_channels, p=1), ["cv", "pil"].index(mode), by_channels)
for source, clip, grid in (("grey", 4, (8, 8)), ("grey", 1.5, (5, 2)), ("rgb", 4, (8, 8)), ("rgb", 2, (3, 1)), ("tiny", 4, (8, 8))):
    drawn(source, A.CLAHE((clip, clip), grid, p=1), (clip, clip), grid)
POSITIONS = ["center", "top_left", "top_right", "bottom_left", "bottom_right"]
for i, position in enumerate(POSITIONS):
    drawn("small", A.PadIfNeeded(15, 17, position=position, border_mode=i, fill=(9, 200, 70)), 15, 17, None, None, i, i, (9, 200, 70))
drawn("tiny", A.PadIfNeeded(None, 20, pad_height_divisor=7, border_mode=2), None, 20, 7, None, 0, 2)
drawn("rgb", A.PadIfNeeded(37, 10), 37, 10)

# Warps; colours outside are (10, 200, 37).
for source, border in (("rgb", 0), ("grey", 4), ("tiny", 2)):
    a = images[source]
    h, w = a.shape[:2]
    m = cv2.getRotationMatrix2D((w / 2 - 0.5, h / 2 - 0.5), 25, 1.2)
    case("affine", source, cv2.warpAffine(a, m, (w, h), flags=2, borderMode=border, borderValue=fill), *m.ravel(), 2, border, *fill)
    y, x = np.mgrid[0:h, 0:w].astype(float)
    for way in range(3):
        maps = [(x + 2.5 * np.sin(y / 3)).astype(np.float32), (y + 2.5 * np.cos(x / 4)).astype(np.float32)]
        case("remap", source, cv2.remap(a, *maps, way, borderMode=border, borderValue=fill), 2.5, way, border)
corners = np.float32([[3, 2], [37, 4], [34, 33], [1, 30]])
for way, border, keep, fit in ((1, 0, True, False), (2, 4, True, False), (1, 0, False, False), (1, 0, True, True), (0, 1, False, True)):
    G = albumentations.augmentations.geometric.functional
    matrix, width, height = G.compute_perspective_params(corners.copy(), (37, 40))
    if fit:
        matrix, width, height = G.expand_transform(matrix, (37, 40))
    case("perspective", "rgb", G.perspective(rgb, matrix, width, height, fill, border, keep, way), *corners.ravel(), way, border, keep, fit)
for source, steps, stretch, normalized in (("rgb", 5, 0.2, False), ("rgb", 3, -0.3, True), ("grey", 7, 0.3, True), ("small", 5, -0.2, False)):
    drawn(source, A.GridDistortion(steps, (stretch, stretch), 1, normalized, border_mode=4, p=1), steps, (stretch, stretch), 1, normalized, 4)
for source, quality in (("rgb", 60), ("rgb", 100), ("grey", 30), ("small", 5)):
    drawn(source, A.ImageCompression(quality_range=(quality, quality), p=1), 0, (quality, quality))
drawn("small", A.GridDropout(0.3, False, holes_number_xy=(4, 4), shift_xy=(1, 0), fill=(9, 80, 200), p=1), 0.3, 0, None, (4, 4), (1, 0), (9, 80, 200))
for source, cutoff, method in (("rgb", 0, "cdf"), ("rgb", 10, "cdf"), ("rgb", 0, "pil"), ("grey", 7.5, "pil"), ("small", 60, "cdf"),
                               ("grey", 0, "cdf")):
    drawn(source, A.AutoContrast(cutoff, None, method, p=1), cutoff, ["cdf", "pil"].index(method))
for source, alpha, lightness in (("rgb", 0.2, 0.5), ("grey", 0.5, 1), ("tiny", 1, 0)):
    drawn(source, A.Sharpen((alpha, alpha), (lightness, lightness), p=1), (alpha, alpha), (lightness, lightness))

# The operations of torchvision's RandAugment on u8 tensors.
import torch
from torchvision.transforms import InterpolationMode, autoaugment

OPS = ["Identity", "ShearX", "ShearY", "TranslateX", "TranslateY", "Rotate", "Brightness", "Color", "Contrast", "Sharpness",
       "Posterize", "Solarize", "AutoContrast", "Equalize"]


def rand_op(source, name, value, linear=False, fill=None):
    a = images[source] if images[source].ndim == 3 else images[source][..., None]
    channels = a.shape[2]
    way = InterpolationMode.BILINEAR if linear else InterpolationMode.NEAREST
    outside = [float(f) for f in fill[:channels]] if fill else None
    out = autoaugment._apply_op(torch.from_numpy(a.transpose(2, 0, 1).copy()), name, value, way, outside)
    case("rand_op", source, out.numpy().transpose(1, 2, 0).squeeze(), OPS.index(name), value, linear, *(fill or (0, 0, 0)))


for source, linear, fill in (("rgb", False, None), ("grey", True, None), ("small", True, None), ("tiny", False, (9, 200, 70))):
    h, w = images[source].shape[:2]
    for name, value in (("ShearX", 0.09), ("ShearX", -0.3), ("ShearY", 0.15), ("TranslateX", 150 / 331 * w * 0.3),
                        ("TranslateY", -150 / 331 * h * 0.7), ("Rotate", 9.0), ("Rotate", -27.0)):
        rand_op(source, name, value, linear, fill)
for source in ("rgb", "grey", "tiny"):
    for name in ("Brightness", "Color", "Contrast", "Sharpness"):
        for value in (0.27, -0.9):
            rand_op(source, name, value)
    for name, value in (("Posterize", 7), ("Posterize", 4), ("Solarize", 178.5), ("Solarize", 0.0), ("AutoContrast", 0.0),
                        ("Equalize", 0.0), ("Identity", 0.0)):
        rand_op(source, name, value)

# The same with the values of a magnitude, halfway between pixels too.
for source, bins, magnitude, linear, fill in (("rgb", 31, 30, False, None), ("grey", 31, 23, True, None), ("small", 17, 13, False, (9, 200, 70))):
    h, w = images[source].shape[:2]
    for name, (values, signed) in autoaugment.RandAugment()._augmentation_space(bins, (h, w)).items():
        value = float(values[magnitude].item()) if values.ndim else 0.0
        rand_op(source, name, -value if signed else value, linear, fill)
        cases[-1] = cases[-1].replace("rand_op", "rand_magnitude") + f" {magnitude} {bins}"
with open("cases.txt", "w") as f:
    f.write("\n".join(cases) + "\n")
