/* conv2d_direct.c - convolution in f32 on padded pictures: what a weight is multiplied by is a run of the picture.
 *
 * A thread copies a few rows of a picture (or several small pictures) with their padding into its cache. A stride cuts
 * them into phases there, so that neighbours in the output are neighbours. Places are counted through the padded
 * width: the few between the rows are computed and left out. The gradient of the input is a correlation of dy, one for
 * each phase of dx; the gradient of the weight sums products of dy with the runs of x. */
#include "nn/conv2d_impl.h"
#include "nn/conv2d_tile.h"

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
    int64_t to_step[2];                    /* place p of phase f of `to` is row p * to_step + f */
    int64_t places[2], spread[2];          /* of the largest phase of `to`; how much further its windows reach */
    int64_t strip, strips, batch, units;   /* rows of places in a unit, units of a picture, pictures in a unit */
    int64_t rows, pitch, phase, channel;   /* of the padded pictures: of one, and numbers of a phase and a channel */
    bool plain;                            /* windows are single numbers: `from` is read where it is */
    int64_t k, taps;                       /* c_from times the taps of a window */
    int64_t *at, *tap, *count;             /* by phase of `to`: runs (k), what they are multiplied by, how many taps */
    int64_t w_to, w_from;                  /* steps through the weight from one channel to the next */
    int64_t packed_size;                   /* numbers of a group's weights for one phase of `to` */
    float *packed;                         /* weights, in the order in which they are read */
    const float *source, *weight, *bias, *dy;
    float *result;
    mlp_conv_sums sums;
    const mlp_conv_tiles *tiles;
    atomic_bool no_memory; /* a thread found none for its scratch */
} plan;

static int64_t ceil_div(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

static int64_t padded(int64_t n)
{
    return ceil_div(n, MLP_CONV_LANES) * MLP_CONV_LANES;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
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
    p->strip = least(ROOM / line - p->spread[0], ceil_div(p->places[0] * p->n, LEAST_UNITS));
    p->strip = least(most(p->strip, 1), p->places[0]);
    p->strips = ceil_div(p->places[0], p->strip);
    p->strip = ceil_div(p->places[0], p->strips);
    p->rows = p->strip + p->spread[0];
    p->batch = 1;
    int64_t size = p->rows * p->pitch;
    if (p->strips == 1 && size < FEW_PLACES) {
        p->batch = least(FEW_PLACES / size, ROOM / (line * p->rows));
        p->batch = most(least(p->batch, ceil_div(p->n, LEAST_UNITS)), 1);
    }
    p->units = ceil_div(p->n, p->batch) * p->strips;
    p->phase = p->batch * size;
    p->channel = p->phases[0] * p->phases[1] * p->phase + SLACK;
    p->plain = p->taps == 1 && p->step[0] * p->step[1] == 1 && p->to_step[0] * p->to_step[1] == 1 && !p->before[0] &&
               !p->before[1] && p->from[0] == p->to[0] && p->from[1] == p->to[1] &&
               p->strip * p->pitch % MLP_CONV_LANES == 0 && p->places[0] % p->strip == 0 && p->batch == 1;
    if (p->plain) p->channel = p->from[0] * p->from[1];
}

static mlp_status lists_new(plan *p, mlp_error *err)
{
    size_t phases = (size_t)(p->to_step[0] * p->to_step[1]);
    mlp_status st = mlp_alloc((void **)&p->at, phases * (size_t)p->k, sizeof *p->at, err);
    if (!st) st = mlp_alloc((void **)&p->tap, phases * (size_t)p->taps, sizeof *p->tap, err);
    if (!st) st = mlp_alloc((void **)&p->count, phases, sizeof *p->count, err);
    return st;
}

static size_t packed_bytes(const plan *p)
{
    return (size_t)(p->groups * p->to_step[0] * p->to_step[1] * p->packed_size) * sizeof(float);
}

static void plan_free(plan *p)
{
    mlp_block_free(p->packed, packed_bytes(p));
    free(p->at);
    free(p->tap);
    free(p->count);
}

/* The taps of a phase of `to`, and the runs that they are multiplied by, channel by channel. */
static void list_taps(plan *p, const mlp_window *w, int64_t phase, bool back)
{
    int64_t *tap = p->tap + phase * p->taps, *at = p->at + phase * p->k, n = 0;
    int64_t f[2] = { phase / p->to_step[1], phase % p->to_step[1] };
    for (int64_t i = 0; i < w->size[0]; i++)
        for (int64_t j = 0; j < w->size[1]; j++) {
            axis_tap y = back ? backward_tap(w, 0, f[0], i) : forward_tap(w, 0, i);
            axis_tap x = back ? backward_tap(w, 1, f[1], j) : forward_tap(w, 1, j);
            if (!y.used || !x.used) continue;
            y.shift += back ? p->before[0] : 0, x.shift += back ? p->before[1] : 0;
            tap[n] = i * w->size[1] + j;
            at[n++] = (y.phase * p->phases[1] + x.phase) * p->phase + y.shift * p->pitch + x.shift;
        }
    p->count[phase] = n;
    for (int64_t c = p->c_from - 1; c >= 0; c--)
        for (int64_t i = 0; i < n; i++) at[c * n + i] = c * p->channel + at[i];
}

/* x and what comes of it. */
static mlp_status forward_plan(plan *p, const mlp_conv *c, mlp_error *err)
{
    const mlp_window *w = &c->window;
    *p = (plan){ .n = c->n, .groups = c->groups, .c_from = c->c_in, .c_to = c->c_out, .k = c->k, .taps = c->taps };
    p->w_to = c->k, p->w_from = c->taps;
    for (int i = 0; i < 2; i++) {
        p->from[i] = c->size[i], p->to[i] = p->places[i] = c->out[i];
        p->step[i] = w->stride[i], p->before[i] = w->before[i], p->to_step[i] = 1, p->phases[i] = 1;
        for (int64_t t = 0; t < w->size[i]; t++) p->phases[i] = most(p->phases[i], forward_tap(w, i, t).phase + 1);
        p->spread[i] = forward_tap(w, i, w->size[i] - 1).shift;
    }
    cut(p);
    p->tiles = mlp_conv_tiles_best();
    mlp_status st = lists_new(p, err);
    if (!st) list_taps(p, w, 0, false);
    return st;
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
        p->places[i] = ceil_div(c->size[i], w->stride[i]);
        int64_t low = INT64_MAX, high = INT64_MIN; /* tap 0 is used in one of the phases */
        for (int64_t f = 0; f < w->stride[i]; f++)
            for (int64_t t = 0; t < w->size[i]; t++) {
                axis_tap a = backward_tap(w, i, f, t);
                if (a.used) low = least(low, a.shift), high = most(high, a.shift);
            }
        p->before[i] = -low, p->spread[i] = high - low;
    }
    cut(p);
    p->tiles = mlp_conv_tiles_best();
    mlp_status st = lists_new(p, err);
    for (int64_t f = 0; !st && f < w->stride[0] * w->stride[1]; f++) list_taps(p, w, f, true);
    return st;
}

/* Rows of a tile for what is left of the channels. */
static int64_t tile_rows(int64_t left)
{
    return left > 4 ? MLP_CONV_ROWS : left > 2 ? 4 : left;
}

/* The weights of a group for a phase of `to`: tile by tile of its channels, run by run. */
static void pack(plan *p, int64_t group, int64_t phase)
{
    int64_t n = p->count[phase];
    float *to = p->packed + (group * p->to_step[0] * p->to_step[1] + phase) * p->packed_size;
    const float *w = p->weight + group * p->c_from * p->c_to * p->taps;
    for (int64_t o = 0; o < p->c_to; o += MLP_CONV_ROWS) {
        int64_t rows = tile_rows(p->c_to - o);
        for (int64_t c = 0; c < p->c_from; c++)
            for (int64_t i = 0; i < n; i++)
                for (int64_t r = 0; r < rows; r++)
                    *to++ = o + r < p->c_to ? w[(o + r) * p->w_to + c * p->w_from + p->tap[phase * p->taps + i]] : 0;
    }
}

static mlp_status pack_weights(plan *p, mlp_error *err)
{
    int64_t phases = p->to_step[0] * p->to_step[1];
    int64_t whole = p->c_to / MLP_CONV_ROWS * MLP_CONV_ROWS;
    p->packed_size = (whole + (whole < p->c_to ? tile_rows(p->c_to - whole) : 0)) * p->k;
    mlp_status st = mlp_block_new((void **)&p->packed, packed_bytes(p), err);
    for (int64_t i = 0; !st && i < p->groups * phases; i++) pack(p, i / phases, i % phases);
    return st;
}

/* ---- scratch ---- */

/* A thread's arrays: padded pictures, and rows of results (or of dy). */
typedef struct scratch {
    float *from, *rows;
    size_t bytes;
} scratch;

static bool scratch_new(scratch *s, plan *p, int64_t row_count)
{
    size_t from = (size_t)(p->plain ? 0 : p->c_from * p->channel);
    s->bytes = (from + (size_t)(row_count * padded(p->phase + SLACK))) * sizeof(float);
    if (mlp_block_new((void **)&s->from, s->bytes, NULL)) {
        atomic_store(&p->no_memory, true);
        return false;
    }
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
    u.pictures = least(p->batch, p->n - u.first), u.count = least(p->strip, p->places[0] - u.row);
    u.places = ((u.pictures - 1) * p->rows + u.count - 1) * p->pitch + p->places[1];
    return u;
}

/* Columns of a phase of `from` into a padded row. */
static void fill_row(const plan *p, const float *row, int64_t phase, float *to)
{
    int64_t step = p->step[1], shift = phase - p->before[1];
    int64_t begin = shift < 0 ? ceil_div(-shift, step) : 0;
    int64_t end = shift < p->from[1] ? (p->from[1] - 1 - shift) / step + 1 : 0;
    end = least(end, p->pitch), begin = least(begin, end);
    for (int64_t q = 0; q < begin; q++) to[q] = 0;
    if (step == 1) memcpy(to + begin, row + begin + shift, (size_t)(end - begin) * sizeof *to);
    else
        for (int64_t q = begin; q < end; q++) to[q] = row[q * step + shift];
    for (int64_t q = end; q < p->pitch; q++) to[q] = 0;
}

static void fill_picture(const plan *p, const float *picture, const unit *u, const int64_t phase[2], float *to)
{
    for (int64_t r = 0; r < p->rows; r++, to += p->pitch) {
        int64_t y = (u->row + r) * p->step[0] + phase[0] - p->before[0];
        if (y >= 0 && y < p->from[0]) fill_row(p, picture + y * p->from[1], phase[1], to);
        else memset(to, 0, (size_t)p->pitch * sizeof *to);
    }
}

/* Asks for n numbers of each channel in order: the products go from channel to channel, which no processor foresees. */
static void touch(const plan *p, const float *from, int64_t n)
{
    for (int64_t c = 0; c < p->c_from; c++)
        for (int64_t q = 0; q < n; q += MLP_CONV_LANES) __builtin_prefetch(from + c * p->channel + q);
}

/* The unit's pictures of a group, padded; returns where they are. */
static const float *fill(const plan *p, const unit *u, int64_t group, float *to)
{
    int64_t size = p->from[0] * p->from[1];
    const float *first = p->source + (u->first * p->groups + group) * p->c_from * size;
    if (p->plain) {
        touch(p, first + u->row * p->pitch, u->count * p->pitch);
        return first + u->row * p->pitch;
    }
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
        memset(channel + p->channel - SLACK, 0, SLACK * sizeof *channel);
    }
    return to;
}

/* ---- correlation ---- */

/* Row by row of a channel's places to where they belong. */
static void put_channel(const plan *p, const unit *u, int64_t channel, const int64_t phase[2], const float *row)
{
    int64_t columns = phase[1] < p->to[1] ? (p->to[1] - 1 - phase[1]) / p->to_step[1] + 1 : 0, step = p->to_step[1];
    for (int64_t i = 0; i < u->pictures; i++)
        for (int64_t r = 0; r < u->count; r++) {
            int64_t y = (u->row + r) * p->to_step[0] + phase[0];
            if (y >= p->to[0]) break;
            const float *at = row + (i * p->rows + r) * p->pitch;
            float *to = p->result + (((u->first + i) * p->groups * p->c_to + channel) * p->to[0] + y) * p->to[1];
            if (step == 1) memcpy(to, at, (size_t)columns * sizeof *to);
            else
                for (int64_t q = 0; q < columns; q++) to[q * step + phase[1]] = at[q];
        }
}

static void correlate_unit(const plan *p, const unit *u, int64_t group, const float *from, float *rows)
{
    int64_t phases = p->to_step[0] * p->to_step[1], n = padded(u->places), ld = padded(p->phase + SLACK);
    for (int64_t f = 0; f < phases; f++) {
        int64_t k = p->c_from * p->count[f], phase[2] = { f / p->to_step[1], f % p->to_step[1] };
        const float *w = p->packed + (group * phases + f) * p->packed_size;
        for (int64_t o = 0; o < p->c_to; o += MLP_CONV_ROWS) {
            int64_t channel = group * p->c_to + o, tile = tile_rows(p->c_to - o), some = least(tile, p->c_to - o);
            float bias[MLP_CONV_ROWS] = { 0 };
            if (p->bias) memcpy(bias, p->bias + channel, (size_t)some * sizeof *bias);
            if (p->plain && some == tile) {
                float *y = p->result + (u->first * p->groups * p->c_to + channel) * p->channel + u->row * p->pitch;
                p->tiles->correlate(tile, n, k, w, p->at, from, bias, y, p->channel);
            } else {
                p->tiles->correlate(tile, n, k, w, p->at + f * p->k, from, bias, rows, ld);
                for (int64_t r = 0; r < some; r++) put_channel(p, u, channel + r, phase, rows + r * ld);
            }
            w += tile * k;
        }
    }
}

static void correlate(void *context, int64_t begin, int64_t end)
{
    plan *p = context;
    scratch s;
    if (!scratch_new(&s, p, MLP_CONV_ROWS)) return;
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

/* A group's dy of the unit, with zeros where the padded width has no places; returns the step between channels. */
static const float *fill_dy(const plan *p, const unit *u, int64_t group, float *to, int64_t *step)
{
    int64_t size = p->to[0] * p->to[1], n = padded(u->places);
    const float *first = p->dy + (u->first * p->groups + group) * p->c_to * size + u->row * p->to[1];
    *step = size;
    if (p->plain) return first;
    *step = n;
    memset(to, 0, (size_t)(p->c_to * n) * sizeof *to);
    for (int64_t o = 0; o < p->c_to; o++)
        for (int64_t i = 0; i < u->pictures; i++)
            for (int64_t r = 0; r < u->count; r++)
                memcpy(to + o * n + (i * p->rows + r) * p->pitch,
                       first + (i * p->groups * p->c_to + o) * size + r * p->to[1], (size_t)p->to[1] * sizeof *to);
    return to;
}

static void weight_unit(plan *p, const unit *u, int64_t group, const scratch *s, float *dw, double *db)
{
    int64_t ld, n = padded(u->places);
    const float *x = fill(p, u, group, s->from), *dy = fill_dy(p, u, group, s->rows, &ld);
    for (int64_t q = 0; q < n; q += CHUNK)
        p->tiles->products(p->c_to, least(CHUNK, n - q), p->k, dy + q, ld, p->at, x + q, dw);
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
