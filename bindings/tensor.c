/* tensor.c - core.tensor: fields, indexing and text of mlprun.Tensor, and what tensor_create.c, tensor_mask.c,
 * tensor_ops.c, tensor_reduce.c and tensor_shape.c add to it. */
#include "tensor.h"

#include <stdlib.h>
#include <string.h>

/* ---- t[i], t[{1, {2, 5}}] ---- */

/* Narrows *view by one entry of an index; `dim` counts the dimensions of *view that are done. Returns how many more. */
static int apply_entry(lua_State *L, int entry, mlp_tensor **view, int dim, int shown)
{
    mlp_error err;
    mlp_tensor *from = *view, *to = NULL;
    if (dim >= from->ndim) {
        int dims = from->ndim + shown - 1 - dim;
        mlpl_errorf(L, "index: %d %s too many for a tensor of %d dimension%s", shown,
                    shown == 1 ? "entry is" : "entries are", dims, dims == 1 ? "" : "s");
    }
    int64_t size = from->shape[dim];
    mlp_status st = MLP_OK;
    int kept = 0;
    int whole = 0;
    int64_t i = lua_type(L, entry) == LUA_TNUMBER ? lua_tointegerx(L, entry, &whole) : 0;
    if (whole) {
        int64_t at = i < 0 ? i + size : i - 1;
        if (i == 0 || at < 0 || at >= size)
            mlpl_errorf(
                L, "index: %I is outside of dimension %d, which has 1 to %I (indices count from 1, -1 is the last)",
                (LUAI_UACINT)i, shown, (LUAI_UACINT)size);
        st = mlp_op_select(&to, from, dim, at, &err);
    } else if (lua_istable(L, entry)) {
        int64_t n = mlpl_length(L, entry);
        kept = 1;
        if (n == 0) return kept;
        if (n != 2) mlpl_errorf(L, "index: a range is {first, last} or {} for all, got %d numbers", (int)n);
        lua_rawgeti(L, entry, 1);
        lua_rawgeti(L, entry, 2);
        int ok1, ok2;
        int64_t first = lua_tointegerx(L, -2, &ok1), last = lua_tointegerx(L, -1, &ok2);
        lua_pop(L, 2);
        if (!ok1 || !ok2) mlpl_errorf(L, "index: a range is {first, last}, two whole numbers");
        int64_t from_at = first < 0 ? first + size : first - 1, to_at = last < 0 ? last + size : last - 1;
        if (first == 0 || from_at < 0 || to_at >= size || to_at < from_at - 1)
            mlpl_errorf(L, "index: {%I, %I} is outside of dimension %d, which has 1 to %I", (LUAI_UACINT)first,
                        (LUAI_UACINT)last, shown, (LUAI_UACINT)size);
        st = mlp_op_narrow(&to, from, dim, from_at, to_at - from_at + 1, &err);
    } else {
        mlpl_errorf(L, "index: got a %s, expected a whole number or a range {first, last}", luaL_typename(L, entry));
    }
    if (st) mlpl_raise(L, &err);
    *view = to; /* the box keeps the new view */
    mlp_tensor_release(from);
    return kept;
}

/* Pushes a box with the part of t that the key at `key` names. */
static mlp_tensor *push_part(lua_State *L, mlp_tensor *t, int key)
{
    mlp_tensor **view = mlpl_push_tensor(L), *picks = mlpl_test(L, key, &mlpl_tensor_class);
    mlp_error err;
    if (picks && picks->dtype == MLP_BOOL) {
        if (mlp_op_mask_select(view, t, picks, &err)) mlpl_raise(L, &err);
        return *view;
    }
    if (picks) {
        if (t->ndim == 0) mlpl_errorf(L, "index: a scalar tensor has no elements to pick");
        mlp_tensor *index = mlpl_places(L, key, t, 0, "index");
        if (mlp_op_index_select(view, t, 0, index, &err)) mlpl_raise(L, &err);
        lua_pop(L, 1);
        return *view;
    }
    *view = mlp_tensor_retain(t);
    if (!lua_istable(L, key)) {
        apply_entry(L, key, view, 0, 1);
        return *view;
    }
    int64_t n = mlpl_length(L, key);
    int dim = 0;
    for (int i = 1; i <= n; i++) {
        lua_rawgeti(L, key, i);
        dim += apply_entry(L, lua_gettop(L), view, dim, i);
        lua_pop(L, 1);
    }
    return *view;
}

static int tensor_index(lua_State *L)
{
    if (lua_type(L, 2) == LUA_TSTRING) {
        luaL_getmetafield(L, 1, "getters");
        lua_pushvalue(L, 2);
        if (lua_rawget(L, -2) == LUA_TFUNCTION) {
            lua_pushvalue(L, 1);
            lua_call(L, 1, 1);
            return 1;
        }
        lua_settop(L, 2);
        lua_pushvalue(L, lua_upvalueindex(1)); /* methods, and the did-you-mean */
        lua_insert(L, 1);
        lua_call(L, 2, 1);
        return 1;
    }
    push_part(L, mlpl_check_tensor(L, 1), 2);
    mlpl_account(L);
    return 1;
}

static int tensor_newindex(lua_State *L)
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    if (lua_type(L, 2) == LUA_TSTRING) {
        const char *key = lua_tostring(L, 2);
        if (strcmp(key, "grad") == 0) {
            mlp_tensor *grad = lua_isnil(L, 3) ? NULL : mlpl_check_tensor(L, 3);
            if (mlp_grad_set(t, grad, &err)) return mlpl_raise(L, &err);
            return 0;
        }
        if (strcmp(key, "requires_grad") == 0 && lua_isboolean(L, 3)) {
            if (mlp_requires_grad_(t, lua_toboolean(L, 3), &err)) return mlpl_raise(L, &err);
            return 0;
        }
        return mlpl_errorf(L, "a Tensor has no field '%s' that can be set (grad and requires_grad can)", key);
    }
    if (mlp_may_write(t, "assignment", &err)) return mlpl_raise(L, &err);
    mlp_tensor *picks = mlpl_test(L, 2, &mlpl_tensor_class), *from = mlpl_test(L, 3, &mlpl_tensor_class);
    if (!from && lua_type(L, 3) != LUA_TNUMBER && !lua_isboolean(L, 3))
        return mlpl_errorf(L, "assignment: got a %s, expected a number or a Tensor", luaL_typename(L, 3));
    if (picks && picks->dtype == MLP_BOOL) {
        if (!from) from = mlpl_number(L, 3, t->dtype);
        return mlp_op_mask_write_(t, picks, from, &err) ? mlpl_raise(L, &err) : 0;
    }
    if (picks) return mlpl_errorf(L, "assignment: an index tensor picks a copy; assign row by row, or use a bool mask");
    mlp_tensor *part = push_part(L, t, 2);
    if (from) return mlp_op_copy_(part, from, &err) ? mlpl_raise(L, &err) : 0;
    mlpl_fill(L, part, 3);
    return 0;
}

/* ---- fields ---- */

static int get_shape(lua_State *L)
{
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    lua_createtable(L, t->ndim, 0);
    for (int i = 0; i < t->ndim; i++) {
        lua_pushinteger(L, t->shape[i]);
        lua_rawseti(L, -2, i + 1);
    }
    mlpl_mark_list(L);
    return 1;
}

static int get_dtype(lua_State *L)
{
    lua_pushstring(L, mlp_dtype_name(mlpl_check_tensor(L, 1)->dtype));
    return 1;
}

static int get_ndim(lua_State *L)
{
    lua_pushinteger(L, mlpl_check_tensor(L, 1)->ndim);
    return 1;
}

/* ---- values ---- */

static void push_value(lua_State *L, const mlp_tensor *t, const int64_t *index)
{
    if (t->dtype == MLP_I64) {
        int64_t at = 0;
        for (int i = 0; i < t->ndim; i++) at += index[i] * t->stride[i];
        lua_pushinteger(L, ((const int64_t *)mlp_tensor_data(t))[at]);
    } else if (t->dtype == MLP_BOOL) {
        lua_pushboolean(L, mlp_tensor_at(t, index) != 0);
    } else if (!mlp_dtype_is_float(t->dtype)) {
        lua_pushinteger(L, (lua_Integer)mlp_tensor_at(t, index));
    } else {
        lua_pushnumber(L, mlp_tensor_at(t, index));
    }
}

static int tensor_item(lua_State *L) /* t:item() -> the number in a tensor of one element */
{
    static const int64_t zero[MLP_MAX_DIMS] = { 0 };
    mlp_error err;
    double value;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    if (mlp_tensor_item(&value, t, &err)) return mlpl_raise(L, &err);
    push_value(L, t, zero);
    return 1;
}

static void push_list(lua_State *L, const mlp_tensor *t, int dim, int64_t *index)
{
    if (dim == t->ndim) {
        push_value(L, t, index);
        return;
    }
    luaL_checkstack(L, 4, "the tensor is too deep");
    lua_createtable(L, (int)t->shape[dim], 0);
    for (int64_t i = 0; i < t->shape[dim]; i++) {
        index[dim] = i;
        push_list(L, t, dim + 1, index);
        lua_rawseti(L, -2, i + 1);
    }
}

static int tensor_tolist(lua_State *L) /* t:tolist() -> nested tables of numbers */
{
    int64_t index[MLP_MAX_DIMS] = { 0 };
    push_list(L, mlpl_check_tensor(L, 1), 0, index);
    return 1;
}

static int tensor_length(lua_State *L) /* #t: the size of the first dimension */
{
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    if (t->ndim == 0) return mlpl_errorf(L, "#: a scalar tensor has no length");
    lua_pushinteger(L, t->shape[0]);
    return 1;
}

static mlp_print_options print_options; /* of tostring */

/* set_printoptions { precision = 4, threshold = 1000, edgeitems = 3, linewidth = 80 }: what is left out stays; returns
 * what they were */
static int set_printoptions(lua_State *L)
{
    static const char *const known[] = { "precision", "threshold", "edgeitems", "linewidth", NULL };
    static const struct {
        int least, most;
    } limits[] = { { 0, 17 }, { 0, 1000000 }, { 1, 1000 }, { 20, 10000 } };
    mlpl_options o = mlpl_options_at(L, 1, "set_printoptions", known);
    mlp_print_options changed = print_options;
    int *values[] = { &changed.precision, &changed.threshold, &changed.edge_items, &changed.line_width };
    lua_createtable(L, 0, 4);
    for (int i = 0; known[i]; i++) {
        lua_pushinteger(L, *values[i]);
        lua_setfield(L, -2, known[i]);
        int64_t value = mlpl_option_integer(&o, known[i], *values[i]);
        if (value < limits[i].least || value > limits[i].most)
            return mlpl_errorf(L, "set_printoptions: %s is %I, expected %d to %d", known[i], (LUAI_UACINT)value,
                               limits[i].least, limits[i].most);
        *values[i] = (int)value;
    }
    print_options = changed;
    return 1;
}

static int tensor_tostring(lua_State *L)
{
    mlp_tensor *t = mlpl_test(L, 1, &mlpl_tensor_class);
    if (!t) {
        lua_pushliteral(L, "Tensor (closed)");
        return 1;
    }
    mlp_error err;
    char *text = NULL;
    if (mlp_tensor_text(&text, t, &print_options, &err)) return mlpl_raise(L, &err);
    return mlpl_push_owned(L, text, strlen(text));
}

static int tensor_concat(lua_State *L)
{
    luaL_tolstring(L, 1, NULL);
    luaL_tolstring(L, 2, NULL);
    lua_concat(L, 2);
    return 1;
}

/* a:equal(b) and a == b: the same shape and the same values */
static int tensor_equal(lua_State *L)
{
    mlp_error err;
    mlp_tensor *a = mlpl_test(L, 1, &mlpl_tensor_class), *b = mlpl_test(L, 2, &mlpl_tensor_class);
    bool equal = false;
    if (a && b && mlp_tensor_equal(&equal, a, b, &err)) return mlpl_raise(L, &err);
    lua_pushboolean(L, equal);
    return 1;
}

static int no_order(lua_State *L)
{
    return mlpl_errorf(L, "tensors are compared element by element with a:lt(b), a:le(b), a:gt(b), a:ge(b); "
                          "Lua's < and <= can only give one answer");
}

/* An operator that the Lua library computes: the method of that name, on two operands. */
static int by_method(lua_State *L, const char *name)
{
    lua_settop(L, 2);
    luaL_getmetatable(L, mlpl_tensor_class.name);
    lua_getfield(L, -1, "methods");
    lua_getfield(L, -1, name);
    lua_insert(L, 1);
    lua_settop(L, 3);
    lua_call(L, 2, 1);
    return 1;
}

static int tensor_idiv(lua_State *L)
{
    return by_method(L, "floor_divide");
}

static int tensor_mod(lua_State *L)
{
    return by_method(L, "remainder");
}

static int is_tensor(lua_State *L)
{
    lua_pushboolean(L, mlpl_test(L, 1, &mlpl_tensor_class) != NULL);
    return 1;
}

int mlpl_open_tensor(lua_State *L)
{
    static const mlpl_function methods[] = {
        { "item", tensor_item, 1 },
        { "tolist", tensor_tolist, 1 },
        { "equal", tensor_equal, 2 },
        { NULL, NULL, 0 },
    };
    static const luaL_Reg meta[] = {
        { "__index", tensor_index },
        { "__newindex", tensor_newindex },
        { "__len", tensor_length },
        { "__tostring", tensor_tostring },
        { "__concat", tensor_concat },
        { "__eq", tensor_equal },
        { "__idiv", tensor_idiv },
        { "__mod", tensor_mod },
        { "__lt", no_order },
        { "__le", no_order },
        { NULL, NULL },
    };
    static const luaL_Reg getters[] = {
        { "shape", get_shape },
        { "dtype", get_dtype },
        { "ndim", get_ndim },
        { NULL, NULL },
    };
    static const mlpl_function functions[] = {
        { "is_tensor", is_tensor, 1 },
        { "set_printoptions", set_printoptions, 1 },
        { "cat", mlpl_tensor_cat, 2 },
        { "stack", mlpl_tensor_stack, 2 },
        { "where", mlpl_tensor_where, 3 },
        { "result_type", mlpl_tensor_result_type, 2 },
        { NULL, NULL, 0 },
    };
    print_options = mlp_print_defaults();
    mlpl_class_register(L, &mlpl_tensor_class, methods, meta);
    luaL_getmetatable(L, mlpl_tensor_class.name);
    lua_newtable(L);
    lua_setfield(L, -2, "getters");
    lua_newtable(L);
    lua_setfield(L, -2, "elsewhere");
    lua_pop(L, 1);
    mlpl_tensor_extend(L, mlpl_tensor_shape_methods, getters);
    mlpl_tensor_extend(L, mlpl_tensor_op_methods, NULL);
    mlpl_tensor_extend(L, mlpl_tensor_reduce_methods, NULL);
    mlpl_tensor_extend(L, mlpl_tensor_mask_methods, NULL);
    mlpl_tensor_add_elementwise(L);
    mlpl_tensor_add_reductions(L);
    mlpl_new_functions(L, functions);
    mlpl_tensor_add_constructors(L);
    luaL_getmetatable(L, mlpl_tensor_class.name); /* the Lua library adds methods that are made of others */
    lua_getfield(L, -1, "methods");
    lua_setfield(L, -3, "methods");
    lua_getfield(L, -1, "elsewhere"); /* as what others call them, for messages */
    lua_setfield(L, -3, "elsewhere");
    lua_pop(L, 1);
    return 1;
}
