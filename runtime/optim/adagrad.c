/* adagrad.c - Adagrad: gradients over the root of the sum of all their squares so far. */
#include "optim/optim.h"

#include "base/simd.h"

#include <math.h>

#define R float
#define SQRT sqrtf
#define NAME(stem) stem##_f32
#include "optim/adagrad_kernel.h"
#undef R
#undef SQRT
#undef NAME
#define R double
#define SQRT sqrt
#define NAME(stem) stem##_f64
#include "optim/adagrad_kernel.h"
#undef R
#undef SQRT
#undef NAME

mlp_status mlp_adagrad_step(mlp_tensor *p, const mlp_tensor *grad, mlp_tensor *sum, const mlp_adagrad *options,
                            mlp_error *err)
{
    if (!sum) return mlp_fail(err, MLP_ESTATE, "Adagrad needs a sum of squares");
    if (options->step < 1)
        return mlp_fail(err, MLP_EINVAL, "Adagrad: step is %lld, expected 1 or more", (long long)options->step);
    mlp_tensor *states[1] = { sum };
    return mlp_update_run("Adagrad", p, grad, states, 1, options, step_f32, step_f64, err);
}
