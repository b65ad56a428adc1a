/* writers.c - core.writers: SummaryWriter over runtime/writers/writers.h. scripts/writers/ adds what is policy: the
 * default folder, add_scalars, add_hparams. */
#include "writers.h"

#include "image/image.h"
#include "tensor/tensor.h"

#include <math.h>
#include <string.h>

/* ---- methods ---- */

static int add_scalar(lua_State *L) /* add_scalar(tag, value, step, walltime) */
{
    mlp_error err;
    mlp_event_writer *w = mlpl_check_writer(L);
    mlp_event_at at = mlpl_check_at(L, mlpl_check_wall_time(L, "add_scalar"));
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

/* The edges of bins, a list of numbers on the top of the stack, in memory that Lua owns. */
static const double *check_edges(lua_State *L, size_t *count)
{
    if (!lua_istable(L, -1)) mlpl_errorf(L, "add_histogram: edges is a %s, expected a list", luaL_typename(L, -1));
    int list = lua_gettop(L);
    *count = (size_t)mlpl_length(L, list);
    double *edges = lua_newuserdatauv(L, (*count + 1) * sizeof *edges, 0);
    for (size_t i = 0; i < *count; i++, lua_pop(L, 1)) {
        if (lua_rawgeti(L, list, (lua_Integer)i + 1) != LUA_TNUMBER)
            mlpl_errorf(L, "add_histogram: an edge is a %s, expected a number", luaL_typename(L, -1));
        edges[i] = lua_tonumber(L, -1);
    }
    return edges;
}

/* histogram(tag, tensor, step, { edges, max_bins, walltime }) */
static int add_histogram(lua_State *L)
{
    static const char *const known[] = { "edges", "max_bins", "walltime", NULL };
    mlp_error err;
    mlp_bins bins = { 0 };
    mlp_event_writer *w = mlpl_check_writer(L);
    mlp_tensor *t = mlpl_check_tensor(L, 3);
    mlpl_options o = mlpl_options_at(L, 5, "add_histogram", known);
    mlp_event_at at = mlpl_check_at(L, mlpl_option_number(&o, "walltime", NAN));
    int64_t most = mlpl_option_integer(&o, "max_bins", 0);
    if (most < 0) return mlpl_errorf(L, "add_histogram: max_bins is %I, expected 1 or more", (LUAI_UACINT)most);
    bins.most = (size_t)most;
    if (mlpl_option_push(&o, "edges")) bins.edges = check_edges(L, &bins.count);
    if (mlp_event_histogram(w, at, t, &bins, &err)) return mlpl_raise(L, &err);
    return 0;
}

static int add_text(lua_State *L) /* add_text(tag, text, step, walltime) */
{
    mlp_error err;
    size_t length;
    mlp_event_writer *w = mlpl_check_writer(L);
    if (lua_type(L, 3) != LUA_TSTRING) return mlpl_arg_error(L, 3, "a text");
    const char *text = lua_tolstring(L, 3, &length);
    if (mlp_event_text(w, mlpl_check_at(L, mlpl_check_wall_time(L, "add_text")), text, length, &err))
        return mlpl_raise(L, &err);
    return 0;
}

static int picture(lua_State *L, const char *who, const char *layout)
{
    static const char *const known[] = { "dataformats", "quality", "walltime", NULL };
    mlp_error err;
    mlp_event_writer *w = mlpl_check_writer(L);
    mlpl_options o = mlpl_options_at(L, 5, who, known);
    layout = mlpl_option_string(&o, "dataformats", layout);
    int64_t quality = mlpl_option_integer(&o, "quality", 0);
    if (quality < 0 || quality > 100)
        return mlpl_errorf(L, "%s: quality is %I, expected 1 to 100 for a JPEG, or 0 for a PNG", who,
                           (LUAI_UACINT)quality);
    mlp_event_at at = mlpl_check_at(L, mlpl_option_number(&o, "walltime", NAN));
    mlp_image *image = mlpl_test(L, 3, &mlpl_image_class);
    if (!image) {
        mlp_tensor *t = mlpl_test(L, 3, &mlpl_tensor_class);
        if (!t) return mlpl_arg_error(L, 3, "a Tensor or an Image");
        mlp_image **box = mlpl_push_image(L);
        if (mlp_event_picture(box, t, layout, &err)) return mlpl_raise(L, &err);
        image = *box;
    }
    if (mlp_event_image(w, at, image, (int)quality, &err)) return mlpl_raise(L, &err);
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

static int flush(lua_State *L)
{
    mlp_error err;
    if (mlp_event_writer_flush(mlpl_check_writer(L), &err)) return mlpl_raise(L, &err);
    return 0;
}

/* The field log_dir; a name of PyTorch's writer that this one has no method for is an error that says what has (upvalue
 * 2); everything else is for upvalue 1. */
static int index_writer(lua_State *L)
{
    const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
    if (strcmp(key, "log_dir") == 0) {
        const char *file = mlp_event_writer_path(mlpl_check_writer(L));
        lua_pushlstring(L, file, (size_t)(strrchr(file, '/') - file));
        return 1;
    }
    if (lua_getfield(L, lua_upvalueindex(2), key) == LUA_TSTRING)
        return mlpl_errorf(L, "a SummaryWriter has no '%s': %s", key, lua_tostring(L, -1));
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 2);
    lua_call(L, 2, 1);
    return 1;
}

static int path(lua_State *L) /* path() -> of the event file */
{
    lua_pushstring(L, mlp_event_writer_path(mlpl_check_writer(L)));
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
    void **box = mlpl_push(L, &mlpl_writer_class);
    if (mlp_event_writer_open((mlp_event_writer **)box, folder, &e, &err)) return mlpl_raise(L, &err);
    return 1;
}

int mlpl_open_writers(lua_State *L)
{
    static const mlpl_function methods[] = {
        { "add_scalar", add_scalar, 5 },
        { "histogram", add_histogram, 5 },
        { "add_text", add_text, 5 },
        { "add_image", add_image, 5 },
        { "add_images", add_images, 5 },
        { "hparams", mlpl_writer_hparams, 3 },
        { "experiment", mlpl_writer_experiment, 4 },
        { "add_tensor", mlpl_writer_tensor, 5 },
        { "pr_curve", mlpl_writer_pr_curve, 5 },
        { "charts", mlpl_writer_charts, 2 },
        { "graph", mlpl_writer_graph, 3 },
        { "flush", flush, 1 },
        { "path", path, 1 },
        { NULL, NULL, 0 },
    };
    mlpl_class_register(L, &mlpl_writer_class, methods, NULL);
    lua_newtable(L);
    lua_pushcfunction(L, open_writer);
    lua_setfield(L, -2, "open");
    luaL_getmetatable(L, mlpl_writer_class.name);
    lua_getfield(L, -1, "methods");
    lua_setfield(L, -3, "methods"); /* where scripts/writers adds the others */
    lua_getfield(L, -1, "__index");
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, -5, "absent"); /* and these */
    lua_pushcclosure(L, index_writer, 2);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    return 1;
}
