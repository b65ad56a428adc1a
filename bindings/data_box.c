/* data_box.c - the class of data sets, which the other files of core.data stand on. */
#include "data.h"

#include <string.h>

static void release_dataset(void *object)
{
    mlp_dataset_release(object);
}

const mlpl_class mlpl_dataset_class = { "mlprun.Dataset", release_dataset };

mlp_dataset *mlpl_check_dataset(lua_State *L, int arg)
{
    return mlpl_check(L, arg, &mlpl_dataset_class);
}

mlp_dataset **mlpl_push_dataset(lua_State *L)
{
    return (mlp_dataset **)mlpl_push(L, &mlpl_dataset_class);
}

int64_t *mlpl_check_samples(lua_State *L, int arg, const char *who, int64_t *count)
{
    mlp_tensor *t = mlpl_test(L, arg, &mlpl_tensor_class);
    if (!t && !lua_istable(L, arg)) mlpl_arg_error(L, arg, "a list of sample numbers or an i64 tensor");
    if (t && t->ndim != 1) mlpl_arg_error(L, arg, "an i64 tensor of one dimension");
    int64_t n = t ? t->shape[0] : mlpl_length(L, arg);
    int64_t *index = lua_newuserdatauv(L, (size_t)n * sizeof *index, 0);
    const int64_t *from_zero = t ? mlp_tensor_data(mlpl_index_from_lua(L, t)) : NULL;
    if (t) memcpy(index, from_zero, (size_t)n * sizeof *index), lua_pop(L, 1);
    for (int64_t i = 0; !t && i < n; i++) {
        int whole = 1;
        lua_rawgeti(L, arg, (lua_Integer)i + 1);
        index[i] = mlpl_shifted(lua_tointegerx(L, -1, &whole));
        lua_pop(L, 1);
        if (!whole) mlpl_errorf(L, "%s: entry %I of the list is no sample number", who, (lua_Integer)i + 1);
    }
    *count = n;
    return index;
}
