/* augment.c - mlprun.Transform over runtime/augment/augment.h, and the module core.augment: one constructor for every
 * type in the runtime's table, made from its description.
 *
 *   augment.Resize(64, 64, { interpolation = "area" })   required parameters are positional, the others named
 *   augment.Compose { t1, t2, p = 0.5 }                  also augment.Compose({ t1, t2 }, { p = 0.5 })
 *   transform(image)                                     draws from the generator behind ml.manual_seed
 *   transform(image, { seed = 1, epoch = 2, index = 3 }) draws what a loader with that seed would draw */
#include "augment.h"

#include "augment/augment.h"
#include "image/image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PARAMS = 24, MAX_NAMES = 48 };

static void release(void *object)
{
    mlp_transform_release(object);
}

const mlpl_class mlpl_transform_class = { "mlprun.Transform", release };
static const mlpl_class text_class = { "mlprun.TransformText", free }; /* holds a text while Lua copies it */

mlp_transform *mlpl_check_transform(lua_State *L, int arg)
{
    return mlpl_check(L, arg, &mlpl_transform_class);
}

/* ---- one parameter from a Lua value ---- */

typedef struct reader {
    lua_State *L;
    const char *who; /* "augment.Resize" */
    const mlp_param *param;
} reader;

/* Pushes what a message says of the value at the top of the stack. */
static const char *push_shown(lua_State *L)
{
    if (lua_type(L, -1) == LUA_TSTRING) return lua_pushfstring(L, "'%s'", lua_tostring(L, -1));
    if (!lua_istable(L, -1)) return luaL_tolstring(L, -1, NULL);
    lua_Integer n = (lua_Integer)lua_rawlen(L, -1), shown = n < 6 ? n : 6;
    if (n == 0) return lua_pushliteral(L, "a table without list items");
    lua_pushliteral(L, "{");
    for (lua_Integer i = 1; i <= shown; i++) {
        lua_rawgeti(L, -2, i);
        luaL_tolstring(L, -1, NULL);
        lua_remove(L, -2);
        lua_pushstring(L, i < shown ? ", " : n > shown ? ", ...}" : "}");
        lua_concat(L, 3);
    }
    return lua_tostring(L, -1);
}

/* The value is at the top of the stack. */
static void refuse(const reader *r, const char *expected)
{
    const char *got = push_shown(r->L);
    mlpl_errorf(r->L, "%s: %s is %s, expected %s (%s)", r->who, r->param->name, got, expected, r->param->doc);
}

/* The numbers of the list at the top of the stack; anything else than `counts` of them (a bit each) is refused. */
static int read_list(const reader *r, double *numbers, unsigned counts, const char *expected)
{
    lua_State *L = r->L;
    lua_Unsigned n = lua_istable(L, -1) ? lua_rawlen(L, -1) : 0;
    if (n < 1 || n > 4 || !(counts & 1u << n)) refuse(r, expected);
    for (lua_Unsigned i = 0; i < n; i++) {
        bool ok = lua_rawgeti(L, -1, (lua_Integer)i + 1) == LUA_TNUMBER;
        numbers[i] = lua_tonumber(L, -1);
        lua_pop(L, 1);
        if (!ok) refuse(r, expected);
    }
    return (int)n;
}

static void read_range(const reader *r, double range[2], mlp_scalar meaning)
{
    static const char expected[] = "a number or a range {low, high}";
    if (lua_type(r->L, -1) != LUA_TNUMBER) {
        read_list(r, range, 1u << 2, expected);
        return;
    }
    double x = lua_tonumber(r->L, -1);
    const double lows[] = {
        [MLP_SAME] = x, [MLP_SYMMETRIC] = -fabs(x), [MLP_FROM_ZERO] = 0, [MLP_FROM_ONE] = 1, [MLP_FROM_THREE] = 3
    };
    range[0] = lows[meaning];
    range[1] = meaning == MLP_SYMMETRIC ? fabs(x) : x;
}

/* {low, high} for both axes, a number, or { x = ..., y = ... }, where an absent axis keeps its default */
static void read_axes(const reader *r, mlp_value *v)
{
    static const char *const axes[] = { "x", "y" };
    lua_State *L = r->L;
    double *n = v->number;
    bool named = lua_istable(L, -1) && lua_rawlen(L, -1) == 0;
    v->count = 4;
    if (!named) {
        read_range(r, n, MLP_SAME);
        n[2] = n[0], n[3] = n[1];
        return;
    }
    int found = 0, fields = 0;
    for (int k = 0; k < 2; k++) {
        memcpy(n + 2 * k, r->param->fallback.number + 2 * k, 2 * sizeof *n);
        if ((lua_pushstring(L, axes[k]), lua_rawget(L, -2)) != LUA_TNIL) {
            read_range(r, n + 2 * k, MLP_SAME);
            found++;
        }
        lua_pop(L, 1);
    }
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) fields++;
    if (!found || fields != found) refuse(r, "a number, a range {low, high}, or { x = ..., y = ... }");
}

static double read_choice(const reader *r)
{
    lua_State *L = r->L;
    const char *const *list = r->param->choices;
    if (lua_type(L, -1) == LUA_TNUMBER) return lua_tonumber(L, -1); /* OpenCV's number; checked by the runtime */
    const char *name = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    for (int i = 0; list[i]; i++)
        if (strcmp(list[i], name) == 0) return i;
    luaL_Buffer b;
    const char *near = mlpl_nearest(name, list);
    lua_pushvalue(L, -1);
    luaL_buffinit(L, &b);
    for (int i = 0; list[i]; i++) {
        luaL_addstring(&b, i ? ", '" : "one of '");
        luaL_addstring(&b, list[i]);
        luaL_addchar(&b, '\'');
    }
    if (near) {
        luaL_addstring(&b, "; did you mean '");
        luaL_addstring(&b, near);
        luaL_addstring(&b, "'?");
    }
    luaL_pushresult(&b);
    const char *expected = lua_tostring(L, -1);
    lua_pushvalue(L, -2);
    refuse(r, expected);
    return 0;
}

/* The value at the top of the stack, by the kind of the parameter. */
static void read_value(const reader *r, mlp_value *v)
{
    lua_State *L = r->L;
    int type = lua_type(L, -1);
    v->count = 1;
    switch (r->param->kind) {
    case MLP_PARAM_FLOAT:
    case MLP_PARAM_INT:
        if (type != LUA_TNUMBER) refuse(r, r->param->kind == MLP_PARAM_INT ? "a whole number" : "a number");
        v->number[0] = lua_tonumber(L, -1);
        break;
    case MLP_PARAM_BOOL:
        if (type != LUA_TBOOLEAN) refuse(r, "true or false");
        v->number[0] = lua_toboolean(L, -1);
        break;
    case MLP_PARAM_CHOICE: v->number[0] = read_choice(r); break;
    case MLP_PARAM_RANGE:
    case MLP_PARAM_INT_RANGE:
        v->count = 2;
        read_range(r, v->number, r->param->scalar);
        break;
    case MLP_PARAM_AXES: read_axes(r, v); break;
    case MLP_PARAM_COLOUR:
        if (type == LUA_TNUMBER) v->number[0] = lua_tonumber(L, -1);
        else v->count = read_list(r, v->number, 1u << 1 | 1u << 3, "a number or a list with one number per channel");
        break;
    }
}

/* ---- constructors ---- */

static const mlp_transform_type *upvalue_type(lua_State *L)
{
    return lua_touserdata(L, lua_upvalueindex(1));
}

/* Every name that a type's options may have. */
static void option_names(const mlp_transform_type *type, const char *names[MAX_NAMES])
{
    int n = 0;
    for (int required = 0; required <= 1; required++) /* optional ones first: the first name is a message's example */
        for (int i = 0; i < type->param_count; i++)
            if (type->params[i].required == required) names[n++] = type->params[i].name;
    for (const mlp_param_alias *a = type->aliases; a && a->old && n < MAX_NAMES - 3; a++) names[n++] = a->old;
    names[n++] = "p";
    names[n++] = "always_apply";
    names[n] = NULL;
}

static int param_index(const mlp_transform_type *type, const char *name)
{
    for (int i = 0; i < type->param_count; i++)
        if (strcmp(type->params[i].name, name) == 0) return i;
    return -1;
}

/* 1.x: `old` names a parameter or one of its numbers. */
static void read_alias(const mlpl_options *o, const mlp_transform_type *type, const mlp_param_alias *alias,
                       mlp_value *values)
{
    if (!mlpl_option_push(o, alias->old)) return;
    int i = param_index(type, alias->name);
    reader r = { o->L, o->who, &type->params[i] };
    if (alias->part < 0 && values[i].count)
        mlpl_errorf(o->L, "%s: '%s' and its old name '%s' were both given", o->who, alias->name, alias->old);
    if (alias->part < 0) {
        read_value(&r, &values[i]);
    } else {
        if (lua_type(o->L, -1) != LUA_TNUMBER) refuse(&r, "a number");
        if (!values[i].count) values[i] = type->params[i].fallback;
        values[i].number[alias->part] = lua_tonumber(o->L, -1);
    }
    lua_pop(o->L, 1);
}

static double read_p(const mlpl_options *o, double fallback)
{
    double p = mlpl_option_number(o, "p", fallback);
    return mlpl_option_boolean(o, "always_apply", false) ? 1 : p;
}

/* Positional arguments for required parameters, as far as they go; returns the index of the options' argument. */
static int read_positional(lua_State *L, const mlp_transform_type *type, const char *who, mlp_value *values)
{
    int arg = 1;
    for (int i = 0; i < type->param_count && type->params[i].required; i++, arg++) {
        if (lua_isnoneornil(L, arg) || (lua_istable(L, arg) && lua_rawlen(L, arg) == 0)) break;
        reader r = { L, who, &type->params[i] };
        lua_pushvalue(L, arg);
        read_value(&r, &values[i]);
        lua_pop(L, 1);
    }
    if (lua_gettop(L) > arg)
        mlpl_errorf(L, "%s: got %d arguments, expected at most %d (optional ones are named, in a table at the end)",
                    who, lua_gettop(L), arg);
    return arg;
}

static int construct(lua_State *L) /* augment.NAME(required..., { options }) */
{
    const mlp_transform_type *type = upvalue_type(L);
    const char *who = lua_tostring(L, lua_upvalueindex(2));
    const char *names[MAX_NAMES];
    mlp_value values[MAX_PARAMS];
    memset(values, 0, sizeof values);
    option_names(type, names);
    int arg = read_positional(L, type, who, values);
    mlpl_options o = mlpl_options_at(L, arg, who, names);
    for (int i = 0; i < type->param_count; i++) {
        if (!mlpl_option_push(&o, type->params[i].name)) continue;
        reader r = { L, who, &type->params[i] };
        read_value(&r, &values[i]);
        lua_pop(L, 1);
    }
    for (const mlp_param_alias *a = type->aliases; a && a->old; a++) read_alias(&o, type, a, values);
    double p = read_p(&o, NAN);
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
    static const char *const known[] = { "p", "always_apply", NULL };
    double p = NAN;
    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING) continue;
        if (strcmp(lua_tostring(L, -2), "p") != 0 || lua_type(L, -1) != LUA_TNUMBER)
            mlpl_errorf(L, "%s: unknown option '%s' in the list; the only one is p, a number", who,
                        lua_tostring(L, -2));
        p = lua_tonumber(L, -1);
    }
    mlpl_options o = mlpl_options_at(L, 2, who, known);
    return read_p(&o, p);
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

static void push_default(lua_State *L, const mlp_param *param)
{
    const mlp_value *v = &param->fallback;
    if (v->count == 0) {
        lua_pushnil(L);
    } else if (param->kind == MLP_PARAM_BOOL) {
        lua_pushboolean(L, v->number[0] != 0);
    } else if (param->kind == MLP_PARAM_CHOICE) {
        lua_pushstring(L, param->choices[(int)v->number[0]]);
    } else if (v->count == 1) {
        lua_pushnumber(L, v->number[0]);
    } else {
        lua_createtable(L, v->count, 0);
        for (int i = 0; i < v->count; i++) {
            lua_pushnumber(L, v->number[i]);
            lua_rawseti(L, -2, i + 1);
        }
    }
}

static void push_param(lua_State *L, const mlp_param *param)
{
    lua_newtable(L);
    lua_pushstring(L, param->name);
    lua_setfield(L, -2, "name");
    lua_pushstring(L, param->doc);
    lua_setfield(L, -2, "doc");
    lua_pushboolean(L, param->required);
    lua_setfield(L, -2, "required");
    push_default(L, param);
    lua_setfield(L, -2, "default");
    if (!param->choices) return;
    lua_newtable(L);
    for (int i = 0; param->choices[i]; i++) {
        lua_pushstring(L, param->choices[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "choices");
}

static int describe(lua_State *L) /* augment.describe("Resize") -> { name, doc, p, parameters = { ... } } */
{
    const char *name = lua_type(L, 1) == LUA_TSTRING ? lua_tostring(L, 1) : "";
    const mlp_transform_type *type = mlp_transform_type_find(name);
    if (!type) return mlpl_errorf(L, "augment.describe: there is no transform '%s'", name);
    lua_newtable(L);
    lua_pushstring(L, type->name);
    lua_setfield(L, -2, "name");
    lua_pushstring(L, type->doc);
    lua_setfield(L, -2, "doc");
    lua_pushnumber(L, type->p);
    lua_setfield(L, -2, "p");
    lua_newtable(L);
    for (int i = 0; i < type->param_count; i++) {
        push_param(L, &type->params[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "parameters");
    return 1;
}

static int names(lua_State *L) /* augment.names() -> { "Affine", ... } */
{
    lua_newtable(L);
    for (int i = 0; mlp_transform_types[i]; i++) {
        lua_pushstring(L, mlp_transform_types[i]->name);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

static const luaL_Reg functions[] = {
    { "Compose", construct_compose },
    { "OneOf", construct_one_of },
    { "describe", describe },
    { "names", names },
    { NULL, NULL },
};

static const luaL_Reg none[] = { { NULL, NULL } };

static const luaL_Reg meta[] = {
    { "__call", transform_call },
    { "__tostring", transform_tostring },
    { NULL, NULL },
};

int mlpl_open_augment(lua_State *L)
{
    mlpl_class_register(L, &mlpl_transform_class, none, meta);
    mlpl_class_register(L, &text_class, none, NULL);
    luaL_newlib(L, functions);
    for (int i = 0; mlp_transform_types[i]; i++) {
        const mlp_transform_type *type = mlp_transform_types[i];
        lua_pushlightuserdata(L, (void *)type);
        lua_pushfstring(L, "augment.%s", type->name);
        lua_pushcclosure(L, construct, 2);
        lua_setfield(L, -2, type->name);
    }
    return 1;
}
