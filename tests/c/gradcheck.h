/* gradcheck.h - compares gradients with central differences, in double precision, for the C tests. */
#ifndef MLP_TEST_GRADCHECK_H
#define MLP_TEST_GRADCHECK_H

#include "autograd/autograd.h"

#include "suite.h"
#include <math.h>
#include <stdlib.h>

#define OK(call) ck_assert_msg((call) == MLP_OK, "%s: %s", #call, err.text)

/* The function under test: makes *y from the inputs. */
typedef mlp_status (*check_fn)(mlp_tensor **y, mlp_tensor **x, const void *context, mlp_error *err);

/* How an input lies in memory. */
typedef enum lay { PLAIN, TURNED, STRIDED } lay;

/* A leaf of f64 with values in [low, high] that follow from seed. It requires a gradient. */
static inline mlp_tensor *leaf(lay how, int ndim, const int64_t *shape, double low, double high, uint64_t seed)
{
    mlp_error err;
    mlp_tensor *base = NULL, *x = NULL;
    int64_t wide[MLP_MAX_DIMS];
    mlp_rng rng = mlp_rng_stream(seed, MLP_FOR_USER, 0, 0, 0);
    for (int d = 0; d < ndim; d++) wide[d] = shape[d];
    if (how == TURNED && ndim >= 2) wide[0] = shape[ndim - 1], wide[ndim - 1] = shape[0];
    if (how == STRIDED && ndim >= 1) wide[ndim - 1] = shape[ndim - 1] + 3;
    OK(mlp_tensor_new(&base, MLP_F64, ndim, wide, &err));
    OK(mlp_tensor_uniform_(base, low, high, &rng, &err));
    if (how == TURNED && ndim >= 2) OK(mlp_tensor_transpose(&x, base, 0, ndim - 1, &err));
    else if (how == STRIDED && ndim >= 1) OK(mlp_tensor_narrow(&x, base, ndim - 1, 1, shape[ndim - 1], &err));
    else x = mlp_tensor_retain(base);
    mlp_tensor_release(base);
    OK(mlp_requires_grad_(x, true, &err));
    return x;
}

/* sum(y * w) with weights that differ from element to element */
static inline double weighted(check_fn fn, mlp_tensor **x, const void *context)
{
    mlp_error err;
    mlp_tensor *y = NULL, *flat = NULL;
    OK(fn(&y, x, context, &err));
    OK(mlp_tensor_contiguous(&flat, y, &err));
    const double *values = mlp_tensor_data(flat);
    double sum = 0;
    for (int64_t i = 0; i < mlp_tensor_numel(flat); i++) sum += values[i] * (1.1 + sin(0.7 * (double)i));
    mlp_tensor_release(flat);
    mlp_tensor_release(y);
    return sum;
}

/* Every element of every input that requires a gradient. Releases the inputs. */
static inline void gradcheck(const char *what, check_fn fn, const void *context, int count, mlp_tensor **x)
{
    const double eps = 1e-6, tolerance = 2e-5;
    mlp_error err;
    mlp_tensor *y = NULL, *dy = NULL;
    ck_assert(mlp_grad_enabled());
    ck_assert_msg(fn(&y, x, context, &err) == MLP_OK, "%s: %s", what, err.text);
    ck_assert_msg(y->dtype == MLP_F64, "%s gives %s", what, mlp_dtype_name(y->dtype));
    OK(mlp_tensor_new(&dy, MLP_F64, y->ndim, y->shape, &err));
    for (int64_t i = 0; i < mlp_tensor_numel(dy); i++) ((double *)mlp_tensor_data(dy))[i] = 1.1 + sin(0.7 * (double)i);
    ck_assert_msg(mlp_backward(y, dy, false, &err) == MLP_OK, "%s: %s", what, err.text);
    mlp_tensor_release(dy);
    mlp_tensor_release(y);
    mlp_grad_enable(false);
    for (int i = 0; i < count; i++) {
        if (!mlp_requires_grad(x[i])) continue;
        mlp_tensor *grad = mlp_grad(x[i]);
        ck_assert_msg(grad != NULL, "%s: input %d has no gradient", what, i);
        ck_assert_msg(mlp_tensor_same_shape(grad, x[i]), "%s: the gradient of input %d has another shape", what, i);
        int64_t index[MLP_MAX_DIMS] = { 0 };
        for (int64_t k = 0; k < mlp_tensor_numel(x[i]); k++) {
            int64_t rest = k;
            for (int d = x[i]->ndim - 1; d >= 0; d--) index[d] = rest % x[i]->shape[d], rest /= x[i]->shape[d];
            double before = mlp_tensor_at(x[i], index), got = mlp_tensor_at(grad, index);
            mlp_tensor_put(x[i], index, before + eps);
            double above = weighted(fn, x, context);
            mlp_tensor_put(x[i], index, before - eps);
            double below = weighted(fn, x, context);
            mlp_tensor_put(x[i], index, before);
            double difference = (above - below) / (2 * eps);
            ck_assert_msg(fabs(got - difference) <= tolerance * (1 + fabs(difference)),
                          "%s: input %d, element %d: the gradient is %.10g but differences give %.10g", what, i, (int)k,
                          got, difference);
        }
    }
    mlp_grad_enable(true);
    for (int i = 0; i < count; i++) mlp_tensor_release(x[i]);
}

#endif
