/* conv2d_direct.c - convolution in f32 on padded pictures: what a weight is multiplied by is a run of the picture.
 *
 * A thread copies a few rows of a picture (or several small pictures) with their padding into its cache. A stride cuts
 * them into phases there, so that neighbours in the output are neighbours. Places are counted through the padded
 * width: the few between the rows are computed and left out. The gradient of the input is a correlation of dy, one for
 * each phase of dx; the gradient of the weight sums products of dy with the runs of x. */
#include "nn/conv2d_private.h"
#include "nn/conv2d_tile_private.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROOM = 1 << 17,             /* numbers of padded pictures that stay in a core's cache */
    LEAST_UNITS = 8,            /* to share among threads, where there are so many rows */
    FEW_PLACES = 512,           /* pictures with fewer are computed several at a time */
    CHUNK = 1024,               /* places whose products are summed at a time: their rows stay in the first cache */
    SLACK = 2 * MLP_CONV_LANES, /* zeros behind each channel: the last run reaches there */
};

/* A correlation of pictures `from` (x, or dy) that gives pictures `to` (y, or dx). Pairs are rows and columns. */
typedef struct plan {
    int64_t n, groups, c_from, c_to;
    int64_t from[2], to[2];                /* sizes of the pictures */
    int64_t step[2], phases[2], before[2]; /* place p of phase f of `from` is row p * step + f - before */
    int64_t to_step[2], to_phases[2];      /* place p of phase f of `to` is row p * to_step + f */
    int64_t places[2], spread[2];          /* of the largest phase of `to`; how much further its windows reach */
    int64_t strip, strips, batch, units;   /* rows of places in a unit, units of a picture, pictures in a unit */
    int64_t rows, pitch, phase, channel;   /* of the padded pictures: of one, and numbers of a phase and a channel */
    bool by_rows;                          /* rows of the result are whole tiles, and written where they belong */
    int64_t k, taps;                       /* c_from times the taps of a window */
    int64_t *at, *tap;                     /* runs, and the taps that they are multiplied by, phase by phase of `to` */
    int64_t *begin;                        /* where a phase's taps begin, and behind the last one where they end */
    int64_t w_to, w_from;                  /* steps through the weight from one channel to the next */
    float *packed;                         /* weights, in the order in which they are read */
    const float *source, *weight, *bias, *dy;
    float *result;
    mlp_conv_sums sums;
    const mlp_conv_tiles *tiles;
    atomic_bool no_memory; /* a thread found none for its scratch */
} plan;

static int64_t padded(int64_t n)
{
    return mlp_ceil_div(n, MLP_CONV_LANES) * MLP_CONV_LANES;
}

/* ---- the plan ---- */

/* A tap of one axis: the window's number i reads phase `phase` of `from`, `shift` places further. */
typedef struct axis_tap {
    bool used;
    int64_t phase, shift;
} axis_tap;

static axis_tap forward_tap(const mlp_window *w, int axis, int64_t i)
{
    int64_t far = i * w->dilation[axis];
    return (axis_tap){ true, far % w->stride[axis], far / w->stride[axis] };
}

/* dx of row f + stride * u takes w[i] dy[u + (f + before - i * dilation) / stride], where that is a whole number. */
static axis_tap backward_tap(const mlp_window *w, int axis, int64_t f, int64_t i)
{
    int64_t far = f + w->before[axis] - i * w->dilation[axis], stride = w->stride[axis];
    return (axis_tap){ far % stride == 0, 0, far / stride };
}

/* How the work is cut: from the sizes alone. */
static void cut(plan *p)
{
    p->pitch = p->places[1] + p->spread[1];
    int64_t line = p->c_from * p->phases[0] * p->phases[1] * p->pitch; /* a row of all channels */
    p->strip = mlp_least(ROOM / line - p->spread[0], mlp_ceil_div(p->places[0] * p->n, LEAST_UNITS));
    p->strip = mlp_least(mlp_most(p->strip, 1), p->places[0]);
    p->strips = mlp_ceil_div(p->places[0], p->strip);
    p->strip = mlp_ceil_div(p->places[0], p->strips);
    p->rows = p->strip + p->spread[0];
    p->batch = 1;
    int64_t size = p->rows * p->pitch;
    if (p->strips == 1 && size < FEW_PLACES) {
        p->batch = mlp_least(FEW_PLACES / size, ROOM / (line * p->rows));
        p->batch = mlp_most(mlp_least(p->batch, mlp_ceil_div(p->n, LEAST_UNITS)), 1);
    }
    p->units = mlp_ceil_div(p->n, p->batch) * p->strips;
    p->phase = p->batch * size;
    p->channel = p->phases[0] * p->phases[1] * p->phase + SLACK;
    p->by_rows = (p->batch == 1 && p->taps > 1 && p->to_step[0] == 1 && p->to_step[1] == 1 && p->c_to > 2 &&
                  p->to[1] % MLP_CONV_LANES == 0);
}

/* Rows of a tile for what is left of the channels. */
static int64_t tile_rows(int64_t left)
{
    return left > 4 ? MLP_CONV_ROWS : left > 2 ? 4 : left;
}

static mlp_status lists_new(plan *p, mlp_error *err)
{
    mlp_status st = mlp_alloc((void **)&p->at, (size_t)p->k, sizeof *p->at, err);
    if (!st) st = mlp_alloc((void **)&p->tap, (size_t)p->taps, sizeof *p->tap, err);
    if (!st) st = mlp_alloc((void **)&p->begin, (size_t)(p->to_phases[0] * p->to_phases[1] + 1), sizeof *p->begin, err);
    return st;
}

/* Channels of `to` in whole tiles. */
static int64_t packed_rows(const plan *p)
{
    int64_t whole = p->c_to / MLP_CONV_ROWS * MLP_CONV_ROWS;
    return whole < p->c_to ? whole + tile_rows(p->c_to - whole) : whole;
}

static size_t packed_bytes(const plan *p)
{
    return (size_t)(p->groups * packed_rows(p) * p->k) * sizeof(float);
}

static void plan_free(plan *p)
{
    mlp_block_free(p->packed, packed_bytes(p));
    free(p->at);
    free(p->tap);
    free(p->begin);
}

/* The taps of a phase of `to`, and the runs that they are multiplied by, channel by channel. Each tap is in one phase.
 */
static void list_taps(plan *p, const mlp_window *w, int64_t phase, bool back)
{
    int64_t begin = p->begin[phase], n = 0, *tap = p->tap + begin, *at = p->at + begin * p->c_from;
    int64_t f[2] = { phase / p->to_phases[1], phase % p->to_phases[1] };
    for (int64_t i = 0; i < w->size[0]; i++)
        for (int64_t j = 0; j < w->size[1]; j++) {
            axis_tap y = back ? backward_tap(w, 0, f[0], i) : forward_tap(w, 0, i);
            axis_tap x = back ? backward_tap(w, 1, f[1], j) : forward_tap(w, 1, j);
            if (!y.used || !x.used) continue;
            y.shift += back ? p->before[0] : 0, x.shift += back ? p->before[1] : 0;
            tap[n] = i * w->size[1] + j;
            at[n++] = (y.phase * p->phases[1] + x.phase) * p->phase + y.shift * p->pitch + x.shift;
        }
    p->begin[phase + 1] = begin + n;
    for (int64_t c = p->c_from - 1; c >= 0; c--)
        for (int64_t i = 0; i < n; i++) at[c * n + i] = c * p->channel + at[i];
}

static mlp_status finish_plan(plan *p, const mlp_window *w, bool back, mlp_error *err)
{
    cut(p);
    p->tiles = mlp_conv_tiles_best();
    mlp_status st = lists_new(p, err);
    for (int64_t f = 0; !st && f < p->to_phases[0] * p->to_phases[1]; f++) list_taps(p, w, f, back);
    return st;
}

/* x and what comes of it. */
static mlp_status forward_plan(plan *p, const mlp_conv *c, mlp_error *err)
{
    const mlp_window *w = &c->window;
    *p = (plan){ .n = c->n, .groups = c->groups, .c_from = c->c_in, .c_to = c->c_out, .k = c->k, .taps = c->taps };
    p->w_to = c->k, p->w_from = c->taps;
    for (int i = 0; i < 2; i++) {
        p->from[i] = c->size[i], p->to[i] = p->places[i] = c->out[i];
        p->step[i] = w->stride[i], p->before[i] = w->before[i], p->to_step[i] = p->to_phases[i] = p->phases[i] = 1;
        for (int64_t t = 0; t < w->size[i]; t++) p->phases[i] = mlp_most(p->phases[i], forward_tap(w, i, t).phase + 1);
        p->spread[i] = forward_tap(w, i, w->size[i] - 1).shift;
    }
    return finish_plan(p, w, false, err);
}

/* dy and the dx that comes of it. */
static mlp_status input_plan(plan *p, const mlp_conv *c, mlp_error *err)
{
    const mlp_window *w = &c->window;
    *p = (plan){ .n = c->n, .groups = c->groups, .c_from = c->c_out, .c_to = c->c_in, .taps = c->taps };
    p->k = c->c_out * c->taps, p->w_to = c->taps, p->w_from = c->k;
    for (int i = 0; i < 2; i++) {
        p->from[i] = c->out[i], p->to[i] = c->size[i], p->to_step[i] = w->stride[i];
        p->step[i] = p->phases[i] = 1;
        p->places[i] = mlp_ceil_div(c->size[i], w->stride[i]), p->to_phases[i] = mlp_least(w->stride[i], c->size[i]);
        int64_t low = INT64_MAX, high = INT64_MIN;
        for (int64_t f = 0; f < p->to_phases[i]; f++)
            for (int64_t t = 0; t < w->size[i]; t++) {
                axis_tap a = backward_tap(w, i, f, t);
                if (a.used) low = mlp_least(low, a.shift), high = mlp_most(high, a.shift);
            }
        if (low > high) low = high = 0; /* nothing of the picture is used */
        p->before[i] = -low, p->spread[i] = high - low;
    }
    return finish_plan(p, w, true, err);
}

/* Where the weights of a group for a phase of `to` are packed: tile by tile of its channels, run by run. */
static float *packed_at(const plan *p, int64_t group, int64_t phase)
{
    return p->packed + (group * p->k + p->begin[phase] * p->c_from) * packed_rows(p);
}

static void pack(plan *p, int64_t group, int64_t phase)
{
    const float *w = p->weight + group * p->c_from * p->c_to * p->taps;
    float *to = packed_at(p, group, phase);
    for (int64_t o = 0; o < p->c_to; o += MLP_CONV_ROWS) {
        int64_t rows = tile_rows(p->c_to - o);
        for (int64_t c = 0; c < p->c_from; c++)
            for (int64_t i = p->begin[phase]; i < p->begin[phase + 1]; i++)
                for (int64_t r = 0; r < rows; r++)
                    *to++ = o + r < p->c_to ? w[(o + r) * p->w_to + c * p->w_from + p->tap[i]] : 0;
    }
}

static mlp_status pack_weights(plan *p, mlp_error *err)
{
    int64_t phases = p->to_phases[0] * p->to_phases[1];
    mlp_status st = mlp_block_new((void **)&p->packed, packed_bytes(p), err);
    for (int64_t i = 0; !st && i < p->groups * phases; i++) pack(p, i / phases, i % phases);
    return st;
}

/* ---- scratch ---- */

/* From one channel of results, or of dy, to the next: not a power of two, which would share places in the first cache.
 */
static int64_t row_length(const plan *p)
{
    return padded(p->phase + SLACK);
}

/* A thread's arrays: padded pictures, and rows of results (or of dy). */
typedef struct scratch {
    float *from, *rows;
    size_t bytes;
} scratch;

static bool scratch_new(scratch *s, plan *p, int64_t row_count)
{
    size_t from = (size_t)(p->c_from * p->channel);
    s->bytes = (from + (size_t)(row_count * row_length(p))) * sizeof(float);
    if (mlp_block_new((void **)&s->from, s->bytes, NULL)) {
        atomic_store(&p->no_memory, true);
        return false;
    }
    memset(s->from, 0, s->bytes); /* margins and slack stay zero */
    s->rows = s->from + from;
    return true;
}

static void scratch_free(scratch *s)
{
    mlp_block_free(s->from, s->bytes);
}

/* Where a unit is. */
typedef struct unit {
    int64_t first, pictures; /* of the batch */
    int64_t row, count;      /* of places */
    int64_t places;          /* counted through the padded width, up to the last one */
} unit;

static unit unit_of(const plan *p, int64_t i)
{
    unit u = { .first = i / p->strips * p->batch, .row = i % p->strips * p->strip };
    u.pictures = mlp_least(p->batch, p->n - u.first), u.count = mlp_least(p->strip, p->places[0] - u.row);
    u.places = ((u.pictures - 1) * p->rows + u.count - 1) * p->pitch + p->places[1];
    return u;
}

/* Columns [begin, end) of the padded picture lie inside the picture for a phase of its columns; likewise its rows. */
static void inside(const plan *p, int axis, int64_t first, int64_t length, int64_t *begin, int64_t *end)
{
    int64_t step = p->step[axis], size = p->from[axis];
    *begin = first < 0 ? mlp_ceil_div(-first, step) : 0;
    *end = mlp_least(first < size ? (size - 1 - first) / step + 1 : 0, length);
    *begin = mlp_least(*begin, *end);
}

/* A phase of a picture. The margins at its sides are zero already, since they are the same for all of them. */
static void fill_picture(const plan *p, const float *picture, const unit *u, const int64_t phase[2], float *to)
{
    int64_t top = u->row * p->step[0] + phase[0] - p->before[0], left = phase[1] - p->before[1];
    int64_t row, rows, column, columns;
    inside(p, 0, top, p->rows, &row, &rows);
    inside(p, 1, left, p->pitch, &column, &columns);
    memset(to, 0, (size_t)(row * p->pitch) * sizeof *to);
    memset(to + rows * p->pitch, 0, (size_t)((p->rows - rows) * p->pitch) * sizeof *to);
    if (row < rows && column < columns)
        p->tiles->take(rows - row, columns - column,
                       picture + (top + row * p->step[0]) * p->from[1] + left + column * p->step[1],
                       p->step[0] * p->from[1], p->step[1], to + row * p->pitch + column, p->pitch);
}

/* The unit's pictures of a group, padded; returns where they are. */
static const float *fill(const plan *p, const unit *u, int64_t group, float *to)
{
    int64_t size = p->from[0] * p->from[1];
    const float *first = p->source + (u->first * p->groups + group) * p->c_from * size;
    for (int64_t c = 0; c < p->c_from; c++) {
        float *channel = to + c * p->channel;
        for (int64_t f = 0; f < p->phases[0] * p->phases[1]; f++) {
            float *at = channel + f * p->phase;
            for (int64_t i = 0; i < u->pictures; i++)
                fill_picture(p, first + (i * p->groups * p->c_from + c) * size, u,
                             (int64_t[]){ f / p->phases[1], f % p->phases[1] }, at + i * p->rows * p->pitch);
            memset(at + u->pictures * p->rows * p->pitch, 0,
                   (size_t)((p->batch - u->pictures) * p->rows * p->pitch) * sizeof *at);
        }
    }
    return to;
}

/* ---- correlation ---- */

/* Rows of a channel's places to where they belong. rows: one array for each phase of the columns, `apart`. */
static void put_channel(const plan *p, const unit *u, int64_t channel, int64_t phase, const float *rows, int64_t apart)
{
    int64_t step = p->to_step[1], ld = p->to_step[0] * p->to[1];
    int64_t count =
        mlp_least(u->count, (p->to[0] - phase - u->row * p->to_step[0] + p->to_step[0] - 1) / p->to_step[0]);
    for (int64_t i = 0; i < u->pictures; i++, rows += p->rows * p->pitch) {
        float *to = p->result + ((u->first + i) * p->groups * p->c_to + channel) * p->to[0] * p->to[1];
        to += (u->row * p->to_step[0] + phase) * p->to[1];
        if (step == 1) p->tiles->take(count, p->to[1], rows, p->pitch, 1, to, ld);
        else if (step == 2 && p->to_phases[1] == 2)
            p->tiles->join(count, p->to[1], rows, rows + apart, p->pitch, to, ld);
        else
            for (int64_t r = 0; r < count; r++)
                for (int64_t q = 0; q < p->to[1]; q++)
                    to[r * ld + q] = rows[q % step * apart + r * p->pitch + q / step];
    }
}

/* A tile of channels for the rows of a unit, each written where it belongs. */
static void correlate_rows(const plan *p, const unit *u, int64_t channel, int64_t tile, const float *w,
                           const float *from, const float *bias)
{
    int64_t size = p->to[0] * p->to[1];
    float *y = p->result + (u->first * p->groups * p->c_to + channel) * size + u->row * p->to[1];
    for (int64_t r = 0; r < u->count; r++)
        p->tiles->correlate(tile, p->to[1], p->k, w, p->at, from + r * p->pitch, bias, y + r * p->to[1], size);
}

/* A tile of channels from o on, for a phase of the rows of `to`, of a group: all phases of the columns. */
static void correlate_tile(const plan *p, const unit *u, int64_t group, int64_t o, int64_t phase, const float *from,
                           float *rows)
{
    int64_t tile = tile_rows(p->c_to - o), some = mlp_least(tile, p->c_to - o), channel = group * p->c_to + o;
    int64_t n = padded(u->places), ld = row_length(p);
    float bias[MLP_CONV_ROWS] = { 0 };
    if (p->bias) memcpy(bias, p->bias + channel, (size_t)some * sizeof *bias);
    for (int64_t i = 0; i < p->to_phases[1]; i++) {
        int64_t f = phase * p->to_phases[1] + i, k = (p->begin[f + 1] - p->begin[f]) * p->c_from;
        const int64_t *at = p->at + p->begin[f] * p->c_from;
        const float *w = packed_at(p, group, f) + o * k;
        if (p->by_rows && some == tile) {
            correlate_rows(p, u, channel, tile, w, from, bias);
            return;
        }
        p->tiles->correlate(tile, n, k, w, at, from, bias, rows + i * MLP_CONV_ROWS * ld, ld);
    }
    for (int64_t r = 0; r < some; r++) put_channel(p, u, channel + r, phase, rows + r * ld, MLP_CONV_ROWS * ld);
}

static void correlate_unit(const plan *p, const unit *u, int64_t group, const float *from, float *rows)
{
    for (int64_t phase = 0; phase < p->to_phases[0]; phase++)
        for (int64_t o = 0; o < p->c_to; o += MLP_CONV_ROWS) correlate_tile(p, u, group, o, phase, from, rows);
}

static void correlate(void *context, int64_t begin, int64_t end)
{
    plan *p = context;
    scratch s;
    if (!scratch_new(&s, p, MLP_CONV_ROWS * p->to_phases[1])) return;
    for (int64_t i = begin; i < end && !mlp_interrupted(); i++) {
        unit u = unit_of(p, i);
        for (int64_t group = 0; group < p->groups; group++)
            correlate_unit(p, &u, group, fill(p, &u, group, s.from), s.rows);
    }
    scratch_free(&s);
}

static double unit_work(const plan *p)
{
    return (double)p->groups * (double)p->c_to * (double)p->k * (double)p->strip * (double)p->pitch * (double)p->batch;
}

static mlp_status fail_memory(const plan *p, mlp_error *err)
{
    return mlp_fail(err, MLP_ENOMEM, "conv2d: out of memory: cannot allocate %.1f MB for padded pictures",
                    (double)(p->c_from * p->channel) * sizeof(float) / 1e6);
}

static mlp_status run(plan *p, int64_t n, double work, mlp_range_fn fn, mlp_error *err)
{
    mlp_status st = mlp_conv_run(n, work, fn, p, err);
    return !st && atomic_load(&p->no_memory) ? fail_memory(p, err) : st;
}

static mlp_status forward(const mlp_conv *c, const mlp_conv_arrays *a, mlp_error *err)
{
    plan p;
    mlp_status st = forward_plan(&p, c, err);
    p.source = a->x, p.weight = a->w, p.bias = a->bias, p.result = a->y;
    if (!st) st = pack_weights(&p, err);
    if (!st) st = run(&p, p.units, unit_work(&p), correlate, err);
    plan_free(&p);
    return st;
}

static mlp_status input(const mlp_conv *c, const mlp_conv_arrays *a, mlp_error *err)
{
    plan p;
    mlp_status st = input_plan(&p, c, err);
    p.source = a->dy, p.weight = a->w, p.result = a->dx;
    if (!st) st = pack_weights(&p, err);
    if (!st) st = run(&p, p.units, unit_work(&p), correlate, err);
    plan_free(&p);
    return st;
}

/* ---- the gradient of the weight ---- */

/* A group's dy of the unit. Where the padded width has no places are zeros, which stay from one unit to the next of the
 * same size. Channels are ld apart. */
static void fill_dy(const plan *p, const unit *u, int64_t group, float *to, int64_t ld)
{
    int64_t size = p->to[0] * p->to[1];
    const float *first = p->dy + (u->first * p->groups + group) * p->c_to * size + u->row * p->to[1];
    if (u->count < p->strip || u->pictures < p->batch) memset(to, 0, (size_t)(p->c_to * ld) * sizeof *to);
    for (int64_t o = 0; o < p->c_to; o++)
        for (int64_t i = 0; i < u->pictures; i++)
            p->tiles->take(u->count, p->to[1], first + (i * p->groups * p->c_to + o) * size, p->to[1], 1,
                           to + o * ld + i * p->rows * p->pitch, p->pitch);
}

static void weight_unit(plan *p, const unit *u, int64_t group, const scratch *s, float *dw, double *db)
{
    int64_t ld = row_length(p), n = padded(u->places);
    const float *x = fill(p, u, group, s->from), *dy = s->rows;
    fill_dy(p, u, group, s->rows, ld);
    for (int64_t q = 0; q < n; q += CHUNK)
        p->tiles->products(p->c_to, mlp_least(CHUNK, n - q), p->k, dy + q, ld, p->at, x + q, dw);
    for (int64_t o = 0; db && o < p->c_to; o++) db[o] += (double)mlp_conv_sum(dy + o * ld, n);
}

/* Parts of dw and of db: ranges of units, added in their order. */
static void weight_parts(void *context, int64_t begin, int64_t end)
{
    plan *p = context;
    scratch s;
    if (!scratch_new(&s, p, p->c_to)) return;
    for (int64_t part = begin; part < end; part++) {
        float *dw = mlp_conv_sums_part(&p->sums, part);
        double *db = mlp_conv_sums_bias(&p->sums, part);
        int64_t stop = mlp_conv_part_begin(p->units, p->sums.parts, part + 1);
        for (int64_t i = mlp_conv_part_begin(p->units, p->sums.parts, part); i < stop && !mlp_interrupted(); i++) {
            unit u = unit_of(p, i);
            for (int64_t group = 0; group < p->groups; group++)
                weight_unit(p, &u, group, &s, dw + group * p->c_to * p->k, db ? db + group * p->c_to : NULL);
        }
    }
    scratch_free(&s);
}

static mlp_status weight(const mlp_conv *c, const mlp_conv_arrays *a, mlp_error *err)
{
    plan p;
    mlp_status st = forward_plan(&p, c, err);
    p.source = a->x, p.dy = a->dy;
    if (!st) st = mlp_conv_sums_new(&p.sums, c, MLP_F32, p.units, a->db != NULL, err);
    if (!st) {
        st = run(&p, p.sums.parts, unit_work(&p) * (double)p.units / (double)p.sums.parts, weight_parts, err);
        if (!st) st = mlp_conv_sums_add(&p.sums, a->dw, a->db, err);
        mlp_conv_sums_free(&p.sums);
    }
    plan_free(&p);
    return st;
}

const mlp_conv_way mlp_conv_direct = { forward, input, weight };
