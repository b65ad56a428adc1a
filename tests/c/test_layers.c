/* test_layers.c - the rows of nn/layer.h: each has what its class, function and help are made of, and one gradient. */
#include "gradcheck.h"
#include "nn/nn.h"

#include <ctype.h>
#include <string.h>

START_TEST(every_row_says_what_it_is)
{
    const mlp_layer *row;
    int count = 0;
    for (; (row = mlp_layer_at(count)); count++) {
        ck_assert_msg(isupper((unsigned char)row->about.name[0]), "%s", row->about.name);
        ck_assert_msg(islower((unsigned char)row->function[0]), "%s", row->function);
        ck_assert_ptr_eq(mlp_layer_named(row->about.name), row);
        ck_assert_str_eq(mlp_layer_named(row->function)->function, row->function); /* several classes may share it */
        ck_assert_int_le(mlp_layer_constructor(row)->param_count, MLP_LAYER_PARAMS);
        ck_assert_msg(row->about.doc[strlen(row->about.doc) - 1] == '.', "%s: %s", row->about.name, row->about.doc);
        ck_assert_int_le(row->about.param_count, MLP_LAYER_PARAMS);
        int tensors = 0;
        for (int i = 0; i < row->about.param_count; i++) {
            ck_assert_msg(row->about.params[i].doc != NULL, "%s: %s", row->about.name, row->about.params[i].name);
            tensors += row->about.params[i].kind == MLP_PARAM_TENSOR;
        }
        ck_assert_int_le(tensors, MLP_LAYER_TENSORS);
    }
    ck_assert_int_gt(count, 30);
    ck_assert_ptr_null(mlp_layer_named("GELUU"));
}
END_TEST

START_TEST(what_is_not_given_has_its_default_and_follows_from_others)
{
    mlp_error err;
    mlp_value values[MLP_LAYER_PARAMS] = { { 2, { 3, 2 } } };
    ck_assert_int_eq(mlp_layer_complete(mlp_layer_named("MaxPool2d"), "nn.MaxPool2d", values, &err), MLP_OK);
    ck_assert_msg(mlp_value_equal(&values[0], &values[1]), "the stride is the size");
    ck_assert_double_eq(values[2].number[0], 0);
    values[2] = (mlp_value){ 2, { 1, 2 } };
    ck_assert_int_eq(mlp_layer_complete(mlp_layer_named("MaxPool2d"), "nn.MaxPool2d", values, &err), MLP_EINVAL);
    ck_assert_str_eq(err.text, "nn.MaxPool2d: padding is 2, expected at most half of the window, 1");
}
END_TEST

static mlp_status gated(mlp_tensor **y, mlp_tensor **x, const void *dim, mlp_error *err)
{
    mlp_layer_call call = { .input = { x[0] }, .values = { { 1, { *(const int *)dim } } } };
    return mlp_layer_run(y, mlp_layer_named("glu"), "glu", &call, err);
}

START_TEST(a_gated_unit_differentiates_along_any_dimension)
{
    for (lay how = PLAIN; how <= STRIDED; how++)
        for (int dim = -3; dim < 3; dim++) {
            mlp_tensor *x = leaf(how, 3, (int64_t[]){ 2, 4, 6 }, -3, 3, 1);
            gradcheck("glu", gated, &dim, 1, &x);
        }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("layers");
    TCase *c = tcase_create("rows");
    tcase_add_test(c, every_row_says_what_it_is);
    tcase_add_test(c, what_is_not_given_has_its_default_and_follows_from_others);
    tcase_add_test(c, a_gated_unit_differentiates_along_any_dimension);
    suite_add_tcase(s, c);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
