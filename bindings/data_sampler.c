/* data_sampler.c - core.data.RandomSampler and the others, over runtime/data/sampler.h. */
#include "data.h"

#include "data/sampler.h"

static void release_sampler(void *object)
{
    mlp_sampler_release(object);
}

static const mlpl_class sampler_class = { "mlprun.Sampler", release_sampler };

static mlp_sampler **push_sampler(lua_State *L)
{
    return (mlp_sampler **)mlpl_push(L, &sampler_class);
}

mlp_sampler *mlpl_check_sampler(lua_State *L, int arg)
{
    mlp_sampler *s = mlpl_test(L, arg, &sampler_class);
    if (s) return s;
    bool list = lua_istable(L, arg) || mlpl_test(L, arg, &mlpl_tensor_class);
    if (!list)
        mlpl_errorf(L,
                    "data.DataLoader: sampler is a %s, expected a sampler such as data.RandomSampler(dataset), or a "
                    "list of sample numbers",
                    luaL_typename(L, arg));
    int64_t n;
    int64_t *index = mlpl_check_samples(L, arg, "data.DataLoader", &n);
    mlp_sampler **out = push_sampler(L);
    mlp_error err;
    if (mlp_sampler_list(out, index, n, &err)) mlpl_raise(L, &err);
    return *out;
}

/* How many samples there are to draw from: a data set, or a number of them. */
static int64_t check_source(lua_State *L, int arg)
{
    mlp_dataset *d = mlpl_test(L, arg, &mlpl_dataset_class);
    if (d) return mlp_dataset_count(d);
    int whole;
    lua_Integer n = lua_tointegerx(L, arg, &whole);
    if (!whole || lua_type(L, arg) != LUA_TNUMBER || n < 1) mlpl_arg_error(L, arg, "a Dataset or a number of samples");
    return n;
}

static int64_t check_num_samples(lua_State *L, const char *who, int64_t n)
{
    enum { MOST = 1 << 28 };
    if (n < 1 || n > MOST) mlpl_errorf(L, "%s: num_samples is %I, expected 1 to %d", who, (lua_Integer)n, MOST);
    return n;
}

static void read_seed(const mlpl_options *o, mlp_sampler_options *s)
{
    s->seeded = mlpl_option_push(o, "seed");
    if (s->seeded) lua_pop(o->L, 1);
    s->seed = (uint64_t)mlpl_option_integer(o, "seed", 0);
}

static int sequential(lua_State *L) /* SequentialSampler(dataset) */
{
    int64_t n = check_source(L, 1);
    mlp_error err;
    if (mlp_sampler_sequential(push_sampler(L), n, &err)) return mlpl_raise(L, &err);
    return 1;
}

static int
random_order(lua_State *L) /* RandomSampler(dataset, { replacement = false, num_samples = nil, seed = nil }) */
{
    static const char *const known[] = { "replacement", "num_samples", "seed", NULL };
    int64_t n = check_source(L, 1);
    mlpl_options o = mlpl_options_at(L, 2, "data.RandomSampler", known);
    mlp_sampler_options s = { .replacement = mlpl_option_boolean(&o, "replacement", false) };
    s.num_samples = check_num_samples(L, o.who, mlpl_option_integer(&o, "num_samples", n));
    read_seed(&o, &s);
    mlp_error err;
    if (mlp_sampler_random(push_sampler(L), n, &s, &err)) return mlpl_raise(L, &err);
    return 1;
}

static int subset(lua_State *L) /* SubsetRandomSampler(indices, { seed = nil }) */
{
    static const char *const known[] = { "seed", NULL };
    mlpl_options o = mlpl_options_at(L, 2, "data.SubsetRandomSampler", known);
    mlp_sampler_options s = { 0 };
    read_seed(&o, &s);
    int64_t n;
    int64_t *index = mlpl_check_samples(L, 1, o.who, &n);
    mlp_error err;
    if (mlp_sampler_subset(push_sampler(L), index, n, &s, &err)) return mlpl_raise(L, &err);
    return 1;
}

/* The numbers of a list or of a tensor of one dimension, into memory that Lua owns. */
static double *check_weights(lua_State *L, int arg, int64_t *count)
{
    mlp_tensor *t = mlpl_test(L, arg, &mlpl_tensor_class);
    if ((!t && !lua_istable(L, arg)) || (t && t->ndim != 1))
        mlpl_arg_error(L, arg, "a list of weights, one per sample");
    int64_t n = t ? t->shape[0] : mlpl_length(L, arg);
    double *weight = lua_newuserdatauv(L, (size_t)n * sizeof *weight, 0);
    for (int64_t i = 0; i < n; i++) {
        int number = 1;
        if (t) {
            weight[i] = mlp_tensor_at(t, &i);
        } else {
            lua_rawgeti(L, arg, (lua_Integer)i + 1);
            weight[i] = lua_tonumberx(L, -1, &number);
            lua_pop(L, 1);
        }
        if (!number) mlpl_errorf(L, "data.WeightedRandomSampler: weight %I is no number", (lua_Integer)i + 1);
    }
    *count = n;
    return weight;
}

static int weighted(lua_State *L) /* WeightedRandomSampler(weights, num_samples, { replacement = true, seed = nil }) */
{
    static const char *const known[] = { "replacement", "seed", NULL };
    int whole;
    lua_Integer num_samples = lua_tointegerx(L, 2, &whole);
    if (!whole || lua_type(L, 2) != LUA_TNUMBER) mlpl_arg_error(L, 2, "the number of samples to draw in an epoch");
    mlpl_options o = mlpl_options_at(L, 3, "data.WeightedRandomSampler", known);
    mlp_sampler_options s = { .replacement = mlpl_option_boolean(&o, "replacement", true) };
    s.num_samples = check_num_samples(L, o.who, num_samples);
    read_seed(&o, &s);
    int64_t n;
    double *weight = check_weights(L, 1, &n);
    mlp_error err;
    if (mlp_sampler_weighted(push_sampler(L), weight, n, &s, &err)) return mlpl_raise(L, &err);
    return 1;
}

/* ---- the object ---- */

static int sampler_indices(lua_State *L) /* sampler:indices(epoch, { seed = }) -> i64 tensor, counted from 1 */
{
    static const char *const known[] = { "seed", NULL };
    mlp_sampler *s = mlpl_check(L, 1, &sampler_class);
    lua_Integer epoch = luaL_optinteger(L, 2, 1);
    mlpl_options o = mlpl_options_at(L, 3, "indices", known);
    uint64_t seed = (uint64_t)mlpl_option_integer(&o, "seed", (int64_t)mlpl_seed());
    int64_t n = mlp_sampler_count(s);
    mlp_error err;
    mlp_tensor **t = mlpl_push_tensor(L);
    if (mlp_tensor_new(t, MLP_I64, 1, &n, &err)) return mlpl_raise(L, &err);
    if (mlp_sampler_draw(s, seed, (uint64_t)epoch, mlp_tensor_data(*t), &err)) return mlpl_raise(L, &err);
    mlpl_index_to_lua(L, *t);
    return 1;
}

static int sampler_length(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)mlp_sampler_count(mlpl_check(L, 1, &sampler_class)));
    return 1;
}

static int sampler_tostring(lua_State *L)
{
    mlp_sampler *s = mlpl_test(L, 1, &sampler_class);
    if (!s) return lua_pushliteral(L, "Sampler (closed)"), 1;
    lua_pushfstring(L, "%s: %I samples in an epoch%s", mlp_sampler_name(s), (lua_Integer)mlp_sampler_count(s),
                    mlp_sampler_options_of(s)->replacement ? ", with replacement" : "");
    return 1;
}

void mlpl_sampler_register(lua_State *L)
{
    static const mlpl_function methods[] = { { "indices", sampler_indices, 3 }, { NULL, NULL, 0 } };
    static const luaL_Reg meta[] = { { "__len", sampler_length }, { "__tostring", sampler_tostring }, { NULL, NULL } };
    mlpl_class_register(L, &sampler_class, methods, meta);
}

const mlpl_function mlpl_sampler_functions[] = {
    { "SequentialSampler", sequential, 1 },
    { "RandomSampler", random_order, 2 },
    { "SubsetRandomSampler", subset, 2 },
    { "WeightedRandomSampler", weighted, 3 },
    { NULL, NULL, 0 },
};
