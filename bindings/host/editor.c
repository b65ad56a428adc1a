/* editor.c - lines that a person types: libedit, with completion by a Lua function, a history, and pasted blocks.
 *
 * A statement of several lines that is recalled or pasted is one text with new lines in it, which libedit draws but has
 * no keys for: going up and down in it, to the ends of its lines, and a new line in it are functions of ours. What else
 * Debian has was looked at: readline (under the GPL), libtecla (one line, no UTF-8, another history), linenoise, replxx
 * and isocline (no packages of their own).
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
#include <wctype.h>

enum { REMEMBERED = 2000, LONGEST_PASTE = 1 << 20 };

static struct {
    EditLine *el;
    History *history;
    lua_State *L;       /* while a line is read */
    const char *prompt; /* the same */
    const char *given;  /* the same: the text that it begins with, or NULL */
    bool continues;     /* the line goes on with a statement, which the key for up takes back */
    size_t prefix;      /* how much of the text the entries of the history that are looked through share */
    bool back;          /* that was asked for */
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

/* libedit cannot draw into fewer columns than this, nor into fewer rows than its text needs at once. Returns how many
 * there are. */
static int take_size(EditLine *el)
{
    enum { FEWEST_COLUMNS = 20, FEWEST_ROWS = 10 };
    struct winsize size;
    char columns[16], rows[16];
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_col == 0) return 0;
    snprintf(columns, sizeof columns, "%d", size.ws_col < FEWEST_COLUMNS ? FEWEST_COLUMNS : size.ws_col);
    snprintf(rows, sizeof rows, "%d", size.ws_row < FEWEST_ROWS ? FEWEST_ROWS : size.ws_row);
    el_set(el, EL_SETTC, "li", rows, NULL);
    el_set(el, EL_SETTC, "co", columns, NULL);
    return size.ws_col;
}

/* How many rows of a terminal are above the cursor, from the prompt on. */
static int rows_above(const LineInfoW *line, int columns)
{
    int rows = 0, column = (int)strlen(editor.prompt);
    for (const wchar_t *c = line->buffer; c < line->cursor; c++) {
        int width = *c == L'\n' ? 0 : wcwidth(*c);
        if (*c == L'\n' || column + width > columns) rows++, column = 0;
        column += width > 0 ? width : 0;
    }
    return column == columns ? rows + 1 : rows;
}

/* The window has another size, and the terminal has broken its lines anew: what libedit drew is erased, and drawn again
 * from the prompt on. */
static void resize(EditLine *el)
{
    resized = 0;
    int columns = take_size(el), up = columns > 0 ? rows_above(el_wline(el), columns) : 0;
    fputs("\r", stdout);
    if (up > 0) printf("\033[%dA", up);
    printf("\033[J");
    fflush(stdout);
    el_set(el, EL_REFRESH);
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

/* Whether somebody answers yes, with y, a space or Tab. */
static bool asked(EditLine *el, const char *question)
{
    wchar_t c = 0;
    printf("\n%s", question);
    fflush(stdout);
    return get_character(el, &c) > 0 && (c == L'y' || c == L'Y' || c == L' ' || c == L'\t');
}

/* complete(text, cursor) -> what to insert or nil, what to show or nil, what to ask before or nil */
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
    if (lua_pcall(L, 2, 3, 0) == LUA_OK) {
        const char *insert = lua_tostring(L, top + 1), *list = lua_tostring(L, top + 2);
        const char *question = lua_tostring(L, top + 3);
        if (insert && *insert && el_insertstr(el, insert) == 0) result = CC_REFRESH;
        if (list) {
            bool wanted = !question || asked(el, question);
            printf("\n%s%s", wanted ? list : "", wanted ? "\n" : "");
            fflush(stdout);
            result = CC_REDISPLAY;
        }
    }
    lua_settop(L, top);
    return result;
}

/* ---- a text of several lines ---- */

#define OLDER "\033[1;97A" /* no key has these */
#define NEWER "\033[1;97B"
#define GIVEN "\033[1;97G"
#define DONE "\033[1;97N"

typedef struct where {
    size_t length, cursor, begins, ends; /* of the text, and of the line that the cursor is in */
} where;

static where cursor_in(const LineInfoW *line)
{
    where at = { .length = (size_t)(line->lastchar - line->buffer), .cursor = (size_t)(line->cursor - line->buffer) };
    at.begins = at.ends = at.cursor;
    while (at.begins > 0 && line->buffer[at.begins - 1] != L'\n') at.begins--;
    while (at.ends < at.length && line->buffer[at.ends] != L'\n') at.ends++;
    return at;
}

static unsigned char move_to(EditLine *el, size_t from, size_t to)
{
    el_cursor(el, (int)to - (int)from);
    return CC_CURSOR;
}

/* Whether the text is an entry of the history as it is there. */
static bool recalled(EditLine *el)
{
    HistEvent event;
    const LineInfo *line = el_line(el);
    size_t n = (size_t)(line->lastchar - line->buffer);
    return history(editor.history, &event, H_CURR) == 0 && strlen(event.str) == n &&
           memcmp(event.str, line->buffer, n) == 0;
}

/* libedit looks for entries that begin with what is before the cursor: that is what was before it at the first time. */
static unsigned char search(EditLine *el, where at, const char *keys)
{
    if (!recalled(el)) editor.prefix = at.begins > 0 || at.ends < at.length ? 0 : at.cursor;
    if (editor.prefix > at.length) editor.prefix = 0;
    el_cursor(el, (int)editor.prefix - (int)at.cursor);
    el_push(el, keys);
    return CC_NORM;
}

/* To the line above; at the first one to the lines of the statement that were entered, else to what was typed before.
 */
static unsigned char on_up(EditLine *el, int key)
{
    (void)key;
    const LineInfoW *line = el_wline(el);
    where at = cursor_in(line);
    if (at.begins > 0) {
        size_t column = at.cursor - at.begins, begins = at.begins - 1;
        while (begins > 0 && line->buffer[begins - 1] != L'\n') begins--;
        size_t most = at.begins - 1 - begins;
        return move_to(el, at.cursor, begins + (column < most ? column : most));
    }
    if (editor.continues) {
        editor.back = true;
        return CC_NEWLINE;
    }
    return search(el, at, OLDER);
}

static unsigned char on_down(EditLine *el, int key)
{
    (void)key;
    const LineInfoW *line = el_wline(el);
    where at = cursor_in(line);
    if (at.ends == at.length) return search(el, at, NEWER);
    size_t column = at.cursor - at.begins, ends = at.ends + 1;
    while (ends < at.length && line->buffer[ends] != L'\n') ends++;
    size_t most = ends - at.ends - 1;
    return move_to(el, at.cursor, at.ends + 1 + (column < most ? column : most));
}

static unsigned char on_begin(EditLine *el, int key)
{
    (void)key;
    where at = cursor_in(el_wline(el));
    return move_to(el, at.cursor, at.begins);
}

static unsigned char on_end(EditLine *el, int key)
{
    (void)key;
    where at = cursor_in(el_wline(el));
    return move_to(el, at.cursor, at.ends);
}

/* A new line at the cursor, indented as this one is. */
static unsigned char on_new_line(EditLine *el, int key)
{
    enum { MOST = 200 };
    (void)key;
    const LineInfoW *line = el_wline(el);
    where at = cursor_in(line);
    wchar_t text[MOST + 2] = L"\n";
    size_t n = 0;
    for (; n < MOST && at.begins + n < at.cursor && line->buffer[at.begins + n] == L' '; n++) text[n + 1] = L' ';
    text[n + 1] = 0;
    return el_winsertstr(el, text) == 0 ? CC_REFRESH : CC_ERROR;
}

static bool is_word(wchar_t c)
{
    return c == L'_' || iswalnum((wint_t)c);
}

/* Whether a line begins, behind its blanks, with what closes a block. */
static bool closes(const wchar_t *text, size_t n)
{
    static const wchar_t *const words[] = { L"end", L"else", L"elseif", L"until" };
    if (n > 0 && wcschr(L"})]", *text)) return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = wcslen(words[i]);
        if (n >= length && wmemcmp(text, words[i], length) == 0 && (n == length || !is_word(text[length]))) return true;
    }
    return false;
}

/* The line ends: one that closes a block stands as far out as the line that opens it, if it is indented as it began. */
static unsigned char on_enter(EditLine *el, int key)
{
    enum { STEP = 2 };
    (void)key;
    const LineInfoW *line = el_wline(el);
    where at = cursor_in(line);
    size_t blanks = 0, given = editor.continues && editor.given ? strlen(editor.given) : 0;
    while (blanks < at.length && line->buffer[blanks] == L' ') blanks++;
    el_push(el, DONE);
    if (given < STEP || blanks != given || !closes(line->buffer + blanks, at.length - blanks)) return CC_NORM;
    el_cursor(el, STEP - (int)at.cursor);
    el_deletestr(el, STEP);
    el_cursor(el, (int)at.length - STEP);
    return CC_REFRESH;
}

/* Ctrl-D: the end where nothing was typed, blanks that the line began with are nothing; else the next letter goes. */
static unsigned char on_end_of_input(EditLine *el, int key)
{
    (void)key;
    const LineInfoW *line = el_wline(el);
    for (const wchar_t *c = line->buffer; c < line->lastchar; c++) {
        if (*c == L' ') continue;
        el_push(el, "\033[3~");
        return CC_NORM;
    }
    return CC_EOF;
}

/* The text that the line begins with. */
static unsigned char on_given(EditLine *el, int key)
{
    (void)key;
    return editor.given && el_insertstr(el, editor.given) == 0 ? CC_REFRESH : CC_NORM;
}

/* ---- for Lua ---- */

static void bind_keys(EditLine *el)
{
    el_set(el, EL_ADDFN, "paste-block", "Takes pasted text as it is", on_paste);
    el_set(el, EL_ADDFN, "complete-name", "Completes the word", on_tab);
    el_set(el, EL_ADDFN, "line-up", "To the line above, or older text", on_up);
    el_set(el, EL_ADDFN, "line-down", "To the line below, or newer text", on_down);
    el_set(el, EL_ADDFN, "line-begin", "To the begin of the line", on_begin);
    el_set(el, EL_ADDFN, "line-end", "To the end of the line", on_end);
    el_set(el, EL_ADDFN, "new-line", "A new line in the text", on_new_line);
    el_set(el, EL_ADDFN, "line-done", "Ends the line", on_enter);
    el_set(el, EL_ADDFN, "input-done", "Ends the input, or deletes a letter", on_end_of_input);
    el_set(el, EL_ADDFN, "insert-given", "The text that there was", on_given);
    static const char *const keys[][2] = {
        { "\\e[200~", "paste-block" },
        { "\t", "complete-name" },
        { "^M", "line-done" },
        { "^J", "line-done" },
        { "^D", "input-done" },
        { "^R", "em-inc-search-prev" },
        { OLDER, "ed-search-prev-history" },
        { NEWER, "ed-search-next-history" },
        { GIVEN, "insert-given" },
        { DONE, "ed-newline" },
        { "\\e[A", "line-up" },
        { "\\e[B", "line-down" },
        { "\\eOA", "line-up" },
        { "\\eOB", "line-down" },
        { "^P", "line-up" },
        { "^N", "line-down" },
        { "^A", "line-begin" },
        { "^E", "line-end" },
        { "\\e[H", "line-begin" },
        { "\\e[F", "line-end" },
        { "\\e[1~", "line-begin" },
        { "\\e[4~", "line-end" },
        { "\\e^M", "new-line" },
        { "\\e^J", "new-line" },
        { "\\e[3~", "ed-delete-next-char" },
        { "\\e[1;5C", "em-next-word" },
        { "\\e[1;5D", "ed-prev-word" },
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) el_set(el, EL_BIND, keys[i][0], keys[i][1], NULL);
}

/* Wide characters need a locale that has them: always this one, since Lua's lower, upper and %a follow the locale and
 * must not depend on who runs a script. */
static void choose_characters(void)
{
    if (!setlocale(LC_CTYPE, "C.UTF-8")) setlocale(LC_CTYPE, "C");
}

/* open(complete): complete(text, cursor) -> what to insert or nil, what to show or nil, what to ask before it is shown
 * or nil; cursor counts bytes from 0 */
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
    editor.had_text = editor.back = false;
    editor.continues = lua_toboolean(L, 2);
    editor.given = lua_tostring(L, 3);
    if (pastes) fputs("\033[?2004h", stdout);
    fflush(stdout);
    el_set(editor.el, EL_PREP_TERM, 1); /* before the prompt shows: what is typed at once belongs to the editor */
    int n = 0;
    handle(SIGTSTP, on_signal);
    if (editor.given) el_push(editor.el, GIVEN);
    const char *line = el_gets(editor.el, &n);
    handle(SIGTSTP, SIG_DFL);
    if (pastes) fputs("\033[?2004l", stdout);
    fflush(stdout);
    editor.prompt = editor.given = NULL;
    if (editor.back) {
        fputc('\n', stdout);
        lua_pushnil(L);
        lua_pushliteral(L, "back");
        lua_pushlstring(L, line ? line : "", line ? (size_t)n : 0);
        return 3;
    }
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

static int editor_ready(lua_State *L) /* ready(): a Ctrl-C that was answered is forgotten */
{
    (void)L;
    mlpl_signals_reset();
    return 0;
}

int mlpl_open_editor(lua_State *L)
{
    static const mlpl_function functions[] = {
        { "open", editor_open, 1 },   { "read", editor_read, 3 },   { "remember", editor_remember, 1 },
        { "close", editor_close, 0 }, { "ready", editor_ready, 0 }, { NULL, NULL, 0 },
    };
    mlpl_new_functions(L, functions);
    return 1;
}
