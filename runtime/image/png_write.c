/* png_write.c - PNG out, through libpng. */
#include "image/image.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>
#include <zlib.h>

typedef struct coder {
    png_structp png;
    png_infop info;
    jmp_buf escape;
    char text[160];
    mlp_status status;
    uint8_t *written; /* a growing buffer */
    size_t size, capacity;
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

static void write_picture(coder *c, const mlp_image *image)
{
    png_set_write_fn(c->png, c, write_bytes, no_flush);
    png_set_IHDR(c->png, c->info, (png_uint_32)image->width, (png_uint_32)image->height, 8,
                 image->channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    /* runs alone and one filter: a photo has few repetitions to look for, and it takes a fraction of the time */
    png_set_compression_strategy(c->png, Z_RLE);
    png_set_filter(c->png, 0, PNG_FILTER_PAETH);
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
