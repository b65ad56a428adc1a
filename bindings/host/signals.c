/* signals.c - Ctrl-C, SIGTERM, SIGHUP and SIGUSR1: end the step and save while a fit runs, interrupt everything else at
 * once.
 *
 * SIGUSR1 is what a queue of jobs sends before the time is up: its status says that the same command can go on later.
 * An interrupt is an error that nothing may swallow: a hook raises it in the state that runs, and stays until the
 * host's own call is reached. Code that catches it has a moment to tidy up, the library a longer one; then the next
 * instruction raises it again, whoever executes it. */
#include "base/disk.h"
#include "host/host.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* seconds */
static const double IMPATIENT = 2;     /* between two Ctrl-C, of which the second ends a script */
static const double TOGETHER = 0.2;    /* timeout(1) sends what it sends twice at once: it means one */
static const double TIDY = 0.05;       /* for handlers and __close of a script, once it was interrupted */
static const double TIDY_LIBRARY = 2;  /* the same of the library's own: files that are written to their end */
static const unsigned HUNG_UP = 3;     /* after which nobody is left to ask again: more than there is to tidy up */
static const int TRY_AGAIN_LATER = 75; /* EX_TEMPFAIL of sysexits.h */
static const double UNHEARD = 1;       /* after which somebody who presses Ctrl-C again is told the way out */

static volatile sig_atomic_t graceful, stop_requested, last_signal, second_kills, pending, raised;
static volatile double last_time, first_time, raised_at;
static lua_State *volatile interpreter; /* NULL once it is closed */
static lua_State *volatile running;     /* it, or the coroutine that runs */
static volatile int alarm_pipe = -1;    /* a byte for each signal, for somebody who waits */
static pthread_t home;                  /* the thread that runs Lua */

static double time_to_tidy(lua_State *L, lua_Debug *at)
{
    lua_getinfo(L, "S", at);
    return strncmp(at->source, "=mlprun/", 8) == 0 ? TIDY_LIBRARY : TIDY;
}

static void hook(lua_State *L, lua_Debug *at)
{
    if (!pending) { /* a coroutine that was left over */
        lua_sethook(L, NULL, 0, 0);
        return;
    }
    if (raised && mlp_clock() - raised_at < time_to_tidy(L, at)) return;
    if (!raised) raised_at = mlp_clock();
    raised = 1;
    mlpl_errorf(L, "interrupted");
}

static void arm(lua_State *L)
{
    lua_sethook(L, hook, LUA_MASKCOUNT, 1);
}

lua_State *mlpl_signals_enter(lua_State *L)
{
    lua_State *before = running;
    running = L;
    if (pending && L) arm(L);
    return before;
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

/* Somebody at the prompt who presses Ctrl-C again and again while no instruction of Lua is executed. */
static void tell_the_way_out(void)
{
    static const char text[] =
        "\nstill inside one call, such as string.find, that cannot be stopped: Ctrl-\\ ends mlprun\n";
    int before = errno;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) errno = 0;
    errno = before;
}

/* The terminal is gone, and one call into Lua's own C has not ended since. */
static void on_hung_up(int number)
{
    (void)number;
    _exit(128 + SIGHUP);
}

static void on_signal(int number)
{
    if (!pthread_equal(pthread_self(), home)) { /* only there Lua's state may be touched, and a wait ends */
        pthread_kill(home, number);
        return;
    }
    double now = mlp_clock(); /* clock_gettime is async-signal-safe */
    double since = last_signal == number ? now - last_time : 1e9;
    bool ends = number == SIGINT    ? second_kills && since < IMPATIENT
                : number == SIGUSR1 ? false /* it asks to save, however often */
                                    : last_signal == number && since > TOGETHER;
    last_signal = number;
    last_time = now;
    mlpl_signal_wake();
    if (ends) _exit(128 + number);
    if (graceful) {
        stop_requested = 1;
        return;
    }
    if (number == SIGHUP) alarm(HUNG_UP);
    if (!pending) first_time = now;
    else if (!raised && !second_kills && now - first_time > UNHEARD) tell_the_way_out();
    pending = 1;
    mlp_interrupt();
    if (running) arm(running);
}

/* A file reached the limit of `ulimit -f`: the write says so, instead of the process ending there. */
static void on_size_limit(int number)
{
    (void)number;
}

/* A wait for keys or a pipe ends with a signal, so that the interrupt is raised; while a fit runs, which only asks, it
 * goes on. */
static void handle(int number, bool waits_go_on)
{
    struct sigaction action, before;
    sigaction(number, NULL, &before);
    /* nohup, and whoever set it; but a shell has every command in the background ignore Ctrl-C */
    if (number != SIGINT && before.sa_handler == SIG_IGN) return;
    memset(&action, 0, sizeof action);
    action.sa_handler = number == SIGXFSZ ? on_size_limit : number == SIGALRM ? on_hung_up : on_signal;
    sigemptyset(&action.sa_mask);
    action.sa_flags = waits_go_on ? SA_RESTART : 0;
    sigaction(number, &action, NULL);
}

static void handle_all(void)
{
    static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGXFSZ, SIGALRM };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) handle(numbers[i], graceful);
}

void mlpl_signals_install(lua_State *L, bool second_kills_process)
{
    interpreter = running = L;
    second_kills = second_kills_process;
    home = pthread_self();
    handle_all();
}

bool mlpl_signals_graceful(bool on)
{
    bool was = graceful;
    graceful = on;
    if (was != on) handle_all();
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

int mlpl_signal_status(void)
{
    return last_signal == SIGUSR1 ? TRY_AGAIN_LATER : 128 + last_signal;
}

const char *mlpl_signal_name(void)
{
    switch (last_signal) {
    case SIGINT: return "Ctrl-C";
    case SIGTERM: return "SIGTERM";
    case SIGHUP: return "SIGHUP";
    case SIGUSR1: return "SIGUSR1";
    default: return NULL;
    }
}

bool mlpl_interrupting(void)
{
    return pending;
}

void mlpl_signals_reset(void)
{
    pending = raised = 0;
    if (interpreter) lua_sethook(interpreter, NULL, 0, 0);
    mlp_interrupt_clear();
    clearerr(stdout); /* a write that it interrupted is no failure */
    mlp_disk_give_up(false);
    stop_requested = 0;
    last_signal = 0;
}
