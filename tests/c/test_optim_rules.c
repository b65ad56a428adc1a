/* test_optim_rules.c - RMSprop, Adagrad, Adadelta, NAdam and Lion: threads, what they refuse; averages; values that are
 * not finite. Their numbers are compared with PyTorch's in tests/lua/optim_golden.lua. */
#include "optim/optim.h"

#include <check.h>
#include <math.h>
#include <string.h>

#define OK(call) ck_assert_msg((call) == MLP_OK, "%s: %s", #call, err.text)

static mlp_tensor *full(mlp_dtype dtype, int64_t n, double value)
{
    mlp_error err;
    mlp_tensor *t = NULL;
    OK(mlp_tensor_full(&t, dtype, 1, &n, value, &err));
    return t;
}

enum { RMSPROP, ADAGRAD, ADADELTA, NADAM, LION, RULES };

/* One step of a rule: p, grad and three states. */
static mlp_status step(int rule, mlp_tensor **t, mlp_error *err)
{
    double product = 1;
    switch (rule) {
    case RMSPROP: {
        mlp_rmsprop o = { .lr = 0.1, .alpha = 0.9, .eps = 1e-8, .momentum = 0.9, .weight_decay = 0.1 };
        return mlp_rmsprop_step(t[0], t[1], t[2], NULL, t[3], &o, err);
    }
    case ADAGRAD: {
        mlp_adagrad o = { .lr = 0.1, .lr_decay = 0.1, .eps = 1e-10, .step = 3 };
        return mlp_adagrad_step(t[0], t[1], t[2], &o, err);
    }
    case ADADELTA: {
        mlp_adadelta o = { .lr = 1, .rho = 0.9, .eps = 1e-6 };
        return mlp_adadelta_step(t[0], t[1], t[2], t[3], &o, err);
    }
    case NADAM: {
        mlp_nadam o = {
            .lr = 0.1, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .momentum_decay = 4e-3, .weight_decay = 0.1, .step = 3
        };
        return mlp_nadam_step(t[0], t[1], t[2], t[3], &product, &o, err);
    }
    default: {
        mlp_lion o = { .lr = 0.1, .beta1 = 0.9, .beta2 = 0.99, .weight_decay = 0.1 };
        return mlp_lion_step(t[0], t[1], t[2], &o, err);
    }
    }
}

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    enum { N = 200001 };
    mlp_error err;
    mlp_rng rng = mlp_rng_stream(1, MLP_FOR_USER, 0, 0, 0);
    mlp_tensor *start[5];
    for (int i = 0; i < 5; i++) {
        start[i] = full(MLP_F32, N, 0);
        OK(mlp_tensor_uniform_(start[i], i < 2 ? -1 : 0.1, 1, &rng, &err));
    }
    for (int rule = 0; rule < RULES; rule++) {
        mlp_tensor *one = NULL;
        for (int threads = 1; threads <= 3; threads++) {
            mlp_tensor *t[5];
            OK(mlp_threads_set(threads, &err));
            for (int i = 0; i < 5; i++) OK(mlp_tensor_clone(&t[i], start[i], &err));
            OK(step(rule, t, &err));
            ck_assert_int_ne(memcmp(mlp_tensor_data(t[0]), mlp_tensor_data(start[0]), N * sizeof(float)), 0);
            if (!one) one = mlp_tensor_retain(t[0]);
            ck_assert_int_eq(memcmp(mlp_tensor_data(t[0]), mlp_tensor_data(one), N * sizeof(float)), 0);
            for (int i = 0; i < 5; i++) mlp_tensor_release(t[i]);
        }
        mlp_tensor_release(one);
    }
    OK(mlp_threads_set(1, &err));
    for (int i = 0; i < 5; i++) mlp_tensor_release(start[i]);
}
END_TEST

START_TEST(missing_states_and_other_shapes_are_refused)
{
    mlp_error err;
    mlp_tensor *p = full(MLP_F32, 3, 1), *g = full(MLP_F32, 3, 1), *two = full(MLP_F32, 2, 0);
    double product = 1;
    mlp_rmsprop r = { .lr = 0.1, .alpha = 0.9, .momentum = 0.9 };
    ck_assert_int_eq(mlp_rmsprop_step(p, g, g, NULL, NULL, &r, &err), MLP_ESTATE);
    ck_assert_str_eq(err.text, "RMSprop: momentum 0.9 needs a momentum buffer");
    r.momentum = 0, r.centered = true;
    ck_assert_int_eq(mlp_rmsprop_step(p, g, g, NULL, NULL, &r, &err), MLP_ESTATE);
    ck_assert_int_eq(mlp_rmsprop_step(p, g, NULL, g, NULL, &r, &err), MLP_ESTATE);
    mlp_adagrad a = { .lr = 0.1 };
    ck_assert_int_eq(mlp_adagrad_step(p, g, g, &a, &err), MLP_EINVAL);
    ck_assert_str_eq(err.text, "Adagrad: step is 0, expected 1 or more");
    ck_assert_int_eq(mlp_adagrad_step(p, g, NULL, &a, &err), MLP_ESTATE);
    ck_assert_int_eq(mlp_adadelta_step(p, g, g, NULL, &(mlp_adadelta){ .lr = 1 }, &err), MLP_ESTATE);
    ck_assert_int_eq(mlp_nadam_step(p, g, g, NULL, &product, &(mlp_nadam){ .step = 1 }, &err), MLP_ESTATE);
    ck_assert_int_eq(mlp_nadam_step(p, g, g, g, &product, &(mlp_nadam){ .step = 0 }, &err), MLP_EINVAL);
    ck_assert_double_eq(product, 1);
    ck_assert_int_eq(mlp_lion_step(p, g, NULL, &(mlp_lion){ .lr = 1 }, &err), MLP_ESTATE);
    ck_assert_int_eq(mlp_lion_step(p, g, two, &(mlp_lion){ .lr = 1 }, &err), MLP_ESHAPE);
    ck_assert_str_eq(err.text, "Lion: the parameter is f32 3 but its state is f32 2");
    ck_assert_double_eq(mlp_tensor_at(p, (int64_t[]){ 0 }), 1);
    mlp_tensor_release(two);
    mlp_tensor_release(g);
    mlp_tensor_release(p);
}
END_TEST

START_TEST(averages_move_by_their_weight)
{
    mlp_error err;
    for (mlp_dtype dtype = MLP_F32; dtype <= MLP_F64; dtype++) {
        mlp_tensor *a[2] = { full(dtype, 3, 1), full(dtype, 1, -4) },
                   *b[2] = { full(dtype, 3, 3), full(dtype, 1, 0.1) };
        int64_t version = mlp_tensor_version(a[0]);
        OK(mlp_average_(a, b, 2, 0.25, &err));
        ck_assert_double_eq(mlp_tensor_at(a[0], (int64_t[]){ 2 }), 1.5);
        ck_assert_int_gt(mlp_tensor_version(a[0]), version);
        OK(mlp_average_(a, b, 2, 0.75, &err));
        ck_assert_double_eq(mlp_tensor_at(a[0], (int64_t[]){ 2 }), 2.625);
        OK(mlp_average_(a, b, 2, 1, &err));
        ck_assert_double_eq(mlp_tensor_at(a[1], (int64_t[]){ 0 }), mlp_tensor_at(b[1], (int64_t[]){ 0 }));
        ck_assert_int_eq(mlp_average_(a, b, 2, 1.5, &err), MLP_EINVAL);
        ck_assert_int_eq(mlp_average_(a, b, 2, NAN, &err), MLP_EINVAL);
        ck_assert_int_eq(mlp_average_(&a[0], &b[1], 1, 0.5, &err), MLP_ESHAPE);
        for (int i = 0; i < 2; i++) mlp_tensor_release(a[i]), mlp_tensor_release(b[i]);
    }
}
END_TEST

START_TEST(values_that_are_not_finite_are_found_in_every_block)
{
    enum { N = 5000000 }; /* more blocks than fit on the stack */
    mlp_error err;
    static const double bad[] = { NAN, -NAN, INFINITY, -INFINITY };
    for (mlp_dtype dtype = MLP_F32; dtype <= MLP_F64; dtype++) {
        mlp_tensor *t[3] = { full(dtype, 2, dtype == MLP_F32 ? 3.4028234e38 : 1.7e308), NULL, full(dtype, N, -1) };
        int index = 5;
        OK(mlp_first_nonfinite(&index, t, 3, &err));
        ck_assert_int_eq(index, -1);
        for (int i = 0; i < 4; i++) {
            int64_t at = (int64_t[]){ 0, 70001, 2500000, N - 1 }[i];
            mlp_tensor_put(t[2], &at, bad[i]);
            OK(mlp_first_nonfinite(&index, t, 3, &err));
            ck_assert_int_eq(index, 2);
            mlp_tensor_put(t[2], &at, 0);
        }
        mlp_tensor_put(t[0], (int64_t[]){ 1 }, NAN);
        OK(mlp_first_nonfinite(&index, t, 3, &err));
        ck_assert_int_eq(index, 0);
        mlp_tensor_release(t[0]);
        mlp_tensor_release(t[2]);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("optim_rules");
    TCase *c = tcase_create("rules");
    tcase_add_test(c, any_number_of_threads_gives_the_same_bits);
    tcase_add_test(c, missing_states_and_other_shapes_are_refused);
    tcase_add_test(c, averages_move_by_their_weight);
    tcase_add_test(c, values_that_are_not_finite_are_found_in_every_block);
    suite_add_tcase(s, c);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
