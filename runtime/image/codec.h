/* codec.h - what the files of this folder share; not for others. */
#ifndef MLP_CODEC_H
#define MLP_CODEC_H

#include "image/image.h"

/* Decoders of one format; the bytes have been sniffed, options are complete. */
mlp_status mlp_jpeg_decode(mlp_image **out, const uint8_t *bytes, size_t length, const char *name,
                           const mlp_decode_options *options, mlp_error *err);
mlp_status mlp_png_decode(mlp_image **out, const uint8_t *bytes, size_t length, const char *name,
                          const mlp_decode_options *options, mlp_error *err);

/* Refuses what a header claims before anything is allocated for it. */
mlp_status mlp_check_size(uint64_t width, uint64_t height, const char *name, const mlp_decode_options *options,
                          mlp_error *err);

/* n pixels; RGB to grey is OpenCV's RGB2GRAY. */
void mlp_grey_from_rgb(uint8_t *grey, const uint8_t *rgb, size_t n);
void mlp_rgb_from_grey(uint8_t *rgb, const uint8_t *grey, size_t n);

/* The orientation (1 to 8) that an APP1 segment's payload tells; 1 when it tells none or makes no sense. */
int mlp_exif_orientation(const uint8_t *app1, size_t length);

/* Turns a picture upright; *out may be image itself, with a new reference. */
mlp_status mlp_image_orient(mlp_image **out, mlp_image *image, int orientation, mlp_error *err);

#endif
