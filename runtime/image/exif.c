/* exif.c - which way up a photo is: the one tag of EXIF that changes pixels, and turning the picture by it.
 *
 * EXIF is a TIFF file behind the six bytes "Exif\0\0": byte order, the number 42, the offset of the first directory;
 * a directory is a count and entries of 12 bytes (tag, type, count, value). Orientation is tag 0x112, a short. Every
 * offset is checked against the segment's length, because cameras and editors get them wrong. */
#include "image/codec.h"

#include <string.h>

typedef struct tiff {
    const uint8_t *bytes;
    size_t length;
    bool big_endian;
} tiff;

static uint32_t get16(const tiff *t, size_t at)
{
    uint32_t a = t->bytes[at], b = t->bytes[at + 1];
    return t->big_endian ? a << 8 | b : b << 8 | a;
}

static uint32_t get32(const tiff *t, size_t at)
{
    uint32_t a = get16(t, at), b = get16(t, at + 2);
    return t->big_endian ? a << 16 | b : b << 16 | a;
}

int mlp_exif_orientation(const uint8_t *app1, size_t length)
{
    enum { HEAD = 6, ENTRY = 12, ORIENTATION = 0x112, SHORT = 3 };
    if (length < HEAD + 8 || memcmp(app1, "Exif\0", 5) != 0) return 1;
    tiff t = { app1 + HEAD, length - HEAD, app1[HEAD] == 'M' };
    if (memcmp(t.bytes, t.big_endian ? "MM" : "II", 2) != 0 || get16(&t, 2) != 42) return 1;
    size_t at = get32(&t, 4);
    if (at > t.length - 2) return 1;
    size_t count = get16(&t, at);
    at += 2;
    for (size_t i = 0; i < count && t.length - at >= ENTRY; i++, at += ENTRY) {
        if (get16(&t, at) != ORIENTATION) continue;
        uint32_t value = get16(&t, at + 8);
        return get16(&t, at + 2) == SHORT && value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}

/* Where a picture's first pixel goes and how its rows and columns run, per orientation. */
static const struct {
    bool transpose, flip_x, flip_y; /* flips are applied to the result */
} turns[9] = {
    [1] = { false, false, false }, [2] = { false, true, false }, [3] = { false, true, true },
    [4] = { false, false, true },  [5] = { true, false, false }, [6] = { true, true, false },
    [7] = { true, true, true },    [8] = { true, false, true },
};

mlp_status mlp_image_orient(mlp_image **out, mlp_image *image, int orientation, mlp_error *err)
{
    if (orientation <= 1 || orientation > 8) {
        *out = mlp_image_retain(image);
        return MLP_OK;
    }
    bool transpose = turns[orientation].transpose;
    int w = transpose ? image->height : image->width, h = transpose ? image->width : image->height;
    size_t c = (size_t)image->channels;
    mlp_image *result = NULL;
    mlp_status st = mlp_image_new(&result, w, h, image->channels, err);
    if (st) return st;
    for (int y = 0; y < h; y++) {
        int from_y = turns[orientation].flip_y ? h - 1 - y : y;
        uint8_t *to = result->pixels + (size_t)y * (size_t)w * c;
        for (int x = 0; x < w; x++, to += c) {
            int from_x = turns[orientation].flip_x ? w - 1 - x : x;
            size_t row = (size_t)(transpose ? from_x : from_y), column = (size_t)(transpose ? from_y : from_x);
            memcpy(to, image->pixels + (row * (size_t)image->width + column) * c, c);
        }
    }
    *out = result;
    return MLP_OK;
}
