/* test_tensor_memory.c - what tensors take and give back; memory that comes back holds what was left in it. */
#include "tensors.h"

#include "base/sanitizer_private.h"

#include <unistd.h>

/* Elements lie behind the header of their storage, or apart from it when there are many. */
static const int64_t sizes[] = { 0, 1, 3, 63, 64, 65, 2047, 2048, 2049, 4095, 4096, 4097, 300000 };

START_TEST(tensors_of_every_size_are_aligned_and_give_back_what_they_took)
{
    mlp_error err;
    size_t before = mlp_block_bytes_in_use();
    for (int i = 0; i < COUNT(sizes); i++) {
        mlp_tensor *t = NULL, *view = NULL;
        OK(mlp_tensor_full(&t, MLP_U8, 1, &sizes[i], 7, &err));
        ck_assert_uint_eq((uintptr_t)mlp_tensor_data(t) % 64, 0);
        ck_assert_uint_ge(mlp_block_bytes_in_use() - before, (size_t)sizes[i] + sizeof *t);
        OK(mlp_tensor_alias(&view, t, &err));
        mlp_tensor_release(t);
        if (sizes[i] > 0) ck_assert(nth(view, sizes[i] - 1) == 7); /* the view keeps the storage */
        mlp_tensor_release(view);
        ck_assert_uint_eq(mlp_block_bytes_in_use(), before);
    }
}
END_TEST

START_TEST(a_tensor_in_memory_of_another_begins_anew)
{
    mlp_error err;
    for (int i = 0; i < COUNT(sizes); i++) {
        mlp_tensor *t = NULL;
        OK(mlp_tensor_full(&t, MLP_U8, SHAPE(sizes[i], 1), 255, &err));
        for (int k = 0; k < 5; k++) OK(mlp_tensor_fill_(t, 9, &err));
        mlp_tensor_release(t);
        OK(mlp_tensor_new(&t, MLP_U8, 1, &sizes[i], &err));
        ck_assert_int_eq(mlp_tensor_version(t), 0);
        ck_assert(mlp_tensor_is_alone(t));
        ck_assert(t->autograd == NULL && t->offset == 0 && t->ndim == 1);
        for (int d = 1; d < MLP_MAX_DIMS; d++) ck_assert_int_eq(t->shape[d], 0);
        mlp_tensor_release(t);
    }
}
END_TEST

/* A net's activations are more than what is kept otherwise, and are wanted again in the next step. */
START_TEST(blocks_that_were_in_use_at_once_come_again)
{
    enum { N = 4 };
    const size_t bytes = (size_t)64 << 20;
    mlp_error err;
    void *first[N], *again[N];
    for (int i = 0; i < N; i++) OK(mlp_block_new(&first[i], bytes, &err));
    for (int i = 0; i < N; i++) mlp_block_free(first[i], bytes);
    for (int i = 0; i < N; i++) OK(mlp_block_new(&again[i], bytes, &err));
    for (int i = 0; i < N; i++) {
        bool known = false;
        for (int k = 0; k < N; k++) known = known || again[i] == first[k];
        ck_assert(known);
    }
    for (int i = 0; i < N; i++) mlp_block_free(again[i], bytes);
    mlp_block_trim();
}
END_TEST

START_TEST(many_small_tensors_at_once_do_not_share_memory)
{
    enum { N = 5000 };
    mlp_error err;
    size_t before = mlp_block_bytes_in_use();
    static mlp_tensor *list[N];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < N; i++) OK(mlp_tensor_full(&list[i], MLP_I64, SHAPE(i % 300), i, &err));
        int wrong = 0;
        for (int i = 0; i < N; i++)
            for (int64_t k = 0; k < i % 300; k++) wrong += mlp_tensor_at(list[i], &k) != i;
        ck_assert_int_eq(wrong, 0);
        for (int i = 0; i < N; i++) mlp_tensor_release(list[round == 1 ? N - 1 - i : i]);
        ck_assert_uint_eq(mlp_block_bytes_in_use(), before);
    }
}
END_TEST

START_TEST(a_tensor_beyond_the_limit_is_refused_and_nothing_is_lost)
{
    mlp_error err;
    mlp_tensor *t = NULL;
    size_t before = mlp_block_bytes_in_use();
    for (size_t room = 0; room < 5000; room += 100) { /* refused at the header, at the storage, at the elements */
        mlp_block_limit(before + room);
        ck_assert_int_eq(mlp_tensor_new(&t, MLP_U8, SHAPE(10000), &err), MLP_ENOMEM);
        ck_assert_ptr_nonnull(strstr(err.text, "is the limit of this machine"));
        ck_assert_uint_eq(mlp_block_bytes_in_use(), before);
    }
    mlp_block_limit(SIZE_MAX);
}
END_TEST

/* Resident pages of this process. */
static long resident(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f) {
        if (fscanf(f, "%*d %ld", &pages) != 1) pages = 0;
        fclose(f);
    }
    return pages;
}

START_TEST(large_blocks_leave_no_holes_behind)
{
    enum { LAYERS = 30 };
    mlp_error err;
    void *block[LAYERS], *small[LAYERS];
    const size_t bytes = (size_t)3 << 20;
    void *volatile large = malloc((size_t)20 << 20);
    free(large); /* from now on the C library serves what is smaller from its heap */
    mlp_block_trim();
    long before = resident(), page = sysconf(_SC_PAGESIZE);
    for (int i = 0; i < LAYERS; i++) {
        OK(mlp_block_new(&block[i], bytes, &err));
        memset(block[i], i, bytes);
        small[i] = malloc(100000); /* what a program allocates in between, and keeps */
    }
    long most = resident();
    for (int i = 0; i < LAYERS; i++) mlp_block_free(block[i], bytes);
    mlp_block_trim();
    long after = resident();
    for (int i = 0; i < LAYERS; i++) free(small[i]);
    ck_assert_int_gt((most - before) * page, 80 << 20);
    if (!MLP_WATCHED) ck_assert_int_lt((after - before) * page, 20 << 20);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        tensors_of_every_size_are_aligned_and_give_back_what_they_took,
        a_tensor_in_memory_of_another_begins_anew,
        blocks_that_were_in_use_at_once_come_again,
        many_small_tensors_at_once_do_not_share_memory,
        a_tensor_beyond_the_limit_is_refused_and_nothing_is_lost,
        large_blocks_leave_no_holes_behind,
    };
    return run_suite("tensor_memory", tests, COUNT(tests));
}
