/* augment.c - what a mlprun.Transform does, and the module core.augment: one constructor for every type in the
 * runtime's table, made from its description.
 *
 *   augment.Resize(64, 64, { interpolation = "area" })   required parameters are positional, the others named
 *   augment.Compose { t1, t2, p = 0.5 }                  also augment.Compose({ t1, t2 }, { p = 0.5 })
 *   transform(image)                                     draws from the generator behind ml.manual_seed
 *   transform(image, { seed = 1, epoch = 2, index = 3 }) draws what a loader with that seed would draw */
#include "augment.h"

#include "augment/augment.h"
#include "image/image.h"
#include "param.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const mlpl_class text_class = { "mlprun.TransformText", free }; /* holds a text while Lua copies it */

/* ---- constructors ---- */

static int construct(lua_State *L) /* augment.NAME(required..., { options }) */
{
    const mlp_transform_type *type = lua_touserdata(L, lua_upvalueindex(1));
    const char *who = lua_tostring(L, lua_upvalueindex(2));
    mlp_value values[MLPL_MOST_PARAMS];
    mlpl_options o = mlpl_read_values(L, 1, who, &type->about, mlpl_transform_options, values);
    double p = mlpl_read_p(&o, NAN);
    mlp_error err;
    mlp_transform **out = (mlp_transform **)mlpl_push(L, &mlpl_transform_class);
    if (mlp_transform_new(out, type, values, p, &err)) return mlpl_raise(L, &err);
    return 1;
}

/* The transforms in the list at argument 1, gathered in a userdata at the top of the stack. */
static mlp_transform **gather(lua_State *L, const char *who, int *count)
{
    if (!lua_istable(L, 1))
        mlpl_errorf(L, "%s: expected a list of transforms, such as %s { augment.HorizontalFlip() }", who, who);
    *count = (int)mlpl_length(L, 1);
    mlp_transform **list = lua_newuserdatauv(L, ((size_t)*count + 1) * sizeof(void *), 0);
    for (int i = 0; i < *count; i++) {
        lua_rawgeti(L, 1, i + 1);
        list[i] = mlpl_test(L, -1, &mlpl_transform_class);
        if (!list[i]) {
            const char *got = luaL_tolstring(L, -1, NULL);
            mlpl_errorf(L, "%s: item %d is %s, expected a transform%s", who, i + 1, got,
                        lua_isfunction(L, -2) ? ": call it, as in augment.HorizontalFlip()" : "");
        }
        lua_pop(L, 1);
    }
    return list;
}

/* p from the list's own table ({ t1, t2, p = 0.5 }) or from the second argument */
static double container_p(lua_State *L, const char *who)
{
    double p = NAN;
    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING) continue;
        if (strcmp(lua_tostring(L, -2), "p") != 0 || lua_type(L, -1) != LUA_TNUMBER)
            mlpl_errorf(L, "%s: unknown option '%s' in the list; the only one is p, a number", who,
                        lua_tostring(L, -2));
        p = lua_tonumber(L, -1);
    }
    mlpl_options o = mlpl_options_at(L, 2, who, mlpl_transform_options);
    return mlpl_read_p(&o, p);
}

typedef mlp_status container_fn(mlp_transform **, mlp_transform *const *, int, double, mlp_error *);

static int contain(lua_State *L, container_fn *make, const char *who)
{
    int count;
    lua_settop(L, 2);
    mlp_transform **list = gather(L, who, &count);
    double p = container_p(L, who);
    mlp_error err;
    mlp_transform **out = (mlp_transform **)mlpl_push(L, &mlpl_transform_class);
    if (make(out, list, count, p, &err)) return mlpl_raise(L, &err);
    return 1;
}

static int construct_compose(lua_State *L)
{
    return contain(L, mlp_compose_new, "augment.Compose");
}

static int construct_one_of(lua_State *L)
{
    return contain(L, mlp_one_of_new, "augment.OneOf");
}

/* ---- methods ---- */

static mlp_draw read_draw(lua_State *L, int arg)
{
    static const char *const known[] = { "seed", "epoch", "index", NULL };
    mlpl_options o = mlpl_options_at(L, arg, "transform", known);
    mlp_draw draw;
    draw.seed = o.table ? mlpl_seed() : mlp_rng_u64(mlpl_generator());
    draw.seed = (uint64_t)mlpl_option_integer(&o, "seed", (int64_t)draw.seed);
    draw.epoch = (uint64_t)mlpl_option_integer(&o, "epoch", 1);
    draw.index = (uint64_t)mlpl_option_integer(&o, "index", 1) - 1;
    return draw;
}

/* The picture in argument 2: an image, or a tensor of u8 levels or floats from 0 to 1. Pushes a box that owns it. */
static mlp_image *push_picture(lua_State *L)
{
    mlp_image *image = mlpl_test(L, 2, &mlpl_image_class);
    struct mlp_tensor *tensor = mlpl_test(L, 2, &mlpl_tensor_class);
    if (!image && !tensor) mlpl_arg_error(L, 2, "an Image, or a Tensor of HxWx3 or HxWx1");
    mlp_image **box = mlpl_push_image(L);
    mlp_error err;
    if (image) *box = mlp_image_retain(image);
    else if (mlp_image_from_tensor(box, tensor, false, &err)) mlpl_raise(L, &err);
    return *box;
}

static int transform_call(lua_State *L) /* transform(image, { seed, epoch, index }) -> Image, or Tensor */
{
    const mlp_transform *t = mlpl_check_transform(L, 1);
    mlpl_last(L, 3);
    mlp_draw draw = read_draw(L, 3);
    mlp_image *image = push_picture(L);
    bool tensor = mlp_transform_gives_floats(t) || mlp_transform_layout(t) == MLP_CHW;
    void **out = mlpl_push(L, tensor ? &mlpl_tensor_class : &mlpl_image_class);
    mlp_error err;
    mlp_sample sample;
    mlp_sample_begin(&sample, image);
    mlp_status st = mlp_transform_apply(t, &sample, draw, 0, &err);
    if (!st && tensor) st = mlp_sample_tensor((struct mlp_tensor **)out, &sample, &err);
    else if (!st) *out = mlp_image_retain(sample.image);
    mlp_sample_clear(&sample);
    if (st) return mlpl_raise(L, &err);
    mlpl_account(L);
    return 1;
}

static int transform_tostring(lua_State *L)
{
    const mlp_transform *t = mlpl_test(L, 1, &mlpl_transform_class);
    mlp_error err;
    void **text = mlpl_push(L, &text_class);
    if (!t) {
        lua_pushliteral(L, "Transform (closed)");
        return 1;
    }
    if (mlp_transform_text((char **)text, t, 0, -1, &err)) return mlpl_raise(L, &err);
    lua_pushstring(L, *text);
    return 1;
}

/* ---- descriptions, for help ---- */

static int describe(lua_State *L) /* augment.describe("Resize") -> { name, doc, p, parameters = { ... } } */
{
    const char *name = lua_type(L, 1) == LUA_TSTRING ? lua_tostring(L, 1) : "";
    const mlp_transform_type *type = mlp_transform_type_find(name);
    if (!type) return mlpl_errorf(L, "augment.describe: there is no transform '%s'", name);
    mlpl_push_description(L, &type->about);
    lua_pushnumber(L, type->p);
    lua_setfield(L, -2, "p");
    return 1;
}

static int names(lua_State *L) /* augment.names() -> { "Affine", ... } */
{
    lua_newtable(L);
    for (int i = 0; mlp_transform_types[i]; i++) {
        lua_pushstring(L, mlp_transform_types[i]->about.name);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

static const mlpl_function functions[] = {
    { "Compose", construct_compose, 2 },
    { "OneOf", construct_one_of, 2 },
    { "Lambda", mlpl_augment_lambda, 2 },
    { "describe", describe, 1 },
    { "names", names, 0 },
    { NULL, NULL, 0 },
};

static const luaL_Reg meta[] = {
    { "__call", transform_call },
    { "__tostring", transform_tostring },
    { NULL, NULL },
};

int mlpl_open_augment(lua_State *L)
{
    mlpl_class_register(L, &mlpl_transform_class, NULL, meta);
    mlpl_class_register(L, &text_class, NULL, NULL);
    mlpl_augment_lambda_classes(L);
    mlpl_new_functions(L, functions);
    for (int i = 0; mlp_transform_types[i]; i++) {
        const mlp_transform_type *type = mlp_transform_types[i];
        lua_pushlightuserdata(L, (void *)type);
        lua_pushfstring(L, "augment.%s", type->about.name);
        lua_pushcclosure(L, construct, 2);
        lua_setfield(L, -2, type->about.name);
    }
    return 1;
}
