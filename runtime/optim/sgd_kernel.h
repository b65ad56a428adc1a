/* sgd_kernel.h - included by sgd.c once per element type R. */

MLP_SIMD static void NAME(step)(void *context, int64_t begin, int64_t end)
{
    const mlp_update *u = context;
    const mlp_sgd *o = u->options;
    R *restrict p = u->p, *restrict buffer = u->state[0];
    const R *restrict grad = u->grad;
    const R sign = o->maximize ? -1 : 1, decay = (R)o->weight_decay, lr = (R)o->lr, momentum = (R)o->momentum;
    const R fresh = o->first ? 1 : (R)(1 - o->dampening), old = o->first ? 0 : momentum;
    if (!buffer) {
        for (int64_t i = begin; i < end; i++) p[i] -= lr * (sign * grad[i] + decay * p[i]);
        return;
    }
    for (int64_t i = begin; i < end; i++) {
        R g = sign * grad[i] + decay * p[i];
        R b = old * buffer[i] + fresh * g;
        buffer[i] = b;
        p[i] -= lr * (o->nesterov ? g + momentum * b : b);
    }
}
