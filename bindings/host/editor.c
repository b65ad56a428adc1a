/* editor.c - lines that a person types: libedit, with completion by a Lua function, a history, and pasted blocks.
 *
 * A signal puts a byte into a pipe, which is waited for together with the keys: Ctrl-C ends the line there, Ctrl-Z
 * stops the process. */
#define _GNU_SOURCE /* pipe2 */
#include "host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <histedit.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

enum { REMEMBERED = 2000, LONGEST_PASTE = 1 << 20 };

static struct {
    EditLine *el;
    History *history;
    lua_State *L;       /* while a line is read */
    const char *prompt; /* the same */
    int complete;       /* reference of the Lua function, or LUA_NOREF */
    bool had_text;      /* when a signal ended the line */
    int alarm[2];       /* the pipe that signals write to */
} editor;
static volatile sig_atomic_t resized, suspended;

static char *prompt_text(EditLine *el)
{
    (void)el;
    return (char *)editor.prompt; /* libedit only reads it */
}

static void on_signal(int number)
{
    if (number == SIGWINCH) resized = 1;
    else suspended = 1;
    mlpl_signal_wake();
}

static void handle(int number, void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

/* ---- reading ---- */

/* Ctrl-Z: the terminal is handed back as it was, and taken again when the process goes on. */
static void suspend(EditLine *el)
{
    suspended = 0;
    el_set(el, EL_PREP_TERM, 0);
    handle(SIGTSTP, SIG_DFL);
    raise(SIGTSTP); /* stops here */
    handle(SIGTSTP, on_signal);
    el_set(el, EL_PREP_TERM, 1);
    el_set(el, EL_REFRESH);
}

/* libedit cannot draw into fewer columns than this, nor into fewer rows than its text needs at once. */
static void take_size(EditLine *el)
{
    enum { FEWEST_COLUMNS = 20, FEWEST_ROWS = 10 };
    struct winsize size;
    char columns[16], rows[16];
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_col == 0) return;
    snprintf(columns, sizeof columns, "%d", size.ws_col < FEWEST_COLUMNS ? FEWEST_COLUMNS : size.ws_col);
    snprintf(rows, sizeof rows, "%d", size.ws_row < FEWEST_ROWS ? FEWEST_ROWS : size.ws_row);
    el_set(el, EL_SETTC, "li", rows, NULL);
    el_set(el, EL_SETTC, "co", columns, NULL);
}

/* The window has another size. What libedit knows of the screen is of the old one, and of a line that it has drawn
 * there it would move to rows that are gone: it draws an empty line, takes the size, and has its text back. */
static void resize(EditLine *el)
{
    const LineInfo *line = el_line(el);
    size_t length = (size_t)(line->lastchar - line->buffer), cursor = (size_t)(line->cursor - line->buffer);
    resized = 0;
    char *text = malloc(length + 1);
    if (!text) return;
    memcpy(text, line->buffer, length);
    text[length] = 0;
    el_cursor(el, (int)length);
    el_deletestr(el, (int)length);
    el_set(el, EL_REFRESH);
    take_size(el);
    if (length > 0) el_insertstr(el, text);
    el_cursor(el, (int)cursor - (int)length);
    el_set(el, EL_REFRESH);
    free(text);
}

/* Waits for a byte: 1, 0 at the end of the input, -1 for a signal. */
static int next_byte(EditLine *el, char *byte)
{
    while (!mlpl_signal_seen()) {
        struct pollfd in[2] = { { .fd = STDIN_FILENO, .events = POLLIN }, { .fd = editor.alarm[0], .events = POLLIN } };
        char bytes[64];
        if (suspended) suspend(el);
        if (resized) resize(el);
        if (poll(in, 2, -1) < 0) continue;
        if (in[1].revents) {
            if (read(editor.alarm[0], bytes, sizeof bytes) < 0) continue; /* somebody was faster */
        } else if (in[0].revents) {
            ssize_t n = read(STDIN_FILENO, byte, 1);
            if (n >= 0 || errno != EINTR) return n > 0;
        }
    }
    const LineInfo *line = el_line(el);
    editor.had_text = line->lastchar > line->buffer;
    return -1;
}

/* libedit's way to get a character. */
static int get_character(EditLine *el, wchar_t *c)
{
    mbstate_t state;
    memset(&state, 0, sizeof state);
    for (;;) {
        char byte;
        int n = next_byte(el, &byte);
        if (n <= 0) return n;
        switch (mbrtowc(c, &byte, 1, &state)) {
        case (size_t)-1: /* not a character: as it is */ *c = (unsigned char)byte; return 1;
        case (size_t)-2: continue;
        default: return 1;
        }
    }
}

/* ---- keys ---- */

/* What follows until ESC [ 2 0 1 ~, or NULL; release with free(). */
static char *read_paste(EditLine *el)
{
    static const char end[] = "\033[201~";
    enum { END = sizeof end - 1 };
    size_t n = 0, room = 4096, matched = 0;
    char *text = malloc(room);
    while (text && n < LONGEST_PASTE && matched < END) {
        if (n + 1 == room) {
            char *more = realloc(text, room *= 2);
            if (!more) break;
            text = more;
        }
        if (next_byte(el, &text[n]) <= 0) break;
        matched = text[n] == end[matched] ? matched + 1 : text[n] == end[0];
        n++;
    }
    if (text) text[n - matched] = 0;
    return text;
}

/* The terminal says where pasted text begins. All of it is text: tabs complete nothing, and its lines are one block,
 * which runs when it ends with a new line. */
static unsigned char on_paste(EditLine *el, int key)
{
    (void)key;
    char *text = read_paste(el);
    if (!text) return CC_ERROR;
    for (char *c = text; *c; c++) {
        if (*c == '\r') *c = '\n';
        else if ((unsigned char)*c < 32 && *c != '\n' && *c != '\t') *c = ' ';
    }
    size_t length = strlen(text);
    bool runs = length > 0 && text[length - 1] == '\n';
    while (length > 0 && text[length - 1] == '\n') text[--length] = 0;
    if (length > 0) el_insertstr(el, text);
    free(text);
    if (runs) el_push(el, "\n");
    return CC_REFRESH;
}

/* complete(text, cursor) -> what to insert or nil, what to show or nil */
static unsigned char on_tab(EditLine *el, int key)
{
    (void)key;
    lua_State *L = editor.L;
    const LineInfo *line = el_line(el);
    int top = lua_gettop(L);
    unsigned char result = CC_REFRESH_BEEP;
    lua_rawgeti(L, LUA_REGISTRYINDEX, editor.complete);
    lua_pushlstring(L, line->buffer, (size_t)(line->lastchar - line->buffer));
    lua_pushinteger(L, (lua_Integer)(line->cursor - line->buffer));
    if (lua_pcall(L, 2, 2, 0) == LUA_OK) {
        const char *insert = lua_tostring(L, top + 1), *list = lua_tostring(L, top + 2);
        if (insert && *insert && el_insertstr(el, insert) == 0) result = CC_REFRESH;
        if (list) {
            printf("\n%s\n", list);
            fflush(stdout);
            result = CC_REDISPLAY;
        }
    }
    lua_settop(L, top);
    return result;
}

/* ---- for Lua ---- */

static void bind_keys(EditLine *el)
{
    el_set(el, EL_ADDFN, "paste-block", "Takes pasted text as it is", on_paste);
    el_set(el, EL_ADDFN, "complete-name", "Completes the word", on_tab);
    static const char *const keys[][2] = {

        { "\\e[200~", "paste-block" },         { "\t", "complete-name" },
        { "^R", "em-inc-search-prev" },        { "\\e[A", "ed-search-prev-history" },
        { "\\e[B", "ed-search-next-history" }, { "\\eOA", "ed-search-prev-history" },
        { "\\eOB", "ed-search-next-history" }, { "\\e[H", "ed-move-to-beg" },
        { "\\e[F", "ed-move-to-end" },         { "\\e[1~", "ed-move-to-beg" },
        { "\\e[4~", "ed-move-to-end" },        { "\\e[3~", "ed-delete-next-char" },
        { "\\e[1;5C", "em-next-word" },        { "\\e[1;5D", "ed-prev-word" },
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) el_set(el, EL_BIND, keys[i][0], keys[i][1], NULL);
}

/* Wide characters need a locale that has them: always this one, since Lua's lower, upper and %a follow the locale and
 * must not depend on who runs a script. */
static void choose_characters(void)
{
    if (!setlocale(LC_CTYPE, "C.UTF-8")) setlocale(LC_CTYPE, "C");
}

/* open(complete): complete(text, cursor) -> what to insert or nil, what to show or nil; cursor counts bytes from 0 */
static int editor_open(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    if (editor.el) return mlpl_errorf(L, "editor.open: it is open");
    choose_characters();
    if (pipe2(editor.alarm, O_CLOEXEC | O_NONBLOCK)) return mlpl_errorf(L, "editor.open: %s", strerror(errno));
    mlpl_signal_pipe(editor.alarm[1]);
    HistEvent event;
    editor.history = history_init();
    editor.el = editor.history ? el_init("mlprun", stdin, stdout, stderr) : NULL;
    if (!editor.el) return mlpl_errorf(L, "editor.open: the terminal cannot be used");
    history(editor.history, &event, H_SETSIZE, REMEMBERED);
    history(editor.history, &event, H_SETUNIQUE, 1);
    el_set(editor.el, EL_HIST, history, editor.history);
    el_set(editor.el, EL_PROMPT, prompt_text);
    el_set(editor.el, EL_EDITOR, "emacs");
    el_set(editor.el, EL_SIGNAL, 0);
    el_set(editor.el, EL_GETCFN, get_character);
    bind_keys(editor.el);
    take_size(editor.el);
    lua_settop(L, 1);
    editor.complete = luaL_ref(L, LUA_REGISTRYINDEX);
    handle(SIGWINCH, on_signal);
    return 0;
}

/* read(prompt) -> text; or nil and "end", "interrupt" (Ctrl-C at an empty line), "given up" (Ctrl-C behind some text),
 * or the status with which a signal wants the process to end */
static int editor_read(lua_State *L)
{
    const char *prompt = luaL_checkstring(L, 1);
    if (!editor.el) return mlpl_errorf(L, "editor.read: it is not open");
    const char *term = getenv("TERM");
    bool pastes = isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
    editor.L = L;
    editor.prompt = prompt;
    editor.had_text = false;
    if (pastes) fputs("\033[?2004h", stdout);
    fflush(stdout);
    el_set(editor.el, EL_PREP_TERM, 1); /* before the prompt shows: what is typed at once belongs to the editor */
    int n = 0;
    handle(SIGTSTP, on_signal);
    const char *line = el_gets(editor.el, &n);
    handle(SIGTSTP, SIG_DFL);
    if (pastes) fputs("\033[?2004l", stdout);
    fflush(stdout);
    editor.prompt = NULL;
    if (line && n > 0) {
        lua_pushlstring(L, line, (size_t)n - (line[n - 1] == '\n'));
        return 1;
    }
    lua_pushnil(L);
    int number = mlpl_signal_seen(), status = mlpl_signal_status();
    mlpl_signals_reset(); /* it is told, not raised */
    if (number == SIGINT) lua_pushstring(L, editor.had_text ? "given up" : "interrupt");
    else if (number) lua_pushinteger(L, status);
    else lua_pushliteral(L, "end");
    return 2;
}

static int editor_remember(lua_State *L) /* remember(text): the newest entry of the history */
{
    HistEvent event;
    if (editor.history) history(editor.history, &event, H_ENTER, luaL_checkstring(L, 1));
    return 0;
}

static int editor_close(lua_State *L)
{
    if (!editor.el) return 0;
    el_end(editor.el);
    history_end(editor.history);
    luaL_unref(L, LUA_REGISTRYINDEX, editor.complete);
    editor.el = NULL;
    editor.history = NULL;
    mlpl_signal_pipe(-1);
    close(editor.alarm[0]);
    close(editor.alarm[1]);
    handle(SIGWINCH, SIG_DFL);
    return 0;
}

/* append(path, text): in one piece, so that prompts that share a file do not mix their lines; only the owner reads it
 */
static int editor_append(lua_State *L)
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

static int editor_ready(lua_State *L) /* ready(): a Ctrl-C that was answered is forgotten */
{
    (void)L;
    mlpl_signals_reset();
    return 0;
}

int mlpl_open_editor(lua_State *L)
{
    static const mlpl_function functions[] = {
        { "open", editor_open, 1 },
        { "read", editor_read, 1 },
        { "remember", editor_remember, 1 },
        { "close", editor_close, 0 },
        { "append", editor_append, 2 },
        { "ready", editor_ready, 0 },
        { NULL, NULL, 0 },
    };
    mlpl_new_functions(L, functions);
    return 1;
}
