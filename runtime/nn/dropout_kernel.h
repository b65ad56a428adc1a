/* dropout_kernel.h - included by dropout.c once per element type R. */

MLP_SIMD static void NAME(apply_words)(int64_t n, const R *restrict x, const uint32_t *restrict word, uint32_t below,
                                       R keep, R *restrict y)
{
    for (int64_t i = 0; i < n; i++) y[i] = x[i] * (word[i] >= below ? keep : 0);
}

/* Blocks begin to end of the generator: four elements each. */
static void NAME(range)(void *context, int64_t begin, int64_t end)
{
    const arrays *a = context;
    const R *x = a->x;
    R *y = a->y;
    uint32_t word[4 * AT_ONCE];
    for (int64_t block = begin; block < end; block += AT_ONCE) {
        int64_t blocks = end - block < AT_ONCE ? end - block : AT_ONCE, at = 4 * block;
        mlp_rng_blocks(&a->mask->rng, a->mask->first + (uint64_t)block, blocks, word);
        NAME(apply_words)
        (a->n - at < 4 * blocks ? a->n - at : 4 * blocks, x + at, word, threshold(a->mask->p), (R)scale(a->mask->p),
         y + at);
    }
}
