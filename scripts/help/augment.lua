return [==[
augment.Compose(transforms: Transform[], { p = 1 }?) -> Transform
  Transforms one after the other; transform(image) gives a tensor or an image. p: how often at all.
  The result of a picture follows from seed, epoch and its number: the same on any number of threads.
  > t = augment.Compose { augment.Resize(8, 8), augment.HorizontalFlip { p = 0.5 }, augment.Normalize(), augment.ToTensorV2() }
  > print(t)
  see augment.OneOf, Dataset:with
augment.OneOf(transforms: Transform[], { p = 0.5 }?) -> Transform
  One of the transforms, drawn by their p; p: how often at all.
  > augment.OneOf { augment.MotionBlur { p = 1 }, augment.RandomFog { p = 1 } }
augment.Lambda(f: function, { p = 1 }?) -> Transform
  A step of your own: f(image, rng) returns the new picture, an Image or a tensor (of levels, or of floats from 0 to 1).
  rng gives random numbers that belong to the picture and the epoch, so results do not depend on workers or on what came
  before; math.random would. Lua runs in one thread, so a DataLoader whose pipeline has a Lambda has no workers: it loads
  in the thread that asks for the batch, and `print(loader)` says so. Levels come in: it stands before Normalize.
  > darker = augment.Lambda(function(image, rng) return image:tensor():to("f32") / 255 * rng:uniform(0.5, 1) end)
  > t = augment.Compose { augment.Resize(8, 8), darker, augment.Normalize(), augment.ToTensorV2() }
  > print(t)
  see Rng:uniform
Rng:uniform(low: number?, high: number?) -> number
  A random number of at least low (0) and below high (1).
  > augment.Lambda(function(image, rng) return rng:uniform() < 0.5 and augment.InvertImg { p = 1 }(image) or image end)
  see augment.Lambda
Rng:normal(mean: number?, std: number?) -> number
  A random number, normally distributed: mean 0 and standard deviation 1 where they are not given.
Rng:integer(low: integer, high: integer) -> integer
  A random whole number from low to high.
Rng:close()
  Ends it; the end of the call does, too.
augment.Affine
  > augment.Affine { scale = { 0.8, 1.2 }, rotate = { -15, 15 }, p = 1 }
augment.ShiftScaleRotate
  A limit that is one number means -number to number.
  > augment.ShiftScaleRotate { rotate_limit = 20, p = 0.5 }
augment.Rotate
  > augment.Rotate { limit = 10 }
augment.Perspective
  > augment.Perspective { scale = { 0.02, 0.08 }, p = 0.5 }
augment.ElasticTransform
  With the defaults, which are Albumentations', hardly anything moves: alpha is for you to choose.
  > augment.ElasticTransform { alpha = 60, sigma = 6, p = 0.5 }
augment.GridDistortion
  > augment.GridDistortion { distort_limit = 0.2, border_mode = "reflect_101" }
augment.HorizontalFlip
  > augment.HorizontalFlip { p = 0.5 }
augment.Resize
  The pixels are those that OpenCV gives.
  > augment.Resize(64, 64)
augment.RandomResizedCrop
  size = { 64, 64 } says the same as two numbers.
  > augment.RandomResizedCrop(64, 64, { scale = { 0.5, 1 } })
augment.PadIfNeeded
  > augment.PadIfNeeded { min_height = 72, min_width = 72, border_mode = "reflect_101" }
augment.RandomBrightnessContrast
  A limit that is one number means -number to number.
  > augment.RandomBrightnessContrast { p = 0.2 }
augment.ColorJitter
  A factor that is one number x means 1 - x to 1 + x; a hue, -x to x.
  > augment.ColorJitter { brightness = 0.2, contrast = 0.2, saturation = 0.2, hue = 0.05 }
augment.HueSaturationValue
  > augment.HueSaturationValue { hue_shift_limit = 10, p = 0.3 }
augment.RGBShift
  > augment.RGBShift { p = 0.3 }
augment.GaussNoise
  > augment.GaussNoise { std_range = { 0.05, 0.1 } }
augment.ISONoise
  > augment.ISONoise { intensity = { 0.1, 0.3 }, p = 0.2 }
augment.MotionBlur
  > augment.MotionBlur { blur_limit = 5, p = 0.2 }
augment.GaussianBlur
  > augment.GaussianBlur { sigma_limit = { 0.5, 1.5 }, p = 0.2 }
augment.MedianBlur
  > augment.MedianBlur { blur_limit = 5, p = 0.1 }
augment.Equalize
  > augment.Equalize { p = 1 }
augment.CLAHE
  Of a colour picture the lightness alone is changed.
  > augment.CLAHE { clip_limit = 2, p = 0.3 }
augment.RandomFog
  > augment.RandomFog { p = 0.1 }
augment.XYMasking
  > augment.XYMasking { num_masks_x = { 1, 2 }, mask_x_length = { 2, 6 } }
augment.GridDropout
  > augment.GridDropout { ratio = 0.3, holes_number_xy = { 4, 4 } }
augment.ImageCompression
  > augment.ImageCompression { quality_range = { 40, 90 }, p = 0.3 }
augment.Erasing
  Random erasing, as torchvision's RandomErasing; CoarseDropout covers several smaller rectangles.
  > augment.Erasing { scale = { 0.02, 0.2 }, p = 0.5 }
augment.PixelDropout
  > augment.PixelDropout { dropout_prob = 0.05, p = 0.3 }
augment.ChannelDropout
  > augment.ChannelDropout { p = 0.1 }
augment.ChannelShuffle
  > augment.ChannelShuffle { p = 0.1 }
augment.AutoContrast
  method = "pil" is what torchvision's RandomAutocontrast does.
  > augment.AutoContrast { method = "pil", p = 0.3 }
augment.Sharpen
  > augment.Sharpen { alpha = { 0.2, 0.5 }, p = 0.3 }
augment.RandAugment
  The operations, their ranges and their pixels are those of torchvision's transforms.RandAugment on u8 tensors (Cubuk and
  others, 2019): Identity, ShearX, ShearY, TranslateX, TranslateY, Rotate, Brightness, Color, Contrast, Sharpness, Posterize,
  Solarize, AutoContrast, Equalize. Albumentations has none. With "linear" a pixel at the border takes as much of `fill` as
  of it lies outside.
  > t = augment.Compose { augment.Resize(64, 64), augment.RandAugment(), augment.Normalize(), augment.ToTensorV2() }
augment.CoarseDropout
  > augment.CoarseDropout { num_holes_range = { 1, 3 }, p = 0.5 }
augment.Normalize
  Without arguments with ImageNet's statistics.
  > augment.Normalize { mean = { 0.5 }, std = { 0.5 } }
  see Dataset:statistics
augment.ToTensorV2
  C x H x W is what nets take.
  > augment.ToTensorV2()
Transform:close()
  Gives memory back at once.
augment.names() -> string[]
  The names of all transforms, sorted.
augment.describe(name) -> table
  What there is to know about a transform: doc, p, and its parameters with defaults and limits.
  > augment.describe("HorizontalFlip").p
]==]
