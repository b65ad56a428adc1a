/* decode.c - from the bytes of a file to a picture: the choice of the decoder. */
#include "image/codec_private.h"

#include <stdlib.h>

enum { LARGEST_FILE = 1 << 30 };

mlp_decode_options mlp_decode_defaults(void)
{
    return (mlp_decode_options){ .channels = 3, .background = { 255, 255, 255 }, .max_pixels = 100000000 };
}

mlp_status mlp_image_decode(mlp_image **out, const uint8_t *bytes, size_t length, const char *name,
                            const mlp_decode_options *options, mlp_error *err)
{
    mlp_decode_options defaults = mlp_decode_defaults();
    if (!options) options = &defaults;
    if (!name) name = "image";
    if (options->channels != 1 && options->channels != 3)
        return mlp_fail(err, MLP_EINVAL, "%s: channels is %d, expected 1 (grey) or 3 (RGB)", name, options->channels);
    mlp_coded file = { bytes, length, name, options };
    if (options->remark) options->remark[0] = 0;
    switch (mlp_image_sniff(bytes, length)) {
    case MLP_JPEG: return mlp_jpeg_decode(out, &file, err);
    case MLP_PNG: return mlp_png_decode(out, &file, err);
    case MLP_WEBP: return mlp_webp_decode(out, &file, err);
    case MLP_BMP: return mlp_bmp_decode(out, &file, err);
    case MLP_GIF: return mlp_gif_decode(out, &file, err);
    case MLP_TIFF: return mlp_tiff_decode(out, &file, err);
    case MLP_NOT_AN_IMAGE:
    case MLP_IMAGE_FORMATS: break;
    }
    if (length == 0) return mlp_fail(err, MLP_EFORMAT, "%s: the file is empty", name);
    return mlp_fail(err, MLP_EFORMAT, "%s: not a picture: the content looks like %s", name,
                    mlp_image_foreign(bytes, length));
}

mlp_status mlp_image_load(mlp_image **out, const char *path, const mlp_decode_options *options, mlp_error *err)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    mlp_status st = mlp_file_read(&bytes, &length, path, LARGEST_FILE, err);
    if (!st) st = mlp_image_decode(out, bytes, length, path, options, err);
    free(bytes);
    return st;
}
