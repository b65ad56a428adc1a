/* tensor_create.c - the constructors in core.tensor, and the generator behind ml.manual_seed. */
#include "tensor.h"

#include <string.h>

/* ---- the generator ---- */

static struct {
    bool ready;
    uint64_t seed;
    mlp_rng rng;
} generator;

mlp_rng *mlpl_generator(void)
{
    if (!generator.ready) {
        generator.ready = true;
        generator.rng = mlp_rng_stream(generator.seed, MLP_FOR_USER, 0, 0, 0);
    }
    return &generator.rng;
}

uint64_t mlpl_seed(void)
{
    return generator.seed;
}

static int manual_seed(lua_State *L) /* manual_seed(seed): everything random that follows depends on it alone */
{
    int ok = lua_type(L, 1) == LUA_TNUMBER;
    lua_Integer seed = ok ? lua_tointegerx(L, 1, &ok) : 0;
    if (!ok) return mlpl_arg_error(L, 1, "a seed, a whole number");
    generator.seed = (uint64_t)seed;
    generator.ready = false;
    return 0;
}

static int initial_seed(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)mlpl_seed());
    return 1;
}

static int get_rng_state(lua_State *L) /* get_rng_state() -> a string for set_rng_state */
{
    const mlp_rng *r = mlpl_generator();
    lua_pushfstring(L, "%I %I %I %I %d %I %I %I %I", (LUAI_UACINT)generator.seed, (LUAI_UACINT)r->key,
                    (LUAI_UACINT)r->stream, (LUAI_UACINT)r->counter, r->used, (LUAI_UACINT)r->word[0],
                    (LUAI_UACINT)r->word[1], (LUAI_UACINT)r->word[2], (LUAI_UACINT)r->word[3]);
    return 1;
}

static int set_rng_state(lua_State *L)
{
    enum { FIELDS = 9 };
    const char *text = luaL_checkstring(L, 1);
    int64_t v[FIELDS];
    int n = 0;
    const char *p = text;
    for (; n < FIELDS && *p; n++) {
        bool minus = *p == '-';
        uint64_t x = 0;
        if (minus) p++;
        if (*p < '0' || *p > '9') break;
        while (*p >= '0' && *p <= '9') x = x * 10 + (uint64_t)(*p++ - '0');
        v[n] = (int64_t)(minus ? 0 - x : x);
        if (*p == ' ' && n + 1 < FIELDS) p++;
        else if (*p) break;
    }
    if (n != FIELDS || *p || v[4] < 0 || v[4] > 4)
        return mlpl_errorf(L, "set_rng_state: the text is not from get_rng_state");
    generator.ready = true;
    generator.seed = (uint64_t)v[0];
    generator.rng =
        (mlp_rng){ .key = (uint64_t)v[1], .stream = (uint64_t)v[2], .counter = (uint64_t)v[3], .used = (int)v[4] };
    for (int i = 0; i < 4; i++) generator.rng.word[i] = (uint32_t)v[5 + i];
    return 0;
}

/* ---- options of constructors ---- */

static const char *const known[] = { "dtype", "requires_grad", NULL };

static mlp_dtype option_dtype(lua_State *L, const mlpl_options *o, mlp_dtype fallback)
{
    const char *name = mlpl_option_string(o, "dtype", NULL);
    return name ? mlpl_dtype(L, name) : fallback;
}

static int finish(lua_State *L, const mlpl_options *o, mlp_tensor *t)
{
    mlp_error err;
    if (mlpl_option_boolean(o, "requires_grad", false) && mlp_requires_grad_(t, true, &err)) return mlpl_raise(L, &err);
    mlpl_account(L);
    return 1;
}

/* ---- tensor(values) ---- */

typedef struct nested {
    lua_State *L;
    int ndim;
    int64_t shape[MLP_MAX_DIMS];
    bool floats, integers;
    mlp_tensor *t; /* NULL on the first pass, which only looks */
    int64_t index[MLP_MAX_DIMS];
} nested;

static void visit(nested *n, int dim)
{
    lua_State *L = n->L;
    if (lua_istable(L, -1)) {
        int64_t count = mlpl_length(L, -1);
        if (dim == n->ndim)
            mlpl_errorf(L, "tensor: the table is deeper in one place (dimension %d) than before", dim + 1);
        if (count != n->shape[dim])
            mlpl_errorf(L, "tensor: in dimension %d one table has %I values and another %I: all must have the same",
                        dim + 1, (LUAI_UACINT)n->shape[dim], (LUAI_UACINT)count);
        luaL_checkstack(L, 4, "tensor: the table is too deep");
        for (int64_t i = 0; i < count; i++) {
            n->index[dim] = i;
            lua_rawgeti(L, -1, i + 1);
            visit(n, dim + 1);
            lua_pop(L, 1);
        }
        return;
    }
    if (dim != n->ndim) mlpl_errorf(L, "tensor: a value stands where a table was expected (dimension %d)", dim + 1);
    if (lua_type(L, -1) != LUA_TNUMBER && !lua_isboolean(L, -1))
        mlpl_errorf(L, "tensor: a value is a %s, expected a number", luaL_typename(L, -1));
    if (!n->t) {
        if (lua_isinteger(L, -1)) n->integers = true;
        else if (!lua_isboolean(L, -1)) n->floats = true;
        return;
    }
    if (n->t->dtype == MLP_I64 && lua_isinteger(L, -1)) {
        int64_t at = 0;
        for (int i = 0; i < n->ndim; i++) at += n->index[i] * n->t->stride[i];
        ((int64_t *)mlp_tensor_data(n->t))[at] = lua_tointeger(L, -1);
    } else {
        mlp_tensor_put(n->t, n->index, mlpl_value(L, lua_gettop(L), n->t->dtype));
    }
}

int mlpl_tensor_create(lua_State *L) /* tensor(number | nested table | tensor, { dtype, requires_grad }) */
{
    mlp_error err;
    luaL_checkany(L, 1);
    mlpl_options o = mlpl_options_at(L, 2, "tensor", known);
    lua_settop(L, 2);
    mlp_tensor *from = mlpl_test(L, 1, &mlpl_tensor_class);
    if (from) {
        mlp_tensor **out = mlpl_push_tensor(L);
        if (mlp_tensor_cast(out, from, option_dtype(L, &o, from->dtype), &err)) return mlpl_raise(L, &err);
        return finish(L, &o, *out);
    }
    nested n = { .L = L };
    lua_pushvalue(L, 1);
    int depth = 0;
    while (lua_istable(L, -1)) { /* the first value of each level tells the shape */
        if (n.ndim == MLP_MAX_DIMS) return mlpl_errorf(L, "tensor: a tensor has at most %d dimensions", MLP_MAX_DIMS);
        n.shape[n.ndim++] = mlpl_length(L, -1);
        depth++;
        if (lua_rawgeti(L, -1, 1) == LUA_TNIL) break;
    }
    lua_settop(L, 2);
    lua_pushvalue(L, 1);
    visit(&n, 0);
    bool empty = n.ndim > 0 && n.shape[n.ndim - 1] == 0;
    mlp_dtype natural = n.floats || empty ? MLP_F32 : n.integers ? MLP_I64 : MLP_BOOL;
    mlp_tensor **out = mlpl_push_tensor(L);
    if (mlp_tensor_new(out, option_dtype(L, &o, natural), n.ndim, n.shape, &err)) return mlpl_raise(L, &err);
    n.t = *out;
    lua_pushvalue(L, 1);
    visit(&n, 0);
    lua_pop(L, 1);
    return finish(L, &o, *out);
}

/* ---- constants ---- */

static int filled(lua_State *L, const char *who, double value)
{
    mlp_error err;
    int ndim;
    int64_t shape[MLP_MAX_DIMS];
    int next = mlpl_shape(L, 1, &ndim, shape);
    mlpl_last(L, next);
    mlpl_options o = mlpl_options_at(L, next, who, known);
    mlp_dtype dtype = option_dtype(L, &o, MLP_F32);
    mlp_tensor **out = mlpl_push_tensor(L);
    mlp_status st = strcmp(who, "empty") == 0 ? mlp_tensor_new(out, dtype, ndim, shape, &err)
                                              : mlp_tensor_full(out, dtype, ndim, shape, value, &err);
    return st ? mlpl_raise(L, &err) : finish(L, &o, *out);
}

static int create_zeros(lua_State *L)
{
    return filled(L, "zeros", 0);
}

static int create_ones(lua_State *L)
{
    return filled(L, "ones", 1);
}

static int create_empty(lua_State *L) /* not initialised */
{
    return filled(L, "empty", 0);
}

static int create_full(lua_State *L) /* full(shape, value, { dtype }): i64 for a whole number, as PyTorch infers it */
{
    mlp_error err;
    int ndim;
    int64_t shape[MLP_MAX_DIMS];
    if (!lua_istable(L, 1)) return mlpl_arg_error(L, 1, "a shape, a list of sizes");
    mlpl_shape(L, 1, &ndim, shape);
    bool boolean = lua_isboolean(L, 2);
    if (lua_type(L, 2) != LUA_TNUMBER && !boolean) return mlpl_arg_error(L, 2, "a number");
    mlpl_options o = mlpl_options_at(L, 3, "full", known);
    mlp_dtype dtype = option_dtype(L, &o, boolean ? MLP_BOOL : lua_isinteger(L, 2) ? MLP_I64 : MLP_F32);
    mlp_tensor **out = mlpl_push_tensor(L);
    if (mlp_tensor_new(out, dtype, ndim, shape, &err)) return mlpl_raise(L, &err);
    mlpl_fill(L, *out, 2);
    return finish(L, &o, *out);
}

static int create_arange(lua_State *L) /* arange(end) from 0, arange(start, end [, step]); end is not included */
{
    mlp_error err;
    int n = 0;
    bool integers = true;
    double v[3] = { 0, 0, 1 };
    for (; n < 3 && lua_type(L, n + 1) == LUA_TNUMBER; n++) {
        v[n] = lua_tonumber(L, n + 1);
        integers = integers && lua_isinteger(L, n + 1);
    }
    if (n == 0) return mlpl_arg_error(L, 1, "a number");
    if (n == 1) v[1] = v[0], v[0] = 0;
    mlpl_last(L, n + 1);
    mlpl_options o = mlpl_options_at(L, n + 1, "arange", known);
    mlp_dtype dtype = option_dtype(L, &o, integers ? MLP_I64 : MLP_F32);
    mlp_tensor **out = mlpl_push_tensor(L);
    if (mlp_tensor_arange(out, dtype, v[0], v[1], v[2], &err)) return mlpl_raise(L, &err);
    return finish(L, &o, *out);
}

static int create_linspace(lua_State *L) /* linspace(start, end, steps): both ends included */
{
    mlp_error err;
    double start = luaL_checknumber(L, 1), end = luaL_checknumber(L, 2);
    int64_t steps = mlpl_whole(L, 3);
    mlpl_options o = mlpl_options_at(L, 4, "linspace", known);
    mlp_dtype dtype = option_dtype(L, &o, MLP_F32);
    mlp_tensor **out = mlpl_push_tensor(L);
    if (mlp_tensor_linspace(out, dtype, start, end, steps, &err)) return mlpl_raise(L, &err);
    return finish(L, &o, *out);
}

static int create_eye(lua_State *L) /* eye(n [, m]) */
{
    mlp_error err;
    int64_t n = mlpl_whole(L, 1);
    bool two = lua_type(L, 2) == LUA_TNUMBER;
    int64_t m = two ? mlpl_whole(L, 2) : n;
    mlpl_last(L, two ? 3 : 2);
    mlpl_options o = mlpl_options_at(L, two ? 3 : 2, "eye", known);
    mlp_dtype dtype = option_dtype(L, &o, MLP_F32);
    mlp_tensor **out = mlpl_push_tensor(L);
    if (mlp_tensor_eye(out, dtype, n, m, &err)) return mlpl_raise(L, &err);
    return finish(L, &o, *out);
}

/* ---- random ---- */

typedef mlp_status (*filler)(mlp_tensor *t, mlp_error *err);

static mlp_status fill_rand(mlp_tensor *t, mlp_error *err)
{
    return mlp_tensor_uniform_(t, 0, 1, mlpl_generator(), err);
}

static mlp_status fill_randn(mlp_tensor *t, mlp_error *err)
{
    return mlp_tensor_normal_(t, 0, 1, mlpl_generator(), err);
}

static int drawn(lua_State *L, const char *who, filler fill)
{
    mlp_error err;
    int ndim;
    int64_t shape[MLP_MAX_DIMS];
    int next = mlpl_shape(L, 1, &ndim, shape);
    mlpl_last(L, next);
    mlpl_options o = mlpl_options_at(L, next, who, known);
    mlp_dtype dtype = option_dtype(L, &o, MLP_F32);
    mlp_tensor **out = mlpl_push_tensor(L);
    if (mlp_tensor_new(out, dtype, ndim, shape, &err) || fill(*out, &err)) return mlpl_raise(L, &err);
    return finish(L, &o, *out);
}

static int create_rand(lua_State *L) /* uniform in [0, 1) */
{
    return drawn(L, "rand", fill_rand);
}

static int create_randn(lua_State *L) /* normal, mean 0, standard deviation 1 */
{
    return drawn(L, "randn", fill_randn);
}

static int create_randint(lua_State *L) /* randint([low = 0,] high, shape, { dtype }): low <= x < high */
{
    mlp_error err;
    int ndim, at = lua_type(L, 2) == LUA_TNUMBER ? 3 : 2;
    int64_t shape[MLP_MAX_DIMS], low = at == 3 ? mlpl_whole(L, 1) : 0, high = mlpl_whole(L, at - 1);
    if (!lua_istable(L, at)) return mlpl_arg_error(L, at, "a shape, a list of sizes");
    int next = mlpl_shape(L, at, &ndim, shape);
    mlpl_last(L, next);
    mlpl_options o = mlpl_options_at(L, next, "randint", known);
    mlp_dtype dtype = option_dtype(L, &o, MLP_I64);
    mlp_tensor **out = mlpl_push_tensor(L);
    if (mlp_tensor_new(out, dtype, ndim, shape, &err) || mlp_tensor_randint_(*out, low, high, mlpl_generator(), &err))
        return mlpl_raise(L, &err);
    return finish(L, &o, *out);
}

static int create_randperm(lua_State *L) /* randperm(n): 1 to n in random order */
{
    mlp_error err;
    int64_t n = mlpl_whole(L, 1);
    mlp_tensor **out = mlpl_push_tensor(L);
    if (mlp_tensor_randperm(out, n, mlpl_generator(), &err)) return mlpl_raise(L, &err);
    mlpl_index_to_lua(L, *out);
    return 1;
}

/* ---- like another ---- */

typedef enum like { LIKE_EMPTY, LIKE_ZEROS, LIKE_ONES, LIKE_FULL, LIKE_RAND, LIKE_RANDN } like;
static const char *const like_names[] = { "empty_like", "zeros_like", "ones_like",
                                          "full_like",  "rand_like",  "randn_like" };

static int create_like(lua_State *L) /* zeros_like(t, { dtype }), full_like(t, value, { dtype }), ... */
{
    mlp_error err;
    like kind = (like)lua_tointeger(L, lua_upvalueindex(1));
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    if (kind == LIKE_FULL && lua_type(L, 2) != LUA_TNUMBER) return mlpl_arg_error(L, 2, "a number");
    mlpl_options o = mlpl_options_at(L, kind == LIKE_FULL ? 3 : 2, like_names[kind], known);
    mlp_dtype dtype = option_dtype(L, &o, t->dtype);
    mlp_tensor **out = mlpl_push_tensor(L);
    mlp_status st = mlp_tensor_new(out, dtype, t->ndim, t->shape, &err);
    if (!st && kind == LIKE_RAND) st = fill_rand(*out, &err);
    else if (!st && kind == LIKE_RANDN) st = fill_randn(*out, &err);
    else if (!st && (kind == LIKE_ZEROS || kind == LIKE_ONES)) st = mlp_tensor_fill_(*out, kind == LIKE_ONES, &err);
    if (st) return mlpl_raise(L, &err);
    if (kind == LIKE_FULL) mlpl_fill(L, *out, 2);
    return finish(L, &o, *out);
}

void mlpl_tensor_add_constructors(lua_State *L)
{
    static const mlpl_function functions[] = {
        { "tensor", mlpl_tensor_create, 2 },
        { "zeros", create_zeros, MLPL_FORMS },
        { "ones", create_ones, MLPL_FORMS },
        { "empty", create_empty, MLPL_FORMS },
        { "full", create_full, 3 },
        { "arange", create_arange, MLPL_FORMS },
        { "linspace", create_linspace, 4 },
        { "eye", create_eye, MLPL_FORMS },
        { "rand", create_rand, MLPL_FORMS },
        { "randn", create_randn, MLPL_FORMS },
        { "randint", create_randint, MLPL_FORMS },
        { "randperm", create_randperm, 1 },
        { "manual_seed", manual_seed, 1 },
        { "initial_seed", initial_seed, 0 },
        { "get_rng_state", get_rng_state, 0 },
        { "set_rng_state", set_rng_state, 1 },
        { NULL, NULL, 0 },
    };
    mlpl_set_functions(L, functions);
    for (int i = LIKE_EMPTY; i <= LIKE_RANDN; i++) {
        lua_pushinteger(L, i);
        mlpl_push_function(L, create_like, i == LIKE_FULL ? 3 : 2);
        lua_setfield(L, -2, like_names[i]);
    }
}
