/* image.c - life of a picture, grey and colour. */
#include "image/codec_private.h"

#include <stdlib.h>

mlp_status mlp_image_new(mlp_image **out, int width, int height, int channels, mlp_error *err)
{
    if (width < 1 || height < 1 || width > MLP_IMAGE_MAX_SIDE || height > MLP_IMAGE_MAX_SIDE)
        return mlp_fail(err, MLP_EINVAL, "image of %dx%d (width x height): each side must be 1 to %d", width, height,
                        MLP_IMAGE_MAX_SIDE);
    if (channels != 1 && channels != 3)
        return mlp_fail(err, MLP_EINVAL, "image with %d channels: 1 (grey) and 3 (RGB) are supported", channels);
    mlp_image *image = NULL;
    mlp_status st = mlp_alloc((void **)&image, 1, sizeof *image, err);
    if (st) return st;
    *image = (mlp_image){ .refs = 1, .width = width, .height = height, .channels = channels };
    void *pixels = NULL;
    st = mlp_block_new(&pixels, mlp_image_bytes(image), err);
    if (st) {
        free(image);
        return st;
    }
    image->pixels = pixels;
    *out = image;
    return MLP_OK;
}

mlp_image *mlp_image_retain(mlp_image *image)
{
    if (image) __atomic_fetch_add(&image->refs, 1, __ATOMIC_RELAXED);
    return image;
}

void mlp_image_release(mlp_image *image)
{
    if (!image || __atomic_fetch_sub(&image->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    mlp_block_free(image->pixels, mlp_image_bytes(image));
    free(image);
}

mlp_status mlp_image_convert(mlp_image **out, mlp_image *image, int channels, mlp_error *err)
{
    if (channels == image->channels) {
        *out = mlp_image_retain(image);
        return MLP_OK;
    }
    mlp_image *result = NULL;
    mlp_status st = mlp_image_new(&result, image->width, image->height, channels, err);
    if (st || !result) return st;
    size_t n = (size_t)image->width * (size_t)image->height;
    if (channels == 1) mlp_grey_from_rgb(result->pixels, image->pixels, n);
    else mlp_rgb_from_grey(result->pixels, image->pixels, n);
    *out = result;
    return MLP_OK;
}
