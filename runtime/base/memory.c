/* memory.c - checked allocation, and blocks that are kept for reuse.
 *
 * Blocks are rounded up to a size class (eight per power of two; small ones to a multiple of the alignment), so that a
 * tensor of nearly the same size finds the block that another left. Kept blocks hang in a list per class, newest first;
 * when their sum passes the bound, the block that is being freed goes back to the system instead. Small blocks have a
 * bound of their own: a script's many little temporaries leave the room for large ones alone. Others may pass their
 * bound as long as the process does not become larger than it was with blocks in use: a step's activations come again
 * in the next step, and the system would have to clear their pages each time. Large blocks are mapped
 * one by one: among the C library's they would leave holes that nothing fits into, and a sweep would grow with each
 * trial. */
#include "base/base.h"
#include "base/sanitizer_private.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    ALIGNMENT = 64,
    SMALL = 4096, /* blocks below this are small; a multiple of ALIGNMENT, and the power of two where classes begin */
    CLASSES = 8 * 64,
    LARGE = 1 << 20, /* from here on blocks are mapped */
    PAGES = 4 << 20, /* and from here on on large pages, where the system has them */
};

/* What is watched: small blocks go back at once, and all are the C library's. */
static const bool map_large = !MLP_WATCHED;
static const size_t KEEP_AT_MOST[2] = { MLP_WATCHED ? 0 : (size_t)24 << 20,
                                        (size_t)96 << 20 }; /* of small blocks, and of the others */

typedef struct kept {
    struct kept *next;
} kept;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static kept *lists[CLASSES];
static size_t kept_bytes[2];
static size_t most_in_use; /* at any time since the last mlp_block_trim */
static atomic_size_t in_use, limit = SIZE_MAX;

mlp_status mlp_alloc(void **out, size_t count, size_t size, mlp_error *err)
{
    if (size && count > SIZE_MAX / size)
        return mlp_fail(err, MLP_ENOMEM, "cannot allocate %zu elements of %zu bytes: the size overflows", count, size);
    void *p = calloc(count ? count : 1, size ? size : 1);
    if (!p) return mlp_fail(err, MLP_ENOMEM, "out of memory: cannot allocate %zu bytes", count * size);
    *out = p;
    return MLP_OK;
}

bool mlp_has_room(size_t bytes)
{
    void *volatile room = malloc(bytes); /* a compiler may leave a pair out that nobody looks at */
    free(room);
    return room != NULL;
}

/* The class of a size, and the size that all blocks of the class have. */
static int class_of(size_t bytes, size_t *rounded)
{
    if (bytes < SMALL) {
        size_t units = bytes > 0 ? (bytes + ALIGNMENT - 1) / ALIGNMENT : 1; /* at most SMALL / ALIGNMENT */
        *rounded = units * ALIGNMENT;
        return (int)units;
    }
    int power = 63 - __builtin_clzll((unsigned long long)bytes);
    size_t step = (size_t)1 << (power - 3);
    size_t up = (bytes + step - 1) / step; /* 8 to 16 steps */
    *rounded = up * step;
    return power * 8 + (int)(up - 8);
}

/* A pass over a weight and its moments goes through thousands of small pages; on large ones it takes 0.8 of the time.
 * Small pages come all at once, since most of a block is written soon: an exception for each cost more than its zeros.
 */
static void *obtain(size_t rounded)
{
    if (rounded < LARGE || !map_large) return aligned_alloc(ALIGNMENT, rounded);
    int at_once = rounded < PAGES ? MAP_POPULATE : 0;
    void *p = mmap(NULL, rounded, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | at_once, -1, 0);
    if (p == MAP_FAILED) return NULL;
    if (rounded >= PAGES) madvise(p, rounded, MADV_HUGEPAGE); /* a wish */
    return p;
}

static void give_back(void *block, size_t rounded)
{
    if (rounded < LARGE || !map_large) free(block);
    else munmap(block, rounded);
}

/* The size of a class's blocks. */
static size_t size_of_class(int c)
{
    if (c < SMALL / ALIGNMENT) return (size_t)c * ALIGNMENT;
    return (size_t)(8 + c % 8) << (c / 8 - 3);
}

/* Whether kept blocks that are not small may take so many bytes together: a size class is up to an eighth larger than
 * what is in use. */
static bool may_keep(size_t kept_now)
{
    return kept_now <= KEEP_AT_MOST[1] || mlp_block_bytes_in_use() + kept_now <= most_in_use + most_in_use / 8;
}

/* Before the process grows by a block: gives kept ones back, the largest first, until they are few enough beside it. */
static void make_room(size_t rounded)
{
    for (int c = CLASSES - 1; c > SMALL / ALIGNMENT && !may_keep(kept_bytes[1] + rounded); c--)
        while (lists[c] && !may_keep(kept_bytes[1] + rounded)) {
            kept *k = lists[c];
            lists[c] = k->next;
            kept_bytes[1] -= size_of_class(c);
            give_back(k, size_of_class(c));
        }
}

mlp_status mlp_block_new(void **out, size_t bytes, mlp_error *err)
{
    void *p = NULL;
    if (bytes > (size_t)1 << 46)
        return mlp_fail(err, MLP_ENOMEM, "cannot allocate %zu bytes: that is more than any machine has", bytes);
    size_t most = atomic_load_explicit(&limit, memory_order_relaxed), used = mlp_block_bytes_in_use();
    if (used + bytes > most)
        return mlp_fail(err, MLP_ENOMEM,
                        "out of memory: cannot allocate %.1f MB: %.1f MB are in use by tensors and images, and %.1f MB "
                        "is the limit of this machine",
                        (double)bytes / 1e6, (double)used / 1e6, (double)most / 1e6);
    size_t rounded;
    int c = class_of(bytes, &rounded);
    pthread_mutex_lock(&lock);
    if (lists[c]) {
        p = lists[c];
        lists[c] = lists[c]->next;
        kept_bytes[bytes >= SMALL] -= rounded;
    }
    if (used + bytes > most_in_use) most_in_use = used + bytes;
    if (!p && bytes >= SMALL) make_room(rounded);
    pthread_mutex_unlock(&lock);
    if (!p) p = obtain(rounded);
    if (!p) {
        mlp_block_trim();
        p = obtain(rounded);
    }
    if (!p)
        return mlp_fail(err, MLP_ENOMEM,
                        "out of memory: cannot allocate %.1f MB (%.1f MB are in use by tensors and images)",
                        (double)bytes / 1e6, (double)mlp_block_bytes_in_use() / 1e6);
    atomic_fetch_add_explicit(&in_use, bytes, memory_order_relaxed);
    *out = p;
    return MLP_OK;
}

void mlp_block_free(void *block, size_t bytes)
{
    if (!block) return;
    atomic_fetch_sub_explicit(&in_use, bytes, memory_order_relaxed);
    size_t rounded;
    int c = class_of(bytes, &rounded);
    pthread_mutex_lock(&lock);
    bool keep = bytes < SMALL ? kept_bytes[0] + rounded <= KEEP_AT_MOST[0] : may_keep(kept_bytes[1] + rounded);
    if (keep) {
        kept *k = block;
        k->next = lists[c];
        lists[c] = k;
        kept_bytes[bytes >= SMALL] += rounded;
        block = NULL;
    }
    pthread_mutex_unlock(&lock);
    if (block) give_back(block, rounded);
}

void mlp_block_trim(void)
{
    pthread_mutex_lock(&lock);
    for (int c = 0; c < CLASSES; c++) {
        while (lists[c]) {
            kept *k = lists[c];
            lists[c] = k->next;
            give_back(k, size_of_class(c));
        }
    }
    kept_bytes[0] = kept_bytes[1] = 0;
    most_in_use = mlp_block_bytes_in_use();
    pthread_mutex_unlock(&lock);
}

void mlp_block_limit(size_t bytes)
{
    atomic_store_explicit(&limit, bytes, memory_order_relaxed);
}

size_t mlp_block_bytes_in_use(void)
{
    return atomic_load_explicit(&in_use, memory_order_relaxed);
}
