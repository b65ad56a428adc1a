/* base.h - what everything else stands on: errors, memory, threads, random numbers, clock, files.
 *
 * Conventions of the whole runtime:
 * - a function that can fail returns mlp_status and takes a last argument `mlp_error *err`; on failure it has
 *   written one sentence there (what was asked, what was found, where, the likely fix), has released what it
 *   made, and has left its out parameters alone. `err` may be NULL.
 * - `*out` receives a reference that the caller owns. NULL is fine to release or free.
 * - nothing here or above prints, exits, or reads the environment. */
#ifndef MLP_BASE_H
#define MLP_BASE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- errors ---- */

typedef enum mlp_status {
    MLP_OK = 0,
    MLP_EINVAL,     /* an argument is outside its domain */
    MLP_ESHAPE,     /* shapes do not fit together */
    MLP_EDTYPE,     /* element type not supported by the operation */
    MLP_EINDEX,     /* an index or label is out of range */
    MLP_ENOMEM,     /* memory ran out; the text says how much was asked for */
    MLP_EIO,        /* the operating system refused a file operation */
    MLP_EFORMAT,    /* a file is not what it claims to be */
    MLP_ESTATE,     /* the object is not in the state that the call needs */
    MLP_EINTERRUPT, /* mlp_interrupt was called */
} mlp_status;

enum { MLP_ERROR_TEXT = 1024 };

typedef struct mlp_error {
    mlp_status code;
    char text[MLP_ERROR_TEXT];
} mlp_error;

#if defined(__GNUC__)
#define MLP_PRINTF(format_at, arguments_at) __attribute__((format(printf, format_at, arguments_at)))
#else
#define MLP_PRINTF(format_at, arguments_at)
#endif

/* Writes code and text to err (if any) and returns code: `return mlp_fail(err, MLP_ESHAPE, "...", ...)`. */
mlp_status mlp_fail(mlp_error *err, mlp_status code, const char *format, ...) MLP_PRINTF(3, 4);
#ifdef __clang_analyzer__ /* sees one file at a time: what the call returns is the code that it was given */
#define mlp_fail(err, code, ...) ((void)mlp_fail(err, code, __VA_ARGS__), (code))
#endif

/* Puts "prefix: " before the text of an error that a callee has written; returns its code. */
mlp_status mlp_fail_in(mlp_error *err, const char *format, ...) MLP_PRINTF(2, 3);

/* The name of a status ("shape", "io", ...). Valid for ever. */
const char *mlp_status_name(mlp_status code);

/* Arguments count from 0, messages from 1: an index, a label or a row is printed through the first of these, a
 * dimension through the second. Dimensions below 0 count from the end, where -1 is the last for everybody. */
static inline long long mlp_nth(int64_t index)
{
    return (long long)((uint64_t)index + 1);
}
static inline int mlp_nth_dim(int dim)
{
    return dim < 0 ? dim : dim + 1;
}

/* ---- memory ---- */

/* Zeroed array of count elements of size bytes; the product is checked. Release with free(). */
mlp_status mlp_alloc(void **out, size_t count, size_t size, mlp_error *err);

/* The status of a system call that failed: MLP_EIO where the file is to blame (it is not there, may not be read, is
 * something else); MLP_ENOMEM or MLP_ESTATE where memory, descriptors, the storage or the network are: such a file is
 * not unreadable. */
mlp_status mlp_status_of(int error_number);

/* A descriptor, or -1 with errno. A signal does not end it, and a pipe without a writer does not hold it. */
int mlp_open_to_read(const char *path);

/* Whether so many bytes could be allocated now; for calls of libraries that do not look. */
bool mlp_has_room(size_t bytes);

/* Blocks (tensors and their storage, images): 64-byte aligned, not zeroed, never NULL on success. Freed blocks are kept
 * for reuse, up to a bound, because mapping fresh pages for each training step costs more than the step itself. */
mlp_status mlp_block_new(void **out, size_t bytes, mlp_error *err);
void mlp_block_free(void *block, size_t bytes); /* bytes: as given to mlp_block_new */
void mlp_block_trim(void);                      /* gives the kept blocks back to the system */

/* Blocks in use never pass `bytes` together; a request that would is refused (MLP_ENOMEM). Default: no limit. A system
 * that promises more memory than it has would end the process instead. */
void mlp_block_limit(size_t bytes);

/* Bytes in blocks that are in use (not the kept ones); what the bindings feel memory by. */
size_t mlp_block_bytes_in_use(void);

/* ---- text ---- */

/* Length (1 to 4) of the UTF-8 sequence that begins at bytes, of which `left` are there; 0 when it is not one (overlong
 * forms and surrogates are not). */
int mlp_utf8_length(const char *bytes, size_t left);

/* A copy with each byte that belongs to no sequence replaced by U+FFFD; ends with a zero byte. Release with free(). */
mlp_status mlp_utf8_mend(char **out, const char *bytes, size_t length, mlp_error *err);

/* ---- threads ---- */

/* Sizes the pool (1 <= threads <= 256; the calling thread counts as one). Default: 1. Not thread-safe: call it when
 * nothing runs. Results never depend on the number. */
mlp_status mlp_threads_set(int threads, mlp_error *err);
int mlp_threads(void);
int mlp_cores(void); /* what this process may run on (affinity), at least 1 */

/* Work on [begin, end); called from any thread of the pool. */
typedef void (*mlp_range_fn)(void *context, int64_t begin, int64_t end);

/* Cuts [0, n) into blocks of `grain` (the last one shorter) and runs fn on each, on all threads, in no particular
 * order. The cut depends on n and grain alone. Runs on the calling thread when there is one block, one thread, or the
 * pool is busy (nested or concurrent calls are fine). The interrupt flag is looked at between blocks: MLP_EINTERRUPT
 * means that some blocks did not run. That is the only way it fails. */
mlp_status mlp_parallel_for(int64_t n, int64_t grain, mlp_range_fn fn, void *context, mlp_error *err);

/* pthread_create for a thread that gets no signals: they belong to the thread that runs the scripts. attr may be NULL.
 * False: it did not begin. */
bool mlp_thread_start(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *context);

/* The calling thread makes or writes what somebody needs later: when it is woken it waits for its turn, and takes the
 * processor from no thread that runs. Its weight (nice) stays; threads that it starts do the same. Does nothing where a
 * user has chosen another scheduling (chrt), and where the system does not know or allow it. */
void mlp_thread_in_background(void);

/* The interrupt flag. mlp_interrupt is async-signal-safe. Long loops outside mlp_parallel_for look at it themselves:
 * `if (mlp_interrupted()) return mlp_fail_interrupted(err);`. Whoever reports the interruption clears it. */
void mlp_interrupt(void);
bool mlp_interrupted(void);
void mlp_interrupt_clear(void);
mlp_status mlp_fail_interrupted(mlp_error *err); /* writes "interrupted", returns MLP_EINTERRUPT */

/* ---- random numbers ---- */

/* Counter-based (Philox4x32-10, Salmon et al. 2011): the n-th number of a stream is a function of (key, n), so any
 * stream can be recomputed alone and any element of a fill can be made by any thread. */
typedef struct mlp_rng {
    uint64_t key;     /* from seed and what the stream is for */
    uint64_t stream;  /* second half of the identity */
    uint64_t counter; /* index of the next block of four 32-bit words */
    uint32_t word[4]; /* the current block */
    int used;         /* words of it that are spent; 4 when a new block is due */
} mlp_rng;

/* What a stream is for. Values are part of reproducibility: never renumber, only append. */
typedef enum mlp_purpose {
    MLP_FOR_USER = 0,    /* ml.manual_seed: initialisation, dropout, tensor constructors */
    MLP_FOR_SPLIT = 1,   /* data set splits */
    MLP_FOR_SHUFFLE = 2, /* a = epoch */
    MLP_FOR_AUGMENT = 3, /* a = epoch, b = sample, c = index of the step in the pipeline */
    MLP_FOR_STATISTICS = 4,
    MLP_FOR_SEARCH = 5, /* a = number of the trial */
} mlp_purpose;

/* The stream identified by (seed, purpose, a, b, c), at its beginning. */
mlp_rng mlp_rng_stream(uint64_t seed, mlp_purpose purpose, uint64_t a, uint64_t b, uint64_t c);

uint32_t mlp_rng_u32(mlp_rng *rng);
uint64_t mlp_rng_u64(mlp_rng *rng);
double mlp_rng_uniform(mlp_rng *rng);                         /* [0, 1), 53 bits */
double mlp_rng_range(mlp_rng *rng, double low, double high);  /* [low, high) ; low when they are equal */
int64_t mlp_rng_int(mlp_rng *rng, int64_t low, int64_t high); /* both ends included, no modulo bias; low <= high */
double mlp_rng_normal(mlp_rng *rng);                          /* mean 0, standard deviation 1 */

/* For parallel fills: reserves `blocks` blocks of four words and returns the index of the first one; block i of them is
 * then mlp_rng_block(rng, first + i, words), from any thread. */
uint64_t mlp_rng_reserve(mlp_rng *rng, uint64_t blocks);
void mlp_rng_block(const mlp_rng *rng, uint64_t block, uint32_t words[4]);
void mlp_rng_blocks(const mlp_rng *rng, uint64_t first, int64_t count, uint32_t *words); /* several, 4 * count words */

/* 2 * pairs words as 2 * pairs numbers of mean 0 and standard deviation 1, in f32; none is beyond 6.7. */
void mlp_rng_normals(const uint32_t *words, int64_t pairs, float *z);

/* Fisher-Yates; order[0..n) becomes a permutation of 0..n-1. */
void mlp_rng_permutation(mlp_rng *rng, int64_t n, int64_t *order);

/* ---- clock ---- */

double mlp_clock(void);     /* seconds, monotonic: for durations */
double mlp_wall_time(void); /* seconds since 1970: for time stamps only */

/* ---- files ---- */

/* The whole file, with a NUL after its last byte that *length does not count. Refuses more than `limit` bytes. Release
 * with free(). The message names the path. */
mlp_status mlp_file_read(uint8_t **out, size_t *length, const char *path, size_t limit, mlp_error *err);

/* Writes path.tmp.<unique>, syncs it, renames it over path, syncs the folder: a kill leaves the old or the new file. */
mlp_status mlp_file_write(const char *path, const void *bytes, size_t length, mlp_error *err);

/* The same for a file that lies in memory in several parts, one behind the other. */
typedef struct mlp_span {
    const void *bytes;
    size_t length;
} mlp_span;
mlp_status mlp_file_write_parts(const char *path, const mlp_span *parts, size_t count, mlp_error *err);

/* mkdir -p. No error when it exists. */
mlp_status mlp_make_folder(const char *path, mlp_error *err);

#endif
