/* adadelta_kernel.h - included by adadelta.c once per element type R. */

MLP_SIMD static void NAME(step)(void *context, int64_t begin, int64_t end)
{
    const mlp_update *u = context;
    const mlp_adadelta *o = u->options;
    R *restrict p = u->p, *restrict v = u->state[0], *restrict steps = u->state[1];
    const R *restrict grad = u->grad;
    const R sign = o->maximize ? -1 : 1, decay = (R)o->weight_decay, lr = (R)o->lr, eps = (R)o->eps;
    const R rho = (R)o->rho, fresh = (R)(1 - o->rho);
    for (int64_t i = begin; i < end; i++) {
        R g = sign * grad[i] + decay * p[i];
        R square = rho * v[i] + fresh * g * g;
        R delta = SQRT(steps[i] + eps) / SQRT(square + eps) * g;
        v[i] = square;
        steps[i] = rho * steps[i] + fresh * delta * delta;
        p[i] -= lr * delta;
    }
}
