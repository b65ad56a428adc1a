/* hsv.c - from RGB to HSV and back, with OpenCV's roundings for u8.
 *
 * On the way to HSV everything is in whole numbers: 12 bits after the point, and reciprocals from a table. On the way
 * back OpenCV calculates in f32, and truncates in blocks as wide as the vectors of the machine but rounds the rest of a
 * row; truncated is what most pixels are, so here all are. */
#include "augment/hsv_private.h"

#include <math.h>

enum { BITS = 12, HALF = 1 << (BITS - 1) };

typedef struct reciprocals {
    int saturation[256], hue[256]; /* of V, and of the difference between the largest and the smallest level */
} reciprocals;

static void fill_reciprocals(reciprocals *r)
{
    r->saturation[0] = r->hue[0] = 0;
    for (int i = 1; i < 256; i++) {
        r->saturation[i] = (int)lrint((255 << BITS) / (double)i);
        r->hue[i] = (int)lrint((MLP_HUES << BITS) / (6.0 * i));
    }
}

static int max_2(int a, int b)
{
    return a > b ? a : b;
}

static void to_hsv(const reciprocals *table, const uint8_t rgb[3], int hsv[3])
{
    int r = rgb[0], g = rgb[1], b = rgb[2];
    int v = max_2(max_2(r, g), b), d = v + max_2(max_2(-r, -g), -b);
    int sixths = v == r ? g - b : v == g ? b - r + 2 * d : r - g + 4 * d;
    int hue = (sixths * table->hue[d] + HALF) >> BITS;
    hsv[0] = hue < 0 ? hue + MLP_HUES : hue;
    hsv[1] = (d * table->saturation[v] + HALF) >> BITS;
    hsv[2] = v;
}

static uint8_t level(float x)
{
    return (uint8_t)(x * 255);
}

static void to_rgb(int hue, int saturation, int value, uint8_t rgb[3])
{
    static const int places[6][3] = { { 1, 3, 0 }, { 1, 0, 2 }, { 3, 0, 1 }, { 0, 2, 1 }, { 0, 1, 3 }, { 2, 1, 0 } };
    float h = (float)hue * (6.0f / MLP_HUES), s = (float)saturation * (1 / 255.0f), v = (float)value * (1 / 255.0f);
    int sector = (int)h;
    float within = h - (float)sector;
    const float mixed[4] = { v, v * (1 - s), v * (1 - s * within), v * (1 - s * (1 - within)) };
    for (int c = 0; c < 3; c++) rgb[2 - c] = level(mixed[places[sector % 6][c]]);
}

void mlp_hsv_identity(mlp_hsv_tables *tables)
{
    for (int i = 0; i < MLP_HUES; i++) tables->hue[i] = (uint8_t)i;
    for (int i = 0; i < 256; i++) tables->saturation[i] = tables->value[i] = (uint8_t)i;
}

void mlp_hsv_turn(mlp_hsv_tables *tables, double steps)
{
    for (int i = 0; i < MLP_HUES; i++) {
        double hue = fmod(i + steps, MLP_HUES);
        int turned = (int)(hue < 0 ? hue + MLP_HUES : hue);
        tables->hue[i] = (uint8_t)(turned % MLP_HUES); /* a hair below 0 becomes 180 */
    }
}

mlp_status mlp_sample_lookup_hsv(mlp_sample *sample, const mlp_hsv_tables *tables, mlp_error *err)
{
    if (sample->image->channels == 1) return mlp_sample_lookup(sample, tables->value, err);
    mlp_image *image = mlp_sample_writable(sample, err);
    if (!image) return MLP_ENOMEM;
    reciprocals table;
    fill_reciprocals(&table);
    size_t n = mlp_image_bytes(image);
    for (uint8_t *pixel = image->pixels; pixel < image->pixels + n; pixel += 3) {
        int hsv[3];
        to_hsv(&table, pixel, hsv);
        to_rgb(tables->hue[hsv[0]], tables->saturation[hsv[1]], tables->value[hsv[2]], pixel);
    }
    return MLP_OK;
}
