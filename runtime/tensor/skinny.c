/* skinny.c - the forward product of a Linear layer on a batch: few rows of x times a large weight.
 *
 * OpenBLAS packs both sides of a product before it multiplies; with few rows, packing the weight costs as much as the
 * product. Here x is packed (its rows become lanes) and the weight is read once, where it lies. Threads share the rows
 * of the weight; the summed dimension is cut into pieces that stay in the cache, whose sums are added in their order.
 */
#include "tensor/skinny.h"

#include "base/cpu.h"
#include "tensor/tile.h"

enum {
    PIECE = 65536,     /* numbers of packed x that stay in the cache */
    LEAST = 24,        /* rows of the weight that a thread takes */
    WORK = 1 << 20,    /* multiplications, about, that make a block worth a thread's while */
    PACK_GRAIN = 1024, /* columns of x */
    STRIP = 16,        /* columns of x that are packed at a time */
};

typedef struct skinny {
    const mlp_skinny *s;
    const mlp_tiles *tiles;
    int64_t lanes; /* rows of x, padded */
    float *packed; /* k x lanes */
} skinny;

static void pack(void *context, int64_t begin, int64_t end)
{
    const skinny *p = context;
    for (int64_t at = begin; at < end; at += STRIP) {
        int64_t stop = at + STRIP < end ? at + STRIP : end;
        for (int64_t i = 0; i < p->s->m; i++)
            for (int64_t j = at; j < stop; j++) p->packed[j * p->lanes + i] = p->s->x[i * p->s->ldx + j];
        for (int64_t i = p->s->m; i < p->lanes; i++)
            for (int64_t j = at; j < stop; j++) p->packed[j * p->lanes + i] = 0;
    }
}

static void add_tile(const mlp_skinny *s, int64_t rows, int64_t row, int64_t lanes, const float *tile, bool first)
{
    for (int64_t i = 0; i < s->m; i++) {
        float *y = s->y + i * s->ldy + row;
        for (int64_t r = 0; r < rows; r++) {
            float before = first ? s->beta == 0 ? 0 : s->beta * y[r] : y[r];
            y[r] = before + tile[r * lanes + i];
        }
    }
}

static void run(void *context, int64_t begin, int64_t end)
{
    const skinny *p = context;
    const mlp_skinny *s = p->s;
    float tile[MLP_DOT_ROWS * MLP_SKINNY_ROWS];
    int64_t piece = PIECE / p->lanes;
    for (int64_t at = 0; at < s->k; at += piece) {
        int64_t k = s->k - at < piece ? s->k - at : piece;
        for (int64_t row = begin; row < end; row += MLP_DOT_ROWS) {
            int64_t rows = end - row < MLP_DOT_ROWS ? end - row : MLP_DOT_ROWS;
            p->tiles->dot(rows, p->lanes, k, s->w + row * s->ldw + at, s->ldw, p->packed + at * p->lanes, tile);
            add_tile(s, rows, row, p->lanes, tile, at == 0);
        }
    }
}

bool mlp_skinny_fits(int64_t m, int64_t n, int64_t k)
{
    return mlp_cpu() > MLP_CPU_PLAIN && m > 1 && m <= MLP_SKINNY_ROWS && n > 1 && k > 0;
}

mlp_status mlp_skinny_run(const mlp_skinny *s, mlp_error *err)
{
    skinny p = { .s = s, .tiles = mlp_tiles_best() };
    p.lanes = (s->m + MLP_DOT_LANES - 1) / MLP_DOT_LANES * MLP_DOT_LANES;
    size_t bytes = (size_t)(p.lanes * s->k) * sizeof(float);
    int64_t grain = WORK / (s->k * p.lanes) / MLP_DOT_ROWS * MLP_DOT_ROWS;
    void *packed = NULL;
    mlp_status st = mlp_block_new(&packed, bytes, err);
    if (st) return st;
    p.packed = packed;
    st = mlp_parallel_for(s->k, PACK_GRAIN, pack, &p, err);
    if (!st) st = mlp_parallel_for(s->n, grain < LEAST ? LEAST : grain, run, &p, err);
    mlp_block_free(packed, bytes);
    return st;
}
