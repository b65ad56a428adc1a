/* writers.c - core.writers: SummaryWriter over runtime/writers/writers.h. scripts/writers/ adds what is policy: the
 * default folder, add_scalars, add_hparams. */
#include "binding.h"

#include "image/image.h"
#include "tensor/tensor.h"
#include "writers/writers.h"

#include <math.h>
#include <string.h>

static void release_writer(void *object)
{
    mlp_event_writer_release(object);
}

static const mlpl_class writer_class = { "mlprun.SummaryWriter", release_writer };

static mlp_event_writer *check_writer(lua_State *L)
{
    return mlpl_check(L, 1, &writer_class);
}

/* ---- arguments: (self, tag, value, step, ...) ---- */

static mlp_event_at check_at(lua_State *L, double wall_time)
{
    mlp_event_at at = { .wall_time = wall_time };
    int whole = 1;
    if (lua_type(L, 2) != LUA_TSTRING) mlpl_arg_error(L, 2, "a tag such as 'train/loss'");
    at.tag = lua_tostring(L, 2);
    if (!lua_isnoneornil(L, 4)) {
        at.step = lua_type(L, 4) == LUA_TNUMBER ? lua_tointegerx(L, 4, &whole) : (whole = 0);
        if (!whole) mlpl_arg_error(L, 4, "a step (a whole number)");
    }
    return at;
}

/* A wall time as fifth argument, or as option in a table there. */
static double check_wall_time(lua_State *L, const char *who)
{
    static const char *const known[] = { "walltime", NULL };
    if (lua_type(L, 5) == LUA_TNUMBER) return lua_tonumber(L, 5);
    mlpl_options o = mlpl_options_at(L, 5, who, known);
    return mlpl_option_number(&o, "walltime", NAN);
}

/* ---- methods ---- */

static int add_scalar(lua_State *L) /* add_scalar(tag, value, step, walltime) */
{
    mlp_error err;
    mlp_event_writer *w = check_writer(L);
    mlp_event_at at = check_at(L, check_wall_time(L, "add_scalar"));
    double value = 0;
    mlp_tensor *t = mlpl_test(L, 3, &mlpl_tensor_class);
    if (t && mlp_tensor_item(&value, t, &err)) return mlpl_raise(L, &err);
    if (!t) {
        if (lua_type(L, 3) != LUA_TNUMBER) return mlpl_arg_error(L, 3, "a number or a tensor with one element");
        value = lua_tonumber(L, 3);
    }
    if (mlp_event_scalar(w, at, value, &err)) return mlpl_raise(L, &err);
    return 0;
}

static int add_histogram(lua_State *L) /* add_histogram(tag, tensor, step, walltime) */
{
    mlp_error err;
    mlp_event_writer *w = check_writer(L);
    mlp_tensor *t = mlpl_check_tensor(L, 3);
    if (mlp_event_histogram(w, check_at(L, check_wall_time(L, "add_histogram")), t, NULL, &err)) return mlpl_raise(L, &err);
    return 0;
}

static int add_text(lua_State *L) /* add_text(tag, text, step, walltime) */
{
    mlp_error err;
    size_t length;
    mlp_event_writer *w = check_writer(L);
    if (lua_type(L, 3) != LUA_TSTRING) return mlpl_arg_error(L, 3, "a text");
    const char *text = lua_tolstring(L, 3, &length);
    if (mlp_event_text(w, check_at(L, check_wall_time(L, "add_text")), text, length, &err)) return mlpl_raise(L, &err);
    return 0;
}

static int picture(lua_State *L, const char *who, const char *layout)
{
    static const char *const known[] = { "dataformats", "walltime", NULL };
    mlp_error err;
    mlp_event_writer *w = check_writer(L);
    mlpl_options o = mlpl_options_at(L, 5, who, known);
    layout = mlpl_option_string(&o, "dataformats", layout);
    mlp_event_at at = check_at(L, mlpl_option_number(&o, "walltime", NAN));
    mlp_image *image = mlpl_test(L, 3, &mlpl_image_class);
    if (!image) {
        mlp_tensor *t = mlpl_test(L, 3, &mlpl_tensor_class);
        if (!t) return mlpl_arg_error(L, 3, "a Tensor or an Image");
        mlp_image **box = mlpl_push_image(L);
        if (mlp_event_picture(box, t, layout, &err)) return mlpl_raise(L, &err);
        image = *box;
    }
    if (mlp_event_image(w, at, image, &err)) return mlpl_raise(L, &err);
    return 0;
}

static int add_image(lua_State *L) /* add_image(tag, tensor or image, step, { dataformats = "CHW" }) */
{
    return picture(L, "add_image", "CHW");
}

static int add_images(lua_State *L) /* add_images(tag, tensor, step, { dataformats = "NCHW" }) */
{
    return picture(L, "add_images", "NCHW");
}

/* hparams({ { name, value }, ... }, walltime): the session records; values are numbers, texts, booleans */
static int hparams(lua_State *L)
{
    mlp_error err;
    mlp_event_writer *w = check_writer(L);
    if (!lua_istable(L, 2)) return mlpl_arg_error(L, 2, "a list of { name, value }");
    double wall_time = lua_type(L, 3) == LUA_TNUMBER ? lua_tonumber(L, 3) : NAN;
    size_t n = (size_t)mlpl_length(L, 2);
    luaL_checkstack(L, 8, "add_hparams");
    mlp_hparam *list = lua_newuserdatauv(L, (n + 1) * sizeof *list, 0);
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, 2, (lua_Integer)i + 1);
        if (!lua_istable(L, -1) || lua_rawgeti(L, -1, 1) != LUA_TSTRING)
            return mlpl_arg_error(L, 2, "a list of { name, value }");
        lua_rawgeti(L, -2, 2);
        list[i] = (mlp_hparam){ .name = lua_tostring(L, -2) }; /* anchored by the caller's table */
        switch (lua_type(L, -1)) {
        case LUA_TNUMBER:
            list[i].kind = MLP_HPARAM_NUMBER;
            list[i].number = lua_tonumber(L, -1);
            break;
        case LUA_TBOOLEAN:
            list[i].kind = MLP_HPARAM_BOOLEAN;
            list[i].number = lua_toboolean(L, -1);
            break;
        case LUA_TSTRING:
            list[i].kind = MLP_HPARAM_TEXT;
            list[i].text = lua_tostring(L, -1);
            break;
        default:
            return mlpl_errorf(L, "add_hparams: '%s' is a %s, expected a number, a text or a boolean", list[i].name,
                               luaL_typename(L, -1));
        }
        lua_pop(L, 3);
    }
    if (mlp_event_hparams(w, list, n, wall_time, &err)) return mlpl_raise(L, &err);
    return 0;
}

static int flush(lua_State *L)
{
    mlp_error err;
    if (mlp_event_writer_flush(check_writer(L), &err)) return mlpl_raise(L, &err);
    return 0;
}

static int path(lua_State *L) /* path() -> of the event file */
{
    lua_pushstring(L, mlp_event_writer_path(check_writer(L)));
    return 1;
}

/* open(folder, { purge_step, filename_suffix, walltime }) -> SummaryWriter */
static int open_writer(lua_State *L)
{
    static const char *const known[] = { "purge_step", "filename_suffix", "walltime", NULL };
    mlp_error err;
    if (lua_type(L, 1) != LUA_TSTRING) return mlpl_arg_error(L, 1, "a folder");
    const char *folder = lua_tostring(L, 1);
    mlpl_options o = mlpl_options_at(L, 2, "SummaryWriter", known);
    mlp_event_options e = mlp_event_defaults();
    int64_t purge = mlpl_option_integer(&o, "purge_step", MLP_NO_STEP);
    if (purge < 0 && mlpl_option_push(&o, "purge_step"))
        return mlpl_errorf(L, "SummaryWriter: purge_step is %I, expected 0 or more", (LUAI_UACINT)purge);
    e.purge_step = purge;
    e.filename_suffix = mlpl_option_string(&o, "filename_suffix", e.filename_suffix);
    e.wall_time = mlpl_option_number(&o, "walltime", e.wall_time);
    void **box = mlpl_push(L, &writer_class);
    if (mlp_event_writer_open((mlp_event_writer **)box, folder, &e, &err)) return mlpl_raise(L, &err);
    return 1;
}

int mlpl_open_writers(lua_State *L)
{
    static const mlpl_function methods[] = {
        { "add_scalar", add_scalar, 5 },
        { "add_histogram", add_histogram, 5 },
        { "add_text", add_text, 5 },
        { "add_image", add_image, 5 },
        { "add_images", add_images, 5 },
        { "hparams", hparams, 3 },
        { "flush", flush, 1 },
        { "path", path, 1 },
        { NULL, NULL, 0 },
    };
    mlpl_class_register(L, &writer_class, methods, NULL);
    lua_newtable(L);
    lua_pushcfunction(L, open_writer);
    lua_setfield(L, -2, "open");
    luaL_getmetatable(L, writer_class.name);
    lua_getfield(L, -1, "methods");
    lua_setfield(L, -3, "methods"); /* where scripts/writers adds the others */
    lua_pop(L, 1);
    return 1;
}
