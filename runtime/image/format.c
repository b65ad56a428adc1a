/* format.c - the formats of pictures: their names, what file names end in, how their content begins. */
#include "image/image.h"

#include <string.h>
#include <strings.h>

/* clang-format off */
static const struct {
    const char *name;
    const char *endings[5]; /* the first are those that people expect */
} formats[MLP_IMAGE_FORMATS] = {
    [MLP_JPEG] = { "JPEG", { ".jpg", ".jpeg", ".jpe", ".jfif" } },
    [MLP_PNG]  = { "PNG",  { ".png" } },
    [MLP_WEBP] = { "WebP", { ".webp" } },
    [MLP_BMP]  = { "BMP",  { ".bmp", ".dib" } },
    [MLP_GIF]  = { "GIF",  { ".gif" } },
    [MLP_TIFF] = { "TIFF", { ".tif", ".tiff" } },
};

static const struct {
    mlp_image_format format;
    size_t at, length;
    const char *magic;
} beginnings[] = {
    { MLP_JPEG, 0, 3, "\xFF\xD8\xFF" },
    { MLP_PNG,  0, 8, "\x89PNG\r\n\x1a\n" },
    { MLP_WEBP, 8, 4, "WEBP" },
    { MLP_GIF,  0, 6, "GIF87a" },
    { MLP_GIF,  0, 6, "GIF89a" },
    { MLP_TIFF, 0, 4, "II*\0" },
    { MLP_TIFF, 0, 4, "MM\0*" },
    { MLP_TIFF, 0, 4, "II+\0" }, /* the kind for more than 4 GB */
    { MLP_TIFF, 0, 4, "MM\0+" },
    { MLP_BMP,  0, 2, "BM" },
};

/* What else people have in their folders, for messages. */
static const struct {
    size_t at;
    const char *magic, *name;
} foreign[] = {
    { 4, "ftyp", "a HEIC, AVIF or MP4 file" },
    { 4, "jP  ", "a JPEG 2000 picture" },
    { 0, "\xFF\x0A", "a JPEG XL picture" },
    { 0, "8BPS", "a Photoshop file" },
    { 0, "version https://git-lfs", "a Git LFS pointer: the file itself was not fetched (git lfs pull brings it)" },
    { 0, "<", "text (HTML, XML or SVG)" },
    { 0, "%PDF", "a PDF" },
    { 0, "PK", "a ZIP archive" },
};
/* clang-format on */

const char *mlp_image_format_name(mlp_image_format format)
{
    return formats[format].name;
}

mlp_image_format mlp_image_format_named(const char *name)
{
    const char *point = strrchr(name, '.');
    if (!point || point == name) return MLP_NOT_AN_IMAGE;
    for (int f = MLP_NOT_AN_IMAGE + 1; f < MLP_IMAGE_FORMATS; f++)
        for (const char *const *ending = formats[f].endings; *ending; ending++)
            if (strcasecmp(point, *ending) == 0) return (mlp_image_format)f;
    return MLP_NOT_AN_IMAGE;
}

static bool begins(const uint8_t *bytes, size_t length, size_t at, const char *magic, size_t n)
{
    return length >= at + n && memcmp(bytes + at, magic, n) == 0;
}

mlp_image_format mlp_image_sniff(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
        if (begins(bytes, length, beginnings[i].at, beginnings[i].magic, beginnings[i].length))
            return beginnings[i].format;
    return MLP_NOT_AN_IMAGE;
}

const char *mlp_image_foreign(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (begins(bytes, length, foreign[i].at, foreign[i].magic, strlen(foreign[i].magic))) return foreign[i].name;
    return "something else";
}
