/* json.c - core.json: values to JSON text and back.
 *
 * Decoding is jansson's. Encoding is ours, because jansson neither writes the shortest digits that read back
 * the same number nor mends invalid UTF-8: text is the same on every machine and in every locale, keys are
 * sorted, so that a file changes only where a value does.
 *
 * Tables whose keys are 1..n are lists, tables with text keys are objects, an empty table is an object unless
 * it was marked by json.array{}; what decode makes from [] is marked. Integers stay integers, floats keep a
 * point or an exponent. NaN and infinities, which JSON has no word for, become null. */
#include "binding.h"

#include "io/io.h"

#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEEPEST = 200,   /* nesting of encode and decode: C recursion stays far from the end of the stack */
    PATH_TEXT = 400, /* where in the value an error lies */
};

/* ---- a text that grows, in a box so that a Lua error frees it ---- */

typedef struct text {
    char *bytes;
    size_t length, capacity;
} text;

static void text_release(void *object)
{
    text *t = object;
    free(t->bytes);
    free(t);
}

static void document_release(void *object)
{
    json_decref(object);
}

static const mlpl_class text_class = { "mlprun.JSONText", text_release };
static const mlpl_class document_class = { "mlprun.JSONDocument", document_release };

typedef struct encoder {
    lua_State *L;
    text *out;
    int indent; /* spaces per level; 0: all on one line */
    bool sort;
    int ancestors; /* stack index of the set of tables that we are inside of */
    int marker;    /* stack index of the metatable of marked lists */
} encoder;

/* The way from the outermost value to the current one; lives on the C stack. */
typedef struct step {
    const struct step *up;
    const char *key; /* NULL: an index */
    lua_Integer index;
    int depth;
} step;

static void put(encoder *e, const char *bytes, size_t n)
{
    text *t = e->out;
    if (n == 0) return;
    if (!t->bytes || n > t->capacity - t->length) {
        size_t capacity = t->capacity + t->capacity / 2 + n + 64;
        char *grown = realloc(t->bytes, capacity);
        if (!grown) {
            mlpl_errorf(e->L, "json.encode: out of memory after %I bytes", (LUAI_UACINT)t->length);
            return; /* not reached */
        }
        t->bytes = grown;
        t->capacity = capacity;
    }
    memcpy(t->bytes + t->length, bytes, n);
    t->length += n;
}

static void put_text(encoder *e, const char *s)
{
    put(e, s, strlen(s));
}

static void new_line(encoder *e, int depth)
{
    if (!e->indent) return;
    put_text(e, "\n");
    for (int i = 0; i < e->indent * depth; i++) put(e, " ", 1);
}

/* "a.b[3]" from the steps; the outermost value itself is "the value". */
static size_t path_text(char *buffer, const step *s)
{
    if (!s->up) return 0;
    size_t n = path_text(buffer, s->up);
    if (n >= PATH_TEXT) return n;
    int w = s->key ? snprintf(buffer + n, PATH_TEXT - n, "%s%s", n ? "." : "", s->key)
                   : snprintf(buffer + n, PATH_TEXT - n, "[%lld]", (long long)s->index);
    return w < 0 ? n : n + (size_t)w;
}

static int refuse(encoder *e, const step *s, const char *what)
{
    char path[PATH_TEXT] = "";
    path_text(path, s);
    if (!path[0]) return mlpl_errorf(e->L, "json.encode: the value %s", what);
    return mlpl_errorf(e->L, "json.encode: the value at '%s' %s", path, what);
}

static void put_string(encoder *e, const char *bytes, size_t length)
{
    const unsigned char *s = (const unsigned char *)bytes;
    put(e, "\"", 1);
    for (size_t i = 0; i < length;) {
        int n = mlp_utf8_length(bytes + i, length - i);
        char escape[8];
        if (n == 0) {
            put_text(e, "\xEF\xBF\xBD"); /* U+FFFD */
            n = 1;
        } else if (s[i] == '"' || s[i] == '\\') {
            escape[0] = '\\';
            escape[1] = (char)s[i];
            put(e, escape, 2);
        } else if (s[i] < 0x20 || s[i] == 0x7F) {
            static const char letters[] = "\b\f\n\r\t", names[] = "bfnrt";
            const char *at = s[i] ? strchr(letters, s[i]) : NULL;
            if (at) snprintf(escape, sizeof escape, "\\%c", names[at - letters]);
            else snprintf(escape, sizeof escape, "\\u%04x", s[i]);
            put_text(e, escape);
        } else {
            put(e, bytes + i, (size_t)n);
        }
        i += (size_t)n;
    }
    put(e, "\"", 1);
}

/* The fewest digits that read back as the same double. */
static void put_float(encoder *e, double x)
{
    char digits[40];
    if (!isfinite(x)) {
        put_text(e, "null");
        return;
    }
    /* 15 digits round-trip for most, without their zeros; only the tiniest numbers need fewer than %.15g
     * prints */
    for (int precision = fabs(x) < 1e-300 ? 1 : 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, x);
        if (strtod(digits, NULL) == x) break;
    }
    const char *point = localeconv()->decimal_point;
    char *at = strcmp(point, ".") == 0 ? NULL : strstr(digits, point);
    if (at) {
        *at = '.';
        memmove(at + 1, at + strlen(point), strlen(at + strlen(point)) + 1);
    }
    put_text(e, digits);
    if (!strpbrk(digits, ".e")) put_text(e, ".0");
}

static void encode_value(encoder *e, const step *s);

static void encode_list(encoder *e, const step *s, lua_Integer n)
{
    int table = lua_gettop(e->L);
    put(e, "[", 1);
    for (lua_Integer i = 1; i <= n; i++) {
        step inner = { s, NULL, i, s->depth + 1 };
        if (i > 1) put(e, ",", 1);
        new_line(e, inner.depth);
        lua_rawgeti(e->L, table, i);
        encode_value(e, &inner);
        lua_pop(e->L, 1);
    }
    if (n) new_line(e, s->depth);
    put(e, "]", 1);
}

typedef struct key {
    const char *bytes;
    size_t length;
} key;

static int compare_keys(const void *a, const void *b)
{
    const key *x = a, *y = b;
    int order = memcmp(x->bytes, y->bytes, x->length < y->length ? x->length : y->length);
    return order ? order : (x->length > y->length) - (x->length < y->length);
}

static void encode_object(encoder *e, const step *s, lua_Integer n)
{
    int table = lua_gettop(e->L);
    key *keys = lua_newuserdatauv(e->L, (size_t)(n ? n : 1) * sizeof *keys, 0);
    size_t i = 0;
    /* a finalizer may have changed the table since its keys were counted: no more than n, no less than there are */
    for (lua_pushnil(e->L); lua_next(e->L, table); lua_pop(e->L, 1)) {
        if (i == (size_t)n || lua_type(e->L, -2) != LUA_TSTRING) refuse(e, s, "was changed meanwhile");
        keys[i].bytes = lua_tolstring(e->L, -2, &keys[i].length);
        i++;
    }
    n = (lua_Integer)i;
    if (e->sort) qsort(keys, (size_t)n, sizeof *keys, compare_keys);
    put(e, "{", 1);
    for (i = 0; i < (size_t)n; i++) {
        step inner = { s, keys[i].bytes, 0, s->depth + 1 };
        if (i) put(e, ",", 1);
        new_line(e, inner.depth);
        put_string(e, keys[i].bytes, keys[i].length);
        put_text(e, e->indent ? ": " : ":");
        lua_pushlstring(e->L, keys[i].bytes, keys[i].length);
        lua_rawget(e->L, table);
        encode_value(e, &inner);
        lua_pop(e->L, 1);
    }
    if (n) new_line(e, s->depth);
    put(e, "}", 1);
    lua_pop(e->L, 1);
}

/* Counts the keys of the table on top: lists have 1..n, objects have text. */
static void count_keys(encoder *e, const step *s, lua_Integer *indices, lua_Integer *names)
{
    lua_Integer most = 0;
    *indices = *names = 0;
    for (lua_pushnil(e->L); lua_next(e->L, -2); lua_pop(e->L, 1)) {
        if (lua_type(e->L, -2) == LUA_TSTRING) {
            ++*names;
        } else if (lua_isinteger(e->L, -2) && lua_tointeger(e->L, -2) > 0) {
            ++*indices;
            if (lua_tointeger(e->L, -2) > most) most = lua_tointeger(e->L, -2);
        } else {
            refuse(e, s,
                   lua_pushfstring(e->L, "has a %s as a key: JSON has lists with keys 1..n, and names",
                                   luaL_typename(e->L, -2)));
        }
    }
    if (*names && *indices) refuse(e, s, "has both positions and names: JSON has lists, and objects with names");
    if (most != *indices)
        refuse(e, s,
               lua_pushfstring(e->L, "is a list with holes (%I values, highest position %I): use json.null",
                               (LUAI_UACINT)*indices, (LUAI_UACINT)most));
}

static void encode_table(encoder *e, const step *s)
{
    lua_State *L = e->L;
    lua_Integer indices, names;
    if (s->depth >= DEEPEST) refuse(e, s, lua_pushfstring(L, "is nested deeper than %d levels", DEEPEST));
    luaL_checkstack(L, 12, "json.encode");
    lua_pushvalue(L, -1);
    if (lua_rawget(L, e->ancestors) != LUA_TNIL) refuse(e, s, "contains itself");
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_pushboolean(L, 1);
    lua_rawset(L, e->ancestors);

    count_keys(e, s, &indices, &names);
    bool marked = false;
    if (lua_getmetatable(L, -1)) {
        marked = lua_rawequal(L, -1, e->marker);
        lua_pop(L, 1);
    }
    if (names || (!indices && !marked)) encode_object(e, s, names);
    else encode_list(e, s, indices);

    lua_pushvalue(L, -1);
    lua_pushnil(L);
    lua_rawset(L, e->ancestors);
}

/* The value on top of the stack, which stays there. */
static void encode_value(encoder *e, const step *s)
{
    lua_State *L = e->L;
    size_t n;
    switch (lua_type(L, -1)) {
    case LUA_TNIL: put_text(e, "null"); return;
    case LUA_TBOOLEAN: put_text(e, lua_toboolean(L, -1) ? "true" : "false"); return;
    case LUA_TSTRING: {
        const char *bytes = lua_tolstring(L, -1, &n);
        put_string(e, bytes, n);
        return;
    }
    case LUA_TNUMBER:
        if (lua_isinteger(L, -1)) {
            char digits[24];
            snprintf(digits, sizeof digits, "%lld", (long long)lua_tointeger(L, -1));
            put_text(e, digits);
        } else {
            put_float(e, lua_tonumber(L, -1));
        }
        return;
    case LUA_TTABLE: encode_table(e, s); return;
    case LUA_TLIGHTUSERDATA:
        if (!lua_touserdata(L, -1)) {
            put_text(e, "null");
            return;
        }
        break;
    default: break;
    }
    const char *name = luaL_typename(L, -1);
    if (luaL_getmetafield(L, -1, "__name") == LUA_TSTRING) {
        const char *full = lua_tostring(L, -1), *point = strrchr(full, '.');
        name = point ? point + 1 : full;
    }
    refuse(e, s, lua_pushfstring(L, "is a %s: JSON has numbers, text, booleans, lists and objects", name));
}

/* encode(value, { indent = 0, sort = true }) -> text without a line end */
static int encode(lua_State *L)
{
    static const char *const known[] = { "indent", "sort", NULL };
    luaL_checkany(L, 1);
    mlpl_options o = mlpl_options_at(L, 2, "json.encode", known);
    encoder e = { .L = L };
    int64_t indent = mlpl_option_integer(&o, "indent", 0);
    if (indent < 0 || indent > 16)
        return mlpl_errorf(L, "json.encode: indent is %I, expected 0 to 16", (LUAI_UACINT)indent);
    e.indent = (int)indent;
    e.sort = mlpl_option_boolean(&o, "sort", true);
    void **box = mlpl_push(L, &text_class);
    if (!(*box = calloc(1, sizeof(text)))) return mlpl_errorf(L, "json.encode: out of memory");
    e.out = *box;
    lua_newtable(L);
    e.ancestors = lua_gettop(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    e.marker = lua_gettop(L);
    lua_pushvalue(L, 1);
    const step outermost = { NULL, NULL, 0, 0 };
    encode_value(&e, &outermost);
    lua_pushlstring(L, e.out->bytes, e.out->length);
    return 1;
}

/* ---- decoding ---- */

/* marker and null: stack indices of the metatable of lists, and of what stands for null */
static void push_json(lua_State *L, json_t *value, int marker, int null, int depth)
{
    if (depth > DEEPEST) mlpl_errorf(L, "json.decode: the text is nested deeper than %d levels", DEEPEST);
    luaL_checkstack(L, 8, "json.decode");
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        lua_createtable(L, 0, (int)json_object_size(value));
        for (void *i = json_object_iter(value); i; i = json_object_iter_next(value, i)) {
            lua_pushlstring(L, json_object_iter_key(i), json_object_iter_key_len(i));
            push_json(L, json_object_iter_value(i), marker, null, depth + 1);
            lua_rawset(L, -3);
        }
        return;
    case JSON_ARRAY:
        lua_createtable(L, (int)json_array_size(value), 0);
        for (size_t i = 0; i < json_array_size(value); i++) {
            push_json(L, json_array_get(value, i), marker, null, depth + 1);
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
        lua_pushvalue(L, marker);
        lua_setmetatable(L, -2);
        return;
    case JSON_STRING: lua_pushlstring(L, json_string_value(value), json_string_length(value)); return;
    case JSON_INTEGER: lua_pushinteger(L, (lua_Integer)json_integer_value(value)); return;
    case JSON_REAL: lua_pushnumber(L, json_real_value(value)); return;
    case JSON_TRUE: lua_pushboolean(L, 1); return;
    case JSON_FALSE: lua_pushboolean(L, 0); return;
    default: lua_pushvalue(L, null); return;
    }
}

/* decode(text, { null = json.null, name = "text" }) -> value. `null` stands where the text says null; `name`
 * (a path) is what messages call the text. */
static int decode(lua_State *L)
{
    static const char *const known[] = { "null", "name", NULL };
    if (lua_type(L, 1) != LUA_TSTRING) return mlpl_arg_error(L, 1, "a text");
    size_t length;
    const char *source = lua_tolstring(L, 1, &length);
    mlpl_options o = mlpl_options_at(L, 2, "json.decode", known);
    const char *name = mlpl_option_string(&o, "name", NULL);
    if (!mlpl_option_push(&o, "null")) lua_pushlightuserdata(L, NULL);
    int null = lua_gettop(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    int marker = lua_gettop(L);
    void **box = mlpl_push(L, &document_class);
    json_error_t where;
    mlp_json_begin(true);
    *box = json_loadb(source, length, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &where);
    if (mlp_json_ran_out()) { /* the value may lack letters */
        json_decref(*box);
        *box = NULL;
        return mlpl_errorf(L, "json.decode: out of memory");
    }
    if (!*box)
        return mlpl_errorf(L, "json.decode: %s%sline %d, column %d: %s", name ? name : "", name ? ": " : "", where.line,
                           where.column, where.text);
    push_json(L, *box, marker, null, 0);
    return 1;
}

/* array(t) -> t, marked as a list, so that it encodes as [] when it is empty */
static int mark_list(lua_State *L)
{
    if (lua_isnone(L, 1)) lua_newtable(L);
    if (!lua_istable(L, 1)) return mlpl_arg_error(L, 1, "a table");
    lua_settop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_setmetatable(L, 1);
    return 1;
}

int mlpl_open_json(lua_State *L)
{
    static const mlpl_function functions[] = {
        { "encode", encode, 2 }, { "decode", decode, 2 }, { "array", mark_list, 1 }, { NULL, NULL, 0 }
    };
    mlpl_class_register(L, &text_class, NULL, NULL);
    mlpl_class_register(L, &document_class, NULL, NULL);
    lua_newtable(L);
    lua_newtable(L); /* the metatable of marked lists: empty, known by its identity */
    for (const mlpl_function *f = functions; f->name; f++) {
        lua_pushvalue(L, -1);
        mlpl_push_function(L, f->call, f->most);
        lua_setfield(L, -3, f->name);
    }
    lua_pop(L, 1);
    lua_pushlightuserdata(L, NULL);
    lua_setfield(L, -2, "null");
    return 1;
}
