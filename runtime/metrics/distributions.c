/* distributions.c - the normal and Student's t distribution: see statistics.h. */
#include "metrics/statistics.h"

#include <math.h>

double mlp_normal_cdf(double x)
{
    return 0.5 * erfc(-x / sqrt(2.0));
}

/* The t >= 0 whose upper tail is q, for a falling tail function: doubling finds an upper end, halving the rest. Exact
 * to the last bits, needs no table, and is called a few times per report. */
static double invert_tail(double (*tail)(double, double), double df, double q)
{
    double low = 0, high = 1;
    while (tail(high, df) > q) {
        low = high;
        high *= 2;
        if (isinf(high)) return high;
    }
    for (;;) {
        double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high) return middle;
        if (tail(middle, df) > q) low = middle;
        else high = middle;
    }
}

static double quantile(double (*tail)(double, double), double df, double p)
{
    if (!(p >= 0 && p <= 1)) return NAN;
    if (p == 0.5) return 0;
    double q = p < 0.5 ? p : 1 - p;
    double t = q == 0 ? INFINITY : invert_tail(tail, df, q);
    return p < 0.5 ? -t : t;
}

static double normal_tail(double x, double unused)
{
    (void)unused;
    return 0.5 * erfc(x / sqrt(2.0));
}

double mlp_normal_quantile(double p)
{
    return quantile(normal_tail, 0, p);
}

/* The continued fraction of I_x(a, b) (DLMF 8.17.22), evaluated from the front by Lentz's method. */
static double beta_fraction(double x, double a, double b)
{
    enum { MOST = 100000 };
    const double tiny = 1e-300, enough = 1e-16;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    if (fabs(d) < tiny) d = tiny;
    d = 1 / d;
    double value = d;
    for (int m = 1; m < MOST; m++) {
        double coefficient[2] = { m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                                  -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)) };
        double change = 1;
        for (int k = 0; k < 2; k++) {
            d = 1 + coefficient[k] * d;
            c = 1 + coefficient[k] / c;
            if (fabs(d) < tiny) d = tiny;
            if (fabs(c) < tiny) c = tiny;
            d = 1 / d;
            change = c * d;
            value *= change;
        }
        if (fabs(change - 1) < enough) break;
    }
    return value;
}

/* x and y = 1 - x are passed both, so that a y near 0 keeps its digits. */
static double beta_part(double x, double y, double a, double b)
{
    double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(y));
    return front * beta_fraction(x, a, b) / a;
}

static double incomplete_beta(double x, double y, double a, double b)
{
    if (x <= 0) return 0;
    if (y <= 0) return 1;
    if (x < (a + 1) / (a + b + 2)) return beta_part(x, y, a, b); /* where the fraction converges fast */
    return 1 - beta_part(y, x, b, a);
}

double mlp_incomplete_beta(double x, double a, double b)
{
    if (!(a > 0 && b > 0 && x >= 0 && x <= 1)) return NAN;
    return incomplete_beta(x, 1 - x, a, b);
}

/* P(T > t) for t >= 0 */
static double t_tail(double t, double df)
{
    if (df > 1e8) return normal_tail(t, 0); /* nearer to the truth than the difference of such large logarithms */
    if (isinf(t)) return 0;
    double square = t * t;
    if (isinf(square)) return 0;
    return 0.5 * incomplete_beta(df / (df + square), square / (df + square), df / 2, 0.5);
}

double mlp_t_cdf(double t, double df)
{
    if (!(df > 0) || isnan(t)) return NAN;
    return t > 0 ? 1 - t_tail(t, df) : t_tail(-t, df);
}

double mlp_t_quantile(double p, double df)
{
    if (!(df > 0)) return NAN;
    return quantile(t_tail, df, p);
}
