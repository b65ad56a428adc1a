/* prompt.c - the prompt: reads with libedit, tries a line as an expression first, then as a statement, and asks for
 * more when the parser stopped at the end of the input. */
#include "host.h"

#include <editline/readline.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool incomplete(lua_State *L, int status)
{
    if (status != LUA_ERRSYNTAX) return false;
    size_t n;
    const char *text = lua_tolstring(L, -1, &n);
    return n >= 5 && strcmp(text + n - 5, "<eof>") == 0;
}

static int load_chunk(lua_State *L, const char *text)
{
    return luaL_loadbufferx(L, text, strlen(text), "=(prompt)", "t");
}

/* Leaves a function on the stack (true), or prints what is wrong (false). May read further lines. */
static bool read_statement(lua_State *L, const char *line)
{
    lua_pushfstring(L, "return %s", line);
    if (load_chunk(L, lua_tostring(L, -1)) == LUA_OK) {
        add_history(line);
        lua_remove(L, -2);
        return true;
    }
    lua_settop(L, 0);
    lua_pushstring(L, line);
    for (;;) {
        int status = load_chunk(L, lua_tostring(L, 1));
        if (incomplete(L, status)) {
            lua_settop(L, 1);
            char *more = readline(">> ");
            if (more) {
                lua_pushfstring(L, "%s\n%s", lua_tostring(L, 1), more);
                lua_replace(L, 1);
                free(more);
                continue;
            }
            status = load_chunk(L, lua_tostring(L, 1));
        }
        add_history(lua_tostring(L, 1));
        lua_remove(L, 1);
        if (status == LUA_OK) return true;
        fprintf(stderr, "%s\n", lua_tostring(L, -1));
        lua_settop(L, 0);
        return false;
    }
}

static void run_and_print(lua_State *L)
{
    int status = mlpl_call(L, 0, LUA_MULTRET);
    int n = lua_gettop(L);
    if (status == LUA_OK && n > 0) {
        lua_pushcfunction(L, mlpl_print);
        lua_insert(L, 1);
        status = mlpl_call(L, n, 0);
    }
    if (status != LUA_OK) fprintf(stderr, "%s\n", lua_isstring(L, -1) ? lua_tostring(L, -1) : "unknown error");
    lua_settop(L, 0);
}

int mlpl_prompt(lua_State *L)
{
    mlpl_signals_install(L, false);
    rl_readline_name = "mlprun";
    using_history();
    lua_settop(L, 0);
    lua_pushcfunction(L, mlpl_open_globals);
    if (mlpl_call(L, 0, 0)) {
        fprintf(stderr, "mlprun: %s\n", lua_tostring(L, -1));
        return 1;
    }
    printf("mlprun %s - ml, nn, optim, augment, data, metrics and writers are loaded; Ctrl-D leaves\n", MLP_VERSION);
    for (;;) {
        char *line = readline("> ");
        mlpl_signals_reset();
        if (!line) break;
        if (line[strspn(line, " \t")] && read_statement(L, line)) run_and_print(L);
        free(line);
    }
    putchar('\n');
    return 0;
}
