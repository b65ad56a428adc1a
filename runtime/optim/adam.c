/* adam.c - Adam, AdamW and their amsgrad variants. */
#include "optim/optim.h"

#include "base/simd.h"

#include <math.h>

#define R float
#define SQRT sqrtf
#define NAME(stem) stem##_f32
#include "optim/adam_kernel.h"
#undef R
#undef SQRT
#undef NAME
#define R double
#define SQRT sqrt
#define NAME(stem) stem##_f64
#include "optim/adam_kernel.h"
#undef R
#undef SQRT
#undef NAME

mlp_status mlp_adam_step(mlp_tensor *p, const mlp_tensor *grad, mlp_tensor *exp_avg, mlp_tensor *exp_avg_sq,
                         mlp_tensor *max_exp_avg_sq, const mlp_adam *options, mlp_error *err)
{
    if (options->step < 1)
        return mlp_fail(err, MLP_EINVAL, "Adam: step is %lld, expected 1 or more", (long long)options->step);
    mlp_tensor *states[3] = { exp_avg, exp_avg_sq, max_exp_avg_sq };
    return mlp_update_run(options->decoupled ? "AdamW" : "Adam", p, grad, states, 3, options, step_f32, step_f64, err);
}
