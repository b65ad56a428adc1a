/* test_grad_later.c - gradients that are made when somebody looks: whoever looks sees what PyTorch would show, and an
 * update that makes them piece by piece gives the same bits as one of a gradient that is there. */
#include "nn/nn.h"
#include "rules.h"
#include "tensors.h"

typedef struct layer {
    mlp_tensor *x, *w, *y;
    mlp_tensor *mask; /* of y, in the loss; NULL: none */
} layer;

static layer new_layer(int64_t n, int64_t d_out, int64_t d_in, uint64_t seed)
{
    mlp_error err;
    layer l = { filled(PLAIN, MLP_F32, SHAPE(n, d_in), -9, 9, seed),
                filled(PLAIN, MLP_F32, SHAPE(d_out, d_in), -9, 9, 2), NULL, NULL };
    OK(mlp_requires_grad_(l.w, true, &err));
    return l;
}

/* One in `every` outputs counts: what ReLU and dropout leave. */
static mlp_tensor *new_mask(int64_t n, int64_t d_out, int64_t every)
{
    mlp_tensor *mask = laid_out(PLAIN, MLP_F32, SHAPE(n, d_out));
    for (int64_t i = 0; i < n * d_out; i++) set_nth(mask, i, (i * 7919 + i / d_out * 104729) / 13 % every == 0);
    return mask;
}

/* Backward of sum(x w'): the gradient of w is, in each row, the sum of the rows of x. */
static void run(layer *l)
{
    mlp_error err;
    mlp_tensor *sum = NULL, *masked = NULL;
    mlp_tensor_release(l->y);
    l->y = NULL;
    OK(mlp_linear(&l->y, l->x, l->w, NULL, &err));
    if (l->mask) OK(mlp_op_binary(&masked, MLP_MUL, l->y, l->mask, &err));
    OK(mlp_op_reduce(&sum, MLP_SUM, masked ? masked : l->y, 0, NULL, false, &err));
    OK(mlp_backward(sum, NULL, false, &err));
    RELEASE(sum, masked);
}

static void free_layer(layer *l)
{
    RELEASE(l->x, l->w, l->y, l->mask);
}

/* The gradient is `times` the sum of the rows that x had. */
static void check_grad(const char *what, mlp_tensor *w, const mlp_tensor *x, double times)
{
    mlp_error err;
    mlp_tensor *grad = NULL;
    OK(mlp_grad_get(&grad, w, &err));
    ck_assert_msg(grad != NULL, "%s: no gradient", what);
    ck_assert(mlp_tensor_same_shape(grad, w) && mlp_tensor_is_contiguous(grad));
    for (int64_t r = 0; r < w->shape[0]; r++)
        for (int64_t c = 0; c < w->shape[1]; c++) {
            double want = 0, got = mlp_tensor_at(grad, (int64_t[]){ r, c });
            for (int64_t i = 0; i < x->shape[0]; i++) want += mlp_tensor_at(x, (int64_t[]){ i, c });
            if (!close_to(got, times * want, 1e-4))
                ck_abort_msg("%s: row %lld, column %lld is %g, expected %g", what, (long long)r, (long long)c, got,
                             times * want);
        }
    ck_assert(mlp_grad_later(w) == NULL);
    ck_assert_ptr_eq(mlp_grad(w), grad);
}

START_TEST(the_first_gradient_of_a_weight_waits_and_is_made_once_for_whoever_looks)
{
    mlp_error err;
    layer l = new_layer(5, 13, 40, 1);
    ck_assert(!mlp_has_grad(l.w) && !mlp_grad_later(l.w));
    run(&l);
    ck_assert(mlp_has_grad(l.w) && mlp_grad_later(l.w));
    mlp_tensor *before = NULL;
    OK(mlp_tensor_clone(&before, l.x, &err));
    OK(mlp_tensor_fill_(l.x, 3, &err)); /* what is written to x or w after backward changes nothing */
    OK(mlp_tensor_fill_(l.w, 0, &err));
    check_grad("made", l.w, before, 1);
    OK(mlp_grad_set(l.w, NULL, &err));
    ck_assert(!mlp_has_grad(l.w));
    mlp_tensor_release(before);
    free_layer(&l);
}
END_TEST

START_TEST(later_passes_add_to_what_waits_and_to_what_is_there)
{
    mlp_error err;
    layer l = new_layer(5, 13, 40, 1);
    run(&l);
    run(&l);
    ck_assert(mlp_grad_later(l.w) == NULL);
    check_grad("two passes", l.w, l.x, 2);
    mlp_tensor *held = mlp_tensor_retain(mlp_grad(l.w)); /* somebody holds it: the sum shows there too */
    run(&l);
    ck_assert_ptr_eq(mlp_grad(l.w), held);
    check_grad("three passes", l.w, l.x, 3);
    OK(mlp_grad_set(l.w, NULL, &err));
    run(&l);
    check_grad("after it was forgotten", l.w, l.x, 1);
    mlp_tensor *sum = NULL;
    OK(mlp_tensor_binary(&sum, MLP_SUB, held, mlp_grad(l.w), &err)); /* what is held stays three passes */
    OK(mlp_grad_set(l.w, sum, &err));
    check_grad("held", l.w, l.x, 2);
    RELEASE(held, sum);
    free_layer(&l);
}
END_TEST

START_TEST(a_gradient_that_is_set_or_forgotten_replaces_what_waits)
{
    mlp_error err;
    layer l = new_layer(5, 13, 40, 1);
    mlp_tensor *ones = NULL;
    OK(mlp_tensor_full(&ones, MLP_F32, 2, l.w->shape, 1, &err));
    run(&l);
    OK(mlp_grad_set(l.w, ones, &err));
    ck_assert_ptr_eq(mlp_grad(l.w), ones);
    OK(mlp_grad_set(l.w, NULL, &err));
    run(&l);
    OK(mlp_requires_grad_(l.w, false, &err)); /* frozen afterwards: the gradient stays, as in PyTorch */
    check_grad("frozen", l.w, l.x, 1);
    OK(mlp_requires_grad_(l.w, true, &err));
    OK(mlp_grad_set(l.w, NULL, &err));
    run(&l);
    mlp_forget(l.w);
    ck_assert(!mlp_has_grad(l.w));
    mlp_tensor_release(ones);
    free_layer(&l);
}
END_TEST

static mlp_status twice(void *context, mlp_tensor *grad, mlp_tensor **replacement, mlp_error *err)
{
    ++*(int *)context;
    return mlp_tensor_binary_number(replacement, MLP_MUL, grad, 2, false, false, err);
}

static void nothing(void *context)
{
    (void)context;
}

START_TEST(hooks_of_a_weight_see_its_gradient_and_may_replace_it)
{
    static const mlp_hook_calls calls = { twice, nothing };
    mlp_error err;
    layer l = new_layer(5, 13, 40, 1);
    mlp_hook *hook = NULL;
    int called = 0;
    OK(mlp_register_hook(&hook, l.w, &calls, &called, &err));
    run(&l);
    ck_assert_int_eq(called, 1);
    ck_assert(mlp_grad_later(l.w) == NULL);
    check_grad("hooked", l.w, l.x, 2);
    mlp_hook_remove(hook);
    run(&l);
    ck_assert_int_eq(called, 1);
    check_grad("hook and no hook", l.w, l.x, 3);
    mlp_hook_release(hook);
    free_layer(&l);
}
END_TEST

START_TEST(a_weight_that_two_layers_share_gets_both_gradients)
{
    mlp_error err;
    layer l = new_layer(5, 12, 12, 1);
    mlp_tensor *h = NULL, *y = NULL, *sum = NULL;
    OK(mlp_linear(&h, l.x, l.w, NULL, &err));
    OK(mlp_linear(&y, h, l.w, NULL, &err));
    OK(mlp_op_reduce(&sum, MLP_SUM, y, 0, NULL, false, &err));
    OK(mlp_backward(sum, NULL, false, &err));
    for (int64_t r = 0; r < 12; r++)
        for (int64_t c = 0; c < 12; c++) { /* d sum / dw = 1 h + (1 w) x */
            double want = 0, back = 0;
            for (int64_t k = 0; k < 12; k++) back += mlp_tensor_at(l.w, (int64_t[]){ k, r });
            for (int64_t i = 0; i < 5; i++)
                want += mlp_tensor_at(h, (int64_t[]){ i, c }) + back * mlp_tensor_at(l.x, (int64_t[]){ i, c });
            ck_assert(close_to(mlp_tensor_at(mlp_grad(l.w), (int64_t[]){ r, c }), want, 1e-3));
        }
    RELEASE(h, y, sum);
    free_layer(&l);
}
END_TEST

START_TEST(an_interrupted_look_leaves_the_gradient_for_the_next)
{
    mlp_error err;
    layer l = new_layer(5, 13, 40, 1);
    mlp_tensor *grad = NULL;
    run(&l);
    mlp_interrupt();
    ck_assert_int_eq(mlp_grad_get(&grad, l.w, &err), MLP_EINTERRUPT);
    mlp_interrupt_clear();
    ck_assert(grad == NULL && mlp_grad_later(l.w));
    check_grad("after the interruption", l.w, l.x, 1);
    free_layer(&l);
}
END_TEST

/* ---- updates ---- */

enum { KEPT = 1 + MLP_RULE_STATES };

/* Two steps of a rule, with gradients that were made first or not, into t: the parameter and its states. */
static void two_steps(trained rule, const int64_t *size, bool made, mlp_tensor **t)
{
    mlp_error err;
    layer l = new_layer(size[0], size[1], size[2], 1);
    if (size[3] > 1) l.mask = new_mask(size[0], size[1], size[3]);
    for (int count = 1; count <= 2; count++) {
        run(&l);
        mlp_tensor *grad = made ? mlp_grad(l.w) : NULL;
        OK(train(&rule, l.w, grad, &err));
        ck_assert((mlp_grad_later(l.w) == NULL) == made); /* a step does not use the gradient up */
        if (count == 2 && !l.mask) check_grad("after the step", l.w, l.x, 1);
        OK(mlp_grad_set(l.w, NULL, &err));
    }
    t[0] = mlp_tensor_retain(l.w);
    for (int i = 1; i < KEPT; i++) t[i] = rule.memory.state[i - 1];
    free_layer(&l);
}

static void compare(trained rule, const int64_t *size)
{
    mlp_error err;
    mlp_tensor *want[KEPT], *got[KEPT];
    two_steps(rule, size, true, want);
    for (int threads = 1; threads <= 3; threads++) {
        OK(mlp_threads_set(threads, &err));
        two_steps(rule, size, false, got);
        for (int i = 0; i < KEPT; i++) {
            ck_assert((got[i] == NULL) == (want[i] == NULL));
            if (got[i]) same_bits(rule.rule, got[i], want[i]);
            mlp_tensor_release(got[i]);
        }
    }
    OK(mlp_threads_set(1, &err));
    for (int i = 0; i < KEPT; i++) mlp_tensor_release(want[i]);
}

START_TEST(updates_give_the_same_bits_whether_the_gradient_was_made_or_not_on_any_number_of_threads)
{
    static const int64_t sizes[][4] = { { 3, 1, 1, 1 },      { 5, 25, 70, 1 },    { 2, 13, 12300, 1 },
                                        { 33, 64, 1000, 1 }, { 33, 64, 1000, 3 }, { 33, 64, 1000, 7 },
                                        { 5, 3, 12300, 4 },  { 34, 390, 320, 8 }, { 40, 60, 2080, 7 } };
    for (const mlp_rule *const *rule = mlp_rules; *rule; rule++)
        for (int everything = 0; everything <= 1; everything++)
            for (int s = 0; s < COUNT(sizes); s++) compare(busy(*rule, everything), sizes[s]);
}
END_TEST

START_TEST(an_update_without_a_gradient_or_with_wrong_states_is_refused)
{
    mlp_error err;
    layer l = new_layer(5, 13, 40, 1);
    mlp_tensor *m = laid_out(PLAIN, MLP_F32, SHAPE(13, 40)), *v = laid_out(PLAIN, MLP_F32, SHAPE(13, 41));
    trained none = { .rule = "Adam", .memory = { .state = { m, m } } };
    trained wrong = { .rule = "Adam", .memory = { .state = { m, v } } };
    FAILS(train(&none, l.w, NULL, &err), MLP_ESTATE, "Adam: the parameter has no gradient");
    run(&l);
    FAILS(train(&wrong, l.w, NULL, &err), MLP_ESHAPE, "Adam: the parameter is f32 13x40 but its state is f32 13x41");
    RELEASE(m, v);
    free_layer(&l);
}
END_TEST

START_TEST(gradients_that_are_not_finite_are_found_before_they_are_made)
{
    mlp_error err;
    layer l[3] = { new_layer(5, 13, 40, 1), new_layer(5, 13, 40, 2), new_layer(5, 13, 40, 3) };
    mlp_tensor *list[3] = { l[0].w, l[1].w, l[2].w };
    int index = 7;
    run(&l[0]);
    run(&l[2]); /* the one between has no gradient */
    OK(mlp_grad_first_nonfinite(&index, list, 3, &err));
    ck_assert_int_eq(index, -1);
    ck_assert(mlp_grad_later(l[0].w) && mlp_grad_later(l[2].w));
    set_nth(l[2].x, 77, NAN);
    OK(mlp_grad_set(l[2].w, NULL, &err));
    run(&l[2]);
    OK(mlp_grad_first_nonfinite(&index, list, 3, &err));
    ck_assert_int_eq(index, 2);
    set_nth(l[1].x, 3, INFINITY);
    run(&l[1]);
    OK(mlp_grad_first_nonfinite(&index, list, 3, &err));
    ck_assert_int_eq(index, 1);
    set_nth(l[0].x, 3, 3e38); /* large, but the sum is finite: made, and found in order */
    OK(mlp_grad_set(l[0].w, NULL, &err));
    OK(mlp_grad_set(l[1].w, NULL, &err));
    OK(mlp_grad_set(l[2].w, NULL, &err));
    run(&l[0]);
    OK(mlp_grad_first_nonfinite(&index, list, 3, &err));
    ck_assert_int_eq(index, -1);
    ck_assert(mlp_grad_later(l[0].w) == NULL);
    for (int i = 0; i < 3; i++) free_layer(&l[i]);
}
END_TEST

static void check_flows(mlp_tensor *w, bool expected)
{
    mlp_error err;
    bool flows = !expected;
    OK(mlp_grad_flows(&flows, w, &err));
    ck_assert_int_eq(flows, expected);
}

START_TEST(whether_a_gradient_is_all_zero_is_found_before_it_is_made)
{
    mlp_error err;
    layer l = new_layer(5, 40, 40, 1);
    check_flows(l.w, false); /* there is none */
    run(&l);
    ck_assert(mlp_grad_later(l.w) != NULL);
    check_flows(l.w, true);
    ck_assert(mlp_grad_later(l.w) != NULL);
    mlp_tensor *made = NULL;
    OK(mlp_grad_get(&made, l.w, &err));
    check_flows(l.w, true);
    OK(mlp_grad_set(l.w, NULL, &err));
    for (int64_t i = 0; i < mlp_tensor_numel(l.x); i++) set_nth(l.x, i, 0);
    run(&l);
    check_flows(l.w, false);
    set_nth(l.x, 39, NAN); /* in the last column */
    OK(mlp_grad_set(l.w, NULL, &err));
    run(&l);
    check_flows(l.w, true);
    OK(mlp_grad_get(&made, l.w, &err));
    for (int64_t i = 0; i < 40 * 40 - 1; i++) set_nth(made, i, 0);
    set_nth(made, 40 * 40 - 1, 1e-30);
    check_flows(l.w, true);
    set_nth(made, 40 * 40 - 1, 0);
    check_flows(l.w, false);
    free_layer(&l);
}
END_TEST

START_TEST(f64_and_long_batches_have_their_gradient_at_once)
{
    mlp_error err;
    layer l = new_layer(600, 3, 4, 1), d = new_layer(5, 3, 4, 1);
    run(&l);
    ck_assert(mlp_has_grad(l.w) && mlp_grad_later(l.w) == NULL);
    check_grad("long", l.w, l.x, 1);
    mlp_tensor *x = NULL, *w = NULL;
    OK(mlp_tensor_cast(&x, d.x, MLP_F64, &err));
    OK(mlp_tensor_cast(&w, d.w, MLP_F64, &err));
    OK(mlp_requires_grad_(w, true, &err));
    layer wide = { x, w, NULL, NULL };
    run(&wide);
    ck_assert(mlp_grad_later(w) == NULL);
    check_grad("f64", w, x, 1);
    free_layer(&l);
    free_layer(&d);
    free_layer(&wide);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_first_gradient_of_a_weight_waits_and_is_made_once_for_whoever_looks,
        later_passes_add_to_what_waits_and_to_what_is_there,
        a_gradient_that_is_set_or_forgotten_replaces_what_waits,
        hooks_of_a_weight_see_its_gradient_and_may_replace_it,
        a_weight_that_two_layers_share_gets_both_gradients,
        an_interrupted_look_leaves_the_gradient_for_the_next,
        updates_give_the_same_bits_whether_the_gradient_was_made_or_not_on_any_number_of_threads,
        an_update_without_a_gradient_or_with_wrong_states_is_refused,
        gradients_that_are_not_finite_are_found_before_they_are_made,
        whether_a_gradient_is_all_zero_is_found_before_it_is_made,
        f64_and_long_batches_have_their_gradient_at_once,
    };
    return run_suite("grad_later", tests, COUNT(tests));
}
