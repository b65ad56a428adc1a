/* metrics.h - the confusion matrix and what follows from it, with scikit-learn's numbers.
 *
 * Row = true class, column = predicted class. Counts are sums of the samples' weights, 1 each unless weights are given:
 * exact below 2^53. A ratio whose denominator is 0 (a class that
 * was never predicted has no precision) has the value `zero_division`: 0 unless the caller says otherwise; with NaN
 * such classes are left out of the averages. */
#ifndef MLP_METRICS_H
#define MLP_METRICS_H

#include "base/base.h"

typedef struct mlp_confusion mlp_confusion;
struct mlp_tensor;

enum { MLP_MAX_CLASSES = 32768 };

/* All counts 0. 1 <= classes <= MLP_MAX_CLASSES. */
mlp_status mlp_confusion_new(mlp_confusion **out, int64_t classes, mlp_error *err);
void mlp_confusion_release(mlp_confusion *c);

/* For labels that are any integers: the classes are the sorted distinct values of both arrays and of `extra` (further
 * labels, which may be NULL). *values receives them (classes of them; release with free). weight: as mlp_confusion_add
 * has it. Fails when n is 0. */
mlp_status mlp_confusion_of(mlp_confusion **out, int64_t **values, const int64_t *labels, const int64_t *predictions,
                            const double *weight, int64_t n, const int64_t *extra, int64_t n_extra, mlp_error *err);

/* The matrix of some of the classes, in the order of rows; pairs with another class on either side are dropped. */
mlp_status mlp_confusion_select(mlp_confusion **out, const mlp_confusion *c, const int64_t *rows, int64_t count,
                                mlp_error *err);

/* Counts n pairs, each as often as its weight says (finite, at least 0; NULL: once). A value outside the classes or a
 * wrong weight is an error, and then nothing has been counted. */
mlp_status mlp_confusion_add(mlp_confusion *c, const int64_t *predictions, const int64_t *labels, const double *weight,
                             int64_t n, mlp_error *err);

/* The same for tensors of any type and layout with equally many elements; values must be whole numbers. */
mlp_status mlp_confusion_add_tensors(mlp_confusion *c, const struct mlp_tensor *predictions,
                                     const struct mlp_tensor *labels, const double *weight, mlp_error *err);
void mlp_confusion_reset(mlp_confusion *c);

/* ---- counts ---- */

int64_t mlp_confusion_classes(const mlp_confusion *c);
double mlp_confusion_total(const mlp_confusion *c);
bool mlp_confusion_is_weighted(const mlp_confusion *c);     /* weights were given: counts may not be whole */
const double *mlp_confusion_counts(const mlp_confusion *c); /* classes x classes; valid while c lives */

typedef enum mlp_normalize { MLP_BY_TRUE, MLP_BY_PREDICTED, MLP_BY_ALL } mlp_normalize;

/* Counts divided by the sum of their row, of their column, or of all; 0 where that is 0. out: classes x classes. */
void mlp_confusion_normalized(const mlp_confusion *c, mlp_normalize by, double *out);

/* ---- scores per class and their averages ---- */

/* What one class, or one label of several that a sample may have, is scored by: the samples that are it and were said
 * to be (hits), that are it, that were said to be. */
typedef struct mlp_tally {
    double hits, truth, predicted;
} mlp_tally;

typedef struct mlp_score {
    double precision, recall;
    double f;       /* F-beta, which is F1 where nothing else is said: weighs recall beta times as much as precision */
    double jaccard; /* hits / (truth or predicted) */
    double support; /* samples that truly are of the class */
} mlp_score;

/* beta: 0 or more, infinity included. */
mlp_score mlp_tally_score(mlp_tally t, double beta, double zero_division);

typedef enum mlp_average { MLP_MACRO, MLP_WEIGHTED, MLP_MICRO, MLP_SAMPLES } mlp_average;

/* macro: the plain mean of n scores, n >= 1; weighted: by support; micro: from the summed tallies; samples: by weight
 * (NULL: plain), for tallies of samples. The F of all but micro is the mean of the tallies' F. */
mlp_score mlp_tally_average(const mlp_tally *tally, const double *weight, int64_t n, mlp_average how, double beta,
                            double zero_division);

mlp_tally mlp_confusion_tally(const mlp_confusion *c, int64_t which);
mlp_score mlp_confusion_score(const mlp_confusion *c, int64_t which, double zero_division); /* its F is F1 */

/* Over the `count` classes in rows, or over all when rows is NULL. */
mlp_score mlp_confusion_average(const mlp_confusion *c, mlp_average how, const int64_t *rows, int64_t count,
                                double zero_division);

/* ---- single numbers; NaN where nothing was counted ---- */

double mlp_confusion_accuracy(const mlp_confusion *c);
double mlp_confusion_balanced_accuracy(const mlp_confusion *c); /* mean recall of the classes that have samples */

typedef enum mlp_kappa_weights { MLP_KAPPA_PLAIN, MLP_KAPPA_LINEAR, MLP_KAPPA_QUADRATIC } mlp_kappa_weights;
double mlp_confusion_kappa(const mlp_confusion *c, mlp_kappa_weights weights); /* Cohen; NaN for one class only */
double mlp_confusion_mcc(const mlp_confusion *c); /* Matthews; 0 where its denominator is 0 */

/* How much of the samples' weight (NULL: 1 each) has the score of its true class among the k highest of its row. Among
 * equal scores the higher class comes first, as scikit-learn has it (topk prefers the lower one); NaN is never among
 * them. scores: n x classes. *out is the sum of the hits, or with normalize their share: NaN for n = 0. */
mlp_status mlp_top_k_accuracy(double *out, const double *scores, int64_t n, int64_t classes, const int64_t *labels,
                              const double *weight, int64_t k, bool normalize, mlp_error *err);

/* ---- text ---- */

typedef struct mlp_report_options {
    const int64_t *rows;  /* which classes, in which order; NULL: all */
    int64_t count;        /* of rows */
    int digits;           /* after the point; 0 to 30, default 2 */
    double zero_division; /* default 0 */
} mlp_report_options;
mlp_report_options mlp_report_defaults(void);

/* scikit-learn's classification_report, byte for byte. names: one per class (UTF-8; columns count characters). Where
 * rows leave out a class that occurs, "micro avg" stands in place of "accuracy". Release *out with free(). */
mlp_status mlp_confusion_report(char **out, const mlp_confusion *c, const char *const *names,
                                const mlp_report_options *options, mlp_error *err);

/* One line of such a text. alone: a number such as the accuracy, which stands in f. */
typedef struct mlp_report_line {
    const char *name; /* UTF-8 */
    mlp_score score;
    bool alone;
} mlp_report_line;

/* The text of any lines: `classes` of them first, a blank line, the others. weighted: supports have a point. Release
 * *out with free(). */
mlp_status mlp_report_text(char **out, const mlp_report_line *line, int64_t classes, int64_t count, int digits,
                           bool weighted, mlp_error *err);

/* The matrix with names at both sides, aligned; rows are true, columns predicted classes. Where lines would be longer
 * than 80 characters numbers (from 1) stand for the names above the columns, of which several parts may follow each
 * other. Release *out with free(). */
mlp_status mlp_confusion_text(char **out, const mlp_confusion *c, const char *const *names, mlp_error *err);

#endif
