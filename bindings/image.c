/* image.c - mlprun.Image over runtime/image/image.h, and the module core.image. */
#include "binding.h"

#include "image/image.h"
#include "tensor/tensor.h"

#include <stdlib.h>
#include <string.h>

static void release(void *object)
{
    mlp_image_release(object);
}

const mlpl_class mlpl_image_class = { "mlprun.Image", release };
static const mlpl_class bytes_class = { "mlprun.Bytes", free }; /* holds what malloc gave while Lua copies it */

mlp_image *mlpl_check_image(lua_State *L, int arg)
{
    return mlpl_check(L, arg, &mlpl_image_class);
}

mlp_image **mlpl_push_image(lua_State *L)
{
    return (mlp_image **)mlpl_push(L, &mlpl_image_class);
}

/* ---- arguments ---- */

static const char *check_text(lua_State *L, int arg, size_t *length, const char *expected)
{
    if (lua_type(L, arg) != LUA_TSTRING) mlpl_arg_error(L, arg, expected);
    return lua_tolstring(L, arg, length);
}

static lua_Integer check_integer(lua_State *L, int arg, const char *expected)
{
    int ok = 0;
    lua_Integer value = lua_type(L, arg) == LUA_TNUMBER ? lua_tointegerx(L, arg, &ok) : 0;
    if (!ok) mlpl_arg_error(L, arg, expected);
    return value;
}

static mlp_decode_options decode_options(lua_State *L, int arg, const char *who)
{
    static const char *const known[] = { "channels", "background", "max_pixels", "draft", NULL };
    mlp_decode_options d = mlp_decode_defaults();
    mlpl_options o = mlpl_options_at(L, arg, who, known);
    d.channels = (int)mlpl_option_integer(&o, "channels", d.channels);
    d.max_pixels = mlpl_option_integer(&o, "max_pixels", d.max_pixels);
    int64_t draft = mlpl_option_integer(&o, "draft", 0);
    if (draft < 0 || draft > MLP_IMAGE_MAX_SIDE)
        mlpl_errorf(L, "%s: draft is %I, expected the least number of pixels a side, or 0 for all", who,
                    (lua_Integer)draft);
    d.draft = (int)draft;
    if (mlpl_option_push(&o, "background")) {
        bool ok = lua_istable(L, -1) && lua_rawlen(L, -1) == 3;
        for (int i = 0; i < 3 && ok; i++) {
            ok = lua_rawgeti(L, -1, i + 1) == LUA_TNUMBER;
            lua_Integer level = ok ? lua_tointegerx(L, -1, NULL) : -1;
            ok = level >= 0 && level <= 255;
            d.background[i] = (uint8_t)level;
            lua_pop(L, 1);
        }
        if (!ok) mlpl_errorf(L, "%s: background is a list of three levels from 0 to 255, such as {255, 255, 255}", who);
        lua_pop(L, 1);
    }
    return d;
}

/* {layout = "CHW"}; `fallback` without it */
static bool channels_first(lua_State *L, int arg, const char *who, bool fallback)
{
    static const char *const known[] = { "layout", NULL };
    mlpl_options o = mlpl_options_at(L, arg, who, known);
    const char *layout = mlpl_option_string(&o, "layout", fallback ? "CHW" : "HWC");
    if (strcmp(layout, "HWC") != 0 && strcmp(layout, "CHW") != 0)
        mlpl_errorf(L, "%s: layout is '%s', expected 'HWC' or 'CHW'", who, layout);
    return layout[0] == 'C';
}

static mlp_interpolation interpolation(lua_State *L, int arg, const char *who)
{
    static const char *const known[] = { "interpolation", NULL };
    static const char *const names[] = { "nearest", "linear", "cubic", "area", NULL };
    mlpl_options o = mlpl_options_at(L, arg, who, known);
    const char *name = mlpl_option_string(&o, "interpolation", "linear");
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0) return (mlp_interpolation)i;
    mlpl_errorf(L, "%s: interpolation is '%s', expected 'nearest', 'linear', 'cubic' or 'area'", who, name);
    return MLP_LINEAR;
}

/* ---- the module ---- */

static int image_load(lua_State *L) /* image.load(path, { channels = 3, background = {...}, max_pixels = n }) */
{
    const char *path = check_text(L, 1, NULL, "the path of a picture file");
    mlp_decode_options d = decode_options(L, 2, "image.load");
    mlp_error err;
    mlp_image **out = mlpl_push_image(L);
    if (mlp_image_load(out, path, &d, &err)) return mlpl_raise(L, &err);
    mlpl_account(L);
    return 1;
}

static int image_decode(lua_State *L) /* image.decode(bytes, options) */
{
    size_t length;
    const char *bytes = check_text(L, 1, &length, "a string with the content of a picture file");
    mlp_decode_options d = decode_options(L, 2, "image.decode");
    mlp_error err;
    mlp_image **out = mlpl_push_image(L);
    if (mlp_image_decode(out, (const uint8_t *)bytes, length, "image.decode", &d, &err)) return mlpl_raise(L, &err);
    mlpl_account(L);
    return 1;
}

/* Which side the channels are on when nobody says: last, unless only the first dimension fits. */
static bool guess_layout(const mlp_tensor *t)
{
    if (t->ndim != 3) return false;
    bool last = t->shape[2] == 1 || t->shape[2] == 3, first = t->shape[0] == 1 || t->shape[0] == 3;
    return first && !last;
}

static int image_from_tensor(lua_State *L) /* image.from_tensor(t, { layout = "CHW" }) */
{
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    bool first = channels_first(L, 2, "image.from_tensor", guess_layout(t));
    mlp_error err;
    mlp_image **out = mlpl_push_image(L);
    if (mlp_image_from_tensor(out, t, first, &err)) return mlpl_raise(L, &err);
    mlpl_account(L);
    return 1;
}

/* ---- methods ---- */

static int image_resize(lua_State *L) /* image:resize(height, width, { interpolation = "linear" }) */
{
    const mlp_image *image = mlpl_check_image(L, 1);
    lua_Integer height = check_integer(L, 2, "the height in pixels");
    lua_Integer width = check_integer(L, 3, "the width in pixels");
    mlp_interpolation method = interpolation(L, 4, "Image:resize");
    if (height < 1 || height > MLP_IMAGE_MAX_SIDE || width < 1 || width > MLP_IMAGE_MAX_SIDE)
        return mlpl_errorf(L, "Image:resize: height x width is %I x %I, each must be 1 to %d", height, width,
                           MLP_IMAGE_MAX_SIDE);
    mlp_error err;
    mlp_image **out = mlpl_push_image(L);
    if (mlp_image_resize(out, image, (int)width, (int)height, method, &err)) return mlpl_raise(L, &err);
    mlpl_account(L);
    return 1;
}

static int image_convert(lua_State *L) /* image:convert(channels) */
{
    mlp_image *image = mlpl_check_image(L, 1);
    lua_Integer channels = check_integer(L, 2, "1 (grey) or 3 (RGB)");
    mlp_error err;
    mlp_image **out = mlpl_push_image(L);
    if (channels != 1 && channels != 3)
        return mlpl_errorf(L, "Image:convert: channels is %I, expected 1 (grey) or 3 (RGB)", channels);
    if (mlp_image_convert(out, image, (int)channels, &err)) return mlpl_raise(L, &err);
    mlpl_account(L);
    return 1;
}

static int image_save(lua_State *L) /* image:save("x.png") -> the image */
{
    const mlp_image *image = mlpl_check_image(L, 1);
    size_t n;
    const char *path = check_text(L, 2, &n, "a file name that ends in .png");
    if (n < 4 || (strcmp(path + n - 4, ".png") != 0 && strcmp(path + n - 4, ".PNG") != 0))
        return mlpl_errorf(L, "Image:save: '%s': pictures are written as PNG, so the name has to end in .png", path);
    mlp_error err;
    uint8_t *bytes = NULL;
    size_t length = 0;
    mlp_status st = mlp_image_encode_png(&bytes, &length, image, &err);
    if (!st) st = mlp_file_write(path, bytes, length, &err);
    free(bytes);
    if (st) return mlpl_raise(L, &err);
    lua_settop(L, 1);
    return 1;
}

static int image_png(lua_State *L) /* image:png() -> the bytes of a PNG file */
{
    const mlp_image *image = mlpl_check_image(L, 1);
    mlp_error err;
    size_t length = 0;
    void **bytes = mlpl_push(L, &bytes_class);
    if (mlp_image_encode_png((uint8_t **)bytes, &length, image, &err)) return mlpl_raise(L, &err);
    lua_pushlstring(L, *bytes, length);
    return 1;
}

static int image_tensor(lua_State *L) /* image:tensor({ layout = "HWC" }) -> a u8 tensor, a copy */
{
    const mlp_image *image = mlpl_check_image(L, 1);
    bool first = channels_first(L, 2, "Image:tensor", false);
    mlp_error err;
    mlp_tensor **out = mlpl_push_tensor(L);
    if (mlp_image_to_tensor(out, image, first, &err)) return mlpl_raise(L, &err);
    mlpl_account(L);
    return 1;
}

static int image_tostring(lua_State *L)
{
    const mlp_image *image = mlpl_test(L, 1, &mlpl_image_class);
    if (!image) lua_pushliteral(L, "Image (closed)");
    else
        lua_pushfstring(L, "Image(height %d, width %d, %s)", image->height, image->width,
                        image->channels == 3 ? "RGB" : "grey");
    return 1;
}

/* image.width, .height, .channels; everything else is a method */
static int image_index(lua_State *L)
{
    static const char *const names[] = { "width", "height", "channels", NULL };
    const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
    for (int i = 0; names[i]; i++) {
        if (strcmp(names[i], key) != 0) continue;
        const mlp_image *image = mlpl_check_image(L, 1);
        const int values[] = { image->width, image->height, image->channels };
        lua_pushinteger(L, values[i]);
        return 1;
    }
    const char *near = *key ? mlpl_nearest(key, names) : NULL;
    if (near && luaL_getmetafield(L, 1, "methods") != LUA_TNIL && lua_getfield(L, -1, key) == LUA_TNIL)
        return mlpl_errorf(L, "an Image has no '%s': did you mean '%s'?", key, near);
    lua_settop(L, 2);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 2, 1);
    return 1;
}

static int is_image(lua_State *L)
{
    lua_pushboolean(L, mlpl_test(L, 1, &mlpl_image_class) != NULL);
    return 1;
}

static const mlpl_function functions[] = {
    { "load", image_load, 2 },
    { "decode", image_decode, 2 },
    { "from_tensor", image_from_tensor, 2 },
    { "is_image", is_image, 1 },
    { NULL, NULL, 0 },
};

static const mlpl_function methods[] = {
    { "resize", image_resize, 4 }, { "convert", image_convert, 2 }, { "save", image_save, 2 },
    { "png", image_png, 1 },       { "tensor", image_tensor, 2 },   { NULL, NULL, 0 },
};

static const luaL_Reg meta[] = {
    { "__index", image_index },
    { "__tostring", image_tostring },
    { NULL, NULL },
};

int mlpl_open_image(lua_State *L)
{
    mlpl_class_register(L, &mlpl_image_class, methods, meta);
    mlpl_class_register(L, &bytes_class, NULL, NULL);
    mlpl_new_functions(L, functions);
    return 1;
}
