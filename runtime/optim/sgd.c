/* sgd.c - stochastic gradient descent with momentum. */
#include "optim/optim.h"

#include "base/simd.h"

#define R float
#define NAME(stem) stem##_f32
#include "optim/sgd_kernel.h"
#undef R
#undef NAME
#define R double
#define NAME(stem) stem##_f64
#include "optim/sgd_kernel.h"
#undef R
#undef NAME

mlp_status mlp_sgd_step(mlp_tensor *p, const mlp_tensor *grad, mlp_tensor *momentum_buffer, const mlp_sgd *options,
                        mlp_error *err)
{
    if (options->momentum != 0 && !momentum_buffer)
        return mlp_fail(err, MLP_ESTATE, "SGD: momentum %g needs a momentum buffer", options->momentum);
    mlp_tensor *states[1] = { options->momentum != 0 ? momentum_buffer : NULL };
    return mlp_update_run("SGD", p, grad, states, 1, options, step_f32, step_f64, err);
}
