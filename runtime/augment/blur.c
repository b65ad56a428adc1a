/* blur.c - Blur, GaussianBlur, MedianBlur and MotionBlur. */
#include "augment/transform_private.h"

#include <math.h>
#include <string.h>

enum { LARGEST = 127 };

enum { LIMIT, ALLOW_SHIFTED, ANGLE, DIRECTION };

/* Sizes of kernels have a middle. */
static mlp_status check(const char *who, const mlp_value *values, mlp_error *err)
{
    const double *n = values[LIMIT].number;
    for (int i = 0; i < 2; i++)
        if ((int)n[i] % 2 == 0)
            return mlp_fail(err, MLP_EINVAL, "%s: blur_limit is {%g, %g}: kernel sizes are odd, such as {%g, %g}", who,
                            n[0], n[1], n[0] + ((int)n[0] % 2 == 0), n[1] + ((int)n[1] % 2 == 0));
    return MLP_OK;
}

#define BLUR_LIMIT                                                                                                     \
    {                                                                                                                  \
        .name = "blur_limit", .doc = "range of the kernel size in pixels, odd", .kind = MLP_PARAM_INT_RANGE,           \
        .scalar = MLP_FROM_THREE, .low = 3, .high = LARGEST, .fallback = MLP_VALUE(3, 7)                               \
    }

/* ---- Blur ---- */

static const mlp_param blur_params[] = { BLUR_LIMIT };

static mlp_status apply_blur(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    mlp_image *blurred = NULL;
    mlp_status st = mlp_image_blur(&blurred, sample->image, mlp_draw_odd(t, LIMIT, rng), err);
    if (!st) mlp_sample_put(sample, blurred);
    return st;
}

static mlp_status apply_median(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    mlp_image *blurred = NULL;
    mlp_status st = mlp_image_median(&blurred, sample->image, mlp_draw_odd(t, LIMIT, rng), err);
    if (!st) mlp_sample_put(sample, blurred);
    return st;
}

/* ---- GaussianBlur ---- */

enum { SIGMA = 1 };

static const mlp_param gaussian_params[] = {
    { .name = "blur_limit",
      .doc = "range of the kernel size in pixels, an even one counting as the next; 0: as sigma needs it",
      .kind = MLP_PARAM_INT_RANGE,
      .scalar = MLP_FROM_ZERO,
      .low = 0,
      .high = LARGEST,
      .fallback = MLP_VALUE(0, 0) },
    { .name = "sigma_limit",
      .doc = "range of the standard deviation in pixels",
      .kind = MLP_PARAM_RANGE,
      .scalar = MLP_FROM_ZERO,
      .low = 0,
      .high = 50,
      .fallback = MLP_VALUE(0.5, 3) },
};

/* A sigma of (nearly) 0 leaves one weight in the middle. */
static mlp_status apply_gaussian(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    double sigma = fmax(mlp_draw_range(t, SIGMA, rng), 1e-3);
    int drawn = mlp_draw_int(t, LIMIT, rng), k = drawn == 0 ? (int)(3.5 * sigma) * 2 + 1 : drawn | 1;
    mlp_image *blurred = NULL;
    mlp_status st = mlp_image_gaussian_filter(&blurred, sample->image, k, sigma, err);
    if (!st) mlp_sample_put(sample, blurred);
    return st;
}

/* ---- MotionBlur ---- */

static const mlp_param motion_params[] = {
    BLUR_LIMIT,
    { .name = "allow_shifted",
      .doc = "the streak need not pass through the pixel",
      .kind = MLP_PARAM_BOOL,
      .fallback = MLP_VALUE(1) },
    { .name = "angle_range",
      .doc = "range of the streak's angle in degrees",
      .kind = MLP_PARAM_RANGE,
      .scalar = MLP_SAME,
      .low = 0,
      .high = 360,
      .fallback = MLP_VALUE(0, 360) },
    { .name = "direction_range",
      .doc = "-1: all of the streak behind the pixel, 1: ahead of it",
      .kind = MLP_PARAM_RANGE,
      .scalar = MLP_SAME,
      .low = -1,
      .high = 1,
      .fallback = MLP_VALUE(-1, 1) },
};

/* A streak of k points through the middle of a k x k kernel; equal weights on the cells that it meets. */
static void draw_streak(float *kernel, int k, double angle, double direction, const double shift[2])
{
    const double degree = 3.14159265358979323846 / 180;
    const int middle = k / 2;
    double begin = -middle, end = middle;
    if (direction < 0) end *= 1 + direction;
    if (direction > 0) begin *= 1 - direction;
    int cells = 0;
    memset(kernel, 0, (size_t)k * (size_t)k * sizeof *kernel);
    for (int i = 0; i < k; i++) {
        double t = begin + (end - begin) * i / (k - 1);
        double x = rint(middle + cos(angle * degree) * t + shift[0]),
               y = rint(middle + sin(angle * degree) * t + shift[1]);
        int ix = x < 0 ? 0 : x > k - 1 ? k - 1 : (int)x, iy = y < 0 ? 0 : y > k - 1 ? k - 1 : (int)y;
        if (kernel[iy * k + ix] == 0) cells++;
        kernel[iy * k + ix] = 1;
    }
    for (int i = 0; i < k * k; i++) kernel[i] /= (float)cells;
}

static mlp_status apply_motion(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    float kernel[LARGEST * LARGEST];
    int k = mlp_draw_odd(t, LIMIT, rng);
    double angle = mlp_draw_range(t, ANGLE, rng), direction = mlp_draw_range(t, DIRECTION, rng), shift[2] = { 0, 0 };
    const int reach = k / 2; /* the streak moves by up to half of that */
    if (mlp_number(t, ALLOW_SHIFTED) != 0)
        for (int i = 0; i < 2; i++) shift[i] = mlp_rng_range(rng, -0.5, 0.5) * reach;
    draw_streak(kernel, k, angle, direction, shift);
    mlp_image *blurred = NULL;
    mlp_status st = mlp_image_filter(&blurred, sample->image, kernel, k, err);
    if (!st) mlp_sample_put(sample, blurred);
    return st;
}

const mlp_transform_type mlp_blur_type = {
    .about = { .name = "Blur", .doc = "Averages over a square.", MLP_PARAMS(blur_params), .check = check },
    .p = 0.5,
    .apply = apply_blur,
};
const mlp_transform_type mlp_gaussian_blur_type = {
    .about = { .name = "GaussianBlur", .doc = "Blurs as a lens out of focus.", MLP_PARAMS(gaussian_params) },
    .p = 0.5,
    .apply = apply_gaussian,
};
const mlp_transform_type mlp_median_blur_type = {
    .about = { .name = "MedianBlur",
               .doc = "Takes the median over a square: specks go, edges stay.",
               MLP_PARAMS(blur_params),
               .check = check },
    .p = 0.5,
    .apply = apply_median,
};
const mlp_transform_type mlp_motion_blur_type = {
    .about = { .name = "MotionBlur",
               .doc = "Blurs along a line, as a moving camera does.",
               MLP_PARAMS(motion_params),
               .check = check },
    .p = 0.5,
    .apply = apply_motion,
};
