/* lion.c - Lion: steps of one size along the sign of the momentum. */
#include "optim/optim.h"

#include "base/simd.h"

#define R float
#define NAME(stem) stem##_f32
#include "optim/lion_kernel.h"
#undef R
#undef NAME
#define R double
#define NAME(stem) stem##_f64
#include "optim/lion_kernel.h"
#undef R
#undef NAME

mlp_status mlp_lion_step(mlp_tensor *p, const mlp_tensor *grad, mlp_tensor *exp_avg, const mlp_lion *options,
                         mlp_error *err)
{
    if (!exp_avg) return mlp_fail(err, MLP_ESTATE, "Lion needs a mean of gradients");
    mlp_tensor *states[1] = { exp_avg };
    return mlp_update_run("Lion", p, grad, states, 1, options, step_f32, step_f64, err);
}
