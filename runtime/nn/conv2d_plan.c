/* conv2d_plan.c - direct convolution in f32: how it is cut into units, the weights in the order in which they are read,
 * and padded pictures. */
#include "nn/conv2d_plan_private.h"

#include <stdlib.h>
#include <string.h>

enum {
    ROOM = 1 << 17,             /* numbers of padded pictures that stay in a core's cache */
    LEAST_UNITS = 8,            /* to share among threads, where there are so many rows */
    FEW_PLACES = 512,           /* pictures with fewer are computed several at a time */
    SLACK = 2 * MLP_CONV_LANES, /* zeros behind each channel: the last run reaches there */
};

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
static void cut(mlp_conv_plan *p)
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
int64_t mlp_conv_plan_tile(const mlp_conv_plan *p, int64_t left)
{
    return p->lanes ? p->lanes : mlp_conv_tile_rows(left);
}

static int64_t unit_places(const mlp_conv_plan *p)
{
    return p->batch * p->strip * p->places[1];
}

static mlp_status lists_new(mlp_conv_plan *p, mlp_error *err)
{
    mlp_status st = mlp_alloc((void **)&p->at, (size_t)p->k, sizeof *p->at, err);
    if (!st && p->lanes) st = mlp_alloc((void **)&p->place, (size_t)unit_places(p), sizeof *p->place, err);
    if (!st) st = mlp_alloc((void **)&p->tap, (size_t)p->taps, sizeof *p->tap, err);
    if (!st) st = mlp_alloc((void **)&p->begin, (size_t)(p->to_phases[0] * p->to_phases[1] + 1), sizeof *p->begin, err);
    return st;
}

/* Channels of `to` that a tile takes when enough are left, and all of them in whole tiles. */
static int64_t whole_tile(const mlp_conv_plan *p)
{
    return p->lanes ? p->lanes : MLP_CONV_ROWS;
}

static int64_t packed_rows(const mlp_conv_plan *p)
{
    int64_t tile = whole_tile(p), whole = p->c_to / tile * tile;
    return whole < p->c_to ? whole + mlp_conv_plan_tile(p, p->c_to - whole) : whole;
}

static size_t packed_bytes(const mlp_conv_plan *p)
{
    return (size_t)(p->groups * packed_rows(p) * p->k) * sizeof(float);
}

void mlp_conv_plan_free(mlp_conv_plan *p)
{
    mlp_block_free(p->packed, packed_bytes(p));
    free(p->at);
    free(p->tap);
    free(p->begin);
    free(p->place);
}

/* The taps of a phase of `to`, and the runs that they are multiplied by, channel by channel. Each tap is in one phase.
 */
static void list_taps(mlp_conv_plan *p, const mlp_window *w, int64_t phase, bool back)
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

/* The places of a unit in the padded pictures, row by row; a smaller unit has the first of them. */
static void list_places(mlp_conv_plan *p)
{
    int64_t n = 0;
    for (int64_t row = 0; row < p->batch * p->strip; row++)
        for (int64_t q = 0; q < p->places[1]; q++)
            p->place[n++] = (row / p->strip * p->rows + row % p->strip) * p->pitch + q;
}

/* A third of the lanes may be empty. */
static bool lanes_fit(int64_t channels)
{
    return 3 * channels >= 2 * mlp_conv_padded(channels);
}

static mlp_status finish_plan(mlp_conv_plan *p, const mlp_window *w, bool back, bool lanes, mlp_error *err)
{
    p->tiles = mlp_conv_tiles_best();
    if (lanes && lanes_fit(p->c_to)) p->lanes = mlp_conv_tile_lanes(p->tiles, p->c_to);
    cut(p);
    mlp_status st = lists_new(p, err);
    if (!st && p->lanes) list_places(p);
    for (int64_t f = 0; !st && f < p->to_phases[0] * p->to_phases[1]; f++) list_taps(p, w, f, back);
    return st;
}

/* x and what comes of it. */
mlp_status mlp_conv_plan_forward(mlp_conv_plan *p, const mlp_conv *c, bool lanes, mlp_error *err)
{
    const mlp_window *w = &c->window;
    *p = (mlp_conv_plan){
        .n = c->n, .groups = c->groups, .c_from = c->c_in, .c_to = c->c_out, .k = c->k, .taps = c->taps
    };
    p->w_to = c->k, p->w_from = c->taps;
    for (int i = 0; i < 2; i++) {
        p->from[i] = c->size[i], p->to[i] = p->places[i] = c->out[i];
        p->step[i] = w->stride[i], p->before[i] = w->before[i], p->to_step[i] = p->to_phases[i] = p->phases[i] = 1;
        for (int64_t t = 0; t < w->size[i]; t++) p->phases[i] = mlp_most(p->phases[i], forward_tap(w, i, t).phase + 1);
        p->spread[i] = forward_tap(w, i, w->size[i] - 1).shift;
    }
    return finish_plan(p, w, false, lanes, err);
}

/* dy and the dx that comes of it. */
mlp_status mlp_conv_plan_input(mlp_conv_plan *p, const mlp_conv *c, bool lanes, mlp_error *err)
{
    const mlp_window *w = &c->window;
    *p = (mlp_conv_plan){ .n = c->n, .groups = c->groups, .c_from = c->c_out, .c_to = c->c_in, .taps = c->taps };
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
    return finish_plan(p, w, true, lanes, err);
}

float *mlp_conv_pack_tile(float *to, int64_t rows, int64_t left, const float *w, const mlp_conv_weights *at)
{
    for (int64_t c = 0; c < at->c_from; c++)
        for (int64_t i = 0; i < at->taps; i++)
            for (int64_t r = 0; r < rows; r++) *to++ = r < left ? w[r * at->to + c * at->from + at->tap[i]] : 0;
    return to;
}

/* Where the weights of a group for a phase of `to` are packed: tile by tile of its channels, run by run. */
static float *packed_at(const mlp_conv_plan *p, int64_t group, int64_t phase)
{
    return p->packed + (group * p->k + p->begin[phase] * p->c_from) * packed_rows(p);
}

static void pack(mlp_conv_plan *p, int64_t group, int64_t phase)
{
    const float *w = p->weight + group * p->c_from * p->c_to * p->taps;
    float *to = packed_at(p, group, phase);
    const mlp_conv_weights at = { .to = p->w_to,
                                  .from = p->w_from,
                                  .c_from = p->c_from,
                                  .tap = p->tap + p->begin[phase],
                                  .taps = p->begin[phase + 1] - p->begin[phase] };
    for (int64_t o = 0; o < p->c_to; o += whole_tile(p))
        to = mlp_conv_pack_tile(to, mlp_conv_plan_tile(p, p->c_to - o), p->c_to - o, w + o * p->w_to, &at);
}

mlp_status mlp_conv_plan_pack(mlp_conv_plan *p, mlp_error *err)
{
    int64_t phases = p->to_phases[0] * p->to_phases[1];
    mlp_status st = mlp_block_new((void **)&p->packed, packed_bytes(p), err);
    for (int64_t i = 0; !st && i < p->groups * phases; i++) pack(p, i / phases, i % phases);
    return st;
}

const float *mlp_conv_plan_packed(const mlp_conv_plan *p, int64_t group, int64_t phase)
{
    return packed_at(p, group, phase);
}

/* ---- scratch ---- */

bool mlp_conv_scratch_new(mlp_conv_scratch *s, int64_t from, int64_t rest, atomic_bool *no_memory)
{
    from = mlp_conv_padded(from);
    s->bytes = (size_t)(from + rest) * sizeof(float);
    if (mlp_block_new((void **)&s->from, s->bytes, NULL)) {
        atomic_store(no_memory, true);
        return false;
    }
    memset(s->from, 0, s->bytes); /* margins and slack stay zero */
    s->rest = s->from + from;
    return true;
}

void mlp_conv_scratch_free(mlp_conv_scratch *s)
{
    mlp_block_free(s->from, s->bytes);
}

/* ---- units ---- */

mlp_conv_unit mlp_conv_unit_of(const mlp_conv_plan *p, int64_t i)
{
    mlp_conv_unit u = { .first = i / p->strips * p->batch, .row = i % p->strips * p->strip };
    u.pictures = mlp_least(p->batch, p->n - u.first), u.count = mlp_least(p->strip, p->places[0] - u.row);
    return u;
}

/* Columns [begin, end) of the padded picture lie inside the picture for a phase of its columns; likewise its rows. */
static void inside(const mlp_conv_plan *p, int axis, int64_t first, int64_t length, int64_t *begin, int64_t *end)
{
    int64_t step = p->step[axis], size = p->from[axis];
    *begin = first < 0 ? mlp_ceil_div(-first, step) : 0;
    *end = mlp_least(first < size ? (size - 1 - first) / step + 1 : 0, length);
    *begin = mlp_least(*begin, *end);
}

/* A phase of a picture. The margins at its sides are zero already, since they are the same for all of them. */
static void fill_picture(const mlp_conv_plan *p, const float *picture, const mlp_conv_unit *u, const int64_t phase[2],
                         float *to)
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

void mlp_conv_unit_fill(const mlp_conv_plan *p, const mlp_conv_unit *u, int64_t group, float *to)
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
}

void mlp_conv_unit_put(const mlp_conv_plan *p, const mlp_conv_unit *u, int64_t channel, int64_t phase,
                       const float *rows, int64_t pitch, int64_t size, int64_t apart)
{
    int64_t step = p->to_step[1], ld = p->to_step[0] * p->to[1];
    int64_t count =
        mlp_least(u->count, (p->to[0] - phase - u->row * p->to_step[0] + p->to_step[0] - 1) / p->to_step[0]);
    for (int64_t i = 0; i < u->pictures; i++, rows += size) {
        float *to = p->result + ((u->first + i) * p->groups * p->c_to + channel) * p->to[0] * p->to[1];
        to += (u->row * p->to_step[0] + phase) * p->to[1];
        if (step == 1) p->tiles->take(count, p->to[1], rows, pitch, 1, to, ld);
        else if (step == 2 && p->to_phases[1] == 2) p->tiles->join(count, p->to[1], rows, rows + apart, pitch, to, ld);
        else
            for (int64_t r = 0; r < count; r++)
                for (int64_t q = 0; q < p->to[1]; q++) to[r * ld + q] = rows[q % step * apart + r * pitch + q / step];
    }
}
