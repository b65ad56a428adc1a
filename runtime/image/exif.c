/* exif.c - which way up a photo is: the one tag of EXIF that changes pixels, and turning the picture by it.
 *
 * EXIF is a TIFF file: byte order, the number 42, the offset of the first directory; a directory is a count and entries
 * of 12 bytes (tag, type, count, value). Orientation is tag 0x112. Every offset is checked against the length, because
 * cameras and editors get them wrong. */
#include "image/codec_private.h"

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

/* Writers disagree about the type: a short by the book, and other integers. */
static uint32_t integer(const tiff *t, size_t type, size_t at)
{
    enum { SHORT = 3, LONG = 4, SSHORT = 8, SLONG = 9 };
    return type == SHORT || type == SSHORT ? get16(t, at) : type == LONG || type == SLONG ? get32(t, at) : 0;
}

int mlp_exif_orientation(const uint8_t *bytes, size_t length)
{
    enum { NAME = 6, HEAD = 8, ENTRY = 12, ORIENTATION = 0x112 };
    if (length >= NAME && memcmp(bytes, "Exif\0", NAME - 1) == 0) bytes += NAME, length -= NAME;
    if (length < HEAD) return 1;
    tiff t = { bytes, length, bytes[0] == 'M' };
    if (memcmp(t.bytes, t.big_endian ? "MM" : "II", 2) != 0 || get16(&t, 2) != 42) return 1;
    size_t at = get32(&t, 4);
    if (at > t.length - 2) return 1;
    size_t count = get16(&t, at);
    at += 2;
    for (size_t i = 0; i < count && t.length - at >= ENTRY; i++, at += ENTRY) {
        if (get16(&t, at) != ORIENTATION) continue;
        uint32_t value = integer(&t, get16(&t, at + 2), at + 8);
        return value >= 1 && value <= 8 ? (int)value : 1;
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

/* The pixels of `from`, turned; `to` has the size that this gives. */
static void turn_pixels(mlp_image *to, const mlp_image *from, int orientation)
{
    bool transpose = turns[orientation].transpose;
    size_t c = (size_t)from->channels;
    uint8_t *pixel = to->pixels;
    for (int y = 0; y < to->height; y++) {
        int from_y = turns[orientation].flip_y ? to->height - 1 - y : y;
        for (int x = 0; x < to->width; x++, pixel += c) {
            int from_x = turns[orientation].flip_x ? to->width - 1 - x : x;
            size_t row = (size_t)(transpose ? from_x : from_y), column = (size_t)(transpose ? from_y : from_x);
            memcpy(pixel, from->pixels + (row * (size_t)from->width + column) * c, c);
        }
    }
}

mlp_status mlp_image_orient(mlp_image **image, int orientation, mlp_error *err)
{
    if (orientation <= 1 || orientation > 8) return MLP_OK;
    const mlp_image *from = *image;
    bool transpose = turns[orientation].transpose;
    mlp_image *upright = NULL;
    mlp_status st = mlp_image_new(&upright, transpose ? from->height : from->width,
                                  transpose ? from->width : from->height, from->channels, err);
    if (st) return st;
    turn_pixels(upright, from, orientation);
    mlp_image_release(*image);
    *image = upright;
    return MLP_OK;
}
