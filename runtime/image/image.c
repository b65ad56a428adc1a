/* image.c - life of a picture, choice of decoder, grey and colour. */
#include "image/codec.h"

#include <stdlib.h>
#include <string.h>

enum { LARGEST_FILE = 1 << 30 };

mlp_status mlp_image_new(mlp_image **out, int width, int height, int channels, mlp_error *err)
{
    if (width < 1 || height < 1 || width > MLP_IMAGE_MAX_SIDE || height > MLP_IMAGE_MAX_SIDE)
        return mlp_fail(err, MLP_EINVAL, "image of %dx%d (width x height): each side must be 1 to %d", width, height,
                        MLP_IMAGE_MAX_SIDE);
    if (channels != 1 && channels != 3)
        return mlp_fail(err, MLP_EINVAL, "image with %d channels: 1 (grey) and 3 (RGB) are supported", channels);
    mlp_image *image = NULL;
    mlp_status st = mlp_alloc((void **)&image, 1, sizeof *image, err);
    if (st) return st;
    *image = (mlp_image){ .refs = 1, .width = width, .height = height, .channels = channels };
    void *pixels = NULL;
    st = mlp_block_new(&pixels, mlp_image_bytes(image), err);
    if (st) {
        free(image);
        return st;
    }
    image->pixels = pixels;
    *out = image;
    return MLP_OK;
}

mlp_image *mlp_image_retain(mlp_image *image)
{
    if (image) __atomic_fetch_add(&image->refs, 1, __ATOMIC_RELAXED);
    return image;
}

void mlp_image_release(mlp_image *image)
{
    if (!image || __atomic_fetch_sub(&image->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    mlp_block_free(image->pixels, mlp_image_bytes(image));
    free(image);
}

mlp_decode_options mlp_decode_defaults(void)
{
    return (mlp_decode_options){ .channels = 3, .background = { 255, 255, 255 }, .max_pixels = 100000000 };
}

mlp_status mlp_check_size(uint64_t width, uint64_t height, const char *name, const mlp_decode_options *options,
                          mlp_error *err)
{
    if (width == 0 || height == 0)
        return mlp_fail(err, MLP_EFORMAT, "%s: the picture has no pixels (%llux%llu)", name, (unsigned long long)width,
                        (unsigned long long)height);
    if (width > MLP_IMAGE_MAX_SIDE || height > MLP_IMAGE_MAX_SIDE)
        return mlp_fail(err, MLP_EFORMAT, "%s: the picture claims %llux%llu pixels; sides of at most %d are read", name,
                        (unsigned long long)width, (unsigned long long)height, MLP_IMAGE_MAX_SIDE);
    if (options->max_pixels < 0 || width * height > (uint64_t)options->max_pixels)
        return mlp_fail(err, MLP_EFORMAT,
                        "%s: the picture has %llux%llu pixels, more than the limit of %lld (max_pixels raises it)",
                        name, (unsigned long long)width, (unsigned long long)height, (long long)options->max_pixels);
    return MLP_OK;
}

mlp_image_format mlp_image_sniff(const uint8_t *bytes, size_t length)
{
    static const uint8_t png[8] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n' };
    if (length >= 8 && memcmp(bytes, png, 8) == 0) return MLP_PNG;
    if (length >= 3 && bytes[0] == 0xFF && bytes[1] == 0xD8 && bytes[2] == 0xFF) return MLP_JPEG;
    return MLP_NOT_AN_IMAGE;
}

/* Other formats that people have in their folders, for the message. */
static const char *foreign_format(const uint8_t *bytes, size_t length)
{
    static const struct {
        size_t at;
        const char *magic, *name;
    } table[] = {
        { 0, "GIF8", "a GIF" },
        { 8, "WEBP", "a WebP picture" },
        { 0, "BM", "a BMP" },
        { 0, "II*", "a TIFF" },
        { 0, "MM", "a TIFF" },
        { 4, "ftyp", "a HEIC, AVIF or MP4 file" },
        { 0, "<", "text (HTML, XML or SVG)" },
        { 0, "%PDF", "a PDF" },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        size_t n = strlen(table[i].magic);
        if (length >= table[i].at + n && memcmp(bytes + table[i].at, table[i].magic, n) == 0) return table[i].name;
    }
    return "something else";
}

mlp_status mlp_image_decode(mlp_image **out, const uint8_t *bytes, size_t length, const char *name,
                            const mlp_decode_options *options, mlp_error *err)
{
    mlp_decode_options defaults = mlp_decode_defaults();
    if (!options) options = &defaults;
    if (!name) name = "image";
    if (options->channels != 1 && options->channels != 3)
        return mlp_fail(err, MLP_EINVAL, "%s: channels is %d, expected 1 (grey) or 3 (RGB)", name, options->channels);
    switch (mlp_image_sniff(bytes, length)) {
    case MLP_JPEG: return mlp_jpeg_decode(out, bytes, length, name, options, err);
    case MLP_PNG: return mlp_png_decode(out, bytes, length, name, options, err);
    case MLP_NOT_AN_IMAGE: break;
    }
    if (length == 0) return mlp_fail(err, MLP_EFORMAT, "%s: the file is empty", name);
    return mlp_fail(err, MLP_EFORMAT, "%s: neither a JPEG nor a PNG: the content looks like %s", name,
                    foreign_format(bytes, length));
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

mlp_status mlp_image_convert(mlp_image **out, mlp_image *image, int channels, mlp_error *err)
{
    if (channels == image->channels) {
        *out = mlp_image_retain(image);
        return MLP_OK;
    }
    mlp_image *result = NULL;
    mlp_status st = mlp_image_new(&result, image->width, image->height, channels, err);
    if (st || !result) return st;
    size_t n = (size_t)image->width * (size_t)image->height;
    if (channels == 1) mlp_grey_from_rgb(result->pixels, image->pixels, n);
    else mlp_rgb_from_grey(result->pixels, image->pixels, n);
    *out = result;
    return MLP_OK;
}
