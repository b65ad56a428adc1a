/* host.h - the interpreter around the bindings: what main.c, core.c, prompt.c and sys.c share. */
#ifndef MLP_HOST_H
#define MLP_HOST_H

#include "binding.h"

/* The Lua library, built into the executable; the list ends with a NULL name. Made from scripts/ by the Makefile. */
typedef struct mlpl_script {
    const char *name;  /* "mlprun.nn.linear" */
    const char *chunk; /* "mlprun/nn/linear.lua", as messages name it */
    const unsigned char *text;
    size_t length;
} mlpl_script;
extern const mlpl_script mlpl_scripts[];

/* Makes `require "mlprun"` work in L. */
void mlpl_install(lua_State *L);

/* Opens the libraries in L: Lua's own without compiled chunks and C modules, strict globals, `require "mlprun"`. */
void mlpl_open_environment(lua_State *L);

/* What is said of a global that a function makes, pushed and returned. */
const char *mlpl_stray_global(lua_State *L, const char *path, int line, const char *name);

/* Has them said: sets __newindex in the metatable of the globals, which is on top. Before other processes begin. */
void mlpl_watch_globals(lua_State *L);

/* Makes ml, nn, plot, show and the like globals, as scripts/prompt/globals.lua does: for one-liners. A lua_CFunction.
 */
int mlpl_open_globals(lua_State *L);

/* print(...) as the script sees it, of values as the prompt shows them. A lua_CFunction. */
int mlpl_print(lua_State *L);

/* Calls the function below its nargs arguments with a traceback handler; on failure the message is on the stack. */
int mlpl_call(lua_State *L, int nargs, int nresults);

/* The prompt; quiet: without its first line; script: a path of what runs before, or NULL. Returns the exit status. */
int mlpl_prompt(lua_State *L, bool quiet, const char *script);

/* Replaces coroutine.resume and wrap, xpcall and os.execute by ones that an interrupt gets through. */
void mlpl_open_interruptible(lua_State *L);

/* Ctrl-C. While `graceful` is on (a fit runs) a signal only makes mlpl_stop_requested true, so that the step ends and
 * the work is saved; otherwise it interrupts kernels and Lua code at once. In a script a second Ctrl-C within two
 * seconds ends the process with status 130; at the prompt it does not. A second SIGTERM or SIGHUP ends it anywhere;
 * SIGUSR1 asks to save, and no number of them ends it. */
void mlpl_signals_install(lua_State *L, bool second_kills_process); /* L is NULL when there is none any more */
bool mlpl_signals_graceful(bool on);                                /* returns what it was */
bool mlpl_at_prompt(void); /* somebody types: nothing but leaving the prompt ends the process */
bool mlpl_stop_requested(void);

int mlpl_exit_status(void); /* what a script that comes to its end leaves with: sys.exit_status(n) */

/* Whoever waits for a file does so for the other end of this pipe too: a signal may run on any thread, so that waiting
 * is not always interrupted. -1: nobody waits. */
void mlpl_signal_pipe(int fd);
void mlpl_signal_wake(void);  /* what the handler does; for further handlers */
bool mlpl_interrupting(void); /* an error that is on its way is an interrupt */
int mlpl_signal_seen(void);   /* the last of SIGINT, SIGTERM, SIGHUP, SIGUSR1; 0 for none */
int mlpl_signal_status(void); /* what a process that it ended leaves with: 75 for SIGUSR1, else 128 and its number */
const char *mlpl_signal_name(void); /* "Ctrl-C", "SIGTERM"; NULL for none */
void mlpl_signals_reset(void);      /* forgets it: the prompt is back */

/* From the first call with true on a thread looks whether storage answers (stalled.c); while it is on, it says which
 * file is waited for. For the thread that runs Lua; in a forked process it begins anew. */
void mlpl_watch_storage(bool tells_what_it_waits_for);
bool mlpl_is_child(void);                /* another process of ours started this one */
bool mlpl_child_waits(const char *path); /* tells that process so; false where there is none */

int mlpl_sys_versions(lua_State *L);  /* of versions.c, for sys.c */
void mlpl_add_renewing(lua_State *L); /* of renewing.c: to the table on the top of the stack, sys.c's */

/* From here on this state runs, until its caller, which is returned, is entered again. */
lua_State *mlpl_signals_enter(lua_State *L);

#endif
