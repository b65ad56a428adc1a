/* codec.c - what the decoders of all formats share: limits, remarks, grey and colour. */
#include "image/codec_private.h"

#include <stdarg.h>
#include <stdio.h>

mlp_status mlp_check_size(uint64_t width, uint64_t height, const mlp_coded *file, mlp_error *err)
{
    unsigned long long w = width, h = height;
    if (width == 0 || height == 0)
        return mlp_fail(err, MLP_EFORMAT, "%s: the picture has no pixels (%llux%llu)", file->name, w, h);
    if (width > MLP_IMAGE_MAX_SIDE || height > MLP_IMAGE_MAX_SIDE)
        return mlp_fail(err, MLP_EFORMAT, "%s: the picture claims %llux%llu pixels; sides of at most %d are read",
                        file->name, w, h, MLP_IMAGE_MAX_SIDE);
    int64_t limit = file->options->max_pixels;
    if (limit < 0 || width * height > (uint64_t)limit)
        return mlp_fail(err, MLP_EFORMAT,
                        "%s: the picture has %llux%llu pixels, more than the limit of %lld (max_pixels raises it)",
                        file->name, w, h, (long long)limit);
    return MLP_OK;
}

void mlp_remark(const mlp_coded *file, const char *format, ...)
{
    char *remark = file->options->remark;
    if (!remark || *remark) return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(remark, MLP_REMARK_TEXT, format, arguments);
    va_end(arguments);
}

/* ---- grey and colour ---- */

/* 0.299, 0.587 and 0.114 in units of 2^-15, as OpenCV has them. */
enum { RED = 9798, GREEN = 19235, BLUE = 3735 };

void mlp_grey_from_rgb(uint8_t *grey, const uint8_t *rgb, size_t n)
{
    for (size_t i = 0; i < n; i++)
        grey[i] = (uint8_t)((rgb[3 * i] * RED + rgb[3 * i + 1] * GREEN + rgb[3 * i + 2] * BLUE + (1 << 14)) >> 15);
}

void mlp_rgb_from_grey(uint8_t *rgb, const uint8_t *grey, size_t n)
{
    for (size_t i = 0; i < n; i++) rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = grey[i];
}
