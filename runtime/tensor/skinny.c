/* skinny.c - the forward product of a Linear layer on a batch: few rows of x times a large weight.
 *
 * OpenBLAS packs both sides of a product before it multiplies; with few rows, packing the weight costs as much as the
 * product. Here x is packed (its rows become lanes) and the weight is read once, where it lies. Threads share the rows
 * of the weight; the summed dimension is cut into pieces that stay in the cache, whose sums are added in their order.
 */
#include "tensor/skinny_private.h"

#include "base/cpu.h"
#include "tensor/tile.h"

enum {
    PIECE = 65536,     /* numbers of packed x that stay in the cache */
    BLOCK = 24,        /* rows of the weight whose sums are made together: whole tiles */
    SUMS = 16384,      /* the same in sums, where the piece of x that all of them read had better stay in the cache */
    TURNS = 4,         /* parts of the weight for each thread then: one that is held up has fewer of them */
    WORK = 1 << 20,    /* multiplications, about, that make a block worth a thread's while */
    ALONE = 4 << 20,   /* multiplications in all: for fewer, waking a thread costs more than it gives */
    PACK_GRAIN = 1024, /* columns of x */
    STRIP = 64,        /* columns of x that are packed at a time */
};

typedef struct skinny {
    const mlp_skinny *s;
    int64_t lanes; /* rows of x, padded */
    float *packed; /* k x lanes */
    /* A tile of `high` rows: dot, or tall. Each reads all of packed. */
    void (*tile)(int64_t rows, int64_t n, int64_t k, const float *w, int64_t ldw, const float *x, float *y);
    int64_t high;
    int64_t block; /* rows whose sums are made together */
} skinny;

typedef float four __attribute__((vector_size(16), aligned(4), may_alias));

/* Four columns of four rows of x, the next one ld behind, become four rows of the packed x. */
static void turn(const float *x, int64_t ld, float *to, int64_t lanes)
{
    four a = *(const four *)x, b = *(const four *)(x + ld), c = *(const four *)(x + 2 * ld);
    four d = *(const four *)(x + 3 * ld);
    four ac = __builtin_shufflevector(a, c, 0, 4, 1, 5), bd = __builtin_shufflevector(b, d, 0, 4, 1, 5);
    *(four *)to = __builtin_shufflevector(ac, bd, 0, 4, 1, 5);
    *(four *)(to + lanes) = __builtin_shufflevector(ac, bd, 2, 6, 3, 7);
    ac = __builtin_shufflevector(a, c, 2, 6, 3, 7), bd = __builtin_shufflevector(b, d, 2, 6, 3, 7);
    *(four *)(to + 2 * lanes) = __builtin_shufflevector(ac, bd, 0, 4, 1, 5);
    *(four *)(to + 3 * lanes) = __builtin_shufflevector(ac, bd, 2, 6, 3, 7);
}

/* Columns begin to end of x. */
static void pack(void *context, int64_t begin, int64_t end)
{
    const skinny *p = context;
    const mlp_skinny *s = p->s;
    int64_t fours = s->m / 4 * 4;
    for (int64_t at = begin; at < end; at += STRIP) {
        int64_t stop = at + STRIP < end ? at + STRIP : end, whole = stop - (stop - at) % 4;
        for (int64_t i = 0; i < fours; i += 4) { /* four rows at a time: the first cache has eight places for all */
            for (int64_t r = i; r < i + 4; r++)  /* the next strip, into the second cache */
                for (int64_t j = at; j < stop; j += MLP_LINE) __builtin_prefetch(s->x + r * s->ldx + j + STRIP, 0, 2);
            for (int64_t j = at; j < whole; j += 4)
                turn(s->x + i * s->ldx + j, s->ldx, p->packed + j * p->lanes + i, p->lanes);
        }
        for (int64_t j = whole; j < stop; j++)
            for (int64_t i = 0; i < fours; i++) p->packed[j * p->lanes + i] = s->x[i * s->ldx + j];
        for (int64_t j = at; j < stop; j++)
            for (int64_t i = fours; i < p->lanes; i++)
                p->packed[j * p->lanes + i] = i < s->m ? s->x[i * s->ldx + j] : 0;
    }
}

/* Rows of the weight from `row` on: their sums over all columns, as rows of `sums`. */
static void sum_rows(const skinny *p, int64_t row, int64_t rows, float *sums)
{
    const mlp_skinny *s = p->s;
    float tile[MLP_DOT_ROWS * MLP_SKINNY_ROWS]; /* room for MLP_TALL_ROWS * MLP_TALL_LANES as well */
    int64_t piece = PIECE / p->lanes, at = 0;
    do { /* there is at least one column */
        int64_t k = s->k - at < piece ? s->k - at : piece;
        for (int64_t r = 0; r < rows; r += p->high) {
            int64_t some = rows - r < p->high ? rows - r : p->high;
            float *to = sums + r * p->lanes;
            p->tile(some, p->lanes, k, s->w + (row + r) * s->ldw + at, s->ldw, p->packed + at * p->lanes,
                    at == 0 ? to : tile);
            if (at == 0) continue;
            for (int64_t i = 0; i < some * p->lanes; i++) to[i] += tile[i];
        }
        at += piece;
    } while (at < s->k);
}

/* Rows begin to end of the weight are columns of y. */
static void run(void *context, int64_t begin, int64_t end)
{
    const skinny *p = context;
    const mlp_skinny *s = p->s;
    float sums[SUMS];
    for (int64_t row = begin; row < end; row += p->block) {
        int64_t rows = end - row < p->block ? end - row : p->block;
        sum_rows(p, row, rows, sums);
        for (int64_t i = 0; i < s->m; i++) {
            float *y = s->y + i * s->ldy + row;
            if (s->beta == 0)
                for (int64_t r = 0; r < rows; r++) y[r] = sums[r * p->lanes + i];
            else
                for (int64_t r = 0; r < rows; r++) y[r] = s->beta * y[r] + sums[r * p->lanes + i];
        }
    }
}

/* At least n, at least 1, and a multiple of unit. */
static int64_t whole(int64_t n, int64_t unit)
{
    return n > 0 ? (n + unit - 1) / unit * unit : unit;
}

/* How many rows a thread takes at a time. */
static int64_t plan(skinny *p)
{
    const mlp_skinny *s = p->s;
    const mlp_tiles *tiles = mlp_tiles_best();
    const mlp_cpu_caches caches = mlp_cpu_cache();
    p->lanes = whole(s->m, MLP_DOT_LANES);
    bool tall = tiles->tall && p->lanes <= MLP_TALL_LANES && caches.first_ways >= MLP_TALL_ROWS;
    p->tile = tall ? tiles->tall : tiles->dot;
    p->high = tall ? MLP_TALL_ROWS : MLP_DOT_ROWS;
    p->block = caches.far_third ? SUMS / p->lanes / p->high * p->high : BLOCK;
    if (s->n * s->k * p->lanes < ALONE) return s->n;
    int64_t least = WORK / (s->k * p->lanes), rows = caches.far_third ? s->n / (TURNS * mlp_threads()) : BLOCK;
    return whole(rows > least ? rows : least, p->high);
}

bool mlp_skinny_fits(int64_t m, int64_t n, int64_t k)
{
    return mlp_cpu() > MLP_CPU_PLAIN && m > 1 && m <= MLP_SKINNY_ROWS && n > 1 && k > 0;
}

mlp_status mlp_skinny_run(const mlp_skinny *s, mlp_error *err)
{
    skinny p = { .s = s };
    const int64_t grain = plan(&p);
    size_t bytes = (size_t)(p.lanes * s->k) * sizeof(float);
    void *packed = NULL;
    mlp_status st = mlp_block_new(&packed, bytes, err);
    if (st) return st;
    p.packed = packed;
    st = mlp_parallel_for(s->k, PACK_GRAIN, pack, &p, err);
    if (!st) st = mlp_parallel_for(s->n, grain, run, &p, err);
    mlp_block_free(packed, bytes);
    return st;
}
