/* data_groups.c - core.data: samples that belong together, and the columns that tell. */
#include "data.h"

static int
deal(lua_State *L) /* deal(set, groups, shares, stratify, together, seed) -> i64 tensor: a part each, from 1 */
{
    mlp_dataset *d = mlpl_check_dataset(L, 1);
    int64_t n;
    const int64_t *group = mlpl_check_samples(L, 2, "deal", &n);
    if (n != mlp_dataset_count(d)) return mlpl_arg_error(L, 2, "a number for each sample");
    int64_t parts = lua_istable(L, 3) ? mlpl_length(L, 3) : 0;
    if (parts > n) return mlpl_arg_error(L, 3, "a list of shares, no more than samples");
    double *share = lua_newuserdatauv(L, (size_t)parts * sizeof *share + 1, 0);
    for (int64_t i = 0; i < parts; i++) {
        lua_rawgeti(L, 3, (lua_Integer)i + 1);
        share[i] = lua_tonumber(L, -1);
        lua_pop(L, 1);
    }
    bool stratify = lua_toboolean(L, 4), together = lua_toboolean(L, 5);
    uint64_t seed = (uint64_t)luaL_checkinteger(L, 6);
    mlp_error err;
    mlp_tensor **t = mlpl_push_tensor(L);
    if (mlp_dataset_deal(t, d, group, share, (int)parts, stratify, together, seed, &err)) return mlpl_raise(L, &err);
    mlpl_index_to_lua(L, *t);
    return 1;
}

static int similar(lua_State *L) /* similar(set) -> i64 tensor: for each sample the first one that looks the same */
{
    mlp_dataset *d = mlpl_check_dataset(L, 1);
    mlp_error err;
    mlp_tensor **t = mlpl_push_tensor(L);
    if (mlp_dataset_similar(t, d, &err)) return mlpl_raise(L, &err);
    mlpl_index_to_lua(L, *t);
    return 1;
}

static int column_names(lua_State *L) /* column_names(set) -> list */
{
    const mlp_dataset *d = mlpl_check_dataset(L, 1);
    const char *name;
    lua_newtable(L);
    for (int k = 0; (name = mlp_dataset_column_name(d, k)); k++) {
        lua_pushstring(L, name);
        lua_rawseti(L, -2, k + 1);
    }
    return 1;
}

static int column_texts(lua_State *L) /* column_texts(set, number) -> list: the column's text of each sample */
{
    const mlp_dataset *d = mlpl_check_dataset(L, 1);
    int number = (int)mlpl_shifted(luaL_checkinteger(L, 2));
    if (number < 0 || !mlp_dataset_column_name(d, number)) return mlpl_arg_error(L, 2, "the number of a column");
    int64_t n = mlp_dataset_count(d);
    lua_createtable(L, (int)n, 0);
    for (int64_t i = 0; i < n; i++) {
        lua_pushstring(L, mlp_dataset_column_text(d, number, i));
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* clang-format off */
const mlpl_function mlpl_group_functions[] = {
    { "deal", deal, 6 },
    { "similar", similar, 1 },
    { "column_names", column_names, 1 },
    { "column_texts", column_texts, 2 },
    { NULL, NULL, 0 },
};
/* clang-format on */
