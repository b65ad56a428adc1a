/* conv2d_pointwise.c - windows of one place (1x1, stride 1, no padding) in f32: for each place a product of a matrix of
 * weights with its channels.
 *
 * There is little arithmetic for each number, so nothing is copied far: a few cache lines of each channel are packed
 * into the first cache, multiplied there by all weights, and written where they belong, while the next ones are
 * fetched, and those that are written to: they lie so far apart that the processor does not guess them. Places are
 * counted through all pictures, so that small ones fill tiles together. The gradient of the weight sums products of dy,
 * its channels turned to lie side by side, with x where it is. */
#include "nn/conv2d_plan_private.h"

#include <stdlib.h>
#include <string.h>

enum {
    UNIT = 512,       /* places that a thread takes at a time */
    BLOCK = 64,       /* places that are packed at a time: 32 channels fill a sixth of the first cache */
    FEW_CHANNELS = 8, /* with fewer, longer runs of places are faster */
};

/* From pictures of c_from channels (x, or dy) to pictures of c_to (y, or dx). */
typedef struct plan {
    int64_t groups, c_from, c_to;
    int64_t places, all;  /* of a picture, and of all */
    int64_t w_to, w_from; /* steps through the weight from one channel to the next */
    int64_t *at;          /* where channels begin: of packed places, or of x */
    float *packed;        /* weights: tile by tile of the channels of the result, channel by channel */
    const float *source, *weight, *bias, *dy;
    float *result;
    bool relu;     /* of the result */
    int64_t lanes; /* channels of dy side by side */
    mlp_conv_sums sums;
    const mlp_conv_tiles *tiles;
    atomic_bool no_memory; /* a thread found none for its scratch */
} plan;

bool mlp_conv_pointwise_fits(const mlp_conv *c)
{
    const mlp_window *w = &c->window;
    for (int i = 0; i < 2; i++)
        if (w->size[i] != 1 || w->stride[i] != 1 || w->before[i] || w->after[i] || c->out[i] != c->size[i])
            return false;
    return c->c_in >= FEW_CHANNELS && c->c_out >= FEW_CHANNELS;
}

static mlp_status plan_new(plan *p, const mlp_conv *c, int64_t c_from, int64_t c_to, mlp_error *err)
{
    *p = (plan){ .groups = c->groups, .c_from = c_from, .c_to = c_to, .places = c->size[0] * c->size[1] };
    p->all = c->n * p->places, p->tiles = mlp_conv_tiles_best();
    return mlp_alloc((void **)&p->at, (size_t)c_from, sizeof *p->at, err);
}

static size_t packed_bytes(const plan *p)
{
    return (size_t)(p->groups * mlp_ceil_div(p->c_to, MLP_CONV_ROWS) * MLP_CONV_ROWS * p->c_from) * sizeof(float);
}

static void plan_free(plan *p)
{
    mlp_block_free(p->packed, packed_bytes(p));
    free(p->at);
}

static float *packed_at(const plan *p, int64_t group, int64_t o)
{
    return p->packed + (group * mlp_ceil_div(p->c_to, MLP_CONV_ROWS) * MLP_CONV_ROWS + o) * p->c_from;
}

static mlp_status pack_weights(plan *p, mlp_error *err)
{
    static const int64_t only[1] = { 0 };
    const mlp_conv_weights at = { .to = p->w_to, .from = p->w_from, .c_from = p->c_from, .tap = only, .taps = 1 };
    mlp_status st = mlp_block_new((void **)&p->packed, packed_bytes(p), err);
    for (int64_t group = 0; !st && group < p->groups; group++)
        for (int64_t o = 0; o < p->c_to; o += MLP_CONV_ROWS)
            mlp_conv_pack_tile(packed_at(p, group, o), mlp_conv_tile_rows(p->c_to - o), p->c_to - o,
                               p->weight + group * p->c_from * p->c_to + o * p->w_to, &at);
    return st;
}

/* ---- places ---- */

/* Of a picture, the next ones of those from `first` on: at most n. */
typedef struct run {
    int64_t picture, place, count;
} run;

static run run_of(const plan *p, int64_t first, int64_t n)
{
    run r = { .picture = first / p->places, .place = first % p->places };
    r.count = mlp_least(n, p->places - r.place);
    return r;
}

/* Where the place of a run lies for the first channel of a group. */
static int64_t offset(const plan *p, const run *r, int64_t group, int64_t channels)
{
    return (r->picture * p->groups + group) * channels * p->places + r->place;
}

/* ---- results ---- */

static void pack_places(const plan *p, int64_t group, int64_t first, int64_t n, float *to)
{
    while (n > 0) {
        run r = run_of(p, first, n);
        p->tiles->take(p->c_from, r.count, p->source + offset(p, &r, group, p->c_from), p->places, 1, to, BLOCK);
        first += r.count, n -= r.count, to += r.count;
    }
}

/* Asks memory for channels [begin, end) of the places from `first` on. */
static void fetch_places(const plan *p, int64_t group, int64_t first, int64_t begin, int64_t end)
{
    if (first >= p->all) return;
    run r = run_of(p, first, BLOCK);
    const float *from = p->source + offset(p, &r, group, p->c_from);
    for (int64_t c = begin; c < end; c++) __builtin_prefetch(from + c * p->places, 0, 2);
}

/* Asks memory for the lines that a tile's results go to. */
static void fetch_results(const plan *p, const float *result, int64_t o)
{
    for (int64_t c = o; c < mlp_least(o + MLP_CONV_ROWS, p->c_to); c++)
        for (int q = 0; q < BLOCK; q += MLP_CONV_LANES) __builtin_prefetch(result + c * p->places + q, 1, 3);
}

static void put_places(const plan *p, int64_t group, int64_t o, int64_t channels, int64_t first, int64_t n,
                       const float *rows)
{
    while (n > 0) {
        run r = run_of(p, first, n);
        p->tiles->take(channels, r.count, rows, BLOCK, 1, p->result + offset(p, &r, group, p->c_to) + o * p->places,
                       p->places);
        first += r.count, n -= r.count, rows += r.count;
    }
}

/* All channels of at most a block of places, of channels `from` that are p->at apart; rest: room for a tile. */
static void multiply(const plan *p, int64_t group, int64_t first, int64_t n, const float *from, float *rest)
{
    int64_t fetched = 0;
    run r = run_of(p, first, n);
    float *result = p->result + offset(p, &r, group, p->c_to);
    for (int64_t o = 0; o < p->c_to; o += MLP_CONV_ROWS) {
        int64_t tile = mlp_conv_tile_rows(p->c_to - o), some = mlp_least(tile, p->c_to - o);
        int64_t fetch = mlp_least(p->c_from, (o + MLP_CONV_ROWS) * p->c_from / p->c_to);
        float bias[MLP_CONV_ROWS] = { 0 };
        if (p->bias) memcpy(bias, p->bias + group * p->c_to + o, (size_t)some * sizeof *bias);
        if (p->source) fetch_places(p, group, first + n, fetched, fetch);
        fetched = fetch;
        bool there = r.count == BLOCK && some == tile;
        if (r.count == BLOCK) fetch_results(p, result, o + MLP_CONV_ROWS);
        float *to = there ? result + o * p->places : rest;
        int64_t ld = there ? p->places : BLOCK;
        p->tiles->correlate(tile, BLOCK, p->c_from, packed_at(p, group, o), p->at, from, bias, p->relu, to, ld);
        if (!there) put_places(p, group, o, some, first, n, rest);
    }
}

static void multiply_units(void *context, int64_t begin, int64_t end)
{
    plan *p = context;
    mlp_conv_scratch s; /* packed places, and results of a tile that go to several pictures */
    if (!mlp_conv_scratch_new(&s, p->c_from * BLOCK, MLP_CONV_ROWS * BLOCK, &p->no_memory)) return;
    for (int64_t i = begin; i < end && !mlp_interrupted(); i++)
        for (int64_t group = 0; group < p->groups; group++)
            for (int64_t first = i * UNIT, stop = mlp_least(first + UNIT, p->all); first < stop; first += BLOCK) {
                int64_t n = mlp_least(BLOCK, stop - first);
                pack_places(p, group, first, n, s.from);
                multiply(p, group, first, n, s.from, s.rest);
            }
    mlp_conv_scratch_free(&s);
}

static mlp_status share(plan *p, int64_t n, double places, mlp_range_fn fn, void *context, mlp_error *err)
{
    mlp_status st = mlp_conv_run(n, places * (double)(p->groups * p->c_from * p->c_to), fn, context, err);
    if (!st && atomic_load(&p->no_memory))
        st = mlp_fail(err, MLP_ENOMEM, "conv2d: out of memory: none left for places of %lld channels",
                      (long long)p->c_from);
    return st;
}

static mlp_status multiply_all(plan *p, mlp_error *err)
{
    for (int64_t c = 0; c < p->c_from; c++) p->at[c] = c * BLOCK;
    mlp_status st = pack_weights(p, err);
    return st ? st : share(p, mlp_ceil_div(p->all, UNIT), UNIT, multiply_units, p, err);
}

static mlp_status forward(const mlp_conv *c, const mlp_conv_arrays *a, mlp_error *err)
{
    plan p;
    mlp_status st = plan_new(&p, c, c->c_in, c->c_out, err);
    p.source = a->x, p.weight = a->w, p.bias = a->bias, p.result = a->y, p.w_to = c->c_in, p.w_from = 1,
    p.relu = c->relu;
    if (!st) st = multiply_all(&p, err);
    plan_free(&p);
    return st;
}

/* From dy to dx; where dy lies is not said. */
static mlp_status plan_input(plan *p, const mlp_conv *c, const mlp_conv_arrays *a, mlp_error *err)
{
    mlp_status st = plan_new(p, c, c->c_out, c->c_in, err);
    p->weight = a->w, p->result = a->dx, p->w_to = 1, p->w_from = c->c_in;
    return st;
}

static mlp_status input(const mlp_conv *c, const mlp_conv_arrays *a, mlp_error *err)
{
    plan p;
    mlp_status st = plan_input(&p, c, a, err);
    p.source = a->dy;
    if (!st) st = multiply_all(&p, err);
    plan_free(&p);
    return st;
}

/* ---- the gradients of the weight, and of x with it ---- */

enum {
    PITCH = UNIT + MLP_CONV_LANES, /* of a unit's dy: a cache line more than what shares places of the first cache */
    ROOM = 1 << 17,                /* numbers of it that leave room for others in the second cache */
};

typedef struct gradients {
    plan dw, dx;    /* dx.result is NULL where it is not wanted */
    const float *y; /* whose dy it is, before ReLU: where y is 0 so is dy; NULL: dy is the convolution's */
} gradients;

/* dy of a unit's places. */
static void take_unit(const gradients *g, int64_t group, int64_t first, int64_t n, float *to)
{
    const plan *p = &g->dw;
    while (n > 0) {
        run r = run_of(p, first, n);
        int64_t at = offset(p, &r, group, p->c_to);
        if (g->y) p->tiles->relu_back(p->c_to, r.count, g->y + at, p->dy + at, p->places, to, PITCH);
        else p->tiles->take(p->c_to, r.count, p->dy + at, p->places, 1, to, PITCH);
        first += r.count, n -= r.count, to += r.count;
    }
}

/* Adds the products of a unit's places to sums, for each tile of channels c_from x lanes, and dy to db; copy: of dy, or
 * NULL. */
static void add_products(const plan *p, int64_t group, int64_t first, int64_t n, const int64_t *place,
                         const float *copy, float *turned, float *sums, double *db)
{
    int64_t ld = copy ? PITCH : p->places;
    for (int64_t o = 0; o < p->c_to; o += p->lanes, sums += p->c_from * p->lanes) {
        int64_t some = mlp_least(p->lanes, p->c_to - o);
        for (int64_t i = 0; i < n;) {
            run r = run_of(p, first + i, n - i);
            const float *dy = (copy ? copy + i : p->dy + offset(p, &r, group, p->c_to)) + o * ld;
            p->tiles->gather(some, r.count, dy, ld, turned + i * p->lanes, p->lanes);
            for (int64_t c = 0; db && c < some; c++) db[o + c] += (double)mlp_conv_sum(dy + c * ld, r.count);
            i += r.count;
        }
        mlp_conv_lanes_add(p->tiles, p->lanes, p->c_from, p->at, n, place, p->source, turned, sums);
    }
}

static int64_t sum_numbers(const plan *p)
{
    return mlp_conv_lanes_sums(p->lanes, p->c_to, p->c_from);
}

/* A thread's room: a copy of dy where one is needed, turned places, sums, and results of a tile. */
typedef struct room {
    float *dy, *turned, *sums, *tile;
} room;

static void add_unit(const gradients *g, int64_t unit, const room *s, double *db)
{
    const plan *p = &g->dw;
    int64_t place[UNIT], first = unit * UNIT, n = mlp_least(UNIT, p->all - first);
    for (int64_t group = 0; group < p->groups; group++) {
        for (int64_t i = 0; i < n;) {
            run r = run_of(p, first + i, n - i);
            for (int64_t at = offset(p, &r, group, p->c_from), stop = i + r.count; i < stop; i++) place[i] = at++;
        }
        if (s->dy) take_unit(g, group, first, n, s->dy);
        add_products(p, group, first, n, place, s->dy, s->turned, s->sums + group * sum_numbers(p),
                     db ? db + group * p->c_to : NULL);
        for (int64_t i = 0; g->dx.result && i < n; i += BLOCK)
            multiply(&g->dx, group, first + i, mlp_least(BLOCK, n - i), s->dy + i, s->tile);
    }
}

/* Parts of dw and of db: ranges of units, added in their order. */
static void gradient_parts(void *context, int64_t begin, int64_t end)
{
    gradients *g = context;
    plan *p = &g->dw;
    mlp_conv_scratch scratch;
    int64_t units = mlp_ceil_div(p->all, UNIT), sums = p->groups * sum_numbers(p), turned = UNIT * p->lanes;
    bool copied = g->y || g->dx.result;
    if (!mlp_conv_scratch_new(&scratch, copied ? p->c_to * PITCH : 0, turned + sums + MLP_CONV_ROWS * BLOCK,
                              &p->no_memory))
        return;
    room s = { .dy = copied ? scratch.from : NULL, .turned = scratch.rest };
    s.sums = s.turned + turned, s.tile = s.sums + sums;
    for (int64_t part = begin; part < end; part++) {
        float *dw = mlp_conv_sums_part(&p->sums, part);
        double *db = mlp_conv_sums_bias(&p->sums, part);
        memset(s.sums, 0, (size_t)sums * sizeof *s.sums);
        int64_t stop = mlp_conv_part_begin(units, p->sums.parts, part + 1);
        for (int64_t i = mlp_conv_part_begin(units, p->sums.parts, part); i < stop && !mlp_interrupted(); i++)
            add_unit(g, i, &s, db);
        mlp_conv_lanes_put(p->tiles, p->lanes, p->groups, p->c_to, p->c_from, s.sums, dw);
    }
    mlp_conv_scratch_free(&scratch);
}

static mlp_status gradients_of(const mlp_conv *c, const mlp_conv_arrays *a, mlp_error *err)
{
    gradients g = { .y = a->y };
    plan *p = &g.dw;
    mlp_status st = plan_new(p, c, c->c_in, c->c_out, err);
    int64_t units = mlp_ceil_div(p->all, UNIT);
    p->source = a->x, p->dy = a->dy, p->lanes = mlp_conv_tile_lanes(p->tiles, c->c_out);
    for (int64_t i = 0; !st && i < p->c_from; i++) p->at[i] = i * p->places;
    if (!st && a->dx) {
        st = plan_input(&g.dx, c, a, err);
        for (int64_t i = 0; !st && i < c->c_out; i++) g.dx.at[i] = i * PITCH;
        if (!st) st = pack_weights(&g.dx, err);
    }
    if (!st) st = mlp_conv_sums_new(&p->sums, c, MLP_F32, units, a->db != NULL, err);
    if (!st) {
        st = share(p, p->sums.parts, (double)p->all / (double)p->sums.parts, gradient_parts, &g, err);
        if (!st) st = mlp_conv_sums_add(&p->sums, a->dw, a->db, err);
        mlp_conv_sums_free(&p->sums);
    }
    plan_free(&g.dx);
    plan_free(p);
    return st;
}

/* The parts of dw are all that threads share: where there are fewer of them than threads dx is better made by itself.
 */
static bool at_once(const mlp_conv *c)
{
    return c->c_out * PITCH <= ROOM && mlp_threads() <= MLP_CONV_MOST_PARTS;
}

const mlp_conv_way mlp_conv_pointwise = { forward, input, gradients_of, gradients_of, at_once };
