/* conv2d_direct.c - convolution in f32 on padded pictures (conv2d_plan_private.h): what a weight is multiplied by is a
 * run of the picture.
 *
 * For dw, and for y and dx where there is a stride, tiles have channels of the result side by side, when there are
 * enough (conv2d_lanes.c). Here are those whose lanes are places, counted through the padded width: the few between the
 * rows are computed and left out. The gradient of the input is a correlation of dy, one for each phase of dx; the
 * gradient of the weight sums products of dy with the runs of x. */
#include "nn/conv2d_plan_private.h"

#include <string.h>

enum {
    CHUNK = 1024, /* places whose products are summed at a time: their rows stay in the first cache */
};

/* From one channel of results, or of dy, to the next: not a power of two, which would share places in the first cache.
 */
static int64_t row_length(const mlp_conv_plan *p)
{
    return mlp_conv_padded(p->phase + 2 * MLP_CONV_LANES);
}

/* Places of a unit, counted through the padded width, up to the last one. */
static int64_t places_of(const mlp_conv_plan *p, const mlp_conv_unit *u)
{
    return mlp_conv_padded(((u->pictures - 1) * p->rows + u->count - 1) * p->pitch + p->places[1]);
}

/* ---- correlation ---- */

/* A tile of channels for the rows of a unit, each written where it belongs. */
static void correlate_rows(const mlp_conv_plan *p, const mlp_conv_unit *u, int64_t channel, int64_t tile,
                           const float *w, const float *from, const float *bias)
{
    int64_t size = p->to[0] * p->to[1];
    float *y = p->result + (u->first * p->groups * p->c_to + channel) * size + u->row * p->to[1];
    for (int64_t r = 0; r < u->count; r++)
        p->tiles->correlate(tile, p->to[1], p->k, w, p->at, from + r * p->pitch, bias, p->relu, y + r * p->to[1], size);
}

/* A tile of channels from o on, for a phase of the rows of `to`, of a group: all phases of the columns. */
static void correlate_tile(const mlp_conv_plan *p, const mlp_conv_unit *u, int64_t group, int64_t o, int64_t phase,
                           const float *from, float *rows)
{
    int64_t tile = mlp_conv_plan_tile(p, p->c_to - o), some = mlp_least(tile, p->c_to - o),
            channel = group * p->c_to + o;
    int64_t n = places_of(p, u), ld = row_length(p);
    float bias[MLP_CONV_ROWS] = { 0 };
    if (p->bias) memcpy(bias, p->bias + channel, (size_t)some * sizeof *bias);
    for (int64_t i = 0; i < p->to_phases[1]; i++) {
        int64_t f = phase * p->to_phases[1] + i, k = (p->begin[f + 1] - p->begin[f]) * p->c_from;
        const int64_t *at = p->at + p->begin[f] * p->c_from;
        const float *w = mlp_conv_plan_packed(p, group, f) + o * k;
        if (p->by_rows && some == tile) {
            correlate_rows(p, u, channel, tile, w, from, bias);
            return;
        }
        p->tiles->correlate(tile, n, k, w, at, from, bias, p->relu, rows + i * MLP_CONV_ROWS * ld, ld);
    }
    for (int64_t r = 0; r < some; r++)
        mlp_conv_unit_put(p, u, channel + r, phase, rows + r * ld, p->pitch, p->rows * p->pitch, MLP_CONV_ROWS * ld);
}

static void correlate_unit(const mlp_conv_plan *p, const mlp_conv_unit *u, int64_t group, const float *from,
                           float *rows)
{
    for (int64_t phase = 0; phase < p->to_phases[0]; phase++)
        for (int64_t o = 0; o < p->c_to; o += MLP_CONV_ROWS) correlate_tile(p, u, group, o, phase, from, rows);
}

static void correlate(void *context, int64_t begin, int64_t end)
{
    mlp_conv_plan *p = context;
    mlp_conv_scratch s;
    if (!mlp_conv_scratch_new(&s, p->c_from * p->channel, MLP_CONV_ROWS * p->to_phases[1] * row_length(p),
                              &p->no_memory))
        return;
    for (int64_t i = begin; i < end && !mlp_interrupted(); i++) {
        mlp_conv_unit u = mlp_conv_unit_of(p, i);
        for (int64_t group = 0; group < p->groups; group++) {
            mlp_conv_unit_fill(p, &u, group, s.from);
            correlate_unit(p, &u, group, s.from, s.rest);
        }
    }
    mlp_conv_scratch_free(&s);
}

static double unit_work(const mlp_conv_plan *p)
{
    return (double)p->groups * (double)p->c_to * (double)p->k * (double)p->strip * (double)p->pitch * (double)p->batch;
}

static mlp_status fail_memory(const mlp_conv_plan *p, mlp_error *err)
{
    return mlp_fail(err, MLP_ENOMEM, "conv2d: out of memory: cannot allocate %.1f MB for padded pictures",
                    (double)(p->c_from * p->channel) * sizeof(float) / 1e6);
}

static mlp_status run(mlp_conv_plan *p, int64_t n, double work, mlp_range_fn fn, mlp_error *err)
{
    mlp_status st = mlp_conv_run(n, work, fn, p, err);
    return !st && atomic_load(&p->no_memory) ? fail_memory(p, err) : st;
}

/* With steps, rows of places are short, and lanes of places would be empty. */
static bool has_steps(const mlp_conv *c)
{
    return c->window.stride[0] > 1 || c->window.stride[1] > 1;
}

static mlp_status forward(const mlp_conv *c, const mlp_conv_arrays *a, mlp_error *err)
{
    mlp_conv_plan p;
    mlp_status st = mlp_conv_plan_forward(&p, c, has_steps(c), err);
    p.source = a->x, p.weight = a->w, p.bias = a->bias, p.result = a->y, p.relu = c->relu;
    if (!st) st = mlp_conv_plan_pack(&p, err);
    if (!st) st = run(&p, p.units, unit_work(&p), p.lanes ? mlp_conv_lanes_correlate : correlate, err);
    mlp_conv_plan_free(&p);
    return st;
}

static mlp_status input(const mlp_conv *c, const mlp_conv_arrays *a, mlp_error *err)
{
    mlp_conv_plan p;
    mlp_status st = mlp_conv_plan_input(&p, c, has_steps(c), err);
    p.source = a->dy, p.weight = a->w, p.result = a->dx;
    if (!st) st = mlp_conv_plan_pack(&p, err);
    if (!st) st = run(&p, p.units, unit_work(&p), p.lanes ? mlp_conv_lanes_correlate : correlate, err);
    mlp_conv_plan_free(&p);
    return st;
}

/* ---- the gradient of the weight ---- */

/* A group's dy of the unit. Where the padded width has no places are zeros, which stay from one unit to the next of the
 * same size. Channels are ld apart. */
static void fill_dy(const mlp_conv_plan *p, const mlp_conv_unit *u, int64_t group, float *to, int64_t ld)
{
    int64_t size = p->to[0] * p->to[1];
    const float *first = p->dy + (u->first * p->groups + group) * p->c_to * size + u->row * p->to[1];
    if (u->count < p->strip || u->pictures < p->batch) memset(to, 0, (size_t)(p->c_to * ld) * sizeof *to);
    for (int64_t o = 0; o < p->c_to; o++)
        for (int64_t i = 0; i < u->pictures; i++)
            p->tiles->take(u->count, p->to[1], first + (i * p->groups * p->c_to + o) * size, p->to[1], 1,
                           to + o * ld + i * p->rows * p->pitch, p->pitch);
}

static void weight_unit(mlp_conv_plan *p, const mlp_conv_unit *u, int64_t group, const mlp_conv_scratch *s, float *dw,
                        double *db)
{
    int64_t ld = row_length(p), n = places_of(p, u);
    const float *x = s->from, *dy = s->rest;
    mlp_conv_unit_fill(p, u, group, s->from);
    fill_dy(p, u, group, s->rest, ld);
    for (int64_t q = 0; q < n; q += CHUNK)
        p->tiles->products(p->c_to, mlp_least(CHUNK, n - q), p->k, dy + q, ld, p->at, x + q, dw);
    for (int64_t o = 0; db && o < p->c_to; o++) db[o] += (double)mlp_conv_sum(dy + o * ld, n);
}

/* Parts of dw and of db: ranges of units, added in their order. */
static void weight_parts(void *context, int64_t begin, int64_t end)
{
    mlp_conv_plan *p = context;
    mlp_conv_scratch s;
    if (!mlp_conv_scratch_new(&s, p->c_from * p->channel, p->c_to * row_length(p), &p->no_memory)) return;
    for (int64_t part = begin; part < end; part++) {
        float *dw = mlp_conv_sums_part(&p->sums, part);
        double *db = mlp_conv_sums_bias(&p->sums, part);
        int64_t stop = mlp_conv_part_begin(p->units, p->sums.parts, part + 1);
        for (int64_t i = mlp_conv_part_begin(p->units, p->sums.parts, part); i < stop && !mlp_interrupted(); i++) {
            mlp_conv_unit u = mlp_conv_unit_of(p, i);
            for (int64_t group = 0; group < p->groups; group++)
                weight_unit(p, &u, group, &s, dw + group * p->c_to * p->k, db ? db + group * p->c_to : NULL);
        }
    }
    mlp_conv_scratch_free(&s);
}

static mlp_status weight(const mlp_conv *c, const mlp_conv_arrays *a, mlp_error *err)
{
    mlp_conv_plan p;
    mlp_status st = mlp_conv_plan_forward(&p, c, true, err);
    p.source = a->x, p.dy = a->dy;
    if (!st) st = mlp_conv_sums_new(&p.sums, c, MLP_F32, p.units, a->db != NULL, err);
    if (!st) {
        st = run(&p, p.sums.parts, unit_work(&p) * (double)p.units / (double)p.sums.parts,
                 p.lanes ? mlp_conv_lanes_weight : weight_parts, err);
        if (!st) st = mlp_conv_sums_add(&p.sums, a->dw, a->db, err);
        mlp_conv_sums_free(&p.sums);
    }
    mlp_conv_plan_free(&p);
    return st;
}

const mlp_conv_way mlp_conv_direct = { forward, input, weight, NULL, NULL };
