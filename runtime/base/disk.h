/* disk.h - who waits for a disk or a file server, and for which file: a read that never returns cannot be ended, but
 * others need not wait with it.
 *
 * Whoever opens, reads, writes or syncs a file says so:
 *
 *     mlp_disk_use use;
 *     mlp_disk_enter(&use, path);
 *     ...
 *     mlp_disk_leave(&use);
 *
 * Another thread asks how long that has taken. Any thread may call any of these; a forked process begins without uses.
 */
#ifndef MLP_DISK_H
#define MLP_DISK_H

#include "base/base.h"

#include <pthread.h>

typedef struct mlp_disk_use {
    struct mlp_disk_use *next, **before;
    const char *path; /* the caller's, until it leaves */
    double since;     /* mlp_clock() */
    pthread_t thread;
} mlp_disk_use;

void mlp_disk_enter(mlp_disk_use *use, const char *path);
void mlp_disk_leave(mlp_disk_use *use);

/* How many seconds the longest use of the thread (NULL: of all) lasts, and the beginning of its path; 0 when there is
 * none. */
double mlp_disk_waits(const pthread_t *thread, char *path, size_t size);

/* The uses that last longer than `seconds` are nobody's concern any more: they no longer count. */
void mlp_disk_abandon(double seconds);

/* Somebody asked to stop: while this is on, who waits for a thread that waits for storage fails in place of it. */
void mlp_disk_give_up(bool on);
bool mlp_disk_given_up(void);

/* Seconds after which storage that does not answer is not waited for, where there is a way out. */
#define MLP_DISK_PATIENCE 2.0

#endif
