/* test_mathf.c - functions of base/mathf.h against the C library's in f64, over all magnitudes and special values. */
#include "base/mathf.h"

#include "base/simd.h"

#include "suite.h"
#include <float.h>

enum { COUNT = 4096 };

#define LOOP(name)                                                                                                     \
    MLP_SIMD static void loop_##name(int64_t n, const float *x, float *y)                                              \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++) y[i] = mlp_##name##f(x[i]);                                                    \
    }
LOOP(exp)
LOOP(expm1)
LOOP(sigmoid)
LOOP(tanh)
LOOP(log)
LOOP(log1p)
LOOP(erf)

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static const struct {
    const char *name;
    void (*fast)(int64_t, const float *, float *);
    double (*exact)(double);
    double units;
} functions[] = {
    { "exp", loop_exp, exp, 2 },    { "expm1", loop_expm1, expm1, 3 }, { "sigmoid", loop_sigmoid, sigmoid, 4 },
    { "tanh", loop_tanh, tanh, 5 }, { "log", loop_log, log, 2 },       { "log1p", loop_log1p, log1p, 4 },
    { "erf", loop_erf, erf, 8 },
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

/* What one unit in the last place is around an exact value; of the smallest ones there are none left below. */
static double unit(double exact)
{
    double a = fabs(exact);
    if (a < (double)FLT_MIN) return ldexp(1, -149);
    return ldexp(1, ilogb(a) - 23);
}

static void compare(int f, const float *x, int n)
{
    float y[COUNT];
    functions[f].fast(n, x, y);
    for (int i = 0; i < n; i++) {
        double want = functions[f].exact((double)x[i]), got = (double)y[i];
        if (isnan(want) && isnan(got)) continue;
        if (fabs(want) > (double)FLT_MAX) want = want > 0 ? INFINITY : -INFINITY;
        if (want == got) continue;
        double off = fabs(got - want) / unit(want);
        if (!(off <= functions[f].units))
            ck_abort_msg("%s(%.9g) is %.9g, expected %.9g: %g units", functions[f].name, (double)x[i], got, want, off);
    }
}

START_TEST(values_of_all_magnitudes_are_within_the_stated_units)
{
    float x[COUNT];
    for (int f = 0; f < FUNCTIONS; f++) {
        for (uint64_t bits = 0; bits <= UINT32_MAX; bits += (uint64_t)1009 * COUNT) { /* every 1009th number there is */
            for (int i = 0; i < COUNT; i++) x[i] = mlp_of_bits((uint32_t)(bits + 1009 * (uint64_t)i));
            compare(f, x, COUNT);
        }
        for (int step = -100; step < 100; step++) { /* and densely where they are used */
            for (int i = 0; i < COUNT; i++) x[i] = (float)step + (float)i / COUNT;
            compare(f, x, COUNT);
        }
    }
}
END_TEST

START_TEST(special_values_are_those_of_the_c_library)
{
    static const float x[] = {
        0.0F, -0.0F, INFINITY, -INFINITY, NAN, -1, 1, FLT_MIN, FLT_MAX, -FLT_MAX, 1e-45F, -1e-45F
    };
    float y[12];
    for (int f = 0; f < FUNCTIONS; f++) {
        compare(f, x, 12);
        functions[f].fast(12, x, y);
        for (int i = 0; i < 2; i++) {
            double want = functions[f].exact((double)x[i]);
            ck_assert_msg(signbit(y[i]) == signbit((float)want), "%s of a zero: sign", functions[f].name);
        }
    }
}
END_TEST

START_TEST(vectors_and_single_numbers_have_the_same_bits)
{
    float x[COUNT], together, y[COUNT];
    for (int i = 0; i < COUNT; i++) x[i] = (float)(i - COUNT / 2) / 37;
    for (int f = 0; f < FUNCTIONS; f++) {
        functions[f].fast(COUNT, x, y);
        for (int i = 0; i < COUNT; i++) {
            functions[f].fast(1, x + i, &together);
            if (memcmp(&together, &y[i], sizeof together) != 0 && !isnan(together))
                ck_abort_msg("%s(%g)", functions[f].name, (double)x[i]);
        }
    }
}
END_TEST

START_TEST(sine_and_cosine_of_parts_of_a_turn)
{
    for (int i = 0; i <= 1 << 20; i++) {
        float u = (float)i * 0x1p-20F, sine, cosine;
        mlp_turnf(u, &sine, &cosine);
        double angle = 2 * 3.14159265358979323846 * (double)u;
        ck_assert_double_eq_tol((double)sine, sin(angle), 2e-7);
        ck_assert_double_eq_tol((double)cosine, cos(angle), 2e-7);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        values_of_all_magnitudes_are_within_the_stated_units,
        special_values_are_those_of_the_c_library,
        sine_and_cosine_of_parts_of_a_turn,
        vectors_and_single_numbers_have_the_same_bits,
    };
    return run_suite("mathf", tests, COUNT(tests));
}
