/* disk.c - see disk.h. */
#include "base/disk.h"

#include <stdatomic.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static mlp_disk_use *uses; /* guarded by the lock */
static atomic_bool given_up;

static void before_fork(void)
{
    pthread_mutex_lock(&lock);
}

static void in_parent(void)
{
    pthread_mutex_unlock(&lock);
}

static void in_child(void) /* the threads that waited are not here */
{
    uses = NULL;
    atomic_store(&given_up, false);
    pthread_mutex_unlock(&lock);
}

static void look_at_forks(void)
{
    pthread_atfork(before_fork, in_parent, in_child);
}

void mlp_disk_enter(mlp_disk_use *use, const char *path)
{
    pthread_once(&once, look_at_forks);
    *use = (mlp_disk_use){ .path = path, .since = mlp_clock(), .thread = pthread_self() };
    pthread_mutex_lock(&lock);
    use->next = uses;
    use->before = &uses;
    if (uses) uses->before = &use->next;
    uses = use;
    pthread_mutex_unlock(&lock);
}

static void take_out(mlp_disk_use *use)
{
    if (!use->before) return;
    *use->before = use->next;
    if (use->next) use->next->before = use->before;
    use->before = NULL;
}

void mlp_disk_leave(mlp_disk_use *use)
{
    pthread_mutex_lock(&lock);
    take_out(use);
    pthread_mutex_unlock(&lock);
}

double mlp_disk_waits(const pthread_t *thread, char *path, size_t size)
{
    const mlp_disk_use *longest = NULL;
    pthread_mutex_lock(&lock);
    for (const mlp_disk_use *u = uses; u; u = u->next)
        if ((!thread || pthread_equal(*thread, u->thread)) && (!longest || u->since < longest->since)) longest = u;
    if (longest) snprintf(path, size, "%s", longest->path);
    double seconds = longest ? mlp_clock() - longest->since : 0;
    pthread_mutex_unlock(&lock);
    return seconds;
}

void mlp_disk_abandon(double seconds)
{
    double now = mlp_clock();
    pthread_mutex_lock(&lock);
    for (mlp_disk_use *u = uses, *next; u; u = next) {
        next = u->next;
        if (now - u->since > seconds) take_out(u);
    }
    pthread_mutex_unlock(&lock);
}

void mlp_disk_give_up(bool on)
{
    atomic_store(&given_up, on);
}

bool mlp_disk_given_up(void)
{
    return atomic_load(&given_up);
}
