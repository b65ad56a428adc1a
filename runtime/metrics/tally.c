/* tally.c - precision, recall, F and Jaccard, and their averages: see metrics.h. */
#include "metrics/tally_private.h"

#include <math.h>

static double ratio(double part, double whole, double zero_division)
{
    return whole != 0 ? part / whole : zero_division;
}

/* (1 + beta^2) hits / (beta^2 truth + predicted): at beta = infinity what it tends to, the recall. */
static double f_beta(mlp_tally t, double beta, double zero_division)
{
    if (isinf(beta)) return ratio(t.hits, t.truth, zero_division);
    double b = beta * beta;
    return ratio((1 + b) * t.hits, b * t.truth + t.predicted, zero_division);
}

mlp_score mlp_tally_score(mlp_tally t, double beta, double zero_division)
{
    return (mlp_score){ .precision = ratio(t.hits, t.predicted, zero_division),
                        .recall = ratio(t.hits, t.truth, zero_division),
                        .f = f_beta(t, beta, zero_division),
                        .jaccard = ratio(t.hits, t.truth + t.predicted - t.hits, zero_division),
                        .support = t.truth };
}

static void add(mlp_nan_mean *m, double value, double weight)
{
    if (isnan(value)) return;
    m->sum += value * weight;
    m->weight += weight;
    m->plain_sum += value;
    m->n++;
}

static double value(const mlp_nan_mean *m)
{
    return m->weight != 0 ? m->sum / m->weight : m->plain_sum / m->n;
}

void mlp_tally_mean_add(mlp_tally_mean *m, mlp_tally t, double weight, mlp_average how, double beta,
                        double zero_division)
{
    mlp_score s = mlp_tally_score(t, beta, zero_division);
    double w = how == MLP_WEIGHTED ? s.support : how == MLP_SAMPLES ? weight : 1;
    add(&m->precision, s.precision, w);
    add(&m->recall, s.recall, w);
    add(&m->f, s.f, w);
    add(&m->jaccard, s.jaccard, w);
    m->all = (mlp_tally){ m->all.hits + t.hits, m->all.truth + t.truth, m->all.predicted + t.predicted };
}

mlp_score mlp_tally_mean_value(const mlp_tally_mean *m, mlp_average how, double beta, double zero_division)
{
    if (how == MLP_MICRO) return mlp_tally_score(m->all, beta, zero_division);
    return (mlp_score){ value(&m->precision), value(&m->recall), value(&m->f), value(&m->jaccard), m->all.truth };
}

mlp_score mlp_tally_average(const mlp_tally *tally, const double *weight, int64_t n, mlp_average how, double beta,
                            double zero_division)
{
    mlp_tally_mean mean = { 0 };
    for (int64_t i = 0; i < n; i++)
        mlp_tally_mean_add(&mean, tally[i], weight ? weight[i] : 1, how, beta, zero_division);
    return mlp_tally_mean_value(&mean, how, beta, zero_division);
}
