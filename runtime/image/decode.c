/* decode.c - from the bytes of a file to a picture: the choice of the decoder. */
#include "image/codec_private.h"

#include <stdlib.h>

enum { LARGEST_FILE = 1 << 30, ROOM = 1 << 20 };

mlp_decode_options mlp_decode_defaults(void)
{
    return (mlp_decode_options){ .channels = 3, .background = { 255, 255, 255 }, .max_pixels = 100000000 };
}

static mlp_status decode(mlp_image **out, const mlp_coded *file, mlp_image_format format, mlp_error *err)
{
    switch (format) {
    case MLP_JPEG: return mlp_jpeg_decode(out, file, err);
    case MLP_PNG: return mlp_png_decode(out, file, err);
    case MLP_WEBP: return mlp_webp_decode(out, file, err);
    case MLP_BMP: return mlp_bmp_decode(out, file, err);
    case MLP_GIF: return mlp_gif_decode(out, file, err);
    case MLP_TIFF: return mlp_tiff_decode(out, file, err);
    case MLP_NOT_AN_IMAGE:
    case MLP_IMAGE_FORMATS: break;
    }
    if (file->length == 0) return mlp_fail(err, MLP_EFORMAT, "%s: the file is empty", file->name);
    return mlp_fail(err, MLP_EFORMAT, "%s: not a picture: the content looks like %s", file->name,
                    mlp_image_foreign(file->bytes, file->length));
}

/* giflib and libtiff call it damage when memory ran out. Damage is there the second time too, and with memory left. */
static bool hides_no_memory(mlp_image_format format)
{
    return format == MLP_GIF || format == MLP_TIFF;
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
    mlp_image_format format = mlp_image_sniff(bytes, length);
    mlp_status st = decode(out, &file, format, err);
    if (st != MLP_EFORMAT || !hides_no_memory(format)) return st;
    if (!mlp_has_room(ROOM)) return mlp_fail(err, MLP_ENOMEM, "%s: out of memory while it is decoded", name);
    return decode(out, &file, format, err);
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
