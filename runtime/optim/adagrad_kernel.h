/* adagrad_kernel.h - included by adagrad.c once per element type R. */

MLP_SIMD static void NAME(step)(void *context, int64_t begin, int64_t end)
{
    const mlp_update *u = context;
    const mlp_adagrad *o = u->options;
    R *restrict p = u->p, *restrict sum = u->state[0];
    const R *restrict grad = u->grad;
    const R sign = o->maximize ? -1 : 1, decay = (R)o->weight_decay, eps = (R)o->eps;
    const R lr = (R)(o->lr / (1 + (double)(o->step - 1) * o->lr_decay));
    for (int64_t i = begin; i < end; i++) {
        R g = sign * grad[i] + decay * p[i];
        R s = sum[i] + g * g;
        sum[i] = s;
        p[i] -= lr * g / (SQRT(s) + eps);
    }
}
