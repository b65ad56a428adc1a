/* augment_lambda.c - augment.Lambda: a step of a pipeline that is a Lua function(image, rng), and the class of that
 * rng.
 *
 * The runtime calls it from deep inside a bound function, in the thread that runs Lua (a loader with such a pipeline
 * has no workers), but does not say which coroutine it is in. So each Lambda has a coroutine of its own to call the
 * function in. Errors end there, and travel through the runtime as a status. */
#include "augment.h"

#include "augment/augment.h"
#include "host/host.h"
#include "image/image.h"

#include <math.h>
#include <stdlib.h>

typedef struct lambda {
    lua_State *thread; /* where the function is called */
    mlp_rng **rng;     /* the box that the function gets; empty between calls */
    int anchor;        /* in the registry: a list of the function, the thread and the box */
} lambda;

enum { FUNCTION = 1, THREAD, RNG };

/* ---- the random numbers that the function gets ---- */

static void keep(void *object)
{
    (void)object; /* borrowed from the runtime for the time of a call */
}

static const mlpl_class rng_class = { "mlprun.Rng", keep };

static mlp_rng *check_rng(lua_State *L)
{
    if (luaL_testudata(L, 1, rng_class.name) && !mlpl_test(L, 1, &rng_class))
        mlpl_errorf(L, "this rng was for one call of the function in augment.Lambda, which is over");
    return mlpl_check(L, 1, &rng_class);
}

/* Two finite numbers from argument 2 on, or their defaults. */
static void read_two(lua_State *L, double *a, double *b)
{
    double *const to[] = { a, b };
    for (int i = 0; i < 2; i++) {
        if (lua_isnoneornil(L, 2 + i)) continue;
        if (lua_type(L, 2 + i) != LUA_TNUMBER || !isfinite(lua_tonumber(L, 2 + i)))
            mlpl_arg_error(L, 2 + i, "a number");
        *to[i] = lua_tonumber(L, 2 + i);
    }
}

static int rng_uniform(lua_State *L) /* rng:uniform(low = 0, high = 1) */
{
    mlp_rng *rng = check_rng(L);
    double low = 0, high = 1;
    read_two(L, &low, &high);
    if (!(low <= high)) return mlpl_errorf(L, "uniform: low is %f, expected at most high, %f", low, high);
    lua_pushnumber(L, mlp_rng_range(rng, low, high));
    return 1;
}

static int rng_normal(lua_State *L) /* rng:normal(mean = 0, std = 1) */
{
    mlp_rng *rng = check_rng(L);
    double mean = 0, std = 1;
    read_two(L, &mean, &std);
    lua_pushnumber(L, mean + std * mlp_rng_normal(rng));
    return 1;
}

static int rng_integer(lua_State *L) /* rng:integer(low, high), both ends included */
{
    mlp_rng *rng = check_rng(L);
    lua_Integer ends[2];
    for (int i = 0; i < 2; i++) {
        int whole;
        ends[i] = lua_tointegerx(L, 2 + i, &whole);
        if (!whole) mlpl_arg_error(L, 2 + i, "a whole number");
    }
    if (ends[0] > ends[1]) return mlpl_errorf(L, "integer: low is %I, expected at most high, %I", ends[0], ends[1]);
    lua_pushinteger(L, mlp_rng_int(rng, ends[0], ends[1]));
    return 1;
}

/* ---- one call ---- */

typedef struct call {
    const lambda *f;
    mlp_image *image, *out;
} call;

static void take_result(lua_State *L, call *c)
{
    mlp_error err;
    mlp_image *image = mlpl_test(L, -1, &mlpl_image_class);
    struct mlp_tensor *tensor = mlpl_test(L, -1, &mlpl_tensor_class);
    if (image) c->out = mlp_image_retain(image);
    else if (!tensor) mlpl_errorf(L, "the function returned %s, expected an Image or a Tensor", mlpl_push_kind(L, -1));
    else if (mlp_image_from_tensor(&c->out, tensor, false, &err)) mlpl_raise(L, &err);
}

static int protected_call(lua_State *L)
{
    call *c = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, c->f->anchor);
    lua_rawgeti(L, 2, FUNCTION);
    *mlpl_push_image(L) = mlp_image_retain(c->image);
    lua_rawgeti(L, 2, RNG);
    lua_call(L, 2, 1);
    take_result(L, c);
    return 0;
}

/* The message at the top of the stack as a status. */
static mlp_status failed(lua_State *L, mlp_error *err)
{
    if (mlp_interrupted()) return mlp_fail_interrupted(err);
    const char *text = lua_tostring(L, -1);
    return mlp_fail(err, MLP_ESTATE, "augment.Lambda: %s",
                    text ? text : "the function raised an error without a message");
}

static mlp_status call_function(void *context, mlp_image **out, mlp_image *image, mlp_rng *rng, mlp_error *err)
{
    lambda *f = context;
    lua_State *L = f->thread, *before = mlpl_signals_enter(L);
    mlp_rng *outer = *f->rng; /* a function may apply a pipeline that it is in */
    call c = { f, image, NULL };
    int top = lua_gettop(L);
    *f->rng = rng;
    lua_checkstack(L, LUA_MINSTACK);
    lua_pushcfunction(L, protected_call);
    lua_pushlightuserdata(L, &c);
    int code = lua_pcall(L, 1, 0, 0);
    *f->rng = outer;
    mlpl_signals_enter(before);
    mlp_status st = code ? failed(L, err) : MLP_OK;
    lua_settop(L, top);
    if (!st) *out = c.out;
    return st;
}

/* ---- making ---- */

static void release(void *context)
{
    lambda *f = context;
    luaL_unref(f->thread, LUA_REGISTRYINDEX, f->anchor);
    free(f);
}

/* What the function needs, in the registry. */
static void anchor(lua_State *L, lambda *f)
{
    lua_createtable(L, RNG, 0);
    lua_pushvalue(L, 1);
    lua_rawseti(L, -2, FUNCTION);
    f->thread = lua_newthread(L);
    lua_rawseti(L, -2, THREAD);
    f->rng = (mlp_rng **)mlpl_push(L, &rng_class);
    lua_rawseti(L, -2, RNG);
    f->anchor = luaL_ref(L, LUA_REGISTRYINDEX);
}

/* Pushes "script.lua:12", where the function begins. */
static const char *push_place(lua_State *L)
{
    lua_Debug at;
    lua_pushvalue(L, 1);
    lua_getinfo(L, ">S", &at);
    return lua_pushfstring(L, "%s:%d", at.short_src, at.linedefined);
}

int mlpl_augment_lambda(lua_State *L)
{
    if (lua_type(L, 1) != LUA_TFUNCTION) return mlpl_arg_error(L, 1, "a function(image, rng) that returns a picture");
    mlpl_options o = mlpl_options_at(L, 2, "augment.Lambda", mlpl_transform_options);
    double p = mlpl_read_p(&o, NAN);
    const char *place = push_place(L);
    mlp_error err;
    void *memory = NULL;
    mlp_transform **out = (mlp_transform **)mlpl_push(L, &mlpl_transform_class);
    lambda local;
    anchor(L, &local);
    if (mlp_alloc(&memory, 1, sizeof local, &err)) {
        luaL_unref(L, LUA_REGISTRYINDEX, local.anchor);
        return mlpl_raise(L, &err);
    }
    *(lambda *)memory = local;
    const mlp_lambda made = { call_function, release, memory };
    if (mlp_lambda_new(out, &made, place, p, &err)) return mlpl_raise(L, &err);
    return 1;
}

void mlpl_augment_lambda_classes(lua_State *L)
{
    static const mlpl_function methods[] = {
        { "uniform", rng_uniform, 3 },
        { "normal", rng_normal, 3 },
        { "integer", rng_integer, 3 },
        { NULL, NULL, 0 },
    };
    mlpl_class_register(L, &rng_class, methods, NULL);
}
