/* adadelta.c - Adadelta: steps as large as the steps before were for gradients as large as these. */
#include "optim/optim.h"

#include "base/simd.h"

#include <math.h>

#define R float
#define SQRT sqrtf
#define NAME(stem) stem##_f32
#include "optim/adadelta_kernel.h"
#undef R
#undef SQRT
#undef NAME
#define R double
#define SQRT sqrt
#define NAME(stem) stem##_f64
#include "optim/adadelta_kernel.h"
#undef R
#undef SQRT
#undef NAME

mlp_status mlp_adadelta_step(mlp_tensor *p, const mlp_tensor *grad, mlp_tensor *square_avg, mlp_tensor *acc_delta,
                             const mlp_adadelta *options, mlp_error *err)
{
    if (!square_avg || !acc_delta) return mlp_fail(err, MLP_ESTATE, "Adadelta needs means of squares and of steps");
    mlp_tensor *states[2] = { square_avg, acc_delta };
    return mlp_update_run("Adadelta", p, grad, states, 2, options, step_f32, step_f64, err);
}
