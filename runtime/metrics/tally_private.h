/* tally_private.h - averages of tallies one after the other, for who has them in no array: see metrics.h. */
#ifndef MLP_TALLY_PRIVATE_H
#define MLP_TALLY_PRIVATE_H

#include "metrics/metrics.h"

/* A mean that leaves NaN out; without any weight every value counts the same. */
typedef struct mlp_nan_mean {
    double sum, weight, plain_sum, n;
} mlp_nan_mean;

typedef struct mlp_tally_mean {
    mlp_nan_mean precision, recall, f, jaccard;
    mlp_tally all;
} mlp_tally_mean; /* { 0 } is the beginning */

/* weight counts with MLP_SAMPLES only. */
void mlp_tally_mean_add(mlp_tally_mean *m, mlp_tally t, double weight, mlp_average how, double beta,
                        double zero_division);
mlp_score mlp_tally_mean_value(const mlp_tally_mean *m, mlp_average how, double beta, double zero_division);

#endif
