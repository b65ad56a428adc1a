/* test_tensor.c - the array: life, views and strides, copies between views, sizes 0 and 1, joining and picking. */
#include "base/half.h"
#include "tensors.h"

/* ---- life and looking ---- */

START_TEST(a_new_tensor_is_contiguous_and_a_scalar_has_one_element)
{
    mlp_error err;
    mlp_tensor *t = NULL, *s = NULL;
    OK(mlp_tensor_new(&t, MLP_F32, SHAPE(2, 3, 4), &err));
    ck_assert_int_eq(t->stride[0], 12);
    ck_assert_int_eq(t->stride[1], 4);
    ck_assert_int_eq(t->stride[2], 1);
    ck_assert(mlp_tensor_is_contiguous(t));
    ck_assert_int_eq(mlp_tensor_numel(t), 24);
    OK(mlp_tensor_scalar(&s, MLP_F64, 2.5, &err));
    double v = 0;
    OK(mlp_tensor_item(&v, s, &err));
    ck_assert(v == 2.5);
    FAILS(mlp_tensor_item(&v, t, &err), MLP_ESHAPE, "item: a tensor of one element is needed, got 2x3x4");
    RELEASE(t, s);
}
END_TEST

START_TEST(shapes_that_cannot_exist_are_refused)
{
    mlp_error err;
    mlp_tensor *t = NULL;
    int64_t huge = (int64_t)1 << 40;
    FAILS(mlp_tensor_new(&t, MLP_F32, SHAPE(2, -1), &err), MLP_ESHAPE, "size -1 of a dimension is negative");
    FAILS(mlp_tensor_new(&t, MLP_F32, SHAPE(1, 1, 1, 1, 1, 1, 1, 1, 1), &err), MLP_ESHAPE,
          "a tensor has at most 8 dimensions, got 9");
    FAILS(mlp_tensor_new(&t, MLP_F32, SHAPE(huge, huge), &err), MLP_ENOMEM,
          "a tensor of 1099511627776x1099511627776 elements is larger than any memory");
    FAILS(mlp_tensor_new(&t, MLP_F32, SHAPE(huge, huge, 0), &err), MLP_ENOMEM,
          "a tensor of 1099511627776x1099511627776x0 elements is larger than any memory");
    FAILS(mlp_tensor_new(&t, MLP_F32, SHAPE(0, huge, huge), &err), MLP_ENOMEM,
          "a tensor of 0x1099511627776x1099511627776 elements is larger than any memory");
    ck_assert_ptr_null(t);
}
END_TEST

START_TEST(writes_count_the_version_and_references_decide_who_is_alone)
{
    mlp_error err;
    mlp_tensor *t = laid_out(PLAIN, MLP_F32, SHAPE(3)), *view = NULL;
    ck_assert(mlp_tensor_is_alone(t));
    OK(mlp_tensor_alias(&view, t, &err));
    ck_assert(!mlp_tensor_is_alone(t));
    int64_t before = mlp_tensor_version(t);
    OK(mlp_tensor_fill_(view, 1, &err));
    ck_assert_int_gt(mlp_tensor_version(t), before);
    mlp_tensor_release(view);
    ck_assert(mlp_tensor_is_alone(t));
    mlp_tensor_release(t);
    mlp_tensor_release(NULL);
}
END_TEST

/* ---- constructors ---- */

START_TEST(ranges_have_the_ends_that_their_names_promise)
{
    mlp_error err;
    mlp_tensor *t = NULL;
    OK(mlp_tensor_arange(&t, MLP_I64, 2, 9, 3, &err));
    IS_VECTOR(t, MLP_I64, 2, 5, 8);
    OK(mlp_tensor_arange(&t, MLP_F64, 1, -1, -0.5, &err));
    IS_VECTOR(t, MLP_F64, 1, 0.5, 0, -0.5);
    OK(mlp_tensor_arange(&t, MLP_F32, 4, 4, 1, &err));
    ck_assert_int_eq(mlp_tensor_numel(t), 0);
    mlp_tensor_release(t);
    OK(mlp_tensor_linspace(&t, MLP_F64, 0, 1, 5, &err));
    IS_VECTOR(t, MLP_F64, 0, 0.25, 0.5, 0.75, 1);
    OK(mlp_tensor_linspace(&t, MLP_F64, 3, 9, 1, &err));
    IS_VECTOR(t, MLP_F64, 3);
    OK(mlp_tensor_linspace(&t, MLP_F64, 3, 9, 0, &err));
    ck_assert_int_eq(mlp_tensor_numel(t), 0);
    mlp_tensor_release(t);
    OK(mlp_tensor_eye(&t, MLP_U8, 2, 3, &err));
    is(t, MLP_U8, SHAPE(2, 3), (double[]){ 1, 0, 0, 0, 1, 0 });
    FAILS(mlp_tensor_arange(&t, MLP_I64, 0, 5, -1, &err), MLP_EINVAL,
          "arange: from 0 to 5 the step must be positive, got -1");
    FAILS(mlp_tensor_arange(&t, MLP_I64, 5, 0, 1, &err), MLP_EINVAL,
          "arange: from 5 to 0 the step must be negative, got 1");
    FAILS(mlp_tensor_arange(&t, MLP_I64, 0, 5, 0, &err), MLP_EINVAL,
          "arange: start 0, end 5, step 0: numbers must be finite, and step not 0");
    FAILS(mlp_tensor_arange(&t, MLP_I64, 0, INFINITY, 1, &err), MLP_EINVAL,
          "arange: start 0, end inf, step 1: numbers must be finite, and step not 0");
    FAILS(mlp_tensor_linspace(&t, MLP_F32, 0, 1, -2, &err), MLP_EINVAL, "linspace: steps is -2, expected 0 or more");
}
END_TEST

/* ---- views ---- */

START_TEST(views_share_the_storage_and_agree_with_the_elements_they_name)
{
    mlp_error err;
    mlp_tensor *t = filled(PLAIN, MLP_F32, SHAPE(4, 5, 6), -50, 50, 1), *v = NULL;
    OK(mlp_tensor_permute(&v, t, (int[]){ 2, 0, 1 }, &err));
    for (int64_t i = 0; i < 6; i++)
        for (int64_t j = 0; j < 4; j++)
            for (int64_t k = 0; k < 5; k++)
                ck_assert(mlp_tensor_at(v, (int64_t[]){ i, j, k }) == mlp_tensor_at(t, (int64_t[]){ j, k, i }));
    mlp_tensor_release(v);
    OK(mlp_tensor_transpose(&v, t, 0, -1, &err));
    ck_assert(mlp_tensor_at(v, (int64_t[]){ 5, 2, 3 }) == mlp_tensor_at(t, (int64_t[]){ 3, 2, 5 }));
    mlp_tensor_release(v);
    OK(mlp_tensor_narrow(&v, t, 1, -3, 2, &err)); /* a negative start counts from the end */
    ck_assert(v->shape[1] == 2 && mlp_tensor_at(v, (int64_t[]){ 1, 1, 1 }) == mlp_tensor_at(t, (int64_t[]){ 1, 3, 1 }));
    mlp_tensor_put(v, (int64_t[]){ 1, 1, 1 }, 1000);
    ck_assert(mlp_tensor_at(t, (int64_t[]){ 1, 3, 1 }) == 1000);
    mlp_tensor_release(v);
    OK(mlp_tensor_select(&v, t, -1, -1, &err));
    ck_assert(v->ndim == 2 && mlp_tensor_at(v, (int64_t[]){ 3, 4 }) == mlp_tensor_at(t, (int64_t[]){ 3, 4, 5 }));
    mlp_tensor_release(v);
    OK(mlp_tensor_unsqueeze(&v, t, 1, &err));
    ck_assert(v->ndim == 4 && v->shape[1] == 1 && mlp_tensor_is_contiguous(v));
    mlp_tensor *w = NULL;
    OK(mlp_tensor_squeeze(&w, v, 1, &err));
    same_values("squeeze", w, t, 0);
    mlp_tensor_release(w);
    OK(mlp_tensor_squeeze(&w, v, 0, &err)); /* a dimension of another size stays */
    ck_assert_int_eq(w->ndim, 4);
    RELEASE(v, w, t);
}
END_TEST

START_TEST(expand_repeats_without_copying_and_minus_one_keeps_a_size)
{
    mlp_error err;
    mlp_tensor *t = VECTOR(MLP_F32, 1, 2, 3), *column = NULL, *v = NULL;
    OK(mlp_tensor_expand(&v, t, SHAPE(2, -1), &err));
    ck_assert(v->stride[0] == 0 && v->storage == t->storage && !mlp_tensor_is_contiguous(v));
    is(v, MLP_F32, SHAPE(2, 3), (double[]){ 1, 2, 3, 1, 2, 3 });
    OK(mlp_tensor_unsqueeze(&column, t, 1, &err));
    OK(mlp_tensor_expand(&v, column, SHAPE(3, 2), &err));
    is(v, MLP_F32, SHAPE(3, 2), (double[]){ 1, 1, 2, 2, 3, 3 });
    OK(mlp_tensor_expand(&v, column, SHAPE(3, 0), &err));
    ck_assert_int_eq(mlp_tensor_numel(v), 0);
    mlp_tensor_release(v);
    FAILS(mlp_tensor_expand(&v, t, SHAPE(2, 4), &err), MLP_ESHAPE, "expand: 3 does not broadcast to 2x4");
    FAILS(mlp_tensor_expand(&v, column, SHAPE(3), &err), MLP_ESHAPE, "expand: 3x1 does not broadcast to 3");
    FAILS(mlp_tensor_expand(&v, t, SHAPE(-1, 3), &err), MLP_ESHAPE, "expand: 3 does not broadcast to -1x3");
    int64_t huge = (int64_t)1 << 40;
    FAILS(mlp_tensor_expand(&v, column, SHAPE(huge, huge, 3, 1), &err), MLP_ENOMEM,
          "a tensor of 1099511627776x1099511627776x3x1 elements is larger than any memory");
    RELEASE(t, column);
}
END_TEST

START_TEST(reshape_gives_the_elements_in_c_order_for_every_layout)
{
    static const int64_t shapes[][5] = { { 24 },      { 4, 6 },  { 2, 2, 6 },  { 2, 12 },   { 8, 3 },
                                         { 4, 3, 2 }, { 1, 24 }, { 24, 1, 1 }, { 3, 1, 8 }, { 2, 2, 2, 3, 1 } };
    static const int ndims[] = { 1, 2, 3, 2, 2, 3, 2, 3, 3, 5 };
    mlp_error err;
    for (int how = 0; how < LAYOUTS; how++) {
        mlp_tensor *t = filled((layout)how, MLP_I64, SHAPE(4, 3, 2), -99, 99, 2);
        for (int i = 0; i < COUNT(ndims); i++) {
            mlp_tensor *v = NULL;
            OK(mlp_tensor_reshape(&v, t, ndims[i], shapes[i], &err));
            ck_assert_int_eq(v->ndim, ndims[i]);
            for (int64_t n = 0; n < 24; n++) ck_assert(nth(v, n) == nth(t, n));
            mlp_tensor_release(v);
        }
        mlp_tensor_release(t);
    }
}
END_TEST

START_TEST(reshape_is_a_view_exactly_where_strides_allow_it)
{
    mlp_error err;
    mlp_tensor *t = filled(PLAIN, MLP_F32, SHAPE(4, 6), 0, 9, 3), *turned = NULL, *v = NULL, *narrowed = NULL;
    OK(mlp_tensor_reshape(&v, t, SHAPE(2, 2, -1), &err));
    ck_assert(v->storage == t->storage && v->shape[2] == 6);
    mlp_tensor_release(v);
    OK(mlp_tensor_transpose(&turned, t, 0, 1, &err));
    OK(mlp_tensor_reshape(&v, turned, SHAPE(24), &err));
    ck_assert(v->storage != t->storage);
    mlp_tensor_release(v);
    OK(mlp_tensor_reshape(&v, turned, SHAPE(6, 2, 2), &err)); /* cuts one dimension: still a view */
    ck_assert(v->storage == t->storage);
    for (int64_t n = 0; n < 24; n++) ck_assert(nth(v, n) == nth(turned, n));
    mlp_tensor_release(v);
    OK(mlp_tensor_narrow(&narrowed, t, 1, 1, 4, &err));
    OK(mlp_tensor_reshape(&v, narrowed, SHAPE(2, 2, 2, 2), &err));
    ck_assert(v->storage == t->storage);
    for (int64_t n = 0; n < 16; n++) ck_assert(nth(v, n) == nth(narrowed, n));
    mlp_tensor_release(v);
    OK(mlp_tensor_reshape(&v, narrowed, SHAPE(16), &err));
    ck_assert(v->storage != t->storage);
    RELEASE(v, t, turned, narrowed);
}
END_TEST

START_TEST(reshape_of_an_expanded_tensor_copies_what_it_must)
{
    mlp_error err;
    mlp_tensor *t = VECTOR(MLP_F64, 1, 2), *wide = NULL, *v = NULL;
    OK(mlp_tensor_expand(&wide, t, SHAPE(3, 2), &err));
    OK(mlp_tensor_reshape(&v, wide, SHAPE(6), &err));
    IS_VECTOR(v, MLP_F64, 1, 2, 1, 2, 1, 2);
    OK(mlp_tensor_reshape(&v, wide, SHAPE(3, 1, 2, 1), &err));
    ck_assert(v->storage == t->storage);
    is(v, MLP_F64, SHAPE(3, 1, 2, 1), (double[]){ 1, 2, 1, 2, 1, 2 });
    RELEASE(t, wide);
}
END_TEST

START_TEST(reshape_knows_sizes_of_zero_and_one_and_says_what_does_not_fit)
{
    mlp_error err;
    mlp_tensor *empty = laid_out(PLAIN, MLP_F32, SHAPE(0, 3)), *one = VECTOR(MLP_F32, 5), *v = NULL;
    OK(mlp_tensor_reshape(&v, empty, SHAPE(3, 0, 7), &err));
    ck_assert(v->ndim == 3 && mlp_tensor_numel(v) == 0);
    mlp_tensor_release(v);
    OK(mlp_tensor_reshape(&v, empty, SHAPE(-1, 3), &err));
    ck_assert_int_eq(v->shape[0], 0);
    mlp_tensor_release(v);
    FAILS(mlp_tensor_reshape(&v, empty, SHAPE(-1, 0), &err), MLP_ESHAPE,
          "reshape: 0x3 has 0 elements, which do not fit into -1x0");
    OK(mlp_tensor_reshape(&v, one, 0, NULL, &err));
    ck_assert(v->ndim == 0 && nth(v, 0) == 5);
    mlp_tensor *back = NULL;
    OK(mlp_tensor_reshape(&back, v, SHAPE(1, 1, 1), &err));
    ck_assert(back->ndim == 3 && nth(back, 0) == 5);
    RELEASE(v, back);
    mlp_tensor *t = laid_out(PLAIN, MLP_F32, SHAPE(2, 3));
    FAILS(mlp_tensor_reshape(&v, t, SHAPE(4, -1), &err), MLP_ESHAPE,
          "reshape: 2x3 has 6 elements, which do not fit into 4x-1");
    FAILS(mlp_tensor_reshape(&v, t, SHAPE(7), &err), MLP_ESHAPE,
          "reshape: 2x3 has 6 elements, which do not fit into 7");
    FAILS(mlp_tensor_reshape(&v, t, SHAPE(-1, -1), &err), MLP_ESHAPE,
          "reshape: 2x3 has 6 elements, which do not fit into -1x-1");
    FAILS(mlp_tensor_reshape(&v, t, SHAPE(-2, -3), &err), MLP_ESHAPE,
          "reshape: 2x3 has 6 elements, which do not fit into -2x-3");
    FAILS(mlp_tensor_reshape(&v, t, SHAPE(1, 1, 1, 1, 1, 1, 1, 1, 6), &err), MLP_ESHAPE,
          "reshape: a tensor has at most 8 dimensions, got 9");
    FAILS(mlp_tensor_reshape(&v, t, SHAPE(INT64_MAX, 2), &err), MLP_ESHAPE,
          "reshape: 2x3 has 6 elements, which do not fit into 9223372036854775807x2");
    RELEASE(empty, one, t);
}
END_TEST

START_TEST(views_refuse_dimensions_and_places_that_are_not_there)
{
    mlp_error err;
    mlp_tensor *t = laid_out(PLAIN, MLP_F32, SHAPE(2, 3)), *v = NULL, *s = NULL, *deep = NULL;
    OK(mlp_tensor_scalar(&s, MLP_F32, 0, &err));
    FAILS(mlp_tensor_permute(&v, t, (int[]){ 0, 0 }, &err), MLP_EINVAL, "permute: dimension 1 is named twice");
    FAILS(mlp_tensor_permute(&v, t, (int[]){ 0, 2 }, &err), MLP_EINDEX,
          "permute: there is no dimension 3 in a tensor of 2 dimensions");
    FAILS(mlp_tensor_transpose(&v, t, 0, -3, &err), MLP_EINDEX,
          "transpose: there is no dimension -3 in a tensor of 2 dimensions");
    FAILS(mlp_tensor_narrow(&v, t, 1, 2, 2, &err), MLP_EINDEX,
          "narrow: 2 elements from 3 do not fit into dimension 2 of size 3");
    FAILS(mlp_tensor_narrow(&v, t, 1, 0, INT64_MAX, &err), MLP_EINDEX,
          "narrow: 9223372036854775807 elements from 1 do not fit into dimension 2 of size 3");
    FAILS(mlp_tensor_narrow(&v, t, 1, 1, -1, &err), MLP_EINDEX,
          "narrow: -1 elements from 2 do not fit into dimension 2 of size 3");
    FAILS(mlp_tensor_select(&v, t, 0, 2, &err), MLP_EINDEX, "select: index 3 is outside of dimension 1 of size 2");
    FAILS(mlp_tensor_select(&v, s, 0, 0, &err), MLP_EINDEX,
          "select: there is no dimension 1 in a tensor of 0 dimensions");
    FAILS(mlp_tensor_squeeze(&v, t, 2, &err), MLP_EINDEX,
          "squeeze: there is no dimension 3 in a tensor of 2 dimensions");
    deep = laid_out(PLAIN, MLP_F32, SHAPE(1, 1, 1, 1, 1, 1, 1, 1));
    FAILS(mlp_tensor_unsqueeze(&v, deep, 0, &err), MLP_ESHAPE,
          "unsqueeze: the tensor has 8 dimensions already, the most there can be");
    RELEASE(t, s, deep);
}
END_TEST

START_TEST(unsqueeze_of_a_view_reads_the_same_elements)
{
    mlp_error err;
    for (int how = 0; how < LAYOUTS; how++)
        for (int dim = 0; dim <= 2; dim++) {
            mlp_tensor *t = filled((layout)how, MLP_F32, SHAPE(3, 4), 0, 99, 4), *v = NULL, *flat = NULL;
            OK(mlp_tensor_unsqueeze(&v, t, dim, &err));
            OK(mlp_tensor_reshape(&flat, v, SHAPE(12), &err));
            for (int64_t i = 0; i < 12; i++) ck_assert(nth(v, i) == nth(t, i) && nth(flat, i) == nth(t, i));
            RELEASE(t, v, flat);
        }
}
END_TEST

/* ---- copies ---- */

START_TEST(copy_and_fill_write_through_views_and_leave_the_rest)
{
    mlp_error err;
    mlp_tensor *t = NULL, *v = NULL, *row = VECTOR(MLP_I64, 7, 8), *block = NULL;
    OK(mlp_tensor_full(&t, MLP_F32, SHAPE(3, 3), 0, &err));
    OK(mlp_tensor_narrow(&v, t, 1, 1, 2, &err));
    OK(mlp_tensor_copy_(v, row, &err)); /* broadcasts and converts */
    OK(mlp_tensor_select(&block, t, 0, 2, &err));
    OK(mlp_tensor_fill_(block, -1, &err));
    is(t, MLP_F32, SHAPE(3, 3), (double[]){ 0, 7, 8, 0, 7, 8, -1, -1, -1 });
    FAILS(mlp_tensor_copy_(row, v, &err), MLP_ESHAPE, "copy_: 3x2 does not broadcast to 2");
    FAILS(mlp_tensor_copy_(block, row, &err), MLP_ESHAPE,
          "copy_: shapes 3 and 2 do not broadcast (aligned at the last dimension, sizes must be equal or 1)");
    RELEASE(v, row, block);
}
END_TEST

START_TEST(copy_between_overlapping_views_reads_before_it_writes)
{
    mlp_error err;
    for (int forward = 0; forward < 2; forward++) {
        mlp_tensor *t = VECTOR(MLP_I64, 1, 2, 3, 4, 5), *low = NULL, *high = NULL;
        OK(mlp_tensor_narrow(&low, t, 0, 0, 4, &err));
        OK(mlp_tensor_narrow(&high, t, 0, 1, 4, &err));
        OK(mlp_tensor_copy_(forward ? high : low, forward ? low : high, &err));
        RELEASE(low, high);
        if (forward) IS_VECTOR(t, MLP_I64, 1, 1, 2, 3, 4);
        else IS_VECTOR(t, MLP_I64, 2, 3, 4, 5, 5);
    }
    mlp_tensor *m = of(MLP_F32, SHAPE(2, 2), (double[]){ 1, 2, 3, 4 }), *turned = NULL;
    OK(mlp_tensor_transpose(&turned, m, 0, 1, &err));
    OK(mlp_tensor_copy_(m, turned, &err));
    mlp_tensor_release(turned);
    is(m, MLP_F32, SHAPE(2, 2), (double[]){ 1, 3, 2, 4 });
}
END_TEST

START_TEST(operations_in_place_on_overlapping_views_use_the_values_before)
{
    mlp_error err;
    mlp_tensor *t = VECTOR(MLP_F64, 1, 2, 3, 4), *low = NULL, *high = NULL;
    OK(mlp_tensor_narrow(&low, t, 0, 0, 3, &err));
    OK(mlp_tensor_narrow(&high, t, 0, 1, 3, &err));
    OK(mlp_tensor_binary_(high, MLP_ADD, low, &err));
    OK(mlp_tensor_axpy_(low, 10, high, &err));
    RELEASE(low, high);
    IS_VECTOR(t, MLP_F64, 31, 53, 75, 7);
    t = VECTOR(MLP_F32, 1, 2, 3);
    OK(mlp_tensor_binary_(t, MLP_MUL, t, &err));
    IS_VECTOR(t, MLP_F32, 1, 4, 9);
}
END_TEST

START_TEST(an_expanded_tensor_is_not_written_element_by_element)
{
    mlp_error err;
    mlp_tensor *one = VECTOR(MLP_F32, 5), *wide = NULL, *b = VECTOR(MLP_F32, 1, 2, 3), *at = VECTOR(MLP_I64, 0, 1, 2);
    mlp_rng rng = mlp_rng_stream(1, MLP_FOR_USER, 0, 0, 0);
    OK(mlp_tensor_expand(&wide, one, SHAPE(3), &err));
    FAILS(mlp_tensor_binary_(wide, MLP_ADD, b, &err), MLP_ESTATE,
          "add_: several elements of an expanded tensor are one place in memory: write to a clone");
    FAILS(mlp_tensor_binary_number_(wide, MLP_MUL, 2, &err), MLP_ESTATE,
          "mul_: several elements of an expanded tensor are one place in memory: write to a clone");
    FAILS(mlp_tensor_axpy_(wide, 1, b, &err), MLP_ESTATE,
          "add_: several elements of an expanded tensor are one place in memory: write to a clone");
    FAILS(mlp_tensor_copy_(wide, b, &err), MLP_ESTATE,
          "copy_: several elements of an expanded tensor are one place in memory: write to a clone");
    FAILS(mlp_tensor_uniform_(wide, 0, 1, &rng, &err), MLP_ESTATE,
          "random fill: several elements of an expanded tensor are one place in memory: write to a clone");
    FAILS(mlp_tensor_scatter_add_(wide, 0, at, b, &err), MLP_ESTATE,
          "scatter_add_: several elements of an expanded tensor are one place in memory: write to a clone");
    ck_assert(nth(one, 0) == 5);
    OK(mlp_tensor_fill_(wide, 4, &err)); /* one value for all is well defined */
    ck_assert(nth(one, 0) == 4);
    RELEASE(one, wide, b, at);
}
END_TEST

START_TEST(casts_truncate_towards_zero_wrap_and_keep_large_integers)
{
    mlp_error err;
    mlp_tensor *x = VECTOR(MLP_F64, 2.9, -2.9, 300, -1, NAN, INFINITY, -INFINITY, 1e300), *y = NULL;
    OK(mlp_tensor_cast(&y, x, MLP_I64, &err));
    const int64_t *v = mlp_tensor_data(y);
    ck_assert(v[0] == 2 && v[1] == -2 && v[2] == 300 && v[3] == -1);
    RELEASE(y, x);
    x = VECTOR(MLP_F32, 2.9, 300, -1, 255);
    OK(mlp_tensor_cast(&y, x, MLP_U8, &err));
    IS_VECTOR(y, MLP_U8, 2, 44, 255, 255);
    mlp_tensor_release(x);
    int64_t large = ((int64_t)1 << 53) + 1;
    OK(mlp_tensor_new(&x, MLP_I64, SHAPE(1), &err));
    *(int64_t *)mlp_tensor_data(x) = large;
    OK(mlp_tensor_cast(&y, x, MLP_I64, &err));
    ck_assert(*(int64_t *)mlp_tensor_data(y) == large && y->storage != x->storage);
    mlp_tensor_release(y);
    OK(mlp_tensor_cast(&y, x, MLP_U8, &err));
    ck_assert(nth(y, 0) == 1);
    RELEASE(x, y);
}
END_TEST

START_TEST(every_number_of_16_bits_is_an_f32_and_comes_back)
{
    for (uint32_t bits = 0; bits < 0x10000; bits++) {
        uint16_t h = (uint16_t)bits;
        float half = mlp_half_to_float(h), brain = mlp_brain_to_float(h);
        uint32_t exponent = bits >> 10 & 31, fraction = bits & 1023;
        double sign = bits & 0x8000 ? -1 : 1; /* by the definition of the format */
        double value = exponent == 31
                           ? (fraction ? NAN : INFINITY)
                           : ldexp(exponent ? 1024 + fraction : fraction, (exponent ? (int)exponent : 1) - 25);
        if (!close_to(half, sign * value, 0) || (signbit(half) != 0) != (bits >> 15 != 0))
            ck_abort_msg("f16 %04x is %g", bits, half);
        if (isnan(half) ? (mlp_float_to_half(half) & 0x7fff) <= 0x7c00 : mlp_float_to_half(half) != h)
            ck_abort_msg("f16 %04x comes back as %04x", bits, mlp_float_to_half(half));
        if (isnan(brain) ? (mlp_float_to_brain(brain) & 0x7fff) <= 0x7f80 : mlp_float_to_brain(brain) != h)
            ck_abort_msg("bf16 %04x comes back as %04x", bits, mlp_float_to_brain(brain));
    }
}
END_TEST

START_TEST(f32_is_rounded_to_the_nearest_number_of_16_bits)
{
    mlp_rng rng = mlp_rng_stream(3, MLP_FOR_USER, 0, 0, 0);
    for (int i = 0; i < 1000000; i++) {
        uint32_t bits = mlp_rng_u32(&rng); /* every exponent; half of them about that of f16 */
        if (i % 2) bits = (bits & 0x807fffff) | (uint32_t)(100 + bits % 47) << 23;
        if (i % 3 == 0) bits &= 0xfffff000; /* ties */
        float x = mlp_of_bits(bits);
        float half = mlp_half_to_float(mlp_float_to_half(x)), brain = mlp_brain_to_float(mlp_float_to_brain(x));
        if (!close_to(half, kept(MLP_F16, x), 0))
            ck_abort_msg("%a is %a in f16, expected %a", x, half, kept(MLP_F16, x));
        if (!close_to(brain, kept(MLP_BF16, x), 0))
            ck_abort_msg("%a is %a in bf16, expected %a", x, brain, kept(MLP_BF16, x));
    }
}
END_TEST

START_TEST(clones_of_every_layout_and_type_are_contiguous_and_equal)
{
    mlp_error err;
    for (int how = 0; how < LAYOUTS; how++)
        for (int type = MLP_U8; type <= MLP_F64; type++)
            for (int to = MLP_U8; to <= MLP_F64; to++) {
                mlp_tensor *t = filled((layout)how, (mlp_dtype)type, SHAPE(3, 1, 4), 0, 200, 5), *c = NULL, *d = NULL;
                OK(mlp_tensor_cast(&c, t, (mlp_dtype)to, &err));
                ck_assert(c->dtype == (mlp_dtype)to && mlp_tensor_is_contiguous(c));
                for (int64_t i = 0; i < 12; i++) {
                    double v = nth(t, i);
                    ck_assert(nth(c, i) == (to <= MLP_I64 ? trunc(v) : kept((mlp_dtype)to, v)));
                }
                OK(mlp_tensor_contiguous(&d, t, &err));
                ck_assert((d == t) == mlp_tensor_is_contiguous(t));
                same_values("contiguous", d, t, 0);
                RELEASE(t, c, d);
            }
}
END_TEST

/* ---- joining and picking ---- */

START_TEST(cat_and_stack_agree_with_their_parts_for_every_dimension)
{
    mlp_error err;
    for (int how = 0; how < LAYOUTS; how++)
        for (int dim = 0; dim < 3; dim++) {
            int64_t second[3] = { 2, 3, 4 };
            second[dim] = 5;
            mlp_tensor *a = filled((layout)how, MLP_F32, SHAPE(2, 3, 4), 0, 99, 6), *y = NULL, *part = NULL;
            mlp_tensor *b = filled((layout)how, MLP_F32, 3, second, 0, 99, 7);
            OK(mlp_tensor_cat(&y, (mlp_tensor *[]){ a, b, a }, 3, dim, &err));
            ck_assert_int_eq(y->shape[dim], 2 * a->shape[dim] + 5);
            OK(mlp_tensor_narrow(&part, y, dim, a->shape[dim], 5, &err));
            same_values("cat", part, b, 0);
            mlp_tensor_release(part);
            OK(mlp_tensor_narrow(&part, y, dim, a->shape[dim] + 5, a->shape[dim], &err));
            same_values("cat", part, a, 0);
            RELEASE(y, part, b);
            mlp_tensor *c = filled(PLAIN, MLP_F32, SHAPE(2, 3, 4), 0, 99, 8);
            OK(mlp_tensor_stack(&y, (mlp_tensor *[]){ a, c }, 2, dim, &err));
            ck_assert(y->ndim == 4 && y->shape[dim] == 2);
            OK(mlp_tensor_select(&part, y, dim, 1, &err));
            same_values("stack", part, c, 0);
            RELEASE(a, c, y, part);
        }
}
END_TEST

START_TEST(cat_and_stack_promote_take_empty_parts_and_say_what_does_not_fit)
{
    mlp_error err;
    mlp_tensor *a = VECTOR(MLP_U8, 1, 2), *b = VECTOR(MLP_F32, 0.5), *none = laid_out(PLAIN, MLP_F32, SHAPE(0)),
               *y = NULL;
    mlp_tensor *m = laid_out(PLAIN, MLP_F32, SHAPE(2, 3)), *s = NULL;
    OK(mlp_tensor_scalar(&s, MLP_F32, 1, &err));
    OK(mlp_tensor_cat(&y, (mlp_tensor *[]){ a, none, b }, 3, 0, &err));
    IS_VECTOR(y, MLP_F32, 1, 2, 0.5);
    OK(mlp_tensor_stack(&y, (mlp_tensor *[]){ s, s }, 2, -1, &err));
    IS_VECTOR(y, MLP_F32, 1, 1);
    FAILS(mlp_tensor_cat(&y, NULL, 0, 0, &err), MLP_EINVAL, "cat: the list has no tensor");
    FAILS(mlp_tensor_stack(&y, NULL, 0, 0, &err), MLP_EINVAL, "stack: the list has no tensor");
    FAILS(mlp_tensor_cat(&y, (mlp_tensor *[]){ s, s }, 2, 0, &err), MLP_ESHAPE,
          "cat: tensor 1 has no dimension to join along (use stack)");
    FAILS(mlp_tensor_cat(&y, (mlp_tensor *[]){ a, m }, 2, 0, &err), MLP_ESHAPE,
          "cat: tensor 1 is 2 but tensor 2 is 2x3 (all but the joined dimension must agree)");
    FAILS(mlp_tensor_stack(&y, (mlp_tensor *[]){ a, a, m }, 3, 0, &err), MLP_ESHAPE,
          "stack: tensor 1 is 2 but tensor 3 is 2x3 (all must have one shape)");
    FAILS(mlp_tensor_cat(&y, (mlp_tensor *[]){ a, a }, 2, 1, &err), MLP_EINDEX,
          "cat: there is no dimension 2 in a tensor of 1 dimensions");
    RELEASE(a, b, none, m, s);
}
END_TEST

START_TEST(index_select_and_index_add_agree_with_naive_loops)
{
    mlp_error err;
    for (int how = 0; how < LAYOUTS; how++)
        for (int type = MLP_U8; type <= MLP_F64; type++)
            for (int dim = 0; dim < 3; dim++) {
                mlp_tensor *x = filled((layout)how, (mlp_dtype)type, SHAPE(4, 3, 5), 0, 40, 9), *y = NULL, *sum = NULL;
                mlp_tensor *at = VECTOR(MLP_I64, 2, 0, 2, 1);
                OK(mlp_tensor_index_select(&y, x, dim, at, &err));
                OK(mlp_tensor_clone(&sum, x, &err));
                OK(mlp_tensor_index_add_(x, dim, at, y, &err));
                ck_assert_int_eq(y->shape[dim], 4);
                for (int64_t n = 0; n < mlp_tensor_numel(y); n++) {
                    int64_t index[MLP_MAX_DIMS], to;
                    unravel(y, n, index);
                    to = index[dim] = (int64_t)nth(at, index[dim]);
                    (void)to;
                    ck_assert(nth(y, n) == mlp_tensor_at(sum, index)); /* sum still has x's old values */
                }
                for (int64_t n = 0; n < mlp_tensor_numel(x); n++) {
                    int64_t index[MLP_MAX_DIMS];
                    unravel(x, n, index);
                    double times = index[dim] == 2 ? 3 : index[dim] < 2 ? 2 : 1, expected = nth(sum, n) * times;
                    ck_assert(close_to(nth(x, n), expected, 1e-5 + step_of((mlp_dtype)type, expected)));
                }
                RELEASE(x, y, at, sum);
            }
}
END_TEST

START_TEST(gather_and_scatter_add_agree_with_naive_loops)
{
    mlp_error err;
    for (int how = 0; how < LAYOUTS; how++)
        for (int type = MLP_U8; type <= MLP_F64; type++)
            for (int dim = 0; dim < 3; dim++) {
                int64_t shape[3] = { 3, 2, 4 }; /* smaller than x except along dim */
                shape[dim] = 6;
                mlp_tensor *x = filled((layout)how, (mlp_dtype)type, SHAPE(4, 3, 5), 0, 30, 10), *y = NULL, *sum = NULL;
                mlp_tensor *at = filled((layout)how, MLP_I64, 3, shape, 0, (int)x->shape[dim] - 1, 11);
                OK(mlp_tensor_gather(&y, x, dim, at, &err));
                for (int64_t n = 0; n < mlp_tensor_numel(y); n++) {
                    int64_t index[MLP_MAX_DIMS];
                    unravel(y, n, index);
                    index[dim] = (int64_t)nth(at, n);
                    ck_assert(nth(y, n) == mlp_tensor_at(x, index));
                }
                OK(mlp_tensor_full(&sum, (mlp_dtype)type, SHAPE(4, 3, 5), 0, &err));
                for (int64_t n = 0; n < mlp_tensor_numel(y); n++) {
                    int64_t index[MLP_MAX_DIMS];
                    unravel(y, n, index);
                    index[dim] = (int64_t)nth(at, n);
                    mlp_tensor_put(sum, index, mlp_tensor_at(sum, index) + nth(y, n));
                }
                OK(mlp_tensor_fill_(x, 0, &err));
                OK(mlp_tensor_scatter_add_(x, dim, at, y, &err));
                same_values("scatter_add_", x, sum, 1e-5);
                RELEASE(x, y, at, sum);
            }
}
END_TEST

START_TEST(picking_says_which_index_is_wrong)
{
    mlp_error err;
    mlp_tensor *x = filled(PLAIN, MLP_F32, SHAPE(2, 3), 0, 9, 1), *y = NULL, *far = VECTOR(MLP_I64, 0, 3),
               *fine = VECTOR(MLP_I64, 0, 1);
    mlp_tensor *real = VECTOR(MLP_F32, 0), *wide = filled(PLAIN, MLP_I64, SHAPE(3, 3), 0, 1, 1),
               *minus = VECTOR(MLP_I64, -1);
    FAILS(mlp_tensor_index_select(&y, x, 1, far, &err), MLP_EINDEX, "index_select: index 4 is outside of 1 to 3");
    FAILS(mlp_tensor_index_select(&y, x, 1, minus, &err), MLP_EINDEX, "index_select: index 0 is outside of 1 to 3");
    FAILS(mlp_tensor_index_select(&y, x, 1, real, &err), MLP_EDTYPE, "index_select: the index is f32, expected i64");
    FAILS(mlp_tensor_index_select(&y, x, 1, wide, &err), MLP_ESHAPE,
          "index_select: the index is 3x3, expected one dimension");
    FAILS(mlp_tensor_index_select(&y, x, 2, fine, &err), MLP_EINDEX,
          "index_select: there is no dimension 3 in a tensor of 2 dimensions");
    FAILS(mlp_tensor_index_add_(x, 1, fine, x, &err), MLP_ESHAPE,
          "index_add_: the source is 2x3, expected 2 slices of 2x3");
    FAILS(mlp_tensor_gather(&y, x, 1, wide, &err), MLP_ESHAPE,
          "gather: the index is 3x3 but the tensor is 2x3 (it must fit in all dimensions but the one it picks along)");
    FAILS(mlp_tensor_gather(&y, x, 0, fine, &err), MLP_ESHAPE,
          "gather: the index is 2 but the tensor is 2x3 (it must fit in all dimensions but the one it picks along)");
    OK(mlp_tensor_fill_(wide, 2, &err));
    FAILS(mlp_tensor_gather(&y, x, 0, wide, &err), MLP_EINDEX, "gather: index 3 is outside of 1 to 2");
    OK(mlp_tensor_fill_(wide, 1, &err));
    FAILS(mlp_tensor_scatter_add_(x, 0, wide, x, &err), MLP_ESHAPE,
          "scatter_add_: the source is f32 2x3, expected f32 of the index's shape 3x3");
    RELEASE(x, far, fine, real, wide, minus);
}
END_TEST

START_TEST(indices_that_are_views_are_read_along_their_strides)
{
    mlp_error err;
    mlp_tensor *x = VECTOR(MLP_F32, 10, 20, 30), *pairs = of(MLP_I64, SHAPE(3, 2), (double[]){ 2, 9, 0, 9, 1, 9 });
    mlp_tensor *at = NULL, *y = NULL;
    OK(mlp_tensor_select(&at, pairs, 1, 0, &err));
    OK(mlp_tensor_index_select(&y, x, 0, at, &err));
    IS_VECTOR(y, MLP_F32, 30, 10, 20);
    OK(mlp_tensor_gather(&y, x, 0, at, &err));
    IS_VECTOR(y, MLP_F32, 30, 10, 20);
    RELEASE(x, pairs, at);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_new_tensor_is_contiguous_and_a_scalar_has_one_element,
        shapes_that_cannot_exist_are_refused,
        writes_count_the_version_and_references_decide_who_is_alone,
        ranges_have_the_ends_that_their_names_promise,
        views_share_the_storage_and_agree_with_the_elements_they_name,
        expand_repeats_without_copying_and_minus_one_keeps_a_size,
        reshape_gives_the_elements_in_c_order_for_every_layout,
        reshape_is_a_view_exactly_where_strides_allow_it,
        reshape_of_an_expanded_tensor_copies_what_it_must,
        reshape_knows_sizes_of_zero_and_one_and_says_what_does_not_fit,
        views_refuse_dimensions_and_places_that_are_not_there,
        unsqueeze_of_a_view_reads_the_same_elements,
        copy_and_fill_write_through_views_and_leave_the_rest,
        copy_between_overlapping_views_reads_before_it_writes,
        operations_in_place_on_overlapping_views_use_the_values_before,
        an_expanded_tensor_is_not_written_element_by_element,
        casts_truncate_towards_zero_wrap_and_keep_large_integers,
        every_number_of_16_bits_is_an_f32_and_comes_back,
        f32_is_rounded_to_the_nearest_number_of_16_bits,
        clones_of_every_layout_and_type_are_contiguous_and_equal,
        cat_and_stack_agree_with_their_parts_for_every_dimension,
        cat_and_stack_promote_take_empty_parts_and_say_what_does_not_fit,
        index_select_and_index_add_agree_with_naive_loops,
        gather_and_scatter_add_agree_with_naive_loops,
        picking_says_which_index_is_wrong,
        indices_that_are_views_are_read_along_their_strides,
    };
    return run_suite("tensor", tests, COUNT(tests));
}
