/* signals.c - Ctrl-C, SIGTERM and SIGHUP: end the step and save while a fit runs, interrupt everything else at once. */
#include "host/host.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t graceful, stop_requested, last_signal, second_kills;
static volatile double last_time;
static lua_State *volatile interpreter; /* NULL once it is closed */
static volatile int alarm_pipe = -1;    /* a byte for each signal, for somebody who waits */

static void hook(lua_State *L, lua_Debug *at)
{
    (void)at;
    lua_sethook(L, NULL, 0, 0);
    mlpl_errorf(L, "interrupted");
}

void mlpl_signal_wake(void)
{
    int before = errno;
    if (alarm_pipe >= 0 && write(alarm_pipe, "", 1) < 0) errno = 0; /* it is full: a byte is there */
    errno = before;
}

void mlpl_signal_pipe(int fd)
{
    alarm_pipe = fd;
}

static void on_signal(int number)
{
    double now = mlp_clock(); /* clock_gettime is async-signal-safe */
    bool again = last_signal == number && number == SIGINT && now - last_time < 2;
    last_signal = number;
    last_time = now;
    mlpl_signal_wake();
    if (again && second_kills) _exit(130);
    if (graceful) {
        stop_requested = 1;
        return;
    }
    mlp_interrupt();
    if (interpreter) lua_sethook(interpreter, hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

void mlpl_signals_install(lua_State *L, bool second_kills_process)
{
    interpreter = L;
    second_kills = second_kills_process;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

bool mlpl_signals_graceful(bool on)
{
    bool was = graceful;
    graceful = on;
    return was;
}

bool mlpl_at_prompt(void)
{
    return !second_kills;
}

bool mlpl_stop_requested(void)
{
    return stop_requested;
}

int mlpl_signal_seen(void)
{
    return last_signal;
}

void mlpl_signals_reset(void)
{
    if (interpreter) lua_sethook(interpreter, NULL, 0, 0);
    mlp_interrupt_clear();
    stop_requested = 0;
    last_signal = 0;
}
