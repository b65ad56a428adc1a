return [==[
augment.Compose({ transforms } [, { p = 1 }])
  Transforms one after the other; transform(image) gives a tensor or an image. p: how often at all.
  The result of a picture follows from seed, epoch and its number: the same on any number of threads.
  > t = augment.Compose { augment.Resize(8, 8), augment.HorizontalFlip { p = 0.5 }, augment.Normalize(), augment.ToTensorV2() }
  > print(t)
  see augment.OneOf, Dataset:with
augment.OneOf({ transforms } [, { p = 0.5 }])
  One of the transforms, drawn by their p; p: how often at all.
  > augment.OneOf { augment.MotionBlur { p = 1 }, augment.RandomFog { p = 1 } }
augment.Affine { scale = 1, translate_percent = nil, translate_px = nil, rotate = 0, shear = 0, interpolation = "linear",
    keep_ratio = false, balanced_scale = false, border_mode = "constant", fill = 0, p = 0.5 }
  Zooms, shifts, turns and shears about the centre. A range is { low, high }; rotate in degrees, counter-clockwise.
  > augment.Affine { scale = { 0.8, 1.2 }, rotate = { -15, 15 }, p = 1 }
augment.ShiftScaleRotate { shift_limit = 0.0625, scale_limit = 0.1, rotate_limit = 45, interpolation = "linear",
    border_mode = "constant", shift_limit_x = nil, shift_limit_y = nil, fill = 0, p = 0.5 }
  Shifts (by a share of the size), zooms (1 + scale) and turns (degrees) about the centre; a number means -number to number.
  > augment.ShiftScaleRotate { rotate_limit = 20, p = 0.5 }
augment.Rotate { limit = 90, interpolation = "linear", border_mode = "constant", fill = 0, p = 0.5 }
  Turns about the centre by up to `limit` degrees; the size stays.
  > augment.Rotate { limit = 10 }
augment.HorizontalFlip { p = 0.5 }
  Mirrors left and right.
  > augment.HorizontalFlip { p = 0.5 }
augment.VerticalFlip { p = 0.5 }
  Mirrors top and bottom.
augment.Transpose { p = 0.5 }
  Swaps rows and columns.
augment.RandomRotate90 { p = 1 }
  Turns by 0, 90, 180 or 270 degrees.
augment.Resize(height, width [, { interpolation = "linear", area_for_downscale = nil, p = 1 }])
  Gives the picture a fixed size: the pixels that OpenCV gives. area_for_downscale = "image": average areas where it shrinks.
  > augment.Resize(64, 64)
augment.CenterCrop(height, width [, { p = 1 }])
  Cuts the middle out.
augment.RandomCrop(height, width [, { p = 1 }])
  Cuts a piece out, anywhere.
augment.RandomResizedCrop(height, width [, { scale = { 0.08, 1 }, ratio = { 0.75, 1.333 }, interpolation = "linear", p = 1 }])
  Cuts a piece of random area (a share of the picture's) and shape (width / height) out and resizes it.
  > augment.RandomResizedCrop(64, 64, { scale = { 0.5, 1 } })
augment.RandomBrightnessContrast { brightness_limit = 0.2, contrast_limit = 0.2, brightness_by_max = true,
    ensure_safe_range = false, p = 0.5 }
  Changes brightness and contrast; a number means -number to number.
  > augment.RandomBrightnessContrast { p = 0.2 }
augment.RandomGamma { gamma_limit = { 80, 120 }, p = 0.5 }
  Raises levels to a power (in percent).
augment.GaussNoise { std_range = { 0.2, 0.44 }, mean_range = { 0, 0 }, per_channel = true, p = 0.5 }
  Adds normally distributed noise; ranges are shares of 255.
  > augment.GaussNoise { std_range = { 0.05, 0.1 } }
augment.Blur { blur_limit = { 3, 7 }, p = 0.5 }
  Averages over a square.
augment.MotionBlur { blur_limit = { 3, 7 }, allow_shifted = true, angle_range = { 0, 360 }, direction_range = { -1, 1 },
    p = 0.5 }
  Blurs along a line, as a moving camera does; blur_limit in pixels, odd; angles in degrees.
  > augment.MotionBlur { blur_limit = 5, p = 0.2 }
augment.RandomFog { fog_coef_range = { 0.3, 1 }, alpha_coef = 0.08, p = 0.5 }
  Lays fog over the picture, denser in the middle.
  > augment.RandomFog { p = 0.1 }
augment.CoarseDropout { num_holes_range = { 1, 2 }, hole_height_range = { 0.1, 0.2 }, hole_width_range = { 0.1, 0.2 },
    fill = 0, p = 0.5 }
  Covers rectangles with one colour; a side is a share of the picture (below 1) or whole pixels, each range in its own unit.
  > augment.CoarseDropout { num_holes_range = { 1, 3 }, p = 0.5 }
augment.Posterize { num_bits = 4, p = 0.5 }
  Keeps the upper bits of every level.
augment.Solarize { threshold_range = { 0.5, 0.5 }, p = 0.5 }
  Inverts the levels above a threshold.
augment.InvertImg { p = 0.5 }
  Makes a negative.
augment.ToGray { num_output_channels = 3, method = "weighted_average", p = 0.5 }
  Takes the colour away.
augment.NoOp { p = 0.5 }
  Does nothing: useful in OneOf.
augment.Normalize { mean = { 0.485, 0.456, 0.406 }, std = { 0.229, 0.224, 0.225 }, max_pixel_value = 255,
    normalization = "standard", p = 1 }
  Makes floats of levels: (level / 255 - mean) / std. Without arguments with ImageNet's statistics.
  > augment.Normalize { mean = { 0.5 }, std = { 0.5 } }
  see Dataset:statistics
augment.ToTensorV2 { p = 1 }
  Puts channels first, C x H x W: what nets take. Values stay.
  > augment.ToTensorV2()
augment.names()
  The names of all transforms, sorted.
augment.describe(name)
  What there is to know about a transform: doc, p, and its parameters with defaults and limits.
  > augment.describe("HorizontalFlip").p
]==]
