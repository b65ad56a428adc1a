/* test_statistics.c - runtime/metrics: distributions and tests against SciPy's numbers. */
#include "metrics/statistics.h"

#include "suite.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static mlp_error err;

/* |got - want| <= tolerance * |want| */
static void near(double got, double want, double tolerance, const char *what, double at)
{
    ck_assert_msg(fabs(got - want) <= tolerance * fabs(want), "%s(%g): got %.17g, expected %.17g within %g", what, at,
                  got, want, tolerance);
}

START_TEST(student_and_normal_have_scipys_values)
{
    static const double df[] = { 0.5, 1, 2, 3.7, 30, 1e5 };
    static const double t[] = { -40, -2.5, -.3, 0.1, 1.96 }, p[] = { 1e-10, .025, .4, .9, .995 };
    static const double cdf[][5] = {
        { 0.050704899964747176, 0.2004852645266466, 0.42242957606524545, 0.5268341894356968, 0.7751385111308104 },
        { 0.007956089912025812, 0.12111894159084341, 0.4072264209222577, 0.5317255174305535, 0.8498285541119834 },
        { 0.0003122073360923703, 0.06480586011075541, 0.3962428304200888, 0.53526728079293, 0.9054713451991339 },
        { 2.5693124910707486e-06, 0.03591101145591339, 0.3901337435657311, 0.5372373662649048, 0.936358479370235 },
        { 6.863022597203209e-28, 0.009057824534033344, 0.3831230526421764, 0.5394951941048645, 0.9703288435519748 },
        { 0, 0.0062104595962795255, 0.3820888895951688, 0.5398277370466369, 0.9750007184028492 },
    };
    static const double quantile[][5] = {
        { -1.02849115631634e+19, -164.55767348048846, -0.3979754267847907, 10.27032441023451, 4113.964588804174 },
        { -3183098861.8379064, -12.706204736174705, -0.32491969623290634, 3.0776835371752544, 63.656741162871526 },
        { -70710.67810804816, -4.302652729749464, -0.2886751345948128, 1.8856180831641272, 9.924843200918287 },
        { -622.7508025168837, -2.8675207071911903, -0.27216446429206953, 1.5575658388615072, 4.8692522532278275 },
        { -9.377489780407144, -2.042272456301238, -0.2556053649519128, 1.3104150253913955, 2.7499956535672254 },
        { -6.362000419843692, -1.95998770753461, -0.25334777715718015, 1.2815600314493614, 2.575878469908375 },
    };
    for (int i = 0; i < 6; i++) {
        for (int k = 0; k < 5; k++) {
            near(mlp_t_cdf(t[k], df[i]), cdf[i][k], 2e-10, "t cdf", df[i]);
            near(mlp_t_quantile(p[k], df[i]), quantile[i][k], 2e-10, "t quantile", df[i]);
        }
    }
    near(mlp_t_quantile(.975, 1e9), 1.9599639869123253, 1e-8, "t quantile", 1e9);
    near(mlp_normal_quantile(1e-300), -37.0470962993612, 1e-14, "normal quantile", 1e-300);
    near(mlp_normal_quantile(.975), 1.959963984540054, 1e-14, "normal quantile", .975);
    near(mlp_normal_quantile(.4), -0.2533471031357997, 1e-14, "normal quantile", .4);
    near(mlp_normal_cdf(-1.959963984540054), .025, 1e-14, "normal cdf", -1.96);
    near(mlp_incomplete_beta(.5, 100, 101), 0.5281742395046283, 1e-12, "beta", .5);
    near(mlp_incomplete_beta(.01, .5, .5), 0.06376856085851985, 1e-13, "beta", .01);
    near(mlp_incomplete_beta(.3, 1e4, 2e4), 5.263114256614746e-36, 1e-8, "beta", .3);
    near(mlp_incomplete_beta(.999, 3, .2), 0.6685414839010846, 1e-12, "beta", .999);
}
END_TEST

START_TEST(outside_their_domain_distributions_are_nan_and_at_its_ends_infinite)
{
    ck_assert(isnan(mlp_t_cdf(1, 0)) && isnan(mlp_t_cdf(NAN, 3)) && isnan(mlp_t_quantile(1.1, 3)));
    ck_assert(isnan(mlp_t_quantile(.5, -1)) && isnan(mlp_normal_quantile(NAN)));
    ck_assert(isnan(mlp_incomplete_beta(2, 1, 1)) && isnan(mlp_incomplete_beta(.5, 0, 1)));
    ck_assert(mlp_t_cdf(INFINITY, 3) == 1 && mlp_t_cdf(-INFINITY, 3) == 0);
    ck_assert(mlp_normal_quantile(0) == -INFINITY && mlp_t_quantile(1, 2) == INFINITY);
    ck_assert(mlp_t_quantile(.5, 7) == 0);
}
END_TEST

START_TEST(intervals_have_scipys_values)
{
    const double a[5] = { .81, .83, .79, .85, .80 }, b[5] = { .78, .80, .80, .81, .77 };
    mlp_interval i;
    ck_assert(!mlp_t_interval(&i, a, 5, .95, &err));
    near(i.low, 0.7860967710610961, 1e-12, "low", 0);
    near(i.high, 0.845903228938904, 1e-12, "high", 0);
    mlp_test t;
    ck_assert(!mlp_paired_t(&t, a, b, 5, .95, &err));
    near(t.t, 2.7529888064467403, 1e-10, "t", 0);
    near(t.p, 0.05121692082445571, 1e-10, "p", 0);
    near(t.low, -0.0002044872716906801, 1e-8, "low", 0);
    near(t.high, 0.04820448727169063, 1e-10, "high", 0);
    ck_assert(!mlp_wilson(&i, 7, 20, .95, &err));
    near(i.low, 0.1811918241010821, 1e-12, "low", 7);
    near(i.high, 0.5671457233147637, 1e-12, "high", 7);
    ck_assert(!mlp_wilson(&i, 0, 20, .95, &err));
    ck_assert(i.low == 0);
    near(i.high, 0.16112515805281935, 1e-12, "high", 0);
    ck_assert(!mlp_wilson(&i, 20, 20, .95, &err));
    ck_assert(i.high == 1);
}
END_TEST

START_TEST(mcnemar_is_the_exact_binomial_test)
{
    near(mlp_mcnemar(3, 12, false), 0.03515625, 1e-12, "mcnemar", 3);
    near(mlp_mcnemar(180, 120, false), 0.0006342200069283566, 1e-10, "mcnemar", 120);
    near(mlp_mcnemar(0, 5, false), 0.0625, 1e-12, "mcnemar", 0);
    near(mlp_mcnemar(3, 12, true), 0.02127075195312501, 1e-11, "mid-p", 3);
    near(mlp_mcnemar(120, 180, true), 0.0005224207099608604, 1e-9, "mid-p", 120);
    ck_assert(mlp_mcnemar(0, 0, false) == 1 && mlp_mcnemar(4, 4, false) == 1 && isnan(mlp_mcnemar(-1, 2, false)));
}
END_TEST

START_TEST(holm_multiplies_from_the_smallest_and_never_falls)
{
    double p[5] = { .04, .01, NAN, .03, .5 };
    ck_assert(!mlp_holm(p, 5, &err));
    near(p[0], .09, 1e-12, "holm", 0);
    near(p[1], .04, 1e-12, "holm", 1);
    ck_assert(isnan(p[2]));
    near(p[3], .09, 1e-12, "holm", 3);
    near(p[4], .5, 1e-12, "holm", 4);
    ck_assert(!mlp_holm(p, 0, &err));
}
END_TEST

START_TEST(bootstrap_is_the_same_for_the_same_stream_and_near_the_t_interval)
{
    double x[200];
    mlp_rng rng = mlp_rng_stream(1, MLP_FOR_STATISTICS, 0, 0, 0);
    for (int i = 0; i < 200; i++) x[i] = mlp_rng_normal(&rng);
    mlp_interval a, b, t;
    mlp_rng one = mlp_rng_stream(2, MLP_FOR_STATISTICS, 0, 0, 0), two = one;
    ck_assert(!mlp_bootstrap_mean(&a, x, 200, 4000, .95, &one, &err));
    ck_assert(!mlp_bootstrap_mean(&b, x, 200, 4000, .95, &two, &err));
    ck_assert(a.low == b.low && a.high == b.high);
    ck_assert(!mlp_t_interval(&t, x, 200, .95, &err));
    ck_assert_double_eq_tol(a.low, t.low, .015);
    ck_assert_double_eq_tol(a.high, t.high, .015);
}
END_TEST

START_TEST(what_has_no_answer_is_refused)
{
    const double one[1] = { 1 };
    mlp_interval i;
    ck_assert_int_eq(mlp_t_interval(&i, one, 1, .95, &err), MLP_EINVAL);
    ck_assert_str_eq(err.text, "got 1 values, expected at least 2");
    ck_assert_int_eq(mlp_wilson(&i, 1, 2, 95, &err), MLP_EINVAL);
    ck_assert_str_eq(err.text, "confidence is 95, expected a number between 0 and 1 such as 0.95");
    ck_assert_int_eq(mlp_wilson(&i, 3, 2, .95, &err), MLP_EINVAL);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        student_and_normal_have_scipys_values,
        outside_their_domain_distributions_are_nan_and_at_its_ends_infinite,
        intervals_have_scipys_values,
        mcnemar_is_the_exact_binomial_test,
        holm_multiplies_from_the_smallest_and_never_falls,
        bootstrap_is_the_same_for_the_same_stream_and_near_the_t_interval,
        what_has_no_answer_is_refused,
    };
    return run_suite("statistics", tests, COUNT(tests));
}
