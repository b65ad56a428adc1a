/* distortion.c - ElasticTransform and GridDistortion: each pixel is looked up a little elsewhere. */
#include "augment/transform_private.h"

#include <math.h>
#include <stdlib.h>

/* Where each pixel comes from: two maps in one block, released with free(). */
typedef struct maps {
    float *x, *y;
} maps;

static mlp_status maps_new(maps *m, size_t count, mlp_error *err)
{
    void *block = NULL;
    mlp_status st = mlp_alloc(&block, 2 * count, sizeof(float), err);
    m->x = block;
    m->y = m->x ? m->x + count : NULL;
    return st;
}

static mlp_status look_up(mlp_sample *sample, const maps *m, const mlp_sampling *sampling, mlp_error *err)
{
    mlp_image *out = NULL;
    mlp_status st = mlp_image_remap(&out, sample->image, m->x, m->y, sampling, err);
    if (!st) mlp_sample_put(sample, out);
    return st;
}

/* ---- ElasticTransform ---- */

enum { ALPHA, SIGMA, INTERPOLATION, APPROXIMATE, SAME_DXDY, NOISE, BORDER, FILL };
enum { GAUSSIAN, UNIFORM };
enum { LARGEST_SIGMA = 200, APPROXIMATE_RADIUS = 8, LARGEST_RADIUS = 4 * LARGEST_SIGMA };

static const char *const noises[] = { "gaussian", "uniform", NULL };

static const mlp_param elastic_params[] = {
    { .name = "alpha",
      .doc = "strength, in pixels",
      .kind = MLP_PARAM_FLOAT,
      .low = 0,
      .high = 100000,
      .fallback = MLP_VALUE(1) },
    { .name = "sigma",
      .doc = "standard deviation of the blur that makes neighbours move alike, in pixels",
      .kind = MLP_PARAM_FLOAT,
      .low = 1,
      .high = LARGEST_SIGMA,
      .fallback = MLP_VALUE(50) },
    MLP_PARAM_WARP,
    { .name = "approximate",
      .doc = "blur over 17 pixels at most, which is quicker",
      .kind = MLP_PARAM_BOOL,
      .fallback = MLP_VALUE(0) },
    { .name = "same_dxdy", .doc = "the same shifts along x and y", .kind = MLP_PARAM_BOOL, .fallback = MLP_VALUE(0) },
    { .name = "noise_distribution",
      .doc = "what the shifts are made of",
      .kind = MLP_PARAM_CHOICE,
      .choices = noises,
      .fallback = MLP_VALUE(GAUSSIAN) },
    MLP_PARAM_BORDER,
    MLP_PARAM_FILL,
};

static void fill_noise(float *field, size_t count, int noise, mlp_rng *rng)
{
    for (size_t i = 0; i < count; i++)
        field[i] = (float)(noise == GAUSSIAN ? mlp_rng_normal(rng) : mlp_rng_range(rng, -1, 1));
}

/* The largest becomes 1 or -1. */
static void normalize(float *field, size_t count)
{
    float largest = 0;
    for (size_t i = 0; i < count; i++) largest = fmaxf(largest, fabsf(field[i]));
    for (size_t i = 0; largest > 1e-6f && i < count; i++) field[i] /= largest;
}

/* n numbers that are `stride` apart, blurred in place; the edge goes on outside. line: room for n. */
static void blur_line(float *at, int n, size_t stride, const float *weights, int radius, float *line)
{
    for (int i = 0; i < n; i++) line[i] = at[(size_t)i * stride];
    for (int i = 0; i < n; i++) {
        float sum = 0;
        for (int j = -radius; j <= radius; j++)
            sum += weights[j + radius] * line[mlp_border_index(i + j, n, MLP_BORDER_REPLICATE)];
        at[(size_t)i * stride] = sum;
    }
}

static void blur(float *field, int width, int height, double sigma, int radius, float *line)
{
    float weights[2 * LARGEST_RADIUS + 1];
    double sum = 0;
    for (int j = -radius; j <= radius; j++) sum += exp(-j * j / (2 * sigma * sigma));
    for (int j = -radius; j <= radius; j++) weights[j + radius] = (float)(exp(-j * j / (2 * sigma * sigma)) / sum);
    for (int y = 0; y < height; y++) blur_line(field + (size_t)y * (size_t)width, width, 1, weights, radius, line);
    for (int x = 0; x < width; x++) blur_line(field + x, height, (size_t)width, weights, radius, line);
}

/* Shifts become places. */
static void add_places(maps *m, int width, int height, bool same, float alpha)
{
    size_t i = 0;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++, i++) {
            float dx = alpha * m->x[i], dy = same ? dx : alpha * m->y[i];
            m->x[i] = (float)x + dx;
            m->y[i] = (float)y + dy;
        }
}

static mlp_status apply_elastic(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    const mlp_image *image = sample->image;
    int width = image->width, height = image->height, noise = mlp_choice(t, NOISE);
    size_t count = (size_t)width * (size_t)height;
    double sigma = mlp_number(t, SIGMA);
    bool same = mlp_number(t, SAME_DXDY) != 0;
    int radius = mlp_number(t, APPROXIMATE) != 0 ? APPROXIMATE_RADIUS : (int)lrint(8 * sigma + 1) / 2;
    maps m;
    void *line = NULL;
    mlp_status st = maps_new(&m, count, err);
    if (!st) st = mlp_alloc(&line, (size_t)(width > height ? width : height), sizeof(float), err);
    if (!st) {
        size_t drawn = same ? count : 2 * count;
        fill_noise(m.x, drawn, noise, rng);
        if (noise == GAUSSIAN) normalize(m.x, drawn);
        blur(m.x, width, height, sigma, radius, line);
        if (!same) blur(m.y, width, height, sigma, radius, line);
        add_places(&m, width, height, same, (float)mlp_number(t, ALPHA));
        const mlp_sampling sampling = mlp_read_sampling(t, INTERPOLATION, BORDER, FILL);
        st = look_up(sample, &m, &sampling, err);
    }
    free(m.x);
    free(line);
    return st;
}

/* ---- GridDistortion ---- */

enum { STEPS, DISTORT, GRID_INTERPOLATION, NORMALIZED, GRID_BORDER, GRID_FILL };
enum { MOST_STEPS = 1000 };

static const mlp_param grid_params[] = {
    { .name = "num_steps",
      .doc = "cells along each side",
      .kind = MLP_PARAM_INT,
      .low = 1,
      .high = MOST_STEPS,
      .fallback = MLP_VALUE(5) },
    { .name = "distort_limit",
      .doc = "range of (a cell's stretching - 1)",
      .kind = MLP_PARAM_RANGE,
      .scalar = MLP_SYMMETRIC,
      .low = -0.99,
      .high = 0.99,
      .fallback = MLP_VALUE(-0.3, 0.3) },
    MLP_PARAM_WARP,
    { .name = "normalized",
      .doc = "cells fill the picture exactly: nothing leaves it",
      .kind = MLP_PARAM_BOOL,
      .fallback = MLP_VALUE(1) },
    MLP_PARAM_BORDER,
    MLP_PARAM_FILL,
};

/* steps + 1 factors of cells along a side; the last cell has what the others leave, maybe nothing. */
static void draw_factors(const mlp_transform *t, double *factors, int steps, mlp_rng *rng)
{
    for (int i = 0; i <= steps; i++) factors[i] = 1 + mlp_draw_range(t, DISTORT, rng);
}

static void normalize_factors(double *factors, int steps, int size)
{
    int cell = size / steps, last = size - steps * cell;
    double sum = 0;
    factors[steps] *= (last < cell ? last : cell) / (double)cell;
    for (int i = 0; i <= steps; i++) sum += factors[i];
    for (int i = 0; i <= steps; i++) factors[i] *= size / (double)cell / sum;
}

/* places[i] for the `size` pixels along a side: each cell runs from the end of the one before it to its own. Pixels
 * behind the last cell come from 0, as there. */
static void fill_places(float *places, int size, const double *factors, int steps)
{
    int cell = size / steps;
    double begin = 0;
    for (int i = 0; i < size; i++) places[i] = 0;
    for (int k = 0; k <= steps; k++) {
        int first = k * cell, n = first + cell < size ? cell : size - first;
        double end = begin + cell * factors[k];
        for (int i = 0; i < n; i++) places[first + i] = (float)(begin + (n > 1 ? (end - begin) * i / (n - 1) : 0));
        begin = end;
    }
}

static void fill_grid(maps *m, int width, int height)
{
    for (size_t i = (size_t)width * (size_t)height; i-- > 0;) { /* the first row and column hold the places: last */
        m->x[i] = m->x[i % (size_t)width];
        m->y[i] = m->y[i / (size_t)width];
    }
}

static mlp_status apply_grid(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    const mlp_image *image = sample->image;
    int sizes[2] = { image->width, image->height }, steps[2];
    double factors[2][MOST_STEPS + 1];
    for (int k = 0; k < 2; k++) {
        steps[k] = (int)fmin(mlp_number(t, STEPS), sizes[k]); /* a cell has a pixel at least */
        draw_factors(t, factors[k], steps[k], rng);
        if (mlp_number(t, NORMALIZED) != 0) normalize_factors(factors[k], steps[k], sizes[k]);
    }
    maps m;
    mlp_status st = maps_new(&m, (size_t)sizes[0] * (size_t)sizes[1], err);
    if (!st && m.x) {
        fill_places(m.x, sizes[0], factors[0], steps[0]);
        fill_places(m.y, sizes[1], factors[1], steps[1]);
        fill_grid(&m, sizes[0], sizes[1]);
        const mlp_sampling sampling = mlp_read_sampling(t, GRID_INTERPOLATION, GRID_BORDER, GRID_FILL);
        st = look_up(sample, &m, &sampling, err);
    }
    free(m.x);
    return st;
}

const mlp_transform_type mlp_elastic_transform_type = {
    .about = { .name = "ElasticTransform",
               .doc = "Moves pixels about as on a sheet of rubber.",
               MLP_PARAMS(elastic_params) },
    .p = 0.5,
    .apply = apply_elastic,
};
const mlp_transform_type mlp_grid_distortion_type = {
    .about = { .name = "GridDistortion",
               .doc = "Stretches and squeezes the cells of a grid.",
               MLP_PARAMS(grid_params) },
    .p = 0.5,
    .apply = apply_grid,
};
