/* test_tensor_math.c - element-wise functions, types, broadcasting: against naive loops. */
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

START_TEST(two_tensors_work_in_the_wider_type_and_comparisons_give_bool)
{
    mlp_error err;
    for (int ta = MLP_U8; ta <= MLP_F64; ta++)
        for (int tb = MLP_U8; tb <= MLP_F64; tb++) {
            mlp_tensor *a = VECTOR((mlp_dtype)ta, 4, 5), *b = VECTOR((mlp_dtype)tb, 2, 5), *y = NULL;
            mlp_dtype wide = (mlp_dtype)(ta > tb ? ta : tb);
            if ((ta == MLP_F16 && tb == MLP_BF16) || (ta == MLP_BF16 && tb == MLP_F16)) wide = MLP_F32;
            OK(mlp_tensor_binary(&y, MLP_ADD, a, b, &err));
            IS_VECTOR(y, wide, 6, 10);
            OK(mlp_tensor_binary(&y, MLP_POW, a, b, &err));
            is(y, wide, SHAPE(2), (double[]){ 16, wide == MLP_U8 ? 3125 % 256 : 3125 });
            OK(mlp_tensor_binary(&y, MLP_DIV, a, b, &err));
            IS_VECTOR(y, mlp_dtype_is_float(wide) ? wide : MLP_F32, 2, 1);
            OK(mlp_tensor_binary(&y, MLP_GT, a, b, &err));
            IS_VECTOR(y, MLP_BOOL, 1, 0);
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
        { MLP_U8, -1, true, MLP_I64 },      { MLP_I32, 5, true, MLP_I32 },
        { MLP_I32, 0x1p31, true, MLP_I64 }, { MLP_I32, 0.5, false, MLP_F32 },
        { MLP_F16, 0.5, false, MLP_F16 },   { MLP_F16, 3, true, MLP_F16 },
        { MLP_BF16, 0.5, false, MLP_BF16 },
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
    IS_VECTOR(y, MLP_BOOL, 0, 1);
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
        IS_VECTOR(y, MLP_BOOL, 0, 1, 0, 1, 1);
        OK(mlp_tensor_binary(&y, MLP_NE, a, a, &err));
        IS_VECTOR(y, MLP_BOOL, 1, 0, 1, 0, 0);
        OK(mlp_tensor_binary(&y, MLP_LE, a, b, &err));
        IS_VECTOR(y, MLP_BOOL, 0, 0, 0, 0, 1);
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
                    expected = kept(y->dtype, expected);
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
    case MLP_LOG2: return log2(x);
    case MLP_LOG10: return log10(x);
    case MLP_RSQRT: return 1 / sqrt(x);
    case MLP_TAN: return tan(x);
    case MLP_ASIN: return asin(x);
    case MLP_ACOS: return acos(x);
    case MLP_ATAN: return atan(x);
    case MLP_SINH: return sinh(x);
    case MLP_COSH: return cosh(x);
    case MLP_TANH: return tanh(x);
    case MLP_SIGMOID: return 1 / (1 + exp(-x));
    case MLP_RELU: return x > 0 ? x : 0;
    case MLP_ERF: return erf(x);
    case MLP_FLOOR: return floor(x);
    case MLP_CEIL: return ceil(x);
    case MLP_ROUND: return nearbyint(x);
    case MLP_NOT: return x == 0;
    case MLP_ISNAN: return isnan(x);
    case MLP_ISINF: return isinf(x);
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
                mlp_dtype expected_type = op >= MLP_NOT              ? MLP_BOOL
                                          : type >= MLP_F16 || keeps ? (mlp_dtype)type
                                                                     : MLP_F32;
                ck_assert_int_eq((int)y->dtype, (int)expected_type);
                for (int64_t n = 0; n < 35; n++) {
                    double expected = kept(y->dtype, unary_of(op, nth(x, n)));
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
    IS_VECTOR(y, MLP_BOOL, 1, 0, 0, 0);
    OK(mlp_tensor_unary(&y, MLP_ISFINITE, x, &err));
    IS_VECTOR(y, MLP_BOOL, 0, 0, 0, 1);
    OK(mlp_tensor_unary(&y, MLP_NOT, x, &err));
    IS_VECTOR(y, MLP_BOOL, 0, 0, 0, 1);
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

int main(void)
{
    const TTest *const tests[] = {
        broadcasting_agrees_with_naive_loops_for_every_layout,
        shapes_that_do_not_broadcast_are_named,
        two_tensors_work_in_the_wider_type_and_comparisons_give_bool,
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
    };
    return run_suite("tensor_math", tests, COUNT(tests));
}
