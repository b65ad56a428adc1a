#include "metrics/ranking.h"

#include <math.h>
#include <stdlib.h>

typedef struct sample {
    double score, weight;
    uint8_t positive;
} sample;

static int by_falling_score(const void *a, const void *b)
{
    double x = ((const sample *)a)->score, y = ((const sample *)b)->score;
    return (x < y) - (x > y);
}

static mlp_status check(const double *score, const double *weight, int64_t n, mlp_error *err)
{
    if (n < 1) return mlp_fail(err, MLP_EINVAL, "there are no samples to rank");
    for (int64_t i = 0; i < n; i++) {
        if (isnan(score[i]))
            return mlp_fail(err, MLP_EINVAL, "the score of sample %lld is NaN, expected a number", mlp_nth(i));
        if (weight && (!(weight[i] >= 0) || isinf(weight[i])))
            return mlp_fail(err, MLP_EINVAL, "the weight of sample %lld is %g, expected a finite number of at least 0",
                            mlp_nth(i), weight[i]);
    }
    return MLP_OK;
}

mlp_status mlp_ranking_of(mlp_ranking *out, const double *score, const uint8_t *positive, const double *weight,
                          int64_t n, mlp_error *err)
{
    void *samples = NULL, *numbers = NULL;
    mlp_status st = check(score, weight, n, err);
    if (!st) st = mlp_alloc(&samples, (size_t)n, sizeof(sample), err);
    if (!st) st = mlp_alloc(&numbers, (size_t)n, 3 * sizeof(double), err);
    if (st) {
        free(samples);
        return st;
    }
    sample *s = samples;
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++)
        if (!weight || weight[i] > 0) s[count++] = (sample){ score[i], weight ? weight[i] : 1, positive[i] != 0 };
    qsort(s, (size_t)count, sizeof *s, by_falling_score);
    mlp_ranking r = { 0, numbers, (double *)numbers + n, (double *)numbers + 2 * n };
    double tp = 0, fp = 0;
    for (int64_t i = 0; i < count; i++) {
        if (s[i].positive) tp += s[i].weight;
        else fp += s[i].weight;
        if (i + 1 < count && s[i + 1].score == s[i].score) continue;
        r.threshold[r.count] = s[i].score, r.tp[r.count] = tp, r.fp[r.count] = fp;
        r.count++;
    }
    free(samples);
    if (!r.count) {
        mlp_ranking_free(&r);
        return mlp_fail(err, MLP_EINVAL, "there are no samples to rank: every weight is 0");
    }
    *out = r;
    return MLP_OK;
}

void mlp_ranking_free(mlp_ranking *r)
{
    if (!r) return;
    free(r->threshold);
    *r = (mlp_ranking){ 0 };
}

double mlp_ranking_auc(const mlp_ranking *r)
{
    double area = 0, tp = 0, fp = 0;
    for (int64_t i = 0; i < r->count; i++) {
        area += (r->fp[i] - fp) * (r->tp[i] + tp) / 2;
        tp = r->tp[i], fp = r->fp[i];
    }
    return tp > 0 && fp > 0 ? area / (tp * fp) : NAN;
}

double mlp_ranking_average_precision(const mlp_ranking *r)
{
    double sum = 0, tp = 0, all = r->tp[r->count - 1];
    for (int64_t i = 0; i < r->count; i++) {
        sum += (r->tp[i] - tp) * (r->tp[i] / (r->tp[i] + r->fp[i]));
        tp = r->tp[i];
    }
    return all > 0 ? sum / all : 0;
}
