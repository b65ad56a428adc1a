/* sample.c - what travels through a pipeline, and its way into a batch. */
#include "augment/transform_private.h"

#include <string.h>

void mlp_sample_begin(mlp_sample *sample, mlp_image *image)
{
    sample->image = mlp_image_retain(image);
    sample->normalized = false;
    sample->layout = MLP_HWC;
}

void mlp_sample_clear(mlp_sample *sample)
{
    mlp_image_release(sample->image);
    sample->image = NULL;
}

void mlp_sample_put(mlp_sample *sample, mlp_image *image)
{
    mlp_image_release(sample->image);
    sample->image = image;
}

mlp_image *mlp_sample_writable(mlp_sample *sample, mlp_error *err)
{
    const mlp_image *image = sample->image;
    if (__atomic_load_n(&image->refs, __ATOMIC_ACQUIRE) == 1) return sample->image;
    mlp_image *copy = NULL;
    if (mlp_image_new(&copy, image->width, image->height, image->channels, err)) return NULL;
    memcpy(copy->pixels, image->pixels, mlp_image_bytes(copy));
    mlp_sample_put(sample, copy);
    return copy;
}

mlp_status mlp_sample_lookup(mlp_sample *sample, const uint8_t table[256], mlp_error *err)
{
    mlp_image *image = mlp_sample_writable(sample, err);
    if (!image) return MLP_ENOMEM;
    size_t n = mlp_image_bytes(image);
    for (size_t i = 0; i < n; i++) image->pixels[i] = table[image->pixels[i]];
    return MLP_OK;
}

/* ---- writing ---- */

static void write_u8(const mlp_image *image, mlp_layout layout, uint8_t *out)
{
    size_t n = (size_t)image->width * (size_t)image->height;
    const uint8_t *from = image->pixels;
    if (layout == MLP_HWC || image->channels == 1) {
        memcpy(out, from, mlp_image_bytes(image));
        return;
    }
    for (size_t i = 0; i < n; i++, from += 3) {
        out[i] = from[0];
        out[n + i] = from[1];
        out[2 * n + i] = from[2];
    }
}

static void write_f32(const mlp_image *image, mlp_layout layout, const float (*table)[256], float *out)
{
    size_t n = (size_t)image->width * (size_t)image->height;
    const uint8_t *from = image->pixels;
    if (image->channels == 1) {
        for (size_t i = 0; i < n; i++) out[i] = table[0][from[i]];
    } else if (layout == MLP_HWC) {
        for (size_t i = 0; i < n; i++, from += 3, out += 3)
            for (int c = 0; c < 3; c++) out[c] = table[c][from[c]];
    } else {
        for (size_t i = 0; i < n; i++, from += 3) {
            out[i] = table[0][from[0]];
            out[n + i] = table[1][from[1]];
            out[2 * n + i] = table[2][from[2]];
        }
    }
}

mlp_status mlp_sample_write(const mlp_sample *sample, bool floats, mlp_layout layout, void *out, mlp_error *err)
{
    if (!floats && sample->normalized)
        return mlp_fail(err, MLP_EDTYPE, "a normalized sample holds floats and cannot be written as u8");
    if (!floats) {
        write_u8(sample->image, layout, out);
    } else if (sample->normalized) {
        write_f32(sample->image, layout, sample->table, out);
    } else {
        float levels[3][256];
        for (int i = 0; i < 256; i++) levels[0][i] = levels[1][i] = levels[2][i] = (float)i;
        write_f32(sample->image, layout, levels, out);
    }
    return MLP_OK;
}
