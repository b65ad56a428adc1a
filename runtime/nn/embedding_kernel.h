/* embedding_kernel.h - included by embedding.c once per element type R. */

/* Ranges of columns: the rows of dy are added to those of dw that they came from. */
static void NAME(add)(void *argument, int64_t begin, int64_t end)
{
    const arrays *a = argument;
    int64_t d = a->c->d;
    for (int64_t i = 0; i < a->n; i++) {
        if (a->index[i] == a->c->padding) continue;
        const R *dy = (const R *)a->from + i * d;
        R *dw = (R *)a->to + a->index[i] * d;
        for (int64_t j = begin; j < end; j++) dw[j] += dy[j];
    }
}
