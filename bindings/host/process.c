/* process.c - mlprun.core.process: a function in a process of its own, which shares what is in memory now.
 *
 *   child = process.spawn(fn)        fn(send) runs in the child; send(text) reaches the parent as a message. What fn
 *                                    returns (a text), or its error, is the last one. What it prints is collected.
 *   process.wait(children, seconds)  until one has said something or has ended, a signal came, or the time is up
 *   child:messages()                 list of { kind = "message" | "result" | "error" | "waits", text = }, oldest first;
 *                                    waits: for a file that does not answer, its path
 *   child:output()                   what it printed since the last call
 *   child:ended()                    nil while it runs; then its exit status, or minus the signal that ended it
 *   child:signal(number)
 *
 * The child is stopped by SIGTERM when its parent dies. It leaves by _exit: nothing of the parent's is closed twice. */
#define _GNU_SOURCE
#include "host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILD "mlprun.Child"

enum { MESSAGES, OUTPUT, PIPES, HEAD = 1 + sizeof(uint32_t), CHUNK = 65536 };

typedef struct text_buffer {
    char *bytes;
    size_t length, room;
} text_buffer;

typedef struct child {
    const struct child *self; /* proves that it is one, whatever the registry says */
    struct child *next;       /* of those whose pipes are open */
    pid_t pid;                /* 0 once it was waited for */
    int fd[PIPES];            /* -1 at the end of the stream */
    text_buffer got[PIPES];
    int status; /* as child:ended says */
} child;

static child *children;
static int own_messages = -1; /* to the parent, in a process that was started here */

static void close_pipes(child *c)
{
    for (int i = 0; i < PIPES; i++) {
        if (c->fd[i] >= 0) close(c->fd[i]);
        c->fd[i] = -1;
    }
}

/* ---- the child's side ---- */

static bool write_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t written = write(fd, bytes, n);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes += written, n -= (size_t)written;
    }
    return true;
}

static bool send_frame(int fd, char kind, const char *text, size_t length)
{
    static pthread_mutex_t whole = PTHREAD_MUTEX_INITIALIZER; /* mlpl_child_waits is another thread's */
    char head[HEAD];
    uint32_t n = (uint32_t)length;
    head[0] = kind;
    memcpy(head + 1, &n, sizeof n);
    pthread_mutex_lock(&whole);
    bool sent = length <= UINT32_MAX && write_all(fd, head, sizeof head) && write_all(fd, text, length);
    pthread_mutex_unlock(&whole);
    return sent;
}

bool mlpl_is_child(void)
{
    return own_messages >= 0;
}

bool mlpl_child_waits(const char *path)
{
    return mlpl_is_child() && send_frame(own_messages, 'w', path, strlen(path));
}

static int child_send(lua_State *L) /* send(text) -> false when nobody listens any more: SIGTERM is under way then */
{
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    lua_pushboolean(L, send_frame((int)lua_tointeger(L, lua_upvalueindex(1)), 'm', text, length));
    return 1;
}

/* Runs the function on top of the stack and leaves the process. */
static void be_child(lua_State *L, const int end[PIPES], pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(1);
    for (child *c = children; c; c = c->next) close_pipes(c); /* so that writing fails once the parent is gone */
    signal(SIGPIPE, SIG_IGN);
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing >= 0) dup2(nothing, STDIN_FILENO);
    dup2(end[OUTPUT], STDOUT_FILENO);
    mlpl_signals_reset();
    own_messages = end[MESSAGES];
    lua_pushinteger(L, end[MESSAGES]);
    lua_pushcclosure(L, child_send, 1);
    int failed = mlpl_call(L, 1, 1);
    size_t length = 0;
    const char *text = lua_tolstring(L, -1, &length);
    fflush(stdout);
    bool sent = send_frame(end[MESSAGES], failed ? 'e' : 'r', text ? text : "", length);
    _exit(failed || !sent);
}

/* ---- the parent's side ---- */

static child *check_child(lua_State *L, int arg)
{
    child *c = luaL_checkudata(L, arg, CHILD);
    luaL_argcheck(L, lua_rawlen(L, arg) == sizeof *c && c->self == c, arg, "a process is expected");
    return c;
}

static int process_spawn(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    child *c = lua_newuserdatauv(L, sizeof *c, 0);
    *c = (child){ .self = c, .fd = { -1, -1 } };
    luaL_setmetatable(L, CHILD);
    c->next = children;
    children = c;
    int end[PIPES] = { -1, -1 };
    for (int i = 0; i < PIPES; i++) {
        int both[2];
        if (pipe2(both, O_CLOEXEC)) {
            int why = errno;
            for (int k = 0; k < i; k++) close(end[k]);
            return mlpl_errorf(L, "cannot start a process: %s", strerror(why));
        }
        c->fd[i] = both[0], end[i] = both[1];
    }
    fflush(stdout);
    /* Threads do not follow a fork, so there is none while it happens. */
    int threads = mlp_threads();
    mlp_threads_set(1, NULL);
    pid_t parent = getpid(), pid = fork();
    int why = errno;
    if (pid == 0) {
        lua_pushvalue(L, 1);
        be_child(L, end, parent);
    }
    for (int i = 0; i < PIPES; i++) close(end[i]);
    mlp_threads_set(threads, NULL);
    if (pid < 0) return mlpl_errorf(L, "cannot start a process: %s", strerror(why));
    c->pid = pid;
    return 1;
}

/* Takes up to CHUNK bytes of what is there, and how many there were, 0 at the end of the stream. False when memory ran
 * out. */
static bool take_some(child *c, int which, ssize_t *n)
{
    text_buffer *b = &c->got[which];
    if (b->room - b->length < CHUNK) {
        size_t room = b->room * 2 + CHUNK;
        char *bytes = realloc(b->bytes, room);
        if (!bytes) return false;
        b->bytes = bytes, b->room = room;
    }
    *n = read(c->fd[which], b->bytes + b->length, CHUNK);
    if (*n > 0) b->length += (size_t)*n;
    if (*n == 0 || (*n < 0 && errno != EINTR && errno != EAGAIN)) {
        close(c->fd[which]);
        c->fd[which] = -1;
    }
    return true;
}

/* The process is gone. What it started may live on and hold its output: what is in that pipe by now is all. */
static bool end(child *c)
{
    int status, left = 0;
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR) {}
    c->pid = 0;
    c->status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    if (c->fd[OUTPUT] >= 0 && ioctl(c->fd[OUTPUT], FIONREAD, &left)) left = 0;
    bool fits = true;
    while (fits && left > 0 && c->fd[OUTPUT] >= 0) {
        ssize_t n = 0;
        fits = take_some(c, OUTPUT, &n);
        if (n > 0) left -= (int)n;
    }
    close_pipes(c);
    return fits;
}

/* Takes what is there. Its messages end with the process, which alone has that pipe: programs that it runs do not
 * inherit it. False when memory ran out. */
static bool take(child *c, int which)
{
    ssize_t n;
    if (c->fd[which] < 0) return true; /* it has just ended */
    if (!take_some(c, which, &n)) return false;
    return c->pid == 0 || c->fd[MESSAGES] >= 0 || end(c);
}

static int process_wait(lua_State *L) /* wait(children, seconds) */
{
    luaL_checktype(L, 1, LUA_TTABLE);
    double seconds = luaL_checknumber(L, 2);
    lua_Integer n = mlpl_length(L, 1);
    if (!(seconds >= 0 && seconds < 1e6)) return mlpl_arg_error(L, 2, "seconds");
    struct pollfd *at = lua_newuserdatauv(L, ((size_t)n + 1) * PIPES * sizeof *at, 0);
    child **of = lua_newuserdatauv(L, ((size_t)n + 1) * PIPES * sizeof *of, 0);
    nfds_t count = 0;
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, 1, i);
        child *c = check_child(L, -1);
        lua_pop(L, 1); /* stays alive in the list */
        for (int k = 0; k < PIPES; k++)
            if (c->fd[k] >= 0) of[count] = c, at[count++] = (struct pollfd){ .fd = c->fd[k], .events = POLLIN };
    }
    if (poll(at, count, (int)(seconds * 1000)) <= 0) return 0; /* a signal is the caller's to look at */
    for (nfds_t i = 0; i < count; i++)
        if (at[i].revents && !take(of[i], at[i].fd == of[i]->fd[MESSAGES] ? MESSAGES : OUTPUT))
            return mlpl_errorf(L, "out of memory: cannot keep what a process says");
    return 0;
}

static int child_messages(lua_State *L)
{
    child *c = check_child(L, 1);
    text_buffer *b = &c->got[MESSAGES];
    lua_newtable(L);
    lua_Integer count = 0;
    size_t at = 0;
    uint32_t n;
    while (b->length - at >= HEAD) {
        memcpy(&n, b->bytes + at + 1, sizeof n);
        if (b->length - at - HEAD < n) break;
        char kind = b->bytes[at];
        lua_createtable(L, 0, 2);
        lua_pushstring(L, kind == 'r' ? "result" : kind == 'e' ? "error" : kind == 'w' ? "waits" : "message");
        lua_setfield(L, -2, "kind");
        lua_pushlstring(L, b->bytes + at + HEAD, n);
        lua_setfield(L, -2, "text");
        lua_rawseti(L, -2, ++count);
        at += HEAD + n;
    }
    if (at > 0) memmove(b->bytes, b->bytes + at, b->length - at);
    b->length -= at;
    return 1;
}

static int child_output(lua_State *L)
{
    child *c = check_child(L, 1);
    lua_pushlstring(L, c->got[OUTPUT].length ? c->got[OUTPUT].bytes : "", c->got[OUTPUT].length);
    c->got[OUTPUT].length = 0;
    return 1;
}

static int child_ended(lua_State *L)
{
    child *c = check_child(L, 1);
    if (c->pid > 0) return 0;
    lua_pushinteger(L, c->status);
    return 1;
}

static int child_signal(lua_State *L)
{
    child *c = check_child(L, 1);
    int number = (int)luaL_checkinteger(L, 2);
    if (c->pid > 0) kill(c->pid, number);
    return 0;
}

static int child_close(lua_State *L) /* also __gc: a child that nobody waits for any more is told to stop */
{
    child *c = check_child(L, 1);
    for (child **at = &children; *at; at = &(*at)->next) {
        if (*at != c) continue;
        *at = c->next;
        break;
    }
    close_pipes(c);
    for (int i = 0; i < PIPES; i++) {
        free(c->got[i].bytes);
        c->got[i] = (text_buffer){ 0 };
    }
    if (c->pid > 0) {
        kill(c->pid, SIGTERM);
        while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR) {}
    }
    c->pid = 0;
    return 0;
}

int mlpl_open_process(lua_State *L)
{
    static const mlpl_function methods[] = {
        { "messages", child_messages, 1 }, { "output", child_output, 1 }, { "ended", child_ended, 1 },
        { "signal", child_signal, 2 },     { "close", child_close, 1 },   { NULL, NULL, 0 },
    };
    static const luaL_Reg meta[] = { { "__gc", child_close }, { "__close", child_close }, { NULL, NULL } };
    static const mlpl_function functions[] = { { "spawn", process_spawn, 1 },
                                               { "wait", process_wait, 2 },
                                               { NULL, NULL, 0 } };
    luaL_newmetatable(L, CHILD);
    luaL_setfuncs(L, meta, 0);
    mlpl_new_functions(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    mlpl_new_functions(L, functions);
    return 1;
}
