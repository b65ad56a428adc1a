/* rmsprop_kernel.h - included by rmsprop.c once per element type R. Which states there are is decided outside of the
 * loops, so that each of them vectorises. */

MLP_SIMD static void NAME(step)(void *context, int64_t begin, int64_t end)
{
    const mlp_update *u = context;
    const mlp_rmsprop *o = u->options;
    R *restrict p = u->p, *restrict v = u->state[0], *restrict mean = u->state[1], *restrict buffer = u->state[2];
    const R *restrict grad = u->grad;
    const R sign = o->maximize ? -1 : 1, decay = (R)o->weight_decay, lr = (R)o->lr, eps = (R)o->eps;
    const R alpha = (R)o->alpha, fresh = (R)(1 - o->alpha), momentum = (R)o->momentum;
    if (!mean && !buffer) {
        for (int64_t i = begin; i < end; i++) {
            R g = sign * grad[i] + decay * p[i];
            R square = alpha * v[i] + fresh * g * g;
            v[i] = square;
            p[i] -= lr * g / (SQRT(square) + eps);
        }
        return;
    }
    if (!mean) {
        for (int64_t i = begin; i < end; i++) {
            R g = sign * grad[i] + decay * p[i];
            R square = alpha * v[i] + fresh * g * g;
            R b = momentum * buffer[i] + g / (SQRT(square) + eps);
            v[i] = square;
            buffer[i] = b;
            p[i] -= lr * b;
        }
        return;
    }
    for (int64_t i = begin; i < end; i++) {
        R g = sign * grad[i] + decay * p[i];
        R square = alpha * v[i] + fresh * g * g, middle = mean[i] + fresh * (g - mean[i]);
        R step = g / (SQRT(square - middle * middle) + eps);
        v[i] = square;
        mean[i] = middle;
        if (buffer) buffer[i] = step = momentum * buffer[i] + step;
        p[i] -= lr * step;
    }
}
