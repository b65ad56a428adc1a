/* rows.c - where decoders put what they read: into the picture itself, or beside it when the channels differ. */
#include "image/codec_private.h"

#include <string.h>

static uint8_t over(unsigned colour, unsigned background, unsigned alpha)
{
    return (uint8_t)((colour * alpha + background * (255 - alpha) + 127) / 255);
}

/* All pixels from rows of grey (1 channel), RGB (3), or these with alpha (2, 4). */
static void fill(mlp_image *image, const uint8_t *rows, int channels, const uint8_t background[3])
{
    size_t n = (size_t)image->width * (size_t)image->height;
    bool colour = channels >= 3, alpha = channels == 2 || channels == 4;
    uint8_t *to = image->pixels;
    for (size_t i = 0; i < n; i++, rows += channels, to += image->channels) {
        unsigned a = alpha ? rows[channels - 1] : 255;
        uint8_t rgb[3];
        for (int c = 0; c < 3; c++) rgb[c] = over(rows[colour ? c : 0], background[c], a);
        if (image->channels == 3) memcpy(to, rgb, 3);
        else if (colour || alpha) mlp_grey_from_rgb(to, rgb, 1);
        else *to = rows[0];
    }
}

mlp_status mlp_rows_new(mlp_rows *rows, uint64_t width, uint64_t height, int channels, const mlp_coded *file,
                        mlp_error *err)
{
    mlp_status st = mlp_check_size(width, height, file, err);
    if (!st) st = mlp_image_new(&rows->image, (int)width, (int)height, file->options->channels, err);
    if (st) return st;
    rows->pixels = rows->image->pixels;
    rows->channels = channels;
    rows->bytes = (size_t)width * (size_t)height * (size_t)channels;
    if (channels == file->options->channels) return MLP_OK;
    void *block = NULL;
    st = mlp_block_new(&block, rows->bytes, err);
    rows->pixels = rows->beside = block;
    return st;
}

mlp_status mlp_rows_finish(mlp_image **out, mlp_rows *rows, int orientation, const mlp_coded *file, mlp_error *err)
{
    if (rows->beside) fill(rows->image, rows->beside, rows->channels, file->options->background);
    mlp_status st = mlp_image_orient(&rows->image, orientation, err);
    if (st) return st;
    *out = rows->image;
    rows->image = NULL;
    return MLP_OK;
}

void mlp_rows_free(mlp_rows *rows)
{
    mlp_block_free(rows->beside, rows->bytes);
    mlp_image_release(rows->image);
}
