/* rprop.c - Rprop: every weight has a step of its own, which grows while its gradient keeps its sign and shrinks when
 * it changes. For gradients of all pictures at once. Riedmiller and Braun, 1993. */
#ifndef R
#include "optim/rule.h"

enum { LR, ETAS, STEP_SIZES, MAXIMIZE };

static const mlp_param params[] = {
    { .name = "lr", .doc = "size of the first step", .high = INFINITY, .fallback = MLP_VALUE(1e-2) },
    { .name = "etas",
      .doc = "a step times the first when the sign changed, times the second when it did not",
      .kind = MLP_PARAM_PAIR,
      .scalar = MLP_NO_SCALAR,
      .low_open = true,
      .high = INFINITY,
      .fallback = MLP_VALUE(0.5, 1.2) },
    { .name = "step_sizes",
      .doc = "the smallest and the largest step",
      .kind = MLP_PARAM_RANGE,
      .scalar = MLP_NO_SCALAR,
      .high = INFINITY,
      .fallback = MLP_VALUE(1e-6, 50) },
    MLP_RULE_MAXIMIZE,
};

static mlp_status check(const char *who, const mlp_value *values, mlp_error *err)
{
    const double *etas = values[ETAS].number;
    if (etas[0] < 1 && etas[1] > 1) return MLP_OK;
    return mlp_fail(err, MLP_EINVAL, "%s: etas is {%g, %g}, expected one below and one above 1", who, etas[0], etas[1]);
}

#define KERNEL_FILE "optim/rprop.c"
#include "base/each_float.h"

const mlp_rule mlp_rprop_rule = {
    .about = { .name = "Rprop",
               .doc = "Steps that grow while the gradient keeps its sign; for gradients of all data at once.",
               MLP_PARAMS(params),
               .check = check },
    .counts = true,
    .states = { { .name = "prev" }, { .name = "step_size", .begins_as = "lr" } },
    MLP_RULE_KERNEL(step),
};

#else

MLP_SIMD static void NAME(step)(void *context, int64_t begin, int64_t end)
{
    const mlp_update *u = context;
    const mlp_rule_call *c = u->options;
    R *restrict p = u->p, *restrict prev = u->state[0], *restrict size = u->state[1];
    const R *restrict grad = u->grad;
    const double *etas = c->values[ETAS].number, *sizes = c->values[STEP_SIZES].number;
    const R sign = (R)mlp_sign(c, MAXIMIZE), minus = (R)etas[0], plus = (R)etas[1];
    const R smallest = (R)sizes[0], largest = (R)sizes[1];
    for (int64_t i = begin; i < end; i++) {
        R g = sign * grad[i], same = g * prev[i]; /* NaN stays what it is, all along */
        R s = size[i] * (same > 0 ? plus : same < 0 ? minus : same == 0 ? 1 : same);
        s = s < smallest ? smallest : s > largest ? largest : s;
        if (same < 0) g = 0; /* it went too far: no step now, and the next gradient is new */
        p[i] -= s * (g > 0 ? 1 : g < 0 ? -1 : g);
        prev[i] = g;
        size[i] = s;
    }
}

#endif
