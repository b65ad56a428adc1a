/* sampler.h - which samples an epoch consists of, in which order, where that is not all of them once.
 *
 * A sampler never changes after it was made. What it draws follows from (seed, epoch) alone; seed is its own, or that
 * of the loader that uses it. */
#ifndef MLP_DATA_SAMPLER_H
#define MLP_DATA_SAMPLER_H

#include "base/base.h"

typedef struct mlp_sampler mlp_sampler;

mlp_sampler *mlp_sampler_retain(mlp_sampler *s); /* NULL is fine */
void mlp_sampler_release(mlp_sampler *s);

typedef struct mlp_sampler_options {
    int64_t num_samples; /* drawn in an epoch; 0: as many as there are */
    bool replacement;
    bool seeded; /* seed is set; else the loader's counts */
    uint64_t seed;
} mlp_sampler_options;

/* 0 to n-1, in order. */
mlp_status mlp_sampler_sequential(mlp_sampler **out, int64_t n, mlp_error *err);

/* The list as it is, every time. */
mlp_status mlp_sampler_list(mlp_sampler **out, const int64_t *index, int64_t n, mlp_error *err);

/* 0 to n-1 in a new order each epoch; when more than n are asked for without replacement, several whole orders and the
 * beginning of a last one. With the defaults the order is that of a loader that shuffles. */
mlp_status mlp_sampler_random(mlp_sampler **out, int64_t n, const mlp_sampler_options *options, mlp_error *err);

/* The list in a new order each epoch. */
mlp_status mlp_sampler_subset(mlp_sampler **out, const int64_t *index, int64_t n, const mlp_sampler_options *options,
                              mlp_error *err);

/* num_samples of 0 to n-1, each drawn with a probability proportional to its weight, one after the other. Weights are
 * finite, none below 0, not all 0; without replacement num_samples of them must be above 0. */
mlp_status mlp_sampler_weighted(mlp_sampler **out, const double *weight, int64_t n, const mlp_sampler_options *options,
                                mlp_error *err);

int64_t mlp_sampler_count(const mlp_sampler *s);    /* samples in an epoch */
int64_t mlp_sampler_limit(const mlp_sampler *s);    /* all of them are below it */
const char *mlp_sampler_name(const mlp_sampler *s); /* "RandomSampler", ...; "list" for the list */
const mlp_sampler_options *mlp_sampler_options_of(const mlp_sampler *s);

/* An epoch's samples into order[0..count). seed: the loader's. */
mlp_status mlp_sampler_draw(const mlp_sampler *s, uint64_t seed, uint64_t epoch, int64_t *order, mlp_error *err);

#endif
