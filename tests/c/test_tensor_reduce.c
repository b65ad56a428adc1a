/* test_tensor_reduce.c - reductions over all combinations of dimensions against a naive loop, sorting, running sums. */
#include "tensors.h"

static bool takes_one_dimension(int op)
{
    return op == MLP_ARGMIN || op == MLP_ARGMAX;
}

static bool takes_lowest(int op)
{
    return op == MLP_MIN || op == MLP_AMIN || op == MLP_ARGMIN;
}

static bool is_extreme(int op)
{
    return op == MLP_MIN || op == MLP_MAX || op == MLP_AMIN || op == MLP_AMAX;
}

/* The result of `op` for the elements of x whose kept coordinates are `index`'s; the naive definition. */
static double naive(int op, const mlp_tensor *x, unsigned reduced, const int64_t *index)
{
    double sum = 0, product = 1, extreme = NAN;
    int64_t count = 0, place = -1, nonzero = 0;
    for (int64_t n = 0; n < mlp_tensor_numel(x); n++) {
        int64_t at[MLP_MAX_DIMS];
        bool mine = true;
        unravel(x, n, at);
        for (int d = 0; d < x->ndim; d++) mine = mine && (reduced >> d & 1 || at[d] == index[d]);
        if (!mine) continue;
        double v = nth(x, n);
        bool low = takes_lowest(op);
        if (place < 0 || (!isnan(extreme) && (isnan(v) || (low ? v < extreme : v > extreme))))
            extreme = v, place = count;
        sum += v, product *= v, nonzero += v != 0, count++;
    }
    switch (op) {
    case MLP_SUM: return sum;
    case MLP_MEAN: return sum / (double)count;
    case MLP_PROD: return product;
    case MLP_MIN:
    case MLP_MAX:
    case MLP_AMIN:
    case MLP_AMAX: return extreme;
    case MLP_ARGMIN:
    case MLP_ARGMAX: return (double)place;
    case MLP_ANY: return nonzero > 0;
    default: return nonzero == count;
    }
}

static mlp_dtype type_of(int op, mlp_dtype x)
{
    if (op == MLP_ANY || op == MLP_ALL) return x == MLP_U8 ? MLP_U8 : MLP_BOOL;
    if (takes_one_dimension(op)) return MLP_I64;
    if (is_extreme(op)) return x;
    return mlp_dtype_is_float(x) ? x : op == MLP_MEAN ? MLP_F32 : MLP_I64;
}

static void check_reduction(int op, const mlp_tensor *x, unsigned reduced, bool keepdim)
{
    mlp_error err;
    mlp_tensor *y = NULL;
    int dims[MLP_MAX_DIMS], n = 0, rank = 0;
    int64_t shape[MLP_MAX_DIMS], empty = 1;
    for (int d = 0; d < x->ndim; d++) {
        if (reduced >> d & 1) dims[n++] = d % 2 ? d : d - x->ndim; /* negative ones count from the end */
        if (!(reduced >> d & 1)) shape[rank++] = x->shape[d];
        else if (keepdim) shape[rank++] = 1;
        if (reduced >> d & 1) empty *= x->shape[d];
    }
    if (n == 0 || (takes_one_dimension(op) && n > 1)) return;
    bool none = mlp_tensor_numel(x) == 0 && empty == 0;
    for (int i = 0; i < rank; i++) none = none && shape[i] > 0;
    mlp_status st = mlp_tensor_reduce(&y, (mlp_reduce_op)op, x, n, dims, keepdim, &err);
    if (none && op >= MLP_MIN && op <= MLP_ARGMAX) {
        ck_assert_int_eq((int)st, MLP_ESHAPE);
        return;
    }
    ck_assert_msg(st == MLP_OK, "%s", err.text);
    ck_assert_int_eq((int)y->dtype, (int)type_of(op, x->dtype));
    ck_assert_int_eq(y->ndim, rank);
    for (int i = 0; i < rank; i++) ck_assert_int_eq(y->shape[i], shape[i]);
    for (int64_t e = 0; e < mlp_tensor_numel(y); e++) {
        int64_t at[MLP_MAX_DIMS], index[MLP_MAX_DIMS] = { 0 };
        unravel(y, e, at);
        for (int d = 0, k = 0; d < x->ndim; d++) {
            if (!(reduced >> d & 1)) index[d] = at[k++];
            else if (keepdim) k++;
        }
        double expected = kept(y->dtype, naive(op, x, reduced, index)), got = nth(y, e);
        ck_assert_msg(close_to(got, expected, (y->dtype == MLP_F32 ? 2e-6 : 1e-12) * (1 + fabs(expected))),
                      "%s of %s, dims %x: element %lld is %.17g, expected %.17g", mlp_reduce_name((mlp_reduce_op)op),
                      mlp_dtype_name(x->dtype), reduced, (long long)e, got, expected);
    }
    mlp_tensor_release(y);
}

static void check_all(const mlp_tensor *x)
{
    for (int op = 0; op < MLP_REDUCE_COUNT; op++)
        for (unsigned reduced = 1; reduced < 1u << x->ndim; reduced++)
            for (int keepdim = 0; keepdim < 2; keepdim++) check_reduction(op, x, reduced, keepdim);
}

START_TEST(reductions_agree_with_naive_loops_for_every_layout_type_and_choice_of_dimensions)
{
    for (int how = 0; how < LAYOUTS; how++)
        for (int type = MLP_U8; type <= MLP_F64; type++) {
            mlp_tensor *x = filled((layout)how, (mlp_dtype)type, SHAPE(3, 2, 4, 3), type == MLP_U8 ? 0 : -2, 2, 1);
            check_all(x);
            mlp_tensor_release(x);
        }
}
END_TEST

START_TEST(reductions_of_expanded_and_permuted_tensors_agree_with_naive_loops)
{
    mlp_error err;
    for (int type = MLP_U8; type <= MLP_F64; type++) {
        mlp_tensor *x = filled(PLAIN, (mlp_dtype)type, SHAPE(3, 1, 4), 0, 5, 2), *wide = NULL, *turned = NULL;
        OK(mlp_tensor_expand(&wide, x, SHAPE(2, 3, 5, 4), &err));
        check_all(wide);
        OK(mlp_tensor_permute(&turned, wide, (int[]){ 2, 0, 3, 1 }, &err));
        check_all(turned);
        RELEASE(x, wide, turned);
    }
}
END_TEST

START_TEST(reductions_of_sizes_zero_and_one_agree_with_naive_loops)
{
    static const int64_t shapes[][3] = { { 0, 2, 3 }, { 2, 0, 3 }, { 2, 3, 0 }, { 0, 0, 2 }, { 1, 1, 1 }, { 1, 4, 1 } };
    for (int i = 0; i < COUNT(shapes); i++)
        for (int type = MLP_U8; type <= MLP_F64; type++) {
            mlp_tensor *x = filled(PLAIN, (mlp_dtype)type, 3, shapes[i], 0, 3, 3);
            check_all(x);
            mlp_tensor_release(x);
        }
}
END_TEST

START_TEST(long_dimensions_and_many_columns_agree_with_naive_sums)
{
    static const int64_t shapes[][2] = { { 70000, 3 }, { 3, 70000 }, { 1, 200000 }, { 200000, 1 }, { 130, 129 } };
    mlp_error err;
    for (int type = MLP_U8; type <= MLP_F64; type++)
        for (int i = 0; i < COUNT(shapes); i++)
            for (int turn = 0; turn < 2; turn++) {
                mlp_tensor *x = filled(turn ? TRANSPOSED : PLAIN, (mlp_dtype)type, 2, shapes[i], 0, 100, 4);
                for (int dim = 0; dim < 2; dim++)
                    for (int op = 0; op < MLP_REDUCE_COUNT; op++) {
                        if (op == MLP_PROD) continue;
                        mlp_tensor *y = NULL;
                        OK(mlp_tensor_reduce(&y, (mlp_reduce_op)op, x, 1, &dim, false, &err));
                        int64_t at[2] = { 0 }, last = x->shape[1 - dim] - 1, place = 0;
                        double sum = 0, best = 0;
                        at[1 - dim] = last;
                        bool low = takes_lowest(op);
                        for (int64_t n = 0; n < x->shape[dim]; n++) {
                            at[dim] = n;
                            double v = mlp_tensor_at(x, at);
                            if (n == 0 || (low ? v < best : v > best)) best = v, place = n;
                            sum += op == MLP_ANY || op == MLP_ALL ? v != 0 : v;
                        }
                        if (op == MLP_MEAN) sum /= (double)x->shape[dim];
                        if (op == MLP_ANY) sum = sum > 0;
                        if (op == MLP_ALL) sum = sum == (double)x->shape[dim];
                        double expected = takes_one_dimension(op) ? (double)place : is_extreme(op) ? best : sum;
                        expected = kept(y->dtype, expected);
                        ck_assert_msg(close_to(nth(y, last), expected, 1e-7 * fabs(expected)),
                                      "%s: %.17g, expected %.17g", mlp_reduce_name((mlp_reduce_op)op), nth(y, last),
                                      expected);
                        mlp_tensor_release(y);
                    }
                mlp_tensor_release(x);
            }
}
END_TEST

START_TEST(sums_of_ten_million_elements_are_exact_where_f32_would_stop_counting)
{
    mlp_error err;
    mlp_tensor *x = NULL, *y = NULL, *m = NULL;
    OK(mlp_tensor_full(&x, MLP_F32, SHAPE(10000000), 1, &err));
    OK(mlp_tensor_reduce(&y, MLP_SUM, x, 0, NULL, false, &err));
    is(y, MLP_F32, 0, NULL, (double[]){ 10000000 });
    OK(mlp_tensor_fill_(x, 0.1, &err));
    OK(mlp_tensor_reduce(&y, MLP_SUM, x, 0, NULL, false, &err));
    ck_assert(close_to(nth(y, 0), 1e7 * (double)0.1f, 0.1)); /* the nearest f32 is at most 0.03 away */
    mlp_tensor_release(y);
    OK(mlp_tensor_reshape(&m, x, SHAPE(1000000, 10), &err));
    OK(mlp_tensor_reduce(&y, MLP_MEAN, m, 1, (int[]){ 0 }, false, &err));
    for (int64_t i = 0; i < 10; i++) ck_assert(nth(y, i) == (double)0.1f);
    RELEASE(x, y, m);
    OK(mlp_tensor_full(&x, MLP_U8, SHAPE(10000000), 255, &err));
    OK(mlp_tensor_reduce(&y, MLP_SUM, x, 0, NULL, false, &err));
    is(y, MLP_I64, 0, NULL, (double[]){ 2550000000 });
    mlp_tensor_release(x);
}
END_TEST

START_TEST(the_first_of_equal_extremes_wins_and_nan_wins_over_all)
{
    mlp_error err;
    mlp_tensor *x = VECTOR(MLP_F32, 1, 3, 0, 3, 0), *y = NULL;
    OK(mlp_tensor_reduce(&y, MLP_ARGMAX, x, 0, NULL, false, &err));
    is(y, MLP_I64, 0, NULL, (double[]){ 1 });
    OK(mlp_tensor_reduce(&y, MLP_ARGMIN, x, 0, NULL, false, &err));
    is(y, MLP_I64, 0, NULL, (double[]){ 2 });
    mlp_tensor_release(x);
    x = VECTOR(MLP_F64, 1, NAN, 5, NAN, -1);
    for (int op = MLP_MIN; op <= MLP_ARGMAX; op++) {
        bool place = takes_one_dimension(op);
        OK(mlp_tensor_reduce(&y, (mlp_reduce_op)op, x, 0, NULL, false, &err));
        is(y, place ? MLP_I64 : MLP_F64, 0, NULL, (double[]){ place ? 1 : NAN });
    }
    mlp_tensor_release(x);
    OK(mlp_tensor_full(&x, MLP_F32, SHAPE(300000), 2, &err)); /* several pieces */
    OK(mlp_tensor_reduce(&y, MLP_ARGMAX, x, 0, NULL, false, &err));
    is(y, MLP_I64, 0, NULL, (double[]){ 0 });
    set_nth(x, 250000, 5);
    set_nth(x, 299999, 5);
    OK(mlp_tensor_reduce(&y, MLP_ARGMAX, x, 0, NULL, false, &err));
    is(y, MLP_I64, 0, NULL, (double[]){ 250000 });
    set_nth(x, 299998, NAN);
    OK(mlp_tensor_reduce(&y, MLP_ARGMIN, x, 0, NULL, false, &err));
    is(y, MLP_I64, 0, NULL, (double[]){ 299998 });
    mlp_tensor_release(x);
}
END_TEST

START_TEST(the_place_of_the_extreme_of_all_is_flat_in_c_order)
{
    mlp_error err;
    for (int how = 0; how < LAYOUTS; how++) {
        mlp_tensor *x = filled((layout)how, MLP_F32, SHAPE(3, 4, 5), 0, 9, 5), *y = NULL;
        set_nth(x, 37, 100);
        OK(mlp_tensor_reduce(&y, MLP_ARGMAX, x, 0, NULL, true, &err));
        is(y, MLP_I64, SHAPE(1, 1, 1), (double[]){ 37 });
        mlp_tensor_release(x);
    }
}
END_TEST

START_TEST(integers_reduce_without_passing_through_doubles)
{
    mlp_error err;
    mlp_tensor *x = NULL, *y = NULL;
    OK(mlp_tensor_new(&x, MLP_I64, SHAPE(3), &err));
    int64_t *v = mlp_tensor_data(x), large = ((int64_t)1 << 53) + 1;
    v[0] = large - 1, v[1] = large, v[2] = 1;
    OK(mlp_tensor_reduce(&y, MLP_MAX, x, 0, NULL, false, &err));
    ck_assert(*(int64_t *)mlp_tensor_data(y) == large);
    mlp_tensor_release(y);
    OK(mlp_tensor_reduce(&y, MLP_SUM, x, 0, NULL, false, &err));
    ck_assert(*(int64_t *)mlp_tensor_data(y) == 2 * large);
    mlp_tensor_release(y);
    v[0] = INT64_MAX, v[1] = 2;
    OK(mlp_tensor_reduce(&y, MLP_PROD, x, 0, NULL, false, &err));
    ck_assert(*(int64_t *)mlp_tensor_data(y) == -2); /* wraps */
    RELEASE(x, y);
}
END_TEST

START_TEST(reductions_of_nothing_are_zero_one_nan_or_an_error)
{
    mlp_error err;
    mlp_tensor *x = laid_out(PLAIN, MLP_F32, SHAPE(0)), *m = laid_out(PLAIN, MLP_I64, SHAPE(2, 0)), *s = NULL,
               *y = NULL;
    static const double empty[] = { [MLP_SUM] = 0, [MLP_MEAN] = NAN, [MLP_PROD] = 1, [MLP_ANY] = 0, [MLP_ALL] = 1 };
    for (int op = 0; op < MLP_REDUCE_COUNT; op++) {
        if (op >= MLP_MIN && op <= MLP_ARGMAX) continue;
        OK(mlp_tensor_reduce(&y, (mlp_reduce_op)op, x, 0, NULL, false, &err));
        is(y, type_of(op, MLP_F32), 0, NULL, &empty[op]);
        OK(mlp_tensor_reduce(&y, (mlp_reduce_op)op, m, 1, (int[]){ 1 }, false, &err));
        is(y, type_of(op, MLP_I64), SHAPE(2), (double[]){ empty[op], empty[op] });
    }
    FAILS(mlp_tensor_reduce(&y, MLP_MAX, x, 0, NULL, false, &err), MLP_ESHAPE,
          "max: a tensor of shape 0 has no elements to choose from");
    FAILS(mlp_tensor_reduce(&y, MLP_ARGMIN, m, 1, (int[]){ -1 }, false, &err), MLP_ESHAPE,
          "argmin: a tensor of shape 2x0 has no elements to choose from");
    OK(mlp_tensor_reduce(&y, MLP_MAX, m, 1, (int[]){ 0 }, false, &err)); /* no result is asked for */
    ck_assert(y->ndim == 1 && y->shape[0] == 0);
    mlp_tensor_release(y);
    OK(mlp_tensor_scalar(&s, MLP_F64, 4, &err));
    OK(mlp_tensor_reduce(&y, MLP_SUM, s, 1, (int[]){ -1 }, true,
                         &err)); /* a scalar has a dimension to reduce, as in PyTorch */
    is(y, MLP_F64, 0, NULL, (double[]){ 4 });
    RELEASE(x, m, s);
}
END_TEST

START_TEST(reductions_refuse_dimensions_that_are_not_there_or_named_twice)
{
    mlp_error err;
    mlp_tensor *x = laid_out(PLAIN, MLP_F32, SHAPE(2, 3)), *y = NULL;
    FAILS(mlp_tensor_reduce(&y, MLP_SUM, x, 1, (int[]){ 2 }, false, &err), MLP_EINDEX,
          "sum: there is no dimension 3 in a tensor of 2 dimensions");
    FAILS(mlp_tensor_reduce(&y, MLP_MEAN, x, 2, (int[]){ 1, -1 }, false, &err), MLP_EINVAL,
          "mean: dimension -1 is named twice");
    FAILS(mlp_tensor_reduce(&y, MLP_ARGMAX, x, 2, (int[]){ 0, 1 }, false, &err), MLP_EINVAL,
          "argmax: takes one dimension or none, got 2");
    mlp_tensor_release(x);
}
END_TEST

START_TEST(sum_to_undoes_expand)
{
    static const struct {
        int ndim;
        int64_t shape[4];
    } targets[] = { { 2, { 3, 4 } }, { 2, { 1, 4 } }, { 2, { 3, 1 } },    { 1, { 4 } },
                    { 1, { 1 } },    { 0, { 0 } },    { 3, { 1, 1, 1 } }, { 3, { 2, 3, 4 } } };
    mlp_error err;
    for (int how = 0; how < LAYOUTS; how++)
        for (int i = 0; i < COUNT(targets); i++) {
            mlp_tensor *x = filled((layout)how, MLP_F64, SHAPE(2, 3, 4), -9, 9, 6), *y = NULL, *wide = NULL;
            OK(mlp_tensor_sum_to(&y, x, targets[i].ndim, targets[i].shape, &err));
            mlp_tensor *expected = laid_out(PLAIN, MLP_F64, targets[i].ndim, targets[i].shape);
            OK(mlp_tensor_fill_(expected, 0, &err));
            OK(mlp_tensor_expand(&wide, expected, SHAPE(2, 3, 4), &err));
            for (int64_t n = 0; n < 24; n++) set_nth(wide, n, nth(wide, n) + nth(x, n)); /* adds where it is expanded */
            same_values("sum_to", y, expected, 1e-12);
            RELEASE(x, y, wide, expected);
        }
}
END_TEST

/* ---- order ---- */

START_TEST(sort_agrees_with_a_naive_stable_sort)
{
    mlp_error err;
    for (int how = 0; how < LAYOUTS; how++)
        for (int type = MLP_U8; type <= MLP_F64; type++)
            for (int dim = 0; dim < 3; dim++)
                for (int down = 0; down < 2; down++) {
                    mlp_tensor *x = filled((layout)how, (mlp_dtype)type, SHAPE(4, 5, 6), 0, 4, 7), *y = NULL,
                               *at = NULL;
                    OK(mlp_tensor_sort(&y, &at, x, dim, down, &err));
                    ck_assert(y->dtype == x->dtype && at->dtype == MLP_I64);
                    for (int64_t n = 0; n < 120; n++) {
                        int64_t index[3], rank = 0;
                        unravel(x, n, index);
                        int64_t mine = index[dim];
                        for (int64_t other = 0; other < x->shape[dim]; other++) { /* how many come before this one */
                            index[dim] = other;
                            double v = mlp_tensor_at(x, index), me = nth(x, n);
                            rank += (down ? v > me : v < me) || (v == me && other < mine);
                        }
                        index[dim] = rank;
                        ck_assert(mlp_tensor_at(y, index) == nth(x, n));
                        ck_assert(mlp_tensor_at(at, index) == (double)mine);
                    }
                    RELEASE(x, y, at);
                }
}
END_TEST

START_TEST(sort_takes_nan_as_the_largest_and_does_not_round_integers)
{
    mlp_error err;
    mlp_tensor *x = VECTOR(MLP_F32, 2, NAN, -INFINITY, NAN, INFINITY), *y = NULL, *at = NULL, *s = NULL;
    OK(mlp_tensor_sort(&y, &at, x, -1, false, &err));
    IS_VECTOR(y, MLP_F32, -INFINITY, 2, INFINITY, NAN, NAN);
    IS_VECTOR(at, MLP_I64, 2, 0, 4, 1, 3);
    OK(mlp_tensor_sort(&y, &at, x, 0, true, &err));
    IS_VECTOR(y, MLP_F32, NAN, NAN, INFINITY, 2, -INFINITY);
    IS_VECTOR(at, MLP_I64, 1, 3, 4, 0, 2);
    FAILS(mlp_tensor_sort(&y, &at, x, 1, true, &err), MLP_EINDEX,
          "sort: there is no dimension 2 in a tensor of 1 dimensions");
    mlp_tensor_release(x);
    OK(mlp_tensor_new(&x, MLP_I64, SHAPE(2), &err));
    int64_t *v = mlp_tensor_data(x), large = ((int64_t)1 << 53) + 1;
    v[0] = large, v[1] = large - 1;
    OK(mlp_tensor_sort(&y, NULL, x, 0, false, &err));
    ck_assert(((int64_t *)mlp_tensor_data(y))[0] == large - 1 && ((int64_t *)mlp_tensor_data(y))[1] == large);
    RELEASE(x, y);
    OK(mlp_tensor_scalar(&s, MLP_F32, 3, &err));
    OK(mlp_tensor_sort(&y, &at, s, -1, false, &err));
    is(y, MLP_F32, 0, NULL, (double[]){ 3 });
    is(at, MLP_I64, 0, NULL, (double[]){ 0 });
    x = laid_out(PLAIN, MLP_F32, SHAPE(0, 3));
    OK(mlp_tensor_sort(&y, &at, x, 0, false, &err));
    ck_assert(mlp_tensor_numel(y) == 0 && mlp_tensor_numel(at) == 0);
    RELEASE(x, y, at, s);
}
END_TEST

START_TEST(cumsum_agrees_with_a_naive_loop_and_sums_integers_as_i64)
{
    mlp_error err;
    for (int how = 0; how < LAYOUTS; how++)
        for (int type = MLP_U8; type <= MLP_F64; type++)
            for (int dim = 0; dim < 3; dim++) {
                mlp_tensor *x = filled((layout)how, (mlp_dtype)type, SHAPE(4, 1, 5), 0, 255, 8), *y = NULL;
                OK(mlp_tensor_cumsum(&y, x, dim, &err));
                ck_assert_int_eq((int)y->dtype, (int)(type <= MLP_I64 ? MLP_I64 : (mlp_dtype)type));
                for (int64_t n = 0; n < 20; n++) {
                    int64_t index[3];
                    unravel(x, n, index);
                    double sum = 0, got = mlp_tensor_at(y, index);
                    for (int64_t last = index[dim], i = 0; i <= last; i++)
                        index[dim] = i, sum += mlp_tensor_at(x, index);
                    ck_assert(close_to(got, kept(y->dtype, sum), 1e-4));
                }
                RELEASE(x, y);
            }
    mlp_tensor *x = laid_out(PLAIN, MLP_F32, SHAPE(2)), *y = NULL;
    FAILS(mlp_tensor_cumsum(&y, x, -2, &err), MLP_EINDEX,
          "cumsum: there is no dimension -2 in a tensor of 1 dimensions");
    mlp_tensor_release(x);
}
END_TEST
int main(void)
{
    const TTest *const tests[] = {
        reductions_agree_with_naive_loops_for_every_layout_type_and_choice_of_dimensions,
        reductions_of_expanded_and_permuted_tensors_agree_with_naive_loops,
        reductions_of_sizes_zero_and_one_agree_with_naive_loops,
        long_dimensions_and_many_columns_agree_with_naive_sums,
        sums_of_ten_million_elements_are_exact_where_f32_would_stop_counting,
        the_first_of_equal_extremes_wins_and_nan_wins_over_all,
        the_place_of_the_extreme_of_all_is_flat_in_c_order,
        integers_reduce_without_passing_through_doubles,
        reductions_of_nothing_are_zero_one_nan_or_an_error,
        reductions_refuse_dimensions_that_are_not_there_or_named_twice,
        sum_to_undoes_expand,
        sort_agrees_with_a_naive_stable_sort,
        sort_takes_nan_as_the_largest_and_does_not_round_integers,
        cumsum_agrees_with_a_naive_loop_and_sums_integers_as_i64,
    };
    return run_suite("tensor_reduce", tests, COUNT(tests));
}
