/* test_metrics.c - runtime/metrics: confusion matrix, scores, report. */
#include "metrics/metrics.h"

#include "suite.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int64_t LABELS[10] = { 0, 0, 0, 1, 1, 1, 1, 2, 2, 2 };
static const int64_t PREDICTIONS[10] = { 0, 0, 1, 1, 1, 1, 0, 2, 2, 1 };
static mlp_error err;

static mlp_confusion *sample(void)
{
    mlp_confusion *c = NULL;
    ck_assert_msg(!mlp_confusion_new(&c, 3, &err) && !mlp_confusion_add(c, PREDICTIONS, LABELS, NULL, 10, &err), "%s",
                  err.text);
    return c;
}

START_TEST(rows_are_true_and_columns_predicted)
{
    mlp_confusion *c = sample();
    const double want[9] = { 2, 1, 0, 1, 3, 0, 0, 1, 2 };
    ck_assert_mem_eq(mlp_confusion_counts(c), want, sizeof want);
    ck_assert(mlp_confusion_total(c) == 10);
    mlp_confusion_reset(c);
    ck_assert(mlp_confusion_total(c) == 0);
    ck_assert(isnan(mlp_confusion_accuracy(c)));
    mlp_confusion_release(c);
}
END_TEST

START_TEST(single_numbers_are_scikit_learns)
{
    mlp_confusion *c = sample();
    ck_assert_double_eq_tol(mlp_confusion_accuracy(c), 0.7, 1e-15);
    ck_assert_double_eq_tol(mlp_confusion_balanced_accuracy(c), 0.69444444444444442, 1e-15);
    ck_assert_double_eq_tol(mlp_confusion_kappa(c, MLP_KAPPA_PLAIN), 0.5384615384615385, 1e-14);
    ck_assert_double_eq_tol(mlp_confusion_kappa(c, MLP_KAPPA_QUADRATIC), 0.7272727272727273, 1e-14);
    ck_assert_double_eq_tol(mlp_confusion_mcc(c), 0.5471422246, 1e-10);
    ck_assert_double_eq_tol(mlp_confusion_average(c, MLP_WEIGHTED, NULL, 0, 0).f, 0.70666666666666667, 1e-15);
    mlp_confusion_release(c);
}
END_TEST

START_TEST(weights_say_how_often_a_pair_counts)
{
    mlp_confusion *c = NULL;
    const double weight[10] = { 1, 1, 0, 2, 1, 0.5, 1, 1, 1, 1 }, wrong[10] = { 1, 1, -1, 1, 1, 1, 1, 1, 1, 1 };
    ck_assert(!mlp_confusion_new(&c, 3, &err));
    ck_assert_int_eq(mlp_confusion_add(c, PREDICTIONS, LABELS, wrong, 10, &err), MLP_EINVAL);
    ck_assert_str_eq(err.text, "the weight of sample 3 is -1, expected a finite number of at least 0");
    ck_assert(mlp_confusion_total(c) == 0 && !mlp_confusion_is_weighted(c));
    ck_assert(!mlp_confusion_add(c, PREDICTIONS, LABELS, weight, 10, &err));
    ck_assert(mlp_confusion_total(c) == 9.5 && mlp_confusion_is_weighted(c));
    ck_assert(mlp_confusion_counts(c)[4] == 3.5 && mlp_confusion_counts(c)[1] == 0);
    ck_assert_double_eq_tol(mlp_confusion_accuracy(c), 7.5 / 9.5, 1e-15);
    const mlp_tally t = mlp_confusion_tally(c, 1); /* 3.5 of 4.5, said 4.5 times */
    ck_assert_double_eq_tol(mlp_tally_score(t, 2, 0).f, 5 * 3.5 / (4 * 4.5 + 4.5), 1e-15);
    ck_assert_double_eq_tol(mlp_tally_score(t, INFINITY, 0).f, 3.5 / 4.5, 1e-15);
    ck_assert_double_eq_tol(mlp_tally_score(t, 1, 0).jaccard, 3.5 / 5.5, 1e-15);
    mlp_confusion_release(c);
}
END_TEST

START_TEST(a_class_never_predicted_has_the_precision_that_was_asked_for)
{
    mlp_confusion *c = NULL;
    const int64_t y[4] = { 0, 0, 0, 1 }, p[4] = { 0, 1, 2, 2 };
    ck_assert(!mlp_confusion_new(&c, 4, &err) && !mlp_confusion_add(c, p, y, NULL, 4, &err));
    ck_assert(mlp_confusion_score(c, 3, 0).precision == 0);
    ck_assert(mlp_confusion_score(c, 3, 1).precision == 1);
    ck_assert(isnan(mlp_confusion_score(c, 3, NAN).f));
    /* classes 2 and 3 have no true samples: left out of the mean recall with NaN */
    ck_assert_double_eq_tol(mlp_confusion_average(c, MLP_MACRO, NULL, 0, NAN).recall, 1.0 / 6, 1e-15);
    ck_assert_double_eq_tol(mlp_confusion_average(c, MLP_MACRO, NULL, 0, 0).recall, 1.0 / 12, 1e-15);
    ck_assert_double_eq_tol(mlp_confusion_balanced_accuracy(c), 1.0 / 6, 1e-15);
    mlp_confusion_release(c);
}
END_TEST

START_TEST(a_label_outside_the_classes_is_refused_and_nothing_is_counted)
{
    mlp_confusion *c = sample();
    const int64_t good[2] = { 0, 2 }, bad[2] = { 0, 3 };
    ck_assert_int_eq(mlp_confusion_add(c, good, bad, NULL, 2, &err), MLP_EINDEX);
    ck_assert_str_eq(err.text, "confusion matrix: label 4 at position 2, expected 1 to 3");
    ck_assert_int_eq(mlp_confusion_add(c, bad, good, NULL, 2, &err), MLP_EINDEX);
    ck_assert_str_eq(err.text, "confusion matrix: prediction 4 at position 2, expected 1 to 3");
    const int64_t low[1] = { INT64_MIN }, first[1] = { 0 };
    ck_assert_int_eq(mlp_confusion_add(c, low, first, NULL, 1, &err), MLP_EINDEX);
    ck_assert(mlp_confusion_total(c) == 10);
    mlp_confusion_release(c);
}
END_TEST

START_TEST(any_integers_can_be_labels)
{
    const int64_t y[5] = { -7, 100, 100, INT64_MAX, -7 }, p[5] = { 100, 100, -7, INT64_MAX, 3 };
    mlp_confusion *c = NULL;
    int64_t *values = NULL;
    ck_assert(!mlp_confusion_of(&c, &values, y, p, NULL, 5, NULL, 0, &err));
    const int64_t want[4] = { -7, 3, 100, INT64_MAX };
    ck_assert_int_eq(mlp_confusion_classes(c), 4);
    ck_assert_mem_eq(values, want, sizeof want);
    ck_assert(mlp_confusion_counts(c)[0 * 4 + 2] == 1);
    ck_assert(mlp_confusion_counts(c)[0 * 4 + 1] == 1);
    ck_assert_double_eq_tol(mlp_confusion_accuracy(c), 0.4, 1e-15);
    mlp_confusion_release(c);
    free(values);
    ck_assert_int_eq(mlp_confusion_of(&c, &values, y, p, NULL, 0, NULL, 0, &err), MLP_EINVAL);
}
END_TEST

START_TEST(the_report_is_scikit_learns_byte_for_byte)
{
    static const char *const want = "                        precision    recall  f1-score   support\n"
                                    "\n"
                                    "                   cat     0.6667    0.6667    0.6667         3\n"
                                    "                   dog     0.6000    0.7500    0.6667         4\n"
                                    "a very long class name     1.0000    0.6667    0.8000         3\n"
                                    "\n"
                                    "              accuracy                         0.7000        10\n"
                                    "             macro avg     0.7556    0.6944    0.7111        10\n"
                                    "          weighted avg     0.7400    0.7000    0.7067        10\n";
    static const char *const names[3] = { "cat", "dog", "a very long class name" };
    mlp_confusion *c = sample();
    mlp_report_options o = mlp_report_defaults();
    ck_assert_int_eq(o.digits, 2);
    o.digits = 4;
    char *text = NULL;
    ck_assert(!mlp_confusion_report(&text, c, names, &o, &err));
    ck_assert_str_eq(text, want);
    free(text);
    o.digits = 31;
    ck_assert_int_eq(mlp_confusion_report(&text, c, names, &o, &err), MLP_EINVAL);
    ck_assert_str_eq(err.text, "classification report: digits is 31, expected 0 to 30");
    mlp_confusion_release(c);
}
END_TEST

START_TEST(leaving_out_a_class_gives_the_micro_average)
{
    static const char *const names[3] = { "a", "b", "c" };
    const int64_t rows[2] = { 0, 1 };
    mlp_confusion *c = sample();
    mlp_report_options o = mlp_report_defaults();
    o.rows = rows;
    o.count = 2;
    char *text = NULL;
    ck_assert(!mlp_confusion_report(&text, c, names, &o, &err));
    ck_assert(strstr(text, "\n   micro avg       0.62      0.71      0.67         7\n"));
    ck_assert(!strstr(text, "accuracy"));
    free(text);
    mlp_confusion_release(c);
}
END_TEST

START_TEST(the_matrix_is_aligned_by_characters)
{
    static const char *const names[3] = { "Bär", "b", "ñandú" };
    mlp_confusion *c = sample();
    char *text = NULL;
    ck_assert(!mlp_confusion_text(&text, c, names, &err));
    ck_assert_str_eq(text, "true \\ predicted    Bär      b  ñandú\n"
                           "             Bär      2      1      0\n"
                           "               b      1      3      0\n"
                           "           ñandú      0      1      2\n");
    free(text);
    mlp_confusion_release(c);
}
END_TEST

START_TEST(a_matrix_of_many_classes_fits_80_columns)
{
    enum { MOST = 60 };
    static const int64_t sizes[] = { 7, 12, MOST };
    const char *names[MOST];
    for (int k = 0; k < MOST; k++)
        names[k] = k % 2 ? "ñandú" : "a class whose name is longer than a line should be, by far, so it is cut";
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        mlp_confusion *c = NULL;
        ck_assert(!mlp_confusion_new(&c, sizes[s], &err));
        const int64_t labels[2] = { sizes[s] - 1, 2 }, predictions[2] = { 0, sizes[s] - 1 };
        ck_assert(!mlp_confusion_add(c, labels, predictions, NULL, 2, &err));
        char *text = NULL;
        ck_assert(!mlp_confusion_text(&text, c, names, &err));
        int64_t width = 0, ones = 0;
        for (const char *at = text; *at; at++) {
            width = *at == '\n' ? 0 : width + ((*at & 0xC0) != 0x80);
            ck_assert_int_le(width, 80);
            ones += strncmp(at, " 1\n", 3) == 0 || strncmp(at, " 1  0", 5) == 0;
        }
        ck_assert_int_ge(ones, 2); /* both counts are there */
        free(text);
        mlp_confusion_release(c);
    }
}
END_TEST

START_TEST(normalising_divides_by_row_column_or_all)
{
    mlp_confusion *c = sample();
    double x[9];
    mlp_confusion_normalized(c, MLP_BY_TRUE, x);
    ck_assert_double_eq_tol(x[3], 0.25, 1e-15);
    mlp_confusion_normalized(c, MLP_BY_PREDICTED, x);
    ck_assert_double_eq_tol(x[4], 0.6, 1e-15);
    mlp_confusion_normalized(c, MLP_BY_ALL, x);
    ck_assert_double_eq_tol(x[8], 0.2, 1e-15);
    mlp_confusion_reset(c);
    mlp_confusion_normalized(c, MLP_BY_TRUE, x);
    for (int i = 0; i < 9; i++) ck_assert(x[i] == 0);
    mlp_confusion_release(c);
}
END_TEST

START_TEST(top_k_counts_ties_from_the_higher_class)
{
    const double scores[12] = { .2, .5, .3, .4, .4, .2, 1, 1, 1, NAN, 0, 0 };
    const int64_t labels[4] = { 2, 1, 0, 0 }, one_more[4] = { 2, 1, 3, 0 };
    const double weight[4] = { 1, 2, 4, 0.5 };
    double x = -1;
    ck_assert(!mlp_top_k_accuracy(&x, scores, 4, 3, labels, weight, 1, false, &err));
    ck_assert_double_eq_tol(x, 2, 1e-15); /* the second alone: of two equal ones the higher class */
    ck_assert(!mlp_top_k_accuracy(&x, scores, 4, 3, labels, NULL, 2, true, &err));
    ck_assert_double_eq_tol(x, 0.5, 1e-15); /* third: two equal ones stand before it; fourth: its score is NaN */
    ck_assert_int_eq(mlp_top_k_accuracy(&x, scores, 4, 3, labels, NULL, 4, true, &err), MLP_EINVAL);
    ck_assert_int_eq(mlp_top_k_accuracy(&x, scores, 4, 3, one_more, NULL, 1, true, &err), MLP_EINDEX);
    ck_assert_str_eq(err.text, "top-k accuracy: label 4 at position 3, expected 1 to 3");
}
END_TEST

START_TEST(the_number_of_classes_has_bounds)
{
    mlp_confusion *c = NULL;
    ck_assert_int_eq(mlp_confusion_new(&c, 0, &err), MLP_EINVAL);
    ck_assert_int_eq(mlp_confusion_new(&c, MLP_MAX_CLASSES + 1, &err), MLP_EINVAL);
    ck_assert_ptr_null(c);
    mlp_confusion_release(NULL);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        rows_are_true_and_columns_predicted,
        single_numbers_are_scikit_learns,
        weights_say_how_often_a_pair_counts,
        a_class_never_predicted_has_the_precision_that_was_asked_for,
        a_label_outside_the_classes_is_refused_and_nothing_is_counted,
        any_integers_can_be_labels,
        the_report_is_scikit_learns_byte_for_byte,
        leaving_out_a_class_gives_the_micro_average,
        the_matrix_is_aligned_by_characters,
        a_matrix_of_many_classes_fits_80_columns,
        normalising_divides_by_row_column_or_all,
        top_k_counts_ties_from_the_higher_class,
        the_number_of_classes_has_bounds,
    };
    return run_suite("metrics", tests, COUNT(tests));
}
