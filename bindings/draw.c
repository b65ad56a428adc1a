/* draw.c - core.draw: charts draw through it (scripts/plot/); over runtime/draw/canvas.h. A colour is "#rrggbb". */
#include "binding.h"

#include "draw/canvas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void release(void *object)
{
    mlp_canvas_release(object);
}

static const mlpl_class canvas_class = { "mlprun.Canvas", release };
static const mlpl_class bytes_class = { "mlprun.PdfBytes", free }; /* holds what malloc gave while Lua copies it */

static mlp_canvas *check_canvas(lua_State *L)
{
    return mlpl_check(L, 1, &canvas_class);
}

/* colour, opacity (1 unless said) */
static mlp_paint check_paint(lua_State *L, int arg)
{
    mlp_paint paint = { { 0, 0, 0 }, luaL_optnumber(L, arg + 1, 1) };
    const char *text = lua_type(L, arg) == LUA_TSTRING ? lua_tostring(L, arg) : "";
    char *end = NULL;
    unsigned long value = *text == '#' && strlen(text) == 7 ? strtoul(text + 1, &end, 16) : 0;
    if (!end || *end) mlpl_arg_error(L, arg, "a colour such as '#ff8000'");
    for (int c = 0; c < 3; c++) paint.level[c] = (uint8_t)(value >> (16 - 8 * c));
    return paint;
}

/* The numbers of a list, in memory that Lua's collector frees; what is no number is NaN. */
static double *check_numbers(lua_State *L, int arg, int64_t *count)
{
    luaL_checktype(L, arg, LUA_TTABLE);
    *count = mlpl_length(L, arg);
    double *list = lua_newuserdatauv(L, ((size_t)*count + 1) * sizeof *list, 0);
    for (int64_t i = 0; i < *count; i++) {
        lua_rawgeti(L, arg, i + 1);
        list[i] = lua_isnumber(L, -1) ? lua_tonumber(L, -1) : NAN;
        lua_pop(L, 1);
    }
    return list;
}

/* ---- canvases ---- */

static int draw_canvas(lua_State *L) /* canvas(width, height, scale); without scale: a page of PDF */
{
    double width = luaL_checknumber(L, 1), height = luaL_checknumber(L, 2), scale = luaL_optnumber(L, 3, 0);
    bool pdf = lua_isnoneornil(L, 3);
    mlp_error err;
    mlp_canvas **out = (mlp_canvas **)mlpl_push(L, &canvas_class);
    mlp_status st =
        pdf ? mlp_canvas_new_pdf(out, width, height, &err) : mlp_canvas_new(out, width, height, scale, &err);
    return st ? mlpl_raise(L, &err) : 1;
}

static int canvas_rectangle(lua_State *L) /* canvas:rectangle(x, y, width, height, colour, opacity) */
{
    double at[4];
    mlp_canvas *canvas = check_canvas(L);
    for (int i = 0; i < 4; i++) at[i] = luaL_checknumber(L, 2 + i);
    mlp_canvas_rectangle(canvas, at[0], at[1], at[2], at[3], check_paint(L, 6));
    return 0;
}

static int canvas_line(lua_State *L) /* canvas:line({ x1, y1, ... }, width, dashes or {}, colour, opacity) */
{
    mlp_canvas *canvas = check_canvas(L);
    double width = luaL_checknumber(L, 3);
    mlp_paint paint = check_paint(L, 5);
    int64_t n, n_dashes;
    const double *points = check_numbers(L, 2, &n), *dashes = check_numbers(L, 4, &n_dashes);
    mlp_canvas_line(canvas, points, n / 2, width, dashes, (int)n_dashes, paint);
    return 0;
}

static int canvas_polygon(lua_State *L) /* canvas:polygon({ x1, y1, ... }, colour, opacity) */
{
    mlp_canvas *canvas = check_canvas(L);
    mlp_paint paint = check_paint(L, 3);
    int64_t n;
    const double *points = check_numbers(L, 2, &n);
    mlp_canvas_polygon(canvas, points, n / 2, paint);
    return 0;
}

static int canvas_text(lua_State *L) /* canvas:text(x, y, text, size, bold, upwards, anchor, colour) */
{
    mlp_canvas *canvas = check_canvas(L);
    double x = luaL_checknumber(L, 2), y = luaL_checknumber(L, 3);
    const char *text = luaL_checkstring(L, 4);
    mlp_lettering how = { luaL_checknumber(L, 5), lua_toboolean(L, 6), lua_toboolean(L, 7), luaL_checknumber(L, 8) };
    mlp_canvas_text(canvas, x, y, text, how, check_paint(L, 9));
    return 0;
}

static int canvas_picture(lua_State *L) /* canvas:picture(x, y, width, height, image, smooth) */
{
    double at[4];
    mlp_canvas *canvas = check_canvas(L);
    for (int i = 0; i < 4; i++) at[i] = luaL_checknumber(L, 2 + i);
    mlp_canvas_picture(canvas, at[0], at[1], at[2], at[3], mlpl_check_image(L, 6), lua_toboolean(L, 7));
    return 0;
}

static int canvas_image(lua_State *L) /* canvas:image() -> Image */
{
    mlp_canvas *canvas = check_canvas(L);
    mlp_error err;
    mlp_image **out = mlpl_push_image(L);
    if (mlp_canvas_image(out, canvas, &err)) return mlpl_raise(L, &err);
    mlpl_account(L);
    return 1;
}

static int canvas_pdf(lua_State *L) /* canvas:pdf() -> the bytes of the file */
{
    mlp_canvas *canvas = check_canvas(L);
    mlp_error err;
    size_t length = 0;
    void **bytes = mlpl_push(L, &bytes_class);
    if (mlp_canvas_pdf((uint8_t **)bytes, &length, canvas, &err)) return mlpl_raise(L, &err);
    lua_pushlstring(L, *bytes, length);
    return 1;
}

/* ---- letters ---- */

static int draw_text_width(lua_State *L) /* text_width(text, size, bold) -> pixels */
{
    const char *text = luaL_checkstring(L, 1);
    double width = 0;
    mlp_error err;
    if (mlp_text_width(&width, text, luaL_checknumber(L, 2), lua_toboolean(L, 3), &err)) return mlpl_raise(L, &err);
    lua_pushnumber(L, width);
    return 1;
}

/* missing() -> why letters or pictures will not be what they should, or nil; whether nothing can be drawn at all */
static int draw_missing(lua_State *L)
{
    bool none = false;
    lua_pushstring(L, mlp_canvas_missing(&none));
    lua_pushboolean(L, none);
    return 2;
}

int mlpl_open_draw(lua_State *L)
{
    static const mlpl_function functions[] = {
        { "canvas", draw_canvas, 3 },
        { "text_width", draw_text_width, 3 },
        { "missing", draw_missing, 0 },
        { NULL, NULL, 0 },
    };
    static const mlpl_function methods[] = {
        { "rectangle", canvas_rectangle, 7 },
        { "line", canvas_line, 6 },
        { "polygon", canvas_polygon, 4 },
        { "text", canvas_text, 9 },
        { "picture", canvas_picture, 7 },
        { "image", canvas_image, 1 },
        { "pdf", canvas_pdf, 1 },
        { NULL, NULL, 0 },
    };
    mlpl_class_register(L, &canvas_class, methods, NULL);
    mlpl_class_register(L, &bytes_class, NULL, NULL);
    mlpl_new_functions(L, functions);
    return 1;
}
