/* data_inspect.c - core.data.look_over, over runtime/data/inspect.h. */
#include "data.h"

#include "data/inspect.h"

static void free_inspection(void *object)
{
    mlp_inspection_free(object);
}

static const mlpl_class inspection_class = { "mlprun.Inspection", free_inspection };

static void push_facts(lua_State *L, const mlp_facts *f, int64_t first)
{
    lua_createtable(L, 0, 6);
    mlpl_set_integer(L, "first", first + 1);
    if (f->bytes >= 0) mlpl_set_integer(L, "bytes", f->bytes);
    lua_pushstring(L, mlp_image_format_name(f->format));
    lua_setfield(L, -2, "format");
    if (f->reason) {
        lua_pushstring(L, f->reason);
        lua_setfield(L, -2, "reason");
        return;
    }
    lua_pushboolean(L, f->misnamed);
    lua_setfield(L, -2, "misnamed");
    lua_pushstring(L, f->remark);
    lua_setfield(L, -2, "remark");
    mlpl_set_integer(L, "width", f->width);
    mlpl_set_integer(L, "height", f->height);
    lua_pushboolean(L, f->grey);
    lua_setfield(L, -2, "grey");
}

/* look_over(dataset, near) -> { mean, std, good, pictures = { { first, width, ... or reason } ... }, near = { { a, b,
 * difference } ... }, near_cut } */
static int look_over(lua_State *L)
{
    mlp_dataset *d = mlpl_check_dataset(L, 1);
    bool near = lua_toboolean(L, 2);
    mlp_error err;
    void **box = mlpl_push(L, &inspection_class);
    if (mlp_dataset_inspect((mlp_inspection **)box, d, near, &err)) return mlpl_raise(L, &err);
    const mlp_inspection *x = *box;
    lua_newtable(L);
    mlpl_set_numbers(L, "mean", x->mean, x->channels);
    mlpl_set_numbers(L, "std", x->std, x->channels);
    mlpl_set_integer(L, "good", x->good);
    lua_createtable(L, (int)x->count, 0);
    for (int64_t i = 0; i < x->count; i++) {
        push_facts(L, &x->facts[i], x->first[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "pictures");
    lua_createtable(L, (int)x->near_count, 0);
    for (int64_t i = 0; i < x->near_count; i++) {
        lua_createtable(L, 0, 3);
        mlpl_set_integer(L, "a", x->near[i].a + 1);
        mlpl_set_integer(L, "b", x->near[i].b + 1);
        lua_pushnumber(L, x->near[i].difference);
        lua_setfield(L, -2, "difference");
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "near");
    lua_pushboolean(L, x->near_cut);
    lua_setfield(L, -2, "near_cut");
    return 1;
}

void mlpl_inspect_register(lua_State *L)
{
    mlpl_class_register(L, &inspection_class, NULL, NULL);
}

const mlpl_function mlpl_inspect_functions[] = { { "look_over", look_over, 2 }, { NULL, NULL, 0 } };
