/* threads.c - one pool of threads that sleeps when idle, and the interrupt flag.
 *
 * A parallel loop is a list of blocks whose cut does not depend on the pool; the threads and the caller take the next
 * block from an atomic counter. One loop runs at a time: a second caller does its blocks itself.
 *
 * A step of a small net is many short loops: a thread that has nothing to do looks for a while before it sleeps, since
 * waking it takes as long as a loop. */
#define _GNU_SOURCE
#include "base/base.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

enum {
    MAX_THREADS = 256,
    LOOK_US = 100, /* for how long a thread looks before it sleeps */
    LOOKING = 7, /* helpers that do: on large machines, of which a process may have a share, the others sleep at once */
};

static struct {
    pthread_mutex_t lock;  /* guards what follows */
    pthread_cond_t work;   /* generation has changed */
    pthread_cond_t done;   /* busy has reached 0 */
    pthread_mutex_t owner; /* held by the caller whose loop runs */
    pthread_t thread[MAX_THREADS];
    int count; /* helpers, not counting the caller */
    /* changed under the lock, and looked at without it */
    atomic_int busy; /* helpers inside the current loop */
    atomic_ullong generation;
    atomic_bool stop;
    /* the current loop */
    mlp_range_fn fn;
    void *context;
    int64_t n, grain;
    atomic_llong next;
} pool = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .work = PTHREAD_COND_INITIALIZER,
    .done = PTHREAD_COND_INITIALIZER,
    .owner = PTHREAD_MUTEX_INITIALIZER,
};

static atomic_bool interrupt_flag;

void mlp_interrupt(void)
{
    atomic_store_explicit(&interrupt_flag, true, memory_order_relaxed);
}

bool mlp_interrupted(void)
{
    return atomic_load_explicit(&interrupt_flag, memory_order_relaxed);
}

void mlp_interrupt_clear(void)
{
    atomic_store_explicit(&interrupt_flag, false, memory_order_relaxed);
}

mlp_status mlp_fail_interrupted(mlp_error *err)
{
    return mlp_fail(err, MLP_EINTERRUPT, "interrupted");
}

static void take_blocks(void)
{
    while (!mlp_interrupted()) {
        int64_t begin = atomic_fetch_add_explicit(&pool.next, pool.grain, memory_order_relaxed);
        if (begin >= pool.n) return;
        pool.fn(pool.context, begin, begin + pool.grain < pool.n ? begin + pool.grain : pool.n);
    }
}

static bool has_work(uint64_t seen)
{
    return atomic_load_explicit(&pool.generation, memory_order_relaxed) != seen ||
           atomic_load_explicit(&pool.stop, memory_order_relaxed);
}

static bool is_done(uint64_t unused)
{
    (void)unused;
    return atomic_load_explicit(&pool.busy, memory_order_relaxed) == 0;
}

/* Until `what` is so, or for a while; other threads that have something to do run meanwhile. */
static void look_for(bool (*what)(uint64_t), uint64_t seen)
{
    for (double until = mlp_clock() + LOOK_US * 1e-6; !what(seen) && mlp_clock() < until;) sched_yield();
}

/* place: of the thread in the pool */
static void *helper(void *place)
{
    bool looks = (pthread_t *)place - pool.thread < LOOKING;
    for (uint64_t seen = 0;;) {
        if (looks) look_for(has_work, seen);
        pthread_mutex_lock(&pool.lock);
        while (pool.generation == seen && !pool.stop) pthread_cond_wait(&pool.work, &pool.lock);
        bool stop = pool.stop, joins = !stop && pool.fn;
        seen = pool.generation;
        if (joins) pool.busy++;
        pthread_mutex_unlock(&pool.lock);
        if (stop) return NULL;
        if (!joins) continue;
        take_blocks();
        pthread_mutex_lock(&pool.lock);
        if (--pool.busy == 0) pthread_cond_signal(&pool.done);
        pthread_mutex_unlock(&pool.lock);
    }
}

static void stop_helpers(void)
{
    pthread_mutex_lock(&pool.lock);
    pool.stop = true;
    pthread_cond_broadcast(&pool.work);
    pthread_mutex_unlock(&pool.lock);
    for (int i = 0; i < pool.count; i++) pthread_join(pool.thread[i], NULL);
    pool.count = 0;
    pool.stop = false;
}

mlp_status mlp_threads_set(int threads, mlp_error *err)
{
    if (threads < 1 || threads > MAX_THREADS)
        return mlp_fail(err, MLP_EINVAL, "threads is %d, expected 1 to %d", threads, MAX_THREADS);
    if (threads - 1 == pool.count) return MLP_OK;
    stop_helpers();
    mlp_status st = MLP_OK;
    while (!st && pool.count < threads - 1) {
        if (!mlp_thread_start(&pool.thread[pool.count], NULL, helper, &pool.thread[pool.count]))
            st = mlp_fail(err, MLP_ENOMEM, "cannot start thread %d of %d: pass a smaller --threads", pool.count + 2,
                          threads);
        else pool.count++;
    }
    return st;
}

bool mlp_thread_start(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *context)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool began = pthread_create(thread, attr, run, context) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return began;
}

void mlp_thread_in_background(void)
{
#ifdef SCHED_BATCH
    int policy;
    struct sched_param param;
    if (pthread_getschedparam(pthread_self(), &policy, &param) == 0 && policy == SCHED_OTHER)
        pthread_setschedparam(pthread_self(), SCHED_BATCH, &param);
#endif
}

int mlp_threads(void)
{
    return pool.count + 1;
}

int mlp_cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        int n = CPU_COUNT(&set);
        if (n >= 1) return n;
    }
    return 1;
}

mlp_status mlp_parallel_for(int64_t n, int64_t grain, mlp_range_fn fn, void *context, mlp_error *err)
{
    if (n <= 0) return MLP_OK;
    if (grain < 1) grain = 1;
    if (n > grain && pool.count > 0 && pthread_mutex_trylock(&pool.owner) == 0) {
        pthread_mutex_lock(&pool.lock);
        pool.fn = fn, pool.context = context, pool.n = n, pool.grain = grain;
        atomic_store_explicit(&pool.next, 0, memory_order_relaxed);
        pool.generation++;
        pthread_cond_broadcast(&pool.work);
        pthread_mutex_unlock(&pool.lock);
        take_blocks();
        look_for(is_done, 0);
        pthread_mutex_lock(&pool.lock);
        while (pool.busy > 0) pthread_cond_wait(&pool.done, &pool.lock);
        pool.fn = NULL; /* a helper that wakes late finds nothing to do */
        pthread_mutex_unlock(&pool.lock);
        pthread_mutex_unlock(&pool.owner);
    } else {
        for (int64_t begin = 0; begin < n && !mlp_interrupted(); begin += grain)
            fn(context, begin, begin + grain < n ? begin + grain : n);
    }
    return mlp_interrupted() ? mlp_fail_interrupted(err) : MLP_OK;
}
