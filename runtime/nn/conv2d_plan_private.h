/* conv2d_plan_private.h - how direct convolution in f32 is cut into units, and their padded pictures. Private to
 * nn/conv2d*.c.
 *
 * A thread copies a few rows of a picture (or several small pictures) with their padding into its cache. A stride cuts
 * them into phases there, so that neighbours in the output are neighbours: what weight (c, i, j) is multiplied by at
 * place q is x[at + q], where `at` belongs to the weight. */
#ifndef MLP_CONV2D_PLAN_PRIVATE_H
#define MLP_CONV2D_PLAN_PRIVATE_H

#include "nn/conv2d_private.h"
#include "nn/conv2d_tile_private.h"

#include <stdatomic.h>

/* A correlation of pictures `from` (x, or dy) that gives pictures `to` (y, or dx). Pairs are rows and columns. */
typedef struct mlp_conv_plan {
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
    int64_t lanes;                         /* channels of `to` side by side in a tile; 0: tiles are rows of places */
    int64_t *place;                        /* of each place of a unit, in the padded picture, where there are lanes */
    int64_t w_to, w_from;                  /* steps through the weight from one channel to the next */
    float *packed;                         /* weights, in the order in which they are read */
    bool relu;                             /* of the result */
    const float *source, *weight, *bias, *dy;
    float *result;
    mlp_conv_sums sums;
    const mlp_conv_tiles *tiles;
    atomic_bool no_memory; /* a thread found none for its scratch */
} mlp_conv_plan;

/* x and what comes of it; dy and the dx that comes of it; with channels side by side where `lanes` and enough of them.
 */
mlp_status mlp_conv_plan_forward(mlp_conv_plan *p, const mlp_conv *c, bool lanes, mlp_error *err);
mlp_status mlp_conv_plan_input(mlp_conv_plan *p, const mlp_conv *c, bool lanes, mlp_error *err);
void mlp_conv_plan_free(mlp_conv_plan *p);

/* Packs the weights tile by tile of the channels of `to`, run by run; where those of a group begin for a phase. */
mlp_status mlp_conv_plan_pack(mlp_conv_plan *p, mlp_error *err);
const float *mlp_conv_plan_packed(const mlp_conv_plan *p, int64_t group, int64_t phase);

/* Steps through a weight from one channel of a result and of what it is made of to the next, and the numbers of its
 * windows that are taken. */
typedef struct mlp_conv_weights {
    int64_t to, from, c_from;
    const int64_t *tap;
    int64_t taps;
} mlp_conv_weights;

/* Packs those of a tile of `rows` channels, of which `left` are there, from w on; the end of what it wrote. */
float *mlp_conv_pack_tile(float *to, int64_t rows, int64_t left, const float *w, const mlp_conv_weights *at);

/* Channels of a tile, when so many are left. */
int64_t mlp_conv_plan_tile(const mlp_conv_plan *p, int64_t left);

/* A thread's arrays, all 0: `from`, what is read, and behind it the rest. false: *no_memory. */
typedef struct mlp_conv_scratch {
    float *from, *rest;
    size_t bytes;
} mlp_conv_scratch;

bool mlp_conv_scratch_new(mlp_conv_scratch *s, int64_t from, int64_t rest, atomic_bool *no_memory);
void mlp_conv_scratch_free(mlp_conv_scratch *s);

/* Where a unit is. */
typedef struct mlp_conv_unit {
    int64_t first, pictures; /* of the batch */
    int64_t row, count;      /* of places */
} mlp_conv_unit;

mlp_conv_unit mlp_conv_unit_of(const mlp_conv_plan *p, int64_t i);

/* The unit's pictures of a group, padded. */
void mlp_conv_unit_fill(const mlp_conv_plan *p, const mlp_conv_unit *u, int64_t group, float *to);

/* Results of a channel for a phase of the rows of `to`, to where they belong. A picture's rows are `pitch` numbers
 * apart, pictures `size`, and there is an array for each phase of the columns, `apart`. */
void mlp_conv_unit_put(const mlp_conv_plan *p, const mlp_conv_unit *u, int64_t channel, int64_t phase,
                       const float *rows, int64_t pitch, int64_t size, int64_t apart);

static inline int64_t mlp_conv_padded(int64_t n)
{
    return mlp_ceil_div(n, MLP_CONV_LANES) * MLP_CONV_LANES;
}

/* ---- channels of the result side by side (conv2d_lanes.c) ---- */

/* Products of n places are added to sums: for each number `at` of a window, lanes of channels. turned: dy there. */
void mlp_conv_lanes_add(const mlp_conv_tiles *tiles, int64_t lanes, int64_t k, const int64_t *at, int64_t n,
                        const int64_t *place, const float *from, const float *turned, float *sums);

/* Numbers of such sums for all channels of a group, tile by tile; and those of all groups to dw. */
int64_t mlp_conv_lanes_sums(int64_t lanes, int64_t channels, int64_t k);
void mlp_conv_lanes_put(const mlp_conv_tiles *tiles, int64_t lanes, int64_t groups, int64_t channels, int64_t k,
                        const float *sums, float *dw);

/* Units of what `run` of the plan computes: those of the result, and parts of the weight's gradient. */
void mlp_conv_lanes_correlate(void *plan, int64_t begin, int64_t end);
void mlp_conv_lanes_weight(void *plan, int64_t begin, int64_t end);

#endif
