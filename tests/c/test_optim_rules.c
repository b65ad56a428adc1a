/* test_optim_rules.c - all rules: threads, what they refuse; averages; values that are not finite. Their numbers are
 * compared with PyTorch's in tests/lua/optim_golden.lua. */
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

/* Three steps of p = 1, ... along the gradient, on one thread and on three. */
static void compare(const mlp_rule *rule, bool everything, const mlp_tensor *grad)
{
    mlp_error err;
    mlp_tensor *one = NULL;
    int64_t n = mlp_tensor_numel(grad);
    for (int threads = 1; threads <= 3; threads++) {
        trained t = busy(rule, everything);
        mlp_tensor *p = full(MLP_F32, n, 1), *start = full(MLP_F32, n, 1);
        OK(mlp_threads_set(threads, &err));
        for (int i = 0; i < 3; i++) OK(train(&t, p, grad, &err));
        ck_assert_int_ne(memcmp(mlp_tensor_data(p), mlp_tensor_data(start), (size_t)n * sizeof(float)), 0);
        if (!one) one = mlp_tensor_retain(p);
        ck_assert_msg(memcmp(mlp_tensor_data(p), mlp_tensor_data(one), (size_t)n * sizeof(float)) == 0, "%s",
                      rule->about.name);
        forget(&t);
        mlp_tensor_release(start);
        mlp_tensor_release(p);
    }
    mlp_tensor_release(one);
    OK(mlp_threads_set(1, &err));
}

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    mlp_error err;
    mlp_rng rng = mlp_rng_stream(1, MLP_FOR_USER, 0, 0, 0);
    mlp_tensor *grad = full(MLP_F32, 200001, 0);
    OK(mlp_tensor_uniform_(grad, -1, 1, &rng, &err));
    for (const mlp_rule *const *rule = mlp_rules; *rule; rule++)
        for (int everything = 0; everything <= 1; everything++) compare(*rule, everything, grad);
    mlp_tensor_release(grad);
}
END_TEST

START_TEST(missing_states_and_other_shapes_are_refused)
{
    mlp_error err;
    mlp_tensor *p = full(MLP_F32, 3, 1), *g = full(MLP_F32, 3, 1), *two = full(MLP_F32, 2, 0);
    const mlp_rule *nadam = mlp_rule_find("NAdam");
    mlp_value values[MOST_PARAMS];
    mlp_rule_memory memory = { .state = { g }, .number = 1 };
    OK(mlp_description_complete(&nadam->about, "NAdam", NULL, values, &err));
    ck_assert_int_eq(mlp_rule_step(nadam, p, g, values, &memory, &err), MLP_ESTATE);
    ck_assert_str_eq(err.text, "NAdam: the state exp_avg_sq is missing");
    ck_assert(memory.step == 0 && memory.number == 1);
    trained lion = { .rule = "Lion", .memory = { .state = { two } } };
    ck_assert_int_eq(train(&lion, p, g, &err), MLP_ESHAPE);
    ck_assert_str_eq(err.text, "Lion: the parameter is f32 3 but its state is f32 2");
    ck_assert_double_eq(mlp_tensor_at(p, (int64_t[]){ 0 }), 1);
    ck_assert_ptr_null(mlp_rule_find("lion"));
    mlp_tensor_release(two);
    mlp_tensor_release(g);
    mlp_tensor_release(p);
}
END_TEST

START_TEST(states_are_kept_and_begin_as_the_row_says)
{
    mlp_error err;
    mlp_tensor *p = full(MLP_F64, 3, 1), *g = full(MLP_F64, 3, 2);
    trained plain = { .rule = "RMSprop" }, heavy = { .rule = "RMSprop" }, sums = { .rule = "Adagrad" };
    OK(train(&plain, p, g, &err));
    ck_assert(plain.memory.state[0] && !plain.memory.state[1] && !plain.memory.state[2]);
    set(&heavy, "momentum", 0.5, 0);
    OK(train(&heavy, p, g, &err));
    ck_assert(heavy.memory.state[0] && !heavy.memory.state[1] && heavy.memory.state[2]);
    set(&sums, "initial_accumulator_value", 0.5, 0);
    OK(train(&sums, p, g, &err));
    OK(train(&sums, p, g, &err));
    ck_assert_double_eq(mlp_tensor_at(sums.memory.state[0], (int64_t[]){ 2 }), 8.5);
    ck_assert_double_eq(sums.memory.step, 2);
    forget(&plain);
    forget(&heavy);
    forget(&sums);
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
    const TTest *const tests[] = {
        any_number_of_threads_gives_the_same_bits,           missing_states_and_other_shapes_are_refused,
        states_are_kept_and_begin_as_the_row_says,           averages_move_by_their_weight,
        values_that_are_not_finite_are_found_in_every_block,
    };
    return run_suite("optim_rules", tests, COUNT(tests));
}
