/* param.c - reading and showing what a description (runtime/base/param.h) says. */
#include "param.h"

#include <math.h>
#include <string.h>

/* ---- one parameter from a Lua value ---- */

typedef struct reader {
    lua_State *L;
    const char *who; /* "augment.Resize": begins the messages */
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

/* "a number", or what more there is to say when it has no two ends. */
static void refuse_number(const reader *r)
{
    char limits[MLP_VALUE_TEXT];
    bool ends = !isinf(r->param->low) && !isinf(r->param->high);
    mlp_limits_text(limits, r->param, r->param->name);
    refuse(r, !ends ? limits : r->param->kind == MLP_PARAM_INT ? "a whole number" : "a number");
}

/* Whether the value at the top of the stack is a number, or the false that may stand for one. */
static bool is_number(const reader *r)
{
    return lua_type(r->L, -1) == LUA_TNUMBER ||
           (r->param->or_false && lua_isboolean(r->L, -1) && !lua_toboolean(r->L, -1));
}

static double number_at_top(lua_State *L)
{
    return lua_isboolean(L, -1) ? (double)NAN : lua_tonumber(L, -1);
}

/* The numbers of the list at the top of the stack; anything else than `counts` of them (a bit each) is refused. */
static int read_list(const reader *r, double *numbers, unsigned counts, const char *expected)
{
    lua_State *L = r->L;
    lua_Unsigned n = lua_istable(L, -1) ? lua_rawlen(L, -1) : 0;
    if (n < 1 || n > MLP_VALUE_NUMBERS || !(counts & 1u << n)) refuse(r, expected);
    for (lua_Unsigned i = 0; i < n; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        bool ok = is_number(r);
        numbers[i] = number_at_top(L);
        lua_pop(L, 1);
        if (!ok) refuse(r, expected);
    }
    return (int)n;
}

static void read_two(const reader *r, double two[2], mlp_scalar meaning)
{
    bool pair = r->param->kind == MLP_PARAM_PAIR || r->param->kind == MLP_PARAM_INT_PAIR;
    if (!is_number(r) || meaning == MLP_NO_SCALAR) {
        const char *expected = meaning == MLP_NO_SCALAR ? "a list of two numbers"
                               : pair                   ? "a number or a list of two"
                                                        : "a number or a range {low, high}";
        read_list(r, two, 1u << 2, expected);
        return;
    }
    double x = number_at_top(r->L);
    const double firsts[] = {
        [MLP_SAME] = x,     [MLP_SYMMETRIC] = -fabs(x), [MLP_FROM_ZERO] = 0,
        [MLP_FROM_ONE] = 1, [MLP_FROM_THREE] = 3,       [MLP_AROUND_ONE] = fmax(0, 1 - x),
    };
    two[0] = firsts[meaning];
    two[1] = meaning == MLP_SYMMETRIC ? fabs(x) : meaning == MLP_AROUND_ONE ? 1 + x : x;
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
        read_two(r, n, MLP_SAME);
        n[2] = n[0], n[3] = n[1];
        return;
    }
    int found = 0, fields = 0;
    for (int k = 0; k < 2; k++) {
        memcpy(n + 2 * k, r->param->fallback.number + 2 * k, 2 * sizeof *n);
        if ((lua_pushstring(L, axes[k]), lua_rawget(L, -2)) != LUA_TNIL) {
            read_two(r, n + 2 * k, MLP_SAME);
            found++;
        }
        lua_pop(L, 1);
    }
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) fields++;
    if (!found || fields != found) refuse(r, "a number, a range {low, high}, or { x = ..., y = ... }");
}

/* Pushes "one of 'a', 'b'; did you mean 'b'?". */
static const char *push_choices(lua_State *L, const mlp_param *param, const char *near)
{
    const char *const *list = param->choices;
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    if (param->kind == MLP_PARAM_INT_PAIR) luaL_addstring(&b, "a number, a list of two, or ");
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
    return lua_tostring(L, -1);
}

static double read_choice(const reader *r)
{
    lua_State *L = r->L;
    const char *const *list = r->param->choices;
    if (lua_type(L, -1) == LUA_TNUMBER) return lua_tonumber(L, -1); /* its place, checked by the runtime */
    const char *name = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    for (int i = 0; list[i]; i++)
        if (strcmp(list[i], name) == 0) return i;
    const char *expected = push_choices(L, r->param, mlpl_nearest(name, list));
    lua_pushvalue(L, -2);
    refuse(r, expected);
    return 0;
}

/* Two numbers, or the word that stands for them. */
static void read_pair(const reader *r, mlp_value *v)
{
    bool word = r->param->choices && lua_type(r->L, -1) == LUA_TSTRING;
    v->count = word ? 1 : 2;
    if (word) v->number[0] = read_choice(r);
    else read_two(r, v->number, r->param->scalar);
}

static void read_sizes(const reader *r, mlp_value *v)
{
    unsigned any = (1u << (MLP_VALUE_NUMBERS + 1)) - 2;
    if (is_number(r)) v->number[0] = number_at_top(r->L);
    else v->count = read_list(r, v->number, any, "a whole number or a list of them");
}

/* A number that scripts count from 1. */
static double read_counted(const reader *r)
{
    double x = lua_type(r->L, -1) == LUA_TNUMBER ? lua_tonumber(r->L, -1) : (double)NAN;
    bool either_end = r->param->kind != MLP_PARAM_INDEX;
    if (x != floor(x) || (either_end && x == 0)) {
        char limits[MLP_VALUE_TEXT];
        refuse(r, either_end ? mlp_limits_text(limits, r->param, r->param->name) : "a whole number, from 1");
    }
    return either_end && x < 0 ? x : x - 1;
}

void mlpl_read_value(lua_State *L, const char *who, const mlp_param *param, mlp_value *v)
{
    const reader r = { L, who, param };
    int type = lua_type(L, -1);
    v->count = 1;
    switch (param->kind) {
    case MLP_PARAM_FLOAT:
    case MLP_PARAM_INT:
        if (!is_number(&r)) refuse_number(&r);
        v->number[0] = number_at_top(L);
        break;
    case MLP_PARAM_INDEX:
    case MLP_PARAM_DIM:
    case MLP_PARAM_ROW: v->number[0] = read_counted(&r); break;
    case MLP_PARAM_TENSOR: v->count = 0; break;
    case MLP_PARAM_BOOL:
        if (type != LUA_TBOOLEAN) refuse(&r, "true or false");
        v->number[0] = lua_toboolean(L, -1);
        break;
    case MLP_PARAM_CHOICE: v->number[0] = read_choice(&r); break;
    case MLP_PARAM_RANGE:
    case MLP_PARAM_INT_RANGE:
    case MLP_PARAM_PAIR:
    case MLP_PARAM_INT_PAIR: read_pair(&r, v); break;
    case MLP_PARAM_SIZES: read_sizes(&r, v); break;
    case MLP_PARAM_AXES: read_axes(&r, v); break;
    case MLP_PARAM_COLOUR:
        if (type == LUA_TNUMBER) v->number[0] = lua_tonumber(L, -1);
        else v->count = read_list(&r, v->number, 1u << 1 | 1u << 3, "a number or a list with one number per channel");
        break;
    }
}

/* ---- all of them ---- */

/* Every name that the table may have; optional ones first: the first is a message's example. */
static void option_names(const mlp_description *d, const char *const *extra, const char *names[MLPL_MOST_NAMES])
{
    int n = 0;
    for (int required = 0; required <= 1; required++)
        for (int i = 0; i < d->param_count; i++)
            if (d->params[i].required == required) names[n++] = d->params[i].name;
    for (const mlp_param_alias *a = d->aliases; a && a->old && n < MLPL_MOST_NAMES - 1; a++) names[n++] = a->old;
    for (; extra && *extra && n < MLPL_MOST_NAMES - 1; extra++) names[n++] = *extra;
    names[n] = NULL;
}

static void refuse_twice(const mlpl_options *o, const char *name, const char *old)
{
    mlpl_errorf(o->L, "%s: '%s' and its other name '%s' were both given", o->who, name, old);
}

/* The list at the top of the stack holds parameter i and the next, which are a number each. */
static void read_both(const mlpl_options *o, const mlp_description *d, int i, const char *list, mlp_value *values)
{
    mlp_param both = d->params[i];
    both.name = list;
    double numbers[2];
    const reader r = { o->L, o->who, &both };
    const char *expected = lua_pushfstring(o->L, "{%s, %s}", d->params[i].name, d->params[i + 1].name);
    lua_insert(o->L, -2);
    read_list(&r, numbers, 1u << 2, expected);
    lua_remove(o->L, -2);
    for (int k = 0; k < 2; k++) {
        if (values[i + k].count) refuse_twice(o, d->params[i + k].name, list);
        values[i + k] = (mlp_value){ 1, { numbers[k] } };
    }
}

static void read_alias(const mlpl_options *o, const mlp_description *d, const mlp_param_alias *alias, mlp_value *values)
{
    if (!mlpl_option_push(o, alias->old)) return;
    int i = mlp_param_index(d, alias->name);
    const reader r = { o->L, o->who, &d->params[i] };
    if (alias->part == MLP_ALIAS_TWO) {
        read_both(o, d, i, alias->old, values);
    } else if (alias->part < 0) {
        if (values[i].count) refuse_twice(o, alias->name, alias->old);
        mlpl_read_value(o->L, o->who, r.param, &values[i]);
    } else {
        if (lua_type(o->L, -1) != LUA_TNUMBER) refuse(&r, "a number");
        if (!values[i].count) values[i] = r.param->fallback;
        values[i].number[alias->part] = lua_tonumber(o->L, -1);
    }
    lua_pop(o->L, 1);
}

/* Returns the index of the options' argument. A nil in a place is one that is not given. */
static int read_positional(lua_State *L, int first, const char *who, const mlp_description *d, mlp_value *values)
{
    int arg = first;
    for (int i = 0; i < d->param_count && d->params[i].required; i++, arg++) {
        if (lua_isnone(L, arg) || (lua_istable(L, arg) && lua_rawlen(L, arg) == 0)) break;
        if (lua_isnil(L, arg)) continue;
        lua_pushvalue(L, arg);
        mlpl_read_value(L, who, &d->params[i], &values[i]);
        lua_pop(L, 1);
    }
    if (lua_gettop(L) > arg)
        mlpl_errorf(L, "%s: got %d arguments, expected at most %d (optional ones are named, in a table at the end)",
                    who, lua_gettop(L) - first + 1, arg - first + 1);
    return arg;
}

mlpl_options mlpl_read_values(lua_State *L, int first, const char *who, const mlp_description *d,
                              const char *const *extra, mlp_value *values)
{
    const char *names[MLPL_MOST_NAMES];
    memset(values, 0, (size_t)d->param_count * sizeof *values);
    option_names(d, extra, names);
    int arg = read_positional(L, first, who, d, values);
    if (names[0] && !lua_isnoneornil(L, arg) && !lua_istable(L, arg)) {
        const char *given = luaL_tolstring(L, arg, NULL);
        bool plain = lua_isboolean(L, arg) || lua_type(L, arg) == LUA_TNUMBER;
        mlpl_errorf(L, "%s: got %s as a positional argument: optional arguments are named: %s(..., { %s = %s })", who,
                    given, who, names[0], plain ? given : "...");
    }
    mlpl_last(L, arg);
    mlpl_options o = mlpl_options_at(L, arg, who, names);
    for (int i = 0; i < d->param_count; i++) {
        if (!mlpl_option_push(&o, d->params[i].name)) continue;
        mlpl_read_value(L, who, &d->params[i], &values[i]);
        lua_pop(L, 1);
    }
    for (const mlp_param_alias *a = d->aliases; a && a->old; a++) read_alias(&o, d, a, values);
    return o;
}

/* ---- what Lua is shown ---- */

/* A whole number is pushed as one: a default of 3 is shown as 3. */
static void push_number(lua_State *L, double x)
{
    lua_Integer whole;
    if (lua_numbertointeger(x, &whole) && (double)whole == x) lua_pushinteger(L, whole);
    else lua_pushnumber(L, x);
}

static void push_number_of(lua_State *L, const mlp_param *param, double x)
{
    if (isnan(x) && param->or_false) lua_pushboolean(L, false);
    else push_number(L, mlp_param_shown(param, x));
}

static void push_numbers(lua_State *L, const mlp_param *param, const double *numbers, int count)
{
    lua_createtable(L, count, 0);
    for (int i = 0; i < count; i++) {
        push_number_of(L, param, numbers[i]);
        lua_rawseti(L, -2, i + 1);
    }
}

void mlpl_push_value(lua_State *L, const mlp_param *param, const mlp_value *v)
{
    if (v->count == 0) {
        lua_pushnil(L);
    } else if (param->kind == MLP_PARAM_BOOL) {
        lua_pushboolean(L, v->number[0] != 0);
    } else if (mlp_value_is_choice(param, v)) {
        lua_pushstring(L, param->choices[(int)v->number[0]]);
    } else if (param->kind == MLP_PARAM_AXES) {
        lua_createtable(L, 0, 2);
        push_numbers(L, param, v->number, 2);
        lua_setfield(L, -2, "x");
        push_numbers(L, param, v->number + 2, 2);
        lua_setfield(L, -2, "y");
    } else if (v->count == 1 && param->kind != MLP_PARAM_SIZES) {
        push_number_of(L, param, v->number[0]);
    } else {
        push_numbers(L, param, v->number, v->count);
    }
}

static void set_string(lua_State *L, const char *key, const char *value)
{
    lua_pushstring(L, value);
    lua_setfield(L, -2, key);
}

static void set_boolean(lua_State *L, const char *key, bool value)
{
    lua_pushboolean(L, value);
    lua_setfield(L, -2, key);
}

static void set_number(lua_State *L, const char *key, double value)
{
    push_number(L, value);
    lua_setfield(L, -2, key);
}

static void set_choices(lua_State *L, const mlp_param *param)
{
    lua_newtable(L);
    for (int i = 0; param->choices[i]; i++) {
        lua_pushstring(L, param->choices[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "choices");
}

static void set_limits(lua_State *L, const mlp_param *param)
{
    char text[MLP_VALUE_TEXT];
    set_number(L, "low", param->low);
    set_number(L, "high", param->high);
    set_boolean(L, "low_open", param->low_open);
    set_boolean(L, "high_open", param->high_open);
    set_string(L, "limits", mlp_limits_text(text, param, param->name));
}

static void push_param(lua_State *L, const mlp_param *param)
{
    static const char *const kinds[] = {
        [MLP_PARAM_FLOAT] = "number",  [MLP_PARAM_INT] = "whole number",
        [MLP_PARAM_BOOL] = "boolean",  [MLP_PARAM_CHOICE] = "choice",
        [MLP_PARAM_RANGE] = "range",   [MLP_PARAM_INT_RANGE] = "whole range",
        [MLP_PARAM_PAIR] = "pair",     [MLP_PARAM_INT_PAIR] = "whole pair",
        [MLP_PARAM_AXES] = "axes",     [MLP_PARAM_COLOUR] = "colour",
        [MLP_PARAM_INDEX] = "index",   [MLP_PARAM_DIM] = "dimension",
        [MLP_PARAM_TENSOR] = "tensor", [MLP_PARAM_ROW] = "row",
        [MLP_PARAM_SIZES] = "sizes",
    };
    static const char *const scalars[] = {
        [MLP_SAME] = "same",         [MLP_SYMMETRIC] = "symmetric", [MLP_FROM_ZERO] = "from 0",
        [MLP_FROM_ONE] = "from 1",   [MLP_FROM_THREE] = "from 3",   [MLP_AROUND_ONE] = "around 1",
        [MLP_NO_SCALAR] = "refused",
    };
    bool two = param->kind >= MLP_PARAM_RANGE && param->kind <= MLP_PARAM_INT_PAIR;
    lua_newtable(L);
    set_string(L, "name", param->name);
    set_string(L, "doc", param->doc);
    set_string(L, "kind", kinds[param->kind]);
    set_boolean(L, "required", param->required);
    mlpl_push_value(L, param, &param->fallback);
    lua_setfield(L, -2, "default");
    if (two) set_string(L, "scalar", scalars[param->scalar]);
    set_boolean(L, "or_nil", param->or_nil);
    if (param->choices) set_choices(L, param);
    if (param->kind != MLP_PARAM_CHOICE && param->kind != MLP_PARAM_BOOL && param->kind != MLP_PARAM_TENSOR)
        set_limits(L, param);
}

void mlpl_push_description(lua_State *L, const mlp_description *d)
{
    lua_newtable(L);
    set_string(L, "name", d->name);
    set_string(L, "doc", d->doc);
    lua_createtable(L, d->param_count, 0);
    for (int i = 0; i < d->param_count; i++) {
        push_param(L, &d->params[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "parameters");
}
