/* png.c - PNG in, through libpng.
 *
 * Everything becomes 8 bits (the high byte of 16, as OpenCV does) and grey or RGB, with or without alpha; alpha is then
 * blended over the background. Gamma and colour profiles are not applied, as the usual loaders do not.
 *
 * The chunks are walked through first: that finds the orientation and the end, and bounds the time that the library
 * will take. It decodes the picture data and reads no further. */
#include "image/codec_private.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>
#include <zlib.h>

enum {
    SIGNATURE = 8,
    CHUNK = 12,             /* bytes of one that are not its content: length, name, checksum */
    SPARE_DATA = 64 * 1024, /* compressed bytes that a picture of any size may have */
};

/* ---- chunks ---- */

typedef struct chunks {
    uint64_t data; /* bytes in IDAT chunks */
    bool ended;    /* IEND is there */
    int turn;      /* EXIF orientation */
} chunks;

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* at: the chunk's name, its content behind it, its checksum last. */
static bool sound(const uint8_t *at, uint32_t length)
{
    return crc32(0, at, length + 4) == get32(at + 4 + length);
}

/* The library has checked what stands in front of the picture data, but does not read on behind them. */
static void read_chunk(chunks *c, const mlp_coded *file, const uint8_t *at, uint32_t length)
{
    bool exif = memcmp(at, "eXIf", 4) == 0, data = memcmp(at, "IDAT", 4) == 0, good = true;
    if (data) c->data += length;
    else if (exif || c->data) good = sound(at, length);
    if (!good) mlp_remark(file, "%.4s: CRC error", (const char *)at);
    if (exif && good && !c->turn) c->turn = mlp_exif_orientation(at + 4, length);
    c->ended = memcmp(at, "IEND", 4) == 0;
}

static mlp_status read_chunks(chunks *c, const mlp_coded *file, mlp_error *err)
{
    size_t at = SIGNATURE;
    while (!c->ended && file->length - at >= CHUNK) {
        uint32_t length = get32(file->bytes + at);
        if (file->length - at - CHUNK < length) break;
        read_chunk(c, file, file->bytes + at + 4, length);
        at += CHUNK + length;
        if (mlp_interrupted()) return mlp_fail_interrupted(err);
    }
    return MLP_OK;
}

/* ---- the library's calls ---- */

typedef struct coder {
    png_structp png;
    png_infop info;
    jmp_buf escape;
    char text[160];
    mlp_status status;
    bool no_memory; /* an allocation failed */
    const mlp_coded *file;
    size_t at; /* what the library has read of it */
    chunks chunks;
    mlp_rows rows;
} coder;

static void leave(coder *c, mlp_status status, const char *message)
{
    snprintf(c->text, sizeof c->text, "%s", message);
    c->status = status;
    longjmp(c->escape, 1);
}

static void give_up(png_structp png, png_const_charp message)
{
    coder *c = png_get_error_ptr(png);
    if (c->no_memory) leave(c, MLP_ENOMEM, "out of memory");
    leave(c, MLP_EFORMAT, message);
}

static png_voidp allocate(png_structp png, png_alloc_size_t n)
{
    coder *c = png_get_mem_ptr(png);
    void *p = malloc(n);
    if (!p) c->no_memory = true;
    return p;
}

static void release(png_structp png, png_voidp p)
{
    (void)png;
    free(p);
}

static void on_warning(png_structp png, png_const_charp message)
{
    const coder *c = png_get_error_ptr(png);
    mlp_remark(c->file, "%s", message);
}

static void read_bytes(png_structp png, png_bytep to, size_t n)
{
    coder *c = png_get_io_ptr(png);
    if (mlp_interrupted()) leave(c, MLP_EINTERRUPT, "interrupted");
    if (n > c->file->length - c->at) png_error(png, "the file ends early");
    memcpy(to, c->file->bytes + c->at, n);
    c->at += n;
}

/* ---- the picture ---- */

/* Limits, and what damage means: what only accompanies the picture may be damaged and is not used then. Text and
 * profiles are skipped unread: nobody looks at them. */
static void be_careful(png_structp png)
{
    static const uint8_t skipped[] = "iCCP\0tEXt\0zTXt\0iTXt\0sPLT\0eXIf\0hIST"; /* four letters and a NUL each */
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* mlp_check_size has the better words */
    png_set_chunk_cache_max(png, 64);
    png_set_chunk_malloc_max(png, 4 << 20);
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_WARN_DISCARD);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, skipped, (int)(sizeof skipped / 5));
}

/* Compressed data hardly outgrow the pixels; but a small file can hold a gigabyte that belongs to none of them. */
static mlp_status check_data(const coder *c, mlp_error *err)
{
    enum { WORST_PIXEL = 8 }; /* bytes: four samples of 16 bits */
    uint64_t w = png_get_image_width(c->png, c->info), h = png_get_image_height(c->png, c->info);
    if (c->chunks.data <= 2 * WORST_PIXEL * w * h + SPARE_DATA) return MLP_OK;
    return mlp_fail(err, MLP_EFORMAT,
                    "%s: damaged PNG: %llu bytes of compressed data are too many for %llux%llu pixels", c->file->name,
                    (unsigned long long)c->chunks.data, (unsigned long long)w, (unsigned long long)h);
}

static mlp_status read_rows(coder *c, int passes, mlp_error *err)
{
    png_structp png = c->png;
    png_uint_32 w = png_get_image_width(png, c->info), h = png_get_image_height(png, c->info);
    int channels = png_get_channels(png, c->info);
    size_t row = png_get_rowbytes(png, c->info);
    if (channels < 1 || channels > 4 || row != (size_t)w * (size_t)channels) png_error(png, "unexpected row size");
    mlp_status st = mlp_rows_new(&c->rows, w, h, channels, c->file, err);
    if (st) return st;
    for (int pass = 0; pass < passes; pass++)
        for (png_uint_32 y = 0; y < h; y++) png_read_row(png, c->rows.pixels + y * row, NULL);
    return MLP_OK;
}

static mlp_status read_picture(coder *c, mlp_error *err)
{
    png_structp png = c->png;
    png_set_read_fn(png, c, read_bytes);
    be_careful(png);
    png_read_info(png, c->info);
    mlp_status st = mlp_check_size(png_get_image_width(png, c->info), png_get_image_height(png, c->info), c->file, err);
    if (!st) st = check_data(c, err);
    if (st) return st;
    png_set_expand(png);
    png_set_strip_16(png);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, c->info);
    st = read_rows(c, passes, err);
    if (!st && !c->chunks.ended) png_error(png, "the file ends early");
    return st;
}

mlp_status mlp_png_decode(mlp_image **out, const mlp_coded *file, mlp_error *err)
{
    coder *c = NULL; /* on the heap: automatic variables may be lost by the long jump */
    mlp_status st = mlp_alloc((void **)&c, 1, sizeof *c, err);
    if (st) return st;
    c->file = file;
    st = read_chunks(&c->chunks, file, err);
    if (!st) {
        c->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, c, give_up, on_warning, c, allocate, release);
        c->info = c->png ? png_create_info_struct(c->png) : NULL;
        if (!c->info) st = mlp_fail(err, MLP_ENOMEM, "%s: out of memory for the PNG decoder", file->name);
    }
    if (!st && setjmp(c->escape) == 0) {
        st = read_picture(c, err);
        if (!st) st = mlp_rows_finish(out, &c->rows, c->chunks.turn, file, err);
    } else if (!st) {
        st = mlp_fail(err, c->status, "%s: %s%s", file->name, c->status == MLP_EFORMAT ? "damaged PNG: " : "", c->text);
    }
    png_destroy_read_struct(&c->png, &c->info, NULL);
    mlp_rows_free(&c->rows);
    free(c);
    return st;
}
