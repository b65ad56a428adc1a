/* sys.c - mlprun.core.sys: the clock, the terminal, files, threads and the process, for the Lua library. */
#define _GNU_SOURCE
#include "base/disk.h"
#include "base/folder.h"
#include "host/host.h"

#include "tensor/processor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

static int raise_errno(lua_State *L, const char *verb, const char *path)
{
    return mlpl_errorf(L, "cannot %s '%s': %s", verb, path, strerror(errno));
}

static int sys_help(lua_State *L) /* mlprun.help, which is loaded when a message asks for it: it stands above those */
{
    lua_getglobal(L, "require");
    lua_pushliteral(L, "mlprun.help");
    lua_call(L, 1, 1);
    return 1;
}

static int sys_fail(lua_State *L) /* fail(text): an error at the line of the user's script */
{
    return mlpl_errorf(L, "%s", luaL_checkstring(L, 1));
}

static int sys_stray_global(lua_State *L) /* stray_global(path, line, name) -> what is said of one */
{
    mlpl_stray_global(L, luaL_checkstring(L, 1), (int)luaL_checkinteger(L, 2), luaL_checkstring(L, 3));
    return 1;
}

static int sys_nearest(lua_State *L) /* nearest(word, list) -> word of the list or nil */
{
    const char *word = luaL_checkstring(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_Integer n = mlpl_length(L, 2), count = 0;
    const char **list = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *list, 0);
    for (lua_Integer i = 1; i <= n; i++) {
        if (lua_rawgeti(L, 2, i) == LUA_TSTRING) list[count++] = lua_tostring(L, -1); /* stays alive in the list */
        lua_pop(L, 1);
    }
    list[count] = NULL;
    lua_pushstring(L, mlpl_nearest(word, list));
    return 1;
}

/* ---- time and terminal ---- */

static int sys_clock(lua_State *L)
{
    lua_pushnumber(L, mlp_clock());
    return 1;
}

static int sys_wall_time(lua_State *L)
{
    lua_pushnumber(L, mlp_wall_time());
    return 1;
}

static int stream_of(lua_State *L, int arg)
{
    static const char *const names[] = { "stdin", "stdout", "stderr", NULL };
    return luaL_checkoption(L, arg, "stdout", names);
}

static int sys_is_terminal(lua_State *L) /* is_terminal("stdout"): false for TERM=dumb too */
{
    const char *term = getenv("TERM");
    lua_pushboolean(L, isatty(stream_of(L, 1)) && term && strcmp(term, "dumb") != 0);
    return 1;
}

static int sys_columns(lua_State *L) /* width of the terminal at a stream, 80 when it is none */
{
    struct winsize size;
    int known = ioctl(stream_of(L, 1), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    lua_pushinteger(L, known ? size.ws_col : 80);
    return 1;
}

static int sys_rows(lua_State *L) /* its height, 24 when it is none */
{
    struct winsize size;
    int known = ioctl(stream_of(L, 1), TIOCGWINSZ, &size) == 0 && size.ws_row > 0;
    lua_pushinteger(L, known ? size.ws_row : 24);
    return 1;
}

/* ---- files ---- */

static int sys_read_file(lua_State *L) /* read_file(path) -> text */
{
    const char *path = luaL_checkstring(L, 1);
    uint8_t *bytes = NULL;
    size_t length = 0;
    mlp_error err;
    if (mlp_file_read(&bytes, &length, path, (size_t)1 << 30, &err)) return mlpl_raise(L, &err);
    return mlpl_push_owned(L, bytes, length);
}

static int sys_write_file(lua_State *L) /* write_file(path, text): the old or the new file, never a part */
{
    size_t length;
    const char *path = luaL_checkstring(L, 1), *text = luaL_checklstring(L, 2, &length);
    mlp_error err;
    if (mlp_file_write(path, text, length, &err)) return mlpl_raise(L, &err);
    return 0;
}

/* append(path, text): in one piece, so that prompts that share a file do not mix their lines; only the owner reads it
 */
static int sys_append(lua_State *L)
{
    size_t length;
    const char *path = luaL_checkstring(L, 1), *text = luaL_checklstring(L, 2, &length);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) return mlpl_errorf(L, "cannot write '%s': %s", path, strerror(errno));
    ssize_t n = write(fd, text, length);
    int problem = n == (ssize_t)length ? 0 : n < 0 ? errno : ENOSPC;
    close(fd);
    if (problem) return mlpl_errorf(L, "cannot write '%s': %s", path, strerror(problem));
    return 0;
}

static int sys_make_folder(lua_State *L)
{
    mlp_error err;
    if (mlp_make_folder(luaL_checkstring(L, 1), &err)) return mlpl_raise(L, &err);
    return 0;
}

/* Whether there is a file. What a disk or a server does not tell now is an error: it may be there. */
static bool look_at(lua_State *L, struct stat *info)
{
    const char *path = luaL_checkstring(L, 1);
    if (stat(path, info) == 0) return true;
    if (mlp_status_of(errno) != MLP_EIO) raise_errno(L, "look at", path);
    return false;
}

static int sys_exists(lua_State *L) /* exists(path) -> "file", "folder", "other" or nil */
{
    struct stat info;
    if (!look_at(L, &info)) return 0;
    lua_pushstring(L, S_ISDIR(info.st_mode) ? "folder" : S_ISREG(info.st_mode) ? "file" : "other");
    return 1;
}

static int sys_modified(lua_State *L) /* modified(path) -> when it was written, in seconds of its file system; or nil */
{
    struct stat info;
    if (!look_at(L, &info)) return 0;
    lua_pushnumber(L, (lua_Number)info.st_mtim.tv_sec + (lua_Number)info.st_mtim.tv_nsec * 1e-9);
    return 1;
}

static int close_folder(lua_State *L)
{
    DIR **d = luaL_checkudata(L, 1, "mlprun.folder");
    if (*d) closedir(*d);
    *d = NULL;
    return 0;
}

static int sys_list(lua_State *L) /* list(folder) -> names, sorted by bytes */
{
    const char *path = luaL_checkstring(L, 1);
    DIR **d = lua_newuserdatauv(L, sizeof *d, 0);
    *d = NULL;
    if (luaL_newmetatable(L, "mlprun.folder")) {
        lua_pushcfunction(L, close_folder);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    *d = opendir(path);
    if (!*d) return raise_errno(L, "list", path);
    lua_newtable(L);
    int n = 0;
    for (struct dirent *e; (e = mlp_next_entry(*d));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        lua_pushstring(L, e->d_name);
        lua_rawseti(L, -2, ++n);
    }
    if (errno) return raise_errno(L, "list", path);
    closedir(*d);
    *d = NULL;
    lua_getglobal(L, "table");
    lua_getfield(L, -1, "sort");
    lua_pushvalue(L, -3);
    lua_call(L, 1, 0);
    lua_pop(L, 1);
    return 1;
}

static int sys_rename(lua_State *L) /* rename(from, to): replaces a file, not a folder with something in it */
{
    const char *from = luaL_checkstring(L, 1), *to = luaL_checkstring(L, 2);
    if (rename(from, to)) return raise_errno(L, "rename", from);
    return 0;
}

/* link(from, to) -> whether to is from now; false: something is there already */
static int sys_link(lua_State *L)
{
    const char *from = luaL_checkstring(L, 1), *to = luaL_checkstring(L, 2);
    bool made = link(from, to) == 0;
    if (!made && errno != EEXIST) return raise_errno(L, "link", to);
    lua_pushboolean(L, made);
    return 1;
}

static int sys_remove(lua_State *L) /* remove(path): a file or an empty folder; absent is fine */
{
    const char *path = luaL_checkstring(L, 1);
    if (remove(path) && errno != ENOENT) return raise_errno(L, "remove", path);
    return 0;
}

static int sys_real_path(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    char *real = realpath(path, NULL);
    if (!real) return raise_errno(L, "find", path);
    return mlpl_push_owned(L, real, strlen(real));
}

/* ---- process and machine ---- */

static int sys_env(lua_State *L)
{
    lua_pushstring(L, getenv(luaL_checkstring(L, 1)));
    return 1;
}

static int sys_threads(lua_State *L) /* threads() -> how many; threads(n) sets them, 0 for one per core */
{
    if (!lua_isnoneornil(L, 1)) {
        lua_Integer n = luaL_checkinteger(L, 1);
        mlp_error err;
        if (n == 0) n = mlp_cores();
        if (n < 1 || n > 256) return mlpl_errorf(L, "threads is %I, expected 0 (one per core) to 256", (LUAI_UACINT)n);
        if (mlp_threads_set((int)n, &err)) return mlpl_raise(L, &err);
    }
    lua_pushinteger(L, mlp_threads());
    return 1;
}

static int sys_cores(lua_State *L)
{
    lua_pushinteger(L, mlp_cores());
    return 1;
}

static int sys_pid(lua_State *L)
{
    lua_pushinteger(L, getpid());
    return 1;
}

/* The value of the first line `key : value` of a file in /proc, or NULL. *problem: why it cannot be read now. */
static const char *push_proc(lua_State *L, const char *path, const char *key, int *problem)
{
    char line[512];
    FILE *f = fopen(path, "re");
    *problem = !f && mlp_status_of(errno) != MLP_EIO ? errno : 0;
    if (!f) return NULL;
    const char *found = NULL;
    while (!found && fgets(line, sizeof line, f)) {
        char *colon = strchr(line, ':');
        if (strncmp(line, key, strlen(key)) != 0 || !colon) continue;
        colon += 1 + strspn(colon + 1, " \t");
        colon[strcspn(colon, "\n")] = 0;
        found = lua_pushstring(L, colon);
    }
    if (!found && ferror(f)) *problem = errno;
    fclose(f);
    return found;
}

static int sys_use_cpu(lua_State *L) /* use_cpu(name) -> nil, or what is wrong; see tensor/processor.h */
{
    mlp_error err;
    if (!mlp_processor_use(luaL_checkstring(L, 1), &err)) return 0;
    lua_pushstring(L, err.text);
    return 1;
}

static int sys_host(lua_State *L) /* host() -> { hostname, os, machine, cpu, cores, level, blas } */
{
    static const char CPUINFO[] = "/proc/cpuinfo";
    struct utsname name;
    int problem;
    memset(&name, 0, sizeof name);
    uname(&name);
    lua_newtable(L);
    lua_pushstring(L, name.nodename);
    lua_setfield(L, -2, "hostname");
    lua_pushfstring(L, "%s %s", name.sysname, name.release);
    lua_setfield(L, -2, "os");
    lua_pushstring(L, name.machine);
    lua_setfield(L, -2, "machine");
    if (push_proc(L, CPUINFO, "model name", &problem)) lua_setfield(L, -2, "cpu");
    errno = problem;
    if (problem) return raise_errno(L, "read", CPUINFO);
    lua_pushinteger(L, mlp_cores());
    lua_setfield(L, -2, "cores");
    lua_pushstring(L, mlp_processor_level());
    lua_setfield(L, -2, "level");
    lua_pushstring(L, mlp_processor_blas());
    lua_setfield(L, -2, "blas");
    return 1;
}

static int sys_memory(lua_State *L) /* memory() -> { resident, tensors }: bytes */
{
    int problem; /* then it is not known */
    lua_newtable(L);
    const char *text = push_proc(L, "/proc/self/status", "VmRSS", &problem);
    if (text) {
        lua_pushinteger(L, strtoll(text, NULL, 10) * 1024);
        lua_setfield(L, -3, "resident");
        lua_pop(L, 1);
    }
    lua_pushinteger(L, (lua_Integer)mlp_block_bytes_in_use());
    lua_setfield(L, -2, "tensors");
    return 1;
}

static int sys_graceful(lua_State *L) /* graceful(on) -> what it was; see host.h */
{
    luaL_checktype(L, 1, LUA_TBOOLEAN);
    bool on = lua_toboolean(L, 1);
    lua_pushboolean(L, mlpl_signals_graceful(on));
    mlpl_watch_storage(on || !mlpl_at_prompt());
    return 1;
}

static int sys_stop_requested(lua_State *L)
{
    lua_pushboolean(L, mlpl_stop_requested());
    return 1;
}

static int sys_interrupting(lua_State *L) /* a signal ends what runs: an error is that of the interrupt */
{
    lua_pushboolean(L, mlpl_interrupting());
    return 1;
}

static int sys_gave_up(lua_State *L) /* storage does not answer, and was not waited for when somebody asked to stop */
{
    lua_pushboolean(L, mlp_disk_given_up());
    return 1;
}

/* at_storage(path, f, ...) -> what f returns, as three values: f writes to or reads from the file `path` */
static int sys_at_storage(lua_State *L)
{
    mlp_disk_use use;
    mlp_disk_enter(&use, luaL_checkstring(L, 1));
    int status = lua_pcall(L, lua_gettop(L) - 2, 3, 0);
    mlp_disk_leave(&use);
    return status ? lua_error(L) : 3;
}

/* signal() -> of the last signal that asked to stop: number, the status to leave with, name; or nil */
static int sys_signal(lua_State *L)
{
    if (!mlpl_signal_seen()) return 0;
    lua_pushinteger(L, mlpl_signal_seen());
    lua_pushinteger(L, mlpl_signal_status());
    lua_pushstring(L, mlpl_signal_name());
    return 3;
}

static int sys_at_prompt(lua_State *L) /* whether somebody types, and nothing but leaving ends the process */
{
    lua_pushboolean(L, mlpl_at_prompt());
    return 1;
}

/* exit(status): closes what is open, then ends the process; at the prompt it ends what was called there */
static int sys_exit(lua_State *L)
{
    lua_Integer status = luaL_optinteger(L, 1, 0);
    if (mlpl_at_prompt()) return mlpl_errorf(L, "a script would end here with status %I", (LUAI_UACINT)status);
    lua_getglobal(L, "os");
    lua_getfield(L, -1, "exit");
    lua_pushinteger(L, status);
    lua_pushboolean(L, 1);
    lua_call(L, 2, 0);
    return 0;
}

static int status_at_end;

int mlpl_exit_status(void)
{
    return status_at_end;
}

static int
sys_exit_status(lua_State *L) /* exit_status([n]) -> what a script that comes to its end leaves with, 0 unless said */
{
    status_at_end = (int)luaL_optinteger(L, 1, status_at_end);
    lua_pushinteger(L, status_at_end);
    return 1;
}

static int sys_script(lua_State *L) /* script("mlprun/nn/linear.lua") -> the text of a part of the library, or nil */
{
    const char *chunk = luaL_checkstring(L, 1);
    for (const mlpl_script *s = mlpl_scripts; s->name; s++) {
        if (strcmp(s->chunk, chunk) != 0) continue;
        lua_pushlstring(L, (const char *)s->text, s->length);
        return 1;
    }
    return 0;
}

int mlpl_open_sys(lua_State *L)
{
    static const mlpl_function functions[] = {
        { "fail", sys_fail, 1 },
        { "help", sys_help, 0 },
        { "nearest", sys_nearest, 2 },
        { "stray_global", sys_stray_global, 3 },
        { "clock", sys_clock, 0 },
        { "wall_time", sys_wall_time, 0 },
        { "is_terminal", sys_is_terminal, 1 },
        { "columns", sys_columns, 1 },
        { "rows", sys_rows, 1 },
        { "read_file", sys_read_file, 1 },
        { "write_file", sys_write_file, 2 },
        { "append", sys_append, 2 },
        { "make_folder", sys_make_folder, 1 },
        { "exists", sys_exists, 1 },
        { "modified", sys_modified, 1 },
        { "list", sys_list, 1 },
        { "rename", sys_rename, 2 },
        { "link", sys_link, 2 },
        { "remove", sys_remove, 1 },
        { "real_path", sys_real_path, 1 },
        { "env", sys_env, 1 },
        { "threads", sys_threads, 1 },
        { "cores", sys_cores, 0 },
        { "pid", sys_pid, 0 },
        { "host", sys_host, 0 },
        { "versions", mlpl_sys_versions, 0 },
        { "use_cpu", sys_use_cpu, 1 },
        { "memory", sys_memory, 0 },
        { "graceful", sys_graceful, 1 },
        { "stop_requested", sys_stop_requested, 0 },
        { "interrupting", sys_interrupting, 0 },
        { "gave_up", sys_gave_up, 0 },
        { "at_storage", sys_at_storage, MLPL_FORMS },
        { "signal", sys_signal, 0 },
        { "at_prompt", sys_at_prompt, 0 },
        { "exit", sys_exit, 1 },
        { "exit_status", sys_exit_status, 1 },
        { "script", sys_script, 1 },
        { NULL, NULL, 0 },
    };
    mlpl_new_functions(L, functions);
    mlpl_add_renewing(L);
    lua_pushliteral(L, MLP_VERSION);
    lua_setfield(L, -2, "version");
    return 1;
}
