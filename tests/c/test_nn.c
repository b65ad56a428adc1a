/* test_nn.c - layers and losses: gradients, hand-worked numbers, the same bits for any number of threads, messages. */
#include "gradcheck.h"
#include "nn/nn.h"

#include <stdio.h>
#include <string.h>

#define SHAPE(...)                                                                                                     \
    (int)(sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)), (int64_t[])                                           \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }

static mlp_tensor *constant(lay how, int ndim, const int64_t *shape, double low, double high, uint64_t seed)
{
    mlp_error err;
    mlp_tensor *x = leaf(how, ndim, shape, low, high, seed);
    OK(mlp_requires_grad_(x, false, &err));
    return x;
}

static mlp_tensor *labels_of(int n, const int64_t *values)
{
    mlp_error err;
    mlp_tensor *t = NULL;
    OK(mlp_tensor_new(&t, MLP_I64, 1, (int64_t[]){ n }, &err));
    memcpy(mlp_tensor_data(t), values, (size_t)n * sizeof *values);
    return t;
}

static double at(const mlp_tensor *t, int64_t i)
{
    return t->dtype == MLP_F64 ? ((double *)mlp_tensor_data(t))[i] : (double)((float *)mlp_tensor_data(t))[i];
}

static void says(mlp_status status, const char *text, const mlp_error *err)
{
    ck_assert_msg(status != MLP_OK, "no error, expected one with '%s'", text);
    ck_assert_msg(strstr(err->text, text) != NULL, "'%s', expected '%s'", err->text, text);
}

/* ---- linear ---- */

static mlp_status linear(mlp_tensor **y, mlp_tensor **x, const void *context, mlp_error *err)
{
    return mlp_linear(y, x[0], x[1], *(const bool *)context ? x[2] : NULL, err);
}

START_TEST(linear_differentiates_for_any_leading_dimensions_and_layout)
{
    static const struct {
        int ndim;
        int64_t shape[4];
    } inputs[] = { { 2, { 5, 4 } }, { 1, { 4 } },    { 3, { 2, 3, 4 } },
                   { 2, { 1, 4 } }, { 2, { 0, 4 } }, { 4, { 2, 1, 2, 4 } } };
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        for (lay how = PLAIN; how <= STRIDED; how++)
            for (int with = 0; with < 2; with++) {
                bool bias = with;
                mlp_tensor *x[3] = { leaf(how, inputs[i].ndim, inputs[i].shape, -1, 1, 1),
                                     leaf(how, SHAPE(3, 4), -1, 1, 2), leaf(how, SHAPE(3), -1, 1, 3) };
                gradcheck("linear", linear, &bias, bias ? 3 : 2, x);
                if (!bias) mlp_tensor_release(x[2]);
            }
    mlp_error err;
    bool bias = true;
    mlp_tensor *none[3] = { leaf(PLAIN, SHAPE(2, 0), -1, 1, 1), leaf(PLAIN, SHAPE(3, 0), -1, 1, 2),
                            leaf(PLAIN, SHAPE(3), -1, 1, 3) };
    gradcheck("linear without features", linear, &bias, 3, none);
    mlp_tensor *frozen[3] = { constant(PLAIN, SHAPE(5, 4), -1, 1, 1), leaf(PLAIN, SHAPE(3, 4), -1, 1, 2),
                              constant(PLAIN, SHAPE(3), -1, 1, 3) };
    gradcheck("linear", linear, &bias, 3, frozen);
    (void)err;
}
END_TEST

START_TEST(linear_is_x_times_w_transposed_plus_b)
{
    mlp_error err;
    mlp_tensor *x = constant(PLAIN, SHAPE(2, 2), 0, 1, 1), *w = constant(PLAIN, SHAPE(3, 2), 0, 1, 1);
    mlp_tensor *b = constant(PLAIN, SHAPE(3), 0, 1, 1), *y = NULL;
    memcpy(mlp_tensor_data(x), (double[]){ 1, 2, 3, 4 }, 32);
    memcpy(mlp_tensor_data(w), (double[]){ 1, 0, 0, 1, 1, 1 }, 48);
    memcpy(mlp_tensor_data(b), (double[]){ 10, 20, 30 }, 24);
    OK(mlp_linear(&y, x, w, b, &err));
    static const double expected[] = { 11, 22, 33, 13, 24, 37 };
    for (int i = 0; i < 6; i++) ck_assert_double_eq(at(y, i), expected[i]);
    mlp_tensor_release(y);
    mlp_tensor_release(b);
    mlp_tensor_release(w);
    mlp_tensor_release(x);
}
END_TEST

START_TEST(linear_says_what_it_expects_and_guesses_why)
{
    static const struct {
        int ndim;
        int64_t shape[4];
        const char *text;
    } cases[] = {
        { 2,
          { 32, 4096 },
          "linear expects 12288 features and got 4096 (input 32x4096): pass in_features = 4096, or load the "
          "images in colour" },
        { 2, { 2, 36864 }, "or load the images with one channel" },
        { 2, { 2, 5 }, "pass in_features = 5" },
        { 4, { 2, 3, 64, 64 }, "put nn.Flatten() before the first Linear" },
        { 4, { 2, 3, 32, 32 }, "pass in_features = 3072" },
        { 1, { 3 * 12288 }, "flattened as a whole: flatten(2) leaves dimension 1, which is the batch" },
        { 1, { 5 }, "pass in_features = 5" },
        { 0, { 0 }, "expects 12288 features and got 1 (input scalar)" },
    };
    mlp_error err;
    mlp_tensor *w = constant(PLAIN, SHAPE(2, 12288), 0, 1, 1), *y = NULL, *half = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mlp_tensor *x = constant(PLAIN, cases[i].ndim, cases[i].shape, 0, 1, 1);
        says(mlp_linear(&y, x, w, NULL, &err), cases[i].text, &err);
        mlp_tensor_release(x);
    }
    mlp_tensor *x = constant(PLAIN, SHAPE(1, 12288), 0, 1, 1), *b = constant(PLAIN, SHAPE(3), 0, 1, 1);
    says(mlp_linear(&y, x, w, b, &err), "the bias is 3, expected 2", &err);
    OK(mlp_tensor_cast(&half, x, MLP_F32, &err));
    says(mlp_linear(&y, half, w, NULL, &err), "the input is f32, the weight f64", &err);
    says(mlp_linear(&y, x, b, NULL, &err), "the weight is 3, expected out_features x in_features", &err);
    ck_assert_ptr_null(y);
    mlp_tensor_release(half);
    mlp_tensor_release(b);
    mlp_tensor_release(x);
    mlp_tensor_release(w);
}
END_TEST

/* ---- dropout ---- */

/* Draws from a fresh stream each time, so that differences see one mask. */
static mlp_status dropout(mlp_tensor **y, mlp_tensor **x, const void *context, mlp_error *err)
{
    mlp_rng rng = mlp_rng_stream(7, MLP_FOR_USER, 0, 0, 0);
    return mlp_dropout(y, x[0], *(const double *)context, true, &rng, err);
}

START_TEST(dropout_differentiates_with_the_mask_of_its_forward_pass)
{
    static const double ps[] = { 0, 0.2, 0.5, 0.9, 1 };
    for (size_t i = 0; i < sizeof ps / sizeof *ps; i++)
        for (lay how = PLAIN; how <= STRIDED; how++) {
            mlp_tensor *x[1] = { leaf(how, SHAPE(3, 7), -1, 1, 1) };
            gradcheck("dropout", dropout, &ps[i], 1, x);
        }
    mlp_error err;
    mlp_rng rng = mlp_rng_stream(3, MLP_FOR_USER, 0, 0, 0);
    mlp_tensor *ones = constant(PLAIN, SHAPE(1001), 1, 1, 1), *y = NULL;
    OK(mlp_requires_grad_(ones, true, &err));
    OK(mlp_dropout(&y, ones, 0.3, true, &rng, &err));
    OK(mlp_backward(y, ones, false, &err));
    for (int i = 0; i < 1001; i++) ck_assert_double_eq(at(mlp_grad(ones), i), at(y, i));
    mlp_tensor_release(y);
    mlp_tensor_release(ones);
}
END_TEST

START_TEST(dropout_zeroes_the_share_p_and_scales_the_rest)
{
    enum { N = 100000 };
    mlp_error err;
    mlp_rng rng = mlp_rng_stream(11, MLP_FOR_USER, 0, 0, 0);
    mlp_tensor *x = NULL, *y = NULL, *z = NULL;
    OK(mlp_tensor_full(&x, MLP_F32, 1, (int64_t[]){ N }, 1, &err));
    OK(mlp_dropout(&y, x, 0.2, true, &rng, &err));
    OK(mlp_dropout(&z, x, 0.2, true, &rng, &err));
    int zeros = 0, both = 0, pairs = 0;
    for (int i = 0; i < N; i++) {
        ck_assert(at(y, i) == 0 || fabs(at(y, i) - 1.25) < 1e-6);
        zeros += at(y, i) == 0;
        both += at(y, i) == 0 && at(z, i) == 0;
        pairs += i > 0 && at(y, i) == 0 && at(y, i - 1) == 0;
    }
    ck_assert_double_eq_tol(zeros / (double)N, 0.2, 0.005);
    ck_assert_double_eq_tol(both / (double)N, 0.04, 0.003);  /* the second mask is another one */
    ck_assert_double_eq_tol(pairs / (double)N, 0.04, 0.003); /* neighbours are independent */
    mlp_tensor_release(z);
    mlp_tensor_release(y);
    mlp_tensor_release(x);
}
END_TEST

START_TEST(dropout_is_the_identity_in_evaluation_and_for_p_of_0_and_gives_zeros_for_p_of_1)
{
    mlp_error err;
    mlp_rng rng = mlp_rng_stream(1, MLP_FOR_USER, 0, 0, 0);
    mlp_tensor *x = constant(PLAIN, SHAPE(8), -1, 1, 1), *y = NULL;
    uint64_t before = rng.counter;
    OK(mlp_dropout(&y, x, 0.5, false, &rng, &err));
    ck_assert_ptr_eq(y, x);
    mlp_tensor_release(y);
    OK(mlp_dropout(&y, x, 0, true, &rng, &err));
    ck_assert_ptr_eq(y, x);
    mlp_tensor_release(y);
    ck_assert_uint_eq(rng.counter, before);
    OK(mlp_dropout(&y, x, 1, true, &rng, &err));
    for (int i = 0; i < 8; i++) ck_assert_double_eq(at(y, i), 0);
    mlp_tensor_release(y);
    says(mlp_dropout(&y, x, 1.5, true, &rng, &err), "dropout probability has to be between 0 and 1, but got 1.5", &err);
    says(mlp_dropout(&y, x, NAN, true, &rng, &err), "dropout: p is nan, expected a number", &err);
    mlp_tensor_release(x);
}
END_TEST

/* ---- batch norm ---- */

typedef struct norm {
    bool training, running, affine;
} norm;

static mlp_status batch_norm(mlp_tensor **y, mlp_tensor **x, const void *context, mlp_error *err)
{
    const norm *n = context;
    mlp_tensor *mean = NULL, *variance = NULL;
    int64_t channels = x[0]->shape[1];
    mlp_status st = mlp_tensor_full(&mean, MLP_F64, 1, &channels, 0.3, err);
    if (!st) st = mlp_tensor_full(&variance, MLP_F64, 1, &channels, 1.7, err);
    mlp_batch_norm_state s = { .training = n->training, .momentum = 0.1, .eps = 1e-5 };
    if (n->affine) s.weight = x[1], s.bias = x[2];
    if (n->running) s.running_mean = mean, s.running_var = variance;
    if (!st) st = mlp_batch_norm(y, x[0], &s, err);
    mlp_tensor_release(variance);
    mlp_tensor_release(mean);
    return st;
}

START_TEST(batch_norm_differentiates_in_both_modes_and_all_ranks)
{
    static const struct {
        int ndim;
        int64_t shape[4];
    } inputs[] = { { 2, { 5, 3 } }, { 3, { 4, 3, 2 } }, { 4, { 2, 3, 2, 2 } }, { 3, { 1, 3, 4 } }, { 2, { 2, 1 } } };
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        for (lay how = PLAIN; how <= STRIDED; how++)
            for (int kind = 0; kind < 8; kind++) {
                norm n = { kind & 1, kind & 2, kind & 4 };
                int64_t channels = inputs[i].shape[1];
                mlp_tensor *x[3] = { leaf(how, inputs[i].ndim, inputs[i].shape, -1, 1, 1),
                                     leaf(PLAIN, 1, &channels, 0.5, 2, 2), leaf(PLAIN, 1, &channels, -1, 1, 3) };
                gradcheck("batch_norm", batch_norm, &n, n.affine ? 3 : 1, x);
                if (!n.affine) mlp_tensor_release(x[1]), mlp_tensor_release(x[2]);
            }
    norm n = { false, true, true };
    mlp_tensor *one[3] = { leaf(PLAIN, SHAPE(1, 3), -1, 1, 1), leaf(PLAIN, SHAPE(3), 0.5, 2, 2),
                           leaf(PLAIN, SHAPE(3), -1, 1, 3) };
    gradcheck("batch_norm of one row in evaluation", batch_norm, &n, 3, one);
}
END_TEST

/* Sums of f32 begin in f32: far from 0 they must not lose what is small beside the mean. */
START_TEST(batch_norm_in_f32_agrees_with_f64_far_from_zero)
{
    mlp_error err;
    mlp_rng rng = mlp_rng_stream(7, MLP_FOR_USER, 0, 0, 0);
    mlp_tensor *x = NULL, *dy = NULL, *y[2] = { NULL, NULL }, *dx[2];
    mlp_batch_norm_state s = { .training = true, .momentum = 0.1, .eps = 1e-5 };
    const int64_t shape[] = { 3, 2, 37, 41 };
    OK(mlp_tensor_new(&x, MLP_F32, 4, shape, &err));
    OK(mlp_tensor_new(&dy, MLP_F32, 4, shape, &err));
    OK(mlp_tensor_normal_(x, 1000, 2, &rng, &err));
    OK(mlp_tensor_normal_(dy, 0.5, 1, &rng, &err));
    for (int i = 0; i < 2; i++) {
        mlp_dtype dtype = i ? MLP_F64 : MLP_F32;
        mlp_tensor *in = NULL, *g = NULL, *out = NULL;
        OK(mlp_tensor_cast(&in, x, dtype, &err));
        OK(mlp_tensor_cast(&g, dy, dtype, &err));
        OK(mlp_requires_grad_(in, true, &err));
        OK(mlp_batch_norm(&out, in, &s, &err));
        OK(mlp_backward(out, g, false, &err));
        OK(mlp_tensor_cast(&y[i], out, MLP_F64, &err));
        OK(mlp_tensor_cast(&dx[i], mlp_grad(in), MLP_F64, &err));
        mlp_tensor_release(out), mlp_tensor_release(g), mlp_tensor_release(in);
    }
    const double *a = mlp_tensor_data(y[0]), *b = mlp_tensor_data(y[1]);
    const double *da = mlp_tensor_data(dx[0]), *db = mlp_tensor_data(dx[1]);
    for (int64_t i = 0; i < mlp_tensor_numel(x); i++) {
        ck_assert_double_eq_tol(a[i], b[i], 2e-6);
        ck_assert_double_eq_tol(da[i], db[i], 2e-6);
    }
    for (int i = 0; i < 2; i++) mlp_tensor_release(y[i]), mlp_tensor_release(dx[i]);
    mlp_tensor_release(x), mlp_tensor_release(dy);
}
END_TEST

START_TEST(batch_norm_matches_the_worked_numbers)
{
    mlp_error err;
    mlp_tensor *x = NULL, *mean = NULL, *variance = NULL, *y = NULL;
    OK(mlp_tensor_new(&x, MLP_F32, 2, (int64_t[]){ 3, 1 }, &err));
    memcpy(mlp_tensor_data(x), (float[]){ 1, 2, 4 }, 12);
    OK(mlp_tensor_full(&mean, MLP_F32, 1, (int64_t[]){ 1 }, 0, &err));
    OK(mlp_tensor_full(&variance, MLP_F32, 1, (int64_t[]){ 1 }, 1, &err));
    mlp_batch_norm_state s = {
        .running_mean = mean, .running_var = variance, .training = true, .momentum = 0.1, .eps = 1e-5
    };
    OK(mlp_batch_norm(&y, x, &s, &err));
    ck_assert_double_eq_tol(at(y, 0), -1.0690415, 1e-6);
    ck_assert_double_eq_tol(at(y, 1), -0.2672603, 1e-6);
    ck_assert_double_eq_tol(at(y, 2), 1.3363020, 1e-6);
    ck_assert_double_eq_tol(at(mean, 0), 0.23333333, 1e-7);
    ck_assert_double_eq_tol(at(variance, 0), 1.13333333, 1e-6);
    mlp_tensor_release(y);
    s.training = false;
    OK(mlp_batch_norm(&y, x, &s, &err));
    ck_assert_double_eq_tol(at(y, 0), 0.7201547, 1e-6);
    ck_assert_double_eq_tol(at(mean, 0), 0.23333333, 1e-7); /* evaluation changes nothing */
    mlp_tensor_release(y);
    mlp_tensor_release(variance);
    mlp_tensor_release(mean);
    mlp_tensor_release(x);
}
END_TEST

START_TEST(batch_norm_explains_its_errors)
{
    mlp_error err;
    mlp_tensor *y = NULL, *one = constant(PLAIN, SHAPE(1, 4), -1, 1, 1), *five = constant(PLAIN, SHAPE(2, 5), -1, 1, 1);
    mlp_tensor *four = constant(PLAIN, SHAPE(4), 0, 1, 1), *vector = constant(PLAIN, SHAPE(5), 0, 1, 1);
    mlp_batch_norm_state s = { .training = true, .momentum = 0.1, .eps = 1e-5 };
    says(mlp_batch_norm(&y, one, &s, &err), "expected more than 1 value per channel when training, got input size 1x4",
         &err);
    says(mlp_batch_norm(&y, one, &s, &err), "drop_last = true", &err);
    s.running_mean = four, s.running_var = four;
    says(mlp_batch_norm(&y, five, &s, &err), "batch_norm expects 4 features and got 5 (input 2x5)", &err);
    says(mlp_batch_norm(&y, vector, &s, &err), "the input is 5, expected a batch", &err);
    mlp_tensor *narrow = NULL;
    OK(mlp_tensor_cast(&narrow, one, MLP_F32, &err));
    s.training = false;
    says(mlp_batch_norm(&y, narrow, &s, &err), "the input is f32 but running_mean is f64", &err);
    mlp_tensor_release(narrow);
    mlp_tensor_release(vector);
    mlp_tensor_release(four);
    mlp_tensor_release(five);
    mlp_tensor_release(one);
}
END_TEST

/* ---- softmax ---- */

typedef struct soft {
    int dim;
    bool log;
} soft;

static mlp_status softmax(mlp_tensor **y, mlp_tensor **x, const void *context, mlp_error *err)
{
    const soft *s = context;
    return s->log ? mlp_log_softmax(y, x[0], s->dim, err) : mlp_softmax(y, x[0], s->dim, err);
}

START_TEST(softmax_and_its_logarithm_differentiate_along_any_dimension)
{
    for (int dim = -3; dim < 3; dim++)
        for (int log = 0; log < 2; log++)
            for (lay how = PLAIN; how <= STRIDED; how++) {
                soft s = { dim, log };
                mlp_tensor *x[1] = { leaf(how, SHAPE(2, 3, 4), -2, 2, 1) };
                gradcheck("softmax", softmax, &s, 1, x);
            }
    soft s = { 0, false };
    mlp_tensor *scalar[1] = { leaf(PLAIN, 0, NULL, -2, 2, 1) }, *empty[1] = { leaf(PLAIN, SHAPE(0, 3), -2, 2, 1) };
    gradcheck("softmax of a scalar", softmax, &s, 1, scalar);
    gradcheck("softmax of nothing", softmax, &s, 1, empty);
}
END_TEST

START_TEST(softmax_of_huge_values_is_finite_and_sums_to_one)
{
    mlp_error err;
    mlp_tensor *x = constant(PLAIN, SHAPE(3), 0, 1, 1), *y = NULL;
    memcpy(mlp_tensor_data(x), (double[]){ 1e4, 1e4, -1e4 }, 24);
    OK(mlp_softmax(&y, x, 0, &err));
    ck_assert_double_eq(at(y, 0), 0.5);
    ck_assert_double_eq(at(y, 2), 0);
    mlp_tensor_release(y);
    OK(mlp_log_softmax(&y, x, 0, &err));
    ck_assert_double_eq_tol(at(y, 2), -2e4 - log(2), 1e-9);
    mlp_tensor_release(y);
    says(mlp_softmax(&y, x, 1, &err), "softmax: dimension 2 is out of range for a tensor of 3", &err);
    says(mlp_softmax(&y, x, -2, &err), "softmax: dimension -2 is out of range for a tensor of 3", &err);
    mlp_tensor_release(x);
}
END_TEST

/* ---- cross entropy ---- */

typedef struct entropy {
    mlp_tensor *target; /* NULL: probabilities are x[1] */
    mlp_cross_entropy_options o;
} entropy;

static mlp_status cross_entropy(mlp_tensor **y, mlp_tensor **x, const void *context, mlp_error *err)
{
    const entropy *e = context;
    return mlp_cross_entropy(y, x[0], e->target ? e->target : x[1], &e->o, err);
}

START_TEST(cross_entropy_differentiates_with_all_its_options)
{
    mlp_error err;
    mlp_tensor *labels = labels_of(5, (int64_t[]){ 0, 3, 2, 2, 1 }), *weight = constant(PLAIN, SHAPE(4), 0.5, 2, 9);
    for (int kind = 0; kind < 2 * 2 * 2 * 3 * 3; kind++) {
        entropy e = { .target = kind & 1 ? labels : NULL };
        e.o.weight = kind & 2 ? weight : NULL;
        e.o.label_smoothing = kind & 4 ? 0.1 : 0;
        e.o.reduction = (mlp_reduction)(kind / 8 % 3);
        e.o.ignore_index = kind & 1 && kind / 24 == 1 ? 2 : -100;
        mlp_tensor *x[2] = { leaf((lay)(kind / 24), SHAPE(5, 4), -2, 2, 1), leaf(PLAIN, SHAPE(5, 4), 0, 1, 2) };
        gradcheck("cross_entropy", cross_entropy, &e, kind & 1 ? 1 : 2, x);
        if (kind & 1) mlp_tensor_release(x[1]);
    }
    mlp_tensor *pixels = labels_of(8, (int64_t[]){ 0, 1, 2, 0, 2, 2, 1, 0 }), *shaped = NULL;
    OK(mlp_tensor_reshape(&shaped, pixels, 3, (int64_t[]){ 2, 2, 2 }, &err));
    for (int reduction = 0; reduction < 3; reduction++) {
        entropy e = { .target = shaped, .o = { .ignore_index = 1, .reduction = (mlp_reduction)reduction } };
        mlp_tensor *x[2] = { leaf(TURNED, SHAPE(2, 3, 2, 2), -2, 2, 1), NULL };
        gradcheck("cross_entropy of pixels", cross_entropy, &e, 1, x);
    }
    mlp_tensor_release(shaped);
    mlp_tensor_release(pixels);
    mlp_tensor_release(weight);
    mlp_tensor_release(labels);
}
END_TEST

START_TEST(cross_entropy_matches_the_worked_numbers)
{
    mlp_error err;
    mlp_tensor *x = NULL, *weight = NULL, *labels = labels_of(2, (int64_t[]){ 0, 2 }), *y = NULL;
    OK(mlp_tensor_new(&x, MLP_F32, 2, (int64_t[]){ 2, 3 }, &err));
    memcpy(mlp_tensor_data(x), (float[]){ 1, 2, 3, 0, 0, 1 }, 24);
    OK(mlp_tensor_arange(&weight, MLP_F32, 1, 4, 1, &err));
    static const double expected[3][4] = { { 1.4795253, 1.0154850, 1.4628587, 1.0202223 },
                                           { 2.9590507, 4.0619402, 2.9257174, 4.0808892 },
                                           { 2.4076059, 2.4076059, 2.3076060, 2.3816998 } };
    for (int reduction = 0; reduction < 3; reduction++)
        for (int kind = 0; kind < 4; kind++) {
            mlp_cross_entropy_options o = { .weight = kind & 1 ? weight : NULL,
                                            .label_smoothing = kind & 2 ? 0.1 : 0,
                                            .ignore_index = -100,
                                            .reduction = (mlp_reduction)reduction };
            OK(mlp_cross_entropy(&y, x, labels, &o, &err));
            ck_assert_double_eq_tol(at(y, 0), expected[reduction][kind], 2e-6);
            mlp_tensor_release(y);
        }
    mlp_tensor_release(labels);
    mlp_tensor_release(weight);
    mlp_tensor_release(x);
}
END_TEST

START_TEST(cross_entropy_of_nothing_is_nan_for_the_mean_and_0_for_the_sum)
{
    mlp_error err;
    mlp_tensor *labels = labels_of(2, (int64_t[]){ 1, 1 }), *x = leaf(PLAIN, SHAPE(2, 3), -1, 1, 1), *y = NULL;
    mlp_cross_entropy_options o = { .ignore_index = 1 };
    OK(mlp_cross_entropy(&y, x, labels, &o, &err));
    ck_assert(isnan(at(y, 0)));
    mlp_tensor_release(y);
    o.reduction = MLP_SUM_OF_ROWS;
    OK(mlp_cross_entropy(&y, x, labels, &o, &err));
    ck_assert_double_eq(at(y, 0), 0);
    OK(mlp_backward(y, NULL, false, &err));
    ck_assert_double_eq(at(mlp_grad(x), 0), 0);
    mlp_tensor_release(y);
    mlp_tensor_release(x);
    mlp_tensor_release(labels);
    labels = labels_of(0, (int64_t[]){ 0 }), x = leaf(PLAIN, SHAPE(0, 3), -1, 1, 1);
    o.reduction = MLP_MEAN_OF_ROWS;
    OK(mlp_cross_entropy(&y, x, labels, &o, &err));
    ck_assert(isnan(at(y, 0)));
    mlp_tensor_release(y);
    mlp_tensor_release(x);
    mlp_tensor_release(labels);
}
END_TEST

START_TEST(cross_entropy_takes_u8_labels)
{
    mlp_error err;
    mlp_tensor *wide = labels_of(2, (int64_t[]){ 2, 0 }), *narrow = NULL, *a = NULL, *b = NULL;
    mlp_tensor *x = constant(PLAIN, SHAPE(2, 3), -1, 1, 1);
    mlp_cross_entropy_options o = { .ignore_index = -100 };
    OK(mlp_tensor_cast(&narrow, wide, MLP_U8, &err));
    OK(mlp_cross_entropy(&a, x, wide, &o, &err));
    OK(mlp_cross_entropy(&b, x, narrow, &o, &err));
    ck_assert_double_eq(at(a, 0), at(b, 0));
    mlp_tensor_release(a);
    mlp_tensor_release(b);
    mlp_tensor_release(narrow);
    mlp_tensor_release(wide);
    mlp_tensor_release(x);
}
END_TEST

START_TEST(cross_entropy_explains_its_errors)
{
    mlp_error err;
    mlp_tensor *y = NULL, *x = constant(PLAIN, SHAPE(6, 10), -1, 1, 1), *weight = constant(PLAIN, SHAPE(4), 0, 1, 1);
    mlp_tensor *bad = labels_of(6, (int64_t[]){ 0, 1, 2, 3, 10, 5 }),
               *negative = labels_of(6, (int64_t[]){ -1, 1, 2, 3, 1, 5 });
    mlp_tensor *few = labels_of(2, (int64_t[]){ 0, 1 }), *half = NULL;
    mlp_cross_entropy_options o = { .ignore_index = -100 };
    says(mlp_cross_entropy(&y, x, bad, &o, &err), "label 11 at row 5, expected 1 to 10", &err);
    says(mlp_cross_entropy(&y, x, negative, &o, &err), "label 0 at row 1, expected 1 to 10", &err);
    says(mlp_cross_entropy(&y, x, few, &o, &err), "expected input batch size (6) to match target batch size (2)", &err);
    says(mlp_cross_entropy(&y, x, weight, &o, &err), "holds class probabilities and needs the shape of the input",
         &err);
    OK(mlp_tensor_cast(&half, x, MLP_F32, &err));
    says(mlp_cross_entropy(&y, x, half, &o, &err), "the input is f64 but the class probabilities are f32", &err);
    o.weight = weight;
    says(mlp_cross_entropy(&y, x, bad, &o, &err), "either for all 10 classes or no classes", &err);
    o.weight = NULL, o.label_smoothing = 1.5;
    says(mlp_cross_entropy(&y, x, bad, &o, &err), "cross_entropy: label_smoothing is 1.5, expected 0 to 1", &err);
    o.label_smoothing = 0, o.ignore_index = 1;
    says(mlp_cross_entropy(&y, x, x, &o, &err), "ignore_index is not supported for class probabilities", &err);
    says(mlp_cross_entropy(&y, few, few, &o, &err), "the input is i64", &err);
    mlp_tensor_release(half);
    mlp_tensor_release(few);
    mlp_tensor_release(negative);
    mlp_tensor_release(bad);
    mlp_tensor_release(weight);
    mlp_tensor_release(x);
}
END_TEST

/* ---- any number of threads ---- */

/* The bytes of a step through every layer: result and gradients. */
static void step(mlp_tensor **kept, int count)
{
    mlp_error err;
    mlp_rng rng = mlp_rng_stream(5, MLP_FOR_USER, 0, 0, 0);
    mlp_tensor *x = NULL, *w = NULL, *b = NULL, *scale = NULL, *labels = NULL, *h = NULL, *r = NULL, *n = NULL,
               *d = NULL;
    OK(mlp_tensor_new(&x, MLP_F32, 2, (int64_t[]){ 300, 257 }, &err));
    OK(mlp_tensor_new(&w, MLP_F32, 2, (int64_t[]){ 1025, 257 }, &err));
    OK(mlp_tensor_new(&b, MLP_F32, 1, (int64_t[]){ 1025 }, &err));
    OK(mlp_tensor_full(&scale, MLP_F32, 1, (int64_t[]){ 1025 }, 1, &err));
    OK(mlp_tensor_new(&labels, MLP_I64, 1, (int64_t[]){ 300 }, &err));
    mlp_tensor *leaves[4] = { x, w, b, scale };
    for (int i = 0; i < 3; i++) OK(mlp_tensor_normal_(leaves[i], 0, 1, &rng, &err));
    for (int i = 0; i < 4; i++) OK(mlp_requires_grad_(leaves[i], true, &err));
    OK(mlp_tensor_randint_(labels, 0, 1025, &rng, &err));
    OK(mlp_linear(&h, x, w, b, &err));
    mlp_batch_norm_state s = { .weight = scale, .training = true, .eps = 1e-5 };
    OK(mlp_batch_norm(&n, h, &s, &err));
    OK(mlp_op_unary(&r, MLP_RELU, n, &err));
    OK(mlp_dropout(&d, r, 0.3, true, &rng, &err));
    mlp_cross_entropy_options o = { .ignore_index = -100, .label_smoothing = 0.1 };
    OK(mlp_cross_entropy(&kept[0], d, labels, &o, &err));
    OK(mlp_backward(kept[0], NULL, false, &err));
    ck_assert_int_eq(count, 6);
    kept[1] = d;
    for (int i = 0; i < 4; i++) kept[2 + i] = mlp_tensor_retain(mlp_grad(leaves[i]));
    for (int i = 0; i < 4; i++) mlp_tensor_release(leaves[i]);
    mlp_tensor_release(r);
    mlp_tensor_release(n);
    mlp_tensor_release(h);
    mlp_tensor_release(labels);
}

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    mlp_error err;
    mlp_tensor *one[6] = { NULL }, *many[6] = { NULL };
    OK(mlp_threads_set(1, &err));
    step(one, 6);
    for (int threads = 2; threads <= 5; threads++) {
        OK(mlp_threads_set(threads, &err));
        step(many, 6);
        for (int i = 0; i < 6; i++) {
            size_t bytes = (size_t)mlp_tensor_numel(one[i]) * mlp_dtype_size(one[i]->dtype);
            ck_assert_int_eq(memcmp(mlp_tensor_data(one[i]), mlp_tensor_data(many[i]), bytes), 0);
            mlp_tensor_release(many[i]);
        }
    }
    OK(mlp_threads_set(1, &err));
    for (int i = 0; i < 6; i++) mlp_tensor_release(one[i]);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        linear_differentiates_for_any_leading_dimensions_and_layout,
        linear_is_x_times_w_transposed_plus_b,
        linear_says_what_it_expects_and_guesses_why,
        dropout_differentiates_with_the_mask_of_its_forward_pass,
        dropout_zeroes_the_share_p_and_scales_the_rest,
        dropout_is_the_identity_in_evaluation_and_for_p_of_0_and_gives_zeros_for_p_of_1,
        batch_norm_differentiates_in_both_modes_and_all_ranks,
        batch_norm_in_f32_agrees_with_f64_far_from_zero,
        batch_norm_matches_the_worked_numbers,
        batch_norm_explains_its_errors,
        softmax_and_its_logarithm_differentiate_along_any_dimension,
        softmax_of_huge_values_is_finite_and_sums_to_one,
        cross_entropy_differentiates_with_all_its_options,
        cross_entropy_matches_the_worked_numbers,
        cross_entropy_of_nothing_is_nan_for_the_mean_and_0_for_the_sum,
        cross_entropy_takes_u8_labels,
        cross_entropy_explains_its_errors,
        any_number_of_threads_gives_the_same_bits,
    };
    return run_suite("nn", tests, COUNT(tests));
}
