/* rmsprop.c - RMSprop: gradients over the root of their mean square, with momentum and centering. */
#include "optim/optim.h"

#include "base/simd.h"

#include <math.h>

#define R float
#define SQRT sqrtf
#define NAME(stem) stem##_f32
#include "optim/rmsprop_kernel.h"
#undef R
#undef SQRT
#undef NAME
#define R double
#define SQRT sqrt
#define NAME(stem) stem##_f64
#include "optim/rmsprop_kernel.h"
#undef R
#undef SQRT
#undef NAME

mlp_status mlp_rmsprop_step(mlp_tensor *p, const mlp_tensor *grad, mlp_tensor *square_avg, mlp_tensor *grad_avg,
                            mlp_tensor *momentum_buffer, const mlp_rmsprop *options, mlp_error *err)
{
    if (!square_avg) return mlp_fail(err, MLP_ESTATE, "RMSprop needs a mean of squares");
    if (options->momentum > 0 && !momentum_buffer)
        return mlp_fail(err, MLP_ESTATE, "RMSprop: momentum %g needs a momentum buffer", options->momentum);
    if (options->centered && !grad_avg) return mlp_fail(err, MLP_ESTATE, "RMSprop: centered needs a mean of gradients");
    mlp_tensor *states[3] = { square_avg, options->centered ? grad_avg : NULL,
                              options->momentum > 0 ? momentum_buffer : NULL };
    return mlp_update_run("RMSprop", p, grad, states, 3, options, step_f32, step_f64, err);
}
