/* conv2d_lanes.c - direct convolution whose tiles have channels of the result side by side.
 *
 * A number of the picture is spread over a register and multiplied by a vector of weights: only places of the result
 * are computed, wherever they lie, and all vectors lie where a cache line begins. A few places are turned back at a
 * time, so that the channels of the result lie one behind the other again. The gradient of the weight is the same tile:
 * what is a place there is a number of the window here, and dy takes the place of the weights. */
#include "nn/conv2d_plan_private.h"

#include <string.h>

enum {
    PLACES = 96,  /* whose results are turned at a time */
    SUMMED = 128, /* places whose products are summed in registers before they are added to the others */
};

static int64_t places_of(const mlp_conv_plan *p, const mlp_conv_unit *u)
{
    return u->pictures * u->count * p->places[1];
}

/* ---- correlation ---- */

/* Whether results lie where their places do: there are no phases of `to`. */
static bool is_whole(const mlp_conv_plan *p)
{
    return p->to_step[0] == 1 && p->to_step[1] == 1;
}

/* From one channel of a unit's results to the next. */
static int64_t row_length(const mlp_conv_plan *p)
{
    return mlp_conv_padded(p->batch * p->strip * p->places[1]) + MLP_CONV_LANES;
}

/* Results of places from q on, to a result whose places are those of `to`. */
static void put_places(const mlp_conv_plan *p, const mlp_conv_unit *u, int64_t channel, int64_t channels, int64_t q,
                       int64_t n, const float *turned)
{
    int64_t each = u->count * p->places[1], size = p->to[0] * p->to[1];
    while (n > 0) {
        int64_t picture = q / each, some = mlp_least(n, (picture + 1) * each - q);
        float *to = p->result + ((u->first + picture) * p->groups * p->c_to + channel) * size;
        p->tiles->scatter(channels, some, turned, p->lanes, to + u->row * p->to[1] + q - picture * each, size);
        q += some, n -= some, turned += some * p->lanes;
    }
}

/* A tile of channels from o on, for a phase of the rows of `to`, of a group: all phases of the columns. */
static void correlate_tile(const mlp_conv_plan *p, const mlp_conv_unit *u, int64_t group, int64_t o, int64_t phase,
                           const mlp_conv_scratch *s)
{
    int64_t some = mlp_least(p->lanes, p->c_to - o), channel = group * p->c_to + o, n = places_of(p, u);
    int64_t ld = row_length(p);
    bool whole = is_whole(p);
    float start[2 * MLP_CONV_LANES] = { 0 }, *turned = s->rest, *rows = turned + PLACES * p->lanes;
    if (p->bias) memcpy(start, p->bias + channel, (size_t)some * sizeof *start);
    for (int64_t i = 0; i < p->to_phases[1]; i++) {
        int64_t f = phase * p->to_phases[1] + i, k = (p->begin[f + 1] - p->begin[f]) * p->c_from;
        const float *w = mlp_conv_plan_packed(p, group, f) + o * k;
        for (int64_t q = 0; q < n; q += PLACES) {
            int64_t few = mlp_least(PLACES, n - q);
            p->tiles->lanes(p->lanes, few, p->place + q, k, p->at + p->begin[f] * p->c_from, s->from, w, start, 0,
                            turned);
            if (p->relu) p->tiles->relu(1, few * p->lanes, turned, 0);
            if (whole) put_places(p, u, channel, some, q, few, turned);
            else p->tiles->scatter(some, few, turned, p->lanes, rows + i * p->lanes * ld + q, ld);
        }
    }
    for (int64_t r = 0; r < some && !whole; r++)
        mlp_conv_unit_put(p, u, channel + r, phase, rows + r * ld, p->places[1], u->count * p->places[1],
                          p->lanes * ld);
}

void mlp_conv_lanes_correlate(void *plan, int64_t begin, int64_t end)
{
    mlp_conv_plan *p = plan;
    mlp_conv_scratch s;
    int64_t rest = p->lanes * (PLACES + (is_whole(p) ? 0 : p->to_phases[1] * row_length(p)));
    if (!mlp_conv_scratch_new(&s, p->c_from * p->channel, rest, &p->no_memory)) return;
    for (int64_t i = begin; i < end && !mlp_interrupted(); i++) {
        mlp_conv_unit u = mlp_conv_unit_of(p, i);
        for (int64_t group = 0; group < p->groups; group++) {
            mlp_conv_unit_fill(p, &u, group, s.from);
            for (int64_t phase = 0; phase < p->to_phases[0]; phase++)
                for (int64_t o = 0; o < p->c_to; o += p->lanes) correlate_tile(p, &u, group, o, phase, &s);
        }
    }
    mlp_conv_scratch_free(&s);
}

/* ---- the gradient of the weight ---- */

void mlp_conv_lanes_add(const mlp_conv_tiles *tiles, int64_t lanes, int64_t k, const int64_t *at, int64_t n,
                        const int64_t *place, const float *from, const float *turned, float *sums)
{
    for (int64_t q = 0; q < n; q += SUMMED)
        tiles->lanes(lanes, k, at, mlp_least(SUMMED, n - q), place + q, from, turned + q * lanes, sums, lanes, sums);
}

int64_t mlp_conv_lanes_sums(int64_t lanes, int64_t channels, int64_t k)
{
    return mlp_ceil_div(channels, lanes) * lanes * k;
}

void mlp_conv_lanes_put(const mlp_conv_tiles *tiles, int64_t lanes, int64_t groups, int64_t channels, int64_t k,
                        const float *sums, float *dw)
{
    for (int64_t group = 0; group < groups; group++, sums += mlp_conv_lanes_sums(lanes, channels, k))
        for (int64_t o = 0; o < channels; o += lanes)
            tiles->scatter(mlp_least(lanes, channels - o), k, sums + o * k, lanes, dw + (group * channels + o) * k, k);
}

/* Adds products of a group's unit to sums: for each tile of channels, k x lanes. */
static void add_products(const mlp_conv_plan *p, const mlp_conv_unit *u, int64_t group, const float *from,
                         float *turned, float *sums, double *db)
{
    int64_t each = u->count * p->places[1], size = p->to[0] * p->to[1], n = places_of(p, u);
    const float *first = p->dy + (u->first * p->groups + group) * p->c_to * size + u->row * p->to[1];
    for (int64_t o = 0; o < p->c_to; o += p->lanes, sums += p->k * p->lanes) {
        int64_t some = mlp_least(p->lanes, p->c_to - o);
        for (int64_t i = 0; i < u->pictures; i++)
            p->tiles->gather(some, each, first + (i * p->groups * p->c_to + o) * size, size,
                             turned + i * each * p->lanes, p->lanes);
        mlp_conv_lanes_add(p->tiles, p->lanes, p->k, p->at, n, p->place, from, turned, sums);
    }
    for (int64_t i = 0; db && i < u->pictures; i++)
        for (int64_t o = 0; o < p->c_to; o++)
            db[o] += (double)mlp_conv_sum(first + (i * p->groups * p->c_to + o) * size, each);
}

/* Parts of dw and of db: ranges of units, added in their order. */
void mlp_conv_lanes_weight(void *plan, int64_t begin, int64_t end)
{
    mlp_conv_plan *p = plan;
    mlp_conv_scratch s;
    int64_t turned = p->batch * p->strip * p->places[1] * p->lanes,
            numbers = mlp_conv_lanes_sums(p->lanes, p->c_to, p->k);
    if (!mlp_conv_scratch_new(&s, p->c_from * p->channel, turned + p->groups * numbers, &p->no_memory)) return;
    float *sums = s.rest + turned;
    for (int64_t part = begin; part < end; part++) {
        float *dw = mlp_conv_sums_part(&p->sums, part);
        double *db = mlp_conv_sums_bias(&p->sums, part);
        memset(sums, 0, (size_t)(p->groups * numbers) * sizeof *sums);
        int64_t stop = mlp_conv_part_begin(p->units, p->sums.parts, part + 1);
        for (int64_t i = mlp_conv_part_begin(p->units, p->sums.parts, part); i < stop && !mlp_interrupted(); i++) {
            mlp_conv_unit u = mlp_conv_unit_of(p, i);
            for (int64_t group = 0; group < p->groups; group++) {
                mlp_conv_unit_fill(p, &u, group, s.from);
                add_products(p, &u, group, s.from, s.rest, sums + group * numbers, db ? db + group * p->c_to : NULL);
            }
        }
        mlp_conv_lanes_put(p->tiles, p->lanes, p->groups, p->c_to, p->k, sums, dw);
    }
    mlp_conv_scratch_free(&s);
}
