/* renewing.c - a file that says that this process is at work: a thread gives it the time of now, by the clock of its
 * file system, whatever the own thread is busy with.
 *
 *   r = sys.renewing(path, seconds)   from now on, every so many seconds
 *   r:stop()                          the file is closed when it returns
 *
 * The thread has the file open: it touches none that another process put in its place, and makes none. */
#include "base/disk.h"
#include "host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define RENEWING "mlprun.Renewing"

enum { STACK = 256 << 10, AT_LEAST = 1, AT_MOST = 24 * 60 * 60 * 1000 }; /* milliseconds */

typedef struct renewing {
    const struct renewing *self; /* proves that it is one, whatever the registry says */
    pid_t process;               /* whose thread there is: one does not follow a fork; 0: none */
    pthread_t thread;
    int file, stop; /* -1: not open */
    int pause;
    char path[PATH_MAX];
} renewing;

static void *renew(void *context)
{
    const renewing *r = context;
    struct pollfd stop = { .fd = r->stop, .events = POLLIN };
    while (poll(&stop, 1, r->pause) == 0) futimens(r->file, NULL); /* what fails looks like silence */
    return NULL;
}

static void close_files(renewing *r)
{
    if (r->file >= 0) close(r->file);
    if (r->stop >= 0) close(r->stop);
    r->file = r->stop = -1;
}

static int renewing_stop(lua_State *L) /* also __gc and __close */
{
    renewing *r = luaL_checkudata(L, 1, RENEWING);
    luaL_argcheck(L, lua_rawlen(L, 1) == sizeof *r && r->self == r, 1, "what sys.renewing returned is expected");
    if (r->process == getpid()) {
        mlp_disk_use use;
        mlp_disk_enter(&use, r->path);
        eventfd_write(r->stop, 1);
        pthread_join(r->thread, NULL);
        mlp_disk_leave(&use);
    }
    r->process = 0;
    close_files(r);
    return 0;
}

static bool start(renewing *r)
{
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, STACK);
    bool began = mlp_thread_start(&r->thread, &small, renew, r);
    pthread_attr_destroy(&small);
    if (began) r->process = getpid();
    return began;
}

static int sys_renewing(lua_State *L)
{
    size_t length;
    const char *path = luaL_checklstring(L, 1, &length);
    double pause = luaL_checknumber(L, 2) * 1000;
    luaL_argcheck(L, pause >= AT_LEAST && pause <= AT_MOST, 2, "from 0.001 to 86400 seconds are expected");
    luaL_argcheck(L, length < PATH_MAX, 1, "the path is too long");
    renewing *r = lua_newuserdatauv(L, sizeof *r, 0);
    *r = (renewing){ .self = r, .file = -1, .stop = -1, .pause = (int)pause };
    memcpy(r->path, path, length + 1);
    luaL_setmetatable(L, RENEWING);
    r->file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (r->file < 0) return mlpl_errorf(L, "cannot open '%s': %s", path, strerror(errno));
    r->stop = eventfd(0, EFD_CLOEXEC);
    if (r->stop < 0 || !start(r)) return mlpl_errorf(L, "cannot start a thread that renews '%s'", path);
    return 1;
}

void mlpl_add_renewing(lua_State *L)
{
    static const mlpl_function methods[] = { { "stop", renewing_stop, 1 }, { NULL, NULL, 0 } };
    static const luaL_Reg meta[] = { { "__gc", renewing_stop }, { "__close", renewing_stop }, { NULL, NULL } };
    static const mlpl_function functions[] = { { "renewing", sys_renewing, 2 }, { NULL, NULL, 0 } };
    luaL_newmetatable(L, RENEWING);
    luaL_setfuncs(L, meta, 0);
    mlpl_new_functions(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    mlpl_set_functions(L, functions);
}
