/* test_tensor_math.c - element-wise functions, types, broadcasting, products, random fills: against naive loops, and
 * the same bits for any number of threads. */
#include "tensors.h"

/* ---- broadcasting and types ---- */

START_TEST(broadcasting_agrees_with_naive_loops_for_every_layout)
{
    static const struct {
        int na, nb, n;
        int64_t a[4], b[4], y[4];
    } cases[] = {
        { 2, 1, 2, { 3, 4 }, { 4 }, { 3, 4 } },
        { 2, 2, 2, { 3, 1 }, { 1, 4 }, { 3, 4 } },
        { 3, 2, 3, { 2, 3, 4 }, { 3, 1 }, { 2, 3, 4 } },
        { 0, 2, 2, { 0 }, { 2, 5 }, { 2, 5 } },
        { 4, 3, 4, { 2, 1, 3, 1 }, { 5, 1, 4 }, { 2, 5, 3, 4 } },
        { 2, 2, 2, { 0, 4 }, { 1, 4 }, { 0, 4 } },
        { 2, 2, 2, { 1, 1 }, { 3, 0 }, { 3, 0 } },
        { 0, 0, 0, { 0 }, { 0 }, { 0 } },
    };
    mlp_error err;
    for (int c = 0; c < COUNT(cases); c++)
        for (int how = 0; how < LAYOUTS * LAYOUTS; how++) {
            mlp_tensor *a = filled((layout)(how % LAYOUTS), MLP_F64, cases[c].na, cases[c].a, -9, 9, 1), *y = NULL;
            mlp_tensor *b = filled((layout)(how / LAYOUTS), MLP_F64, cases[c].nb, cases[c].b, -9, 9, 2);
            OK(mlp_tensor_binary(&y, MLP_SUB, a, b, &err));
            ck_assert_int_eq(y->ndim, cases[c].n);
            for (int i = 0; i < y->ndim; i++) ck_assert_int_eq(y->shape[i], cases[c].y[i]);
            mlp_tensor *wide_a = NULL, *wide_b = NULL;
            OK(mlp_tensor_expand(&wide_a, a, y->ndim, y->shape, &err));
            OK(mlp_tensor_expand(&wide_b, b, y->ndim, y->shape, &err));
            for (int64_t n = 0; n < mlp_tensor_numel(y); n++) ck_assert(nth(y, n) == nth(wide_a, n) - nth(wide_b, n));
            RELEASE(a, b, y, wide_a, wide_b);
        }
}
END_TEST

START_TEST(shapes_that_do_not_broadcast_are_named)
{
    mlp_error err;
    mlp_tensor *a = laid_out(PLAIN, MLP_F32, SHAPE(2, 3)), *b = laid_out(PLAIN, MLP_F32, SHAPE(2)), *y = NULL;
    mlp_tensor *empty = laid_out(PLAIN, MLP_F32, SHAPE(0, 3));
    FAILS(mlp_tensor_binary(&y, MLP_ADD, a, b, &err), MLP_ESHAPE,
          "add: shapes 2x3 and 2 do not broadcast (aligned at the last dimension, sizes must be equal or 1)");
    FAILS(mlp_tensor_binary(&y, MLP_LT, a, empty, &err), MLP_ESHAPE,
          "lt: shapes 2x3 and 0x3 do not broadcast (aligned at the last dimension, sizes must be equal or 1)");
    FAILS(mlp_tensor_binary_(b, MLP_MUL, a, &err), MLP_ESHAPE,
          "mul: shapes 2 and 2x3 do not broadcast (aligned at the last dimension, sizes must be equal or 1)");
    mlp_tensor *row = laid_out(PLAIN, MLP_F32, SHAPE(3));
    FAILS(mlp_tensor_binary_(row, MLP_MUL, a, &err), MLP_ESHAPE,
          "mul_: 2x3 does not broadcast to 3, and a result in place cannot grow");
    RELEASE(a, b, empty, row);
}
END_TEST

START_TEST(two_tensors_work_in_the_wider_type_and_comparisons_give_u8)
{
    mlp_error err;
    for (int ta = MLP_U8; ta <= MLP_F64; ta++)
        for (int tb = MLP_U8; tb <= MLP_F64; tb++) {
            mlp_tensor *a = VECTOR((mlp_dtype)ta, 4, 5), *b = VECTOR((mlp_dtype)tb, 2, 5), *y = NULL;
            mlp_dtype wide = (mlp_dtype)(ta > tb ? ta : tb);
            OK(mlp_tensor_binary(&y, MLP_ADD, a, b, &err));
            IS_VECTOR(y, wide, 6, 10);
            OK(mlp_tensor_binary(&y, MLP_POW, a, b, &err));
            is(y, wide, SHAPE(2), (double[]){ 16, wide == MLP_U8 ? 3125 % 256 : 3125 });
            OK(mlp_tensor_binary(&y, MLP_DIV, a, b, &err));
            IS_VECTOR(y, mlp_dtype_is_float(wide) ? wide : MLP_F32, 2, 1);
            OK(mlp_tensor_binary(&y, MLP_GT, a, b, &err));
            IS_VECTOR(y, MLP_U8, 1, 0);
            RELEASE(a, b);
        }
}
END_TEST

START_TEST(a_plain_number_never_widens_within_its_kind)
{
    mlp_error err;
    static const struct {
        mlp_dtype from;
        double number;
        bool integer;
        mlp_dtype to;
    } cases[] = {
        { MLP_F32, 0.5, false, MLP_F32 },   { MLP_F64, 2, true, MLP_F64 },
        { MLP_F32, 1e300, false, MLP_F32 }, { MLP_I64, 2, true, MLP_I64 },
        { MLP_I64, 0.5, false, MLP_F32 },   { MLP_I64, 2, false, MLP_F32 },
        { MLP_U8, 2, true, MLP_U8 },        { MLP_U8, 0.5, false, MLP_F32 },
        { MLP_U8, 300, true, MLP_I64 }, /* a number that u8 cannot hold */
        { MLP_U8, -1, true, MLP_I64 },
    };
    for (int i = 0; i < COUNT(cases); i++) {
        mlp_tensor *a = VECTOR(cases[i].from, 1, 7), *y = NULL;
        OK(mlp_tensor_binary_number(&y, MLP_ADD, a, cases[i].number, cases[i].integer, false, &err));
        double n = cases[i].to == MLP_F32 ? (double)(float)cases[i].number : cases[i].number;
        IS_VECTOR(y, cases[i].to, 1 + n, 7 + n);
        OK(mlp_tensor_binary_number(&y, MLP_SUB, a, cases[i].number, cases[i].integer, true, &err)); /* number - a */
        IS_VECTOR(y, cases[i].to, n - 1, n - 7);
        mlp_tensor_release(a);
    }
    mlp_tensor *a = VECTOR(MLP_I64, 1, 4), *y = NULL;
    OK(mlp_tensor_binary_number(&y, MLP_DIV, a, 2, true, true, &err));
    IS_VECTOR(y, MLP_F32, 2, 0.5);
    OK(mlp_tensor_binary_number(&y, MLP_GE, a, 2.5, false, false, &err));
    IS_VECTOR(y, MLP_U8, 0, 1);
    mlp_tensor_release(a);
}
END_TEST

START_TEST(integers_wrap_around_and_powers_of_negative_exponent_round_to_zero)
{
    mlp_error err;
    mlp_tensor *a = VECTOR(MLP_U8, 200, 3, 0), *b = VECTOR(MLP_U8, 100, 5, 1), *y = NULL;
    OK(mlp_tensor_binary(&y, MLP_ADD, a, b, &err));
    IS_VECTOR(y, MLP_U8, 44, 8, 1);
    OK(mlp_tensor_binary(&y, MLP_SUB, a, b, &err));
    IS_VECTOR(y, MLP_U8, 100, 254, 255);
    OK(mlp_tensor_binary(&y, MLP_MUL, a, b, &err));
    IS_VECTOR(y, MLP_U8, 20000 % 256, 15, 0);
    OK(mlp_tensor_unary(&y, MLP_NEG, b, &err));
    IS_VECTOR(y, MLP_U8, 156, 251, 255);
    RELEASE(a, b);
    OK(mlp_tensor_new(&a, MLP_I64, SHAPE(2), &err));
    int64_t *v = mlp_tensor_data(a);
    v[0] = INT64_MAX, v[1] = INT64_MIN;
    OK(mlp_tensor_binary_number(&y, MLP_ADD, a, 1, true, false, &err));
    ck_assert(((int64_t *)mlp_tensor_data(y))[0] == INT64_MIN && ((int64_t *)mlp_tensor_data(y))[1] == INT64_MIN + 1);
    mlp_tensor_release(y);
    OK(mlp_tensor_unary(&y, MLP_ABS, a, &err));
    ck_assert(((int64_t *)mlp_tensor_data(y))[1] == INT64_MIN);
    mlp_tensor_release(y);
    OK(mlp_tensor_unary(&y, MLP_SQUARE, a, &err));
    ck_assert(((int64_t *)mlp_tensor_data(y))[0] == 1 && ((int64_t *)mlp_tensor_data(y))[1] == 0);
    RELEASE(a, y);
    a = VECTOR(MLP_I64, 2, -3, 1, -1, -1, 0, 7), b = VECTOR(MLP_I64, 10, 3, -5, -5, -4, 0, -1);
    OK(mlp_tensor_binary(&y, MLP_POW, a, b, &err));
    IS_VECTOR(y, MLP_I64, 1024, -27, 1, -1, 1, 1, 0);
    RELEASE(a, b);
}
END_TEST

START_TEST(in_place_keeps_the_type_and_refuses_what_it_cannot_hold)
{
    mlp_error err;
    mlp_tensor *u = VECTOR(MLP_U8, 250, 3), *i = VECTOR(MLP_I64, 4, 9), *f = VECTOR(MLP_F32, 1, 2);
    mlp_tensor *d = VECTOR(MLP_F64, 0.5, 0.25);
    OK(mlp_tensor_binary_number_(u, MLP_ADD, 10, &err));
    OK(mlp_tensor_binary_number_(u, MLP_ADD, -1, &err));
    OK(mlp_tensor_binary_(f, MLP_MUL, d, &err));
    OK(mlp_tensor_binary_(i, MLP_SUB, u, &err));
    OK(mlp_tensor_axpy_(i, 2, u, &err));
    OK(mlp_tensor_binary_number_(f, MLP_POW, 2, &err));
    FAILS(mlp_tensor_binary_(i, MLP_DIV, i, &err), MLP_EDTYPE, "div_: a tensor of type i64 cannot hold the result");
    FAILS(mlp_tensor_binary_(i, MLP_ADD, f, &err), MLP_EDTYPE,
          "add_: a result of type f32 cannot be kept in a tensor of type i64");
    FAILS(mlp_tensor_axpy_(i, 0.5, u, &err), MLP_EDTYPE,
          "add_: a result of type f32 cannot be kept in a tensor of type i64");
    FAILS(mlp_tensor_binary_number_(u, MLP_MUL, 1.5, &err), MLP_EDTYPE,
          "mul_: a result of type f32 cannot be kept in a tensor of type u8");
    FAILS(mlp_tensor_binary_(f, MLP_EQ, f, &err), MLP_EDTYPE, "eq_: a tensor of type f32 cannot hold the result");
    IS_VECTOR(u, MLP_U8, 3, 12);
    IS_VECTOR(i, MLP_I64, 7, 21);
    IS_VECTOR(f, MLP_F32, 0.25, 0.25);
    mlp_tensor_release(d);
}
END_TEST

START_TEST(axpy_works_for_every_layout_and_broadcasts)
{
    mlp_error err;
    for (int type = MLP_F32; type <= MLP_F64; type++)
        for (int how = 0; how < LAYOUTS * LAYOUTS; how++) {
            mlp_tensor *a = filled((layout)(how % LAYOUTS), (mlp_dtype)type, SHAPE(3, 4), -9, 9, 1), *before = NULL;
            mlp_tensor *b = filled((layout)(how / LAYOUTS), (mlp_dtype)type, SHAPE(4), -9, 9, 2);
            OK(mlp_tensor_clone(&before, a, &err));
            OK(mlp_tensor_axpy_(a, -1.5, b, &err));
            for (int64_t n = 0; n < 12; n++) ck_assert(close_to(nth(a, n), nth(before, n) - 1.5 * nth(b, n % 4), 1e-6));
            RELEASE(a, b, before);
        }
}
END_TEST

START_TEST(nan_wins_in_minimum_and_maximum_and_compares_as_unequal)
{
    mlp_error err;
    for (int type = MLP_F32; type <= MLP_F64; type++) {
        mlp_tensor *a = VECTOR((mlp_dtype)type, NAN, 1, NAN, INFINITY, 2), *y = NULL;
        mlp_tensor *b = VECTOR((mlp_dtype)type, 1, NAN, NAN, -INFINITY, 3);
        OK(mlp_tensor_binary(&y, MLP_MINIMUM, a, b, &err));
        IS_VECTOR(y, (mlp_dtype)type, NAN, NAN, NAN, -INFINITY, 2);
        OK(mlp_tensor_binary(&y, MLP_MAXIMUM, a, b, &err));
        IS_VECTOR(y, (mlp_dtype)type, NAN, NAN, NAN, INFINITY, 3);
        OK(mlp_tensor_binary(&y, MLP_EQ, a, a, &err));
        IS_VECTOR(y, MLP_U8, 0, 1, 0, 1, 1);
        OK(mlp_tensor_binary(&y, MLP_NE, a, a, &err));
        IS_VECTOR(y, MLP_U8, 1, 0, 1, 0, 0);
        OK(mlp_tensor_binary(&y, MLP_LE, a, b, &err));
        IS_VECTOR(y, MLP_U8, 0, 0, 0, 0, 1);
        RELEASE(a, b);
    }
}
END_TEST

static double binary_of(int op, double a, double b)
{
    switch (op) {
    case MLP_ADD: return a + b;
    case MLP_SUB: return a - b;
    case MLP_MUL: return a * b;
    case MLP_DIV: return a / b;
    case MLP_POW: return pow(a, b);
    case MLP_MINIMUM: return a < b ? a : b;
    case MLP_MAXIMUM: return a > b ? a : b;
    case MLP_EQ: return a == b;
    case MLP_NE: return a != b;
    case MLP_LT: return a < b;
    case MLP_LE: return a <= b;
    case MLP_GT: return a > b;
    default: return a >= b;
    }
}

START_TEST(every_binary_function_agrees_with_its_definition_in_every_type)
{
    mlp_error err;
    for (int op = 0; op < MLP_BINARY_COUNT; op++)
        for (int type = MLP_U8; type <= MLP_F64; type++)
            for (int how = 0; how < LAYOUTS; how++) {
                mlp_tensor *a = filled((layout)how, (mlp_dtype)type, SHAPE(7, 5), 4, 6, 3), *y = NULL;
                mlp_tensor *b = filled(PLAIN, (mlp_dtype)type, SHAPE(7, 5), 1, 3, 4);
                OK(mlp_tensor_binary(&y, (mlp_binary_op)op, a, b, &err));
                for (int64_t n = 0; n < 35; n++) {
                    double expected = binary_of(op, nth(a, n), nth(b, n));
                    ck_assert_msg(close_to(nth(y, n), expected, 1e-6 * (1 + fabs(expected))), "%s %s: %g, expected %g",
                                  mlp_binary_name((mlp_binary_op)op), mlp_dtype_name((mlp_dtype)type), nth(y, n),
                                  expected);
                }
                RELEASE(a, b, y);
            }
}
END_TEST

static double unary_of(int op, double x)
{
    switch (op) {
    case MLP_NEG: return -x;
    case MLP_ABS: return fabs(x);
    case MLP_SIGN: return (x > 0) - (x < 0);
    case MLP_SQUARE: return x * x;
    case MLP_SQRT: return sqrt(x);
    case MLP_RECIPROCAL: return 1 / x;
    case MLP_EXP: return exp(x);
    case MLP_EXPM1: return expm1(x);
    case MLP_LOG: return log(x);
    case MLP_LOG1P: return log1p(x);
    case MLP_SIN: return sin(x);
    case MLP_COS: return cos(x);
    case MLP_TANH: return tanh(x);
    case MLP_SIGMOID: return 1 / (1 + exp(-x));
    case MLP_RELU: return x > 0 ? x : 0;
    case MLP_ERF: return erf(x);
    case MLP_FLOOR: return floor(x);
    case MLP_CEIL: return ceil(x);
    case MLP_ROUND: return nearbyint(x);
    case MLP_NOT: return x == 0;
    case MLP_ISNAN: return isnan(x);
    default: return isfinite(x);
    }
}

START_TEST(every_unary_function_agrees_with_its_definition_in_every_type)
{
    mlp_error err;
    for (int op = 0; op < MLP_UNARY_COUNT; op++)
        for (int type = MLP_U8; type <= MLP_F64; type++)
            for (int how = 0; how < LAYOUTS; how++) {
                bool keeps = op == MLP_NEG || op == MLP_ABS || op == MLP_SIGN || op == MLP_SQUARE || op == MLP_RELU ||
                             op == MLP_FLOOR || op == MLP_CEIL || op == MLP_ROUND;
                mlp_tensor *x = filled((layout)how, (mlp_dtype)type, SHAPE(5, 7), type == MLP_U8 ? 0 : -5, 5, 5),
                           *y = NULL;
                OK(mlp_tensor_unary(&y, (mlp_unary_op)op, x, &err));
                mlp_dtype expected_type = op >= MLP_NOT ? MLP_U8 : type >= MLP_F32 || keeps ? (mlp_dtype)type : MLP_F32;
                ck_assert_int_eq((int)y->dtype, (int)expected_type);
                for (int64_t n = 0; n < 35; n++) {
                    double expected = unary_of(op, nth(x, n));
                    if (y->dtype == MLP_U8) expected = (double)(uint8_t)(int)expected;
                    ck_assert_msg(close_to(nth(y, n), expected, 2e-6 * (1 + fabs(expected))),
                                  "%s(%g) is %.9g, expected %.9g", mlp_unary_name((mlp_unary_op)op), nth(x, n),
                                  nth(y, n), expected);
                }
                RELEASE(x, y);
            }
}
END_TEST

START_TEST(unary_functions_keep_nan_and_know_infinity)
{
    mlp_error err;
    mlp_tensor *x = VECTOR(MLP_F32, NAN, INFINITY, -INFINITY, 0), *y = NULL;
    OK(mlp_tensor_unary(&y, MLP_RELU, x, &err));
    IS_VECTOR(y, MLP_F32, NAN, INFINITY, 0, 0);
    OK(mlp_tensor_unary(&y, MLP_SIGMOID, x, &err));
    IS_VECTOR(y, MLP_F32, NAN, 1, 0, 0.5);
    OK(mlp_tensor_unary(&y, MLP_TANH, x, &err));
    IS_VECTOR(y, MLP_F32, NAN, 1, -1, 0);
    OK(mlp_tensor_unary(&y, MLP_ISNAN, x, &err));
    IS_VECTOR(y, MLP_U8, 1, 0, 0, 0);
    OK(mlp_tensor_unary(&y, MLP_ISFINITE, x, &err));
    IS_VECTOR(y, MLP_U8, 0, 0, 0, 1);
    OK(mlp_tensor_unary(&y, MLP_NOT, x, &err));
    IS_VECTOR(y, MLP_U8, 0, 0, 0, 1);
    mlp_tensor_release(x);
    x = VECTOR(MLP_F64, 0.5, 1.5, 2.5, -0.5);
    OK(mlp_tensor_unary(&y, MLP_ROUND, x, &err));
    IS_VECTOR(y, MLP_F64, 0, 2, 2, -0.0);
    mlp_tensor_release(x);
}
END_TEST

START_TEST(clamp_bounds_values_and_keeps_nan)
{
    mlp_error err;
    mlp_tensor *x = VECTOR(MLP_F32, NAN, -5, 0.5, 9), *i = VECTOR(MLP_I64, -5, 2, 9), *u = VECTOR(MLP_U8, 0, 100, 255),
               *y = NULL;
    OK(mlp_tensor_clamp(&y, x, -1, 1, &err));
    IS_VECTOR(y, MLP_F32, NAN, -1, 0.5, 1);
    OK(mlp_tensor_clamp(&y, i, -INFINITY, 3, &err));
    IS_VECTOR(y, MLP_I64, -5, 2, 3);
    OK(mlp_tensor_clamp(&y, i, 3, INFINITY, &err));
    IS_VECTOR(y, MLP_I64, 3, 3, 9);
    OK(mlp_tensor_clamp(&y, u, -20, 1000, &err));
    IS_VECTOR(y, MLP_U8, 0, 100, 255);
    OK(mlp_tensor_clamp(&y, u, 300, 400, &err)); /* bounds beyond the type: its end */
    IS_VECTOR(y, MLP_U8, 255, 255, 255);
    OK(mlp_tensor_clamp(&y, i, 1e30, INFINITY, &err));
    ck_assert(((int64_t *)mlp_tensor_data(y))[0] == INT64_MAX);
    mlp_tensor_release(y);
    OK(mlp_tensor_clamp(&y, i, 0.5, 5.5, &err)); /* as with any number of a fraction: f32 */
    IS_VECTOR(y, MLP_F32, 0.5, 2, 5.5);
    OK(mlp_tensor_clamp(&y, x, 2, 1, &err)); /* crossed bounds: the upper one */
    IS_VECTOR(y, MLP_F32, NAN, 1, 1, 1);
    RELEASE(x, i, u);
}
END_TEST

START_TEST(where_broadcasts_three_operands_and_promotes)
{
    mlp_error err;
    mlp_tensor *c = of(MLP_U8, SHAPE(2, 1), (double[]){ 1, 0 }), *a = VECTOR(MLP_I64, 1, 2, 3),
               *b = VECTOR(MLP_F32, 0.5), *y = NULL;
    OK(mlp_tensor_where(&y, c, a, b, &err));
    is(y, MLP_F32, SHAPE(2, 3), (double[]){ 1, 2, 3, 0.5, 0.5, 0.5 });
    mlp_tensor *real = VECTOR(MLP_F32, 0.1, 0, NAN);
    OK(mlp_tensor_where(&y, real, a, b, &err)); /* anything but 0 holds */
    IS_VECTOR(y, MLP_F32, 1, 0.5, 3);
    mlp_tensor *four = laid_out(PLAIN, MLP_F32, SHAPE(4));
    FAILS(mlp_tensor_where(&y, four, a, b, &err), MLP_ESHAPE,
          "where: shapes 3 and 4 do not broadcast (aligned at the last dimension, sizes must be equal or 1)");
    RELEASE(c, a, b, real, four);
}
END_TEST

/* ---- products ---- */

static void naive_matmul(const mlp_tensor *a, const mlp_tensor *b, const mlp_tensor *y)
{
    int64_t m = a->shape[a->ndim - 2], k = a->shape[a->ndim - 1], n = b->shape[b->ndim - 1];
    for (int64_t e = 0; e < mlp_tensor_numel(y); e++) {
        int64_t at[MLP_MAX_DIMS], in_a[MLP_MAX_DIMS] = { 0 }, in_b[MLP_MAX_DIMS] = { 0 };
        unravel(y, e, at);
        for (int i = 0; i < y->ndim - 2; i++) {
            int ia = i - (y->ndim - a->ndim), ib = i - (y->ndim - b->ndim);
            if (ia >= 0) in_a[ia] = a->shape[ia] == 1 ? 0 : at[i];
            if (ib >= 0) in_b[ib] = b->shape[ib] == 1 ? 0 : at[i];
        }
        in_a[a->ndim - 2] = at[y->ndim - 2];
        in_b[b->ndim - 1] = at[y->ndim - 1];
        double sum = 0;
        for (int64_t i = 0; i < k; i++) {
            in_a[a->ndim - 1] = in_b[b->ndim - 2] = i;
            sum += mlp_tensor_at(a, in_a) * mlp_tensor_at(b, in_b);
        }
        ck_assert_msg(close_to(mlp_tensor_at(y, at), sum, y->dtype == MLP_F32 ? 1e-6 * (double)(50 + 2 * k) : 1e-11),
                      "%lldx%lldx%lld: element %lld is %g, expected %g", (long long)m, (long long)k, (long long)n,
                      (long long)e, mlp_tensor_at(y, at), sum);
    }
}

START_TEST(matmul_agrees_with_naive_loops_for_every_layout_and_batch)
{
    static const struct {
        int na, nb;
        int64_t a[4], b[4];
    } cases[] = {
        { 2, 2, { 3, 4 }, { 4, 5 } },
        { 2, 2, { 1, 7 }, { 7, 1 } },
        { 2, 2, { 7, 1 }, { 1, 6 } },
        { 2, 2, { 1, 1 }, { 1, 1 } },
        { 2, 2, { 3, 0 }, { 0, 2 } },
        { 2, 2, { 0, 3 }, { 3, 2 } },
        { 2, 2, { 5, 1 }, { 1, 1 } },
        { 2, 2, { 1, 1 }, { 1, 5 } },
        { 3, 3, { 2, 3, 4 }, { 2, 4, 2 } },
        { 3, 2, { 2, 3, 4 }, { 4, 2 } },
        { 2, 3, { 3, 4 }, { 5, 4, 2 } },
        { 4, 3, { 2, 1, 3, 4 }, { 3, 4, 2 } },
        { 4, 4, { 2, 1, 2, 3 }, { 1, 3, 3, 2 } },
        { 3, 3, { 0, 3, 4 }, { 0, 4, 2 } },
        { 3, 3, { 2, 3, 0 }, { 2, 0, 4 } },
        { 2, 2, { 70, 300 }, { 300, 65 } },
    };
    mlp_error err;
    for (int type = MLP_F32; type <= MLP_F64; type++)
        for (int c = 0; c < COUNT(cases); c++)
            for (int how = 0; how < LAYOUTS * LAYOUTS; how++) {
                mlp_tensor *a = filled((layout)(how % LAYOUTS), (mlp_dtype)type, cases[c].na, cases[c].a, -9, 9, 1),
                           *y = NULL;
                mlp_tensor *b = filled((layout)(how / LAYOUTS), (mlp_dtype)type, cases[c].nb, cases[c].b, -9, 9, 2);
                OK(mlp_tensor_matmul(&y, a, b, &err));
                naive_matmul(a, b, y);
                RELEASE(a, b, y);
            }
}
END_TEST

START_TEST(matmul_reads_matrices_that_are_transposed_narrowed_and_expanded)
{
    mlp_error err;
    mlp_tensor *base = filled(PLAIN, MLP_F64, SHAPE(6, 8), -9, 9, 1),
               *column = filled(PLAIN, MLP_F64, SHAPE(4, 1), -9, 9, 2);
    mlp_tensor *row = filled(PLAIN, MLP_F64, SHAPE(1, 4), -9, 9, 3), *views[6] = { NULL }, *t = NULL, *y = NULL;
    OK(mlp_tensor_narrow(&t, base, 0, 1, 4, &err));
    OK(mlp_tensor_narrow(&views[0], t, 1, 3, 4, &err));
    OK(mlp_tensor_transpose(&views[1], views[0], 0, 1, &err));
    OK(mlp_tensor_expand(&views[2], column, SHAPE(4, 4), &err));
    OK(mlp_tensor_expand(&views[3], row, SHAPE(4, 4), &err));
    OK(mlp_tensor_transpose(&views[4], views[2], 0, 1, &err));
    views[5] = filled(STRIDED, MLP_F64, SHAPE(4, 4), -9, 9, 4);
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++) {
            OK(mlp_tensor_matmul(&y, views[i], views[j], &err));
            naive_matmul(views[i], views[j], y);
            mlp_tensor_release(y);
        }
    /* slices of one row and of one column of a larger matrix */
    mlp_tensor *one_row = NULL, *one_column = NULL;
    OK(mlp_tensor_narrow(&one_row, base, 0, 2, 1, &err));
    OK(mlp_tensor_narrow(&one_column, base, 1, 5, 1, &err));
    OK(mlp_tensor_matmul(&y, one_column, one_row, &err));
    naive_matmul(one_column, one_row, y);
    mlp_tensor_release(y);
    mlp_tensor *turned_row = NULL, *turned_column = NULL;
    OK(mlp_tensor_transpose(&turned_row, one_row, 0, 1, &err));
    OK(mlp_tensor_transpose(&turned_column, one_column, 0, 1, &err));
    OK(mlp_tensor_matmul(&y, turned_row, turned_column, &err));
    naive_matmul(turned_row, turned_column, y);
    RELEASE(y, t, one_row, one_column, turned_row, turned_column, base, column, row);
    release_all(6, views);
}
END_TEST

START_TEST(matmul_of_vectors_drops_their_dimension)
{
    mlp_error err;
    mlp_tensor *v = VECTOR(MLP_F32, 1, 2, 3), *m = of(MLP_F32, SHAPE(2, 3), (double[]){ 1, 0, 2, 0, 1, 1 }),
               *turned = NULL, *y = NULL;
    mlp_tensor *batch = of(MLP_F32, SHAPE(2, 3, 1), (double[]){ 1, 1, 1, 2, 2, 2 });
    OK(mlp_tensor_matmul(&y, v, v, &err));
    is(y, MLP_F32, 0, NULL, (double[]){ 14 });
    OK(mlp_tensor_matmul(&y, m, v, &err));
    IS_VECTOR(y, MLP_F32, 7, 5);
    OK(mlp_tensor_transpose(&turned, m, 0, 1, &err));
    OK(mlp_tensor_matmul(&y, v, turned, &err));
    IS_VECTOR(y, MLP_F32, 7, 5);
    OK(mlp_tensor_matmul(&y, v, batch, &err));
    is(y, MLP_F32, SHAPE(2, 1), (double[]){ 6, 12 });
    RELEASE(v, m, turned, batch);
}
END_TEST

START_TEST(matmul_says_which_shapes_and_types_do_not_fit)
{
    mlp_error err;
    mlp_tensor *a = laid_out(PLAIN, MLP_F32, SHAPE(2, 3)), *i = laid_out(PLAIN, MLP_I64, SHAPE(3, 2)), *s = NULL,
               *y = NULL;
    mlp_tensor *p = laid_out(PLAIN, MLP_F32, SHAPE(2, 2, 3)), *q = laid_out(PLAIN, MLP_F32, SHAPE(3, 3, 2));
    OK(mlp_tensor_scalar(&s, MLP_F32, 1, &err));
    FAILS(mlp_tensor_matmul(&y, a, a, &err), MLP_ESHAPE,
          "matmul: a is 2x3 but b is 2x3 (columns of a must equal rows of b)");
    FAILS(mlp_tensor_matmul(&y, a, i, &err), MLP_EDTYPE,
          "matmul: a is f32 and b is i64, expected both f32 or both f64 (convert with :to)");
    FAILS(mlp_tensor_matmul(&y, i, i, &err), MLP_EDTYPE,
          "matmul: a is i64 and b is i64, expected both f32 or both f64 (convert with :to)");
    FAILS(mlp_tensor_matmul(&y, s, a, &err), MLP_ESHAPE,
          "matmul: a is scalar but b is 2x3 (both need a dimension; * multiplies by a scalar)");
    FAILS(mlp_tensor_matmul(&y, p, q, &err), MLP_ESHAPE,
          "matmul (leading dimensions): shapes 2 and 3 do not broadcast (aligned at the last dimension, sizes must be "
          "equal or 1)");
    RELEASE(a, i, s, p, q);
}
END_TEST

START_TEST(gemm_scales_and_adds_for_every_transposition)
{
    mlp_error err;
    enum { M = 3, N = 4, K = 5 };
    for (int ta = 0; ta < 2; ta++)
        for (int tb = 0; tb < 2; tb++) {
            double a[M * K], b[K * N], c[M * N], expected[M * N];
            float fa[M * K], fb[K * N], fc[M * N];
            for (int i = 0; i < M * K; i++) fa[i] = (float)(a[i] = i % 7 - 3);
            for (int i = 0; i < K * N; i++) fb[i] = (float)(b[i] = i % 5 - 2);
            for (int i = 0; i < M * N; i++) {
                fc[i] = (float)(c[i] = i);
                double sum = 0;
                for (int k = 0; k < K; k++)
                    sum += a[ta ? k * M + i / N : i / N * K + k] * b[tb ? i % N * K + k : k * N + i % N];
                expected[i] = 2 * sum + 0.5 * i;
            }
            OK(mlp_gemm_f64(ta, tb, M, N, K, 2, a, ta ? M : K, b, tb ? K : N, 0.5, c, N, &err));
            OK(mlp_gemm_f32(ta, tb, M, N, K, 2, fa, ta ? M : K, fb, tb ? K : N, 0.5f, fc, N, &err));
            for (int i = 0; i < M * N; i++) ck_assert(c[i] == expected[i] && (double)fc[i] == expected[i]);
        }
}
END_TEST

/* ---- the same bits for any number of threads ---- */

typedef mlp_tensor *(*maker)(mlp_dtype dtype);

static void same_for_threads(const char *what, maker make, mlp_dtype dtype)
{
    mlp_error err;
    OK(mlp_threads_set(1, &err));
    mlp_tensor *expected = make(dtype);
    for (int threads = 2; threads <= 4; threads++) {
        OK(mlp_threads_set(threads, &err));
        mlp_tensor *got = make(dtype);
        same_bits(what, got, expected);
        mlp_tensor_release(got);
    }
    OK(mlp_threads_set(1, &err));
    mlp_tensor_release(expected);
}

static mlp_tensor *drawn(mlp_dtype dtype, int ndim, const int64_t *shape, uint64_t seed)
{
    mlp_error err;
    mlp_tensor *t = NULL;
    mlp_rng rng = mlp_rng_stream(seed, MLP_FOR_USER, 0, 0, 0);
    OK(mlp_tensor_new(&t, dtype, ndim, shape, &err));
    OK(mlp_tensor_normal_(t, 0, 1, &rng, &err));
    return t;
}

static mlp_tensor *product_of(mlp_dtype dtype, int64_t m, int64_t k, int64_t n)
{
    mlp_error err;
    mlp_tensor *a = drawn(dtype, SHAPE(m, k), 1), *b = drawn(dtype, SHAPE(k, n), 2), *y = NULL;
    OK(mlp_tensor_matmul(&y, a, b, &err));
    RELEASE(a, b);
    return y;
}

static mlp_tensor *large_product(mlp_dtype dtype)
{
    return product_of(dtype, 300, 257, 700);
}

static mlp_tensor *flat_product(mlp_dtype dtype)
{
    return product_of(dtype, 32, 1500, 513);
}

static mlp_tensor *turned_product(mlp_dtype dtype)
{
    mlp_error err;
    mlp_tensor *a = drawn(dtype, SHAPE(64, 600), 1), *b = drawn(dtype, SHAPE(64, 700), 2), *turned = NULL, *y = NULL;
    OK(mlp_tensor_transpose(&turned, a, 0, 1, &err));
    OK(mlp_tensor_matmul(&y, turned, b, &err));
    RELEASE(a, b, turned);
    return y;
}

static mlp_tensor *element_wise(mlp_dtype dtype)
{
    mlp_error err;
    mlp_tensor *a = drawn(dtype, SHAPE(500, 300), 1), *b = drawn(dtype, SHAPE(300), 2), *y = NULL, *z = NULL;
    OK(mlp_tensor_binary(&y, MLP_MUL, a, b, &err));
    OK(mlp_tensor_unary(&z, MLP_TANH, y, &err));
    OK(mlp_tensor_axpy_(z, 0.1, a, &err));
    RELEASE(a, b, y);
    return z;
}

static mlp_tensor *sums(mlp_dtype dtype)
{
    mlp_error err;
    mlp_tensor *a = drawn(dtype, SHAPE(400, 500), 1), *list[3] = { NULL }, *y = NULL, *flat[3] = { NULL };
    OK(mlp_tensor_reduce(&list[0], MLP_SUM, a, 0, NULL, false, &err));
    OK(mlp_tensor_reduce(&list[1], MLP_SUM, a, 1, (int[]){ 0 }, false, &err));
    OK(mlp_tensor_reduce(&list[2], MLP_SUM, a, 1, (int[]){ 1 }, false, &err));
    for (int i = 0; i < 3; i++) OK(mlp_tensor_reshape(&flat[i], list[i], SHAPE(-1), &err));
    OK(mlp_tensor_cat(&y, flat, 3, 0, &err));
    release_all(3, list);
    release_all(3, flat);
    mlp_tensor_release(a);
    return y;
}

static mlp_tensor *normals(mlp_dtype dtype)
{
    return drawn(dtype, SHAPE(100003), 7);
}

static mlp_tensor *uniforms(mlp_dtype dtype)
{
    mlp_error err;
    mlp_tensor *t = NULL;
    mlp_rng rng = mlp_rng_stream(8, MLP_FOR_USER, 0, 0, 0);
    OK(mlp_tensor_new(&t, dtype, SHAPE(100001), &err));
    OK(mlp_tensor_uniform_(t, -1, 1, &rng, &err));
    return t;
}

static mlp_tensor *integers(mlp_dtype dtype)
{
    mlp_error err;
    mlp_tensor *t = NULL;
    mlp_rng rng = mlp_rng_stream(9, MLP_FOR_USER, 0, 0, 0);
    OK(mlp_tensor_new(&t, dtype, SHAPE(100001), &err));
    OK(mlp_tensor_randint_(t, 3, 200, &rng, &err));
    return t;
}

static mlp_tensor *coins(mlp_dtype dtype)
{
    mlp_error err;
    mlp_tensor *t = NULL;
    mlp_rng rng = mlp_rng_stream(10, MLP_FOR_USER, 0, 0, 0);
    OK(mlp_tensor_new(&t, dtype, SHAPE(100001), &err));
    OK(mlp_tensor_bernoulli_(t, 0.3, &rng, &err));
    return t;
}

START_TEST(results_have_the_same_bits_for_one_to_four_threads)
{
    for (int type = MLP_F32; type <= MLP_F64; type++) {
        same_for_threads("large product", large_product, (mlp_dtype)type);
        same_for_threads("flat product", flat_product, (mlp_dtype)type);
        same_for_threads("transposed product", turned_product, (mlp_dtype)type);
        same_for_threads("element-wise", element_wise, (mlp_dtype)type);
        same_for_threads("sums", sums, (mlp_dtype)type);
        same_for_threads("normal_", normals, (mlp_dtype)type);
        same_for_threads("uniform_", uniforms, (mlp_dtype)type);
    }
    for (int type = MLP_U8; type <= MLP_F64; type++) {
        same_for_threads("randint_", integers, (mlp_dtype)type);
        same_for_threads("bernoulli_", coins, (mlp_dtype)type);
    }
}
END_TEST

/* ---- random numbers ---- */

static double moment(const mlp_tensor *t, double about, int power)
{
    double sum = 0;
    int64_t n = mlp_tensor_numel(t);
    for (int64_t i = 0; i < n; i++) sum += pow(mlp_tensor_at(t, &i) - about, power);
    return sum / (double)n;
}

START_TEST(random_fills_have_the_moments_of_their_distributions)
{
    mlp_error err;
    for (int type = MLP_F32; type <= MLP_F64; type++) { /* bounds: about five standard errors of 100,000 draws */
        mlp_tensor *t = normals((mlp_dtype)type);
        ck_assert(close_to(moment(t, 0, 1), 0, 0.016));
        ck_assert(close_to(moment(t, 0, 2), 1, 0.023));
        ck_assert(close_to(moment(t, 0, 3), 0, 0.062));
        ck_assert(close_to(moment(t, 0, 4), 3, 0.16));
        mlp_tensor_release(t);
        t = uniforms((mlp_dtype)type);
        ck_assert(close_to(moment(t, 0, 1), 0, 0.0092));
        ck_assert(close_to(moment(t, 0, 2), 1.0 / 3, 0.0048));
        for (int64_t i = 0; i < mlp_tensor_numel(t); i++) ck_assert(nth(t, i) >= -1 && nth(t, i) < 1);
        mlp_rng rng = mlp_rng_stream(3, MLP_FOR_USER, 0, 0, 0);
        OK(mlp_tensor_normal_(t, 5, 0.5, &rng, &err));
        ck_assert(close_to(moment(t, 0, 1), 5, 0.008));
        ck_assert(close_to(moment(t, 5, 2), 0.25, 0.006));
        mlp_tensor_release(t);
        t = coins((mlp_dtype)type);
        ck_assert(close_to(moment(t, 0, 1), 0.3, 0.0073));
        mlp_tensor_release(t);
    }
    mlp_tensor *t = integers(MLP_I64);
    int64_t count[200] = { 0 };
    for (int64_t i = 0; i < mlp_tensor_numel(t); i++) count[(int)nth(t, i)]++;
    for (int i = 0; i < 200; i++) ck_assert(i < 3 ? count[i] == 0 : count[i] > 390 && count[i] < 630);
    mlp_tensor_release(t);
}
END_TEST

START_TEST(random_integers_reach_both_ends_of_the_widest_range)
{
    mlp_error err;
    mlp_rng rng = mlp_rng_stream(4, MLP_FOR_USER, 0, 0, 0);
    mlp_tensor *t = NULL;
    OK(mlp_tensor_new(&t, MLP_I64, SHAPE(1000), &err));
    int64_t low = ((int64_t)1 << 53) + 1, *v = mlp_tensor_data(t);
    OK(mlp_tensor_randint_(t, low, low + 2, &rng, &err)); /* beyond what a double can tell apart */
    int64_t ones = 0;
    for (int i = 0; i < 1000; i++) {
        ck_assert(v[i] == low || v[i] == low + 1);
        ones += v[i] - low;
    }
    ck_assert(ones > 400 && ones < 600);
    OK(mlp_tensor_randint_(t, INT64_MIN, INT64_MAX, &rng, &err));
    int64_t negative = 0;
    for (int i = 0; i < 1000; i++) negative += v[i] < 0;
    ck_assert(negative > 400 && negative < 600);
    mlp_tensor_release(t);
}
END_TEST

START_TEST(random_fills_of_views_write_the_view_only_and_advance_the_stream)
{
    mlp_error err;
    mlp_rng rng = mlp_rng_stream(5, MLP_FOR_USER, 0, 0, 0), again = rng;
    mlp_tensor *t = NULL, *v = NULL, *plain = laid_out(PLAIN, MLP_F32, SHAPE(3, 2)), *next = NULL;
    OK(mlp_tensor_full(&t, MLP_F32, SHAPE(3, 4), 9, &err));
    OK(mlp_tensor_narrow(&v, t, 1, 1, 2, &err));
    OK(mlp_tensor_uniform_(v, 0, 1, &rng, &err));
    OK(mlp_tensor_uniform_(plain, 0, 1, &again, &err));
    same_values("view", v, plain, 0);
    ck_assert(nth(t, 0) == 9 && nth(t, 3) == 9 && nth(t, 8) == 9 && nth(t, 11) == 9);
    OK(mlp_tensor_clone(&next, plain, &err));
    OK(mlp_tensor_uniform_(next, 0, 1, &again, &err));
    for (int64_t i = 0; i < 6; i++) ck_assert(nth(next, i) != nth(plain, i));
    RELEASE(t, v, plain, next);
}
END_TEST

START_TEST(permutations_hold_every_number_once)
{
    mlp_error err;
    mlp_rng rng = mlp_rng_stream(6, MLP_FOR_USER, 0, 0, 0);
    mlp_tensor *t = NULL;
    OK(mlp_tensor_randperm(&t, 1000, &rng, &err));
    bool seen[1000] = { false };
    int fixed = 0;
    for (int64_t i = 0; i < 1000; i++) {
        int v = (int)nth(t, i);
        ck_assert(v >= 0 && v < 1000 && !seen[v]);
        seen[v] = true;
        fixed += v == i;
    }
    ck_assert_int_lt(fixed, 10);
    mlp_tensor_release(t);
    OK(mlp_tensor_randperm(&t, 0, &rng, &err));
    ck_assert_int_eq(mlp_tensor_numel(t), 0);
    mlp_tensor_release(t);
}
END_TEST

START_TEST(random_fills_refuse_impossible_parameters)
{
    mlp_error err;
    mlp_rng rng = mlp_rng_stream(7, MLP_FOR_USER, 0, 0, 0);
    mlp_tensor *t = laid_out(PLAIN, MLP_F32, SHAPE(2)), *i = laid_out(PLAIN, MLP_I64, SHAPE(2)), *y = NULL;
    FAILS(mlp_tensor_uniform_(t, 2, 1, &rng, &err), MLP_EINVAL,
          "uniform_: from 2 to 1 is empty: low must not be above high");
    FAILS(mlp_tensor_uniform_(t, NAN, 1, &rng, &err), MLP_EINVAL,
          "uniform_: from nan to 1 is empty: low must not be above high");
    FAILS(mlp_tensor_normal_(t, 0, -1, &rng, &err), MLP_EINVAL, "normal_: std is -1, expected 0 or more");
    FAILS(mlp_tensor_uniform_(i, 0, 1, &rng, &err), MLP_EDTYPE,
          "uniform_: the tensor is i64, expected f32 or f64 (randint makes integers)");
    FAILS(mlp_tensor_normal_(i, 0, 1, &rng, &err), MLP_EDTYPE,
          "normal_: the tensor is i64, expected f32 or f64 (randint makes integers)");
    FAILS(mlp_tensor_randint_(i, 3, 3, &rng, &err), MLP_EINVAL,
          "randint: from 3 to 3 (not included) there is no integer");
    FAILS(mlp_tensor_bernoulli_(t, 1.5, &rng, &err), MLP_EINVAL, "bernoulli_: p is 1.5, expected 0 to 1");
    FAILS(mlp_tensor_randperm(&y, -1, &rng, &err), MLP_EINVAL, "randperm: n is -1, expected 0 or more");
    RELEASE(t, i);
}
END_TEST
int main(void)
{
    const TTest *const tests[] = {
        broadcasting_agrees_with_naive_loops_for_every_layout,
        shapes_that_do_not_broadcast_are_named,
        two_tensors_work_in_the_wider_type_and_comparisons_give_u8,
        a_plain_number_never_widens_within_its_kind,
        integers_wrap_around_and_powers_of_negative_exponent_round_to_zero,
        in_place_keeps_the_type_and_refuses_what_it_cannot_hold,
        axpy_works_for_every_layout_and_broadcasts,
        nan_wins_in_minimum_and_maximum_and_compares_as_unequal,
        every_binary_function_agrees_with_its_definition_in_every_type,
        every_unary_function_agrees_with_its_definition_in_every_type,
        unary_functions_keep_nan_and_know_infinity,
        clamp_bounds_values_and_keeps_nan,
        where_broadcasts_three_operands_and_promotes,
        matmul_agrees_with_naive_loops_for_every_layout_and_batch,
        matmul_reads_matrices_that_are_transposed_narrowed_and_expanded,
        matmul_of_vectors_drops_their_dimension,
        matmul_says_which_shapes_and_types_do_not_fit,
        gemm_scales_and_adds_for_every_transposition,
        results_have_the_same_bits_for_one_to_four_threads,
        random_fills_have_the_moments_of_their_distributions,
        random_integers_reach_both_ends_of_the_widest_range,
        random_fills_of_views_write_the_view_only_and_advance_the_stream,
        permutations_hold_every_number_once,
        random_fills_refuse_impossible_parameters,
    };
    return run_suite("tensor_math", tests, COUNT(tests));
}
