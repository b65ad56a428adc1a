/* trials.c - core.metrics.stats: trials on the same images with the same seeds, over runtime/metrics/trials.h. */
#include "metrics/trials.h"

#include "metrics.h"

#include <string.h>

/* ---- arguments ---- */

/* 0/1 answers at the stack index arg: a tensor (seeds x images, or images) or a list of tensors, one per seed. Pushes
 * what holds them. */
static const uint8_t *push_answers(lua_State *L, int arg, int64_t *seeds, int64_t *images)
{
    int64_t n;
    mlp_tensor *t = mlpl_test(L, arg, &mlpl_tensor_class);
    if (t) {
        if (t->ndim != 1 && t->ndim != 2) mlpl_arg_error(L, arg, "a tensor of seeds x images");
        *seeds = t->ndim == 2 ? t->shape[0] : 1;
        *images = t->shape[t->ndim - 1];
        return mlpl_push_elements(L, t, MLP_U8, &n);
    }
    if (!lua_istable(L, arg)) mlpl_arg_error(L, arg, "a tensor of seeds x images, or a list of tensors, one per seed");
    *seeds = mlpl_length(L, arg);
    *images = 0;
    uint8_t *all = NULL;
    for (int64_t s = 0; s < *seeds; s++) {
        lua_rawgeti(L, arg, s + 1);
        t = mlpl_test(L, -1, &mlpl_tensor_class);
        if (!t) mlpl_arg_error(L, arg, "a list of tensors, one per seed");
        n = mlp_tensor_numel(t);
        if (!all) {
            *images = n;
            all = lua_newuserdatauv(L, (size_t)(n * *seeds) + 1, 0);
            lua_insert(L, -2);
        }
        if (n != *images)
            mlpl_errorf(L, "seed %I has %I answers but the first has %I: all seeds answer for the same images",
                        (LUAI_UACINT)s + 1, (LUAI_UACINT)n, (LUAI_UACINT)*images);
        const uint8_t *x = mlpl_push_elements(L, t, MLP_U8, &n);
        if (n) memcpy(all + s * n, x, (size_t)n);
        lua_pop(L, 2);
    }
    return all;
}

/* The answers of trial k, whose value is on top of the stack, where they have the size of the first one's. */
static void read_trial(lua_State *L, mlp_trials *t, const uint8_t **correct, int64_t k, const char *who)
{
    int64_t seeds, images;
    correct[k] = push_answers(L, lua_gettop(L), &seeds, &images);
    if (k == 0) t->seeds = seeds, t->images = images;
    if (seeds == t->seeds && images == t->images) return;
    mlpl_errorf(
        L,
        "%s: trial 1 has %I seeds x %I images but trial %I has %I x %I: compare trials that were evaluated on the "
        "same images with the same seeds",
        who, (LUAI_UACINT)t->seeds, (LUAI_UACINT)t->images, (LUAI_UACINT)k + 1, (LUAI_UACINT)seeds,
        (LUAI_UACINT)images);
}

static const uint8_t **push_list(lua_State *L, mlp_trials *t, int64_t count)
{
    const uint8_t **correct = lua_newuserdatauv(L, ((size_t)count + 1) * sizeof(void *), 0);
    *t = (mlp_trials){ .trials = count, .correct = correct };
    return correct;
}

/* Argument 1: a list with the answers of each trial. What holds them stays on the stack. */
static void push_trials(lua_State *L, mlp_trials *t, const char *who)
{
    if (!lua_istable(L, 1)) mlpl_arg_error(L, 1, "a list of trials, each a tensor of seeds x images");
    const uint8_t **correct = push_list(L, t, mlpl_length(L, 1));
    luaL_checkstack(L, (int)(3 * t->trials + 20), "too many trials");
    for (int64_t k = 0; k < t->trials; k++) {
        lua_rawgeti(L, 1, k + 1);
        read_trial(L, t, correct, k, who);
    }
}

/* The option `weight`: one number per image. */
static void read_weight(const mlpl_options *o, mlp_trials *t)
{
    int64_t n;
    if (!mlpl_option_push(o, "weight")) return;
    t->weight = mlpl_push_numbers(o->L, lua_gettop(o->L), &n);
    if (n != t->images)
        mlpl_errorf(o->L, "%s: weight has %I numbers for %I images", o->who, (LUAI_UACINT)n, (LUAI_UACINT)t->images);
}

/* The option `fold`: a list with a number per image for each seed, from 1: which of the seed's networks answered. */
static void read_fold(const mlpl_options *o, mlp_trials *t)
{
    lua_State *L = o->L;
    if (!mlpl_option_push(o, "fold")) return;
    int at = lua_gettop(L);
    if (!lua_istable(L, at) || mlpl_length(L, at) != t->seeds)
        mlpl_errorf(L, "%s: fold is a list with the folds of the images for each of the %I seeds", o->who,
                    (LUAI_UACINT)t->seeds);
    int64_t *all = lua_newuserdatauv(L, (size_t)(t->seeds * t->images) * sizeof *all + 1, 0);
    for (int64_t s = 0; s < t->seeds; s++) {
        int64_t n;
        lua_rawgeti(L, at, s + 1);
        const int64_t *fold = mlpl_push_integers(L, lua_gettop(L), &n);
        if (n != t->images)
            mlpl_errorf(L, "%s: fold has %I numbers for %I images", o->who, (LUAI_UACINT)n, (LUAI_UACINT)t->images);
        for (int64_t i = 0; i < n; i++) {
            all[s * n + i] = mlpl_shifted(fold[i]);
            if (fold[i] > t->folds) t->folds = fold[i];
        }
        lua_settop(L, at + 1);
    }
    t->fold = all;
}

static int64_t number_of_pair(lua_State *L, int at, const char *who)
{
    int whole;
    lua_rawgeti(L, -1, at);
    int64_t trial = lua_tointegerx(L, -1, &whole);
    if (!whole) mlpl_errorf(L, "%s: pairs is a list of { a, b }, the numbers of two trials", who);
    lua_pop(L, 1);
    return mlpl_shifted(trial);
}

/* The option `pairs`, a list of { a, b }; unless given, each trial with each later one. */
static mlp_pair *push_pairs(const mlpl_options *o, int64_t trials, int64_t *count)
{
    lua_State *L = o->L;
    bool given = mlpl_option_push(o, "pairs");
    *count = given ? mlpl_length(L, lua_gettop(L)) : trials * (trials - 1) / 2;
    mlp_pair *pairs = lua_newuserdatauv(L, ((size_t)*count + 1) * sizeof *pairs, 0), *next = pairs;
    for (int64_t i = 0; given && i < *count; i++) {
        if (lua_rawgeti(L, -2, i + 1) != LUA_TTABLE)
            mlpl_errorf(L, "%s: pairs is a list of { a, b }, the numbers of two trials", o->who);
        pairs[i].a = number_of_pair(L, 1, o->who);
        pairs[i].b = number_of_pair(L, 2, o->who);
        lua_pop(L, 1);
    }
    for (int64_t a = 0; !given && a < trials; a++)
        for (int64_t b = a + 1; b < trials; b++) *next++ = (mlp_pair){ a, b };
    return pairs;
}

/* ---- results ---- */

/* Into the table on top: what the standard error is made of. */
static void set_parts(lua_State *L, double se_images, double se_runs, bool includes_runs, const mlp_trials *t)
{
    mlpl_set_number(L, "se_images", se_images);
    mlpl_set_number(L, "se_runs", se_runs);
    mlpl_set_integer(L, "seeds", t->seeds);
    mlpl_set_integer(L, "images", t->images);
    lua_pushboolean(L, includes_runs);
    lua_setfield(L, -2, "includes_runs");
}

static void push_accuracy(lua_State *L, const mlp_accuracy *x, const mlp_trials *t)
{
    mlpl_push_interval(L, &x->interval);
    set_parts(L, x->se_images, x->se_runs, x->includes_runs, t);
}

static void push_comparison(lua_State *L, const mlp_comparison *c, const mlp_trials *t)
{
    lua_createtable(L, 0, 16);
    mlpl_set_test(L, &c->test);
    mlpl_set_number(L, "mean_a", c->mean_a);
    mlpl_set_number(L, "mean_b", c->mean_b);
    mlpl_set_integer(L, "a_only", c->a_only);
    mlpl_set_integer(L, "b_only", c->b_only);
    set_parts(L, c->se_images, c->se_runs, c->includes_runs, t);
}

static void *push_room(lua_State *L, int64_t count, size_t size)
{
    return lua_newuserdatauv(L, ((size_t)count + 1) * size, 0);
}

/* ---- functions ---- */

static int accuracy(lua_State *L) /* accuracy(correct, { confidence }) -> { mean, low, high, se, df, ... } */
{
    mlp_error err;
    mlp_trials t;
    mlp_accuracy x;
    double confidence = mlpl_confidence_at(L, 2, "accuracy");
    const uint8_t **correct = push_list(L, &t, 1);
    correct[0] = push_answers(L, 1, &t.seeds, &t.images);
    if (mlp_trials_accuracy(&x, &t, confidence, &err)) return mlpl_raise(L, &err);
    push_accuracy(L, &x, &t);
    return 1;
}

static int
accuracies(lua_State *L) /* accuracies(trials, { weight, fold, confidence }) -> list of what accuracy gives */
{
    static const char *const known[] = { "weight", "fold", "confidence", NULL };
    mlp_error err;
    mlp_trials t;
    mlpl_options o = mlpl_options_at(L, 2, "accuracies", known);
    double confidence = mlpl_option_number(&o, "confidence", 0.95);
    push_trials(L, &t, o.who);
    read_weight(&o, &t);
    read_fold(&o, &t);
    mlp_accuracy *list = push_room(L, t.trials, sizeof *list);
    if (mlp_trials_accuracy(list, &t, confidence, &err)) return mlpl_raise(L, &err);
    lua_createtable(L, (int)t.trials, 0);
    for (int64_t k = 0; k < t.trials; k++) {
        push_accuracy(L, &list[k], &t);
        lua_rawseti(L, -2, k + 1);
    }
    return 1;
}

/* compare(a, b, { confidence }) -> { difference, se, t, df, p, low, high, mean_a, mean_b, a_only, b_only, se_images,
 * se_runs, seeds, images, includes_runs } */
static int compare(lua_State *L)
{
    mlp_error err;
    mlp_trials t;
    mlp_comparison c;
    double confidence = mlpl_confidence_at(L, 3, "compare");
    const uint8_t **correct = push_list(L, &t, 2);
    for (int k = 0; k < 2; k++) {
        lua_pushvalue(L, k + 1);
        read_trial(L, &t, correct, k, "compare");
    }
    if (mlp_trials_compare(&c, &t, &(mlp_pair){ 0, 1 }, 1, confidence, &err)) return mlpl_raise(L, &err);
    push_comparison(L, &c, &t);
    return 1;
}

/* compare_trials(trials, { pairs, weight, fold, confidence }) -> list of what compare gives, one for each pair */
static int compare_trials(lua_State *L)
{
    static const char *const known[] = { "pairs", "weight", "fold", "confidence", NULL };
    mlp_error err;
    mlp_trials t;
    int64_t count;
    mlpl_options o = mlpl_options_at(L, 2, "compare_trials", known);
    double confidence = mlpl_option_number(&o, "confidence", 0.95);
    push_trials(L, &t, o.who);
    read_weight(&o, &t);
    read_fold(&o, &t);
    const mlp_pair *pairs = push_pairs(&o, t.trials, &count);
    mlp_comparison *list = push_room(L, count, sizeof *list);
    if (mlp_trials_compare(list, &t, pairs, count, confidence, &err)) return mlpl_raise(L, &err);
    lua_createtable(L, (int)count, 0);
    for (int64_t i = 0; i < count; i++) {
        push_comparison(L, &list[i], &t);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

/* Argument 1, a list of lists with a number per run, as one array; and the option `overlap`. */
static mlp_values push_values(const mlpl_options *o)
{
    lua_State *L = o->L;
    if (!lua_istable(L, 1)) mlpl_arg_error(L, 1, "a list of trials, each a list with a number for each run");
    mlp_values v = { .trials = mlpl_length(L, 1), .overlap = mlpl_option_number(o, "overlap", 0) };
    double *all = NULL;
    for (int64_t k = 0; k < v.trials; k++) {
        int64_t n;
        lua_rawgeti(L, 1, k + 1);
        const double *x = mlpl_push_numbers(L, lua_gettop(L), &n);
        if (!all) {
            v.runs = n;
            all = push_room(L, v.trials * n, sizeof *all);
            lua_insert(L, -3);
        }
        if (n != v.runs)
            mlpl_errorf(L, "%s: trial %I has %I numbers but the first has %I: one for each run", o->who,
                        (LUAI_UACINT)k + 1, (LUAI_UACINT)n, (LUAI_UACINT)v.runs);
        if (n) memcpy(all + k * n, x, (size_t)n * sizeof *x);
        lua_pop(L, 2);
    }
    v.values = all;
    return v;
}

/* compare_values(trials, { pairs, overlap, confidence }) -> list of { difference, se, t, df, p, low, high } */
static int compare_values(lua_State *L)
{
    static const char *const known[] = { "pairs", "overlap", "confidence", NULL };
    mlp_error err;
    int64_t count;
    mlpl_options o = mlpl_options_at(L, 2, "compare_values", known);
    double confidence = mlpl_option_number(&o, "confidence", 0.95);
    mlp_values values = push_values(&o);
    const mlp_pair *pairs = push_pairs(&o, values.trials, &count);
    mlp_test *list = push_room(L, count, sizeof *list);
    if (mlp_values_compare(list, &values, pairs, count, confidence, &err)) return mlpl_raise(L, &err);
    lua_createtable(L, (int)count, 0);
    for (int64_t i = 0; i < count; i++) {
        lua_createtable(L, 0, 7);
        mlpl_set_test(L, &list[i]);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

/* values_means(trials, { overlap, confidence }) -> list of { mean, low, high, se, df } */
static int values_means(lua_State *L)
{
    static const char *const known[] = { "overlap", "confidence", NULL };
    mlp_error err;
    mlpl_options o = mlpl_options_at(L, 2, "values_means", known);
    double confidence = mlpl_option_number(&o, "confidence", 0.95);
    mlp_values values = push_values(&o);
    lua_createtable(L, (int)values.trials, 0);
    for (int64_t k = 0; k < values.trials; k++) {
        mlp_interval i;
        if (mlp_values_mean(&i, &values, k, confidence, &err)) return mlpl_raise(L, &err);
        mlpl_push_interval(L, &i);
        lua_rawseti(L, -2, k + 1);
    }
    return 1;
}

/* What runs have on a set of images, at the stack index arg: a tensor of runs x images. Pushes what holds it. */
static mlp_image_set push_image_set(lua_State *L, int arg, int64_t *runs)
{
    int64_t n;
    mlp_tensor *t = mlpl_test(L, arg, &mlpl_tensor_class);
    if (!t || t->ndim != 2) mlpl_arg_error(L, arg, "a tensor of runs x images");
    *runs = t->shape[0];
    const double *values = mlpl_push_elements(L, t, MLP_F64, &n);
    return (mlp_image_set){ values, t->shape[1] };
}

/* compare_sets(a, b, { confidence }) -> { difference, se, t, df, p, low, high }: how much better runs are on other
 * images */
static int compare_sets(lua_State *L)
{
    mlp_error err;
    mlp_test test;
    int64_t runs, others;
    double confidence = mlpl_confidence_at(L, 3, "compare_sets");
    mlp_image_set a = push_image_set(L, 1, &runs), b = push_image_set(L, 2, &others);
    if (runs != others)
        mlpl_errorf(L, "compare_sets: %I runs on the one set and %I on the other: the same runs are needed",
                    (LUAI_UACINT)runs, (LUAI_UACINT)others);
    if (mlp_image_sets_compare(&test, &a, &b, runs, confidence, &err)) return mlpl_raise(L, &err);
    lua_createtable(L, 0, 7);
    mlpl_set_test(L, &test);
    return 1;
}

static int detectable(lua_State *L) /* detectable(se, df, { alpha = 0.05, power = 0.8 }) -> difference */
{
    static const char *const known[] = { "alpha", "power", NULL };
    double se = luaL_checknumber(L, 1), df = luaL_checknumber(L, 2);
    mlpl_options o = mlpl_options_at(L, 3, "detectable", known);
    double alpha = mlpl_option_number(&o, "alpha", 0.05), power = mlpl_option_number(&o, "power", 0.8);
    lua_pushnumber(L, mlp_detectable(se, df, alpha, power));
    return 1;
}

void mlpl_add_trials(lua_State *L)
{
    static const mlpl_function functions[] = {
        { "accuracy", accuracy, 2 },
        { "accuracies", accuracies, 2 },
        { "compare", compare, 3 },
        { "compare_trials", compare_trials, 2 },
        { "compare_values", compare_values, 2 },
        { "values_means", values_means, 2 },
        { "compare_sets", compare_sets, 3 },
        { "detectable", detectable, 3 },
        { NULL, NULL, 0 },
    };
    mlpl_set_functions(L, functions);
}
