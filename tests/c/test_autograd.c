/* test_autograd.c - the tape, and the gradient of every recorded operation. */
#include "gradcheck.h"

#include <stdio.h>
#include <string.h>

#define SHAPE(...)                                                                                                     \
    (int)(sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)), (int64_t[])                                           \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }

/* ---- element-wise ---- */

static mlp_status unary(mlp_tensor **y, mlp_tensor **x, const void *context, mlp_error *err)
{
    return mlp_op_unary(y, *(const mlp_unary_op *)context, x[0], err);
}

START_TEST(every_unary_function_has_the_gradient_of_its_differences)
{
    static const struct {
        mlp_unary_op op;
        double low, high;
    } cases[] = {
        { MLP_NEG, -2, 2 },      { MLP_ABS, 0.1, 2 },     { MLP_ABS, -2, -0.1 },      { MLP_SIGN, 0.1, 2 },
        { MLP_SQUARE, -2, 2 },   { MLP_SQRT, 0.1, 4 },    { MLP_RECIPROCAL, 0.3, 2 }, { MLP_EXP, -2, 2 },
        { MLP_EXPM1, -2, 2 },    { MLP_LOG, 0.1, 4 },     { MLP_LOG1P, -0.5, 4 },     { MLP_SIN, -3, 3 },
        { MLP_COS, -3, 3 },      { MLP_TANH, -2, 2 },     { MLP_SIGMOID, -4, 4 },     { MLP_RELU, 0.1, 2 },
        { MLP_RELU, -2, -0.1 },  { MLP_ERF, -2, 2 },      { MLP_FLOOR, 0.1, 0.9 },    { MLP_CEIL, 0.1, 0.9 },
        { MLP_ROUND, 0.1, 0.4 }, { MLP_RSQRT, 0.3, 4 },   { MLP_LOG2, 0.1, 4 },       { MLP_LOG10, 0.1, 4 },
        { MLP_TAN, -1, 1 },      { MLP_ASIN, -0.8, 0.8 }, { MLP_ACOS, -0.8, 0.8 },    { MLP_ATAN, -2, 2 },
        { MLP_SINH, -2, 2 },     { MLP_COSH, -2, 2 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (lay how = PLAIN; how <= STRIDED; how++) {
            mlp_tensor *x[1] = { leaf(how, SHAPE(3, 4), cases[i].low, cases[i].high, i) };
            gradcheck(mlp_unary_name(cases[i].op), unary, &cases[i].op, 1, x);
        }
        mlp_tensor *scalar[1] = { leaf(PLAIN, 0, NULL, cases[i].low, cases[i].high, i) };
        gradcheck(mlp_unary_name(cases[i].op), unary, &cases[i].op, 1, scalar);
        mlp_tensor *empty[1] = { leaf(PLAIN, SHAPE(2, 0), 0, 1, i) };
        gradcheck(mlp_unary_name(cases[i].op), unary, &cases[i].op, 1, empty);
    }
}
END_TEST

static mlp_status binary(mlp_tensor **y, mlp_tensor **x, const void *context, mlp_error *err)
{
    return mlp_op_binary(y, *(const mlp_binary_op *)context, x[0], x[1], err);
}

START_TEST(every_binary_function_differentiates_both_sides_through_broadcasting)
{
    static const mlp_binary_op ops[] = { MLP_ADD, MLP_SUB, MLP_MUL, MLP_DIV, MLP_POW, MLP_MINIMUM, MLP_MAXIMUM };
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        const char *name = mlp_binary_name(ops[i]);
        for (lay how = PLAIN; how <= STRIDED; how++) {
            mlp_tensor *same[2] = { leaf(how, SHAPE(3, 4), 0.3, 2, 1), leaf(PLAIN, SHAPE(3, 4), 0.3, 2, 2) };
            gradcheck(name, binary, &ops[i], 2, same);
            mlp_tensor *both[2] = { leaf(how, SHAPE(3, 1), 0.3, 2, 3), leaf(how, SHAPE(2, 1, 4), 0.3, 2, 4) };
            gradcheck(name, binary, &ops[i], 2, both);
        }
        mlp_tensor *scalar[2] = { leaf(PLAIN, 0, NULL, 0.3, 2, 5), leaf(PLAIN, SHAPE(5), 0.3, 2, 6) };
        gradcheck(name, binary, &ops[i], 2, scalar);
        mlp_tensor *one[2] = { leaf(PLAIN, SHAPE(1, 1), 0.3, 2, 7), leaf(PLAIN, SHAPE(2, 3), 0.3, 2, 8) };
        gradcheck(name, binary, &ops[i], 2, one);
        mlp_tensor *empty[2] = { leaf(PLAIN, SHAPE(0, 3), 0.3, 2, 7), leaf(PLAIN, SHAPE(3), 0.3, 2, 8) };
        gradcheck(name, binary, &ops[i], 2, empty);
    }
}
END_TEST

typedef struct number {
    mlp_binary_op op;
    double value;
    bool reversed;
} number;

static mlp_status with_number(mlp_tensor **y, mlp_tensor **x, const void *context, mlp_error *err)
{
    const number *n = context;
    return mlp_op_binary_number(y, n->op, x[0], n->value, false, n->reversed, err);
}

START_TEST(a_plain_number_on_either_side_is_a_constant)
{
    static const mlp_binary_op ops[] = { MLP_ADD, MLP_SUB, MLP_MUL, MLP_DIV, MLP_POW, MLP_MINIMUM, MLP_MAXIMUM };
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        for (int reversed = 0; reversed < 2; reversed++) {
            number n = { ops[i], 1.3, reversed };
            mlp_tensor *x[1] = { leaf(TURNED, SHAPE(3, 4), 0.3, 2, i) };
            gradcheck(mlp_binary_name(ops[i]), with_number, &n, 1, x);
        }
    number zero = { MLP_POW, 0, false };
    mlp_tensor *x[1] = { leaf(PLAIN, SHAPE(3), -1, 1, 1) };
    gradcheck("pow", with_number, &zero, 1, x);
}
END_TEST

static mlp_status mixed(mlp_tensor **y, mlp_tensor **x, const void *context, mlp_error *err)
{
    (void)context;
    mlp_tensor *narrow = NULL;
    mlp_status st = mlp_op_cast(&narrow, x[0], MLP_F32, err);
    if (!st) st = mlp_op_binary(y, MLP_ADD, narrow, x[1], err);
    mlp_tensor_release(narrow);
    return st;
}

START_TEST(a_wider_operand_gets_its_gradient_in_its_own_type)
{
    mlp_error err;
    mlp_tensor *x[2] = { leaf(PLAIN, SHAPE(3), 0, 1, 1), leaf(PLAIN, SHAPE(2, 3), 0, 1, 2) }, *y = NULL, *sum = NULL;
    OK(mixed(&y, x, NULL, &err));
    ck_assert_int_eq(y->dtype, MLP_F64);
    OK(mlp_op_reduce(&sum, MLP_SUM, y, 0, NULL, false, &err));
    OK(mlp_backward(sum, NULL, false, &err));
    ck_assert_int_eq(mlp_grad(x[0])->dtype, MLP_F64);
    ck_assert_double_eq(((double *)mlp_tensor_data(mlp_grad(x[0])))[1], 2);
    mlp_tensor_release(sum);
    mlp_tensor_release(y);
    mlp_tensor_release(x[0]);
    mlp_tensor_release(x[1]);
}
END_TEST

static mlp_status clamp(mlp_tensor **y, mlp_tensor **x, const void *context, mlp_error *err)
{
    (void)context;
    return mlp_op_clamp(y, x[0], -0.5, 0.5, err);
}

static mlp_status where(mlp_tensor **y, mlp_tensor **x, const void *context, mlp_error *err)
{
    (void)context;
    mlp_tensor *condition = NULL;
    mlp_status st = mlp_tensor_binary_number(&condition, MLP_GT, x[2], 0, true, false, err);
    if (!st) st = mlp_op_where(y, condition, x[0], x[1], err);
    mlp_tensor_release(condition);
    return st;
}

START_TEST(clamp_and_where_pass_the_gradient_of_what_they_took)
{
    mlp_error err;
    mlp_tensor *x[1] = { leaf(STRIDED, SHAPE(4, 5), -1, 1, 4) };
    gradcheck("clamp", clamp, NULL, 1, x);
    mlp_tensor *w[3] = { leaf(TURNED, SHAPE(3, 4), -1, 1, 1), leaf(PLAIN, SHAPE(4), -1, 1, 2),
                         leaf(PLAIN, SHAPE(3, 4), -1, 1, 3) };
    OK(mlp_requires_grad_(w[2], false, &err));
    gradcheck("where", where, NULL, 3, w);
}
END_TEST

/* ---- reductions ---- */

typedef struct reduction {
    mlp_reduce_op op;
    int ndims;
    int dims[3];
    bool keepdim;
} reduction;

static mlp_status reduce(mlp_tensor **y, mlp_tensor **x, const void *context, mlp_error *err)
{
    const reduction *r = context;
    return mlp_op_reduce(y, r->op, x[0], r->ndims, r->dims, r->keepdim, err);
}

START_TEST(every_reduction_differentiates_over_any_dimensions)
{
    static const mlp_reduce_op ops[] = { MLP_SUM, MLP_MEAN, MLP_PROD, MLP_MIN, MLP_MAX, MLP_AMIN, MLP_AMAX };
    static const reduction over[] = { { 0, 0, { 0 }, false },    { 0, 0, { 0 }, true },       { 0, 1, { 0 }, false },
                                      { 0, 1, { 1 }, true },     { 0, 1, { -1 }, false },     { 0, 2, { 0, 2 }, false },
                                      { 0, 2, { -1, 0 }, true }, { 0, 3, { 0, 1, 2 }, false } };
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        for (size_t j = 0; j < sizeof over / sizeof *over; j++)
            for (lay how = PLAIN; how <= STRIDED; how++) {
                reduction r = over[j];
                r.op = ops[i];
                mlp_tensor *x[1] = { leaf(how, SHAPE(2, 3, 4), 0.5, 2, i + j) };
                gradcheck(mlp_reduce_name(ops[i]), reduce, &r, 1, x);
            }
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        reduction all = { ops[i], 0, { 0 }, false };
        mlp_tensor *scalar[1] = { leaf(PLAIN, 0, NULL, 0.5, 2, i) };
        gradcheck(mlp_reduce_name(ops[i]), reduce, &all, 1, scalar);
    }
    reduction sum = { MLP_SUM, 1, { 0 }, false };
    mlp_tensor *empty[1] = { leaf(PLAIN, SHAPE(0, 3), 0, 1, 1) };
    gradcheck("sum of nothing", reduce, &sum, 1, empty);
}
END_TEST

static void gradient_of_reduction(const reduction *r, int n, const double *values, const double *expected)
{
    mlp_error err;
    int64_t size = n;
    mlp_tensor *x = leaf(PLAIN, 1, &size, 0, 1, 1), *y = NULL;
    memcpy(mlp_tensor_data(x), values, (size_t)n * sizeof *values);
    OK(mlp_op_reduce(&y, r->op, x, r->ndims, r->dims, r->keepdim, &err));
    OK(mlp_backward(y, NULL, false, &err));
    for (int i = 0; i < n; i++) ck_assert_double_eq(((double *)mlp_tensor_data(mlp_grad(x)))[i], expected[i]);
    mlp_tensor_release(y);
    mlp_tensor_release(x);
}

START_TEST(equal_extrema_share_the_gradient_of_all_and_the_first_takes_that_of_a_dimension)
{
    gradient_of_reduction(&(reduction){ MLP_MAX, 0, { 0 }, false }, 4, (double[]){ 3, 1, 3, 2 },
                          (double[]){ 0.5, 0, 0.5, 0 });
    gradient_of_reduction(&(reduction){ MLP_MIN, 0, { 0 }, false }, 4, (double[]){ 1, 1, 3, 1 },
                          (double[]){ 1.0 / 3, 1.0 / 3, 0, 1.0 / 3 });
    gradient_of_reduction(&(reduction){ MLP_MAX, 1, { 0 }, false }, 4, (double[]){ 1, 3, 3, 2 },
                          (double[]){ 0, 1, 0, 0 });
    gradient_of_reduction(&(reduction){ MLP_PROD, 0, { 0 }, false }, 3, (double[]){ 2, 0, 3 }, (double[]){ 0, 6, 0 });
    gradient_of_reduction(&(reduction){ MLP_PROD, 0, { 0 }, false }, 3, (double[]){ 0, 0, 3 }, (double[]){ 0, 0, 0 });
    gradient_of_reduction(&(reduction){ MLP_MAX, 0, { 0 }, false }, 3, (double[]){ 1, NAN, 3 }, (double[]){ 0, 1, 0 });
}
END_TEST

static mlp_status cumsum(mlp_tensor **y, mlp_tensor **x, const void *context, mlp_error *err)
{
    return mlp_op_cumsum(y, x[0], *(const int *)context, err);
}

START_TEST(running_sums_differentiate)
{
    for (int dim = -3; dim < 3; dim++)
        for (lay how = PLAIN; how <= STRIDED; how++) {
            mlp_tensor *x[1] = { leaf(how, SHAPE(2, 3, 4), -1, 1, 1) };
            gradcheck("cumsum", cumsum, &dim, 1, x);
        }
}
END_TEST

/* ---- products ---- */

static mlp_status matmul(mlp_tensor **y, mlp_tensor **x, const void *context, mlp_error *err)
{
    (void)context;
    return mlp_op_matmul(y, x[0], x[1], err);
}

START_TEST(products_of_vectors_matrices_and_batches_differentiate)
{
    static const struct {
        int na;
        int64_t a[4];
        int nb;
        int64_t b[4];
    } cases[] = {
        { 1, { 4 }, 1, { 4 } },
        { 2, { 3, 4 }, 1, { 4 } },
        { 1, { 4 }, 2, { 4, 2 } },
        { 2, { 3, 4 }, 2, { 4, 2 } },
        { 3, { 2, 3, 4 }, 2, { 4, 2 } },
        { 2, { 3, 4 }, 3, { 2, 4, 2 } },
        { 3, { 2, 3, 4 }, 3, { 2, 4, 2 } },
        { 4, { 2, 1, 3, 4 }, 3, { 3, 4, 2 } },
        { 3, { 2, 3, 4 }, 1, { 4 } },
        { 1, { 4 }, 3, { 2, 4, 3 } },
        { 2, { 1, 1 }, 2, { 1, 1 } },
        { 2, { 0, 4 }, 2, { 4, 2 } },
        { 2, { 3, 0 }, 2, { 0, 2 } },
        { 3, { 1, 3, 4 }, 3, { 2, 4, 2 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (lay how = PLAIN; how <= STRIDED; how++) {
            char what[64];
            snprintf(what, sizeof what, "matmul case %d layout %d", (int)i, (int)how);
            mlp_tensor *x[2] = { leaf(how, cases[i].na, cases[i].a, -1, 1, 1),
                                 leaf(how, cases[i].nb, cases[i].b, -1, 1, 2) };
            gradcheck(what, matmul, NULL, 2, x);
        }
}
END_TEST

/* ---- views, joining, picking ---- */

typedef mlp_status (*view_fn)(mlp_tensor **y, mlp_tensor *x, mlp_error *err);

static mlp_status view(mlp_tensor **y, mlp_tensor **x, const void *context, mlp_error *err)
{
    return (*(const view_fn *)context)(y, x[0], err);
}

static mlp_status permute(mlp_tensor **y, mlp_tensor *x, mlp_error *err)
{
    return mlp_op_permute(y, x, (int[]){ 2, 0, -2 }, err);
}
static mlp_status transpose(mlp_tensor **y, mlp_tensor *x, mlp_error *err)
{
    return mlp_op_transpose(y, x, -1, 0, err);
}
static mlp_status narrow(mlp_tensor **y, mlp_tensor *x, mlp_error *err)
{
    return mlp_op_narrow(y, x, -1, 1, 2, err);
}
static mlp_status narrow_nothing(mlp_tensor **y, mlp_tensor *x, mlp_error *err)
{
    return mlp_op_narrow(y, x, 1, 1, 0, err);
}
static mlp_status select_one(mlp_tensor **y, mlp_tensor *x, mlp_error *err)
{
    return mlp_op_select(y, x, 1, 2, err);
}
static mlp_status expand(mlp_tensor **y, mlp_tensor *x, mlp_error *err)
{
    mlp_tensor *one = NULL;
    mlp_status st = mlp_op_narrow(&one, x, 0, 0, 1, err);
    if (!st) st = mlp_op_expand(y, one, 4, (int64_t[]){ 2, 5, 3, 4 }, err);
    mlp_tensor_release(one);
    return st;
}
static mlp_status squeeze(mlp_tensor **y, mlp_tensor *x, mlp_error *err)
{
    mlp_tensor *one = NULL;
    mlp_status st = mlp_op_narrow(&one, x, 1, 1, 1, err);
    if (!st) st = mlp_op_squeeze(y, one, 1, err);
    mlp_tensor_release(one);
    return st;
}
static mlp_status unsqueeze(mlp_tensor **y, mlp_tensor *x, mlp_error *err)
{
    return mlp_op_unsqueeze(y, x, -1, err);
}
static mlp_status reshape(mlp_tensor **y, mlp_tensor *x, mlp_error *err)
{
    return mlp_op_reshape(y, x, 2, (int64_t[]){ 4, -1 }, err);
}
static mlp_status contiguous(mlp_tensor **y, mlp_tensor *x, mlp_error *err)
{
    return mlp_op_contiguous(y, x, err);
}
static mlp_status clone(mlp_tensor **y, mlp_tensor *x, mlp_error *err)
{
    return mlp_op_clone(y, x, err);
}
static mlp_status index_select(mlp_tensor **y, mlp_tensor *x, mlp_error *err)
{
    mlp_tensor *index = NULL;
    mlp_status st = mlp_tensor_new(&index, MLP_I64, 1, (int64_t[]){ 4 }, err);
    if (st) return st;
    memcpy(mlp_tensor_data(index), (int64_t[]){ 2, 0, 2, 1 }, 4 * sizeof(int64_t));
    st = mlp_op_index_select(y, x, 1, index, err);
    mlp_tensor_release(index);
    return st;
}
static mlp_status gather(mlp_tensor **y, mlp_tensor *x, mlp_error *err)
{
    mlp_tensor *index = NULL;
    mlp_status st = mlp_tensor_new(&index, MLP_I64, 3, (int64_t[]){ 2, 2, 4 }, err);
    if (st) return st;
    for (int i = 0; i < 16; i++) ((int64_t *)mlp_tensor_data(index))[i] = i * 7 % 3;
    st = mlp_op_gather(y, x, 1, index, err);
    mlp_tensor_release(index);
    return st;
}

START_TEST(every_view_and_copy_puts_the_gradient_back)
{
    static const struct {
        const char *name;
        view_fn fn;
    } cases[] = { { "permute", permute },   { "transpose", transpose },
                  { "narrow", narrow },     { "narrow to 0", narrow_nothing },
                  { "select", select_one }, { "expand", expand },
                  { "squeeze", squeeze },   { "unsqueeze", unsqueeze },
                  { "reshape", reshape },   { "contiguous", contiguous },
                  { "clone", clone },       { "index_select", index_select },
                  { "gather", gather } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (lay how = PLAIN; how <= STRIDED; how++) {
            mlp_tensor *x[1] = { leaf(how, SHAPE(2, 3, 4), -1, 1, i) };
            gradcheck(cases[i].name, view, &cases[i].fn, 1, x);
        }
}
END_TEST

static mlp_status cat(mlp_tensor **y, mlp_tensor **x, const void *context, mlp_error *err)
{
    return mlp_op_cat(y, x, 3, *(const int *)context, err);
}
static mlp_status stack(mlp_tensor **y, mlp_tensor **x, const void *context, mlp_error *err)
{
    return mlp_op_stack(y, x, 2, *(const int *)context, err);
}

START_TEST(cat_and_stack_hand_each_part_its_gradient)
{
    int first = 0, last = -1;
    mlp_tensor *rows[3] = { leaf(TURNED, SHAPE(2, 3), -1, 1, 1), leaf(PLAIN, SHAPE(1, 3), -1, 1, 2),
                            leaf(PLAIN, SHAPE(0, 3), -1, 1, 3) };
    gradcheck("cat", cat, &first, 3, rows);
    mlp_tensor *columns[3] = { leaf(PLAIN, SHAPE(2, 3), -1, 1, 1), leaf(STRIDED, SHAPE(2, 1), -1, 1, 2),
                               leaf(PLAIN, SHAPE(2, 2), -1, 1, 3) };
    gradcheck("cat", cat, &last, 3, columns);
    for (int dim = -3; dim < 3; dim++) {
        mlp_tensor *two[2] = { leaf(TURNED, SHAPE(2, 3), -1, 1, 1), leaf(PLAIN, SHAPE(2, 3), -1, 1, 2) };
        gradcheck("stack", stack, &dim, 2, two);
    }
}
END_TEST

/* ---- the tape ---- */

static mlp_tensor *sum_of(mlp_tensor *x)
{
    mlp_error err;
    mlp_tensor *y = NULL;
    OK(mlp_op_reduce(&y, MLP_SUM, x, 0, NULL, false, &err));
    return y;
}

START_TEST(gradients_accumulate_until_they_are_cleared)
{
    mlp_error err;
    mlp_tensor *x = leaf(PLAIN, SHAPE(3), -1, 1, 1);
    ck_assert_ptr_null(mlp_grad(x));
    for (int i = 1; i <= 3; i++) {
        mlp_tensor *y = sum_of(x);
        OK(mlp_backward(y, NULL, false, &err));
        ck_assert_double_eq(((double *)mlp_tensor_data(mlp_grad(x)))[2], i);
        mlp_tensor_release(y);
    }
    OK(mlp_grad_set(x, NULL, &err));
    ck_assert_ptr_null(mlp_grad(x));
    mlp_tensor_release(x);
}
END_TEST

START_TEST(a_value_used_twice_gets_both_gradients)
{
    mlp_error err;
    mlp_tensor *x = leaf(PLAIN, SHAPE(1), 3, 3.000001, 1), *a = NULL, *b = NULL, *y = NULL;
    OK(mlp_op_binary(&a, MLP_ADD, x, x, &err)); /* 2x */
    OK(mlp_op_binary(&b, MLP_MUL, a, x, &err)); /* 2x^2 */
    OK(mlp_op_binary(&y, MLP_ADD, b, a, &err)); /* 2x^2 + 2x: 4x + 2 */
    OK(mlp_backward(y, NULL, false, &err));
    ck_assert_double_eq_tol(*(double *)mlp_tensor_data(mlp_grad(x)), 14, 1e-4);
    mlp_tensor_release(y);
    mlp_tensor_release(b);
    mlp_tensor_release(a);
    mlp_tensor_release(x);
}
END_TEST

START_TEST(a_gradient_that_backward_made_fresh_is_moved_into_the_leaf)
{
    mlp_error err;
    mlp_tensor *x = leaf(PLAIN, SHAPE(1 << 16), -1, 1, 1), *y = NULL, *dy = NULL;
    OK(mlp_op_unary(&y, MLP_SQUARE, x, &err));
    OK(mlp_tensor_full(&dy, MLP_F64, 1, y->shape, 1, &err));
    size_t before = mlp_block_bytes_in_use();
    OK(mlp_backward(y, dy, false, &err));
    ck_assert_uint_lt(mlp_block_bytes_in_use() - before, (size_t)(1 << 16) * 8 + 4096);
    ck_assert(mlp_tensor_data(mlp_grad(x)) != mlp_tensor_data(dy));
    mlp_tensor_release(dy);
    mlp_tensor_release(y);
    mlp_tensor_release(x);
}
END_TEST

START_TEST(a_gradient_is_never_shared_with_the_callers_or_with_another_leaf)
{
    mlp_error err;
    mlp_tensor *a = leaf(PLAIN, SHAPE(2), -1, 1, 1), *b = leaf(PLAIN, SHAPE(2), -1, 1, 2), *y = NULL, *dy = NULL;
    OK(mlp_op_binary(&y, MLP_ADD, a, b, &err));
    OK(mlp_tensor_full(&dy, MLP_F64, 1, y->shape, 1, &err));
    OK(mlp_backward(y, dy, false, &err));
    OK(mlp_tensor_fill_(dy, 7, &err));
    OK(mlp_tensor_fill_(mlp_grad(a), 5, &err));
    ck_assert_double_eq(*(double *)mlp_tensor_data(mlp_grad(a)), 5);
    ck_assert_double_eq(*(double *)mlp_tensor_data(mlp_grad(b)), 1);
    mlp_tensor_release(dy);
    mlp_tensor_release(y);
    mlp_tensor_release(a);
    mlp_tensor_release(b);
}
END_TEST

START_TEST(a_long_chain_goes_backward_and_is_released_without_recursion)
{
    enum { LENGTH = 100000 };
    mlp_error err;
    for (int go_backward = 0; go_backward < 2; go_backward++) {
        mlp_tensor *x = leaf(PLAIN, SHAPE(1), 0, 1, 1), *y = mlp_tensor_retain(x);
        for (int i = 0; i < LENGTH; i++) {
            mlp_tensor *next = NULL;
            OK(mlp_op_binary_number(&next, MLP_ADD, y, 1, true, false, &err));
            mlp_tensor_release(y);
            y = next;
        }
        if (go_backward) {
            OK(mlp_backward(y, NULL, false, &err));
            ck_assert_double_eq(*(double *)mlp_tensor_data(mlp_grad(x)), 1);
        }
        mlp_tensor_release(y);
        mlp_tensor_release(x);
    }
}
END_TEST

START_TEST(what_backward_passed_is_freed_as_it_goes)
{
    mlp_error err;
    enum { SIZE = 1 << 16, STEPS = 20 };
    mlp_tensor *x = leaf(PLAIN, SHAPE(SIZE), 0.5, 1, 1), *y = mlp_tensor_retain(x), *s = NULL;
    for (int i = 0; i < STEPS; i++) {
        mlp_tensor *next = NULL;
        OK(mlp_op_unary(&next, MLP_SQUARE, y, &err));
        mlp_tensor_release(y);
        y = next;
    }
    s = sum_of(y);
    mlp_tensor_release(y);
    size_t before = mlp_block_bytes_in_use();
    OK(mlp_backward(s, NULL, false, &err));
    ck_assert_uint_lt(mlp_block_bytes_in_use() + (STEPS - 3) * (size_t)SIZE * 8, before);
    mlp_tensor_release(s);
    mlp_tensor_release(x);
}
END_TEST

START_TEST(a_training_loop_stays_flat)
{
    mlp_error err;
    size_t after_first = 0;
    mlp_tensor *w = leaf(PLAIN, SHAPE(64, 64), -1, 1, 1), *x = leaf(PLAIN, SHAPE(8, 64), -1, 1, 2);
    for (int i = 0; i < 300; i++) {
        mlp_tensor *h = NULL, *r = NULL;
        OK(mlp_op_matmul(&h, x, w, &err));
        OK(mlp_op_unary(&r, MLP_TANH, h, &err));
        mlp_tensor *s = sum_of(r);
        OK(mlp_backward(s, NULL, false, &err));
        mlp_tensor_release(s);
        mlp_tensor_release(r);
        mlp_tensor_release(h);
        OK(mlp_grad_set(w, NULL, &err));
        OK(mlp_grad_set(x, NULL, &err));
        if (i == 0) after_first = mlp_block_bytes_in_use();
    }
    ck_assert_uint_eq(mlp_block_bytes_in_use(), after_first);
    mlp_tensor_release(w);
    mlp_tensor_release(x);
}
END_TEST

START_TEST(nothing_is_recorded_without_need)
{
    mlp_error err;
    mlp_tensor *x = leaf(PLAIN, SHAPE(2), -1, 1, 1), *y = NULL, *d = NULL, *c = NULL;
    mlp_grad_enable(false);
    OK(mlp_op_unary(&y, MLP_EXP, x, &err));
    mlp_grad_enable(true);
    ck_assert(!mlp_requires_grad(y) && mlp_is_leaf(y));
    mlp_tensor_release(y);
    OK(mlp_op_unary(&y, MLP_EXP, x, &err));
    ck_assert(mlp_requires_grad(y) && !mlp_is_leaf(y));
    OK(mlp_detach(&d, y, &err));
    ck_assert(!mlp_requires_grad(d) && mlp_tensor_data(d) == mlp_tensor_data(y));
    OK(mlp_op_binary(&c, MLP_GT, y, d, &err)); /* a comparison has no gradient */
    ck_assert(!mlp_requires_grad(c));
    mlp_tensor_release(c);
    mlp_tensor_release(d);
    mlp_tensor_release(y);
    mlp_tensor_release(x);
}
END_TEST

START_TEST(a_result_can_retain_its_gradient)
{
    mlp_error err;
    mlp_tensor *x = leaf(PLAIN, SHAPE(2), 1, 2, 1), *h = NULL;
    OK(mlp_op_binary_number(&h, MLP_MUL, x, 2, true, false, &err));
    OK(mlp_retain_grad(h, &err));
    mlp_tensor *y = sum_of(h);
    OK(mlp_backward(y, NULL, false, &err));
    ck_assert_double_eq(*(double *)mlp_tensor_data(mlp_grad(h)), 1);
    ck_assert_double_eq(*(double *)mlp_tensor_data(mlp_grad(x)), 2);
    mlp_tensor_release(y);
    mlp_tensor_release(h);
    mlp_tensor_release(x);
}
END_TEST

START_TEST(the_tape_can_be_kept_for_a_second_pass)
{
    mlp_error err;
    mlp_tensor *x = leaf(PLAIN, SHAPE(2), 1, 2, 1), *h = NULL;
    OK(mlp_op_unary(&h, MLP_EXP, x, &err));
    mlp_tensor *y = sum_of(h);
    OK(mlp_backward(y, NULL, true, &err));
    double once = *(double *)mlp_tensor_data(mlp_grad(x));
    OK(mlp_backward(y, NULL, false, &err));
    ck_assert_double_eq(*(double *)mlp_tensor_data(mlp_grad(x)), 2 * once);
    ck_assert_int_eq(mlp_backward(y, NULL, false, &err), MLP_ESTATE);
    ck_assert_msg(strstr(err.text, "a second time") && strstr(err.text, "retain_graph"), "%s", err.text);
    ck_assert_double_eq(*(double *)mlp_tensor_data(mlp_grad(x)), 2 * once);
    mlp_tensor_release(y);
    mlp_tensor_release(h);
    mlp_tensor_release(x);
}
END_TEST

/* ---- errors ---- */

START_TEST(mistakes_are_explained)
{
    mlp_error err;
    mlp_tensor *x = leaf(PLAIN, SHAPE(2, 3), 1, 2, 1), *h = NULL, *c = NULL, *labels = NULL;
    OK(mlp_op_unary(&h, MLP_EXP, x, &err));
    ck_assert_int_eq(mlp_backward(h, NULL, false, &err), MLP_ESHAPE);
    ck_assert_msg(strstr(err.text, "only for one element, and this tensor is 2x3"), "%s", err.text);
    OK(mlp_tensor_full(&c, MLP_F64, 1, (int64_t[]){ 1 }, 1, &err));
    ck_assert_int_eq(mlp_backward(c, NULL, false, &err), MLP_ESTATE);
    ck_assert_msg(strstr(err.text, "does not require a gradient"), "%s", err.text);
    ck_assert_int_eq(mlp_backward(h, c, false, &err), MLP_ESHAPE);
    ck_assert_msg(strstr(err.text, "the gradient is 1 but the tensor is 2x3"), "%s", err.text);
    ck_assert_int_eq(mlp_requires_grad_(h, false, &err), MLP_ESTATE);
    ck_assert_msg(strstr(err.text, "result of 'exp'"), "%s", err.text);
    OK(mlp_tensor_full(&labels, MLP_I64, 1, (int64_t[]){ 1 }, 1, &err));
    ck_assert_int_eq(mlp_requires_grad_(labels, true, &err), MLP_EDTYPE);
    ck_assert_msg(strstr(err.text, "this one is i64"), "%s", err.text);
    ck_assert_int_eq(mlp_may_write(x, "fill_", &err), MLP_ESTATE);
    ck_assert_msg(strstr(err.text, "fill_: a leaf that requires a gradient"), "%s", err.text);
    ck_assert_int_eq(mlp_may_write(h, "add_", &err), MLP_OK);
    mlp_grad_enable(false);
    ck_assert_int_eq(mlp_may_write(x, "fill_", &err), MLP_OK);
    mlp_grad_enable(true);
    ck_assert_int_eq(mlp_grad_set(x, c, &err), MLP_ESHAPE);
    mlp_tensor_release(labels);
    mlp_tensor_release(c);
    mlp_tensor_release(h);
    mlp_tensor_release(x);
}
END_TEST

START_TEST(a_saved_tensor_that_was_written_is_noticed_and_nothing_leaks)
{
    mlp_error err;
    mlp_tensor *x = leaf(PLAIN, SHAPE(3), 1, 2, 1), *h = NULL, *alias = NULL;
    OK(mlp_op_unary(&h, MLP_EXP, x, &err));
    mlp_tensor *y = sum_of(h);
    OK(mlp_detach(&alias, h, &err));
    OK(mlp_tensor_fill_(alias, 0, &err));
    ck_assert_int_eq(mlp_backward(y, NULL, false, &err), MLP_ESTATE);
    ck_assert_msg(strstr(err.text, "gradient of 'exp' (3, f64) has been modified by an in-place operation"), "%s",
                  err.text);
    ck_assert_ptr_null(mlp_grad(x));
    mlp_tensor_release(alias);
    mlp_tensor_release(y);
    mlp_tensor_release(h);
    mlp_tensor_release(x);
}
END_TEST

static mlp_status wrong_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    (void)node;
    return mlp_tensor_unsqueeze(&dx[0], dy, 0, err);
}

START_TEST(an_operation_that_returns_a_wrong_gradient_is_named)
{
    static const mlp_op op = { .name = "wrong", .backward = wrong_backward };
    mlp_error err;
    mlp_tensor *x = leaf(PLAIN, SHAPE(3), 1, 2, 1), *copy = NULL, *y = NULL;
    OK(mlp_tensor_clone(&copy, x, &err));
    OK(mlp_op_result(&y, copy, &op, &x, 1, NULL, 0, NULL, 0, &err));
    mlp_tensor *s = sum_of(y);
    ck_assert_int_eq(mlp_backward(s, NULL, false, &err), MLP_ESHAPE);
    ck_assert_msg(strstr(err.text, "'wrong' returned a gradient of f64 1x3 for its input 1, which is f64 3"), "%s",
                  err.text);
    mlp_tensor_release(s);
    mlp_tensor_release(y);
    mlp_tensor_release(x);
}
END_TEST

START_TEST(an_interrupt_ends_the_pass)
{
    mlp_error err;
    mlp_tensor *x = leaf(PLAIN, SHAPE(3), 1, 2, 1), *h = NULL;
    OK(mlp_op_unary(&h, MLP_EXP, x, &err));
    mlp_tensor *y = sum_of(h);
    mlp_interrupt();
    ck_assert_int_eq(mlp_backward(y, NULL, false, &err), MLP_EINTERRUPT);
    mlp_interrupt_clear();
    OK(mlp_backward(y, NULL, false, &err));
    mlp_tensor_release(y);
    mlp_tensor_release(h);
    mlp_tensor_release(x);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_unary_function_has_the_gradient_of_its_differences,
        every_binary_function_differentiates_both_sides_through_broadcasting,
        a_plain_number_on_either_side_is_a_constant,
        a_wider_operand_gets_its_gradient_in_its_own_type,
        clamp_and_where_pass_the_gradient_of_what_they_took,
        every_reduction_differentiates_over_any_dimensions,
        equal_extrema_share_the_gradient_of_all_and_the_first_takes_that_of_a_dimension,
        running_sums_differentiate,
        products_of_vectors_matrices_and_batches_differentiate,
        every_view_and_copy_puts_the_gradient_back,
        cat_and_stack_hand_each_part_its_gradient,
        gradients_accumulate_until_they_are_cleared,
        a_value_used_twice_gets_both_gradients,
        a_gradient_that_backward_made_fresh_is_moved_into_the_leaf,
        a_gradient_is_never_shared_with_the_callers_or_with_another_leaf,
        a_long_chain_goes_backward_and_is_released_without_recursion,
        what_backward_passed_is_freed_as_it_goes,
        a_training_loop_stays_flat,
        nothing_is_recorded_without_need,
        a_result_can_retain_its_gradient,
        the_tape_can_be_kept_for_a_second_pass,
        mistakes_are_explained,
        a_saved_tensor_that_was_written_is_noticed_and_nothing_leaks,
        an_operation_that_returns_a_wrong_gradient_is_named,
        an_interrupt_ends_the_pass,
    };
    return run_suite("autograd", tests, COUNT(tests));
}
