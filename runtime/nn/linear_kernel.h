/* linear_kernel.h - included by linear.c once per element type R. Ranges of columns. */

MLP_SIMD static void NAME(sum_rows)(void *context, int64_t begin, int64_t end)
{
    const columns *c = context;
    const R *dy = c->dy;
    R *db = c->db;
    memset(db + begin, 0, (size_t)(end - begin) * sizeof *db);
    for (int64_t i = 0; i < c->n; i++)
        for (int64_t j = begin; j < end; j++) db[j] += dy[i * c->d_out + j];
}
