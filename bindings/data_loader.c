/* data_loader.c - core.data.DataLoader and its batches. */
#include "data.h"

#include <limits.h>
#include <math.h>
#include <string.h>

static void release_loader(void *object)
{
    mlp_loader_release(object);
}

static void close_epoch(void *object)
{
    mlp_epoch_close(object);
}

static const mlpl_class loader_class = { "mlprun.DataLoader", release_loader };
static const mlpl_class epoch_class = { "mlprun.Batches", close_epoch };

/* ---- options ---- */

/* cache = "512M", a number of bytes, or false. */
static size_t read_cache(lua_State *L, const mlpl_options *o, size_t fallback)
{
    if (!mlpl_option_push(o, "cache")) return fallback;
    double bytes = -1;
    if (lua_isboolean(L, -1)) {
        bytes = lua_toboolean(L, -1) ? (double)fallback : 0;
    } else if (lua_type(L, -1) == LUA_TNUMBER) {
        bytes = lua_tonumber(L, -1);
    } else if (lua_type(L, -1) == LUA_TSTRING) {
        static const char units[] = "KMGT";
        const char *text = lua_tostring(L, -1), *unit = NULL;
        size_t n = strcspn(text, "kKmMgGtT");
        lua_pushlstring(L, text, n);
        if (text[n]) unit = strchr(units, text[n] & ~0x20);
        bool ends = !text[n] || !text[n + 1] || strcmp(text + n + 1, "B") == 0 || strcmp(text + n + 1, "iB") == 0;
        int number = 0;
        double value = lua_tonumberx(L, -1, &number);
        if (number && ends) bytes = ldexp(value, unit ? 10 * (int)(unit - units + 1) : 0);
        lua_pop(L, 1);
    }
    if (!(bytes >= 0 && bytes < 0x1p62))
        mlpl_errorf(L, "%s: cache must be a size such as \"512M\", a number of bytes, or false", o->who);
    lua_pop(L, 1);
    return (size_t)bytes;
}

static int to_int(int64_t value)
{
    return value > INT_MAX ? INT_MAX : value < INT_MIN ? INT_MIN : (int)value;
}

static int data_loader(lua_State *L) /* DataLoader(dataset, options) */
{
    static const char *const known[] = { "batch_size", "shuffle",         "drop_last", "workers", "num_workers", "seed",
                                         "prefetch",   "prefetch_factor", "cache",     "sampler", NULL };
    mlp_dataset *d = mlpl_check_dataset(L, 1);
    mlpl_options o = mlpl_options_at(L, 2, "data.DataLoader", known);
    mlp_loader_options l = mlp_loader_defaults();
    l.batch_size = mlpl_option_integer(&o, "batch_size", l.batch_size);
    l.shuffle = mlpl_option_boolean(&o, "shuffle", l.shuffle);
    l.drop_last = mlpl_option_boolean(&o, "drop_last", l.drop_last);
    l.workers = to_int(mlpl_option_integer(&o, "num_workers", l.workers));
    l.workers = to_int(mlpl_option_integer(&o, "workers", l.workers));
    l.prefetch = to_int(mlpl_option_integer(&o, "prefetch_factor", l.prefetch));
    l.prefetch = to_int(mlpl_option_integer(&o, "prefetch", l.prefetch));
    l.seed = (uint64_t)mlpl_option_integer(&o, "seed", (int64_t)mlpl_seed());
    l.cache_bytes = read_cache(L, &o, l.cache_bytes);
    if (mlpl_option_push(&o, "sampler")) l.sampler = mlpl_check_sampler(L, lua_gettop(L));
    mlp_error err;
    if (mlp_loader_new((mlp_loader **)mlpl_push(L, &loader_class), d, &l, &err)) return mlpl_raise(L, &err);
    lua_newtable(L); /* what the loader remembers for Lua: its data set, and the next epoch */
    lua_pushvalue(L, 1);
    lua_setfield(L, -2, "dataset");
    lua_pushinteger(L, 1);
    lua_setfield(L, -2, "epoch");
    lua_setiuservalue(L, -2, 1);
    return 1;
}

/* ---- the loader ---- */

static mlp_loader *check_loader(lua_State *L, int arg)
{
    return mlpl_check(L, arg, &loader_class);
}

static int loader_length(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)mlp_loader_batches(check_loader(L, 1)));
    return 1;
}

static int loader_tostring(lua_State *L)
{
    mlp_loader *l = mlpl_test(L, 1, &loader_class);
    if (!l) return lua_pushliteral(L, "DataLoader (closed)"), 1;
    const mlp_loader_options *o = mlp_loader_options_of(l);
    lua_pushfstring(
        L, "DataLoader: %I samples in %I batches of %I%s%s, %d workers",
        (lua_Integer)(o->sampler ? mlp_sampler_count(o->sampler) : mlp_dataset_count(mlp_loader_dataset(l))),
        (lua_Integer)mlp_loader_batches(l), (lua_Integer)o->batch_size,
        o->sampler   ? lua_pushfstring(L, ", drawn by a %s", mlp_sampler_name(o->sampler))
        : o->shuffle ? ", shuffled"
                     : "",
        o->drop_last ? ", last one dropped" : "", o->workers);
    return 1;
}

static int loader_method(lua_State *L) /* the default __index, with the same arguments */
{
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 2, 1);
    return 1;
}

static int loader_index(lua_State *L) /* the fields, else the methods */
{
    const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
    if (lua_isinteger(L, 2))
        return mlpl_errorf(
            L, "a DataLoader cannot be indexed with a number: for x, y in loader:batches() do ... end gives "
               "one batch after the other");
    if (strcmp(key, "close") == 0) return loader_method(L); /* closing twice does no harm */
    mlp_loader *l = check_loader(L, 1);
    const mlp_loader_options *o = mlp_loader_options_of(l);
    if (strcmp(key, "dataset") == 0 || strcmp(key, "epoch") == 0) {
        lua_getiuservalue(L, 1, 1);
        lua_getfield(L, -1, key);
        return 1;
    }
    if (strcmp(key, "batch_size") == 0) return lua_pushinteger(L, (lua_Integer)o->batch_size), 1;
    if (strcmp(key, "workers") == 0) return lua_pushinteger(L, o->workers), 1;
    if (strcmp(key, "seed") == 0) return lua_pushinteger(L, (lua_Integer)o->seed), 1;
    if (strcmp(key, "cached_bytes") == 0) return lua_pushinteger(L, (lua_Integer)mlp_loader_cached_bytes(l)), 1;
    return loader_method(L);
}

static int loader_set_epoch(lua_State *L) /* loader:set_epoch(n): what the next batches() is */
{
    check_loader(L, 1);
    int whole;
    lua_Integer n = lua_tointegerx(L, 2, &whole);
    if (!whole || n < 0 || n == LUA_MAXINTEGER) mlpl_arg_error(L, 2, "the number of an epoch");
    lua_getiuservalue(L, 1, 1);
    lua_pushinteger(L, n);
    lua_setfield(L, -2, "epoch");
    return 0;
}

static int next_batch(lua_State *L) /* images, labels, indices, number, or nil at the end */
{
    mlp_epoch *e = mlpl_check(L, 1, &epoch_class);
    mlp_tensor **images = mlpl_push_tensor(L), **labels = mlpl_push_tensor(L), **indices = mlpl_push_tensor(L);
    mlp_batch batch = { 0 };
    mlp_error err;
    if (mlp_epoch_next(&batch, e, &err)) return mlpl_raise(L, &err);
    *images = batch.images, *labels = batch.labels, *indices = batch.indices;
    if (!batch.images) return lua_pushnil(L), 1;
    mlpl_account(L);
    int at = lua_gettop(L) - 2;
    lua_pushvalue(L, at);
    if ((*labels)->dtype == MLP_I64) mlpl_index_to_lua(L, *labels);
    else lua_pushvalue(L, at + 1); /* rows of 0 and 1, which are no numbers of classes */
    mlpl_index_to_lua(L, *indices);
    lua_pushinteger(L, (lua_Integer)batch.number + 1);
    return 4;
}

/* for images, labels, indices, number in loader:batches { start = 1 } do; leaving the loop closes the epoch, which ends
 * its threads. Counts the loader's epoch up. */
static int loader_batches(lua_State *L)
{
    static const char *const known[] = { "start", NULL };
    mlp_loader *l = check_loader(L, 1);
    mlpl_options o = mlpl_options_at(L, 2, "batches", known);
    int64_t start = mlpl_option_integer(&o, "start", 1);
    lua_pushcfunction(L, next_batch);
    lua_getiuservalue(L, 1, 1);
    lua_getfield(L, -1, "epoch");
    lua_Integer epoch = lua_tointeger(L, -1);
    lua_pop(L, 1);
    mlp_epoch **e = (mlp_epoch **)mlpl_push(L, &epoch_class);
    mlp_error err;
    if (mlp_epoch_open(e, l, (uint64_t)epoch, mlpl_shifted(start), &err)) return mlpl_raise(L, &err);
    lua_pushinteger(L, epoch < LUA_MAXINTEGER ? epoch + 1 : epoch);
    lua_setfield(L, -3, "epoch");
    lua_remove(L, -2);
    lua_pushnil(L);
    lua_pushvalue(L, -2);
    return 4;
}

/* Opens the loader's next epoch for loader_call; one that a loop has left is closed. own: the loader's table. */
static void begin_walk(lua_State *L, int own)
{
    if (lua_getfield(L, own, "walk") == LUA_TUSERDATA) luaL_callmeta(L, -1, "__close");
    lua_pushcfunction(L, loader_batches);
    lua_pushvalue(L, 1);
    lua_call(L, 1, 2);
    lua_setfield(L, own, "walk");
}

/* for images, labels in loader do: the first call, without a batch, begins an epoch; the others have the last batch. */
static int loader_call(lua_State *L)
{
    enum { LAST = 3, OWN };
    check_loader(L, 1);
    lua_settop(L, LAST);
    lua_getiuservalue(L, 1, 1);
    lua_getfield(L, OWN, "last");
    if (lua_isnil(L, LAST)) begin_walk(L, OWN);
    else if (!lua_rawequal(L, -1, LAST))
        return mlpl_errorf(L, "another loop walks this DataLoader too: give each its own, with loader:batches()");
    lua_pushcfunction(L, next_batch);
    lua_getfield(L, OWN, "walk");
    lua_call(L, 1, 4);
    lua_pushvalue(L, -4);
    lua_setfield(L, OWN, "last");
    return 4;
}

static int is_loader(lua_State *L)
{
    lua_pushboolean(L, mlpl_test(L, 1, &loader_class) != NULL);
    return 1;
}

void mlpl_loader_register(lua_State *L)
{
    static const mlpl_function methods[] = {
        { "batches", loader_batches, 2 },
        { "set_epoch", loader_set_epoch, 2 },
        /* the fields, see loader_index */
        { "dataset", NULL, 0 },
        { "epoch", NULL, 0 },
        { "batch_size", NULL, 0 },
        { "workers", NULL, 0 },
        { "seed", NULL, 0 },
        { "cached_bytes", NULL, 0 },
        { NULL, NULL, 0 },
    };
    static const luaL_Reg meta[] = {
        { "__index", loader_index },
        { "__len", loader_length },
        { "__call", loader_call },
        { "__tostring", loader_tostring },
        { NULL, NULL },
    };
    mlpl_class_register(L, &loader_class, methods, meta);
    mlpl_class_register(L, &epoch_class, NULL, NULL);
}

const mlpl_function mlpl_loader_functions[] = { { "DataLoader", data_loader, 2 },
                                                { "is_loader", is_loader, 1 },
                                                { NULL, NULL, 0 } };
