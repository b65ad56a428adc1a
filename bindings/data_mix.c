/* data_mix.c - core.data: the parts of MixUp and CutMix, over runtime/data/mix.h. */
#include "data.h"

#include "data/mix.h"

/* Labels from Lua: whole numbers are shifted (into a box on the stack), soft ones are not. */
static mlp_tensor *check_labels(lua_State *L, int arg)
{
    mlp_tensor *t = mlpl_check_tensor(L, arg);
    return mlp_dtype_is_float(t->dtype) ? t : mlpl_index_from_lua(L, t);
}

static int finish(lua_State *L, mlp_status st, const mlp_error *err)
{
    if (st) return mlpl_raise(L, err);
    mlpl_account(L);
    return 2;
}

static int mixup(lua_State *L) /* mixup(images, labels, classes, lam) -> images, targets */
{
    mlp_tensor *images = mlpl_check_tensor(L, 1);
    lua_Integer classes = luaL_checkinteger(L, 3);
    lua_Number lam = luaL_checknumber(L, 4);
    mlp_tensor *labels = check_labels(L, 2);
    mlp_error err;
    mlp_tensor **mixed = mlpl_push_tensor(L), **targets = mlpl_push_tensor(L);
    return finish(L, mlp_mixup(mixed, targets, images, labels, classes, lam, &err), &err);
}

static int
cutmix(lua_State *L) /* cutmix(images, labels, classes, x1, y1, x2, y2) -> images, targets; from 0, half open */
{
    mlp_tensor *images = mlpl_check_tensor(L, 1);
    lua_Integer classes = luaL_checkinteger(L, 3);
    mlp_box box = { luaL_checkinteger(L, 4), luaL_checkinteger(L, 5), luaL_checkinteger(L, 6),
                    luaL_checkinteger(L, 7) };
    mlp_tensor *labels = check_labels(L, 2);
    mlp_error err;
    mlp_tensor **mixed = mlpl_push_tensor(L), **targets = mlpl_push_tensor(L);
    return finish(L, mlp_cutmix(mixed, targets, images, labels, classes, box, &err), &err);
}

static int draw_lambda(lua_State *L) /* draw_lambda(alpha), of the generator behind manual_seed */
{
    lua_Number alpha = luaL_checknumber(L, 1);
    if (!(alpha > 0 && alpha <= 1e6)) return mlpl_arg_error(L, 1, "a number above 0");
    lua_pushnumber(L, mlp_draw_lambda(mlpl_generator(), alpha));
    return 1;
}

static int draw_box(lua_State *L) /* draw_box(lam, width, height) -> x1, y1, x2, y2 */
{
    lua_Number lam = luaL_checknumber(L, 1);
    lua_Integer width = luaL_checkinteger(L, 2), height = luaL_checkinteger(L, 3);
    if (!(lam >= 0 && lam <= 1)) return mlpl_arg_error(L, 1, "a number from 0 to 1");
    if (width < 1 || height < 1) return mlpl_arg_error(L, width < 1 ? 2 : 3, "a size");
    mlp_box b = mlp_draw_box(mlpl_generator(), lam, width, height);
    lua_pushinteger(L, b.x1);
    lua_pushinteger(L, b.y1);
    lua_pushinteger(L, b.x2);
    lua_pushinteger(L, b.y2);
    return 4;
}

const mlpl_function mlpl_mix_functions[] = {
    { "mixup", mixup, 4 },       { "cutmix", cutmix, 7 }, { "draw_lambda", draw_lambda, 1 },
    { "draw_box", draw_box, 3 }, { NULL, NULL, 0 },
};
