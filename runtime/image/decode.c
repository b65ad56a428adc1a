/* decode.c - what a file is, and the choice of its decoder. */
#include "image/codec_private.h"

#include <stdlib.h>
#include <string.h>

enum { LARGEST_FILE = 1 << 30 };

mlp_decode_options mlp_decode_defaults(void)
{
    return (mlp_decode_options){ .channels = 3, .background = { 255, 255, 255 }, .max_pixels = 100000000 };
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
    mlp_coded file = { bytes, length, name, options };
    if (options->remark) options->remark[0] = 0;
    switch (mlp_image_sniff(bytes, length)) {
    case MLP_JPEG: return mlp_jpeg_decode(out, &file, err);
    case MLP_PNG: return mlp_png_decode(out, &file, err);
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
