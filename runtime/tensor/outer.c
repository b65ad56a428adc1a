/* outer.c - g and x as panels for the tiles: 12 rows of the product, or 32 columns, for one row of g or x after the
 * other. A piece has 12 whole rows, so that an update walks through its weights in the order of their memory: cut into
 * columns as well, it took 1.6 times as long.
 *
 * Behind a ReLU most of g is zeros (five of six in a net that has learned for a while, more with dropout). A row of the
 * product is then the sum of the terms that are left: the same bits, but for the sign of a zero where all that is left
 * is too small for f32. Where few are left, rows of the product do not share enough of x to be made together: x stays
 * in rows of its own, and a piece is a part of one row (in the order of memory, too), small enough to stay in the first
 * cache until it is used.
 *
 * Each row needs all of x. Where it comes from a third cache that is far, all rows of some columns, whose x stays in
 * the second cache, come before the next columns: less order in memory costs less than that there. */
#include "tensor/outer.h"

#include "base/cpu.h"
#include "base/simd.h"
#include "tensor/tile.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    WIDTH = 12288,   /* columns of a piece, at most: with 12 rows they fit in the second cache */
    FEW = 6,         /* terms of a row, on average, for which it is made by itself */
    FEW_WIDTH = 512, /* columns of a piece then, at most */
    STRIP = 1 << 17, /* numbers of x, of the columns that all rows are made of before the next where x is far */
    LEAST_STRIP = 1024,
    WORK = 1 << 20,    /* multiplications, about, that make a piece worth a thread's while */
    ALONE = 4 << 20,   /* multiplications in all: for fewer, waking a thread costs more than it gives */
    PANEL_GRAIN = 32,  /* panels that are packed at a time */
    ROW_GRAIN = 65536, /* numbers of x, about, whose rows are */
    NEAR = 4096,       /* numbers of x that stay in the first cache for the rows of a piece */
    SHORT = 256,       /* columns: for fewer, looking for zeros costs more than it gives */
};

/* Of terms that are left: with more, leaving out gives little. The second where a panel of x fills the first cache. */
static const double THIN = 0.5, THIN_OF_MANY = 0.35;

typedef struct packed {
    float *data; /* [panel][n][width of a panel], padded with zeros */
    float *most; /* the largest absolute value in each part, infinity where there is a NaN; in the same block */
    int64_t width;
    int64_t count; /* parts: panels, or rows where one panel has everything */
    size_t bytes;
} packed;

/* The terms of each row of the product that are not zero, n places for each. */
typedef struct terms {
    float *value;
    int32_t *at;    /* where the row of x begins in a panel of it */
    int32_t *count; /* for each row; in one block with the others, NULL: terms are not left out */
    size_t bytes;
} terms;

struct mlp_outer {
    int64_t n, rows, columns;
    int64_t height, width; /* of a piece */
    int64_t beside;        /* pieces of a row that come before those of the next row */
    packed g, x;           /* panels of 12 rows of the product, and of 32 columns or of all */
    terms left;
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
    int64_t n, size;
} packing;

static void pack_panels(void *context, int64_t begin, int64_t end)
{
    const packing *p = context;
    int64_t whole = p->to->width;
    for (int64_t panel = begin; panel < end; panel++) {
        int64_t at = panel * whole, width = p->size - at < whole ? p->size - at : whole;
        float *to = p->to->data + panel * p->n * whole;
        for (int64_t i = 0; i < p->n; i++) {
            memcpy(to + i * whole, p->from + i * p->size + at, (size_t)width * sizeof *to);
            memset(to + i * whole + width, 0, (size_t)(whole - width) * sizeof *to);
        }
        p->to->most[panel] = largest(to, p->n * whole);
    }
}

static void pack_rows(void *context, int64_t begin, int64_t end)
{
    const packing *p = context;
    int64_t whole = p->to->width;
    for (int64_t i = begin; i < end; i++) {
        float *to = p->to->data + i * whole;
        memcpy(to, p->from + i * p->size, (size_t)p->size * sizeof *to);
        memset(to + p->size, 0, (size_t)(whole - p->size) * sizeof *to);
        p->to->most[i] = largest(to, p->size);
    }
}

/* In panels of `width`, or one for all that is padded to a multiple of it. */
static mlp_status pack(packed *to, const float *from, int64_t n, int64_t size, int64_t width, bool whole_rows,
                       mlp_error *err)
{
    void *memory = NULL;
    int64_t across = panels(size, width);
    to->width = whole_rows ? across * width : width;
    to->count = whole_rows ? n : across;
    to->bytes = (size_t)(across * n * width + to->count) * sizeof(float);
    mlp_status st = mlp_block_new(&memory, to->bytes, err);
    if (st) return st;
    to->data = memory;
    to->most = to->data + across * n * width;
    packing p = { from, to, n, size };
    if (whole_rows) return mlp_parallel_for(n, 1 + ROW_GRAIN / (to->width + 1), pack_rows, &p, err);
    return mlp_parallel_for(across, PANEL_GRAIN, pack_panels, &p, err);
}

static double most_of(const packed *p)
{
    float most = 0;
    for (int64_t i = 0; i < p->count; i++) most = p->most[i] > most ? p->most[i] : most;
    return (double)most;
}

/* ---- terms that are not zero ---- */

typedef struct listing {
    mlp_outer *o;
    bool all; /* with those that are zero */
} listing;

/* Of panels begin to end of g. */
static void list_terms(void *context, int64_t begin, int64_t end)
{
    const listing *l = context;
    mlp_outer *o = l->o;
    int64_t last = end * MLP_OUTER_ROWS < o->rows ? end * MLP_OUTER_ROWS : o->rows;
    for (int64_t row = begin * MLP_OUTER_ROWS; row < last; row++) {
        const float *g = o->g.data + row / MLP_OUTER_ROWS * MLP_OUTER_ROWS * o->n + row % MLP_OUTER_ROWS;
        float *value = o->left.value + row * o->n;
        int32_t *at = o->left.at + row * o->n, count = 0;
        for (int64_t i = 0; i < o->n; i++, g += MLP_OUTER_ROWS) {
            value[count] = *g;
            at[count] = (int32_t)(i * o->x.width);
            count += l->all || *g != 0;
        }
        o->left.count[row] = count;
    }
}

static void forget_terms(terms *left)
{
    mlp_block_free(left->value, left->bytes);
    *left = (terms){ 0 };
}

MLP_SIMD static int64_t count_terms(const float *g, int64_t count)
{
    int64_t some = 0;
    for (int64_t i = 0; i < count; i++) some += g[i] != 0;
    return some;
}

/* Before x is packed: makes room for the terms if they are worth a list, and says whether they are few, too. Without
 * memory for the list nothing is left out. */
static bool plan_terms(mlp_outer *o)
{
    int64_t all = o->rows * o->n, panel = o->n * MLP_OUTER_COLUMNS;
    if (all == 0 || o->columns < SHORT || panel > INT32_MAX) return false;
    int64_t some = count_terms(o->g.data, o->g.count * MLP_OUTER_ROWS * o->n); /* padded with zeros */
    if ((double)some > (panel <= NEAR / 2 ? THIN : THIN_OF_MANY) * (double)all) return false;
    void *memory = NULL;
    terms *left = &o->left;
    left->bytes = (size_t)all * (sizeof(float) + sizeof(int32_t)) + (size_t)o->rows * sizeof(int32_t);
    if (mlp_block_new(&memory, left->bytes, NULL)) return false;
    left->value = memory;
    left->at = (int32_t *)(left->value + all);
    left->count = left->at + all;
    return some <= FEW * o->rows && o->n * panels(o->columns, MLP_OUTER_COLUMNS) * MLP_OUTER_COLUMNS <= INT32_MAX;
}

/* What is not a finite number in x makes a NaN of a zero, so that nothing may be left out. */
static mlp_status find_terms(mlp_outer *o, bool few, mlp_error *err)
{
    if (!o->left.count) return MLP_OK;
    listing l = { o, !isfinite(most_of(&o->x)) };
    if (few || !l.all) return mlp_parallel_for(o->g.count, PANEL_GRAIN, list_terms, &l, err);
    forget_terms(&o->left);
    return MLP_OK;
}

/* ---- life ---- */

static mlp_status lay_out(mlp_outer *o, const float *x, bool few, mlp_error *err)
{
    int64_t strip = mlp_cpu_cache().far_third ? STRIP / (o->n + 1) : o->columns;
    if (strip < LEAST_STRIP) strip = LEAST_STRIP;
    int64_t widest = few             ? FEW_WIDTH
                     : strip < WIDTH ? strip
                                     : WIDTH,
            across = panels(o->columns, widest) > 0 ? panels(o->columns, widest) : 1;
    o->height = few ? 1 : MLP_OUTER_ROWS;
    o->width = panels(panels(o->columns, across), MLP_OUTER_COLUMNS) * MLP_OUTER_COLUMNS;
    if (o->width == 0) o->width = MLP_OUTER_COLUMNS;
    o->beside = strip < o->columns ? panels(strip, o->width) : across;
    mlp_block_free(o->x.data, o->x.bytes); /* of the first try */
    o->x.data = NULL;
    return pack(&o->x, x, o->n, o->columns, MLP_OUTER_COLUMNS, few, err);
}

mlp_status mlp_outer_new(mlp_outer **out, const float *g, const float *x, int64_t n, int64_t rows, int64_t columns,
                         mlp_error *err)
{
    void *memory;
    mlp_status st = mlp_alloc(&memory, 1, sizeof(mlp_outer), err);
    if (st) return st;
    mlp_outer *o = memory;
    o->n = n, o->rows = rows, o->columns = columns;
    o->tiles = mlp_tiles_best();
    st = pack(&o->g, g, n, rows, MLP_OUTER_ROWS, false, err);
    bool few = !st && plan_terms(o);
    if (!st) st = lay_out(o, x, few, err);
    if (st == MLP_ENOMEM && o->left.count) {
        forget_terms(&o->left);
        few = false;
        st = lay_out(o, x, few, err);
    }
    if (!st) st = find_terms(o, few, err);
    if (st) mlp_outer_free(o);
    else *out = o;
    return st;
}

void mlp_outer_free(mlp_outer *o)
{
    if (!o) return;
    mlp_block_free(o->g.data, o->g.bytes);
    mlp_block_free(o->x.data, o->x.bytes);
    forget_terms(&o->left);
    free(o);
}

bool mlp_outer_is_bounded(const mlp_outer *o)
{
    return most_of(&o->g) * most_of(&o->x) * (double)o->n < (double)FLT_MAX / 2;
}

bool mlp_outer_is_thin(const mlp_outer *o)
{
    return o->left.count && isfinite(most_of(&o->x));
}

int64_t mlp_outer_columns(const mlp_outer *o)
{
    return o->columns;
}

/* ---- making it ---- */

int64_t mlp_outer_pieces(const mlp_outer *o)
{
    return panels(o->rows, o->height) * panels(o->columns, o->width);
}

int64_t mlp_outer_piece_size(const mlp_outer *o)
{
    return o->height * o->width;
}

/* As if no term were left out: what is done with the numbers takes most of the time then. */
int64_t mlp_outer_grain(const mlp_outer *o)
{
    int64_t work = mlp_outer_piece_size(o) * o->n;
    if (o->rows * o->columns * o->n < ALONE) return mlp_outer_pieces(o);
    return work > 0 && work < WORK ? WORK / work : 1;
}

mlp_outer_piece mlp_outer_piece_at(const mlp_outer *o, int64_t i)
{
    int64_t down = panels(o->rows, o->height), first = i / (down * o->beside) * o->beside;
    int64_t across = panels(o->columns, o->width) - first, in = i - first * down;
    if (across > o->beside) across = o->beside;
    int64_t row = in / across * o->height, column = (first + in % across) * o->width;
    int64_t rows = o->rows - row, columns = o->columns - column;
    return (mlp_outer_piece){ row, rows < o->height ? rows : o->height, column,
                              columns < o->width ? columns : o->width };
}

/* The same place of other arrays, for those who use the piece with them. All but the first one leave the outer caches
 * to what is used sooner. */
static void fetch(const float *const *near, int64_t at, int64_t columns)
{
    if (!near) return;
    for (int64_t j = 0; j < columns; j += MLP_LINE) __builtin_prefetch(near[0] + at + j, 1);
    for (near++; *near; near++)
        for (int64_t j = 0; j < columns; j += MLP_LINE) __builtin_prefetch(*near + at + j, 0, 0);
}

/* At least 32 columns at a time, and of panels no more than stay in the first cache for all rows. */
static void make_thin_piece(const mlp_outer *o, const mlp_outer_piece *piece, float *to, int64_t ld,
                            const float *const *near)
{
    bool apart = o->x.width == MLP_OUTER_COLUMNS; /* panels; the same columns of a row follow each other otherwise */
    int64_t next = apart ? o->n * MLP_OUTER_COLUMNS : MLP_OUTER_COLUMNS, some = apart ? NEAR / next : MLP_THIN_PANELS;
    some = some < 1 ? 1 : some > MLP_THIN_PANELS ? MLP_THIN_PANELS : some;
    const float *x = o->x.data + piece->column / MLP_OUTER_COLUMNS * next;
    for (int64_t j = 0; j < piece->columns; j += some * MLP_OUTER_COLUMNS, x += some * next) {
        int64_t columns = piece->columns - j < some * MLP_OUTER_COLUMNS ? piece->columns - j : some * MLP_OUTER_COLUMNS;
        int64_t count = panels(columns, MLP_OUTER_COLUMNS);
        for (int64_t r = 0; r < piece->rows; r++) {
            int64_t row = piece->row + r, first = row * o->n;
            float whole[MLP_THIN_PANELS * MLP_OUTER_COLUMNS], *c = to + r * ld + j;
            bool fits = columns == count * MLP_OUTER_COLUMNS;
            if (!apart && o->tiles->fetch_near) fetch(near, row * o->columns + piece->column + j, columns);
            o->tiles->thin(count, o->left.count[row], o->left.at + first, o->left.value + first, x, next,
                           fits ? c : whole);
            if (!fits) memcpy(c, whole, (size_t)columns * sizeof *c);
        }
    }
}

void mlp_outer_make_piece(const mlp_outer *o, const mlp_outer_piece *piece, float *to, int64_t ld,
                          const float *const *near)
{
    if (o->left.count) {
        make_thin_piece(o, piece, to, ld, near);
        return;
    }
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
        mlp_outer_make_piece(m->o, &piece, m->to + piece.row * m->o->columns + piece.column, m->o->columns, NULL);
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
