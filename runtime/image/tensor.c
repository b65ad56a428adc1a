/* tensor.c - pictures to tensors and back. */
#include "image/image.h"
#include "tensor/tensor.h"

#include <string.h>

mlp_status mlp_image_to_tensor(mlp_tensor **out, const mlp_image *image, bool channels_first, mlp_error *err)
{
    int64_t h = image->height, w = image->width, c = image->channels;
    int64_t shape[3] = { channels_first ? c : h, channels_first ? h : w, channels_first ? w : c };
    mlp_tensor *t = NULL;
    mlp_status st = mlp_tensor_new(&t, MLP_U8, 3, shape, err);
    if (st) return st;
    uint8_t *to = mlp_tensor_data(t);
    int64_t n = h * w;
    if (channels_first)
        for (int64_t i = 0; i < n * c; i++) to[i % c * n + i / c] = image->pixels[i];
    else memcpy(to, image->pixels, mlp_image_bytes(image));
    *out = t;
    return MLP_OK;
}

static uint8_t level(float share)
{
    float v = share * 255.f;
    return (uint8_t)(v > 255 ? 255 : v > 0 ? v : 0); /* NaN becomes 0 */
}

static void copy_values(mlp_image *image, const mlp_tensor *t)
{
    size_t n = mlp_image_bytes(image);
    if (t->dtype == MLP_U8) {
        memcpy(image->pixels, mlp_tensor_data(t), n);
        return;
    }
    const float *from = mlp_tensor_data(t);
    for (size_t i = 0; i < n; i++) image->pixels[i] = level(from[i]);
}

/* t in rows of pixels, contiguous, as u8 or f32. */
static mlp_status arrange(mlp_tensor **out, mlp_tensor *t, bool channels_first, mlp_error *err)
{
    static const int to_hwc[3] = { 1, 2, 0 };
    mlp_tensor *view = NULL, *typed = NULL;
    mlp_status st =
        channels_first && t->ndim == 3 ? mlp_tensor_permute(&view, t, to_hwc, err) : mlp_tensor_alias(&view, t, err);
    if (st) return st;
    if (t->dtype == MLP_U8 || t->dtype == MLP_F32) typed = mlp_tensor_retain(view);
    else st = mlp_tensor_cast(&typed, view, MLP_F32, err);
    if (!st) st = mlp_tensor_contiguous(out, typed, err);
    mlp_tensor_release(view);
    mlp_tensor_release(typed);
    return st;
}

mlp_status mlp_image_from_tensor(mlp_image **out, mlp_tensor *t, bool channels_first, mlp_error *err)
{
    char text[MLP_SHAPE_TEXT];
    bool flat = t->ndim == 2, first = channels_first && !flat;
    int64_t c = flat ? 1 : t->ndim == 3 ? t->shape[first ? 0 : 2] : 0;
    if (c != 1 && c != 3)
        return mlp_fail(err, MLP_ESHAPE, "image from a tensor of %s: expected %s with 1 or 3 channels, or HxW",
                        mlp_shape_text(text, t->ndim, t->shape), channels_first ? "CxHxW" : "HxWxC");
    int64_t h = t->shape[first ? 1 : 0], w = t->shape[first ? 2 : 1];
    if (h < 1 || w < 1 || h > MLP_IMAGE_MAX_SIDE || w > MLP_IMAGE_MAX_SIDE)
        return mlp_fail(err, MLP_ESHAPE, "image from a tensor of %s: sides must be 1 to %d",
                        mlp_shape_text(text, t->ndim, t->shape), MLP_IMAGE_MAX_SIDE);
    mlp_tensor *ready = NULL;
    mlp_image *image = NULL;
    mlp_status st = arrange(&ready, t, channels_first, err);
    if (!st) st = mlp_image_new(&image, (int)w, (int)h, (int)c, err);
    if (!st) {
        copy_values(image, ready);
        *out = image;
    }
    mlp_tensor_release(ready);
    return st;
}
