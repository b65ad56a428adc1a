/* writers_box.c - the class SummaryWriter, and the arguments that its methods share. */
#include "writers.h"

#include <math.h>

static void release_writer(void *object)
{
    mlp_event_writer_release(object);
}

const mlpl_class mlpl_writer_class = { "mlprun.SummaryWriter", release_writer };

mlp_event_writer *mlpl_check_writer(lua_State *L)
{
    return mlpl_check(L, 1, &mlpl_writer_class);
}

mlp_event_at mlpl_check_at(lua_State *L, double wall_time)
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
double mlpl_check_wall_time(lua_State *L, const char *who)
{
    static const char *const known[] = { "walltime", NULL };
    if (lua_type(L, 5) == LUA_TNUMBER) return lua_tonumber(L, 5);
    mlpl_options o = mlpl_options_at(L, 5, who, known);
    return mlpl_option_number(&o, "walltime", NAN);
}
