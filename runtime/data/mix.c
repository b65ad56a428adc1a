/* mix.c - see mix.h. */
#include "data/mix.h"

#include <math.h>
#include <string.h>

/* ---- draws ---- */

/* log of a draw of Gamma(shape, 1): Marsaglia and Tsang (2000), with a power of a uniform number where shape < 1. The
 * logarithm, because draws of small shapes are too small for a double. */
static double log_gamma_draw(mlp_rng *rng, double shape)
{
    double more = 0;
    if (shape < 1) {
        more = log(1 - mlp_rng_uniform(rng)) / shape;
        shape += 1;
    }
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = mlp_rng_normal(rng), v = 1 + c * x;
        if (v <= 0) continue;
        v = v * v * v;
        if (log(1 - mlp_rng_uniform(rng)) < 0.5 * x * x + d - d * v + d * log(v)) return log(d * v) + more;
    }
}

double mlp_draw_lambda(mlp_rng *rng, double alpha)
{
    if (alpha < 1e-6) alpha = 1e-6; /* below it lam is 0 or 1 anyway */
    double a = log_gamma_draw(rng, alpha), b = log_gamma_draw(rng, alpha);
    return 1 / (1 + exp(b - a));
}

static int64_t clamp(double x, int64_t most)
{
    return x < 0 ? 0 : x > (double)most ? most : (int64_t)x;
}

mlp_box mlp_draw_box(mlp_rng *rng, double lam, int64_t width, int64_t height)
{
    int64_t x = mlp_rng_int(rng, 0, width - 1), y = mlp_rng_int(rng, 0, height - 1);
    double half = 0.5 * sqrt(1 - lam);
    double w = floor(half * (double)width), h = floor(half * (double)height);
    return (mlp_box){ clamp((double)x - w, width), clamp((double)y - h, height), clamp((double)x + w, width),
                      clamp((double)y + h, height) };
}

/* ---- mixing ---- */

typedef struct job {
    const void *from;
    void *to;
    int64_t n, row; /* elements of a row */
    double lam;
} job;

#define MIX(NAME, TYPE)                                                                                                \
    static void NAME(void *context, int64_t begin, int64_t end)                                                        \
    {                                                                                                                  \
        const job *j = context;                                                                                        \
        TYPE lam = (TYPE)j->lam, rest = (TYPE)(1 - j->lam);                                                            \
        for (int64_t i = begin; i < end; i++) {                                                                        \
            const TYPE *x = (const TYPE *)j->from + i * j->row;                                                        \
            const TYPE *before = (const TYPE *)j->from + (i ? i - 1 : j->n - 1) * j->row;                              \
            TYPE *out = (TYPE *)j->to + i * j->row;                                                                    \
            for (int64_t k = 0; k < j->row; k++) out[k] = before[k] * rest + x[k] * lam;                               \
        }                                                                                                              \
    }
MIX(mix_f32, float)
MIX(mix_f64, double)

/* A new tensor whose rows are mixed; t is contiguous and of floats. */
static mlp_status mix_rows(mlp_tensor **out, const mlp_tensor *t, double lam, mlp_error *err)
{
    mlp_status st = mlp_tensor_new(out, t->dtype, t->ndim, t->shape, err);
    if (st || mlp_tensor_numel(t) == 0) return st;
    job j = { mlp_tensor_data(t), mlp_tensor_data(*out), t->shape[0], mlp_tensor_numel(t) / t->shape[0], lam };
    st = mlp_parallel_for(j.n, 1 + 16384 / j.row, t->dtype == MLP_F32 ? mix_f32 : mix_f64, &j, err);
    if (st) {
        mlp_tensor_release(*out);
        *out = NULL;
    }
    return st;
}

/* Labels as n x classes of this type. */
static mlp_status indicators(mlp_tensor **out, mlp_tensor *labels, int64_t n, int64_t classes, mlp_dtype dtype,
                             const char *who, mlp_error *err)
{
    char shape[MLP_SHAPE_TEXT];
    bool soft = labels->ndim == 2 && labels->shape[0] == n && mlp_dtype_is_float(labels->dtype);
    if (soft && (classes == 0 || labels->shape[1] == classes)) return mlp_tensor_cast(out, labels, dtype, err);
    if (labels->ndim != 1 || labels->shape[0] != n || labels->dtype != MLP_I64)
        return mlp_fail(err, MLP_ESHAPE,
                        "%s: the labels are %s of %s, expected i64 of %lld, or floats of %lld x classes", who,
                        mlp_dtype_name(labels->dtype), mlp_shape_text(shape, labels->ndim, labels->shape), (long long)n,
                        (long long)n);
    if (classes < 1) return mlp_fail(err, MLP_EINVAL, "%s: num_classes is missing: how many classes are there?", who);
    int64_t size[] = { n, classes };
    mlp_status st = mlp_tensor_full(out, dtype, 2, size, 0, err);
    for (int64_t i = 0; !st && i < n; i++) {
        int64_t label = ((const int64_t *)mlp_tensor_data(labels))[i * labels->stride[0]], at[] = { i, label };
        if (label < 0 || label >= classes) {
            mlp_tensor_release(*out);
            *out = NULL;
            return mlp_fail(err, MLP_EINDEX, "%s: the label of image %lld is outside of the %lld classes", who,
                            mlp_nth(i), (long long)classes);
        }
        mlp_tensor_put(*out, at, 1);
    }
    return st;
}

static mlp_status mix_labels(mlp_tensor **out, mlp_tensor *labels, int64_t n, int64_t classes, mlp_dtype dtype,
                             double lam, const char *who, mlp_error *err)
{
    mlp_tensor *t = NULL;
    mlp_status st = indicators(&t, labels, n, classes, dtype, who, err);
    if (!st) st = mix_rows(out, t, lam, err);
    mlp_tensor_release(t);
    return st;
}

mlp_status mlp_mixup(mlp_tensor **mixed, mlp_tensor **targets, mlp_tensor *images, mlp_tensor *labels, int64_t classes,
                     double lam, mlp_error *err)
{
    if (!mlp_dtype_is_real(images->dtype) || images->ndim < 2)
        return mlp_fail(err, MLP_EDTYPE,
                        "MixUp: the images are %s of %d dimensions, expected a batch of f32 or f64: end the transform "
                        "with augment.Normalize()",
                        mlp_dtype_name(images->dtype), images->ndim);
    mlp_tensor *x = NULL, *y = NULL, *t = NULL;
    mlp_status st = mix_labels(&t, labels, images->shape[0], classes, images->dtype, lam, "MixUp", err);
    if (!st) st = mlp_tensor_contiguous(&x, images, err);
    if (!st) st = mix_rows(&y, x, lam, err);
    mlp_tensor_release(x);
    if (st) {
        mlp_tensor_release(t);
        return st;
    }
    *mixed = y;
    *targets = t;
    return MLP_OK;
}

/* Copies the box of each image from the image before it. */
static void paste(mlp_tensor *out, const mlp_tensor *images, mlp_box b)
{
    int64_t n = images->shape[0], channels = images->shape[1], height = images->shape[2], width = images->shape[3];
    size_t size = mlp_dtype_size(images->dtype), row = (size_t)(b.x2 - b.x1) * size;
    const uint8_t *from = mlp_tensor_data(images);
    uint8_t *to = mlp_tensor_data(out);
    for (int64_t i = 0; i < n; i++)
        for (int64_t c = 0; c < channels; c++)
            for (int64_t y = b.y1; y < b.y2; y++) {
                int64_t at = (c * height + y) * width + b.x1, image = channels * height * width;
                memcpy(to + (size_t)(i * image + at) * size, from + (size_t)((i ? i - 1 : n - 1) * image + at) * size,
                       row);
            }
}

mlp_status mlp_cutmix(mlp_tensor **mixed, mlp_tensor **targets, mlp_tensor *images, mlp_tensor *labels, int64_t classes,
                      mlp_box b, mlp_error *err)
{
    if (images->ndim != 4 || mlp_tensor_numel(images) == 0)
        return mlp_fail(err, MLP_ESHAPE,
                        "CutMix: the images have %d dimensions, expected n x channels x height x width", images->ndim);
    int64_t height = images->shape[2], width = images->shape[3];
    if (b.x1 < 0 || b.y1 < 0 || b.x2 < b.x1 || b.y2 < b.y1 || b.x2 > width || b.y2 > height)
        return mlp_fail(err, MLP_EINVAL, "CutMix: the box is not inside of the pictures");
    double lam = 1 - (double)((b.x2 - b.x1) * (b.y2 - b.y1)) / (double)(width * height);
    mlp_tensor *x = NULL, *plain = NULL, *out = NULL, *t = NULL;
    mlp_dtype dtype = images->dtype == MLP_F64 ? MLP_F64 : MLP_F32;
    mlp_status st = mix_labels(&t, labels, images->shape[0], classes, dtype, lam, "CutMix", err);
    if (!st) st = mlp_tensor_alias(&plain, images, err);
    if (!st) st = mlp_tensor_contiguous(&x, plain, err);
    if (!st) st = mlp_tensor_clone(&out, x, err);
    if (!st) paste(out, x, b);
    mlp_tensor_release(plain);
    mlp_tensor_release(x);
    if (st) {
        mlp_tensor_release(t);
        return st;
    }
    *mixed = out;
    *targets = t;
    return MLP_OK;
}
