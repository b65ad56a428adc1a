/* draw.c - core.draw: charts draw through it (scripts/plot/); over runtime/image/draw.h. A colour is "#rrggbb". */
#include "binding.h"

#include "image/draw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static mlp_colour check_colour(lua_State *L, int arg)
{
    mlp_colour colour = { { 0, 0, 0 } };
    const char *text = lua_type(L, arg) == LUA_TSTRING ? lua_tostring(L, arg) : "";
    char *end = NULL;
    unsigned long value = *text == '#' && strlen(text) == 7 ? strtoul(text + 1, &end, 16) : 0;
    if (!end || *end) mlpl_arg_error(L, arg, "a colour such as '#ff8000'");
    for (int c = 0; c < 3; c++) colour.level[c] = (uint8_t)(value >> (16 - 8 * c));
    return colour;
}

/* A place or a length in pixels. */
static int check_pixels(lua_State *L, int arg)
{
    double value = lua_type(L, arg) == LUA_TNUMBER ? lua_tonumber(L, arg) : NAN;
    if (!(fabs(value) <= 1e6)) mlpl_arg_error(L, arg, "a number of pixels");
    return (int)floor(value + 0.5);
}

static mlp_image *check_canvas(lua_State *L)
{
    mlp_image *on = mlpl_check_image(L, 1);
    if (on->channels != 3) mlpl_arg_error(L, 1, "a picture in colour");
    return on;
}

static int draw_canvas(lua_State *L) /* canvas(width, height, colour) -> Image */
{
    int width = check_pixels(L, 1), height = check_pixels(L, 2);
    mlp_colour colour = check_colour(L, 3);
    mlp_error err;
    mlp_image **out = mlpl_push_image(L);
    if (mlp_image_new(out, width, height, 3, &err)) return mlpl_raise(L, &err);
    mlp_draw_rectangle(*out, 0, 0, width, height, colour, 1);
    mlpl_account(L);
    return 1;
}

static int draw_rectangle(lua_State *L) /* rectangle(image, x, y, width, height, colour, opacity = 1) */
{
    mlp_image *on = check_canvas(L);
    int x = check_pixels(L, 2), y = check_pixels(L, 3), width = check_pixels(L, 4), height = check_pixels(L, 5);
    double opacity = luaL_optnumber(L, 7, 1);
    mlp_draw_rectangle(on, x, y, width, height, check_colour(L, 6), opacity >= 0 && opacity <= 1 ? opacity : 1);
    return 0;
}

static int draw_line(lua_State *L) /* line(image, { x1, y1, x2, y2, ... }, width, colour) */
{
    mlp_image *on = check_canvas(L);
    luaL_checktype(L, 2, LUA_TTABLE);
    int64_t n = mlpl_length(L, 2);
    double width = luaL_checknumber(L, 3);
    mlp_colour colour = check_colour(L, 4);
    if (!(width > 0 && width < 1000)) return mlpl_arg_error(L, 3, "a width in pixels");
    double *points = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *points, 0);
    for (int64_t i = 0; i < n; i++) {
        lua_rawgeti(L, 2, i + 1);
        points[i] = lua_isnumber(L, -1) ? lua_tonumber(L, -1) : NAN;
        lua_pop(L, 1);
    }
    mlp_draw_line(on, points, n / 2, width, colour);
    return 0;
}

static int draw_text(lua_State *L) /* text(image, x, y, text, scale, upwards, colour) */
{
    mlp_image *on = check_canvas(L);
    int x = check_pixels(L, 2), y = check_pixels(L, 3);
    const char *text = luaL_checkstring(L, 4);
    lua_Integer scale = luaL_checkinteger(L, 5);
    if (scale < 1 || scale > 100) return mlpl_arg_error(L, 5, "pixels for each dot of a letter, 1 to 100");
    mlp_draw_text(on, x, y, text, (int)scale, lua_toboolean(L, 6), check_colour(L, 7));
    return 0;
}

static int draw_text_width(lua_State *L) /* text_width(text, scale) -> pixels */
{
    const char *text = luaL_checkstring(L, 1);
    lua_Integer scale = luaL_checkinteger(L, 2);
    if (scale < 1 || scale > 100) return mlpl_arg_error(L, 2, "pixels for each dot of a letter, 1 to 100");
    lua_pushinteger(L, mlp_draw_text_width(text, (int)scale));
    return 1;
}

static int draw_picture(lua_State *L) /* picture(image, x, y, width, height, other) */
{
    mlp_image *on = check_canvas(L);
    int x = check_pixels(L, 2), y = check_pixels(L, 3), width = check_pixels(L, 4), height = check_pixels(L, 5);
    mlp_draw_picture(on, x, y, width, height, mlpl_check_image(L, 6));
    return 0;
}

int mlpl_open_draw(lua_State *L)
{
    static const mlpl_function functions[] = {
        { "canvas", draw_canvas, 3 },
        { "rectangle", draw_rectangle, 7 },
        { "line", draw_line, 4 },
        { "text", draw_text, 7 },
        { "text_width", draw_text_width, 2 },
        { "picture", draw_picture, 6 },
        { NULL, NULL, 0 },
    };
    mlpl_new_functions(L, functions);
    return 1;
}
