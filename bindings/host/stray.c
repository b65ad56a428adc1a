/* stray.c - globals that functions of a script make: most likely a local was forgotten. */
#include "host/host.h"
#include "io/io.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Which have been told, by a hash of name and place: one for this process and those of the runs that are forked from
 * it. */
enum { TOLD_BITS = 1 << 18 };
static _Atomic unsigned char *told;

static void open_told(void)
{
    void *page = mmap(NULL, TOLD_BITS / 8, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page != MAP_FAILED) told = page;
}

static bool is_told(const char *what)
{
    if (!told) return false; /* no memory: once too often is no harm */
    char digest[MLP_SHA256_TEXT];
    mlp_sha256(digest, what, strlen(what));
    digest[8] = 0; /* 32 bits of it */
    unsigned bit = (unsigned)(strtoul(digest, NULL, 16) % TOLD_BITS);
    unsigned char mask = (unsigned char)(1u << bit % 8);
    return atomic_fetch_or(&told[bit / 8], mask) & mask;
}

const char *mlpl_stray_global(lua_State *L, const char *path, int line, const char *name)
{
    return lua_pushfstring(L,
                           "%s:%d: '%s' is a new global, made in a function: is a 'local' missing? "
                           "(What is meant to be global is set outside of functions first.)",
                           path, line, name);
}

/* A name that the globals lack is set. In a function of a script it most likely is a local that was forgotten, which
 * other functions then see, and runs of other processes do not: that is said. */
static int new_global(lua_State *L)
{
    lua_settop(L, 3);
    lua_Debug ar;
    bool by_function = lua_type(L, 2) == LUA_TSTRING && lua_getstack(L, 1, &ar) && lua_getinfo(L, "Sl", &ar) &&
                       strcmp(ar.what, "Lua") == 0 && (*ar.source == '@' || strcmp(ar.source, "=stdin") == 0);
    if (by_function && !lua_isnil(L, 3)) {
        const char *text = mlpl_stray_global(L, ar.short_src, ar.currentline, lua_tostring(L, 2));
        if (!is_told(text) && lua_getglobal(L, "warn") == LUA_TFUNCTION) {
            lua_pushvalue(L, 4);
            lua_call(L, 1, 0);
        }
        lua_settop(L, 3);
    }
    lua_rawset(L, 1);
    return 0;
}

void mlpl_watch_globals(lua_State *L)
{
    open_told();
    lua_pushcfunction(L, new_global);
    lua_setfield(L, -2, "__newindex");
}
