/* tensor_ops.c - element-wise functions, products, in-place functions, joining. */
#include "tensor.h"

#include "autograd/formula.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- element-wise ---- */

int mlpl_tensor_binary(lua_State *L, mlp_binary_op op)
{
    mlp_error err;
    mlp_tensor *a = mlpl_test(L, 1, &mlpl_tensor_class), *b = mlpl_test(L, 2, &mlpl_tensor_class);
    bool number = lua_type(L, a ? 2 : 1) == LUA_TNUMBER;
    if (!a && !b) return mlpl_arg_error(L, lua_type(L, 1) == LUA_TNUMBER ? 2 : 1, "a Tensor");
    if (!a && !number) return mlpl_arg_error(L, 1, "a Tensor or a number");
    if (a && !b && !number) return mlpl_arg_error(L, 2, "a Tensor or a number");
    if (a && b) {
        mlp_tensor **out = mlpl_push_tensor(L);
        return mlpl_done(L, mlp_op_binary(out, op, a, b, &err), &err);
    }
    int at = a ? 2 : 1;
    double value = lua_tonumber(L, at);
    bool integer = lua_isinteger(L, at);
    if (integer && fabs(value) >= 0x1p53 && (a ? a : b)->dtype == MLP_I64) { /* a double would round it */
        mlp_tensor *exact = mlpl_number(L, at, MLP_I64), **y = mlpl_push_tensor(L);
        return mlpl_done(L, mlp_op_binary(y, op, a ? a : exact, a ? exact : b, &err), &err);
    }
    mlp_tensor **out = mlpl_push_tensor(L);
    return mlpl_done(L, mlp_op_binary_number(out, op, a ? a : b, value, integer, !a, &err), &err);
}

static int binary(lua_State *L)
{
    return mlpl_tensor_binary(L, (mlp_binary_op)lua_tointeger(L, lua_upvalueindex(1)));
}

/* What stands after the operand: { alpha = } for add and sub, nothing for the others. */
static double alpha_of(lua_State *L, mlp_binary_op op, const char *suffix)
{
    static const char *const known[] = { "alpha", NULL };
    if (lua_isnoneornil(L, 3)) return 1;
    const char *who = lua_pushfstring(L, "%s%s", mlp_binary_name(op), suffix);
    if (op != MLP_ADD && op != MLP_SUB)
        mlpl_errorf(L, "%s takes one argument, got another %s", who, luaL_typename(L, 3));
    mlpl_options o = mlpl_options_at(L, 3, who, known);
    return mlpl_option_number(&o, "alpha", 1);
}

/* t:add(b, { alpha = }): t + alpha * b; the same for sub. The others are their operators. */
static int binary_method(lua_State *L)
{
    mlp_binary_op op = (mlp_binary_op)lua_tointeger(L, lua_upvalueindex(1));
    mlpl_check_tensor(L, 1);
    double alpha = alpha_of(L, op, "");
    lua_settop(L, 2);
    if (alpha == 1) return mlpl_tensor_binary(L, op);
    mlp_error err;
    mlp_tensor *b = mlpl_test(L, 2, &mlpl_tensor_class);
    if (!b && lua_type(L, 2) != LUA_TNUMBER) return mlpl_arg_error(L, 2, "a Tensor or a number");
    bool whole = alpha == floor(alpha) && fabs(alpha) <= 0x1p53;
    if (b) {
        mlp_tensor **out = mlpl_push_tensor(L);
        if (mlp_op_binary_number(out, MLP_MUL, b, alpha, whole, false, &err)) return mlpl_raise(L, &err);
    } else if (whole && lua_isinteger(L, 2)) {
        lua_pushinteger(L, (lua_Integer)((uint64_t)(int64_t)alpha * (uint64_t)lua_tointeger(L, 2)));
    } else {
        lua_pushnumber(L, alpha * lua_tonumber(L, 2));
    }
    lua_replace(L, 2);
    return mlpl_tensor_binary(L, op);
}

static int unary(lua_State *L)
{
    mlp_error err;
    mlp_tensor *x = mlpl_check_tensor(L, 1);
    mlp_unary_op op = (mlp_unary_op)lua_tointeger(L, lua_upvalueindex(1));
    mlp_tensor **out = mlpl_push_tensor(L);
    return mlpl_done(L, mlp_op_unary(out, op, x, &err), &err);
}

/* The number at `arg` times alpha, as a scalar tensor to write into t: of t's type where that holds it, exact where it
 * is whole. Pushed in a box and returned, borrowed. */
static mlp_tensor *scaled_number(lua_State *L, int arg, double alpha, const mlp_tensor *t)
{
    if (alpha != 1) {
        lua_pushnumber(L, alpha * lua_tonumber(L, arg));
        lua_replace(L, arg);
    }
    double value = lua_tonumber(L, arg);
    bool whole = value == floor(value);
    return mlpl_number(L, arg, mlp_dtype_is_float(t->dtype) ? t->dtype : whole ? MLP_I64 : MLP_F32);
}

/* t:add_(b, { alpha = }), sub_, mul_, div_, pow_: write into t */
static int binary_in_place(lua_State *L)
{
    mlp_error err;
    mlp_binary_op op = (mlp_binary_op)lua_tointeger(L, lua_upvalueindex(1));
    mlp_tensor *a = mlpl_check_tensor(L, 1), *b = mlpl_test(L, 2, &mlpl_tensor_class);
    if (!b && lua_type(L, 2) != LUA_TNUMBER) return mlpl_arg_error(L, 2, "a Tensor or a number");
    double alpha = alpha_of(L, op, "_");
    if (!b) b = scaled_number(L, 2, alpha, a), alpha = 1;
    if (mlp_op_binary_(a, op, alpha, b, &err)) return mlpl_raise(L, &err);
    lua_settop(L, 1);
    return 1;
}

static void add_function(lua_State *L, lua_CFunction fn, int op, int most, const char *name)
{
    lua_pushinteger(L, op);
    mlpl_push_function(L, fn, most);
    lua_setfield(L, -2, name);
}

void mlpl_tensor_add_elementwise(lua_State *L)
{
    static const struct {
        const char *name;
        mlp_binary_op op;
    } operators[] = {
        { "__add", MLP_ADD }, { "__sub", MLP_SUB }, { "__mul", MLP_MUL }, { "__div", MLP_DIV }, { "__pow", MLP_POW }
    };
    luaL_getmetatable(L, mlpl_tensor_class.name);
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        add_function(L, binary, operators[i].op, 2, operators[i].name);
    add_function(L, unary, MLP_NEG, 2, "__unm");
    lua_getfield(L, -1, "methods");
    for (int op = 0; op < MLP_UNARY_COUNT; op++) add_function(L, unary, op, 1, mlp_unary_name((mlp_unary_op)op));
    for (int op = 0; op < MLP_BINARY_COUNT; op++) {
        const char *name = mlp_binary_name((mlp_binary_op)op);
        add_function(L, binary_method, op, 3, name);
        if (op <= MLP_POW) {
            const char *in_place = lua_pushfstring(L, "%s_", name);
            lua_insert(L, -2);
            add_function(L, binary_in_place, op, 3, in_place);
            lua_remove(L, -2);
        }
    }
    lua_pop(L, 2);
}

/* ---- clamp ---- */

/* A bound of clamp: a number, or a tensor that broadcasts. */
typedef struct bound {
    double number;
    mlp_tensor *tensor; /* NULL: a number */
} bound;

static bound bound_at(lua_State *L, int arg, double absent)
{
    bound b = { absent, NULL };
    if (lua_isnoneornil(L, arg)) return b;
    b.tensor = mlpl_test(L, arg, &mlpl_tensor_class);
    if (!b.tensor && lua_type(L, arg) != LUA_TNUMBER) mlpl_arg_error(L, arg, "a number or a Tensor");
    if (!b.tensor) b.number = lua_tonumber(L, arg);
    return b;
}

/* The bounds of clamp(min, max) or clamp{min = , max = }, which stand at 2 and 3 afterwards. */
static void bounds(lua_State *L, bound *low, bound *high)
{
    static const char *const known[] = { "min", "max", NULL };
    if (lua_istable(L, 2)) {
        mlpl_last(L, 2);
        mlpl_options_at(L, 2, "clamp", known);
        lua_settop(L, 3);
        lua_getfield(L, 2, "min");
        lua_getfield(L, 2, "max");
        lua_replace(L, 3);
        lua_replace(L, 2);
    }
    lua_settop(L, 3);
    if (lua_isnil(L, 2) && lua_isnil(L, 3))
        mlpl_errorf(L,
                    "clamp: got no bounds, expected a smallest or a largest value: clamp(min, max) or clamp { max = }");
    *low = bound_at(L, 2, -INFINITY);
    *high = bound_at(L, 3, INFINITY);
}

/* x, or the bound where x is beyond it (by: below or above). */
static mlp_tensor *within(mlp_formula *f, mlp_tensor *x, const bound *b, mlp_binary_op by)
{
    mlp_tensor *limit = b->tensor;
    if (!x || (!limit && isinf(b->number))) return x;
    if (!limit) limit = mlp_f_scalar(f, x->dtype, b->number);
    return mlp_f_where(f, mlp_f_binary(f, by, x, limit), limit, x);
}

static mlp_status clamped(mlp_tensor **out, mlp_tensor *x, const bound *low, const bound *high, mlp_error *err)
{
    if (!low->tensor && !high->tensor) return mlp_op_clamp(out, x, low->number, high->number, err);
    mlp_formula f = mlp_formula_begin(err);
    mlp_tensor *above = within(&f, x, low, MLP_LT);
    return mlp_formula_end(&f, out, within(&f, above, high, MLP_GT));
}

static int tensor_clamp(lua_State *L)
{
    mlp_error err;
    bound low, high;
    mlp_tensor *x = mlpl_check_tensor(L, 1);
    bounds(L, &low, &high);
    mlp_tensor **out = mlpl_push_tensor(L);
    return mlpl_done(L, clamped(out, x, &low, &high, &err), &err);
}

static int tensor_clamp_(lua_State *L)
{
    mlp_error err;
    bound low, high;
    mlp_tensor *x = mlpl_check_tensor(L, 1);
    bounds(L, &low, &high);
    if (low.tensor || high.tensor) {
        mlp_tensor **y = mlpl_push_tensor(L);
        if (clamped(y, x, &low, &high, &err) || mlp_op_copy_(x, *y, &err)) return mlpl_raise(L, &err);
    } else if (mlp_op_clamp_(x, low.number, high.number, &err)) {
        return mlpl_raise(L, &err);
    }
    lua_settop(L, 1);
    return 1;
}

/* ---- writing ---- */

static int tensor_fill_(lua_State *L)
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    if (lua_type(L, 2) != LUA_TNUMBER && !lua_isboolean(L, 2)) return mlpl_arg_error(L, 2, "a number");
    if (mlp_may_write(t, "fill_", &err)) return mlpl_raise(L, &err);
    mlpl_fill(L, t, 2);
    lua_settop(L, 1);
    return 1;
}

static int tensor_zero_(lua_State *L)
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    if (mlp_may_write(t, "zero_", &err) || mlp_op_fill_(t, 0, &err)) return mlpl_raise(L, &err);
    lua_settop(L, 1);
    return 1;
}

static int tensor_copy_(lua_State *L)
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1), *from = mlpl_check_tensor(L, 2);
    if (mlp_op_copy_(t, from, &err)) return mlpl_raise(L, &err);
    lua_settop(L, 1);
    return 1;
}

/* How a write of constants into the tensor at 1 ends: it is the result. */
static int written(lua_State *L, mlp_tensor *t)
{
    mlp_error err;
    if (mlp_overwritten(t, &err)) return mlpl_raise(L, &err);
    lua_settop(L, 1);
    return 1;
}

static int tensor_uniform_(lua_State *L) /* t:uniform_([low = 0, high = 1]) */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    double low = luaL_optnumber(L, 2, 0), high = luaL_optnumber(L, 3, 1);
    if (mlp_may_write(t, "uniform_", &err) || mlp_tensor_uniform_(t, low, high, mlpl_generator(), &err))
        return mlpl_raise(L, &err);
    return written(L, t);
}

static int tensor_normal_(lua_State *L) /* t:normal_([mean = 0, std = 1]) */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    double mean = luaL_optnumber(L, 2, 0), std = luaL_optnumber(L, 3, 1);
    if (mlp_may_write(t, "normal_", &err) || mlp_tensor_normal_(t, mean, std, mlpl_generator(), &err))
        return mlpl_raise(L, &err);
    return written(L, t);
}

static int tensor_bernoulli_(lua_State *L) /* t:bernoulli_([p = 0.5]): 1 with probability p, else 0 */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    double p = luaL_optnumber(L, 2, 0.5);
    if (mlp_may_write(t, "bernoulli_", &err) || mlp_tensor_bernoulli_(t, p, mlpl_generator(), &err))
        return mlpl_raise(L, &err);
    return written(L, t);
}

/* ---- products ---- */

static int tensor_matmul(lua_State *L) /* a:matmul(b) */
{
    mlp_error err;
    mlp_tensor *a = mlpl_check_tensor(L, 1), *b = mlpl_check_tensor(L, 2);
    mlp_tensor **out = mlpl_push_tensor(L);
    return mlpl_done(L, mlp_op_matmul(out, a, b, &err), &err);
}

/* ---- joining and choosing ---- */

int mlpl_tensor_result_type(lua_State *L) /* result_type(a, b): tensors, or one of them a number */
{
    mlp_tensor *a = mlpl_test(L, 1, &mlpl_tensor_class), *b = mlpl_test(L, 2, &mlpl_tensor_class);
    int number = a ? 2 : 1;
    if (!a && !b) return mlpl_arg_error(L, 1, "a Tensor");
    if (!(a && b) && lua_type(L, number) != LUA_TNUMBER) return mlpl_arg_error(L, number, "a Tensor or a number");
    mlp_dtype dtype =
        a && b ? mlp_tensor_result_type(a, b)
               : mlp_dtype_with_number((a ? a : b)->dtype, lua_tonumber(L, number), lua_isinteger(L, number));
    lua_pushstring(L, mlp_dtype_name(dtype));
    return 1;
}

/* Reads the list of tensors at argument 1 into memory that Lua owns. */
static mlp_tensor **list_of(lua_State *L, int *count)
{
    if (!lua_istable(L, 1)) mlpl_arg_error(L, 1, "a list of tensors");
    int n = (int)mlpl_length(L, 1);
    mlp_tensor **list = lua_newuserdatauv(L, sizeof *list * ((size_t)n + 1), 0);
    for (int i = 0; i < n; i++) {
        lua_rawgeti(L, 1, i + 1);
        list[i] = mlpl_test(L, -1, &mlpl_tensor_class);
        if (!list[i]) mlpl_errorf(L, "entry %d of the list is a %s, expected a Tensor", i + 1, luaL_typename(L, -1));
        lua_pop(L, 1); /* the list keeps it */
    }
    *count = n;
    return list;
}

/* cat(list [, dim = 1]) or cat(list, { dim = }) */
static int joined(lua_State *L, bool stack)
{
    static const char *const known[] = { "dim", NULL };
    mlp_error err;
    int count, dim = 0;
    mlp_tensor **list = list_of(L, &count);
    int ndim = count > 0 ? list[0]->ndim + stack : 1;
    if (lua_istable(L, 2)) {
        mlpl_options o = mlpl_options_at(L, 2, stack ? "stack" : "cat", known);
        dim = mlpl_option_dim(&o, ndim, 0);
    } else if (lua_type(L, 2) == LUA_TNUMBER) {
        dim = mlpl_dim(L, 2, ndim);
    }
    mlp_tensor **out = mlpl_push_tensor(L);
    mlp_status st = stack ? mlp_op_stack(out, list, count, dim, &err) : mlp_op_cat(out, list, count, dim, &err);
    return mlpl_done(L, st, &err);
}

int mlpl_tensor_cat(lua_State *L)
{
    return joined(L, false);
}

int mlpl_tensor_stack(lua_State *L)
{
    return joined(L, true);
}

static int tensor_index_select(lua_State *L) /* t:index_select(dim, index): index counts from 1 */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    int dim = mlpl_dim(L, 2, t->ndim);
    mlp_tensor *index = mlpl_places(L, 3, t, dim, "index_select");
    mlp_tensor **out = mlpl_push_tensor(L);
    return mlpl_done(L, mlp_op_index_select(out, t, dim, index, &err), &err);
}

static int tensor_gather(lua_State *L) /* t:gather(dim, index): index counts from 1 */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    int dim = mlpl_dim(L, 2, t->ndim);
    mlp_tensor *index = mlpl_places(L, 3, t, dim, "gather");
    mlp_tensor **out = mlpl_push_tensor(L);
    return mlpl_done(L, mlp_op_gather(out, t, dim, index, &err), &err);
}

static int tensor_index_add(lua_State *L) /* t:index_add(dim, index, source): index counts from 1 */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1), *source = mlpl_check_tensor(L, 4);
    int dim = mlpl_dim(L, 2, t->ndim);
    mlp_tensor *index = mlpl_places(L, 3, t, dim, "index_add"), **out = mlpl_push_tensor(L);
    return mlpl_done(L, mlp_op_index_add(out, t, dim, index, source, &err), &err);
}

static int tensor_scatter_add(lua_State *L) /* t:scatter_add(dim, index, source): index counts from 1 */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1), *source = mlpl_check_tensor(L, 4);
    int dim = mlpl_dim(L, 2, t->ndim);
    mlp_tensor *index = mlpl_places(L, 3, t, dim, "scatter_add"), **out = mlpl_push_tensor(L);
    return mlpl_done(L, mlp_op_scatter_add(out, t, dim, index, source, &err), &err);
}

const mlpl_function mlpl_tensor_op_methods[] = {
    { "clamp", tensor_clamp, 3 },
    { "clamp_", tensor_clamp_, 3 },
    { "fill_", tensor_fill_, 2 },
    { "zero_", tensor_zero_, 1 },
    { "copy_", tensor_copy_, 2 },
    { "uniform_", tensor_uniform_, 3 },
    { "normal_", tensor_normal_, 3 },
    { "bernoulli_", tensor_bernoulli_, 2 },
    { "matmul", tensor_matmul, 2 },
    { "mm", tensor_matmul, 2 },
    { "index_select", tensor_index_select, 3 },
    { "gather", tensor_gather, 3 },
    { "index_add", tensor_index_add, 4 },
    { "scatter_add", tensor_scatter_add, 4 },
    { NULL, NULL, 0 },
};
