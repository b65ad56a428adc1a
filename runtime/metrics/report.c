/* report.c - the confusion matrix as text: scikit-learn's classification report, and the aligned matrix. */
#include "metrics/metrics.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A text that grows; after a failed allocation further writing does nothing. */
typedef struct page {
    char *text;
    size_t length, capacity;
    bool failed;
} page;

static void room(page *p, size_t more)
{
    if (p->failed || p->length + more < p->capacity) return;
    size_t capacity = p->capacity * 2 + more + 256;
    char *text = realloc(p->text, capacity);
    if (!text) {
        p->failed = true;
        return;
    }
    p->text = text;
    p->capacity = capacity;
}

static void spaces(page *p, int64_t n)
{
    if (n <= 0) return;
    room(p, (size_t)n);
    if (p->failed) return;
    memset(p->text + p->length, ' ', (size_t)n);
    p->length += (size_t)n;
    p->text[p->length] = 0;
}

static void put(page *p, const char *s)
{
    size_t n = strlen(s);
    room(p, n);
    if (p->failed) return;
    memcpy(p->text + p->length, s, n + 1);
    p->length += n;
}

/* Characters, not bytes: continuation bytes of UTF-8 take no column. */
static int64_t columns(const char *s)
{
    int64_t n = 0;
    for (; *s; s++) n += (*s & 0xC0) != 0x80;
    return n;
}

static void right(page *p, const char *s, int64_t width)
{
    spaces(p, width - columns(s));
    put(p, s);
}

static mlp_status finish(char **out, page *p, mlp_error *err)
{
    if (!p->failed && p->text) {
        *out = p->text;
        return MLP_OK;
    }
    free(p->text);
    return mlp_fail(err, MLP_ENOMEM, "out of memory: cannot write a report of the confusion matrix");
}

/* ---- classification report ---- */

enum { CELL = 9, NUMBER_TEXT = 400 };

mlp_report_options mlp_report_defaults(void)
{
    return (mlp_report_options){ .digits = 2 };
}

static void value_cell(page *p, double value, int digits)
{
    char text[NUMBER_TEXT];
    if (isnan(value)) snprintf(text, sizeof text, "nan");
    else snprintf(text, sizeof text, "%.*f", digits, value);
    char *comma = strchr(text, ','); /* a locale's decimal point */
    if (comma) *comma = '.';
    put(p, " ");
    right(p, text, CELL);
}

/* A whole number, or with a point the shortest text that is this number, as Python writes it. */
static void sum_text(char *text, size_t size, double value, bool with_point)
{
    int digits = 15;
    do snprintf(text, size, "%.*g", digits, value);
    while (digits++ < 17 && strtod(text, NULL) != value);
    char *comma = strchr(text, ',');
    if (comma) *comma = '.';
    if (with_point && !strpbrk(text, ".en")) strncat(text, ".0", size - strlen(text) - 1);
}

static void row(page *p, const mlp_report_line *line, int64_t width, int digits, bool weighted)
{
    static const char *const blank = "          ";
    char support[64];
    sum_text(support, sizeof support, line->score.support, weighted);
    right(p, line->name, width);
    put(p, " ");
    if (line->alone) {
        put(p, blank);
        put(p, blank);
    } else {
        value_cell(p, line->score.precision, digits);
        value_cell(p, line->score.recall, digits);
    }
    value_cell(p, line->score.f, digits);
    put(p, " ");
    right(p, support, CELL);
    put(p, "\n");
}

mlp_status mlp_report_text(char **out, const mlp_report_line *line, int64_t classes, int64_t count, int digits,
                           bool weighted, mlp_error *err)
{
    static const char *const headings[] = { "precision", "recall", "f1-score", "support" };
    if (digits < 0 || digits > 30)
        return mlp_fail(err, MLP_EINVAL, "classification report: digits is %d, expected 0 to 30", digits);
    page p = { 0 };
    int64_t width = columns("weighted avg");
    if (digits > width) width = digits;
    for (int64_t i = 0; i < classes; i++)
        if (columns(line[i].name) > width) width = columns(line[i].name);
    spaces(&p, width + 1);
    for (int i = 0; i < 4; i++) {
        put(&p, " ");
        right(&p, headings[i], CELL);
    }
    put(&p, "\n\n");
    for (int64_t i = 0; i < classes; i++) row(&p, &line[i], width, digits, weighted);
    put(&p, "\n");
    for (int64_t i = classes; i < count; i++) row(&p, &line[i], width, digits, weighted);
    return finish(out, &p, err);
}

/* Whether every class that occurs, as truth or as prediction, is in rows. */
static bool covers(const mlp_confusion *c, const mlp_report_options *o)
{
    if (!o->rows) return true;
    int64_t n = mlp_confusion_classes(c);
    for (int64_t k = 0; k < n; k++) {
        bool listed = false;
        mlp_tally t = mlp_confusion_tally(c, k);
        for (int64_t i = 0; i < o->count; i++) listed |= o->rows[i] == k;
        if (!listed && (t.truth != 0 || t.predicted != 0)) return false;
    }
    return true;
}

mlp_status mlp_confusion_report(char **out, const mlp_confusion *c, const char *const *names,
                                const mlp_report_options *options, mlp_error *err)
{
    const mlp_report_options *o = options;
    int64_t n = o->rows ? o->count : mlp_confusion_classes(c);
    void *memory = NULL;
    mlp_status st = mlp_alloc(&memory, (size_t)n + 3, sizeof(mlp_report_line), err);
    if (st) return st;
    mlp_report_line *line = memory, *summary = line + n;
    for (int64_t i = 0; i < n; i++) {
        int64_t k = o->rows ? o->rows[i] : i;
        line[i] = (mlp_report_line){ names[k], mlp_confusion_score(c, k, o->zero_division), false };
    }
    mlp_score micro = mlp_confusion_average(c, MLP_MICRO, o->rows, n, o->zero_division);
    mlp_score accuracy = { .f = mlp_confusion_accuracy(c), .support = micro.support };
    bool whole = covers(c, o);
    summary[0] = (mlp_report_line){ whole ? "accuracy" : "micro avg", whole ? accuracy : micro, whole };
    summary[1].name = "macro avg";
    summary[1].score = mlp_confusion_average(c, MLP_MACRO, o->rows, n, o->zero_division);
    summary[2].name = "weighted avg";
    summary[2].score = mlp_confusion_average(c, MLP_WEIGHTED, o->rows, n, o->zero_division);
    st = mlp_report_text(out, line, n, n + 3, o->digits, mlp_confusion_is_weighted(c), err);
    free(memory);
    return st;
}

/* ---- the matrix ---- */

enum { LINE = 80 };

/* How the matrix is laid out: all in one table with the names at both sides, or, where lines would be too long, with
 * the classes' numbers (from 1) above the columns and before the names, as many columns at a time as a line holds. */
typedef struct matrix_layout {
    const char *const *names;
    int64_t margin, cell, at_once;
    int digits; /* of the largest number of a class; 0 while names stand above the columns */
} matrix_layout;

static int digits_of(int64_t number)
{
    return snprintf(NULL, 0, "%lld", (long long)number);
}

static matrix_layout lay_out(const mlp_confusion *c, const char *const *names)
{
    int64_t n = mlp_confusion_classes(c), longest = 1, widest = 1, corner = columns("true \\ predicted");
    const double *count = mlp_confusion_counts(c);
    char number[64];
    for (int64_t k = 0; k < n; k++)
        if (columns(names[k]) > longest) longest = columns(names[k]);
    for (int64_t i = 0; i < n * n; i++) {
        sum_text(number, sizeof number, count[i], false);
        if (columns(number) > widest) widest = columns(number);
    }
    int64_t cell = longest > widest ? longest : widest, margin = longest > corner ? longest : corner;
    if (margin + n * (2 + cell) <= LINE) return (matrix_layout){ names, margin, cell, n, 0 };
    int digits = digits_of(n);
    cell = widest > digits ? widest : digits;
    int64_t most = LINE - 2 - cell - 10, wanted = longest + digits + 1; /* ten: some columns beside the longest name */
    margin = wanted > corner ? wanted : corner;
    if (margin > most) margin = most;
    int64_t at_once = (LINE - margin) / (2 + cell);
    return (matrix_layout){ names, margin, cell, at_once > 1 ? at_once : 1, digits };
}

/* The first characters of a text, ".." behind them where something is missing. */
static void put_cut(page *p, const char *s, int64_t width)
{
    bool whole = columns(s) <= width;
    int64_t left = whole ? width : width - 2;
    size_t length = 0;
    for (; s[length]; length++) {
        if ((s[length] & 0xC0) != 0x80 && left-- <= 0) break;
    }
    room(p, length);
    if (p->failed) return;
    memcpy(p->text + p->length, s, length);
    p->length += length;
    p->text[p->length] = 0;
    if (!whole) put(p, "..");
}

static void row_head(page *p, const matrix_layout *at, int64_t k)
{
    char number[32];
    if (!at->digits) {
        right(p, at->names[k], at->margin);
        return;
    }
    snprintf(number, sizeof number, "%*lld ", at->digits, (long long)k + 1);
    put(p, number);
    int64_t width = at->margin - at->digits - 1, taken = columns(at->names[k]);
    put_cut(p, at->names[k], width);
    spaces(p, width - taken);
}

static void column_head(page *p, const matrix_layout *at, int64_t k)
{
    char number[32];
    snprintf(number, sizeof number, "%lld", (long long)k + 1);
    put(p, "  ");
    right(p, at->digits ? number : at->names[k], at->cell);
}

mlp_status mlp_confusion_text(char **out, const mlp_confusion *c, const char *const *names, mlp_error *err)
{
    int64_t n = mlp_confusion_classes(c);
    const double *count = mlp_confusion_counts(c);
    const matrix_layout at = lay_out(c, names);
    char number[64];
    page p = { 0 };
    for (int64_t first = 0; first < n; first += at.at_once) {
        int64_t last = n - first < at.at_once ? n : first + at.at_once;
        if (first > 0) put(&p, "\n");
        right(&p, "true \\ predicted", at.margin);
        for (int64_t k = first; k < last; k++) column_head(&p, &at, k);
        put(&p, "\n");
        for (int64_t t = 0; t < n; t++) {
            row_head(&p, &at, t);
            for (int64_t k = first; k < last; k++) {
                sum_text(number, sizeof number, count[t * n + k], false);
                put(&p, "  ");
                right(&p, number, at.cell);
            }
            put(&p, "\n");
        }
    }
    return finish(out, &p, err);
}
