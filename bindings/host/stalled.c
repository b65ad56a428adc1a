/* stalled.c - a thread that looks whether storage answers: it says which file a run waits for, and when somebody has
 * asked to stop it leads out: past loader threads that hang in a read, or, where this program's own thread hangs, out
 * of the process. What is on the disk by then stays as it is: files are replaced whole (base/file.c).
 *
 * It writes with write(2) and allocates nothing: the thread that hangs may hold any lock. */
#include "base/disk.h"
#include "host/host.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* seconds */
static const double LOOK = 0.25;
static const double LEAVE = 5;       /* that the own thread hangs, before the process ends without it */
static const double TELL_AGAIN = 10; /* where standard error is no terminal */
static const double TELL_PARENT = 1;
static const double LAST_WORDS = 0.5; /* for what was printed and is still on its way */

enum { STACK = 256 << 10 };

static pid_t process; /* whose thread there is */
static pthread_t home;
static volatile bool tells;
static double told;

static void say(const char *text, size_t length)
{
    if (write(STDERR_FILENO, text, length) < 0) return;
}

static void pass(double seconds)
{
    struct timespec t = { (time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9) };
    nanosleep(&t, NULL);
}

/* On a terminal in place of the line of the progress, which draws over it when it goes on. */
static void tell(const char *path, double seconds)
{
    char line[PATH_MAX + 128];
    struct winsize size = { .ws_col = 0 };
    bool terminal = isatty(STDERR_FILENO) && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0;
    double now = mlp_clock();
    double pause = mlpl_is_child() ? TELL_PARENT : terminal ? 0 : TELL_AGAIN;
    if (told > 0 && now - told < pause) return;
    told = now;
    if (mlpl_child_waits(path)) return;
    int n = snprintf(line, sizeof line, "waiting for '%s' (%.0f s)", path, seconds);
    if (!terminal) n = snprintf(line, sizeof line, "waiting for '%s', which does not answer\n", path);
    if (n >= (int)sizeof line) n = (int)sizeof line - 1;
    if (terminal && size.ws_col > 3 && n > size.ws_col - 3) n = size.ws_col - 3;
    if (terminal) say("\r\33[K", 4);
    say(line, (size_t)n);
    if (terminal) say("\r", 1);
}

static void *flush_output(void *unused)
{
    fflush(stdout);
    return unused;
}

static void leave(const char *path)
{
    char line[PATH_MAX + 256];
    pthread_t thread;
    if (pthread_create(&thread, NULL, flush_output, NULL) == 0) pass(LAST_WORDS); /* its file may hang, too */
    int n = snprintf(line, sizeof line,
                     "\nmlprun: stopped by %s. '%s' does not answer, so what was not saved before is lost\n",
                     mlpl_signal_name(), path);
    say(line, n < (int)sizeof line ? (size_t)n : sizeof line - 1);
    _exit(mlpl_signal_status());
}

static void look(void)
{
    char path[PATH_MAX];
    double seconds = mlp_disk_waits(NULL, path, sizeof path);
    if (seconds < MLP_DISK_PATIENCE) return;
    if (tells) tell(path, seconds);
    if (!mlpl_signal_name()) return;
    if (mlpl_stop_requested()) mlp_disk_give_up(true);
    seconds = mlp_disk_waits(&home, path, sizeof path);
    if (seconds >= LEAVE && !mlpl_at_prompt()) leave(path);
}

static void *watch(void *unused)
{
    for (;;) {
        pass(LOOK);
        look();
    }
    return unused;
}

void mlpl_watch_storage(bool tells_what_it_waits_for)
{
    tells = tells_what_it_waits_for;
    if (process == getpid() || !tells) return; /* a thread does not follow a fork */
    pthread_attr_t small;
    pthread_t thread;
    process = getpid();
    home = pthread_self();
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, STACK);
    pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
    mlp_thread_start(&thread, &small, watch, NULL); /* without it a second Ctrl-C is the way out */
    pthread_attr_destroy(&small);
}
