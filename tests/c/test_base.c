/* test_base.c - runtime/base: errors, memory, threads, random numbers, files. */
#define _GNU_SOURCE
#include "base/base.h"

#include "suite.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- errors ---- */

START_TEST(a_failure_carries_code_and_sentence)
{
    mlp_error err;
    ck_assert_int_eq(mlp_fail(&err, MLP_ESHAPE, "got %d", 3), MLP_ESHAPE);
    ck_assert_int_eq(err.code, MLP_ESHAPE);
    ck_assert_str_eq(err.text, "got 3");
    ck_assert_int_eq(mlp_fail_in(&err, "layer '%s'", "net.2"), MLP_ESHAPE);
    ck_assert_str_eq(err.text, "layer 'net.2': got 3");
    ck_assert_int_eq(mlp_fail(NULL, MLP_EIO, "nobody reads this"), MLP_EIO);
}
END_TEST

START_TEST(a_long_sentence_is_cut_not_overrun)
{
    mlp_error err;
    char big[3 * MLP_ERROR_TEXT];
    memset(big, 'x', sizeof big);
    big[sizeof big - 1] = 0;
    mlp_fail(&err, MLP_EIO, "%s", big);
    ck_assert_uint_eq(strlen(err.text), MLP_ERROR_TEXT - 1);
    mlp_fail_in(&err, "%s", big);
    ck_assert_uint_eq(strlen(err.text), MLP_ERROR_TEXT - 1);
}
END_TEST

/* ---- memory ---- */

START_TEST(a_product_that_overflows_is_refused)
{
    void *p = NULL;
    mlp_error err;
    ck_assert_int_eq(mlp_alloc(&p, SIZE_MAX / 2, 3, &err), MLP_ENOMEM);
    ck_assert_ptr_null(p);
    ck_assert_int_eq(mlp_block_new(&p, SIZE_MAX - 10, &err), MLP_ENOMEM);
    ck_assert_ptr_null(p);
}
END_TEST

START_TEST(blocks_are_aligned_counted_and_reused)
{
    size_t before = mlp_block_bytes_in_use();
    static const size_t sizes[] = { 0, 1, 63, 64, 4095, 4096, 4097, 100000, 25165824, 25165825 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        void *a = NULL, *b = NULL;
        ck_assert_int_eq(mlp_block_new(&a, sizes[i], NULL), MLP_OK);
        ck_assert_uint_eq((uintptr_t)a % 64, 0);
        memset(a, 0xAB, sizes[i]);
        ck_assert_uint_eq(mlp_block_bytes_in_use(), before + sizes[i]);
        mlp_block_free(a, sizes[i]);
        ck_assert_uint_eq(mlp_block_bytes_in_use(), before);
        ck_assert_int_eq(mlp_block_new(&b, sizes[i], NULL), MLP_OK);
        if (sizes[i] >= 4096) ck_assert_ptr_eq(a, b);
        mlp_block_free(b, sizes[i]);
    }
    mlp_block_free(NULL, 5);
    mlp_block_trim();
}
END_TEST

START_TEST(a_limit_on_memory_is_kept)
{
    mlp_error err;
    void *p = NULL, *q = NULL;
    mlp_block_limit(mlp_block_bytes_in_use() + 10000);
    ck_assert_int_eq(mlp_block_new(&p, 9000, &err), MLP_OK);
    ck_assert_int_eq(mlp_block_new(&q, 2000, &err), MLP_ENOMEM);
    ck_assert_ptr_nonnull(strstr(err.text, "is the limit of this machine"));
    mlp_block_free(p, 9000);
    ck_assert_int_eq(mlp_block_new(&q, 2000, &err), MLP_OK);
    mlp_block_free(q, 2000);
    mlp_block_limit(SIZE_MAX);
}
END_TEST

/* ---- threads ---- */

typedef struct cut {
    atomic_int blocks;
    int64_t grain, n;
    atomic_int wrong;
    unsigned char *seen;
} cut;

static void note_block(void *context, int64_t begin, int64_t end)
{
    cut *c = context;
    c->blocks++;
    if (begin % c->grain != 0 || (end - begin != c->grain && end != c->n)) c->wrong++;
    for (int64_t i = begin; i < end; i++) c->seen[i]++;
}

START_TEST(the_cut_depends_on_size_and_grain_alone)
{
    for (int threads = 1; threads <= 5; threads += 2) {
        ck_assert_int_eq(mlp_threads_set(threads, NULL), MLP_OK);
        ck_assert_int_eq(mlp_threads(), threads);
        for (int round = 0; round < 300; round++) {
            cut c = { .grain = 7, .n = 100 + round };
            c.seen = calloc((size_t)c.n, 1);
            ck_assert_int_eq(mlp_parallel_for(c.n, c.grain, note_block, &c, NULL), MLP_OK);
            ck_assert_int_eq(c.blocks, (c.n + 6) / 7);
            ck_assert_int_eq(c.wrong, 0);
            for (int64_t i = 0; i < c.n; i++) ck_assert_int_eq(c.seen[i], 1);
            free(c.seen);
        }
    }
    mlp_threads_set(1, NULL);
}
END_TEST

static void nested(void *context, int64_t begin, int64_t end)
{
    (void)begin, (void)end;
    cut *outer = context;
    unsigned char seen[50] = { 0 };
    cut c = { .grain = 3, .n = 50, .seen = seen };
    mlp_parallel_for(c.n, c.grain, note_block, &c, NULL);
    for (int i = 0; i < 50; i++)
        if (seen[i] != 1) outer->wrong++;
    outer->blocks++;
}

static void *other_caller(void *context)
{
    for (int i = 0; i < 200; i++) mlp_parallel_for(8, 1, nested, context, NULL);
    return NULL;
}

START_TEST(nested_and_concurrent_loops_are_fine)
{
    mlp_threads_set(3, NULL);
    cut a = { 0 }, b = { 0 };
    pthread_t thread;
    pthread_create(&thread, NULL, other_caller, &a);
    other_caller(&b);
    pthread_join(thread, NULL);
    ck_assert_int_eq(a.blocks, 1600);
    ck_assert_int_eq(b.blocks, 1600);
    ck_assert_int_eq(a.wrong + b.wrong, 0);
    mlp_threads_set(1, NULL);
}
END_TEST

static void interrupt_third(void *context, int64_t begin, int64_t end)
{
    (void)end;
    atomic_int *blocks = context;
    (*blocks)++;
    if (begin == 2) mlp_interrupt();
}

START_TEST(an_interrupt_stops_between_blocks)
{
    mlp_error err;
    atomic_int blocks = 0;
    ck_assert_int_eq(mlp_parallel_for(1000, 1, interrupt_third, &blocks, &err), MLP_EINTERRUPT);
    ck_assert_str_eq(err.text, "interrupted");
    ck_assert_int_eq(blocks, 3);
    mlp_interrupt_clear();
    ck_assert_int_eq(mlp_parallel_for(2, 1, interrupt_third, &blocks, &err), MLP_OK);
}
END_TEST

typedef struct background {
    int before, after; /* policies of a thread */
    bool allowed;      /* by the system: to begin with the one, and to change to SCHED_BATCH */
} background;

static void *goes_to_the_background(void *context)
{
    background *b = context;
    struct sched_param param = { 0 };
    pthread_t me = pthread_self();
    b->allowed =
        pthread_setschedparam(me, SCHED_BATCH, &param) == 0 && pthread_setschedparam(me, b->before, &param) == 0;
    mlp_thread_in_background();
    ck_assert_int_eq(pthread_getschedparam(me, &b->after, &param), 0);
    return NULL;
}

START_TEST(a_thread_goes_to_the_background_unless_a_user_chose_otherwise)
{
    background cases[] = { { .before = SCHED_OTHER }, { .before = SCHED_IDLE } };
    for (int i = 0; i < 2; i++) {
        pthread_t thread;
        ck_assert_int_eq(pthread_create(&thread, NULL, goes_to_the_background, &cases[i]), 0);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
        if (!cases[i].allowed)
            printf("ok - a thread in the background # skip this system allows no change of scheduling\n");
        else ck_assert_int_eq(cases[i].after, i == 0 ? SCHED_BATCH : SCHED_IDLE);
    }
}
END_TEST

START_TEST(a_silly_number_of_threads_is_refused)
{
    mlp_error err;
    ck_assert_int_eq(mlp_threads_set(0, &err), MLP_EINVAL);
    ck_assert_str_eq(err.text, "threads is 0, expected 1 to 256");
    ck_assert_int_eq(mlp_threads_set(100000, &err), MLP_EINVAL);
    ck_assert_int_ge(mlp_cores(), 1);
}
END_TEST

/* ---- random numbers ---- */

/* The answers that the authors of Philox publish with it (kat_vectors: philox4x32, 10 rounds). */
START_TEST(philox_gives_the_published_answers)
{
    uint32_t w[4];
    mlp_rng zero = { .key = 0, .stream = 0 };
    mlp_rng_block(&zero, 0, w);
    ck_assert(w[0] == 0x6627e8d5 && w[1] == 0xe169c58d && w[2] == 0xbc57ac4c && w[3] == 0x9b00dbd8);
    mlp_rng ones = { .key = UINT64_MAX, .stream = UINT64_MAX };
    mlp_rng_block(&ones, UINT64_MAX, w);
    ck_assert(w[0] == 0x408f276d && w[1] == 0x41c83b0e && w[2] == 0xa20bc7c6 && w[3] == 0x6d5451fd);
    mlp_rng pi = { .key = 0x299f31d0a4093822u, .stream = 0x0370734413198a2eu };
    mlp_rng_block(&pi, 0x85a308d3243f6a88u, w);
    ck_assert(w[0] == 0xd16cfe09 && w[1] == 0x94fdcceb && w[2] == 0x5001e420 && w[3] == 0x24126ea1);
}
END_TEST

START_TEST(blocks_made_side_by_side_are_those_made_alone)
{
    enum { MOST = 70 };
    static const uint64_t first[] = { 0, 5, 0xfffffff8u, 0x85a308d3243f6a88u }; /* the third crosses 32 bits */
    mlp_rng rng = { .key = 0x299f31d0a4093822u, .stream = 0x0370734413198a2eu };
    for (int f = 0; f < 4; f++)
        for (int count = 0; count <= MOST; count++) {
            uint32_t got[4 * MOST + 4] = { 0 }, want[4];
            got[4 * count] = 77;
            mlp_rng_blocks(&rng, first[f], count, got);
            for (int i = 0; i < count; i++) {
                mlp_rng_block(&rng, first[f] + (uint64_t)i, want);
                if (memcmp(got + 4 * i, want, sizeof want) != 0) ck_abort_msg("block %d of %d", i, count);
            }
            ck_assert_uint_eq(got[4 * count], 77);
        }
}
END_TEST

START_TEST(a_stream_can_be_recomputed_alone_and_differs_from_its_neighbours)
{
    mlp_rng a = mlp_rng_stream(42, MLP_FOR_AUGMENT, 3, 17, 1), again = mlp_rng_stream(42, MLP_FOR_AUGMENT, 3, 17, 1);
    mlp_rng others[] = {
        mlp_rng_stream(43, MLP_FOR_AUGMENT, 3, 17, 1), mlp_rng_stream(42, MLP_FOR_SHUFFLE, 3, 17, 1),
        mlp_rng_stream(42, MLP_FOR_AUGMENT, 4, 17, 1), mlp_rng_stream(42, MLP_FOR_AUGMENT, 3, 18, 1),
        mlp_rng_stream(42, MLP_FOR_AUGMENT, 3, 17, 2), mlp_rng_stream(42, MLP_FOR_AUGMENT, 17, 3, 1),
    };
    uint64_t first = mlp_rng_u64(&a);
    ck_assert_uint_eq(first, mlp_rng_u64(&again));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) ck_assert_uint_ne(first, mlp_rng_u64(&others[i]));
}
END_TEST

START_TEST(draws_have_the_moments_of_their_distribution)
{
    enum { N = 200000 };
    mlp_rng rng = mlp_rng_stream(7, MLP_FOR_USER, 0, 0, 0);
    double sum = 0, squares = 0, normal = 0, normal_squares = 0;
    int64_t counts[6] = { 0 };
    for (int i = 0; i < N; i++) {
        double u = mlp_rng_range(&rng, -1, 3), z = mlp_rng_normal(&rng);
        ck_assert(u >= -1 && u < 3);
        sum += u, squares += u * u, normal += z, normal_squares += z * z;
        counts[mlp_rng_int(&rng, -2, 3) + 2]++;
    }
    ck_assert_double_eq_tol(sum / N, 1, 0.015);
    ck_assert_double_eq_tol(squares / N - 1, 16.0 / 12, 0.02);
    ck_assert_double_eq_tol(normal / N, 0, 0.012);
    ck_assert_double_eq_tol(normal_squares / N, 1, 0.02);
    for (int i = 0; i < 6; i++) ck_assert_double_eq_tol((double)counts[i] / N, 1.0 / 6, 0.005);
    ck_assert_int_eq(mlp_rng_int(&rng, 5, 5), 5);
    (void)mlp_rng_int(&rng, INT64_MIN, INT64_MAX);
}
END_TEST

START_TEST(a_permutation_has_every_number_once)
{
    int64_t order[1000], seen[1000] = { 0 }, fixed = 0;
    mlp_rng rng = mlp_rng_stream(1, MLP_FOR_SHUFFLE, 0, 0, 0);
    mlp_rng_permutation(&rng, 1000, order);
    for (int i = 0; i < 1000; i++) seen[order[i]]++, fixed += order[i] == i;
    for (int i = 0; i < 1000; i++) ck_assert_int_eq(seen[i], 1);
    ck_assert_int_lt(fixed, 10);
    mlp_rng_permutation(&rng, 0, order);
}
END_TEST

START_TEST(reserved_blocks_are_skipped_by_the_stream)
{
    mlp_rng a = mlp_rng_stream(1, MLP_FOR_USER, 0, 0, 0), b = a;
    uint32_t block[4];
    uint64_t first = mlp_rng_reserve(&a, 2);
    mlp_rng_block(&a, first + 1, block);
    for (int i = 0; i < 4; i++) mlp_rng_u32(&b);
    for (int i = 0; i < 4; i++) ck_assert_uint_eq(mlp_rng_u32(&b), block[i]);
    ck_assert_uint_eq(mlp_rng_u32(&a), mlp_rng_u32(&b));
}
END_TEST

/* ---- files ---- */

static char folder[] = "/tmp/mlprun-base-XXXXXX";

START_TEST(a_file_is_written_whole_and_read_back)
{
    char path[200], missing[300];
    mlp_error err;
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a/b/c", folder);
    ck_assert_int_eq(mlp_make_folder(path, &err), MLP_OK);
    ck_assert_int_eq(mlp_make_folder(path, &err), MLP_OK);
    snprintf(path, sizeof path, "%s/a/b/c/file", folder);
    ck_assert_int_eq(mlp_file_write(path, "one\0two", 7, &err), MLP_OK);
    ck_assert_int_eq(mlp_file_write(path, "three", 5, &err), MLP_OK);
    uint8_t *bytes = NULL;
    size_t n = 0;
    ck_assert_int_eq(mlp_file_read(&bytes, &n, path, 5, &err), MLP_OK);
    ck_assert_uint_eq(n, 5);
    ck_assert_str_eq((char *)bytes, "three");
    free(bytes);
    ck_assert_int_eq(mlp_file_read(&bytes, &n, path, 4, &err), MLP_EFORMAT);
    ck_assert_ptr_nonnull(strstr(err.text, "more than the limit of 4"));
    ck_assert_int_eq(mlp_file_read(&bytes, &n, folder, 4, &err), MLP_EIO);
    ck_assert_ptr_nonnull(strstr(err.text, "not a regular file"));
    snprintf(missing, sizeof missing, "%s/nothing", folder);
    ck_assert_int_eq(mlp_file_read(&bytes, &n, missing, 4, &err), MLP_EIO);
    ck_assert_ptr_nonnull(strstr(err.text, missing));
    snprintf(missing, sizeof missing, "%s/pipe", folder); /* what is no file is written to, and stays what it is */
    ck_assert_int_eq(mkfifo(missing, 0600), 0);
    int end = open(missing, O_RDONLY | O_NONBLOCK);
    char got[4] = "";
    ck_assert_int_eq(mlp_file_write(missing, "abc", 3, &err), MLP_OK);
    ck_assert_int_eq(read(end, got, 3), 3);
    ck_assert_str_eq(got, "abc");
    close(end);
    struct stat info;
    ck_assert(stat(missing, &info) == 0 && S_ISFIFO(info.st_mode));
    ck_assert_int_eq(unlink(missing), 0);
    snprintf(missing, sizeof missing, "%s/file/inside", path);
    ck_assert_int_eq(mlp_file_write(missing, "x", 1, &err), MLP_EIO);
    ck_assert_int_eq(mlp_make_folder(missing, &err), MLP_EIO);
    ck_assert_int_eq(mlp_make_folder(path, &err), MLP_EIO);
    ck_assert_int_eq(mlp_make_folder("", &err), MLP_EIO);
    char command[300];
    snprintf(command, sizeof command, "test \"$(ls %s/a/b/c)\" = file && rm -r %s", folder, folder);
    ck_assert_int_eq(system(command), 0); /* and no temporary file is left */
}
END_TEST

/* Files of more than 4 MB go another way, in chunks of 1 MB: at every edge of it, in parts of odd lengths. */
static void write_and_read(const char *place, size_t length)
{
    char path[100];
    mlp_error err;
    snprintf(path, sizeof path, "%s/mlprun-large-%ld", place, (long)getpid());
    uint8_t *bytes = malloc(length), *back = NULL;
    for (size_t i = 0; i < length; i++) bytes[i] = (uint8_t)(i * 7 + i / 4096);
    mlp_span parts[5];
    size_t at = 0, got = 0, odd[5] = { 9, 4096, 0, length / 3, length };
    for (int i = 0; i < 5; at += parts[i++].length)
        parts[i] = (mlp_span){ bytes + at, odd[i] < length - at ? odd[i] : length - at };
    ck_assert_int_eq(mlp_file_write_parts(path, parts, 5, &err), MLP_OK);
    ck_assert_int_eq(mlp_file_read(&back, &got, path, SIZE_MAX / 2, &err), MLP_OK);
    ck_assert_uint_eq(got, length);
    ck_assert(memcmp(back, bytes, length) == 0);
    free(back);
    free(bytes);
    unlink(path);
}

START_TEST(large_files_are_whole_too)
{
    const int beside[] = { -4097, -1, 0, 1, 4095, 4096 };
    for (int i = 0; i < COUNT(beside); i++)
        for (int large = 4; large <= 6; large += 2) {
            write_and_read("/tmp", (size_t)((large << 20) + beside[i]));
            if (access("/dev/shm", W_OK) == 0) /* in memory: nothing to go past */
                write_and_read("/dev/shm", (size_t)((large << 20) + beside[i]));
        }
}
END_TEST

START_TEST(a_large_file_that_meets_a_limit_leaves_nothing)
{
    char path[100], after[60];
    mlp_error err;
    snprintf(path, sizeof path, "/tmp/mlprun-limit-%ld", (long)getpid());
    uint8_t *bytes = calloc(6 << 20, 1);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit before;
    getrlimit(RLIMIT_FSIZE, &before);
    for (rlim_t limit = 5000000; limit <= 5242880; limit += 242880) { /* within a chunk, and between two */
        struct rlimit small = { limit, before.rlim_max };
        setrlimit(RLIMIT_FSIZE, &small);
        mlp_status st = mlp_file_write(path, bytes, 6 << 20, &err);
        setrlimit(RLIMIT_FSIZE, &before);
        snprintf(after, sizeof after, "%s after %lld bytes", strerror(EFBIG), (long long)limit);
        ck_assert_int_eq(st, MLP_EIO);
        ck_assert_msg(strstr(err.text, path) && strstr(err.text, after), "%s", err.text);
        ck_assert_int_eq(access(path, F_OK), -1);
    }
    free(bytes);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_failure_carries_code_and_sentence,
        a_long_sentence_is_cut_not_overrun,
        a_product_that_overflows_is_refused,
        blocks_are_aligned_counted_and_reused,
        a_limit_on_memory_is_kept,
        the_cut_depends_on_size_and_grain_alone,
        nested_and_concurrent_loops_are_fine,
        an_interrupt_stops_between_blocks,
        a_thread_goes_to_the_background_unless_a_user_chose_otherwise,
        a_silly_number_of_threads_is_refused,
        philox_gives_the_published_answers,
        blocks_made_side_by_side_are_those_made_alone,
        a_stream_can_be_recomputed_alone_and_differs_from_its_neighbours,
        draws_have_the_moments_of_their_distribution,
        a_permutation_has_every_number_once,
        reserved_blocks_are_skipped_by_the_stream,
        a_file_is_written_whole_and_read_back,
        large_files_are_whole_too,
        a_large_file_that_meets_a_limit_leaves_nothing,
    };
    return run_suite("base", tests, COUNT(tests));
}
