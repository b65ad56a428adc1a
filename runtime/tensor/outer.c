/* outer.c - g and x as panels for the tiles: 12 rows of the product, or 32 columns, for one row of g or x after the
 * other. A piece has whole rows, so that an update walks through its weights in the order of their memory: cut into
 * columns as well, it took 1.6 times as long. */
#include "tensor/outer.h"

#include "base/simd.h"
#include "tensor/tile.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

enum {
    WIDTH = 12288,   /* columns of a piece, at most: with 12 rows they fit in the second cache */
    WORK = 1 << 20,  /* multiplications, about, that make a piece worth a thread's while */
    ALONE = 4 << 20, /* multiplications in all: for fewer, waking a thread costs more than it gives */
    PACK_GRAIN = 32, /* panels */
};

typedef struct packed {
    float *data; /* [panel][n][width of a panel], padded with zeros */
    float *most; /* the largest absolute value in each panel, infinity where there is a NaN; in the same block */
    int64_t count;
    size_t bytes;
} packed;

struct mlp_outer {
    int64_t n, rows, columns;
    int64_t width; /* columns of a piece */
    packed g, x;   /* panels of 12 rows of the product, and of 32 columns */
    const mlp_tiles *tiles;
};

static int64_t panels(int64_t size, int64_t width)
{
    return (size + width - 1) / width;
}

/* ---- packing ---- */

MLP_SIMD static float largest(const float *x, int64_t count)
{
    uint32_t most = 0; /* of the bits without sign: they are in the order of the numbers, NaN last */
    for (int64_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        bits &= 0x7fffffffU;
        most = bits > most ? bits : most;
    }
    if (most > 0x7f800000U) most = 0x7f800000U;
    float value;
    memcpy(&value, &most, sizeof value);
    return value;
}

typedef struct packing {
    const float *from;
    const packed *to;
    int64_t n, size, width;
} packing;

static void pack(void *context, int64_t begin, int64_t end)
{
    const packing *p = context;
    for (int64_t panel = begin; panel < end; panel++) {
        int64_t at = panel * p->width, width = p->size - at < p->width ? p->size - at : p->width;
        float *to = p->to->data + panel * p->n * p->width;
        for (int64_t i = 0; i < p->n; i++) {
            memcpy(to + i * p->width, p->from + i * p->size + at, (size_t)width * sizeof *to);
            memset(to + i * p->width + width, 0, (size_t)(p->width - width) * sizeof *to);
        }
        p->to->most[panel] = largest(to, p->n * p->width);
    }
}

static mlp_status pack_matrix(packed *to, const float *from, int64_t n, int64_t size, int64_t width, mlp_error *err)
{
    void *memory = NULL;
    to->count = panels(size, width);
    to->bytes = (size_t)(to->count * (n * width + 1)) * sizeof(float);
    mlp_status st = mlp_block_new(&memory, to->bytes, err);
    if (st) return st;
    to->data = memory;
    to->most = to->data + to->count * n * width;
    packing p = { from, to, n, size, width };
    return mlp_parallel_for(to->count, PACK_GRAIN, pack, &p, err);
}

/* ---- life ---- */

mlp_status mlp_outer_new(mlp_outer **out, const float *g, const float *x, int64_t n, int64_t rows, int64_t columns,
                         mlp_error *err)
{
    void *memory;
    mlp_status st = mlp_alloc(&memory, 1, sizeof(mlp_outer), err);
    if (st) return st;
    mlp_outer *o = memory;
    o->n = n, o->rows = rows, o->columns = columns;
    int64_t across = panels(o->columns, WIDTH) > 0 ? panels(o->columns, WIDTH) : 1;
    o->width = panels(panels(o->columns, across), MLP_OUTER_COLUMNS) * MLP_OUTER_COLUMNS;
    if (o->width == 0) o->width = MLP_OUTER_COLUMNS;
    o->tiles = mlp_tiles_best();
    st = pack_matrix(&o->g, g, n, rows, MLP_OUTER_ROWS, err);
    if (!st) st = pack_matrix(&o->x, x, n, columns, MLP_OUTER_COLUMNS, err);
    if (st) mlp_outer_free(o);
    else *out = o;
    return st;
}

void mlp_outer_free(mlp_outer *o)
{
    if (!o) return;
    mlp_block_free(o->g.data, o->g.bytes);
    mlp_block_free(o->x.data, o->x.bytes);
    free(o);
}

static double most_of(const packed *p)
{
    float most = 0;
    for (int64_t i = 0; i < p->count; i++) most = p->most[i] > most ? p->most[i] : most;
    return (double)most;
}

bool mlp_outer_is_bounded(const mlp_outer *o)
{
    return most_of(&o->g) * most_of(&o->x) * (double)o->n < (double)FLT_MAX / 2;
}

int64_t mlp_outer_columns(const mlp_outer *o)
{
    return o->columns;
}

/* ---- making it ---- */

int64_t mlp_outer_pieces(const mlp_outer *o)
{
    return panels(o->rows, MLP_OUTER_ROWS) * panels(o->columns, o->width);
}

int64_t mlp_outer_piece_size(const mlp_outer *o)
{
    return MLP_OUTER_ROWS * (o->width < o->columns ? o->width : o->columns);
}

int64_t mlp_outer_grain(const mlp_outer *o)
{
    int64_t work = mlp_outer_piece_size(o) * o->n;
    if (o->rows * o->columns * o->n < ALONE) return mlp_outer_pieces(o);
    return work > 0 && work < WORK ? WORK / work : 1;
}

mlp_outer_piece mlp_outer_piece_at(const mlp_outer *o, int64_t i)
{
    int64_t across = panels(o->columns, o->width);
    int64_t row = i / across * MLP_OUTER_ROWS, column = i % across * o->width;
    int64_t rows = o->rows - row, columns = o->columns - column;
    return (mlp_outer_piece){ row, rows < MLP_OUTER_ROWS ? rows : MLP_OUTER_ROWS, column,
                              columns < o->width ? columns : o->width };
}

void mlp_outer_make_piece(const mlp_outer *o, const mlp_outer_piece *piece, float *to, int64_t ld)
{
    const float *g = o->g.data + piece->row * o->n, *x = o->x.data + piece->column * o->n;
    for (int64_t j = 0; j < piece->columns; j += MLP_OUTER_COLUMNS) {
        int64_t columns = piece->columns - j < MLP_OUTER_COLUMNS ? piece->columns - j : MLP_OUTER_COLUMNS;
        o->tiles->outer(piece->rows, columns, o->n, g, x + j * o->n, to + j, ld);
    }
}

typedef struct making {
    const mlp_outer *o;
    float *to;
} making;

static void make(void *context, int64_t begin, int64_t end)
{
    const making *m = context;
    for (int64_t i = begin; i < end; i++) {
        mlp_outer_piece piece = mlp_outer_piece_at(m->o, i);
        mlp_outer_make_piece(m->o, &piece, m->to + piece.row * m->o->columns + piece.column, m->o->columns);
    }
}

mlp_status mlp_outer_make(mlp_tensor **out, const mlp_outer *o, mlp_error *err)
{
    mlp_tensor *t = NULL;
    mlp_status st = mlp_tensor_new(&t, MLP_F32, 2, (int64_t[]){ o->rows, o->columns }, err);
    if (st) return st;
    making m = { o, mlp_tensor_data(t) };
    st = mlp_parallel_for(mlp_outer_pieces(o), mlp_outer_grain(o), make, &m, err);
    if (st) mlp_tensor_release(t);
    else *out = t;
    return st;
}
