/* param.c - checking and writing the values of parameters. */
#include "base/param.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int mlp_param_index(const mlp_description *d, const char *name)
{
    for (int i = 0; i < d->param_count; i++)
        if (strcmp(d->params[i].name, name) == 0) return i;
    return -1;
}

bool mlp_value_equal(const mlp_value *a, const mlp_value *b)
{
    return a->count == b->count && memcmp(a->number, b->number, (size_t)a->count * sizeof *a->number) == 0;
}

/* ---- text ---- */

const char *mlp_number_text(char text[MLP_NUMBER_TEXT], double x)
{
    bool whole = x > -1e15 && x < 1e15 && x == (double)(int64_t)x;
    if (isnan(x)) snprintf(text, MLP_NUMBER_TEXT, "nan"); /* without the sign that some of them have */
    else if (whole) snprintf(text, MLP_NUMBER_TEXT, "%lld", (long long)x);
    for (int precision = 1; precision <= 17 && !whole && !isnan(x); precision++) {
        snprintf(text, MLP_NUMBER_TEXT, "%.*g", precision, x);
        if (strtod(text, NULL) == x) break;
    }
    char *comma = strchr(text, ',');
    if (comma) *comma = '.';
    return text;
}

bool mlp_value_is_choice(const mlp_param *param, const mlp_value *value)
{
    return param->choices && value->count == 1;
}

static void add(char text[MLP_VALUE_TEXT], const char *piece)
{
    size_t at = strlen(text);
    snprintf(text + at, MLP_VALUE_TEXT - at, "%s", piece);
}

static void add_numbers(char text[MLP_VALUE_TEXT], const double *numbers, int count)
{
    char digits[MLP_NUMBER_TEXT];
    add(text, count > 1 ? "{ " : "");
    for (int i = 0; i < count; i++) {
        add(text, i ? ", " : "");
        add(text, isnan(numbers[i]) ? "false" : mlp_number_text(digits, numbers[i]));
    }
    add(text, count > 1 ? " }" : "");
}

const char *mlp_value_text(char text[MLP_VALUE_TEXT], const mlp_param *param, const mlp_value *value)
{
    const double *n = value->number;
    text[0] = '\0';
    if (mlp_value_is_choice(param, value)) {
        add(text, "\"");
        add(text, param->choices[(int)n[0]]);
        add(text, "\"");
        return text;
    }
    switch (param->kind) {
    case MLP_PARAM_BOOL: add(text, n[0] != 0 ? "true" : "false"); break;
    case MLP_PARAM_AXES:
        add(text, "{ x = ");
        add_numbers(text, n, 2);
        add(text, ", y = ");
        add_numbers(text, n + 2, 2);
        add(text, " }");
        break;
    default: add_numbers(text, n, value->count);
    }
    return text;
}

/* ---- limits ---- */

static bool is_whole(const mlp_param *param)
{
    switch (param->kind) {
    case MLP_PARAM_INT:
    case MLP_PARAM_INT_RANGE:
    case MLP_PARAM_INT_PAIR:
    case MLP_PARAM_SIZES:
    case MLP_PARAM_INDEX:
    case MLP_PARAM_DIM:
    case MLP_PARAM_ROW: return true;
    default: return false;
    }
}

double mlp_param_shown(const mlp_param *param, double x)
{
    bool from_either_end = param->kind == MLP_PARAM_DIM || param->kind == MLP_PARAM_ROW;
    return param->kind == MLP_PARAM_INDEX || (from_either_end && x >= 0) ? x + 1 : x;
}

static double low_of(const mlp_param *param)
{
    return param->kind == MLP_PARAM_BOOL || param->kind == MLP_PARAM_CHOICE ? 0 : param->low;
}

static double high_of(const mlp_param *param)
{
    if (param->kind == MLP_PARAM_BOOL) return 1;
    if (param->kind != MLP_PARAM_CHOICE) return param->high;
    int count = 0;
    while (param->choices[count]) count++;
    return count - 1;
}

static bool within(const mlp_param *param, double x)
{
    double low = low_of(param), high = high_of(param);
    if (param->or_false && isnan(x)) return true;
    return (param->low_open ? x > low : x >= low) && (param->high_open ? x < high : x <= high);
}

/* "a number", "a finite whole number" */
static const char *noun_of(const mlp_param *param)
{
    bool finite = (isinf(low_of(param)) && param->low_open) || (isinf(high_of(param)) && param->high_open);
    if (is_whole(param)) return finite ? "a finite whole number" : "a whole number";
    return finite ? "a finite number" : "a number";
}

const char *mlp_limits_text(char text[MLP_VALUE_TEXT], const mlp_param *param, const char *name)
{
    char low[MLP_NUMBER_TEXT], high[MLP_NUMBER_TEXT];
    const char *noun = noun_of(param), *below = param->low_open ? "<" : "<=", *above = param->high_open ? "<" : "<=";
    bool no_low = isinf(low_of(param)), no_high = isinf(high_of(param));
    if (param->kind == MLP_PARAM_DIM || param->kind == MLP_PARAM_ROW) {
        snprintf(text, MLP_VALUE_TEXT, "a %s: 1 is the first, -1 the last",
                 param->kind == MLP_PARAM_DIM ? "dimension" : "row");
        return text;
    }
    mlp_number_text(low, low_of(param));
    mlp_number_text(high, high_of(param));
    if (no_low && no_high) snprintf(text, MLP_VALUE_TEXT, "%s", noun);
    else if (no_high) snprintf(text, MLP_VALUE_TEXT, "%s %s %s", noun, param->low_open ? "above" : "of at least", low);
    else if (no_low) snprintf(text, MLP_VALUE_TEXT, "%s %s %s", noun, param->high_open ? "below" : "of at most", high);
    else if (param->low_open || param->high_open)
        snprintf(text, MLP_VALUE_TEXT, "%s %s %s %s %s", low, below, name, above, high);
    else snprintf(text, MLP_VALUE_TEXT, "%s to %s", low, high);
    return text;
}

/* ---- checking ---- */

/* The counts of numbers that a value may have, a bit each. */
static unsigned counts_of(const mlp_param *param)
{
    switch (param->kind) {
    case MLP_PARAM_RANGE:
    case MLP_PARAM_INT_RANGE:
    case MLP_PARAM_PAIR: return 1U << 2;
    case MLP_PARAM_INT_PAIR: return 1U << 2 | (param->choices ? 1U << 1 : 0);
    case MLP_PARAM_SIZES: return (1U << (MLP_VALUE_NUMBERS + 1)) - 2;
    case MLP_PARAM_AXES: return 1U << 4;
    case MLP_PARAM_COLOUR: return 1U << 1 | 1U << 3;
    case MLP_PARAM_TENSOR: return 0;
    default: return 1U << 1;
    }
}

static mlp_status refuse(const char *who, const mlp_param *param, const mlp_value *v, int at, mlp_error *err)
{
    char name[64], got[MLP_NUMBER_TEXT], limits[MLP_VALUE_TEXT];
    bool pair = param->kind == MLP_PARAM_PAIR || param->kind == MLP_PARAM_INT_PAIR;
    bool alike = pair && v->number[0] == v->number[1]; /* one number was given, most likely */
    if ((pair && !alike) || (param->kind == MLP_PARAM_SIZES && v->count > 1))
        snprintf(name, sizeof name, "%s[%lld]", param->name, mlp_nth(at));
    else snprintf(name, sizeof name, "%s", param->name);
    mlp_number_text(got, mlp_param_shown(param, v->number[at]));
    if (within(param, v->number[at]) && isfinite(v->number[at]) && fabs(v->number[at]) > 0x1p53)
        return mlp_fail(err, MLP_EINVAL, "%s: %s is %s, expected a whole number of at most 2^53, and as little below 0",
                        who, name, got);
    if (within(param, v->number[at]))
        return mlp_fail(err, MLP_EINVAL, "%s: %s is %s, expected a whole number", who, name, got);
    return mlp_fail(err, MLP_EINVAL, "%s: %s is %s, expected %s", who, name, got, mlp_limits_text(limits, param, name));
}

/* Whether x fits a parameter of whole numbers; that it is within the limits is known. Beyond 2^53 not every whole
 * number is a double, and from 2^63 on none is an integer. */
static bool fits_whole(const mlp_param *param, double x)
{
    return !is_whole(param) || isnan(x) || (x == floor(x) && fabs(x) <= 0x1p53);
}

static mlp_status check_choice(const char *who, const mlp_param *param, const mlp_value *v, mlp_error *err)
{
    for (int i = 0; param->choices[i]; i++)
        if (v->number[0] == i) return MLP_OK;
    return mlp_fail(err, MLP_EINVAL, "%s: %s is choice %g, and there is none (%s)", who, param->name, v->number[0],
                    param->doc);
}

static mlp_status check_value(const char *who, const mlp_param *param, const mlp_value *v, mlp_error *err)
{
    if (v->count < 0 || v->count > MLP_VALUE_NUMBERS || (v->count && !(counts_of(param) & 1U << v->count)))
        return mlp_fail(err, MLP_EINVAL, "%s: %s is %d numbers, which it never is (%s)", who, param->name, v->count,
                        param->doc);
    if (param->kind != MLP_PARAM_CHOICE && mlp_value_is_choice(param, v)) return check_choice(who, param, v, err);
    for (int i = 0; i < v->count; i++)
        if (!within(param, v->number[i]) || !fits_whole(param, v->number[i])) return refuse(who, param, v, i, err);
    bool ranges = param->kind == MLP_PARAM_RANGE || param->kind == MLP_PARAM_INT_RANGE || param->kind == MLP_PARAM_AXES;
    for (int i = 0; ranges && i + 1 < v->count; i += 2)
        if (v->number[i] > v->number[i + 1])
            return mlp_fail(err, MLP_EINVAL, "%s: %s is {%g, %g}: the low end comes first", who, param->name,
                            v->number[i], v->number[i + 1]);
    return MLP_OK;
}

mlp_status mlp_description_complete(const mlp_description *d, const char *who, const mlp_value *given,
                                    mlp_value *values, mlp_error *err)
{
    for (int i = 0; i < d->param_count; i++) {
        const mlp_param *param = &d->params[i];
        values[i] = given && given[i].count ? given[i] : param->fallback;
        if (!values[i].count && param->required && param->kind != MLP_PARAM_TENSOR)
            return mlp_fail(err, MLP_EINVAL, "%s: %s is missing (%s)", who, param->name, param->doc);
        mlp_status st = check_value(who, param, &values[i], err);
        if (st) return st;
    }
    return d->check ? d->check(who, values, err) : MLP_OK;
}
