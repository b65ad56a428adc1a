/* conv2d_columns.c - convolution in f64, as matrix products: what the other ways are compared with.
 *
 * The places of the output are cut into tiles that fit into a core's cache. A tile's columns (what each weight is
 * multiplied by at each place) are gathered, and one product with the weights gives the tile of every output channel.
 * Threads share tiles of pictures, or whole pictures where tiles overlap (dx). */
#include "nn/conv2d_private.h"

#include <stdatomic.h>
#include <string.h>

enum {
    TILE = 256,        /* places; fewer when the columns get long */
    LEAST_TILE = 64,   /* but not below this */
    COLUMNS = 1 << 17, /* numbers of a tile's columns */
};

typedef struct pass {
    mlp_conv at;
    int64_t p, tile, tiles; /* places in the output, of a tile; how many tiles */
    const double *x, *w, *bias, *dy;
    double *y, *dx;
    mlp_conv_sums sums;
    atomic_bool no_memory; /* a thread found none for its scratch */
} pass;

/* `count` neighbours in a row of the output: those in [first, last) lie inside the picture, q-th of them at
 * x[at + q * stride]. */
typedef struct span {
    int64_t count, first, last, at;
} span;

/* Goes through what a tile's columns are made of: the rows (c, i, j) of the columns, and in each row the runs of places
 * that are neighbours in the output. */
typedef struct walk {
    const pass *g;
    int64_t out_y, out_x, count;        /* where the tile begins */
    int64_t row, c, i, j, first, last;  /* the row; places of an output row that lie inside the picture's width */
    int64_t y, x, left, plane_y, shift; /* the next run */
} walk;

static walk walk_begin(const pass *g, int64_t from, int64_t to)
{
    return (walk){ .g = g, .out_y = from / g->at.out[1], .out_x = from % g->at.out[1], .count = to - from, .j = -1 };
}

static inline bool walk_row(walk *w)
{
    const pass *g = w->g;
    const mlp_window *window = &g->at.window;
    if (w->row++ == g->at.k) return false;
    if (++w->j == window->size[1]) w->j = 0, w->i++;
    if (w->i == window->size[0]) w->i = 0, w->c++;
    int64_t stride = window->stride[1];
    w->shift = w->j * window->dilation[1] - window->before[1];
    w->first = w->shift < 0 ? (-w->shift + stride - 1) / stride : 0;
    w->last = w->shift < g->at.size[1] ? (g->at.size[1] - 1 - w->shift) / stride + 1 : 0;
    w->y = w->out_y, w->x = w->out_x, w->left = w->count;
    w->plane_y = w->i * window->dilation[0] - window->before[0];
    return true;
}

static inline int64_t within(int64_t v, int64_t low, int64_t high)
{
    return v < low ? low : v > high ? high : v;
}

static inline bool walk_span(walk *w, span *s)
{
    const pass *g = w->g;
    if (w->left == 0) return false;
    int64_t count = g->at.out[1] - w->x < w->left ? g->at.out[1] - w->x : w->left;
    int64_t y = w->y * g->at.window.stride[0] + w->plane_y, x = w->x * g->at.window.stride[1] + w->shift;
    *s = (span){ .count = count, .first = count, .last = count };
    if (y >= 0 && y < g->at.size[0]) {
        s->first = within(w->first - w->x, 0, count), s->last = within(w->last - w->x, s->first, count);
        s->at = (w->c * g->at.size[0] + y) * g->at.size[1] + x;
    }
    w->left -= count, w->x = 0, w->y++;
    return true;
}

/* Where a unit's arrays begin. */
typedef struct tile {
    int64_t from, count; /* places */
    int64_t x, w, y;     /* x at the beginning of the group's channels, y at the tile's first place */
} tile;

static tile tile_of(const pass *g, int64_t unit, int64_t group)
{
    int64_t from = unit % g->tiles * g->tile, at = unit / g->tiles * g->at.groups + group;
    return (tile){
        .from = from,
        .count = g->p - from < g->tile ? g->p - from : g->tile,
        .x = at * g->at.c_in * g->at.size[0] * g->at.size[1],
        .w = group * g->at.c_out * g->at.k,
        .y = at * g->at.c_out * g->p + from,
    };
}

static size_t scratch_bytes(const pass *g)
{
    return (size_t)(g->at.k * g->tile) * sizeof(double);
}

static void *scratch_new(pass *g)
{
    void *scratch = NULL;
    if (mlp_block_new(&scratch, scratch_bytes(g), NULL)) atomic_store(&g->no_memory, true);
    return scratch;
}

/* The columns of places [from, to): row (c, i, j) holds what weight (c, i, j) is multiplied by. */
static void gather(const pass *g, const double *x, int64_t from, int64_t to, double *columns)
{
    const int64_t stride = g->at.window.stride[1];
    for (walk w = walk_begin(g, from, to); walk_row(&w);)
        for (span s; walk_span(&w, &s); columns += s.count) {
            const double *at = x + s.at;
            for (int64_t q = 0; q < s.first; q++) columns[q] = 0;
            for (int64_t q = s.first; q < s.last; q++) columns[q] = at[q * stride];
            for (int64_t q = s.last; q < s.count; q++) columns[q] = 0;
        }
}

/* The transpose of gather: adds columns to the places of x that they came from. */
static void scatter(const pass *g, double *x, int64_t from, int64_t to, const double *columns)
{
    const int64_t stride = g->at.window.stride[1];
    for (walk w = walk_begin(g, from, to); walk_row(&w);)
        for (span s; walk_span(&w, &s); columns += s.count)
            for (int64_t q = s.first; q < s.last; q++) x[s.at + q * stride] += columns[q];
}

/* Units of work are tiles of pictures: a tile is a run of places in the output. */
static void forward_units(void *context, int64_t begin, int64_t end)
{
    pass *g = context;
    double *scratch = scratch_new(g);
    if (!scratch) return;
    for (int64_t unit = begin; unit < end; unit++)
        for (int64_t group = 0; group < g->at.groups; group++) {
            tile t = tile_of(g, unit, group);
            double *y = g->y + t.y;
            gather(g, g->x + t.x, t.from, t.from + t.count, scratch);
            for (int64_t o = 0; g->bias && o < g->at.c_out; o++)
                for (int64_t p = 0; p < t.count; p++) y[o * g->p + p] = g->bias[group * g->at.c_out + o];
            mlp_gemm_here(MLP_F64, false, false, g->at.c_out, t.count, g->at.k, g->w + t.w, g->at.k, scratch, t.count,
                          g->bias ? 1 : 0, y, g->p);
            for (int64_t o = 0; g->at.relu && o < g->at.c_out; o++)
                for (int64_t p = 0; p < t.count; p++)
                    if (y[o * g->p + p] <= 0) y[o * g->p + p] = 0;
        }
    mlp_block_free(scratch, scratch_bytes(g));
}

static void weight_unit(pass *g, int64_t unit, int64_t group, double *scratch, double *dw, double *db)
{
    tile t = tile_of(g, unit, group);
    const double *dy = g->dy + t.y;
    gather(g, g->x + t.x, t.from, t.from + t.count, scratch);
    mlp_gemm_here(MLP_F64, false, true, g->at.c_out, g->at.k, t.count, dy, g->p, scratch, t.count, 1, dw + t.w,
                  g->at.k);
    for (int64_t o = 0; db && o < g->at.c_out; o++)
        for (int64_t p = 0; p < t.count; p++) db[group * g->at.c_out + o] += dy[o * g->p + p];
}

/* Parts of dw and of db: ranges of units, added in their order. */
static void weight_parts(void *context, int64_t begin, int64_t end)
{
    pass *g = context;
    double *scratch = scratch_new(g);
    if (!scratch) return;
    int64_t units = g->at.n * g->tiles;
    for (int64_t part = begin; part < end; part++) {
        double *dw = mlp_conv_sums_part(&g->sums, part), *db = mlp_conv_sums_bias(&g->sums, part);
        int64_t stop = mlp_conv_part_begin(units, g->sums.parts, part + 1);
        for (int64_t i = mlp_conv_part_begin(units, g->sums.parts, part); i < stop && !mlp_interrupted(); i++)
            for (int64_t group = 0; group < g->at.groups; group++) weight_unit(g, i, group, scratch, dw, db);
    }
    mlp_block_free(scratch, scratch_bytes(g));
}

/* dx of the groups of pictures [begin, end). */
static void input_pictures(void *context, int64_t begin, int64_t end)
{
    pass *g = context;
    double *scratch = scratch_new(g);
    if (!scratch) return;
    int64_t size = g->at.c_in * g->at.size[0] * g->at.size[1];
    for (int64_t i = begin; i < end; i++) {
        double *dx = g->dx + i * size;
        memset(dx, 0, (size_t)size * sizeof *dx);
        for (int64_t from = 0; from < g->p && !mlp_interrupted(); from += g->tile) {
            tile t = tile_of(g, i / g->at.groups * g->tiles + from / g->tile, i % g->at.groups);
            mlp_gemm_here(MLP_F64, true, false, g->at.k, t.count, g->at.c_out, g->w + t.w, g->at.k, g->dy + t.y, g->p,
                          0, scratch, t.count);
            scatter(g, dx, from, from + t.count, scratch);
        }
    }
    mlp_block_free(scratch, scratch_bytes(g));
}

/* ---- the passes ---- */

static pass pass_of(const mlp_conv *c, const mlp_conv_arrays *a)
{
    pass g = { .at = *c, .p = c->out[0] * c->out[1], .tile = TILE };
    while (g.tile > LEAST_TILE && c->k * g.tile > COLUMNS) g.tile /= 2;
    if (g.tile > g.p) g.tile = g.p;
    g.tiles = (g.p + g.tile - 1) / g.tile;
    g.x = a->x, g.w = a->w, g.bias = a->bias, g.dy = a->dy, g.y = a->y, g.dx = a->dx;
    return g;
}

/* Multiplications of a tile. */
static double tile_work(const pass *g)
{
    return (double)g->at.groups * (double)g->at.c_out * (double)g->at.k * (double)g->tile;
}

static mlp_status run(pass *g, int64_t n, double work, mlp_range_fn fn, mlp_error *err)
{
    mlp_status st = mlp_conv_run(n, work, fn, g, err);
    if (!st && atomic_load(&g->no_memory))
        st = mlp_fail(err, MLP_ENOMEM, "conv2d: out of memory: cannot allocate %.1f MB for the columns of a tile",
                      (double)scratch_bytes(g) / 1e6);
    return st;
}

static mlp_status forward(const mlp_conv *c, const mlp_conv_arrays *a, mlp_error *err)
{
    pass g = pass_of(c, a);
    return run(&g, c->n * g.tiles, tile_work(&g), forward_units, err);
}

static mlp_status input(const mlp_conv *c, const mlp_conv_arrays *a, mlp_error *err)
{
    pass g = pass_of(c, a);
    return run(&g, c->n * c->groups, tile_work(&g) / (double)c->groups * (double)g.tiles, input_pictures, err);
}

static mlp_status weight(const mlp_conv *c, const mlp_conv_arrays *a, mlp_error *err)
{
    pass g = pass_of(c, a);
    int64_t units = c->n * g.tiles;
    mlp_status st = mlp_conv_sums_new(&g.sums, c, MLP_F64, units, a->db != NULL, err);
    if (st) return st;
    st = run(&g, g.sums.parts, tile_work(&g) * (double)units / (double)g.sums.parts, weight_parts, err);
    if (!st) st = mlp_conv_sums_add(&g.sums, a->dw, a->db, err);
    mlp_conv_sums_free(&g.sums);
    return st;
}

const mlp_conv_way mlp_conv_columns = { forward, input, weight, NULL, NULL };
