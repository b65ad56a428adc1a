/* statistics.c - core.metrics.stats over runtime/metrics/statistics.h. */
#include "metrics.h"

#include "metrics/statistics.h"
#include "tensor/tensor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers from Lua ---- */

static const mlpl_class memory_class = { "mlprun.Memory", free };

void **mlpl_push_memory(lua_State *L)
{
    return mlpl_push(L, &memory_class);
}

void *mlpl_push_elements(lua_State *L, const mlp_tensor *t, mlp_dtype dtype, int64_t *n)
{
    mlp_error err;
    mlp_tensor **copy = mlpl_push_tensor(L);
    if (mlp_tensor_cast(copy, t, dtype, &err)) mlpl_raise(L, &err);
    *n = mlp_tensor_numel(t);
    return mlp_tensor_data(*copy);
}

const double *mlpl_push_numbers(lua_State *L, int arg, int64_t *n)
{
    mlp_tensor *t = mlpl_test(L, arg, &mlpl_tensor_class);
    if (t) return mlpl_push_elements(L, t, MLP_F64, n);
    if (!lua_istable(L, arg)) mlpl_arg_error(L, arg, "a list of numbers or a tensor");
    *n = mlpl_length(L, arg);
    double *x = lua_newuserdatauv(L, ((size_t)*n + 1) * sizeof *x, 0);
    for (int64_t i = 0; i < *n; i++) {
        if (lua_rawgeti(L, arg, i + 1) != LUA_TNUMBER)
            mlpl_errorf(L, "element %I is a %s, expected a number", (LUAI_UACINT)i + 1, luaL_typename(L, -1));
        x[i] = lua_tonumber(L, -1);
        lua_pop(L, 1);
    }
    return x;
}

int64_t *mlpl_push_integers(lua_State *L, int arg, int64_t *n)
{
    mlp_tensor *t = mlpl_test(L, arg, &mlpl_tensor_class);
    if (t && !mlp_dtype_is_float(t->dtype)) return mlpl_push_elements(L, t, MLP_I64, n);
    const double *x = mlpl_push_numbers(L, arg, n);
    int64_t *whole = lua_newuserdatauv(L, ((size_t)*n + 1) * sizeof *whole, 0);
    for (int64_t i = 0; i < *n; i++) {
        if (x[i] != floor(x[i]) || fabs(x[i]) > 0x1p53)
            mlpl_errorf(L, "element %I is %f, expected a whole number", (LUAI_UACINT)i + 1, x[i]);
        whole[i] = (int64_t)x[i];
    }
    return whole;
}

const double *mlpl_push_weights(lua_State *L, int arg, int64_t n)
{
    int64_t m;
    if (lua_isnoneornil(L, arg)) return NULL;
    const double *weight = mlpl_push_numbers(L, arg, &m);
    if (m != n) mlpl_errorf(L, "got %I labels and %I weights, expected as many", (LUAI_UACINT)n, (LUAI_UACINT)m);
    return weight;
}

/* ---- results ---- */

int mlpl_push_interval(lua_State *L, const mlp_interval *i)
{
    lua_createtable(L, 0, 5);
    mlpl_set_number(L, "mean", i->estimate);
    mlpl_set_number(L, "low", i->low);
    mlpl_set_number(L, "high", i->high);
    mlpl_set_number(L, "se", i->se);
    mlpl_set_number(L, "df", i->df);
    return 1;
}

void mlpl_set_test(lua_State *L, const mlp_test *t)
{
    mlpl_set_number(L, "difference", t->difference);
    mlpl_set_number(L, "se", t->se);
    mlpl_set_number(L, "t", t->t);
    mlpl_set_number(L, "df", t->df);
    mlpl_set_number(L, "p", t->p);
    mlpl_set_number(L, "low", t->low);
    mlpl_set_number(L, "high", t->high);
}

double mlpl_confidence_at(lua_State *L, int arg, const char *who)
{
    static const char *const known[] = { "confidence", NULL };
    mlpl_options o = mlpl_options_at(L, arg, who, known);
    return mlpl_option_number(&o, "confidence", 0.95);
}

static int64_t whole_at(lua_State *L, int arg)
{
    int whole = 0;
    int64_t value = lua_type(L, arg) == LUA_TNUMBER ? lua_tointegerx(L, arg, &whole) : 0;
    if (!whole) mlpl_arg_error(L, arg, "a whole number");
    return value;
}

/* ---- functions ---- */

static int mean_sd(lua_State *L) /* mean_sd(values) -> mean, standard deviation (n - 1) */
{
    int64_t n;
    const double *x = mlpl_push_numbers(L, 1, &n);
    lua_pushnumber(L, mlp_mean(x, n));
    lua_pushnumber(L, sqrt(mlp_variance(x, n)));
    return 2;
}

static int t_interval(lua_State *L) /* t_interval(values, { confidence = 0.95 }) -> { mean, low, high, se, df } */
{
    mlp_error err;
    mlp_interval i;
    int64_t n;
    double confidence = mlpl_confidence_at(L, 2, "t_interval");
    const double *x = mlpl_push_numbers(L, 1, &n);
    if (mlp_t_interval(&i, x, n, confidence, &err)) return mlpl_raise(L, &err);
    return mlpl_push_interval(L, &i);
}

static int wilson(lua_State *L) /* wilson(successes, n, { confidence }) -> { mean, low, high, se, df } */
{
    mlp_error err;
    mlp_interval i;
    if (mlp_wilson(&i, whole_at(L, 1), whole_at(L, 2), mlpl_confidence_at(L, 3, "wilson"), &err))
        return mlpl_raise(L, &err);
    return mlpl_push_interval(L, &i);
}

/* bootstrap(values, { resamples = 10000, confidence, seed = 0 }) -> { mean, low, high, se, df } */
static int bootstrap(lua_State *L)
{
    static const char *const known[] = { "resamples", "confidence", "seed", NULL };
    mlp_error err;
    mlp_interval i;
    int64_t n;
    mlpl_options o = mlpl_options_at(L, 2, "bootstrap", known);
    int64_t resamples = mlpl_option_integer(&o, "resamples", 10000);
    double confidence = mlpl_option_number(&o, "confidence", 0.95);
    mlp_rng rng = mlp_rng_stream((uint64_t)mlpl_option_integer(&o, "seed", 0), MLP_FOR_STATISTICS, 0, 0, 0);
    const double *x = mlpl_push_numbers(L, 1, &n);
    if (mlp_bootstrap_mean(&i, x, n, resamples, confidence, &rng, &err)) return mlpl_raise(L, &err);
    return mlpl_push_interval(L, &i);
}

static int mcnemar(lua_State *L) /* mcnemar(a_only, b_only, { mid_p = false }) -> p */
{
    static const char *const known[] = { "mid_p", NULL };
    int64_t a = whole_at(L, 1), b = whole_at(L, 2), most = (int64_t)1 << 53;
    if (a < 0 || b < 0 || a > most || b > most)
        return mlpl_errorf(L, "mcnemar: got %I and %I, expected two counts", (LUAI_UACINT)a, (LUAI_UACINT)b);
    mlpl_options o = mlpl_options_at(L, 3, "mcnemar", known);
    lua_pushnumber(L, mlp_mcnemar(a, b, mlpl_option_boolean(&o, "mid_p", false)));
    return 1;
}

static int paired(lua_State *L) /* paired(a, b, { confidence }) -> { difference, se, t, df, p, low, high } */
{
    mlp_error err;
    mlp_test test;
    int64_t n, m;
    double confidence = mlpl_confidence_at(L, 3, "paired");
    const double *a = mlpl_push_numbers(L, 1, &n), *b = mlpl_push_numbers(L, 2, &m);
    if (n != m) return mlpl_errorf(L, "paired: got %I and %I values, expected as many", (LUAI_UACINT)n, (LUAI_UACINT)m);
    if (mlp_paired_t(&test, a, b, n, confidence, &err)) return mlpl_raise(L, &err);
    lua_createtable(L, 0, 7);
    mlpl_set_test(L, &test);
    return 1;
}

static int holm(lua_State *L) /* holm(p_values) -> list of adjusted p-values */
{
    mlp_error err;
    int64_t n;
    const double *x = mlpl_push_numbers(L, 1, &n);
    double *p = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *p, 0);
    if (n) memcpy(p, x, (size_t)n * sizeof *p);
    if (mlp_holm(p, n, &err)) return mlpl_raise(L, &err);
    lua_createtable(L, (int)n, 0);
    for (int64_t i = 0; i < n; i++) {
        lua_pushnumber(L, p[i]);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

static int quantile(lua_State *L) /* t_quantile(p, df); without df the normal one */
{
    double p = luaL_checknumber(L, 1), df = luaL_optnumber(L, 2, INFINITY);
    lua_pushnumber(L, mlp_t_quantile(p, df));
    return 1;
}

static int cdf(lua_State *L) /* t_cdf(t, df); without df the normal one */
{
    double t = luaL_checknumber(L, 1), df = luaL_optnumber(L, 2, INFINITY);
    lua_pushnumber(L, mlp_t_cdf(t, df));
    return 1;
}

void mlpl_push_statistics(lua_State *L)
{
    static const mlpl_function functions[] = {
        { "mean_sd", mean_sd, 1 }, { "t_interval", t_interval, 2 },
        { "wilson", wilson, 3 },   { "bootstrap", bootstrap, 2 },
        { "mcnemar", mcnemar, 3 }, { "paired", paired, 3 },
        { "holm", holm, 1 },       { "t_quantile", quantile, 2 },
        { "t_cdf", cdf, 2 },       { NULL, NULL, 0 },
    };
    mlpl_class_register(L, &memory_class, NULL, NULL);
    mlpl_new_functions(L, functions);
}
