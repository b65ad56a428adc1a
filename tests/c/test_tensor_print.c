/* test_tensor_print.c - the text of tensors, letter by letter. */
#include "tensors.h"

#include <locale.h>

static void prints(mlp_tensor *t, const mlp_print_options *options, const char *expected)
{
    mlp_error err;
    char *text = NULL;
    OK(mlp_tensor_text(&text, t, options, &err));
    ck_assert_msg(strcmp(text, expected) == 0, "got\n%s\nexpected\n%s", text, expected);
    free(text);
    mlp_tensor_release(t);
}

static mlp_tensor *scalar(mlp_dtype dtype, double value)
{
    mlp_error err;
    mlp_tensor *t = NULL;
    OK(mlp_tensor_scalar(&t, dtype, value, &err));
    return t;
}

static mlp_tensor *counting(mlp_dtype dtype, int ndim, const int64_t *shape)
{
    mlp_tensor *t = laid_out(PLAIN, dtype, ndim, shape);
    for (int64_t i = 0; i < mlp_tensor_numel(t); i++) set_nth(t, i, (double)i);
    return t;
}

START_TEST(small_tensors_show_every_value_in_one_format)
{
    prints(VECTOR(MLP_F32, 1, 2.5, -3), NULL, "[ 1.0000,  2.5000, -3.0000]\n[f32 3]");
    prints(of(MLP_F64, SHAPE(2, 2), (double[]){ 0.5, 10, 0, -1 }), NULL,
           "[[ 0.5000, 10.0000],\n [ 0.0000, -1.0000]]\n[f64 2x2]");
    prints(VECTOR(MLP_I64, 1, -20, 300), NULL, "[  1, -20, 300]\n[i64 3]");
    prints(VECTOR(MLP_U8, 0, 255), NULL, "[  0, 255]\n[u8 2]");
}
END_TEST

START_TEST(floats_without_a_fraction_end_in_a_point)
{
    prints(VECTOR(MLP_F32, 1, 2, -3), NULL, "[ 1.,  2., -3.]\n[f32 3]");
    prints(VECTOR(MLP_F32, 0, 0), NULL, "[0., 0.]\n[f32 2]");
}
END_TEST

START_TEST(scalars_and_empty_tensors_have_a_text)
{
    prints(scalar(MLP_F32, 2.5), NULL, "2.5000\n[f32 scalar]");
    prints(scalar(MLP_I64, -7), NULL, "-7\n[i64 scalar]");
    prints(scalar(MLP_F64, 3), NULL, "3.\n[f64 scalar]");
    prints(laid_out(PLAIN, MLP_F32, SHAPE(0)), NULL, "[]\n[f32 0]");
    prints(laid_out(PLAIN, MLP_U8, SHAPE(2, 0, 3)), NULL, "[]\n[u8 2x0x3]");
}
END_TEST

START_TEST(magnitudes_far_apart_are_written_with_exponents)
{
    prints(VECTOR(MLP_F64, 1, 0.00001), NULL, "[1.0000e+00, 1.0000e-05]\n[f64 2]");
    prints(VECTOR(MLP_F32, 1, 10000), NULL, "[1.0000e+00, 1.0000e+04]\n[f32 2]");
    prints(VECTOR(MLP_F64, 2000000000, -0.0), NULL, "[ 2.0000e+09, -0.0000e+00]\n[f64 2]");
    prints(VECTOR(MLP_F64, 0.00002, 0.00003), NULL, "[2.0000e-05, 3.0000e-05]\n[f64 2]");
    prints(VECTOR(MLP_F64, 1e300, 1e-300), NULL, "[1.0000e+300, 1.0000e-300]\n[f64 2]");
}
END_TEST

START_TEST(nan_and_infinity_stand_beside_numbers)
{
    prints(VECTOR(MLP_F32, NAN, 1.5, INFINITY, -INFINITY), NULL, "[   nan, 1.5000,    inf,   -inf]\n[f32 4]");
    prints(VECTOR(MLP_F32, NAN, NAN), NULL, "[nan, nan]\n[f32 2]");
}
END_TEST

START_TEST(matrices_of_a_larger_tensor_are_separated_by_a_blank_line)
{
    prints(counting(MLP_I64, SHAPE(2, 2, 2)), NULL, "[[[0, 1],\n  [2, 3]],\n\n [[4, 5],\n  [6, 7]]]\n[i64 2x2x2]");
    prints(counting(MLP_I64, SHAPE(2, 1, 1, 2)), NULL, "[[[[0, 1]]],\n\n\n [[[2, 3]]]]\n[i64 2x1x1x2]");
}
END_TEST

START_TEST(large_tensors_show_their_edges)
{
    prints(counting(MLP_F32, SHAPE(1001)), NULL, "[   0.,    1.,    2., ...,  998.,  999., 1000.]\n[f32 1001]");
    prints(counting(MLP_I64, SHAPE(100, 100)), NULL,
           "[[   0,    1,    2, ...,   97,   98,   99],\n"
           " [ 100,  101,  102, ...,  197,  198,  199],\n"
           " [ 200,  201,  202, ...,  297,  298,  299],\n"
           " ...,\n"
           " [9700, 9701, 9702, ..., 9797, 9798, 9799],\n"
           " [9800, 9801, 9802, ..., 9897, 9898, 9899],\n"
           " [9900, 9901, 9902, ..., 9997, 9998, 9999]]\n"
           "[i64 100x100]");
    mlp_print_options o = mlp_print_defaults();
    o.threshold = 5, o.edge_items = 1, o.precision = 1;
    prints(counting(MLP_F64, SHAPE(3, 1, 2)), &o, "[[[0., 1.]],\n\n ...,\n\n [[4., 5.]]]\n[f64 3x1x2]");
    prints(VECTOR(MLP_F64, 0.25, 1, 2, 3, 4, 0.5), &o, "[0.2, ..., 0.5]\n[f64 6]");
}
END_TEST

START_TEST(long_rows_are_broken_at_the_width_of_the_line)
{
    mlp_print_options o = mlp_print_defaults();
    o.line_width = 20;
    prints(counting(MLP_I64, SHAPE(12)), &o, "[ 0,  1,  2,  3,\n  4,  5,  6,  7,\n  8,  9, 10, 11]\n[i64 12]");
    prints(counting(MLP_I64, SHAPE(2, 6)), &o,
           "[[ 0,  1,  2,  3,\n   4,  5],\n [ 6,  7,  8,  9,\n  10, 11]]\n[i64 2x6]");
    o.line_width = 1;
    prints(VECTOR(MLP_U8, 7, 8), &o, "[7,\n 8]\n[u8 2]");
}
END_TEST

START_TEST(views_print_what_they_show)
{
    mlp_error err;
    mlp_tensor *t = counting(MLP_I64, SHAPE(2, 3)), *turned = NULL, *wide = NULL, *row = VECTOR(MLP_F32, 1, 2);
    OK(mlp_tensor_transpose(&turned, t, 0, 1, &err));
    prints(turned, NULL, "[[0, 3],\n [1, 4],\n [2, 5]]\n[i64 3x2]");
    OK(mlp_tensor_expand(&wide, row, SHAPE(2, 2), &err));
    prints(wide, NULL, "[[1., 2.],\n [1., 2.]]\n[f32 2x2]");
    RELEASE(t, row);
}
END_TEST

START_TEST(the_text_does_not_depend_on_the_locale)
{
    static const char *const names[] = { "de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE" };
    for (int i = 0; i < COUNT(names); i++)
        if (setlocale(LC_NUMERIC, names[i])) break; /* without such a locale the C one is tested */
    prints(VECTOR(MLP_F32, 1.5, 0.25), NULL, "[1.5000, 0.2500]\n[f32 2]");
    setlocale(LC_NUMERIC, "C");
}
END_TEST

START_TEST(integers_beyond_doubles_are_written_exactly)
{
    mlp_error err;
    mlp_tensor *t = NULL;
    OK(mlp_tensor_new(&t, MLP_I64, SHAPE(2), &err));
    int64_t *v = mlp_tensor_data(t);
    v[0] = INT64_MIN, v[1] = ((int64_t)1 << 53) + 1;
    prints(t, NULL, "[-9223372036854775808,     9007199254740993]\n[i64 2]");
}
END_TEST
int main(void)
{
    const TTest *const tests[] = {
        small_tensors_show_every_value_in_one_format,
        floats_without_a_fraction_end_in_a_point,
        scalars_and_empty_tensors_have_a_text,
        magnitudes_far_apart_are_written_with_exponents,
        nan_and_infinity_stand_beside_numbers,
        matrices_of_a_larger_tensor_are_separated_by_a_blank_line,
        large_tensors_show_their_edges,
        long_rows_are_broken_at_the_width_of_the_line,
        views_print_what_they_show,
        the_text_does_not_depend_on_the_locale,
        integers_beyond_doubles_are_written_exactly,
    };
    return run_suite("tensor_print", tests, COUNT(tests));
}
