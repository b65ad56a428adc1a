/* codec_private.h - what the files of this folder share; not for others. */
#ifndef MLP_CODEC_PRIVATE_H
#define MLP_CODEC_PRIVATE_H

#include "image/image.h"

/* A picture file in memory. */
typedef struct mlp_coded {
    const uint8_t *bytes;
    size_t length;
    const char *name; /* for messages */
    const mlp_decode_options *options;
} mlp_coded;

/* Decoders of one format; the bytes have been sniffed, options are complete. */
mlp_status mlp_jpeg_decode(mlp_image **out, const mlp_coded *file, mlp_error *err);
mlp_status mlp_png_decode(mlp_image **out, const mlp_coded *file, mlp_error *err);
mlp_status mlp_webp_decode(mlp_image **out, const mlp_coded *file, mlp_error *err);
mlp_status mlp_bmp_decode(mlp_image **out, const mlp_coded *file, mlp_error *err);
mlp_status mlp_gif_decode(mlp_image **out, const mlp_coded *file, mlp_error *err);
mlp_status mlp_tiff_decode(mlp_image **out, const mlp_coded *file, mlp_error *err);

/* Refuses what a header claims before anything is allocated for it. */
mlp_status mlp_check_size(uint64_t width, uint64_t height, const mlp_coded *file, mlp_error *err);

/* Says what is odd about a file that is read all the same. The first remark stays. */
void mlp_remark(const mlp_coded *file, const char *format, ...) MLP_PRINTF(2, 3);

/* n pixels; RGB to grey is OpenCV's RGB2GRAY. */
void mlp_grey_from_rgb(uint8_t *grey, const uint8_t *rgb, size_t n);
void mlp_rgb_from_grey(uint8_t *rgb, const uint8_t *grey, size_t n);

/* Where a decoder puts a picture's pixels, row after row: grey (1 channel), RGB (3), or these with alpha (2, 4),
 * through which the background shows. Begin with { .image = NULL }; `new` checks the size and leaves the pixels as they
 * are. */
typedef struct mlp_rows {
    mlp_image *image;
    uint8_t *pixels;
    size_t bytes;
    int channels;
    uint8_t *beside; /* the pixels, when they are not the image's own */
} mlp_rows;
mlp_status mlp_rows_new(mlp_rows *rows, uint64_t width, uint64_t height, int channels, const mlp_coded *file,
                        mlp_error *err);
mlp_status mlp_rows_finish(mlp_image **out, mlp_rows *rows, int orientation, const mlp_coded *file, mlp_error *err);
void mlp_rows_free(mlp_rows *rows);

/* What the markers of a JPEG in front of the picture data tell. */
typedef struct mlp_jpeg_header {
    int process;   /* the last digit of SOF0 to SOF15; -1: none was there */
    int precision; /* bits of a sample */
    int turn;      /* EXIF orientation */
} mlp_jpeg_header;
mlp_jpeg_header mlp_jpeg_header_read(const uint8_t *bytes, size_t length);

/* The orientation (1 to 8) that EXIF tells (a TIFF file, with or without the name "Exif" in front); 1 when it tells
 * none or makes no sense. */
int mlp_exif_orientation(const uint8_t *tiff, size_t length);

/* Turns a picture upright: releases *image and puts another there, unless nothing is to do. */
mlp_status mlp_image_orient(mlp_image **image, int orientation, mlp_error *err);

#endif
