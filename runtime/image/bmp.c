/* bmp.c - BMP in: uncompressed and run-length coded, 1 to 32 bits, with palettes and bit masks, in the headers of
 * Windows and OS/2. Read here, because the libraries that are packaged for it are whole toolkits.
 *
 * A file header of 14 bytes names the place of the pixels; a second header tells its own length and so its kind; masks
 * and the palette follow it. Rows are padded to four bytes and come from the bottom up unless the height is negative.
 */
#include "image/codec_private.h"

#include <string.h>

enum {
    FILE_HEADER = 14,
    CORE_HEADER = 12, /* of OS/2; 3 bytes a colour */
    INFO_HEADER = 40, /* followed by masks, when there are some */
    WITH_MASKS = 52,  /* the masks are part of the header */
    WITH_ALPHA = 56,
    COLOURS = 256,
};

typedef enum compression {
    PLAIN = 0,
    RUNS_8 = 1,
    RUNS_4 = 2,
    MASKS = 3,
    JPEG = 4,
    PNG = 5,
    ALPHA_MASKS = 6
} compression;

typedef struct mask {
    uint32_t bits;
    int shift;
    uint64_t most;
} mask;

typedef struct bmp {
    const mlp_coded *file;
    int64_t width, height;
    bool top_down;
    uint32_t bits, compression;
    size_t header, pixels; /* length of the second header; where the pixels are */
    mask mask[4];          /* red, green, blue, alpha */
    uint8_t colour[COLOURS][3];
} bmp;

static uint32_t get16(const bmp *b, size_t at)
{
    const uint8_t *p = b->file->bytes + at;
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t get32(const bmp *b, size_t at)
{
    return get16(b, at) | get16(b, at + 2) << 16;
}

static mlp_status damaged(const bmp *b, const char *why, mlp_error *err)
{
    return mlp_fail(err, MLP_EFORMAT, "%s: damaged BMP: %s", b->file->name, why);
}

/* ---- headers ---- */

static bool known_header(size_t length)
{
    static const size_t known[] = { CORE_HEADER, 16, INFO_HEADER, WITH_MASKS, WITH_ALPHA, 64, 108, 124 };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (length == known[i]) return true;
    return false;
}

static mlp_status check_kind(const bmp *b, mlp_error *err)
{
    static const uint32_t depths[] = { 1, 2, 4, 8, 16, 24, 32 };
    bool depth = false, fits = true;
    for (size_t i = 0; i < sizeof depths / sizeof *depths; i++) depth |= b->bits == depths[i];
    switch (b->compression) {
    case PLAIN: break;
    case RUNS_8: fits = b->bits == 8; break;
    case RUNS_4: fits = b->bits == 4; break;
    case MASKS:
    case ALPHA_MASKS: fits = b->bits == 16 || b->bits == 32; break;
    default: fits = false; break;
    }
    if (depth && fits) return MLP_OK;
    return mlp_fail(err, MLP_EFORMAT,
                    "%s: a BMP of %u bits a pixel with compression %u, which is not read; save it as PNG",
                    b->file->name, b->bits, b->compression);
}

static mlp_status read_headers(bmp *b, mlp_error *err)
{
    if (b->file->length < FILE_HEADER + CORE_HEADER) return damaged(b, "the file ends early", err);
    b->pixels = get32(b, 10);
    b->header = get32(b, FILE_HEADER);
    if (!known_header(b->header)) return damaged(b, "its second header is of no known kind", err);
    if (b->file->length < FILE_HEADER + b->header) return damaged(b, "the file ends early", err);
    size_t at = FILE_HEADER + 4;
    if (b->header == CORE_HEADER) {
        b->width = get16(b, at);
        b->height = get16(b, at + 2);
        b->bits = get16(b, at + 6);
    } else {
        b->width = (int32_t)get32(b, at);
        b->height = (int32_t)get32(b, at + 4);
        b->bits = get16(b, at + 10);
        b->compression = b->header > 16 ? get32(b, at + 12) : PLAIN;
    }
    b->top_down = b->height < 0;
    if (b->top_down) b->height = -b->height;
    if (b->width < 0) return damaged(b, "its width is negative", err);
    return check_kind(b, err);
}

static mask mask_of(uint32_t bits)
{
    mask m = { .bits = bits };
    while (bits && !(bits >> m.shift & 1)) m.shift++;
    m.most = bits >> m.shift;
    return m;
}

/* Without masks, 16 bits are 5 for each colour, and the fourth byte of 32 bits is nothing. */
static mlp_status read_masks(bmp *b, size_t *at, mlp_error *err)
{
    static const uint32_t usual[2][3] = { { 0x7C00, 0x3E0, 0x1F }, { 0xFF0000, 0xFF00, 0xFF } };
    bool given = b->compression == MASKS || b->compression == ALPHA_MASKS, inside = b->header >= WITH_MASKS;
    size_t count = b->compression == ALPHA_MASKS || b->header >= WITH_ALPHA ? 4 : 3;
    size_t from = FILE_HEADER + INFO_HEADER;                      /* in the header or behind it */
    if (b->header == 64) inside = false, from = FILE_HEADER + 64; /* OS/2 has other things there */
    for (int c = 0; c < 3; c++) b->mask[c] = mask_of(usual[b->bits == 32][c]);
    if (!given) return MLP_OK;
    if (b->file->length < from + 4 * count) return damaged(b, "the file ends early", err);
    for (size_t c = 0; c < count; c++) b->mask[c] = mask_of(get32(b, from + 4 * c));
    if (!inside) *at += 4 * count;
    return MLP_OK;
}

static mlp_status read_palette(bmp *b, size_t at, mlp_error *err)
{
    size_t entry = b->header == CORE_HEADER ? 3 : 4, count = b->bits <= 8 ? (size_t)1 << b->bits : 0;
    uint32_t used = b->header >= INFO_HEADER ? get32(b, FILE_HEADER + 32) : 0;
    if (used > 0 && used < count) count = used;
    if (b->pixels == 0) b->pixels = at + (b->bits <= 8 ? count : used) * entry; /* some leave it out */
    if (b->pixels < at) return damaged(b, "its pixels lie inside its headers", err);
    if (b->pixels > b->file->length) return damaged(b, "the file ends early", err);
    if (count > (b->pixels - at) / entry) count = (b->pixels - at) / entry;
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < 3; c++) b->colour[i][c] = b->file->bytes[at + i * entry + 2 - c];
    return MLP_OK;
}

/* ---- pixels ---- */

static uint8_t level(const mask *m, uint32_t pixel)
{
    return m->most ? (uint8_t)(((pixel & m->bits) >> m->shift) * 255u / m->most) : 0;
}

/* A row of `to` from one of the file. */
static void put_row(const bmp *b, uint8_t *to, size_t from)
{
    const uint8_t *p = b->file->bytes + from;
    bool alpha = b->mask[3].bits != 0;
    for (int64_t x = 0; x < b->width; x++, to += alpha ? 4 : 3) {
        if (b->bits == 24) {
            to[0] = p[3 * x + 2], to[1] = p[3 * x + 1], to[2] = p[3 * x];
        } else if (b->bits > 8) {
            uint32_t pixel = b->bits == 16 ? get16(b, from + 2 * (size_t)x) : get32(b, from + 4 * (size_t)x);
            for (int c = 0; c < (alpha ? 4 : 3); c++) to[c] = level(&b->mask[c], pixel);
        } else {
            uint64_t bit = (uint64_t)x * b->bits;
            memcpy(to, b->colour[p[bit / 8] >> (8 - b->bits - bit % 8) & ((1u << b->bits) - 1)], 3);
        }
    }
}

static uint8_t *row_at(const bmp *b, const mlp_rows *rows, int64_t y)
{
    size_t row = (size_t)(b->top_down ? y : b->height - 1 - y);
    return rows->pixels + row * (size_t)b->width * (size_t)rows->channels;
}

static mlp_status read_plain(const bmp *b, const mlp_rows *rows, mlp_error *err)
{
    size_t row = ((size_t)b->width * b->bits + 7) / 8, stride = (row + 3) / 4 * 4;
    size_t left = b->file->length - b->pixels;
    if (left < stride * (size_t)(b->height - 1) + row) return damaged(b, "the file ends early", err);
    for (int64_t y = 0; y < b->height; y++) {
        put_row(b, row_at(b, rows, y), b->pixels + (size_t)y * stride);
        if (mlp_interrupted()) return mlp_fail_interrupted(err);
    }
    return MLP_OK;
}

/* Some writers say that there is alpha and leave it 0 everywhere: nobody means a picture that cannot be seen. */
static void show_invisible(const mlp_rows *rows)
{
    for (size_t i = 3; i < rows->bytes; i += 4)
        if (rows->pixels[i]) return;
    for (size_t i = 3; i < rows->bytes; i += 4) rows->pixels[i] = 255;
}

/* ---- runs ---- */

typedef struct runs {
    const bmp *b;
    const mlp_rows *rows;
    size_t at;
    int64_t x, y;
} runs;

/* One index; beyond the edge of the picture it is lost. */
static void put_index(runs *r, unsigned index)
{
    if (r->x < r->b->width && r->y < r->b->height)
        memcpy(row_at(r->b, r->rows, r->y) + 3 * r->x, r->b->colour[index], 3);
    r->x++;
}

/* The k-th of the indices that begin with a byte: two of them in a byte, the high half first, or one. */
static unsigned index_of(const runs *r, const uint8_t *bytes, unsigned k)
{
    if (r->b->bits == 8) return bytes[k];
    return k % 2 ? bytes[k / 2] & 15u : bytes[k / 2] >> 4;
}

/* The codes behind a count of 0; *end: it was the last one. */
static bool read_escape(runs *r, unsigned code, bool *end)
{
    enum { END_OF_ROW = 0, END = 1, MOVE = 2 };
    const uint8_t *bytes = r->b->file->bytes + r->at;
    size_t left = r->b->file->length - r->at;
    if (code == END_OF_ROW) {
        r->x = 0;
        r->y++;
    } else if (code == END) {
        *end = true;
    } else if (code == MOVE) {
        if (left < 2) return false;
        r->x += bytes[0];
        r->y += bytes[1];
        r->at += 2;
    } else {
        size_t length = (code * r->b->bits + 7) / 8, padded = length + length % 2;
        if (left < length) return false;
        for (unsigned k = 0; k < code; k++) put_index(r, index_of(r, bytes, k));
        r->at += left < padded ? left : padded;
    }
    return true;
}

/* Pixels that no run brings have the first colour. */
static mlp_status read_runs(const bmp *b, const mlp_rows *rows, mlp_error *err)
{
    runs r = { b, rows, b->pixels, 0, 0 };
    bool end = false;
    for (size_t i = 0; i < rows->bytes; i += 3) memcpy(rows->pixels + i, b->colour[0], 3);
    while (!end && r.y < b->height) {
        if (b->file->length - r.at < 2) return damaged(b, "the file ends early", err);
        unsigned count = b->file->bytes[r.at], code = b->file->bytes[r.at + 1];
        uint8_t twice[2] = { (uint8_t)code, (uint8_t)code };
        r.at += 2;
        if (count == 0 && !read_escape(&r, code, &end)) return damaged(b, "the file ends early", err);
        for (unsigned k = 0; k < count; k++) put_index(&r, index_of(&r, twice, k % 2));
        if (mlp_interrupted()) return mlp_fail_interrupted(err);
    }
    return MLP_OK;
}

mlp_status mlp_bmp_decode(mlp_image **out, const mlp_coded *file, mlp_error *err)
{
    enum { UPRIGHT = 1 };
    bmp b = { .file = file };
    mlp_rows rows = { .image = NULL };
    mlp_status st = read_headers(&b, err);
    size_t palette = FILE_HEADER + b.header;
    if (!st) st = read_masks(&b, &palette, err);
    if (!st) st = read_palette(&b, palette, err);
    if (!st) st = mlp_rows_new(&rows, (uint64_t)b.width, (uint64_t)b.height, b.mask[3].bits ? 4 : 3, file, err);
    bool in_runs = b.compression == RUNS_8 || b.compression == RUNS_4;
    if (!st) st = in_runs ? read_runs(&b, &rows, err) : read_plain(&b, &rows, err);
    if (!st && rows.channels == 4) show_invisible(&rows);
    if (!st) st = mlp_rows_finish(out, &rows, UPRIGHT, file, err);
    mlp_rows_free(&rows);
    return st;
}
