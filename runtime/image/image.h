/* image.h - pictures: u8 pixels in rows, 1 or 3 channels interleaved (HxWxC); in from files, out as PNG. */
#ifndef MLP_IMAGE_H
#define MLP_IMAGE_H

#include "base/base.h"

typedef struct mlp_image {
    int refs; /* atomic */
    int width, height, channels;
    uint8_t *pixels; /* height * width * channels bytes, no padding */
} mlp_image;

/* Not initialised. channels 1 or 3; at most MLP_IMAGE_MAX_SIDE a side. */
enum { MLP_IMAGE_MAX_SIDE = 32768 };
mlp_status mlp_image_new(mlp_image **out, int width, int height, int channels, mlp_error *err);
mlp_image *mlp_image_retain(mlp_image *image);
void mlp_image_release(mlp_image *image);
static inline size_t mlp_image_bytes(const mlp_image *image)
{
    return (size_t)image->width * (size_t)image->height * (size_t)image->channels;
}

typedef struct mlp_decode_options {
    int channels;          /* 3: RGB (grey is replicated); 1: grey (ITU-R 601 weights, as OpenCV) */
    uint8_t background[3]; /* what shows through transparent pixels; default white */
    int64_t max_pixels;    /* refuse larger pictures before allocating; default 100 million */
    int draft;    /* 0: all pixels. Otherwise a JPEG comes at a half, a quarter or an eighth of its size, as long as
                   * both sides keep so many pixels at least: much quicker for large photos that are made small
                   * afterwards. Its pixels are averages then, as area resizing gives them, nearly. */
    char *remark; /* NULL, or room for MLP_REMARK_TEXT bytes: what is odd about a file that is read all the same, or
                   * "" */
} mlp_decode_options;
enum { MLP_REMARK_TEXT = 100 };
mlp_decode_options mlp_decode_defaults(void);

/* Decodes what the bytes are, whatever they are called: JPEG (CMYK and YCCK converted), PNG (1 to 16 bits, palette,
 * alpha, interlaced), WebP, BMP, TIFF (its first page), GIF and animations (the first frame); turned upright by EXIF.
 * Picture data that ends early or is damaged is an error, not a grey half; oddities that take nothing away are a
 * remark. Never larger in memory than max_pixels allows; time is bounded by the pixels and the length, and an interrupt
 * ends it. `name` is for messages. Thread-safe. */
mlp_status mlp_image_decode(mlp_image **out, const uint8_t *bytes, size_t length, const char *name,
                            const mlp_decode_options *options, mlp_error *err);
mlp_status mlp_image_load(mlp_image **out, const char *path, const mlp_decode_options *options, mlp_error *err);

typedef enum mlp_image_format {
    MLP_NOT_AN_IMAGE = 0,
    MLP_JPEG,
    MLP_PNG,
    MLP_WEBP,
    MLP_BMP,
    MLP_GIF,
    MLP_TIFF,
    MLP_IMAGE_FORMATS
} mlp_image_format;
const char *mlp_image_format_name(mlp_image_format format); /* "JPEG"; NULL for none */

/* By the first bytes (16 are enough), and by what a file's name ends in, in any case. */
mlp_image_format mlp_image_sniff(const uint8_t *bytes, size_t length);
mlp_image_format mlp_image_format_named(const char *name);
#define MLP_PICTURE_NAMES ".jpg, .png, .webp, .bmp, .gif or .tiff" /* what to expect, for messages; there are more */

/* What bytes look like that are none of the formats, for messages: "a PDF". */
const char *mlp_image_foreign(const uint8_t *bytes, size_t length);

/* A PNG file in memory; release *bytes with free(). */
mlp_status mlp_image_encode_png(uint8_t **bytes, size_t *length, const mlp_image *image, mlp_error *err);

/* A JPEG file in memory, colours at half the size; quality 1 to 100. Release *bytes with free(). */
mlp_status mlp_image_encode_jpeg(uint8_t **bytes, size_t *length, const mlp_image *image, int quality, mlp_error *err);

typedef enum mlp_interpolation { MLP_NEAREST = 0, MLP_LINEAR = 1, MLP_CUBIC = 2, MLP_AREA = 3 } mlp_interpolation;

/* OpenCV's resize to the last bit for NEAREST and LINEAR (no antialias when shrinking), area averages for AREA. */
mlp_status mlp_image_resize(mlp_image **out, const mlp_image *image, int width, int height,
                            mlp_interpolation interpolation, mlp_error *err);

/* Pictures and tensors: u8 tensors of shape HxWxC, or CxHxW when `channels_first`. From a tensor: C is 1 or 3 (or
 * absent: HxW is grey); u8 levels stay, every other type counts 0..1 as 0..255, clipped and truncated (as add_image
 * does). */
struct mlp_tensor;
mlp_status mlp_image_to_tensor(struct mlp_tensor **out, const mlp_image *image, bool channels_first, mlp_error *err);
mlp_status mlp_image_from_tensor(mlp_image **out, struct mlp_tensor *t, bool channels_first, mlp_error *err);

/* 1 channel to 3 (replicated) and 3 to 1 (OpenCV's RGB2GRAY); retains when nothing is to do. */
mlp_status mlp_image_convert(mlp_image **out, mlp_image *image, int channels, mlp_error *err);

#endif
