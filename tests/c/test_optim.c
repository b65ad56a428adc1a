/* test_optim.c - update rules on worked numbers, threads, norms and limits of gradients, messages. */
#include "rules.h"

#include <math.h>

#define OK(call) ck_assert_msg((call) == MLP_OK, "%s: %s", #call, err.text)

static mlp_tensor *full(mlp_dtype dtype, int64_t n, double value)
{
    mlp_error err;
    mlp_tensor *t = NULL;
    OK(mlp_tensor_full(&t, dtype, 1, &n, value, &err));
    return t;
}

static double first(const mlp_tensor *t)
{
    return mlp_tensor_at(t, (int64_t[]){ 0 });
}

static const double gradients[3] = { 1, 0.5, -0.2 };

typedef struct option {
    const char *name; /* the list ends with NULL */
    double first, second;
} option;

/* One parameter of 1, three gradients: the values that PyTorch gives. */
static void path(const char *rule, const option *options, const double expected[3])
{
    mlp_error err;
    for (mlp_dtype dtype = MLP_F32; dtype <= MLP_F64; dtype++) {
        mlp_tensor *p = full(dtype, 1, 1);
        trained t = { .rule = rule };
        set(&t, "lr", 0.1, 0);
        for (const option *o = options; o && o->name; o++) set(&t, o->name, o->first, o->second);
        for (int i = 0; i < 3; i++) {
            mlp_tensor *g = full(dtype, 1, gradients[i]);
            OK(train(&t, p, g, &err));
            ck_assert_double_eq_tol(first(p), expected[i], 1e-6);
            mlp_tensor_release(g);
        }
        forget(&t);
        mlp_tensor_release(p);
    }
}

#define OPTIONS(...) ((const option[]){ __VA_ARGS__, { NULL, 0, 0 } })

START_TEST(sgd_follows_the_worked_numbers)
{
    path("SGD", NULL, (double[]){ 0.9, 0.85, 0.87 });
    path("SGD", OPTIONS({ "momentum", 0.9, 0 }), (double[]){ 0.9, 0.76, 0.654 });
    path("SGD", OPTIONS({ "momentum", 0.9, 0 }, { "nesterov", 1, 0 }), (double[]){ 0.81, 0.634, 0.5586 });
    path("SGD", OPTIONS({ "momentum", 0.9, 0 }, { "dampening", 0.5, 0 }), (double[]){ 0.9, 0.785, 0.6915 });
    path("SGD", OPTIONS({ "momentum", 0.9, 0 }, { "weight_decay", 0.1, 0 }), (double[]){ 0.89, 0.7321, 0.602669 });
    path("SGD", OPTIONS({ "maximize", 1, 0 }), (double[]){ 1.1, 1.15, 1.13 });
}
END_TEST

START_TEST(adam_follows_the_worked_numbers)
{
    path("Adam", NULL, (double[]){ 0.9, 0.8067821, 0.747111 });
    path("Adam", OPTIONS({ "amsgrad", 1, 0 }), (double[]){ 0.9, 0.8067821, 0.747111 });
    path("Adam", OPTIONS({ "weight_decay", 0.1, 0 }), (double[]){ 0.9, 0.8057718, 0.7393541 });
    path("AdamW", OPTIONS({ "weight_decay", 0.1, 0 }), (double[]){ 0.89, 0.7878821, 0.7203321 });
}
END_TEST

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    enum { N = 300001 };
    mlp_error err;
    mlp_tensor *start[4], *kept[4] = { NULL };
    mlp_rng rng = mlp_rng_stream(1, MLP_FOR_USER, 0, 0, 0);
    for (int i = 0; i < 4; i++) {
        start[i] = full(MLP_F32, N, 0);
        OK(mlp_tensor_uniform_(start[i], i == 3 ? 0 : -1, 1, &rng, &err));
    }
    double norm = 0;
    for (int threads = 1; threads <= 4; threads++) {
        mlp_tensor *t[4];
        double again;
        OK(mlp_threads_set(threads, &err));
        for (int i = 0; i < 4; i++) OK(mlp_tensor_clone(&t[i], start[i], &err));
        trained adam = { .rule = "Adam", .memory = { .state = { t[2], t[3] }, .step = 2 } };
        set(&adam, "weight_decay", 0.01, 0);
        OK(train(&adam, t[0], t[1], &err));
        OK(mlp_grad_norm(&again, t, 4, 2, &err));
        if (threads == 1) norm = again;
        ck_assert_double_eq(norm, again);
        for (int i = 0; i < 4; i++) {
            if (threads == 1) kept[i] = mlp_tensor_retain(t[i]);
            ck_assert_int_eq(memcmp(mlp_tensor_data(t[i]), mlp_tensor_data(kept[i]), N * sizeof(float)), 0);
            mlp_tensor_release(t[i]);
        }
    }
    OK(mlp_threads_set(1, &err));
    for (int i = 0; i < 4; i++) mlp_tensor_release(kept[i]), mlp_tensor_release(start[i]);
}
END_TEST

START_TEST(norms_of_all_gradients_together)
{
    mlp_error err;
    mlp_tensor *g[2] = { full(MLP_F32, 2, 3), full(MLP_F64, 1, -4) };
    double norm;
    OK(mlp_grad_norm(&norm, g, 2, 2, &err));
    ck_assert_double_eq_tol(norm, sqrt(34), 1e-12);
    OK(mlp_grad_norm(&norm, g, 2, 1, &err));
    ck_assert_double_eq(norm, 10);
    OK(mlp_grad_norm(&norm, g, 2, 3, &err));
    ck_assert_double_eq_tol(norm, cbrt(118), 1e-12);
    OK(mlp_grad_norm(&norm, g, 2, INFINITY, &err));
    ck_assert_double_eq(norm, 4);
    OK(mlp_grad_norm(&norm, g, 0, 2, &err));
    ck_assert_double_eq(norm, 0);
    mlp_tensor_put(g[0], (int64_t[]){ 1 }, NAN);
    OK(mlp_grad_norm(&norm, g, 2, INFINITY, &err));
    ck_assert(isnan(norm));
    ck_assert_int_eq(mlp_grad_norm(&norm, g, 2, 0, &err), MLP_EINVAL);
    ck_assert_str_eq(err.text, "norm_type is 0, expected 1 or more, or infinity");
    OK(mlp_grad_clamp_(g, 2, 2.5, &err));
    ck_assert_double_eq(first(g[0]), 2.5);
    ck_assert_double_eq(first(g[1]), -2.5);
    ck_assert_int_eq(mlp_grad_clamp_(g, 2, -1, &err), MLP_EINVAL);
    mlp_tensor_release(g[0]);
    mlp_tensor_release(g[1]);
}
END_TEST

START_TEST(what_does_not_look_like_the_parameter_is_refused)
{
    mlp_error err;
    mlp_tensor *p = full(MLP_F32, 3, 1), *two = full(MLP_F32, 2, 1), *wide = full(MLP_F64, 3, 1),
               *labels = full(MLP_I64, 3, 1);
    trained sgd = { .rule = "SGD" }, heavy = { .rule = "SGD", .memory = { .state = { two } } };
    ck_assert_int_eq(train(&sgd, p, two, &err), MLP_ESHAPE);
    ck_assert_str_eq(err.text, "SGD: the parameter is f32 3 but its gradient is f32 2");
    ck_assert_int_eq(train(&sgd, p, wide, &err), MLP_ESHAPE);
    ck_assert_int_eq(train(&sgd, labels, labels, &err), MLP_EDTYPE);
    set(&heavy, "momentum", 0.9, 0);
    ck_assert_int_eq(train(&heavy, p, p, &err), MLP_ESHAPE);
    trained adam = { .rule = "Adam", .memory = { .state = { p, p }, .step = -1 } };
    ck_assert_int_eq(train(&adam, p, p, &err), MLP_EINVAL);
    ck_assert_str_eq(err.text, "Adam: step is 0, expected 1 or more");
    ck_assert_double_eq(first(p), 1);
    mlp_tensor_release(labels);
    mlp_tensor_release(wide);
    mlp_tensor_release(two);
    mlp_tensor_release(p);
}
END_TEST

START_TEST(a_step_counts_as_a_write)
{
    mlp_error err;
    mlp_tensor *p = full(MLP_F32, 3, 1), *g = full(MLP_F32, 3, 1);
    int64_t before = mlp_tensor_version(p);
    trained sgd = { .rule = "SGD" };
    OK(train(&sgd, p, g, &err));
    ck_assert_int_gt(mlp_tensor_version(p), before);
    mlp_tensor_release(g);
    mlp_tensor_release(p);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        sgd_follows_the_worked_numbers,
        adam_follows_the_worked_numbers,
        any_number_of_threads_gives_the_same_bits,
        norms_of_all_gradients_together,
        what_does_not_look_like_the_parameter_is_refused,
        a_step_counts_as_a_write,
    };
    return run_suite("optim", tests, COUNT(tests));
}
