/* main.c - the command line: scripts, one-liners, the prompt; commands and --help are in scripts/command. */
#include "host/host.h"
#include "tensor/processor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { DONE = 0, FAILED = 1, WRONG_COMMAND_LINE = 2 };

/* The text of a chunk that is no file, and the name that messages have for it. */
typedef struct text {
    const char *name, *code;
} text;

static const char LINE[] = "(command line)", INPUT[] = "stdin";

/* In place of the message on the stack: as mlprun.errors shows it, where that works. of: NULL for a file. */
static void explain(lua_State *L, const text *of)
{
    int top = lua_gettop(L);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "mlprun.errors");
    if (lua_pcall(L, 1, 1, 0) == LUA_OK) {
        lua_getfield(L, -1, "text");
        lua_pushvalue(L, top);
        lua_newtable(L);
        lua_getfield(L, -4, "colour");
        if (lua_pcall(L, 0, 1, 0) == LUA_OK) lua_setfield(L, -2, "colour");
        else lua_pop(L, 1);
        if (of) {
            lua_newtable(L);
            lua_pushstring(L, of->code);
            lua_setfield(L, -2, of->name);
            lua_setfield(L, -2, "sources");
        }
        if (lua_pcall(L, 2, 1, 0) == LUA_OK && lua_isstring(L, -1)) lua_replace(L, top);
    }
    lua_settop(L, top);
}

/* Prints the message on the stack and says what the process should return. */
static int report(lua_State *L, int status, const text *of)
{
    if (status == LUA_OK && !mlpl_interrupting())
        return mlpl_exit_status(); /* a script may have caught its interrupt and ended */
    int number = mlpl_signal_seen();
    bool own = !mlpl_interrupting(); /* also while a fit that was asked to stop tidies up: what could not be saved */
    if (own && lua_isstring(L, -1)) explain(L, of);
    const char *said = own ? lua_tostring(L, -1) : NULL;
    fflush(stdout);
    if (own) fprintf(stderr, "mlprun: %s\n", said ? said : "unknown error");
    if (number) fprintf(stderr, "mlprun: stopped by %s\n", mlpl_signal_name());
    if (status != LUA_OK) lua_pop(L, 1);
    return number ? mlpl_signal_status() : FAILED;
}

/* Modules beside the script are found whatever the current folder is. */
static void add_script_folder(lua_State *L, const char *script)
{
    const char *slash = strrchr(script, '/');
    if (!slash) return;
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "path");
    lua_pushlstring(L, script, (size_t)(slash - script));
    lua_pushfstring(L, "%s/?.lua;%s/?/init.lua;%s", lua_tostring(L, -1), lua_tostring(L, -1), lua_tostring(L, -2));
    lua_setfield(L, -4, "path");
    lua_pop(L, 3);
}

/* arg[0] is the script, arg[1...] what follows, arg[-1] the program, as in lua */
static void set_arguments(lua_State *L, int argc, char **argv, int script)
{
    lua_newtable(L);
    for (int i = 0; i < argc; i++) {
        lua_pushstring(L, argv[i]);
        lua_rawseti(L, -2, i - script);
    }
    lua_setglobal(L, "arg");
}

static int wrong(const char *problem, const char *what)
{
    fprintf(stderr, "mlprun: %s '%s'\nTry 'mlprun --help'.\n", problem, what);
    return WRONG_COMMAND_LINE;
}

/* Pushes what followed the script, for its varargs; how many there are, or -1 when there is no room. */
static int push_arguments(lua_State *L)
{
    lua_getglobal(L, "arg");
    int n = (int)lua_rawlen(L, -1);
    if (!lua_checkstack(L, n + 8)) return -1;
    for (int i = 1; i <= n; i++) lua_rawgeti(L, -i, i);
    lua_remove(L, -1 - n);
    return n;
}

/* Calls the script on the stack, if it was loaded. */
static int call_script(lua_State *L, int status, const text *of)
{
    int n = status == LUA_OK ? push_arguments(L) : 0;
    if (n < 0) return wrong("too many arguments after", "the script");
    if (status == LUA_OK) status = mlpl_call(L, n, 0);
    return report(L, status, of);
}

static int run_script(lua_State *L, const char *path)
{
    add_script_folder(L, path);
    return call_script(L, luaL_loadfilex(L, path, "t"), NULL);
}

static int load(lua_State *L, const text *of)
{
    lua_pushfstring(L, "=%s", of->name);
    int status = luaL_loadbufferx(L, of->code, strlen(of->code), lua_tostring(L, -1), "t");
    lua_remove(L, -2);
    return status;
}

/* The same as an expression; leaves nothing behind when it is none. */
static bool load_expression(lua_State *L, const text *of)
{
    text whole = { of->name, lua_pushfstring(L, "return %s", of->code) };
    bool is_one = load(L, &whole) == LUA_OK;
    lua_remove(L, -2);
    if (!is_one) lua_pop(L, 1);
    return is_one;
}

static int run_line(lua_State *L, const text *of)
{
    lua_pushcfunction(L, mlpl_open_globals);
    int status = mlpl_call(L, 0, 0);
    if (status == LUA_OK) {
        if (!load_expression(L, of)) status = load(L, of);
        int base = lua_gettop(L), given = status == LUA_OK ? push_arguments(L) : 0;
        if (given < 0) return wrong("too many arguments after", of->name);
        if (status == LUA_OK) status = mlpl_call(L, given, LUA_MULTRET);
        int n = lua_gettop(L) - base + 1;
        if (status == LUA_OK && n > 0) {
            lua_pushcfunction(L, mlpl_print);
            lua_insert(L, base);
            status = mlpl_call(L, n, 0);
        }
    }
    return report(L, status, of);
}

/* Standard input is a script. One expression is none: its value is shown, as -e shows it. */
static int run_input(lua_State *L)
{
    lua_getglobal(L, "io");
    lua_getfield(L, -1, "read");
    lua_pushliteral(L, "a");
    int status = mlpl_call(L, 1, 1);
    if (status != LUA_OK) return report(L, status, NULL);
    const char *code = lua_tostring(L, -1);
    if (strlen(code) != lua_rawlen(L, -1)) {
        lua_pushliteral(L, "stdin: there is a byte 0 in it, expected the text of a script");
        return report(L, LUA_ERRSYNTAX, NULL);
    }
    if (*code == '#') code += strcspn(code, "\n");
    const text input = { INPUT, code };
    if (load_expression(L, &input)) {
        lua_pop(L, 1);
        return run_line(L, &input);
    }
    return call_script(L, load(L, &input), &input);
}

/* mlprun -e CODE [-e CODE]... [ARGUMENT]...: one line after the other, until one fails. */
static int run_lines(lua_State *L, int argc, char **argv)
{
    int last = 1, status = DONE;
    while (last + 2 < argc && strcmp(argv[last + 2], "-e") == 0) last += 2;
    if (last + 1 >= argc) return wrong("a line of Lua is missing after", argv[last]);
    set_arguments(L, argc, argv, last + 1);
    for (int i = 1; i <= last && status == DONE; i += 2) {
        const text line = { LINE, argv[i + 1] };
        status = run_line(L, &line);
    }
    return status;
}

/* mlprun -i [SCRIPT [ARGUMENT]...]: without a script it is the prompt alone */
static int run_and_stay(lua_State *L, int argc, char **argv, bool quiet)
{
    if (argc < 3) return mlpl_prompt(L, quiet, NULL);
    set_arguments(L, argc, argv, 2);
    add_script_folder(L, argv[2]);
    return mlpl_prompt(L, quiet, argv[2]);
}

/* mlprun data ... : the library's own commands, in scripts/command. */
static int run_command(lua_State *L, int argc, char **argv)
{
    lua_getglobal(L, "require");
    lua_pushliteral(L, "mlprun.command");
    int status = mlpl_call(L, 1, 1);
    if (status == LUA_OK) {
        if (!lua_checkstack(L, argc + 8)) return wrong("too many arguments after", argv[1]);
        for (int i = 1; i < argc; i++) lua_pushstring(L, argv[i]);
        status = mlpl_call(L, argc - 1, 1);
        if (status == LUA_OK) return lua_isinteger(L, -1) ? (int)lua_tointeger(L, -1) : DONE;
    }
    return report(L, status, NULL);
}

/* There is no such file: says what was most likely meant. */
static int missing_script(lua_State *L, const char *path, const char *const *commands)
{
    lua_getglobal(L, "require");
    lua_pushliteral(L, "mlprun.base.missing_script");
    lua_call(L, 1, 1);
    lua_pushstring(L, path);
    lua_newtable(L);
    for (int i = 0; commands[i]; i++) {
        lua_pushstring(L, commands[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_call(L, 2, 1);
    const char *near = lua_tostring(L, -1);
    if (!near) return wrong("no such script:", path);
    fprintf(stderr, "mlprun: no script or command '%s': did you mean '%s'?\n", path, near);
    return WRONG_COMMAND_LINE;
}

static int run(lua_State *L, int argc, char **argv)
{
    static const char *const commands[] = { "new",    "check", "help",  "data",       "runs", "report", "predict",
                                            "export", "rerun", "types", "completion", "man",  NULL };
    bool quiet = argc > 1 && strcmp(argv[1], "-q") == 0;
    if (quiet) argv[1] = argv[0], argv++, argc--;
    const char *first = argc > 1 ? argv[1] : NULL;
    if (!first) {
        if (!isatty(STDIN_FILENO)) {
            set_arguments(L, argc, argv, 0);
            return run_input(L);
        }
        return mlpl_prompt(L, quiet, NULL);
    }
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0) {
        argv[1] = (char[]){ "--help" };
        return run_command(L, argc, argv);
    }
    if (strcmp(first, "--version") == 0 || strcmp(first, "-v") == 0) {
        printf("mlprun %s\n", MLP_VERSION);
        return DONE;
    }
    if (strcmp(first, "-") == 0) {
        set_arguments(L, argc, argv, 1);
        return run_input(L);
    }
    if (strcmp(first, "-e") == 0) return run_lines(L, argc, argv);
    if (strcmp(first, "-i") == 0) return run_and_stay(L, argc, argv, quiet);
    if (*first == '-') return wrong("unknown option", first);
    for (const char *const *c = commands; *c; c++)
        if (strcmp(first, *c) == 0) return run_command(L, argc, argv);
    set_arguments(L, argc, argv, 1);
    if (access(first, F_OK) != 0 && mlp_status_of(errno) == MLP_EIO) return missing_script(L, first, commands);
    return run_script(L, first);
}

/* Everything that Lua does, inside a protected call: whatever a script does to the globals that it uses, or to memory,
 * is a message. */
static int run_protected(lua_State *L)
{
    char **argv = lua_touserdata(L, 2);
    int argc = (int)lua_tointeger(L, 1);
    lua_settop(L, 0);
    mlpl_open_environment(L);
    mlpl_signals_install(L, true);
    mlpl_watch_storage(true);
    lua_pushinteger(L, run(L, argc, argv));
    return 1;
}

/* What went wrong where nothing is left to explain it with: nothing here may allocate. */
static int report_plainly(lua_State *L)
{
    int number = mlpl_signal_seen();
    const char *said = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "unknown error";
    fflush(stdout);
    if (!mlpl_interrupting()) fprintf(stderr, "mlprun: %s\n", said);
    if (number) fprintf(stderr, "mlprun: stopped by %s\n", mlpl_signal_name());
    return number ? mlpl_signal_status() : FAILED;
}

/* Descriptors that the caller closed are taken, so that no file of ours gets their numbers; writing still fails. */
static void take_closed(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd) _exit(FAILED);
}

/* What was printed may still be on its way: a full disk shows here at the latest. */
static int close_output(int status)
{
    if ((fflush(stdout) == 0 && !ferror(stdout)) || status != DONE) return status;
    fputs("mlprun: standard output could not be written: its disk is full, or it is closed\n", stderr);
    return FAILED;
}

static bool is_limited(int resource)
{
    struct rlimit limit;
    return getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

/* OpenBLAS begins threads before main. Where memory is limited they may ask for memory for ever, and nobody
 * can end them: such a process begins once more, without them. */
static void begin_without_blas_threads(char **argv)
{
    static const char variable[] = "OPENBLAS_NUM_THREADS";
    const char *threads = getenv(variable);
    if (!(is_limited(RLIMIT_AS) || is_limited(RLIMIT_DATA)) || (threads && strcmp(threads, "1") == 0) ||
        setenv(variable, "1", 1))
        return;
    execv("/proc/self/exe", argv);
}

/* What products and pictures need on the stacks of threads, which are as large as the limit. */
static bool has_stack(void)
{
    enum { LEAST = 256 }; /* kB */
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) || limit.rlim_cur >> 10 >= LEAST) return true;
    fprintf(stderr, "mlprun: the stack is limited to %d kB (ulimit -s), expected at least %d\n",
            (int)(limit.rlim_cur >> 10), LEAST);
    return false;
}

int main(int argc, char **argv)
{
    take_closed();
    if (!has_stack()) return FAILED;
    begin_without_blas_threads(argv);
    mlp_processor_end_blas_threads();
    mlp_error err;
    lua_State *L = luaL_newstate();
    if (!L || mlp_processor_begin(&err) || mlp_threads_set(mlp_cores(), &err)) {
        fprintf(stderr, "mlprun: cannot start: %s\n", L ? err.text : "out of memory");
        return FAILED;
    }
    long pages = sysconf(_SC_PHYS_PAGES);
    if (pages > 0) mlp_block_limit((size_t)pages / 10 * 9 * (size_t)sysconf(_SC_PAGESIZE));
    lua_pushcfunction(L, run_protected);
    lua_pushinteger(L, argc);
    lua_pushlightuserdata(L, argv);
    int status = lua_pcall(L, 2, 1, 0) ? report_plainly(L) : (int)lua_tointeger(L, -1);
    mlpl_signals_install(NULL, true); /* a signal from here on must not touch the state */
    lua_close(L);
    mlp_threads_set(1, NULL);
    mlp_block_trim();
    return close_output(status);
}
