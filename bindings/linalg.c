/* linalg.c - factorisations of matrices; what differentiates them is said in Lua (scripts/tensor/linalg.lua). */
#include "binding.h"

#include "tensor/linalg.h"

static int solve(lua_State *L) /* solve(a, b) */
{
    mlp_error err;
    mlp_tensor *a = mlpl_check_tensor(L, 1), *b = mlpl_check_tensor(L, 2), **out = mlpl_push_tensor(L);
    return mlp_tensor_solve(out, a, b, &err) ? mlpl_raise(L, &err) : 1;
}

static int slogdet(lua_State *L) /* slogdet(a) -> sign, logarithm */
{
    mlp_error err;
    mlp_tensor *a = mlpl_check_tensor(L, 1), **sign = mlpl_push_tensor(L), **logabs = mlpl_push_tensor(L);
    return mlp_tensor_slogdet(sign, logabs, a, &err) ? mlpl_raise(L, &err) : 2;
}

static int eigh(lua_State *L) /* eigh(a) -> values, vectors */
{
    mlp_error err;
    mlp_tensor *a = mlpl_check_tensor(L, 1), **values = mlpl_push_tensor(L), **vectors = mlpl_push_tensor(L);
    return mlp_tensor_eigh(values, vectors, a, &err) ? mlpl_raise(L, &err) : 2;
}

static int svd(lua_State *L) /* svd(a, full) -> u, s, vt */
{
    mlp_error err;
    mlp_tensor *a = mlpl_check_tensor(L, 1);
    bool full = lua_toboolean(L, 2);
    mlp_tensor **u = mlpl_push_tensor(L), **s = mlpl_push_tensor(L), **vt = mlpl_push_tensor(L);
    return mlp_tensor_svd(u, s, vt, a, full, &err) ? mlpl_raise(L, &err) : 3;
}

static int qr(lua_State *L) /* qr(a, full) -> q, r */
{
    mlp_error err;
    mlp_tensor *a = mlpl_check_tensor(L, 1);
    bool full = lua_toboolean(L, 2);
    mlp_tensor **q = mlpl_push_tensor(L), **r = mlpl_push_tensor(L);
    return mlp_tensor_qr(q, r, a, full, &err) ? mlpl_raise(L, &err) : 2;
}

int mlpl_open_linalg(lua_State *L)
{
    static const mlpl_function functions[] = {
        { "solve", solve, 2 }, { "slogdet", slogdet, 1 }, { "eigh", eigh, 1 },
        { "svd", svd, 2 },     { "qr", qr, 2 },           { NULL, NULL, 0 },
    };
    mlpl_new_functions(L, functions);
    return 1;
}
