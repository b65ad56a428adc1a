/* hooks.c - a hook's function is kept in the registry until the hook is removed, or nothing can call it any more. */
#include "hooks.h"

#include <stdlib.h>

typedef struct lua_hook {
    lua_State *main; /* releases come from finalizers too, when no other state is at hand */
    int function;    /* a reference in the registry */
} lua_hook;

/* The state whose backward is under way, and whether a hook has raised: then the error is on the top of its stack. */
static lua_State *running;
static bool raised;

typedef struct call_arguments {
    int function;
    mlp_tensor *grad, **replacement;
} call_arguments;

static int call_protected(lua_State *L) /* of a light userdata: call_arguments */
{
    call_arguments *a = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, a->function);
    mlp_tensor **box = mlpl_push_tensor(L);
    *box = mlp_tensor_retain(a->grad);
    lua_call(L, 1, 1);
    if (lua_isnil(L, -1)) return 0;
    if (!mlpl_test(L, -1, &mlpl_tensor_class))
        return mlpl_errorf(L, "register_hook: the function returned a %s, expected a tensor or nothing",
                           luaL_typename(L, -1));
    *a->replacement = mlp_tensor_retain(mlpl_check_tensor(L, -1));
    return 0;
}

static mlp_status call(void *context, mlp_tensor *grad, mlp_tensor **replacement, mlp_error *err)
{
    call_arguments a = { ((lua_hook *)context)->function, grad, replacement };
    return mlpl_call_back("register_hook", call_protected, &a, err);
}

mlp_status mlpl_call_back(const char *who, lua_CFunction fn, void *arguments, mlp_error *err)
{
    lua_State *L = running;
    if (!L || !lua_checkstack(L, LUA_MINSTACK))
        return mlp_fail(err, MLP_ESTATE, "%s: the function cannot be called here", who);
    lua_pushcfunction(L, fn);
    lua_pushlightuserdata(L, arguments);
    if (lua_pcall(L, 1, 0, 0) == LUA_OK) return MLP_OK; /* what called may be gone by now */
    raised = true;
    return mlp_fail(err, MLP_ESTATE, "%s: the function failed", who);
}

static void release(void *context)
{
    lua_hook *hook = context;
    luaL_unref(hook->main, LUA_REGISTRYINDEX, hook->function);
    free(hook);
}

void mlpl_run_pass(lua_State *L, mlpl_pass *pass, void *argument)
{
    mlp_error err;
    lua_State *before = running;
    running = L;
    raised = false;
    mlp_status st = pass(argument, &err);
    bool by_hook = raised;
    running = before;
    raised = false;
    if (st && by_hook) lua_error(L);
    if (st) mlpl_raise(L, &err);
}

/* ---- the class of handles ---- */

static void release_handle(void *hook)
{
    mlp_hook_release(hook);
}

static const mlpl_class handle_class = { "mlprun.Hook", release_handle };

static int handle_remove(lua_State *L) /* handle:remove(): the function is not called again */
{
    mlp_hook_remove(mlpl_check(L, 1, &handle_class));
    return 0;
}

static int tensor_register_hook(lua_State *L) /* t:register_hook(fn) -> handle; fn(grad) may return another gradient */
{
    static const mlp_hook_calls calls = { call, release };
    mlp_error err;
    void *memory;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    if (!lua_isfunction(L, 2)) return mlpl_arg_error(L, 2, "a function of the gradient");
    void **box = mlpl_push(L, &handle_class);
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
    lua_State *main = lua_tothread(L, -1);
    lua_pushvalue(L, 2);
    int function = luaL_ref(L, LUA_REGISTRYINDEX);
    mlp_status st = mlp_alloc(&memory, 1, sizeof(lua_hook), &err);
    if (!st) {
        mlp_hook *hook = NULL;
        *(lua_hook *)memory = (lua_hook){ main, function };
        st = mlp_register_hook(&hook, t, &calls, memory, &err);
        if (st) free(memory);
        else *box = hook;
    }
    if (st) {
        luaL_unref(L, LUA_REGISTRYINDEX, function);
        return mlpl_raise(L, &err);
    }
    lua_settop(L, 3);
    return 1;
}

void mlpl_open_hooks(lua_State *L)
{
    static const mlpl_function handle_methods[] = { { "remove", handle_remove, 1 }, { NULL, NULL, 0 } };
    static const mlpl_function tensor_methods[] = { { "register_hook", tensor_register_hook, 2 }, { NULL, NULL, 0 } };
    mlpl_class_register(L, &handle_class, handle_methods, NULL);
    mlpl_tensor_extend(L, tensor_methods, NULL);
}
