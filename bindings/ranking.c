/* ranking.c - core.metrics.ranking: ROC and precision-recall over runtime/metrics/ranking.h;
 * scripts/metrics/ranking.lua has scikit-learn's functions. */
#include "metrics.h"

#include "metrics/ranking.h"

#include <stdlib.h>

static const char *const BOX = "mlprun.Ranking";

static int release(lua_State *L)
{
    mlp_ranking_free(luaL_checkudata(L, 1, BOX));
    return 0;
}

/* Pushes a ranking, made from positive (numbers, not 0 where positive), scores and perhaps weights: arguments 1 to 3.
 */
static const mlp_ranking *push_ranking(lua_State *L)
{
    mlp_error err;
    int64_t n, m;
    lua_settop(L, 3); /* what is pushed below must not look like an argument */
    const int64_t *positive = mlpl_push_integers(L, 1, &n);
    const double *score = mlpl_push_numbers(L, 2, &m);
    if (n != m) mlpl_errorf(L, "got %I labels and %I scores, expected as many", (LUAI_UACINT)n, (LUAI_UACINT)m);
    const double *weight = mlpl_push_weights(L, 3, n);
    uint8_t *flag = lua_newuserdatauv(L, (size_t)n + 1, 0);
    for (int64_t i = 0; i < n; i++) flag[i] = positive[i] != 0;
    mlp_ranking *r = lua_newuserdatauv(L, sizeof *r, 0);
    *r = (mlp_ranking){ 0 };
    if (luaL_newmetatable(L, BOX)) {
        lua_pushcfunction(L, release);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    if (mlp_ranking_of(r, score, flag, weight, n, &err)) mlpl_raise(L, &err);
    return r;
}

static int roc_auc(lua_State *L) /* roc_auc(positive, scores, weights?) -> number, NaN where one kind is missing */
{
    lua_pushnumber(L, mlp_ranking_auc(push_ranking(L)));
    return 1;
}

static int average_precision(lua_State *L) /* average_precision(positive, scores, weights?) */
{
    lua_pushnumber(L, mlp_ranking_average_precision(push_ranking(L)));
    return 1;
}

static void push_list(lua_State *L, const double *x, int64_t n)
{
    lua_createtable(L, (int)n, 0);
    for (int64_t i = 0; i < n; i++) {
        lua_pushnumber(L, x[i]);
        lua_rawseti(L, -2, i + 1);
    }
}

static int
steps(lua_State *L) /* steps(positive, scores, weights?) -> thresholds, true positives, false positives: lists */
{
    const mlp_ranking *r = push_ranking(L);
    push_list(L, r->threshold, r->count);
    push_list(L, r->tp, r->count);
    push_list(L, r->fp, r->count);
    return 3;
}

void mlpl_push_ranking(lua_State *L)
{
    static const mlpl_function functions[] = {
        { "roc_auc", roc_auc, 3 },
        { "average_precision", average_precision, 3 },
        { "steps", steps, 3 },
        { NULL, NULL, 0 },
    };
    mlpl_new_functions(L, functions);
}
