/* affine.c - Affine and its special cases ShiftScaleRotate and Rotate: draw, make the matrix, warp.
 *
 * The matrix is Centre * Translate * Shear * Rotate * Scale * Centre^-1, with the centre at (W/2 - 0.5, H/2 - 0.5);
 * positive angles turn counter-clockwise. */
#include "augment/transform_private.h"

#include <math.h>

typedef struct motion {
    double scale[2], translate[2], shear[2], rotate; /* x and y; pixels; degrees */
} motion;

static void matrix_of(const motion *g, int width, int height, double m[6])
{
    const double degree = 3.14159265358979323846 / 180;
    double cx = width / 2.0 - 0.5, cy = height / 2.0 - 0.5;
    double angle = fmod(g->rotate, 360) * degree, c = cos(angle), s = sin(angle);
    double tx = tan(g->shear[0] * degree), ty = tan(g->shear[1] * degree);
    /* rotate * scale, then shear from the left */
    double r[4] = { c * g->scale[0], s * g->scale[1], -s * g->scale[0], c * g->scale[1] };
    m[0] = r[0] + tx * r[2], m[1] = r[1] + tx * r[3];
    m[3] = ty * r[0] + r[2], m[4] = ty * r[1] + r[3];
    m[2] = cx + g->translate[0] - m[0] * cx - m[1] * cy;
    m[5] = cy + g->translate[1] - m[3] * cx - m[4] * cy;
}

static bool is_identity(const double m[6])
{
    static const double identity[6] = { 1, 0, 0, 0, 1, 0 };
    for (int i = 0; i < 6; i++)
        if (fabs(m[i] - identity[i]) > 1e-8 + 1e-5 * identity[i]) return false;
    return true;
}

static mlp_status move(mlp_sample *sample, const motion *g, mlp_sampling sampling, mlp_error *err)
{
    const mlp_image *image = sample->image;
    mlp_image *moved = NULL;
    double m[6];
    matrix_of(g, image->width, image->height, m);
    if (is_identity(m)) return MLP_OK;
    mlp_status st = mlp_image_warp_affine(&moved, image, m, image->width, image->height, &sampling, err);
    if (!st) mlp_sample_put(sample, moved);
    return st;
}

/* Names of 1.x */
static const mlp_param_alias aliases[] = {
    { "value", "fill", -1 },
    { "cval", "fill", -1 },
    { "mode", "border_mode", -1 },
    { NULL, NULL, 0 },
};

/* ---- Affine ---- */

enum { SCALE, TRANSLATE_PERCENT, TRANSLATE_PX, ROTATE, SHEAR, INTERPOLATION, KEEP_RATIO, BALANCED, BORDER, FILL };

static const mlp_param affine_params[] = {
    { .name = "scale",
      .doc = "range of the zoom, per axis",
      .kind = MLP_PARAM_AXES,
      .low = 1e-3,
      .high = 1e3,
      .fallback = MLP_VALUE(1, 1, 1, 1) },
    { .name = "translate_percent",
      .doc = "range of the shift as a share of width and height",
      .kind = MLP_PARAM_AXES,
      .low = -10,
      .high = 10 },
    { .name = "translate_px",
      .doc = "range of the shift in whole pixels",
      .kind = MLP_PARAM_AXES,
      .low = -32768,
      .high = 32768 },
    { .name = "rotate",
      .doc = "range of the angle in degrees, counter-clockwise",
      .kind = MLP_PARAM_RANGE,
      .scalar = MLP_SAME,
      .low = -36000,
      .high = 36000,
      .fallback = MLP_VALUE(0, 0) },
    { .name = "shear",
      .doc = "range of the shear in degrees, per axis",
      .kind = MLP_PARAM_AXES,
      .low = -89,
      .high = 89,
      .fallback = MLP_VALUE(0, 0, 0, 0) },
    MLP_PARAM_WARP,
    { .name = "keep_ratio", .doc = "one zoom for both axes", .kind = MLP_PARAM_BOOL, .fallback = MLP_VALUE(0) },
    { .name = "balanced_scale",
      .doc = "shrink and enlarge equally often",
      .kind = MLP_PARAM_BOOL,
      .fallback = MLP_VALUE(0) },
    MLP_PARAM_BORDER,
    MLP_PARAM_FILL,
};

static mlp_status check_affine(const char *who, const mlp_value *values, mlp_error *err)
{
    const mlp_value *px = &values[TRANSLATE_PX];
    if (values[TRANSLATE_PERCENT].count && px->count)
        return mlp_fail(err, MLP_EINVAL, "%s: translate_percent and translate_px were both given; give one", who);
    const double *s = values[SCALE].number;
    if (values[KEEP_RATIO].number[0] != 0 && (s[0] != s[2] || s[1] != s[3]))
        return mlp_fail(err, MLP_EINVAL,
                        "%s: keep_ratio = true needs one scale for both axes, got x = {%g, %g}, y = {%g, %g}", who,
                        s[0], s[1], s[2], s[3]);
    for (int i = 0; i < px->count; i++)
        if (px->number[i] != floor(px->number[i]))
            return mlp_fail(err, MLP_EINVAL, "%s: translate_px is %g, expected whole pixels", who, px->number[i]);
    return MLP_OK;
}

/* With `balanced`, {0.5, 2} gives a half of the draws below 1, not a third. */
static double draw_scale(const double range[2], bool balanced, mlp_rng *rng)
{
    double low = range[0], high = range[1];
    if (balanced) {
        bool below = low<1, above = high> 1;
        if (below && above && mlp_rng_uniform(rng) < 0.5) above = false;
        else if (below && above) below = false;
        if (below) high = 1;
        else if (above) low = 1;
        else low = high = 1;
    }
    return mlp_rng_range(rng, low, high);
}

static mlp_status apply_affine(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    motion g = { .translate = { 0, 0 } };
    const mlp_value *px = mlp_given(t, TRANSLATE_PX), *percent = mlp_given(t, TRANSLATE_PERCENT);
    const int size[2] = { sample->image->width, sample->image->height };
    const double *scale = t->values[SCALE].number, *shear = t->values[SHEAR].number;
    for (int k = 0; k < 2; k++) {
        if (px) g.translate[k] = (double)mlp_rng_int(rng, (int64_t)px->number[2 * k], (int64_t)px->number[2 * k + 1]);
        if (percent)
            g.translate[k] = trunc(mlp_rng_range(rng, percent->number[2 * k], percent->number[2 * k + 1]) * size[k]);
        g.shear[k] = -mlp_rng_range(rng, shear[2 * k], shear[2 * k + 1]);
        g.scale[k] = draw_scale(scale + 2 * k, mlp_number(t, BALANCED) != 0, rng);
    }
    if (mlp_number(t, KEEP_RATIO) != 0) g.scale[1] = g.scale[0];
    g.rotate = mlp_draw_range(t, ROTATE, rng);
    return move(sample, &g, mlp_read_sampling(t, INTERPOLATION, BORDER, FILL), err);
}

/* ---- ShiftScaleRotate ---- */

enum { SSR_SHIFT, SSR_SCALE, SSR_ROTATE, SSR_INTERPOLATION, SSR_BORDER, SSR_SHIFT_X, SSR_SHIFT_Y, SSR_FILL };

static const mlp_param shift_scale_rotate_params[] = {
    { .name = "shift_limit",
      .doc = "range of the shift as a share of width and height",
      .kind = MLP_PARAM_RANGE,
      .scalar = MLP_SYMMETRIC,
      .low = -1,
      .high = 1,
      .fallback = MLP_VALUE(-0.0625, 0.0625) },
    { .name = "scale_limit",
      .doc = "range of (zoom - 1)",
      .kind = MLP_PARAM_RANGE,
      .scalar = MLP_SYMMETRIC,
      .low = -0.999,
      .high = 1e3,
      .fallback = MLP_VALUE(-0.1, 0.1) },
    { .name = "rotate_limit",
      .doc = "range of the angle in degrees",
      .kind = MLP_PARAM_RANGE,
      .scalar = MLP_SYMMETRIC,
      .low = -36000,
      .high = 36000,
      .fallback = MLP_VALUE(-45, 45) },
    MLP_PARAM_WARP,
    MLP_PARAM_BORDER,
    { .name = "shift_limit_x",
      .doc = "shift_limit along x alone",
      .kind = MLP_PARAM_RANGE,
      .scalar = MLP_SYMMETRIC,
      .low = -1,
      .high = 1 },
    { .name = "shift_limit_y",
      .doc = "shift_limit along y alone",
      .kind = MLP_PARAM_RANGE,
      .scalar = MLP_SYMMETRIC,
      .low = -1,
      .high = 1 },
    MLP_PARAM_FILL,
};

static mlp_status apply_shift_scale_rotate(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    motion g = { .shear = { 0, 0 } };
    int shift_x = mlp_given(t, SSR_SHIFT_X) ? SSR_SHIFT_X : SSR_SHIFT;
    int shift_y = mlp_given(t, SSR_SHIFT_Y) ? SSR_SHIFT_Y : SSR_SHIFT;
    g.translate[0] = trunc(mlp_draw_range(t, shift_x, rng) * sample->image->width);
    g.translate[1] = trunc(mlp_draw_range(t, shift_y, rng) * sample->image->height);
    g.scale[0] = 1 + mlp_draw_range(t, SSR_SCALE, rng); /* the axes are drawn independently, as in 2.x */
    g.scale[1] = 1 + mlp_draw_range(t, SSR_SCALE, rng);
    g.rotate = mlp_draw_range(t, SSR_ROTATE, rng);
    return move(sample, &g, mlp_read_sampling(t, SSR_INTERPOLATION, SSR_BORDER, SSR_FILL), err);
}

/* ---- Rotate ---- */

enum { R_LIMIT, R_INTERPOLATION, R_BORDER, R_FILL };

static const mlp_param rotate_params[] = {
    { .name = "limit",
      .doc = "range of the angle in degrees",
      .kind = MLP_PARAM_RANGE,
      .scalar = MLP_SYMMETRIC,
      .low = -36000,
      .high = 36000,
      .fallback = MLP_VALUE(-90, 90) },
    MLP_PARAM_WARP,
    MLP_PARAM_BORDER,
    MLP_PARAM_FILL,
};

static mlp_status apply_rotate(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    motion g = { .scale = { 1, 1 } };
    g.rotate = mlp_draw_range(t, R_LIMIT, rng);
    return move(sample, &g, mlp_read_sampling(t, R_INTERPOLATION, R_BORDER, R_FILL), err);
}

const mlp_transform_type mlp_affine_type = {
    .about = { .name = "Affine",
               .doc = "Zooms, shifts, turns and shears about the centre.",
               MLP_PARAMS(affine_params),
               .check = check_affine,
               .aliases = aliases },
    .p = 0.5,
    .apply = apply_affine,
};
const mlp_transform_type mlp_shift_scale_rotate_type = {
    .about = { .name = "ShiftScaleRotate",
               .doc = "Shifts, zooms and turns about the centre.",
               MLP_PARAMS(shift_scale_rotate_params),
               .aliases = aliases },
    .p = 0.5,
    .apply = apply_shift_scale_rotate,
};
const mlp_transform_type mlp_rotate_type = {
    .about = { .name = "Rotate",
               .doc = "Turns about the centre; the size stays.",
               MLP_PARAMS(rotate_params),
               .aliases = aliases },
    .p = 0.5,
    .apply = apply_rotate,
};
