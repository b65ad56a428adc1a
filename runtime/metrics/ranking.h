/* ranking.h - how well scores put positive samples in front of negative ones: what ROC and precision-recall curves are
 * made of. Samples with the same score are one step, so that their order does not count. */
#ifndef MLP_RANKING_H
#define MLP_RANKING_H

#include "base/base.h"

typedef struct mlp_ranking {
    int64_t count;     /* of distinct scores */
    double *threshold; /* the scores, falling */
    double *tp, *fp;   /* positive and negative samples (their weight) whose score is at least the threshold */
} mlp_ranking;

/* weight: NULL where each sample counts once; a sample of weight 0 is none. Fails when n is 0, when a score is NaN, and
 * when a weight is negative or not finite. Release with mlp_ranking_free. */
mlp_status mlp_ranking_of(mlp_ranking *out, const double *score, const uint8_t *positive, const double *weight,
                          int64_t n, mlp_error *err);
void mlp_ranking_free(mlp_ranking *r);

/* The area under the ROC curve: the probability that a positive sample has a higher score than a negative one, ties
 * counting half. NaN when one of the two kinds is missing. */
double mlp_ranking_auc(const mlp_ranking *r);

/* Sum over the steps of (recall - recall before) * precision; 0 without a positive sample, as scikit-learn has it. */
double mlp_ranking_average_precision(const mlp_ranking *r);

#endif
