--- mlprun.base.elsewhere - what other tools (PyTorch, torchvision, Keras, earlier Albumentations) call what has another name
--- here: for messages about a name that is not there.
return {
  tensor = { -- its methods; repeat is a word of Lua
    ["repeat"] = "tile", absolute = "abs", divide = "div", divide_ = "div_", multiply = "mul", multiply_ = "mul_",
    subtract = "sub", subtract_ = "sub_", negative = "neg", greater = "gt", greater_equal = "ge", less = "lt",
    less_equal = "le", not_equal = "ne", ndimension = "dim", nelement = "numel", numpy = "tolist", swapaxes = "transpose",
    swapdims = "transpose", type = "to", type_as = "to",
  },
  augment = {
    Cutout = "CoarseDropout", GridMask = "GridDropout", MaskDropout = "CoarseDropout", RandomErasing = "Erasing",
    RandomCutout = "CoarseDropout", CutOut = "CoarseDropout",
    RandomHorizontalFlip = "HorizontalFlip", RandomVerticalFlip = "VerticalFlip", RandomFlip = "HorizontalFlip",
    Flip = "HorizontalFlip",
    RandomRotation = "Rotate", RandomRotate = "Rotate", SafeRotate = "Rotate", RandomAffine = "Affine",
    RandomTranslation = "Affine",
    RandomZoom = "Affine", RandomScale = "Affine", RandomShear = "Affine", RandomPerspective = "Perspective",
    Pad = "PadIfNeeded", CropAndPad = "PadIfNeeded", ZeroPadding2D = "PadIfNeeded", FiveCrop = "RandomCrop",
    SmallestMaxSize = "Resize", LongestMaxSize = "Resize", Scale = "Resize", Resizing = "Resize",
    Grayscale = "ToGray", RandomGrayscale = "ToGray", RandomInvert = "InvertImg", Invert = "InvertImg",
    RandomPosterize = "Posterize", RandomSolarize = "Solarize", RandomEqualize = "Equalize",
    RandomAutocontrast = "AutoContrast", RandomAutoContrast = "AutoContrast", RandomAdjustSharpness = "Sharpen",
    RandomSharpness = "Sharpen", UnsharpMask = "Sharpen", RandomChannelPermutation = "ChannelShuffle",
    RandomBrightness = "RandomBrightnessContrast", RandomContrast = "RandomBrightnessContrast",
    RandomSaturation = "HueSaturationValue", RandomHue = "HueSaturationValue", ColorJiggle = "ColorJitter",
    GaussianNoise = "GaussNoise", RandomGaussianNoise = "GaussNoise", RandomGaussianBlur = "GaussianBlur",
    JpegCompression = "ImageCompression", JPEG = "ImageCompression", RandomJPEG = "ImageCompression",
    Downscale = "ImageCompression",
    AutoAugment = "RandAugment", TrivialAugmentWide = "RandAugment", AugMix = "RandAugment",
    RandomChoice = "OneOf", SomeOf = "OneOf", Sequential = "Compose", RandomOrder = "Compose", RandomApply = "Compose",
    ToTensor = "ToTensorV2", PILToTensor = "ToTensorV2", ToImage = "ToTensorV2", Rescaling = "Normalize", ToFloat = "Normalize",
    ToDtype = "Normalize", ConvertImageDtype = "Normalize",
  },
}
