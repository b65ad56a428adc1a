/* terminal.h - mlprun on a pseudo-terminal: keys in, text out. Runs $MLPRUN, in a folder of its own. */
#ifndef MLP_TEST_TERMINAL_H
#define MLP_TEST_TERMINAL_H

#include "base/base.h"

#include "suite.h"
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
enum { WATCHED = 1 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { WATCHED = 1 };
#else
enum { WATCHED = 0 };
#endif
#else
enum { WATCHED = 0 };
#endif

enum { ROOM = 1 << 26 };
static const double QUIET = 0.5;

/* Seconds for which an answer is waited for. */
static inline double patience(void)
{
    return 30 * slower();
}

static char folder[] = "/tmp/mlprun-prompt-XXXXXX";
static int terminal = -1;
static pid_t child;
static char said[ROOM];     /* without escape sequences */
static size_t length, seen; /* what wait_for() has passed */

/* ---- the terminal ---- */

/* mlprun OPTION ARGUMENT with an environment variable set; any of them may be NULL. */
static inline void start_program(int columns, const char *variable, const char *value, const char *option,
                                 const char *argument)
{
    struct winsize size = { .ws_row = 40, .ws_col = (unsigned short)columns };
    length = seen = 0;
    said[0] = 0;
    child = forkpty(&terminal, NULL, NULL, &size);
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nothing behind */
        setenv("XDG_STATE_HOME", folder, 1);
        setenv("XDG_CONFIG_HOME", folder, 1);
        setenv("TERM", "xterm", 1);
        unsetenv("NO_COLOR");
        if (variable) setenv(variable, value, 1);
        if (chdir(folder)) _exit(1);
        signal(SIGHUP, SIG_DFL); /* the suite may run under nohup, which the program would respect */
        execl(getenv("MLPRUN"), "mlprun", option, argument, (char *)NULL);
        _exit(1);
    }
}

static inline void start_with(int columns, const char *variable, const char *value, const char *option)
{
    start_program(columns, variable, value, option, NULL);
}

static inline void take(const char *bytes, size_t n)
{
    static enum { TEXT, ESCAPE, SEQUENCE } state;
    ck_assert_msg(length + n < ROOM, "more than %d bytes were printed", ROOM);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (state == TEXT && c == 27) state = ESCAPE;
        else if (state == TEXT) said[length++] = (char)c;
        else if (state == ESCAPE) state = c == '[' ? SEQUENCE : TEXT;
        else if (c >= 0x40 && c <= 0x7e) state = TEXT;
    }
    said[length] = 0;
}

/* Reads for at most so long; false when nothing came. */
static inline bool listen_for(double seconds)
{
    struct pollfd p = { .fd = terminal, .events = POLLIN };
    char bytes[4096];
    if (poll(&p, 1, (int)(seconds * 1000)) <= 0) return false;
    ssize_t n = read(terminal, bytes, sizeof bytes);
    if (n <= 0) return false;
    take(bytes, (size_t)n);
    return true;
}

/* Whether this prompt shows behind `from`, with nothing behind it but the blanks that a line begins with. */
static inline bool shows(const char *prompt, size_t from)
{
    size_t n = strlen(prompt), end = length;
    while (end > 0 && (said[end - 1] == ' ' || said[end - 1] == '\r')) end--;
    if (end == length || end < from + n || memcmp(said + end - n, prompt, n) != 0) return false;
    return end == n || said[end - n - 1] == '\n' || said[end - n - 1] == '\r';
}

static inline bool at_prompt(size_t from)
{
    return shows(">", from) || shows(">>", from) || shows("debug>", from);
}

/* Takes what comes for so long. */
static inline void pass(double seconds)
{
    double end = mlp_clock() + seconds;
    while (mlp_clock() < end) listen_for(end - mlp_clock());
}

/* Keys, at once. */
static inline void press(const char *keys)
{
    size_t n = strlen(keys);
    ck_assert_int_eq(write(terminal, keys, n), (ssize_t)n);
}

static inline bool has_ended(void)
{
    siginfo_t info = { 0 };
    return waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == child;
}

/* Keys, once the last line has been answered: before, the terminal itself would take some of them. Returns when the
 * first of them shows, so that the next call waits for an answer to these; however long a busy machine takes. */
static inline void type(const char *keys)
{
    double end = mlp_clock() + patience();
    while (!at_prompt(0) && mlp_clock() < end && !has_ended()) listen_for(0.05);
    if (has_ended()) return;
    ck_assert_msg(at_prompt(0), "no prompt: %s", said);
    size_t before = length;
    press(keys);
    double quiet = mlp_clock(); /* blanks may be those that the line begins with, which come behind the prompt */
    while (strspn(said + before, " \r") == length - before && mlp_clock() < end) {
        if (has_ended()) return;
        if (listen_for(0.05)) quiet = mlp_clock();
        else if (length > before && mlp_clock() - quiet > QUIET) break;
    }
    ck_assert_msg(length > before, "nothing shows of what was typed: %s", keys);
}

/* Nanoseconds for which the threads of a process were ready to run and did not, since others used the cores. */
static inline double waited_for_a_core(pid_t pid)
{
    char path[64];
    double sum = 0;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    for (struct dirent *task; tasks && (task = readdir(tasks));) {
        char file[400];
        double delay = 0;
        snprintf(file, sizeof file, "%s/%s/schedstat", path, task->d_name);
        FILE *f = fopen(file, "r");
        if (f && fscanf(f, "%*f %lf", &delay) == 1) sum += delay;
        if (f) fclose(f);
    }
    if (tasks) closedir(tasks);
    return sum;
}

/* Seconds on a clock that stands while mlprun or this test could run and others used the cores: what passes on it is
 * what passes in quiet, computing and waiting alike. */
static inline double own_time(void)
{
    return mlp_clock() - 1e-9 * (waited_for_a_core(child) + waited_for_a_core(getpid()));
}

/* What the system says of mlprun, for a failure: whether it waits, and which signals wait for it. */
static inline const char *condition(void)
{
    static char text[400];
    char path[64], line[100];
    size_t n = 0;
    text[0] = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)child);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f)) {
        if (strncmp(line, "State:", 6) != 0 && strncmp(line, "SigPnd:", 7) != 0 && strncmp(line, "ShdPnd:", 7) != 0 &&
            strncmp(line, "SigBlk:", 7) != 0)
            continue;
        n += (size_t)snprintf(text + n, sizeof text - n, "%s", line);
    }
    if (f) fclose(f);
    return text;
}

/* Waits until `text` appears behind what the last call found. */
static inline void wait_for(const char *text)
{
    double end = mlp_clock() + patience();
    for (;;) {
        char *at = strstr(said + seen, text);
        if (at) {
            seen = (size_t)(at - said) + strlen(text);
            return;
        }
        if (mlp_clock() > end) break;
        listen_for(0.2);
    }
    ck_abort_msg("did not see '%s' in: %s\nmlprun then:\n%s", text, said + (length > 1500 ? length - 1500 : 0),
                 condition());
}

static inline void never(const char *text, size_t from)
{
    ck_assert_msg(!strstr(said + from, text), "saw '%s' in: %s", text, said + from);
}

static inline int leave(void)
{
    int status = 0;
    double end = mlp_clock() + patience();
    while (waitpid(child, &status, WNOHANG) == 0 && mlp_clock() < end) listen_for(0.05);
    close(terminal);
    terminal = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static inline void quit(void)
{
    type("\004");
    ck_assert_int_eq(leave(), 0);
}

static inline void start(void)
{
    start_with(80, NULL, NULL, "-q");
    wait_for("> ");
}

static inline void make_folder(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static inline void remove_folder(void)
{
    char command[200];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command)) perror("rm");
}

#endif
