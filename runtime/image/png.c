/* png.c - PNG in and out, through libpng.
 *
 * Everything becomes 8 bits (the high byte of 16, as OpenCV does) and grey or RGB, with or without alpha; alpha is then
 * blended over the background. Gamma and colour profiles are not applied, as the usual loaders do not. */
#include "image/codec.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

typedef struct coder {
    png_structp png;
    png_infop info;
    jmp_buf escape;
    char text[160];
    mlp_status status;
    const uint8_t *bytes; /* reading: what is left */
    size_t length;
    uint8_t *written; /* writing: a growing buffer */
    size_t size, capacity;
    mlp_image *image;
    uint8_t *raw; /* rows with other channels than the picture's */
    size_t raw_bytes;
} coder;

static void give_up(png_structp png, png_const_charp message)
{
    coder *c = png_get_error_ptr(png);
    snprintf(c->text, sizeof c->text, "%s", message);
    longjmp(c->escape, 1);
}

static void no_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static void read_bytes(png_structp png, png_bytep to, size_t n)
{
    coder *c = png_get_io_ptr(png);
    if (n > c->length) png_error(png, "the file ends early");
    memcpy(to, c->bytes, n);
    c->bytes += n;
    c->length -= n;
}

static void write_bytes(png_structp png, png_bytep from, size_t n)
{
    coder *c = png_get_io_ptr(png);
    if (c->capacity - c->size < n) {
        size_t capacity = (c->capacity + n) * 2;
        uint8_t *grown = realloc(c->written, capacity);
        if (!grown) {
            c->status = MLP_ENOMEM;
            png_error(png, "out of memory");
        }
        c->written = grown;
        c->capacity = capacity;
    }
    memcpy(c->written + c->size, from, n);
    c->size += n;
}

static void no_flush(png_structp png)
{
    (void)png;
}

/* Limits, and what damage means. Text and profiles are skipped unread: nobody looks at them. */
static void be_careful(png_structp png)
{
    static const uint8_t skipped[] = "iCCP\0tEXt\0zTXt\0iTXt\0sPLT\0eXIf\0hIST"; /* four letters and a NUL each */
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* mlp_check_size has the better words */
    png_set_chunk_cache_max(png, 64);
    png_set_chunk_malloc_max(png, 4 << 20);
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, skipped, (int)(sizeof skipped / 5));
}

static uint8_t over(unsigned colour, unsigned background, unsigned alpha)
{
    return (uint8_t)((colour * alpha + background * (255 - alpha) + 127) / 255);
}

/* Rows of 1 to 4 channels to RGB (3) or grey (1), alpha blended. */
static void convert_rows(mlp_image *image, const uint8_t *raw, int raw_channels, const uint8_t background[3])
{
    size_t n = (size_t)image->width * (size_t)image->height;
    bool colour = raw_channels >= 3, alpha = raw_channels == 2 || raw_channels == 4;
    uint8_t *to = image->pixels;
    for (size_t i = 0; i < n; i++, raw += raw_channels, to += image->channels) {
        unsigned a = alpha ? raw[raw_channels - 1] : 255;
        uint8_t rgb[3];
        for (int c = 0; c < 3; c++) rgb[c] = over(raw[colour ? c : 0], background[c], a);
        if (image->channels == 3) memcpy(to, rgb, 3);
        else if (colour || alpha) mlp_grey_from_rgb(to, rgb, 1);
        else *to = raw[0];
    }
}

static mlp_status read_picture(coder *c, const char *name, const mlp_decode_options *options, mlp_error *err)
{
    png_structp png = c->png;
    png_set_read_fn(png, c, read_bytes);
    be_careful(png);
    png_read_info(png, c->info);
    png_uint_32 w = png_get_image_width(png, c->info), h = png_get_image_height(png, c->info);
    mlp_status st = mlp_check_size(w, h, name, options, err);
    if (st) return st;
    png_set_expand(png);
    png_set_strip_16(png);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, c->info);
    int channels = png_get_channels(png, c->info);
    size_t row = png_get_rowbytes(png, c->info);
    if (channels < 1 || channels > 4 || row != (size_t)w * (size_t)channels) png_error(png, "unexpected row size");
    st = mlp_image_new(&c->image, (int)w, (int)h, options->channels, err);
    if (st) return st;
    uint8_t *to = c->image->pixels;
    if (channels != options->channels) {
        void *raw = NULL;
        st = mlp_block_new(&raw, row * h, err);
        if (st) return st;
        c->raw_bytes = row * h;
        to = c->raw = raw;
    }
    for (int pass = 0; pass < passes; pass++)
        for (png_uint_32 y = 0; y < h; y++) png_read_row(png, to + y * row, NULL);
    png_read_end(png, NULL);
    if (c->raw) convert_rows(c->image, c->raw, channels, options->background);
    return MLP_OK;
}

mlp_status mlp_png_decode(mlp_image **out, const uint8_t *bytes, size_t length, const char *name,
                          const mlp_decode_options *options, mlp_error *err)
{
    coder *c = NULL; /* on the heap: automatic variables may be lost by the long jump */
    mlp_status st = mlp_alloc((void **)&c, 1, sizeof *c, err);
    if (st) return st;
    c->bytes = bytes;
    c->length = length;
    c->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, c, give_up, no_warning);
    c->info = c->png ? png_create_info_struct(c->png) : NULL;
    if (!c->info) {
        st = mlp_fail(err, MLP_ENOMEM, "%s: out of memory for the PNG decoder", name);
    } else if (setjmp(c->escape) == 0) {
        st = read_picture(c, name, options, err);
        if (!st) *out = c->image, c->image = NULL;
    } else {
        st = mlp_fail(err, MLP_EFORMAT, "%s: damaged PNG: %s", name, c->text);
    }
    png_destroy_read_struct(&c->png, &c->info, NULL);
    mlp_block_free(c->raw, c->raw_bytes);
    mlp_image_release(c->image);
    free(c);
    return st;
}

static void write_picture(coder *c, const mlp_image *image)
{
    png_set_write_fn(c->png, c, write_bytes, no_flush);
    png_set_IHDR(c->png, c->info, (png_uint_32)image->width, (png_uint_32)image->height, 8,
                 image->channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(c->png, c->info);
    size_t row = (size_t)image->width * (size_t)image->channels;
    for (int y = 0; y < image->height; y++) png_write_row(c->png, image->pixels + (size_t)y * row);
    png_write_end(c->png, NULL);
}

mlp_status mlp_image_encode_png(uint8_t **bytes, size_t *length, const mlp_image *image, mlp_error *err)
{
    coder *c = NULL;
    mlp_status st = mlp_alloc((void **)&c, 1, sizeof *c, err);
    if (st) return st;
    c->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, c, give_up, no_warning);
    c->info = c->png ? png_create_info_struct(c->png) : NULL;
    if (!c->info) {
        st = mlp_fail(err, MLP_ENOMEM, "out of memory for the PNG encoder");
    } else if (setjmp(c->escape) == 0) {
        write_picture(c, image);
        *bytes = c->written;
        *length = c->size;
        c->written = NULL;
    } else {
        st = mlp_fail(err, c->status ? c->status : MLP_EINVAL, "cannot encode a PNG of %dx%d: %s", image->width,
                      image->height, c->text);
    }
    png_destroy_write_struct(&c->png, &c->info);
    free(c->written);
    free(c);
    return st;
}
