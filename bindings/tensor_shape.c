/* tensor_shape.c - sizes, other shapes of the same values, copies and conversions. */
#include "tensor.h"

static int tensor_size(lua_State *L) /* t:size() -> list; t:size(dim) -> number */
{
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    if (!lua_isnoneornil(L, 2)) {
        int dim = mlpl_dim(L, 2, t->ndim);
        lua_pushinteger(L, t->ndim > 0 ? t->shape[dim] : 1);
        return 1;
    }
    lua_getfield(L, 1, "shape");
    return 1;
}

static int tensor_dim(lua_State *L)
{
    lua_pushinteger(L, mlpl_check_tensor(L, 1)->ndim);
    return 1;
}

static int tensor_numel(lua_State *L)
{
    lua_pushinteger(L, mlp_tensor_numel(mlpl_check_tensor(L, 1)));
    return 1;
}

static int tensor_is_contiguous(lua_State *L)
{
    lua_pushboolean(L, mlp_tensor_is_contiguous(mlpl_check_tensor(L, 1)));
    return 1;
}

static int tensor_clone(lua_State *L)
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    mlp_tensor **out = mlpl_push_tensor(L);
    return mlpl_done(L, mlp_op_clone(out, t, &err), &err);
}

static int tensor_contiguous(lua_State *L)
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    if (mlp_tensor_is_contiguous(t)) {
        lua_settop(L, 1);
        return 1;
    }
    mlp_tensor **out = mlpl_push_tensor(L);
    return mlpl_done(L, mlp_op_contiguous(out, t, &err), &err);
}

static int cast(lua_State *L, mlp_dtype dtype)
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    if (t->dtype == dtype) { /* nothing to convert: the same tensor, as in PyTorch */
        lua_settop(L, 1);
        return 1;
    }
    mlp_tensor **out = mlpl_push_tensor(L);
    return mlpl_done(L, mlp_op_cast(out, t, dtype, &err), &err);
}

static int tensor_to(lua_State *L) /* t:to("f64") */
{
    mlpl_check_tensor(L, 1);
    if (lua_type(L, 2) != LUA_TSTRING) return mlpl_arg_error(L, 2, "a dtype such as 'f64'");
    return cast(L, mlpl_dtype(L, lua_tostring(L, 2)));
}

static int tensor_float(lua_State *L)
{
    return cast(L, MLP_F32);
}

static int tensor_double(lua_State *L)
{
    return cast(L, MLP_F64);
}

static int tensor_half(lua_State *L)
{
    return cast(L, MLP_F16);
}

static int tensor_bfloat16(lua_State *L)
{
    return cast(L, MLP_BF16);
}

static int tensor_int(lua_State *L)
{
    return cast(L, MLP_I32);
}

static int tensor_element_size(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)mlp_dtype_size(mlpl_check_tensor(L, 1)->dtype));
    return 1;
}

static int tensor_is_floating_point(lua_State *L)
{
    lua_pushboolean(L, mlp_dtype_is_float(mlpl_check_tensor(L, 1)->dtype));
    return 1;
}

static int tensor_long(lua_State *L)
{
    return cast(L, MLP_I64);
}

static int tensor_byte(lua_State *L)
{
    return cast(L, MLP_U8);
}

static int tensor_bool(lua_State *L)
{
    return cast(L, MLP_BOOL);
}

typedef mlp_status (*reshaper)(mlp_tensor **out, mlp_tensor *x, int ndim, const int64_t *shape, mlp_error *err);

static int reshaped(lua_State *L, reshaper reshape)
{
    mlp_error err;
    int ndim;
    int64_t shape[MLP_MAX_DIMS];
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    mlpl_last(L, mlpl_shape(L, 2, &ndim, shape) - 1);
    mlp_tensor **out = mlpl_push_tensor(L);
    return mlpl_done(L, reshape(out, t, ndim, shape, &err), &err);
}

static int tensor_reshape(lua_State *L) /* t:reshape(2, -1) or t:reshape({2, -1}) */
{
    return reshaped(L, mlp_op_reshape);
}

static int tensor_view(lua_State *L)
{
    return reshaped(L, mlp_op_view);
}

/* t:flatten([first = 1, last = -1]), or { start_dim =, end_dim = }: joins these dimensions */
static int tensor_flatten(lua_State *L)
{
    static const char *const known[] = { "start_dim", "end_dim", NULL };
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    if (lua_istable(L, 2)) {
        mlpl_last(L, 2);
        mlpl_options o = mlpl_options_at(L, 2, "flatten", known);
        lua_settop(L, 2);
        for (int i = 0; i < 2; i++)
            if (!mlpl_option_push(&o, known[i])) lua_pushnil(L);
        lua_remove(L, 2);
    }
    int first = lua_isnoneornil(L, 2) ? 0 : mlpl_dim(L, 2, t->ndim);
    int last = lua_isnoneornil(L, 3) ? t->ndim - 1 : mlpl_dim(L, 3, t->ndim), n = 0;
    int64_t shape[MLP_MAX_DIMS], joined = 1;
    if (last < first && t->ndim > 0)
        return mlpl_errorf(L, "flatten: the first dimension, %d, comes after the last, %d", first + 1, last + 1);
    if (t->ndim == 0) first = 0, last = -1;
    for (int i = 0; i < first; i++) shape[n++] = t->shape[i];
    for (int i = first; i <= last; i++) joined *= t->shape[i];
    shape[n++] = joined;
    for (int i = last + 1; i < t->ndim; i++) shape[n++] = t->shape[i];
    mlp_tensor **out = mlpl_push_tensor(L);
    return mlpl_done(L, mlp_op_reshape(out, t, n, shape, &err), &err);
}

static int tensor_permute(lua_State *L) /* t:permute(2, 1, 3) */
{
    mlp_error err;
    int ndim, dims[MLP_MAX_DIMS];
    int64_t order[MLP_MAX_DIMS];
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    mlpl_last(L, mlpl_shape(L, 2, &ndim, order) - 1);
    if (ndim != t->ndim) return mlpl_errorf(L, "permute: got %d dimensions for a tensor of %d", ndim, t->ndim);
    for (int i = 0; i < ndim; i++) {
        lua_pushinteger(L, order[i]);
        dims[i] = mlpl_dim(L, lua_gettop(L), t->ndim);
        lua_pop(L, 1);
        for (int k = 0; k < i; k++)
            if (dims[k] == dims[i]) return mlpl_errorf(L, "permute: dimension %d is named twice", dims[i] + 1);
    }
    mlp_tensor **out = mlpl_push_tensor(L);
    return mlpl_done(L, mlp_op_permute(out, t, dims, &err), &err);
}

static int tensor_transpose(lua_State *L) /* t:transpose(dim0, dim1) */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    int dim0 = mlpl_dim(L, 2, t->ndim), dim1 = mlpl_dim(L, 3, t->ndim);
    mlp_tensor **out = mlpl_push_tensor(L);
    return mlpl_done(L, mlp_op_transpose(out, t, dim0, dim1, &err), &err);
}

static int tensor_t(lua_State *L) /* t:t(): a matrix transposed */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    if (t->ndim > 2) return mlpl_errorf(L, "t: expected at most 2 dimensions, got %d (use transpose)", t->ndim);
    mlp_tensor **out = mlpl_push_tensor(L);
    if (t->ndim < 2) return mlpl_done(L, mlp_op_reshape(out, t, t->ndim, t->shape, &err), &err);
    return mlpl_done(L, mlp_op_transpose(out, t, 0, 1, &err), &err);
}

static int tensor_narrow(lua_State *L) /* t:narrow(dim, start, length): start counts from 1 */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    int dim = mlpl_dim(L, 2, t->ndim);
    int64_t start = mlpl_whole(L, 3), length = mlpl_whole(L, 4), size = t->ndim > 0 ? t->shape[dim] : 0;
    int64_t first = start > 0 ? start - 1 : start + size;
    if (start == 0 || first < 0 || length < 0 || first > size || length > size - first)
        return mlpl_errorf(L, "narrow: %I elements from %I do not fit into dimension %d, which has 1 to %I",
                           (LUAI_UACINT)length, (LUAI_UACINT)start, dim + 1, (LUAI_UACINT)size);
    mlp_tensor **out = mlpl_push_tensor(L);
    return mlpl_done(L, mlp_op_narrow(out, t, dim, first, length, &err), &err);
}

static int tensor_select(lua_State *L) /* t:select(dim, index): index counts from 1 */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    int dim = mlpl_dim(L, 2, t->ndim);
    int64_t index = mlpl_whole(L, 3), size = t->ndim > 0 ? t->shape[dim] : 0;
    int64_t at = index > 0 ? index - 1 : index + size;
    if (index == 0 || at < 0 || at >= size)
        return mlpl_errorf(L, "select: index %I is outside of dimension %d, which has 1 to %I", (LUAI_UACINT)index,
                           dim + 1, (LUAI_UACINT)size);
    mlp_tensor **out = mlpl_push_tensor(L);
    return mlpl_done(L, mlp_op_select(out, t, dim, at, &err), &err);
}

static int tensor_expand(lua_State *L) /* t:expand(3, -1): -1 keeps a size */
{
    mlp_error err;
    int ndim;
    int64_t shape[MLP_MAX_DIMS];
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    mlpl_last(L, mlpl_shape(L, 2, &ndim, shape) - 1);
    mlp_tensor **out = mlpl_push_tensor(L);
    return mlpl_done(L, mlp_op_expand(out, t, ndim, shape, &err), &err);
}

static int tensor_unsqueeze(lua_State *L) /* t:unsqueeze(dim): a new dimension of size 1 */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    int dim = mlpl_dim(L, 2, t->ndim + 1);
    mlp_tensor **out = mlpl_push_tensor(L);
    return mlpl_done(L, mlp_op_unsqueeze(out, t, dim, &err), &err);
}

static int tensor_squeeze(lua_State *L) /* t:squeeze(dim), or all dimensions of size 1 */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    if (!lua_isnoneornil(L, 2)) {
        int dim = mlpl_dim(L, 2, t->ndim);
        mlp_tensor **out = mlpl_push_tensor(L);
        return mlpl_done(L, mlp_op_squeeze(out, t, dim, &err), &err);
    }
    int64_t shape[MLP_MAX_DIMS];
    int n = 0;
    for (int i = 0; i < t->ndim; i++)
        if (t->shape[i] != 1) shape[n++] = t->shape[i];
    mlp_tensor **out = mlpl_push_tensor(L);
    return mlpl_done(L, mlp_op_reshape(out, t, n, shape, &err), &err);
}

const mlpl_function mlpl_tensor_shape_methods[] = {
    { "size", tensor_size, 2 },
    { "dim", tensor_dim, 1 },
    { "numel", tensor_numel, 1 },
    { "is_contiguous", tensor_is_contiguous, 1 },
    { "clone", tensor_clone, 1 },
    { "contiguous", tensor_contiguous, 1 },
    { "to", tensor_to, 2 },
    { "float", tensor_float, 1 },
    { "double", tensor_double, 1 },
    { "half", tensor_half, 1 },
    { "bfloat16", tensor_bfloat16, 1 },
    { "is_floating_point", tensor_is_floating_point, 1 },
    { "element_size", tensor_element_size, 1 },
    { "int", tensor_int, 1 },
    { "long", tensor_long, 1 },
    { "byte", tensor_byte, 1 },
    { "bool", tensor_bool, 1 },
    { "reshape", tensor_reshape, MLPL_FORMS },
    { "view", tensor_view, MLPL_FORMS },
    { "flatten", tensor_flatten, 3 },
    { "permute", tensor_permute, MLPL_FORMS },
    { "transpose", tensor_transpose, 3 },
    { "t", tensor_t, 1 },
    { "narrow", tensor_narrow, 4 },
    { "select", tensor_select, 3 },
    { "expand", tensor_expand, MLPL_FORMS },
    { "unsqueeze", tensor_unsqueeze, 2 },
    { "squeeze", tensor_squeeze, 2 },
    { NULL, NULL, 0 },
};
