/* tensor_args.c - types, dimensions, shapes, numbers and indices in arguments. */
#include "tensor.h"

#include <math.h>
#include <string.h>

mlp_dtype mlpl_dtype(lua_State *L, const char *name)
{
    static const struct {
        const char *names[4];
        mlp_dtype dtype;
    } types[] = {
        { { "f32", "float32", "float" }, MLP_F32 }, { { "f64", "float64", "double" }, MLP_F64 },
        { { "f16", "float16", "half" }, MLP_F16 },  { { "bf16", "bfloat16" }, MLP_BF16 },
        { { "i64", "int64", "long" }, MLP_I64 },    { { "i32", "int32", "int" }, MLP_I32 },
        { { "u8", "uint8", "byte" }, MLP_U8 },      { { "bool", "boolean" }, MLP_BOOL },
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        for (const char *const *each = types[i].names; *each; each++)
            if (strcmp(name, *each) == 0) return types[i].dtype;
    static const char *const devices[] = { "cpu", "cuda", "mps", "xpu", NULL };
    for (const char *const *each = devices; *each; each++)
        if (strncmp(name, *each, strlen(*each)) == 0)
            mlpl_errorf(L, "'%s' is a device: there is one, the processor, and nothing is moved to it", name);
    return (mlp_dtype)mlpl_errorf(L,
                                  "unknown dtype '%s': there are f32 (float32), f64 (float64), f16 (float16), bf16 "
                                  "(bfloat16), i64 (int64), i32 (int32), u8 (uint8), bool",
                                  name);
}

int64_t mlpl_whole(lua_State *L, int arg)
{
    int whole = lua_type(L, arg) == LUA_TNUMBER;
    lua_Integer value = whole ? lua_tointegerx(L, arg, &whole) : 0;
    if (!whole) mlpl_arg_error(L, arg, "a whole number");
    return value;
}

static int checked_dim(lua_State *L, int64_t d, int ndim)
{
    if (d == 0) mlpl_errorf(L, "dimensions count from 1, got 0");
    if (d > ndim || d < -ndim) {
        if (ndim == 0 && (d == 1 || d == -1)) return 0;
        mlpl_errorf(L, "there is no dimension %I in a tensor of %d dimensions", (LUAI_UACINT)d, ndim);
    }
    return (int)(d < 0 ? d + ndim : d - 1);
}

int mlpl_dim(lua_State *L, int arg, int ndim)
{
    int ok = lua_type(L, arg) == LUA_TNUMBER;
    lua_Integer d = ok ? lua_tointegerx(L, arg, &ok) : 0;
    if (!ok) return mlpl_arg_error(L, arg, "a dimension, from 1");
    return checked_dim(L, d, ndim);
}

int mlpl_option_dim(const mlpl_options *o, int ndim, int fallback)
{
    int64_t d = mlpl_option_integer(o, "dim", INT64_MIN);
    return d == INT64_MIN ? fallback : checked_dim(o->L, d, ndim);
}

static int64_t checked_size(lua_State *L, int at)
{
    int ok;
    lua_Integer size = lua_tointegerx(L, at, &ok);
    if (!ok || lua_type(L, at) != LUA_TNUMBER)
        mlpl_errorf(L, "a size is %s, expected a whole number", luaL_tolstring(L, at, NULL));
    return size;
}

int mlpl_shape(lua_State *L, int arg, int *ndim, int64_t shape[MLP_MAX_DIMS])
{
    *ndim = 0;
    if (lua_istable(L, arg)) {
        int64_t n = mlpl_length(L, arg);
        if (n > MLP_MAX_DIMS) mlpl_errorf(L, "a tensor has at most %d dimensions, got %d", MLP_MAX_DIMS, (int)n);
        for (int64_t i = 1; i <= n; i++) {
            lua_rawgeti(L, arg, i);
            shape[(*ndim)++] = checked_size(L, -1);
            lua_pop(L, 1);
        }
        return arg + 1;
    }
    for (; lua_type(L, arg) == LUA_TNUMBER; arg++) {
        if (*ndim == MLP_MAX_DIMS) mlpl_errorf(L, "a tensor has at most %d dimensions", MLP_MAX_DIMS);
        shape[(*ndim)++] = checked_size(L, arg);
    }
    if (*ndim == 0) mlpl_arg_error(L, arg, "a shape: sizes, or a list of them");
    return arg;
}

double mlpl_value(lua_State *L, int arg, mlp_dtype dtype)
{
    if (lua_isboolean(L, arg)) return lua_toboolean(L, arg);
    double value = lua_tonumber(L, arg), least, end;
    if (mlp_dtype_range(&least, &end, dtype) && !(trunc(value) >= least && trunc(value) < end))
        mlpl_errorf(L, "%s does not fit into a tensor of type %s, which holds %s", luaL_tolstring(L, arg, NULL),
                    mlp_dtype_name(dtype),
                    dtype == MLP_U8 ? "0 to 255"
                                    : lua_pushfstring(L, "whole numbers of %d bits", 8 * (int)mlp_dtype_size(dtype)));
    return value;
}

mlp_tensor *mlpl_number(lua_State *L, int arg, mlp_dtype dtype)
{
    mlp_error err;
    double value = mlpl_value(L, arg, dtype);
    mlp_tensor **box = mlpl_push_tensor(L);
    if (mlp_tensor_scalar(box, dtype, value, &err)) mlpl_raise(L, &err);
    if (dtype == MLP_I64 && lua_isinteger(L, arg)) *(int64_t *)mlp_tensor_data(*box) = lua_tointeger(L, arg);
    return *box;
}

void mlpl_fill(lua_State *L, mlp_tensor *t, int arg)
{
    mlp_error err;
    double value = mlpl_value(L, arg, t->dtype);
    mlp_status st;
    if (t->dtype == MLP_I64 && lua_isinteger(L, arg) && fabs(value) >= 0x1p53) {
        st = mlp_op_copy_(t, mlpl_number(L, arg, MLP_I64), &err);
        lua_pop(L, 1);
    } else {
        st = mlp_op_fill_(t, value, &err);
    }
    if (st) mlpl_raise(L, &err);
}

mlp_tensor *mlpl_places(lua_State *L, int arg, const mlp_tensor *t, int dim, const char *who)
{
    mlp_tensor *index = mlpl_index_from_lua(L, mlpl_check_tensor(L, arg));
    const int64_t *at = mlp_tensor_data(index);
    int64_t count = mlp_tensor_numel(index), size = t->ndim > 0 ? t->shape[dim] : 1;
    for (int64_t i = 0; i < count; i++)
        if (at[i] < 0 || at[i] >= size)
            mlpl_errorf(L, "%s: index %I is outside of dimension %d, which has 1 to %I", who,
                        (LUAI_UACINT)((uint64_t)at[i] + 1), dim + 1, (LUAI_UACINT)size);
    return index;
}
