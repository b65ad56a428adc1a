/* perspective.c - Perspective: four places near the corners are pulled apart. */
#include "augment/transform_private.h"
#include "augment/warp_private.h"

#include <math.h>

/* ---- matrices of 3 x 3, row by row ---- */

static void multiply(double out[9], const double a[9], const double b[9])
{
    for (int i = 0; i < 9; i++) {
        const double *row = a + i / 3 * 3, *column = b + i % 3;
        out[i] = row[0] * column[0] + row[1] * column[3] + row[2] * column[6];
    }
}

/* Up to a factor, which a perspective does not see. */
static void invert(double out[9], const double m[9])
{
    for (int i = 0; i < 9; i++) {
        int r = i % 3, c = i / 3, r1 = (r + 1) % 3, r2 = (r + 2) % 3, c1 = (c + 1) % 3, c2 = (c + 2) % 3;
        out[i] = m[r1 * 3 + c1] * m[r2 * 3 + c2] - m[r1 * 3 + c2] * m[r2 * 3 + c1];
    }
}

/* From a rectangle of the size to four corners. */
static void onto_corners(double out[9], double width, double height, const double corners[4][2])
{
    const double *a = corners[0], *b = corners[1], *c = corners[2], *d = corners[3];
    double dx1 = b[0] - c[0], dx2 = d[0] - c[0], sx = a[0] - b[0] + c[0] - d[0];
    double dy1 = b[1] - c[1], dy2 = d[1] - c[1], sy = a[1] - b[1] + c[1] - d[1];
    double det = dx1 * dy2 - dx2 * dy1, g = (sx * dy2 - dx2 * sy) / det, h = (dx1 * sy - sx * dy1) / det;
    const double square[9] = { b[0] - a[0] + g * b[0],
                               d[0] - a[0] + h * d[0],
                               a[0],
                               b[1] - a[1] + g * b[1],
                               d[1] - a[1] + h * d[1],
                               a[1],
                               g,
                               h,
                               1 };
    for (int i = 0; i < 9; i++) out[i] = square[i] / (i % 3 == 0 ? width : i % 3 == 1 ? height : 1);
}

static void place(const double m[9], double x, double y, double to[2])
{
    double w = m[6] * x + m[7] * y + m[8], share = w != 0 ? 1 / w : 0;
    to[0] = (m[0] * x + m[1] * y + m[2]) * share;
    to[1] = (m[3] * x + m[4] * y + m[5]) * share;
}

/* ---- the warp ---- */

typedef struct view {
    double inverse[9]; /* from the result to the picture */
    int width, height; /* of the result, before keep_size */
} view;

static double distance(const double a[2], const double b[2])
{
    return hypot(a[0] - b[0], a[1] - b[1]);
}

static int longer(double a, double b)
{
    return (int)fmax(2, fmax(a, b));
}

static void view_between(view *v, const mlp_image *image, const double corners[4][2])
{
    onto_corners(v->inverse, image->width, image->height, corners);
    v->width = longer(distance(corners[0], corners[1]), distance(corners[2], corners[3]));
    v->height = longer(distance(corners[1], corners[2]), distance(corners[3], corners[0]));
}

/* All of the picture, where the view between the corners puts it: its own corners, on whole pixels, from 0 on. */
static void view_all(view *v, const mlp_image *image)
{
    double m[9], low[2] = { INFINITY, INFINITY }, high[2] = { 0, 0 }, corners[4][2];
    const double w = image->width, h = image->height, own[4][2] = { { 0, 0 }, { w, 0 }, { w, h }, { 0, h } };
    invert(m, v->inverse);
    for (int i = 0; i < 4; i++) {
        place(m, own[i][0], own[i][1], corners[i]);
        for (int k = 0; k < 2; k++) low[k] = fmin(low[k], corners[i][k]);
    }
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 2; k++) {
            corners[i][k] = rint(corners[i][k] - low[k]);
            high[k] = fmax(high[k], corners[i][k]);
        }
    onto_corners(m, w, h, corners);
    invert(v->inverse, m);
    v->width = (int)fmin(fmax(high[0], 1), MLP_IMAGE_MAX_SIDE);
    v->height = (int)fmin(fmax(high[1], 1), MLP_IMAGE_MAX_SIDE);
}

static void positions(const void *context, int y, int x, int n, float *from_x, float *from_y)
{
    for (int i = 0; i < n; i++) {
        double from[2];
        place(context, x + i, y, from);
        from_x[i] = (float)fmin(fmax(from[0], -MLP_FARTHEST), MLP_FARTHEST); /* of a NaN too */
        from_y[i] = (float)fmin(fmax(from[1], -MLP_FARTHEST), MLP_FARTHEST);
    }
}

mlp_status mlp_image_perspective(mlp_image **out, const mlp_image *image, const double corners[4][2], bool keep_size,
                                 bool fit_output, const mlp_sampling *sampling, mlp_error *err)
{
    view v;
    view_between(&v, image, corners);
    if (fit_output) view_all(&v, image);
    if (!keep_size) return mlp_image_warp(out, image, v.width, v.height, positions, v.inverse, sampling, err);
    const double scale[9] = { v.width / (double)image->width, 0, 0, 0, v.height / (double)image->height, 0, 0, 0, 1 };
    double inverse[9];
    multiply(inverse, v.inverse, scale);
    return mlp_image_warp(out, image, image->width, image->height, positions, inverse, sampling, err);
}

/* ---- the transform ---- */

enum { SCALE, KEEP_SIZE, FIT_OUTPUT, INTERPOLATION, BORDER, FILL };

static const mlp_param params[] = {
    { .name = "scale",
      .doc = "range of the standard deviation of the corners' shifts, as a share of the sides",
      .kind = MLP_PARAM_RANGE,
      .scalar = MLP_FROM_ZERO,
      .low = 0,
      .high = 1,
      .fallback = MLP_VALUE(0.05, 0.1) },
    { .name = "keep_size",
      .doc = "the result is as large as the picture",
      .kind = MLP_PARAM_BOOL,
      .fallback = MLP_VALUE(1) },
    { .name = "fit_output",
      .doc = "all of the picture stays visible",
      .kind = MLP_PARAM_BOOL,
      .fallback = MLP_VALUE(0) },
    MLP_PARAM_WARP,
    MLP_PARAM_BORDER,
    MLP_PARAM_FILL,
};

/* A shift inwards, never so far that corners would meet. */
static double draw_shift(double std, mlp_rng *rng)
{
    return fmod(fabs(std * mlp_rng_normal(rng)), 0.32);
}

static mlp_status apply(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    static const bool right[4] = { false, true, true, false }, lower[4] = { false, false, true, true };
    const mlp_image *image = sample->image;
    double std = mlp_draw_range(t, SCALE, rng), corners[4][2];
    for (int i = 0; i < 4; i++) {
        double x = draw_shift(std, rng), y = draw_shift(std, rng);
        corners[i][0] = (right[i] ? 1 - x : x) * image->width;
        corners[i][1] = (lower[i] ? 1 - y : y) * image->height;
    }
    const mlp_sampling sampling = mlp_read_sampling(t, INTERPOLATION, BORDER, FILL);
    mlp_image *out = NULL;
    mlp_status st = mlp_image_perspective(&out, image, corners, mlp_number(t, KEEP_SIZE) != 0,
                                          mlp_number(t, FIT_OUTPUT) != 0, &sampling, err);
    if (!st) mlp_sample_put(sample, out);
    return st;
}

const mlp_transform_type mlp_perspective_type = {
    .about = { .name = "Perspective", .doc = "Shows the picture from another side.", MLP_PARAMS(params) },
    .p = 0.5,
    .apply = apply,
};
