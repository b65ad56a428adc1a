/* metrics.c - core.metrics: ConfusionMatrix over runtime/metrics/metrics.h. Its statistics are in
 * bindings/statistics.c; scripts/metrics/ adds scikit-learn's functions. */
#include "metrics.h"

#include "metrics/metrics.h"
#include "tensor/tensor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void release_confusion(void *object)
{
    mlp_confusion_release(object);
}

static const mlpl_class confusion_class = { "mlprun.ConfusionMatrix", release_confusion };

static mlp_confusion *check(lua_State *L)
{
    return mlpl_check(L, 1, &confusion_class);
}

/* The names, in the box's user value, as an array; strings are anchored there, the array on the stack. */
static const char **push_names(lua_State *L, int64_t classes)
{
    const char **names = lua_newuserdatauv(L, (size_t)classes * sizeof *names, 0);
    lua_getiuservalue(L, 1, 1);
    for (int64_t k = 0; k < classes; k++) {
        lua_rawgeti(L, -1, k + 1);
        names[k] = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return names;
}

/* ---- creation ---- */

/* From the stack's top: a table of names (copied, so that the caller's may change). */
static void set_names(lua_State *L, int box, int names, int64_t classes)
{
    box = lua_absindex(L, box);
    names = lua_absindex(L, names);
    lua_createtable(L, (int)classes, 0);
    for (int64_t k = 1; k <= classes; k++) {
        if (lua_rawgeti(L, names, k) != LUA_TSTRING && !lua_isnumber(L, -1))
            mlpl_errorf(L, "ConfusionMatrix: class %I is a %s, expected a name", (LUAI_UACINT)k, luaL_typename(L, -1));
        lua_tostring(L, -1); /* numbers become text */
        lua_rawseti(L, -2, k);
    }
    lua_setiuservalue(L, box, 1);
}

static int new_confusion(lua_State *L) /* ConfusionMatrix(names) or (number of classes) */
{
    mlp_error err;
    int64_t classes;
    if (lua_istable(L, 1)) {
        classes = mlpl_length(L, 1);
        lua_pushvalue(L, 1);
    } else {
        int whole = 0;
        classes = lua_type(L, 1) == LUA_TNUMBER ? lua_tointegerx(L, 1, &whole) : 0;
        if (!whole) return mlpl_arg_error(L, 1, "a list of class names or the number of classes");
        lua_newtable(L);
        for (int64_t k = 1; k <= classes && k <= MLP_MAX_CLASSES; k++) {
            lua_pushinteger(L, k);
            lua_rawseti(L, -2, k);
        }
    }
    int names = lua_gettop(L);
    void **box = mlpl_push(L, &confusion_class);
    if (mlp_confusion_new((mlp_confusion **)box, classes, &err)) return mlpl_raise(L, &err);
    set_names(L, -1, names, classes);
    return 1;
}

/* confusion_of(labels, predictions, further labels, weights) -> ConfusionMatrix, its labels in order; labels are any
 * whole numbers */
static int confusion_of(lua_State *L)
{
    mlp_error err;
    int64_t n, m;
    lua_settop(L, 4); /* what is pushed below must not look like an argument */
    const int64_t *labels = mlpl_push_integers(L, 1, &n), *predictions = mlpl_push_integers(L, 2, &m);
    if (n != m)
        return mlpl_errorf(L, "got %I labels and %I predictions, expected as many", (LUAI_UACINT)n, (LUAI_UACINT)m);
    int64_t n_extra = 0;
    const int64_t *extra = lua_isnoneornil(L, 3) ? NULL : mlpl_push_integers(L, 3, &n_extra);
    const double *weight = mlpl_push_weights(L, 4, n);
    void **values = mlpl_push_memory(L), **box = mlpl_push(L, &confusion_class);
    if (mlp_confusion_of((mlp_confusion **)box, (int64_t **)values, labels, predictions, weight, n, extra, n_extra,
                         &err))
        return mlpl_raise(L, &err);
    int64_t classes = mlp_confusion_classes(*box);
    lua_createtable(L, (int)classes, 0);
    for (int64_t k = 0; k < classes; k++) {
        lua_pushinteger(L, ((int64_t *)*values)[k]);
        lua_rawseti(L, -2, k + 1);
    }
    set_names(L, -2, -1, classes);
    return 2;
}

/* ---- counting ---- */

/* Classes from Lua, of any type, as C counts them: a box on the stack. */
static mlp_tensor *check_classes(lua_State *L, int arg)
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, arg);
    if (!mlp_dtype_is_float(t->dtype)) return mlpl_index_from_lua(L, t);
    mlp_tensor **out = mlpl_push_tensor(L);
    if (mlp_tensor_binary_number(out, MLP_SUB, t, 1, true, false, &err)) mlpl_raise(L, &err);
    return *out;
}

static int add(lua_State *L) /* add(predictions, labels, { sample_weight }) -> self; both 1-based */
{
    static const char *const known[] = { "sample_weight", NULL };
    mlp_error err;
    mlp_confusion *c = check(L);
    mlpl_options o = mlpl_options_at(L, 4, "add", known);
    const double *weight = NULL;
    mlp_tensor *predictions = check_classes(L, 2), *labels = check_classes(L, 3);
    if (mlpl_option_push(&o, "sample_weight")) weight = mlpl_push_weights(L, lua_gettop(L), mlp_tensor_numel(labels));
    if (mlp_confusion_add_tensors(c, predictions, labels, weight, &err)) return mlpl_raise(L, &err);
    lua_settop(L, 1);
    return 1;
}

static int reset(lua_State *L)
{
    mlp_confusion_reset(check(L));
    lua_settop(L, 1);
    return 1;
}

/* A sum of weights: a whole number where there are none. */
static void push_sum(lua_State *L, bool weighted, double sum)
{
    if (weighted) lua_pushnumber(L, sum);
    else lua_pushinteger(L, (lua_Integer)sum);
}

static int total(lua_State *L)
{
    const mlp_confusion *c = check(L);
    push_sum(L, mlp_confusion_is_weighted(c), mlp_confusion_total(c));
    return 1;
}

static int classes_of(lua_State *L) /* classes() -> list of names */
{
    int64_t n = mlp_confusion_classes(check(L));
    lua_createtable(L, (int)n, 0);
    lua_getiuservalue(L, 1, 1);
    for (int64_t k = 1; k <= n; k++) {
        lua_rawgeti(L, -1, k);
        lua_rawseti(L, -3, k);
    }
    lua_pop(L, 1);
    return 1;
}

/* ---- the matrix ---- */

static int push_normalized(lua_State *L, const mlp_confusion *c, const char *by)
{
    static const char *const ways[] = { "true", "pred", "all", NULL };
    static const mlp_normalize codes[] = { MLP_BY_TRUE, MLP_BY_PREDICTED, MLP_BY_ALL };
    const int64_t n = mlp_confusion_classes(c), shape[2] = { n, n };
    mlp_error err;
    int k = 0;
    while (ways[k] && strcmp(ways[k], by) != 0) k++;
    if (!ways[k]) return mlpl_errorf(L, "ConfusionMatrix: normalize is '%s', expected 'true', 'pred' or 'all'", by);
    mlp_tensor **t = mlpl_push_tensor(L);
    if (mlp_tensor_new(t, MLP_F64, 2, shape, &err)) return mlpl_raise(L, &err);
    mlp_confusion_normalized(c, codes[k], mlp_tensor_data(*t));
    return 1;
}

static int
matrix(lua_State *L) /* matrix{ normalize = "true" | "pred" | "all" } -> counts (i64; weighted: f64), or f64 shares */
{
    static const char *const known[] = { "normalize", NULL };
    mlp_error err;
    const mlp_confusion *c = check(L);
    mlpl_options o = mlpl_options_at(L, 2, "matrix", known);
    const char *by = mlpl_option_string(&o, "normalize", NULL);
    if (by) return push_normalized(L, c, by);
    const int64_t n = mlp_confusion_classes(c), shape[2] = { n, n };
    const double *count = mlp_confusion_counts(c);
    bool weighted = mlp_confusion_is_weighted(c);
    mlp_tensor **t = mlpl_push_tensor(L);
    if (mlp_tensor_new(t, weighted ? MLP_F64 : MLP_I64, 2, shape, &err)) return mlpl_raise(L, &err);
    if (weighted) memcpy(mlp_tensor_data(*t), count, (size_t)(n * n) * sizeof *count);
    for (int64_t i = 0; !weighted && i < n * n; i++) ((int64_t *)mlp_tensor_data(*t))[i] = (int64_t)count[i];
    return 1;
}

static int normalize(lua_State *L) /* normalize(by = "true") -> f64 shares */
{
    const mlp_confusion *c = check(L);
    if (!lua_isnoneornil(L, 2) && lua_type(L, 2) != LUA_TSTRING) return mlpl_arg_error(L, 2, "'true', 'pred' or 'all'");
    return push_normalized(L, c, lua_isnoneornil(L, 2) ? "true" : lua_tostring(L, 2));
}

/* ---- scores ---- */

enum { PRECISION, RECALL, F1, SUPPORT };

static int per_class(lua_State *L, const char *who, int which)
{
    static const char *const known[] = { "zero_division", NULL };
    const mlp_confusion *c = check(L);
    mlpl_options o = mlpl_options_at(L, 2, who, known);
    double zero_division = mlpl_option_number(&o, "zero_division", 0);
    int64_t n = mlp_confusion_classes(c);
    lua_createtable(L, (int)n, 0);
    for (int64_t k = 0; k < n; k++) {
        mlp_score s = mlp_confusion_score(c, k, zero_division);
        const double values[] = { s.precision, s.recall, s.f };
        if (which == SUPPORT) push_sum(L, mlp_confusion_is_weighted(c), s.support);
        else lua_pushnumber(L, values[which]);
        lua_rawseti(L, -2, k + 1);
    }
    return 1;
}

static int precision(lua_State *L)
{
    return per_class(L, "precision", PRECISION);
}

static int recall(lua_State *L)
{
    return per_class(L, "recall", RECALL);
}

static int f1(lua_State *L)
{
    return per_class(L, "f1", F1);
}

static int support(lua_State *L)
{
    return per_class(L, "support", SUPPORT);
}

/* The option `rows`: a list of class numbers from 1. NULL (and 0) when it is absent; else anchored on the stack. */
static const int64_t *push_rows(const mlpl_options *o, int64_t classes, int64_t *count)
{
    *count = 0;
    if (!mlpl_option_push(o, "rows")) return NULL;
    lua_State *L = o->L;
    if (!lua_istable(L, -1))
        mlpl_errorf(L, "%s: rows is a %s, expected a list of class numbers", o->who, luaL_typename(L, -1));
    int table = lua_gettop(L);
    *count = mlpl_length(L, table);
    int64_t *rows = lua_newuserdatauv(L, ((size_t)*count + 1) * sizeof *rows, 0);
    for (int64_t i = 0; i < *count; i++) {
        int whole = lua_rawgeti(L, table, i + 1) == LUA_TNUMBER;
        rows[i] = whole ? mlpl_shifted(lua_tointegerx(L, -1, &whole)) : 0;
        if (!whole || rows[i] < 0 || rows[i] >= classes)
            mlpl_errorf(L, "%s: rows has no class number from 1 to %I at position %I", o->who, (LUAI_UACINT)classes,
                        (LUAI_UACINT)i + 1);
        lua_pop(L, 1);
    }
    return rows;
}

static void push_score(lua_State *L, const mlp_score *s, bool weighted)
{
    lua_createtable(L, 0, 5);
    lua_pushnumber(L, s->precision);
    lua_setfield(L, -2, "precision");
    lua_pushnumber(L, s->recall);
    lua_setfield(L, -2, "recall");
    lua_pushnumber(L, s->f);
    lua_setfield(L, -2, "f1");
    push_sum(L, weighted, s->support);
    lua_setfield(L, -2, "support");
}

/* average(how, { zero_division, rows }) -> { precision, recall, f1, support }; how: "macro", "weighted", "micro" */
static int average(lua_State *L)
{
    static const char *const ways[] = { "macro", "weighted", "micro", NULL };
    static const char *const known[] = { "zero_division", "rows", NULL };
    const mlp_confusion *c = check(L);
    int64_t count;
    int how = 0;
    if (lua_type(L, 2) != LUA_TSTRING) return mlpl_arg_error(L, 2, "'macro', 'weighted' or 'micro'");
    while (ways[how] && strcmp(ways[how], lua_tostring(L, 2)) != 0) how++;
    if (!ways[how]) return mlpl_arg_error(L, 2, "'macro', 'weighted' or 'micro'");
    mlpl_options o = mlpl_options_at(L, 3, "average", known);
    double zero_division = mlpl_option_number(&o, "zero_division", 0);
    const int64_t *rows = push_rows(&o, mlp_confusion_classes(c), &count);
    mlp_score s = mlp_confusion_average(c, (mlp_average)how, rows, count, zero_division);
    push_score(L, &s, mlp_confusion_is_weighted(c));
    return 1;
}

/* select{ rows = { 1, 3 } } -> ConfusionMatrix of some of the classes */
static int select_rows(lua_State *L)
{
    static const char *const known[] = { "rows", NULL };
    mlp_error err;
    int64_t count;
    const mlp_confusion *c = check(L);
    mlpl_options o = mlpl_options_at(L, 2, "select", known);
    const int64_t *rows = push_rows(&o, mlp_confusion_classes(c), &count);
    lua_getiuservalue(L, 1, 1);
    int names = lua_gettop(L);
    lua_createtable(L, (int)count, 0);
    for (int64_t i = 0; i < count; i++) {
        lua_rawgeti(L, names, rows[i] + 1);
        lua_rawseti(L, -2, i + 1);
    }
    int picked = lua_gettop(L);
    void **box = mlpl_push(L, &confusion_class);
    if (mlp_confusion_select((mlp_confusion **)box, c, rows, count, &err)) return mlpl_raise(L, &err);
    set_names(L, -1, picked, count);
    return 1;
}

static int accuracy(lua_State *L)
{
    lua_pushnumber(L, mlp_confusion_accuracy(check(L)));
    return 1;
}

static int balanced_accuracy(lua_State *L)
{
    lua_pushnumber(L, mlp_confusion_balanced_accuracy(check(L)));
    return 1;
}

static int kappa(lua_State *L) /* kappa(weights = nil | "linear" | "quadratic") */
{
    const mlp_confusion *c = check(L);
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
    bool plain = lua_isnoneornil(L, 2), linear = strcmp(name, "linear") == 0;
    if (!plain && !linear && strcmp(name, "quadratic") != 0)
        return mlpl_arg_error(L, 2, "nil, 'linear' or 'quadratic'");
    lua_pushnumber(L, mlp_confusion_kappa(c, plain    ? MLP_KAPPA_PLAIN
                                             : linear ? MLP_KAPPA_LINEAR
                                                      : MLP_KAPPA_QUADRATIC));
    return 1;
}

static int mcc(lua_State *L)
{
    lua_pushnumber(L, mlp_confusion_mcc(check(L)));
    return 1;
}

/* top_k_accuracy(scores, labels, k, normalize, weights): scores n x classes, labels 1-based */
static int top_k_accuracy(lua_State *L)
{
    mlp_error err;
    double share;
    int64_t n, m;
    lua_settop(L, 5);
    mlp_tensor *scores = mlpl_check_tensor(L, 1);
    int64_t *labels = mlpl_push_integers(L, 2, &n);
    int whole = 0;
    int64_t k = lua_type(L, 3) == LUA_TNUMBER ? lua_tointegerx(L, 3, &whole) : 0;
    if (!whole) return mlpl_arg_error(L, 3, "k, a whole number");
    if (scores->ndim != 2 || scores->shape[0] != n)
        return mlpl_errorf(
            L, "top_k_accuracy: scores have %d dimensions and %I rows, expected %I rows of one score per class",
            scores->ndim, (LUAI_UACINT)(scores->ndim ? scores->shape[0] : 0), (LUAI_UACINT)n);
    for (int64_t i = 0; i < n; i++) labels[i] = mlpl_shifted(labels[i]);
    const double *weight = mlpl_push_weights(L, 5, n), *values = mlpl_push_elements(L, scores, MLP_F64, &m);
    bool normalize = lua_isnil(L, 4) || lua_toboolean(L, 4);
    if (mlp_top_k_accuracy(&share, values, n, scores->shape[1], labels, weight, k, normalize, &err))
        return mlpl_raise(L, &err);
    lua_pushnumber(L, share);
    return 1;
}

/* ---- tallies ---- */

/* tallies(rows?) -> hits, truth, predicted: a number for each class, or for those in rows */
static int tallies(lua_State *L)
{
    static const char *const known[] = { "rows", NULL };
    const mlp_confusion *c = check(L);
    mlpl_options o = mlpl_options_at(L, 2, "tallies", known);
    int64_t n = mlp_confusion_classes(c), count;
    const int64_t *rows = push_rows(&o, n, &count);
    if (rows) n = count;
    for (int k = 0; k < 3; k++) {
        lua_createtable(L, (int)n, 0);
        for (int64_t i = 0; i < n; i++) {
            mlp_tally t = mlp_confusion_tally(c, rows ? rows[i] : i);
            const double values[] = { t.hits, t.truth, t.predicted };
            lua_pushnumber(L, values[k]);
            lua_rawseti(L, -2, i + 1);
        }
    }
    return 3;
}

/* Pushes the tallies that arguments 1 to 3 are: hits, truth, predicted. */
static const mlp_tally *push_tallies(lua_State *L, int64_t *n)
{
    int64_t sizes[3];
    const double *hits = mlpl_push_numbers(L, 1, &sizes[0]), *truth = mlpl_push_numbers(L, 2, &sizes[1]),
                 *predicted = mlpl_push_numbers(L, 3, &sizes[2]);
    *n = sizes[0];
    if (*n < 1 || sizes[1] != *n || sizes[2] != *n)
        mlpl_errorf(L, "tallies are %I, %I and %I numbers, expected as many of each and at least one",
                    (LUAI_UACINT)sizes[0], (LUAI_UACINT)sizes[1], (LUAI_UACINT)sizes[2]);
    mlp_tally *t = lua_newuserdatauv(L, (size_t)*n * sizeof *t, 0);
    for (int64_t i = 0; i < *n; i++) t[i] = (mlp_tally){ hits[i], truth[i], predicted[i] };
    return t;
}

static void push_scores(lua_State *L, const mlp_score *s)
{
    const double values[] = { s->precision, s->recall, s->f, s->jaccard, s->support };
    static const char *const names[] = { "precision", "recall", "f", "jaccard", "support" };
    lua_createtable(L, 0, 5);
    for (int k = 0; k < 5; k++) {
        lua_pushnumber(L, values[k]);
        lua_setfield(L, -2, names[k]);
    }
}

/* scores(hits, truth, predicted, how, beta, zero_division, weights) -> { precision, recall, f, jaccard, support }; how:
 * "macro", "weighted", "micro", "samples" (by weights), or "none": a list of such tables */
static int scores(lua_State *L)
{
    static const char *const ways[] = { "macro", "weighted", "micro", "samples", "none", NULL };
    int64_t n;
    lua_settop(L, 7);
    const mlp_tally *t = push_tallies(L, &n);
    int how = luaL_checkoption(L, 4, NULL, ways);
    double beta = luaL_checknumber(L, 5), zero_division = luaL_checknumber(L, 6);
    if (how < 4) {
        mlp_score s = mlp_tally_average(t, mlpl_push_weights(L, 7, n), n, (mlp_average)how, beta, zero_division);
        push_scores(L, &s);
        return 1;
    }
    lua_createtable(L, (int)n, 0);
    for (int64_t i = 0; i < n; i++) {
        mlp_score s = mlp_tally_score(t[i], beta, zero_division);
        push_scores(L, &s);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

/* ---- text ---- */

/* The option `names`: one for each of the rows (or classes), in place of the classes' own. */
static void read_names(const mlpl_options *o, const char **names, const mlp_report_options *r, int64_t classes)
{
    lua_State *L = o->L;
    if (!mlpl_option_push(o, "names")) return;
    if (!lua_istable(L, -1)) mlpl_errorf(L, "%s: names is a %s, expected a list", o->who, luaL_typename(L, -1));
    int64_t rows = r->rows ? r->count : classes, given = (int64_t)lua_rawlen(L, -1);
    if (given != rows) mlpl_errorf(L, "%s: got %I names for %I classes", o->who, (LUAI_UACINT)given, (LUAI_UACINT)rows);
    for (int64_t i = 0; i < rows; i++) {
        if (lua_rawgeti(L, -1, i + 1) != LUA_TSTRING)
            mlpl_errorf(L, "%s: name %I is a %s, expected text", o->who, (LUAI_UACINT)i + 1, luaL_typename(L, -1));
        names[r->rows ? r->rows[i] : i] = lua_tostring(L, -1); /* anchored by the table */
        lua_pop(L, 1);
    }
}

/* report{ digits = 2, zero_division = 0, rows = all, names = the classes } -> text */
static int report(lua_State *L)
{
    static const char *const known[] = { "digits", "zero_division", "rows", "names", NULL };
    mlp_error err;
    const mlp_confusion *c = check(L);
    mlpl_options o = mlpl_options_at(L, 2, "report", known);
    mlp_report_options r = mlp_report_defaults();
    int64_t digits = mlpl_option_integer(&o, "digits", r.digits);
    r.digits = digits < -1 || digits > 1000 ? -1 : (int)digits;
    r.zero_division = mlpl_option_number(&o, "zero_division", 0);
    r.rows = push_rows(&o, mlp_confusion_classes(c), &r.count);
    const char **names = push_names(L, mlp_confusion_classes(c));
    read_names(&o, names, &r, mlp_confusion_classes(c));
    void **text = mlpl_push_memory(L);
    if (mlp_confusion_report((char **)text, c, names, &r, &err)) return mlpl_raise(L, &err);
    lua_pushstring(L, *text);
    return 1;
}

/* report_text(lines, classes, digits, weighted) -> text; a line is { name, precision, recall, f, support }, and the
 * first `classes` of them are classes */
static int report_text(lua_State *L)
{
    static const char *const fields[] = { "precision", "recall", "f", "support" };
    mlp_error err;
    int64_t n = mlpl_length(L, 1), classes = luaL_checkinteger(L, 2), digits = luaL_checkinteger(L, 3);
    mlp_report_line *lines = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *lines, 0);
    for (int64_t i = 0; i < n; i++) {
        double values[4];
        lua_rawgeti(L, 1, i + 1);
        lua_getfield(L, -1, "name");
        const char *name = lua_tostring(L, -1); /* anchored by the table */
        for (int k = 0; k < 4; k++) {
            lua_getfield(L, -2 - k, fields[k]);
            values[k] = lua_tonumber(L, -1);
        }
        lua_pop(L, 6);
        lines[i] = (mlp_report_line){ name, { values[0], values[1], values[2], 0, values[3] }, false };
    }
    void **text = mlpl_push_memory(L);
    int at_most = digits < -1 || digits > 1000 ? -1 : (int)digits;
    if (mlp_report_text((char **)text, lines, classes, n, at_most, lua_toboolean(L, 4), &err))
        return mlpl_raise(L, &err);
    lua_pushstring(L, *text);
    return 1;
}

/* report_table{ zero_division = 0 } -> { { name, precision, recall, f1, support } ..., accuracy, macro, weighted } */
static int report_table(lua_State *L)
{
    static const char *const known[] = { "zero_division", NULL };
    static const char *const means[] = { "macro", "weighted" };
    const mlp_confusion *c = check(L);
    mlpl_options o = mlpl_options_at(L, 2, "report_table", known);
    double zero_division = mlpl_option_number(&o, "zero_division", 0);
    int64_t n = mlp_confusion_classes(c);
    bool weighted = mlp_confusion_is_weighted(c);
    lua_createtable(L, (int)n, 3);
    lua_getiuservalue(L, 1, 1);
    for (int64_t k = 0; k < n; k++) {
        mlp_score s = mlp_confusion_score(c, k, zero_division);
        push_score(L, &s, weighted);
        lua_rawgeti(L, -2, k + 1);
        lua_setfield(L, -2, "name");
        lua_rawseti(L, -3, k + 1);
    }
    lua_pop(L, 1);
    lua_pushnumber(L, mlp_confusion_accuracy(c));
    lua_setfield(L, -2, "accuracy");
    for (int how = MLP_MACRO; how <= MLP_WEIGHTED; how++) {
        mlp_score s = mlp_confusion_average(c, (mlp_average)how, NULL, 0, zero_division);
        push_score(L, &s, weighted);
        lua_setfield(L, -2, means[how]);
    }
    return 1;
}

static int text_of(lua_State *L)
{
    mlp_error err;
    const mlp_confusion *c = mlpl_test(L, 1, &confusion_class);
    if (!c) {
        lua_pushliteral(L, "ConfusionMatrix (closed)");
        return 1;
    }
    const char **names = push_names(L, mlp_confusion_classes(c));
    void **text = mlpl_push_memory(L);
    if (mlp_confusion_text((char **)text, c, names, &err)) return mlpl_raise(L, &err);
    lua_pushstring(L, *text);
    return 1;
}

int mlpl_open_metrics(lua_State *L)
{
    static const mlpl_function methods[] = {
        { "add", add, 4 },
        { "reset", reset, 1 },
        { "total", total, 1 },
        { "classes", classes_of, 1 },
        { "matrix", matrix, 2 },
        { "normalize", normalize, 2 },
        { "precision", precision, 2 },
        { "recall", recall, 2 },
        { "f1", f1, 2 },
        { "support", support, 2 },
        { "average", average, 3 },
        { "select", select_rows, 2 },
        { "accuracy", accuracy, 1 },
        { "balanced_accuracy", balanced_accuracy, 1 },
        { "kappa", kappa, 2 },
        { "mcc", mcc, 1 },
        { "report", report, 2 },
        { "report_table", report_table, 2 },
        { "tallies", tallies, 2 },
        { NULL, NULL, 0 },
    };
    static const luaL_Reg meta[] = { { "__tostring", text_of }, { NULL, NULL } };
    static const mlpl_function functions[] = {
        { "ConfusionMatrix", new_confusion, 1 }, { "confusion_of", confusion_of, 4 },
        { "top_k_accuracy", top_k_accuracy, 5 }, { "scores", scores, 7 },
        { "report_text", report_text, 4 },       { NULL, NULL, 0 },
    };
    mlpl_class_register(L, &confusion_class, methods, meta);
    mlpl_new_functions(L, functions);
    mlpl_push_statistics(L);
    mlpl_add_trials(L);
    lua_setfield(L, -2, "stats");
    mlpl_push_ranking(L);
    lua_setfield(L, -2, "ranking");
    return 1;
}
