/* nadam.c - NAdam: Adam that looks ahead along its momentum, which warms up. */
#include "optim/optim.h"

#include "base/simd.h"

#include <math.h>

typedef struct rates { /* of one step */
    const mlp_nadam *o;
    double of_grad, of_mean;
    double correction; /* of the mean of squares, which began as zeros */
} rates;

#define R float
#define SQRT sqrtf
#define NAME(stem) stem##_f32
#include "optim/nadam_kernel.h"
#undef R
#undef SQRT
#undef NAME
#define R double
#define SQRT sqrt
#define NAME(stem) stem##_f64
#include "optim/nadam_kernel.h"
#undef R
#undef SQRT
#undef NAME

static double momentum_at(const mlp_nadam *o, double step)
{
    return o->beta1 * (1 - 0.5 * pow(0.96, step * o->momentum_decay));
}

mlp_status mlp_nadam_step(mlp_tensor *p, const mlp_tensor *grad, mlp_tensor *exp_avg, mlp_tensor *exp_avg_sq,
                          double *mu_product, const mlp_nadam *options, mlp_error *err)
{
    if (!exp_avg || !exp_avg_sq) return mlp_fail(err, MLP_ESTATE, "NAdam needs means of gradients and of squares");
    if (options->step < 1)
        return mlp_fail(err, MLP_EINVAL, "NAdam: step is %lld, expected 1 or more", (long long)options->step);
    double step = (double)options->step, mu = momentum_at(options, step), next = momentum_at(options, step + 1);
    double product = *mu_product * mu;
    rates r = {
        .o = options,
        .of_grad = options->lr * (1 - mu) / (1 - product),
        .of_mean = options->lr * next / (1 - product * next),
        .correction = 1 / (1 - pow(options->beta2, step)),
    };
    mlp_tensor *states[2] = { exp_avg, exp_avg_sq };
    mlp_status st = mlp_update_run("NAdam", p, grad, states, 2, &r, step_f32, step_f64, err);
    if (!st) *mu_product = product;
    return st;
}
