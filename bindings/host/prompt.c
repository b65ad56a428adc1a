/* prompt.c - the prompt's loop: scripts/prompt reads, runs and shows; here nothing that goes wrong there ends it. */
#include "host/host.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A signal that asks the process to end: answered once the line that it interrupted has ended. */
static bool asked_to_end(void)
{
    return mlpl_signal_seen() && mlpl_signal_seen() != SIGINT;
}

/* An error that no line of the user's made: an interrupt between two lines, or a defect, which the prompt survives. */
static void report(lua_State *L)
{
    const char *text = lua_tostring(L, -1);
    if (mlpl_signal_seen()) fputs("interrupted\n", stderr);
    else fprintf(stderr, "%s\n", text ? text : "unknown error");
}

/* (quiet, script) -> the session's function that reads and runs one line */
static int open_session(lua_State *L)
{
    lua_getglobal(L, "require");
    lua_pushliteral(L, "mlprun.prompt");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "open");
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 2);
    lua_call(L, 2, 1);
    return 1;
}

int mlpl_prompt(lua_State *L, bool quiet, const char *script)
{
    enum { IN_A_ROW = 100 }; /* failures to read, after which there is no terminal any more */
    int failures = 0;
    if ((fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE) == O_RDONLY) {
        fputs("mlprun: standard output is closed: a prompt has nowhere to show\n", stderr);
        return 1;
    }
    mlpl_signals_install(L, false);
    mlpl_watch_storage(false); /* but for a fit that is typed there */
    lua_settop(L, 0);
    lua_pushcfunction(L, open_session);
    lua_pushboolean(L, quiet);
    lua_pushstring(L, script);
    if (mlpl_call(L, 2, 1)) {
        fprintf(stderr, "mlprun: %s\n", lua_tostring(L, -1));
        return 1;
    }
    for (;;) {
        mlpl_signals_reset();
        lua_settop(L, 1);
        lua_pushvalue(L, 1);
        int status = mlpl_call(L, 0, 1);
        if (asked_to_end()) return mlpl_signal_status();
        if (status == LUA_OK && lua_isinteger(L, -1)) return (int)lua_tointeger(L, -1);
        failures = status == LUA_OK ? 0 : failures + 1;
        if (status != LUA_OK) report(L);
        if (failures == IN_A_ROW) return 1;
    }
}
