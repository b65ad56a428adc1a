/* average.c - moving averages of many tensors at once. */
#include "optim/optim.h"

#include "base/simd.h"

MLP_SIMD static void lerp_f32(void *context, int64_t begin, int64_t end)
{
    const mlp_update *u = context;
    const float weight = (float)*(const double *)u->options;
    float *restrict a = u->p;
    const float *restrict b = u->grad;
    if (weight < 0.5F)
        for (int64_t i = begin; i < end; i++) a[i] += weight * (b[i] - a[i]);
    else /* a weight of 1 gives exactly b */
        for (int64_t i = begin; i < end; i++) a[i] = b[i] - (1 - weight) * (b[i] - a[i]);
}

MLP_SIMD static void lerp_f64(void *context, int64_t begin, int64_t end)
{
    const mlp_update *u = context;
    const double weight = *(const double *)u->options;
    double *restrict a = u->p;
    const double *restrict b = u->grad;
    if (weight < 0.5)
        for (int64_t i = begin; i < end; i++) a[i] += weight * (b[i] - a[i]);
    else /* a weight of 1 gives exactly b */
        for (int64_t i = begin; i < end; i++) a[i] = b[i] - (1 - weight) * (b[i] - a[i]);
}

mlp_status mlp_average_(mlp_tensor *const *averages, mlp_tensor *const *values, int count, double weight,
                        mlp_error *err)
{
    if (!(weight >= 0 && weight <= 1))
        return mlp_fail(err, MLP_EINVAL, "the weight of an average is %g, expected 0 to 1", weight);
    for (int i = 0; i < count; i++) {
        if (averages[i] == values[i]) continue;
        mlp_status st = mlp_update_run("average", averages[i], values[i], NULL, 0, &weight, lerp_f32, lerp_f64, err);
        if (st) return st;
    }
    return MLP_OK;
}
