/* test_data_loader.c - batches: the same whoever fills them, bad pictures, the cache, ends at any moment. */
#include "data_help.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <zlib.h>

enum { CLASSES = 3, EACH = 7, TOTAL = CLASSES * EACH };

/* 21 pictures of 8x6 in three classes; the red level of each is its number. */
static mlp_dataset *small_set(void)
{
    char name[64];
    for (int j = 0; j < CLASSES; j++)
        for (int i = 0; i < EACH; i++) {
            snprintf(name, sizeof name, "d/class%d/%02d.png", j, i);
            write_picture(name, 8, 6, j * EACH + i);
        }
    return open_folder("d");
}

static mlp_transform *make(const char *type, double first, double second, double p)
{
    mlp_transform *t = NULL;
    const mlp_transform_type *kind = mlp_transform_type_find(type);
    ck_assert_ptr_nonnull(kind);
    mlp_value values[32] = { { 0 } };
    if (!isnan(first)) values[0] = (mlp_value){ 1, { first } }, values[1] = (mlp_value){ 1, { second } };
    OK(mlp_transform_new(&t, kind, isnan(first) ? NULL : values, p, err));
    return t;
}

/* Resize(side), a random flip, a random brightness, Normalize. */
static mlp_dataset *with_pipeline(mlp_dataset *d, int side)
{
    mlp_transform *steps[] = { make("Resize", side, side, NAN), make("HorizontalFlip", NAN, 0, 0.5),
                               make("RandomBrightnessContrast", NAN, 0, 0.9), make("Normalize", NAN, 0, NAN),
                               make("ToTensorV2", NAN, 0, NAN) };
    mlp_transform *all = NULL;
    mlp_dataset *out = NULL;
    OK(mlp_compose_new(&all, steps, 5, 1, err));
    OK(mlp_dataset_with(&out, d, all, err));
    for (int i = 0; i < 5; i++) mlp_transform_release(steps[i]);
    mlp_transform_release(all);
    return out;
}

static mlp_loader *loader_of(mlp_dataset *d, mlp_loader_options o)
{
    mlp_loader *l = NULL;
    OK(mlp_loader_new(&l, d, &o, err));
    return l;
}

static uint64_t mix(uint64_t hash, const void *bytes, size_t n)
{
    const uint8_t *b = bytes;
    for (size_t i = 0; i < n; i++) hash = (hash ^ b[i]) * 0x100000001b3u;
    return hash;
}

static uint64_t mix_tensor(uint64_t hash, const mlp_tensor *t)
{
    static const size_t size[] = { [MLP_U8] = 1, [MLP_I64] = 8, [MLP_F32] = 4, [MLP_F64] = 8 };
    size_t n = 1;
    for (int i = 0; i < t->ndim; i++) n *= (size_t)t->shape[i];
    hash = mix(hash, t->shape, (size_t)t->ndim * sizeof *t->shape);
    return mix(hash, mlp_tensor_data(t), n * size[t->dtype]);
}

/* Everything that an epoch gives, as one number; *batches and *samples count. */
static uint64_t run_epoch(mlp_loader *l, uint64_t epoch, int64_t first, int64_t *batches, int64_t *samples)
{
    mlp_epoch *e = NULL;
    uint64_t hash = 0xcbf29ce484222325u;
    *batches = *samples = 0;
    OK(mlp_epoch_open(&e, l, epoch, first, err));
    for (;;) {
        mlp_batch b = { 0 };
        OK(mlp_epoch_next(&b, e, err));
        if (!b.images) break;
        hash = mix_tensor(mix_tensor(mix_tensor(hash, b.images), b.labels), b.indices);
        ck_assert_int_eq(b.labels->shape[0], b.images->shape[0]);
        ++*batches;
        *samples += b.images->shape[0];
        mlp_batch_clear(&b);
    }
    mlp_epoch_close(e);
    return hash;
}

START_TEST(a_batch_holds_pictures_labels_and_indices)
{
    mlp_dataset *d = small_set();
    mlp_loader_options o = mlp_loader_defaults();
    o.batch_size = 5;
    mlp_loader *l = loader_of(d, o);
    ck_assert_int_eq(mlp_loader_batches(l), 5);
    mlp_epoch *e = NULL;
    OK(mlp_epoch_open(&e, l, 1, 0, err));
    int64_t seen = 0;
    for (int64_t number = 0; number < 5; number++) {
        mlp_batch b = { 0 };
        OK(mlp_epoch_next(&b, e, err));
        ck_assert_int_eq(b.number, number);
        ck_assert_int_eq(b.images->dtype, MLP_U8);
        ck_assert_int_eq(b.images->ndim, 4);
        ck_assert_int_eq(b.images->shape[0], number < 4 ? 5 : 1);
        ck_assert_int_eq(b.images->shape[1], 3);
        ck_assert_int_eq(b.images->shape[2], 6);
        ck_assert_int_eq(b.images->shape[3], 8);
        const uint8_t *pixels = mlp_tensor_data(b.images);
        for (int64_t i = 0; i < b.images->shape[0]; i++, seen++) {
            ck_assert_int_eq(pixels[i * 3 * 48], seen);            /* red: the number */
            ck_assert_int_eq(pixels[i * 3 * 48 + 48], 255 - seen); /* green */
            ck_assert_int_eq(pixels[i * 3 * 48 + 96 + 5], 5);      /* blue: the place */
            ck_assert_int_eq(((int64_t *)mlp_tensor_data(b.labels))[i], seen / EACH);
            ck_assert_int_eq(((int64_t *)mlp_tensor_data(b.indices))[i], seen);
        }
        mlp_batch_clear(&b);
    }
    mlp_batch b = { 0 };
    for (int again = 0; again < 2; again++) {
        OK(mlp_epoch_next(&b, e, err));
        ck_assert_ptr_null(b.images);
    }
    mlp_epoch_close(e);
    mlp_loader_release(l);
    mlp_dataset_release(d);
}
END_TEST

START_TEST(batches_are_the_same_for_any_number_of_workers)
{
    mlp_dataset *d = small_set(), *t = with_pipeline(d, 5);
    for (int kind = 0; kind < 4; kind++) {
        uint64_t expected = 0;
        int64_t batches, samples;
        static const int workers[] = { 0, 1, 3, 16 };
        for (int w = 0; w < 4; w++) {
            mlp_loader_options o = { .batch_size = 4,
                                     .shuffle = kind & 1,
                                     .drop_last = kind & 2,
                                     .workers = workers[w],
                                     .prefetch = 1 + w,
                                     .seed = 5,
                                     .cache_bytes = w == 1 ? 0 : 1 << 20 };
            mlp_loader *l = loader_of(t, o);
            uint64_t hash = run_epoch(l, 3, 0, &batches, &samples);
            ck_assert_int_eq(samples, o.drop_last ? 20 : 21);
            ck_assert_int_eq(batches, o.drop_last ? 5 : 6);
            ck_assert_int_eq(batches, mlp_loader_batches(l));
            if (w == 0) expected = hash;
            ck_assert_uint_eq(hash, expected);
            ck_assert_uint_eq(run_epoch(l, 3, 0, &batches, &samples), expected); /* warm */
            ck_assert_uint_ne(run_epoch(l, 4, 0, &batches, &samples), expected);
            mlp_loader_release(l);
        }
    }
    mlp_dataset_release(t);
    mlp_dataset_release(d);
}
END_TEST

START_TEST(an_epoch_can_begin_in_its_middle)
{
    mlp_dataset *d = small_set(), *t = with_pipeline(d, 5);
    mlp_loader_options o = { .batch_size = 4, .shuffle = true, .workers = 2, .prefetch = 2, .seed = 1 };
    mlp_loader *l = loader_of(t, o);
    mlp_epoch *whole = NULL, *rest = NULL;
    OK(mlp_epoch_open(&whole, l, 2, 0, err));
    OK(mlp_epoch_open(&rest, l, 2, 3, err));
    for (int64_t number = 0; number < 6; number++) {
        mlp_batch a = { 0 }, b = { 0 };
        OK(mlp_epoch_next(&a, whole, err));
        if (number >= 3) {
            OK(mlp_epoch_next(&b, rest, err));
            ck_assert_int_eq(b.number, number);
            ck_assert_uint_eq(mix_tensor(0, a.images), mix_tensor(0, b.images));
        }
        mlp_batch_clear(&a);
        mlp_batch_clear(&b);
    }
    mlp_epoch_close(whole);
    mlp_epoch_close(rest);
    rest = NULL;
    FAILS(MLP_EINDEX, "cannot begin with batch 8 of 6", mlp_epoch_open(&rest, l, 2, 7, err));
    mlp_loader_release(l);
    mlp_dataset_release(t);
    mlp_dataset_release(d);
}
END_TEST

START_TEST(a_sample_is_augmented_alike_alone_and_in_any_subset)
{
    mlp_dataset *d = small_set(), *t = with_pipeline(d, 5), *some = NULL;
    int64_t index[] = { 20, 3 };
    OK(mlp_dataset_subset(&some, t, index, 2, err));
    mlp_loader_options o = { .batch_size = 2, .prefetch = 2, .seed = 9 };
    mlp_loader *l = loader_of(some, o);
    mlp_epoch *e = NULL;
    mlp_batch b = { 0 };
    OK(mlp_epoch_open(&e, l, 6, 0, err));
    OK(mlp_epoch_next(&b, e, err));
    for (int64_t i = 0; i < 2; i++) {
        mlp_image *image = NULL;
        mlp_tensor *alone = NULL;
        OK(mlp_dataset_get(&image, &alone, t, index[i], 9, 6, err));
        ck_assert_ptr_null(image);
        ck_assert_mem_eq(mlp_tensor_data(alone), (float *)mlp_tensor_data(b.images) + i * 75, 75 * sizeof(float));
        ck_assert_int_eq(((int64_t *)mlp_tensor_data(b.indices))[i], i);
        mlp_tensor_release(alone);
    }
    mlp_batch_clear(&b);
    mlp_epoch_close(e);
    mlp_loader_release(l);
    mlp_dataset_release(some);
    mlp_dataset_release(t);
    mlp_dataset_release(d);
}
END_TEST

static void spoil(void)
{
    uint8_t bytes[4096];
    FILE *f = fopen(at("d/class0/01.png"), "rb");
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    write_bytes("d/class0/01.png", bytes, n / 2); /* cut off */
    write_text("d/class1/00.png", "");
    write_text("d/class1/01.png", "<html>not found</html>");
    /* a good header that promises 32000x32000 pixels, and the beginning of the data */
    uint8_t huge[] = { 0x89, 'P',  'N', 'G', 13,  10,   26,  10,   0,    0, 0, 13, 'I', 'H', 'D', 'R', 0,
                       0,    0x7d, 0,   0,   0,   0x7d, 0,   8,    2,    0, 0, 0,  0,   0,   0,   0,   0,
                       0,    0,    8,   'I', 'D', 'A',  'T', 0x78, 0x9c, 3, 0, 0,  0,   0,   1 };
    unsigned long crc = crc32(0, huge + 12, 17);
    for (int i = 0; i < 4; i++) huge[29 + i] = (uint8_t)(crc >> (24 - 8 * i));
    write_bytes("d/class1/02.png", huge, sizeof huge);
    ck_assert_int_eq(unlink(at("d/class1/03.png")), 0);
}

START_TEST(bad_pictures_are_missing_in_their_batches_and_listed)
{
    mlp_dataset *d = small_set(), *t = with_pipeline(d, 5);
    spoil();
    uint64_t expected = 0;
    int64_t batches, samples;
    for (int workers = 0; workers < 4; workers++) {
        /* batches of two: class 1 has a batch with both bad, which is passed over */
        mlp_loader_options o = {
            .batch_size = 2, .workers = workers, .prefetch = 2, .seed = 1, .cache_bytes = 1 << 20
        };
        mlp_loader *l = loader_of(t, o);
        for (int epoch = 1; epoch < 3; epoch++) {
            uint64_t hash = run_epoch(l, 1, 0, &batches, &samples);
            if (!expected) expected = hash;
            ck_assert_uint_eq(hash, expected);
            ck_assert_int_eq(samples, TOTAL - 5);
            ck_assert_int_eq(batches, 10);
        }
        mlp_loader_release(l);
    }
    mlp_bad_file *bad = NULL;
    size_t n = 0;
    OK(mlp_dataset_bad_files(&bad, &n, d, err));
    ck_assert_uint_eq(n, 5);
    ck_assert_str_eq(bad[0].path, at("d/class0/01.png"));
    ck_assert_int_eq(bad[0].sample, 1);
    ck_assert_ptr_nonnull(strstr(bad[1].reason, "empty"));
    ck_assert_ptr_nonnull(strstr(bad[2].reason, "not a picture"));
    ck_assert_ptr_nonnull(strstr(bad[3].reason, "32000x32000"));
    for (size_t i = 0; i < 4; i++) ck_assert_msg(!strstr(bad[i].reason, bad[i].path), "%s", bad[i].reason);
    ck_assert_ptr_nonnull(strstr(bad[4].reason, "No such file"));
    mlp_bad_files_free(bad, n);
    mlp_dataset_release(t);
    mlp_dataset_release(d);
}
END_TEST

START_TEST(an_epoch_without_one_good_picture_fails)
{
    write_text("d/a/1.png", "x");
    write_text("d/b/1.png", "x");
    for (int workers = 0; workers < 2; workers++) {
        mlp_dataset *d = open_folder("d");
        mlp_loader_options o = { .batch_size = 1, .workers = workers, .prefetch = 2 };
        mlp_loader *l = loader_of(d, o);
        mlp_epoch *e = NULL;
        mlp_batch b = { 0 };
        OK(mlp_epoch_open(&e, l, 1, 0, err));
        FAILS(MLP_EFORMAT, "not one of the 2 pictures of '", mlp_epoch_next(&b, e, err));
        FAILS(MLP_EFORMAT, "a/1.png': not a picture", mlp_epoch_next(&b, e, err));
        mlp_epoch_close(e);
        mlp_loader_release(l);
        mlp_dataset_release(d);
    }
}
END_TEST

START_TEST(on_bad_stop_ends_the_epoch_at_the_batch)
{
    mlp_dataset_release(small_set());
    spoil();
    for (int workers = 0; workers < 3; workers += 2) {
        mlp_dataset *d = NULL;
        mlp_data_options data = mlp_data_defaults();
        data.on_bad = MLP_STOP_AT_BAD;
        OK(mlp_image_folder_open(&d, at("d"), &data, err));
        mlp_loader_options o = { .batch_size = 1, .workers = workers, .prefetch = 2 };
        mlp_loader *l = loader_of(d, o);
        mlp_epoch *e = NULL;
        mlp_batch b = { 0 };
        OK(mlp_epoch_open(&e, l, 1, 0, err));
        OK(mlp_epoch_next(&b, e, err));
        mlp_batch_clear(&b);
        FAILS(MLP_EFORMAT, "class0/01.png", mlp_epoch_next(&b, e, err));
        FAILS(MLP_EFORMAT, "(on_bad = \"skip\" leaves such files out)", mlp_epoch_next(&b, e, err));
        mlp_epoch_close(e);
        mlp_loader_release(l);
        mlp_dataset_release(d);
    }
}
END_TEST

START_TEST(pictures_of_different_sizes_need_a_resize)
{
    mlp_dataset_release(small_set());
    write_picture("d/class0/03.png", 9, 6, 1);
    for (int workers = 0; workers < 2; workers++) {
        mlp_dataset *d = open_folder("d");
        mlp_loader_options o = { .batch_size = 7, .workers = workers, .prefetch = 2 };
        mlp_loader *l = loader_of(d, o);
        mlp_epoch *e = NULL;
        mlp_batch b = { 0 };
        OK(mlp_epoch_open(&e, l, 1, 0, err));
        FAILS(MLP_ESHAPE, "00.png' is 6x8x3 and '", mlp_epoch_next(&b, e, err));
        FAILS(MLP_ESHAPE, "03.png' is 6x9x3 (height x width x channels): begin the transform with augment.Resize",
              mlp_epoch_next(&b, e, err));
        mlp_epoch_close(e);
        mlp_loader_release(l);
        mlp_dataset_release(d);
    }
}
END_TEST

static mlp_status refuse(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    (void)t, (void)sample, (void)rng;
    return mlp_fail(err, MLP_EINVAL, "too small");
}

START_TEST(a_failing_transform_names_the_picture)
{
    static const mlp_transform_type type = { .about = { .name = "Refuse", .doc = "Fails." }, .p = 1, .apply = refuse };
    mlp_dataset *d = small_set(), *t = NULL;
    mlp_transform *failing = NULL;
    OK(mlp_transform_new(&failing, &type, NULL, NAN, err));
    OK(mlp_dataset_with(&t, d, failing, err));
    mlp_loader_options o = { .batch_size = 4, .workers = 1, .prefetch = 2 };
    mlp_loader *l = loader_of(t, o);
    mlp_epoch *e = NULL;
    mlp_batch b = { 0 };
    OK(mlp_epoch_open(&e, l, 1, 0, err));
    FAILS(MLP_EINVAL, "class0/00.png': too small", mlp_epoch_next(&b, e, err));
    mlp_epoch_close(e);
    mlp_loader_release(l);
    mlp_transform_release(failing);
    mlp_dataset_release(t);
    mlp_dataset_release(d);
}
END_TEST

START_TEST(a_warm_epoch_decodes_nothing_and_views_share_the_cache)
{
    mlp_dataset *d = small_set(), *t = with_pipeline(d, 5), *train = NULL, *val = NULL;
    OK(mlp_dataset_split(&train, &val, t, 0.3, true, false, 1, err));
    mlp_loader_options o = { .batch_size = 4, .workers = 2, .prefetch = 2, .cache_bytes = 1 << 20 };
    mlp_loader *l = loader_of(t, o);
    int64_t batches, samples;
    uint64_t cold = run_epoch(l, 1, 0, &batches, &samples);
    size_t held = mlp_loader_cached_bytes(l);
    ck_assert_uint_ge(held, TOTAL * 75);
    ck_assert_uint_lt(held, TOTAL * 400);
    char command[600];
    snprintf(command, sizeof command, "rm -r '%s/d'", root);
    ck_assert_int_eq(system(command), 0);
    ck_assert_uint_eq(run_epoch(l, 1, 0, &batches, &samples), cold);
    mlp_loader_release(l);
    l = loader_of(val, o); /* the cache outlives its loader */
    run_epoch(l, 1, 0, &batches, &samples);
    ck_assert_int_eq(samples, 6);
    ck_assert_uint_eq(mlp_loader_cached_bytes(l), held);
    mlp_loader_release(l);
    mlp_dataset_release(train);
    mlp_dataset_release(val);
    mlp_dataset_release(t);
    mlp_dataset_release(d);
}
END_TEST

START_TEST(the_cache_is_bounded_and_gives_unused_room_to_another_prefix)
{
    size_t before = mlp_block_bytes_in_use();
    mlp_dataset *d = small_set(), *small = with_pipeline(d, 5), *large = with_pipeline(d, 50);
    int64_t batches, samples;
    mlp_loader_options o = { .batch_size = 4, .workers = 3, .prefetch = 2, .cache_bytes = 40000 };
    mlp_loader *l = loader_of(large, o);
    uint64_t hash = run_epoch(l, 1, 0, &batches, &samples);
    size_t held = mlp_loader_cached_bytes(l);
    ck_assert_uint_le(held, 40000);
    ck_assert_uint_ge(held, 5 * 7500);
    ck_assert_uint_eq(run_epoch(l, 1, 0, &batches, &samples), hash);
    ck_assert_uint_eq(mlp_loader_cached_bytes(l), held);
    mlp_loader *other = loader_of(small, o);
    run_epoch(other, 1, 0, &batches, &samples);
    ck_assert_uint_le(mlp_loader_cached_bytes(l), 40000); /* both in use: the bound is for both together */
    mlp_loader_release(l);
    run_epoch(other, 1, 0, &batches, &samples);
    ck_assert_uint_lt(mlp_loader_cached_bytes(other), 10000); /* the large one made room */
    ck_assert_uint_ge(mlp_loader_cached_bytes(other), TOTAL * 75);
    mlp_loader_release(other);
    o.cache_bytes = 0;
    mlp_dataset *fresh = open_folder("d");
    l = loader_of(fresh, o);
    run_epoch(l, 1, 0, &batches, &samples);
    ck_assert_uint_eq(mlp_loader_cached_bytes(l), 0);
    mlp_loader_release(l);
    mlp_dataset_release(fresh);
    mlp_dataset_release(small);
    mlp_dataset_release(large);
    mlp_dataset_release(d);
    ck_assert_uint_eq(mlp_block_bytes_in_use(), before);
}
END_TEST

START_TEST(an_epoch_closes_at_any_moment)
{
    mlp_dataset *d = small_set(), *t = with_pipeline(d, 5);
    size_t before = mlp_block_bytes_in_use();
    mlp_loader_options o = { .batch_size = 1, .workers = 3, .prefetch = 4, .shuffle = true };
    mlp_loader *l = loader_of(t, o);
    for (int taken = 0; taken < TOTAL; taken++) {
        mlp_epoch *e = NULL;
        OK(mlp_epoch_open(&e, l, (uint64_t)taken, 0, err));
        for (int i = 0; i < taken; i++) {
            mlp_batch b = { 0 };
            OK(mlp_epoch_next(&b, e, err));
            mlp_batch_clear(&b);
        }
        mlp_epoch_close(e);
    }
    mlp_epoch_close(NULL);
    mlp_epoch *outlives = NULL;
    OK(mlp_epoch_open(&outlives, l, 1, 0, err));
    mlp_loader_release(l);
    mlp_dataset_release(t);
    mlp_dataset_release(d);
    mlp_batch b = { 0 };
    OK(mlp_epoch_next(&b, outlives, err));
    ck_assert_ptr_nonnull(b.images);
    mlp_batch_clear(&b);
    mlp_epoch_close(outlives);
    ck_assert_uint_eq(mlp_block_bytes_in_use(), before);
}
END_TEST

START_TEST(an_interruption_comes_through_and_the_epoch_can_go_on)
{
    mlp_dataset *d = small_set(), *t = with_pipeline(d, 5);
    for (int workers = 0; workers < 3; workers++) {
        mlp_loader_options o = { .batch_size = 4, .workers = workers, .prefetch = 2, .shuffle = true };
        mlp_loader *l = loader_of(t, o);
        int64_t batches, samples = 0;
        uint64_t expected = run_epoch(l, 1, 0, &batches, &samples), hash = 0xcbf29ce484222325u;
        mlp_epoch *e = NULL;
        OK(mlp_epoch_open(&e, l, 1, 0, err));
        for (int64_t n = 0;; n++) {
            mlp_batch b = { 0 };
            mlp_interrupt();
            nanosleep(&(struct timespec){ 0, 3000000 }, NULL);
            FAILS(MLP_EINTERRUPT, "interrupted", mlp_epoch_next(&b, e, err));
            mlp_interrupt_clear();
            OK(mlp_epoch_next(&b, e, err));
            if (!b.images) break;
            hash = mix_tensor(mix_tensor(mix_tensor(hash, b.images), b.labels), b.indices);
            mlp_batch_clear(&b);
            if (n + 1 == batches) break;
        }
        ck_assert_uint_eq(hash, expected);
        mlp_epoch_close(e);
        mlp_loader_release(l);
    }
    mlp_dataset_release(t);
    mlp_dataset_release(d);
}
END_TEST

static volatile sig_atomic_t handled_elsewhere;
static pthread_t main_thread;

static void on_signal(int number)
{
    (void)number;
    if (!pthread_equal(pthread_self(), main_thread)) handled_elsewhere = 1;
}

START_TEST(signals_are_left_to_the_thread_that_runs_the_scripts)
{
    mlp_dataset *d = small_set(), *t = with_pipeline(d, 5);
    main_thread = pthread_self();
    struct sigaction action = { .sa_handler = on_signal };
    sigaction(SIGUSR1, &action, NULL);
    mlp_loader_options o = { .batch_size = 1, .workers = 4, .prefetch = 1 };
    mlp_loader *l = loader_of(t, o);
    mlp_epoch *e = NULL;
    OK(mlp_epoch_open(&e, l, 1, 0, err));
    for (int i = 0; i < 50; i++) kill(getpid(), SIGUSR1);
    mlp_epoch_close(e);
    ck_assert_int_eq(handled_elsewhere, 0);
    mlp_loader_release(l);
    mlp_dataset_release(t);
    mlp_dataset_release(d);
}
END_TEST

START_TEST(loaders_that_cannot_work_are_refused)
{
    mlp_dataset *d = small_set();
    mlp_loader *l = NULL;
    mlp_loader_options o = mlp_loader_defaults();
    o.batch_size = 0;
    FAILS(MLP_EINVAL, "batch_size is 0", mlp_loader_new(&l, d, &o, err));
    o.batch_size = 22;
    o.drop_last = true;
    FAILS(MLP_EINVAL, "drop_last leaves nothing: the dataset has 21 samples, a batch 22",
          mlp_loader_new(&l, d, &o, err));
    o = mlp_loader_defaults();
    o.workers = -1;
    FAILS(MLP_EINVAL, "workers is -1", mlp_loader_new(&l, d, &o, err));
    o = mlp_loader_defaults();
    o.prefetch = 0;
    FAILS(MLP_EINVAL, "prefetch is 0", mlp_loader_new(&l, d, &o, err));
    mlp_dataset_release(d);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("data_loader");
    tcase_set_timeout(c, 120);
    tcase_add_checked_fixture(c, make_root, remove_root);
    tcase_add_test(c, a_batch_holds_pictures_labels_and_indices);
    tcase_add_test(c, batches_are_the_same_for_any_number_of_workers);
    tcase_add_test(c, an_epoch_can_begin_in_its_middle);
    tcase_add_test(c, a_sample_is_augmented_alike_alone_and_in_any_subset);
    tcase_add_test(c, bad_pictures_are_missing_in_their_batches_and_listed);
    tcase_add_test(c, an_epoch_without_one_good_picture_fails);
    tcase_add_test(c, on_bad_stop_ends_the_epoch_at_the_batch);
    tcase_add_test(c, pictures_of_different_sizes_need_a_resize);
    tcase_add_test(c, a_failing_transform_names_the_picture);
    tcase_add_test(c, a_warm_epoch_decodes_nothing_and_views_share_the_cache);
    tcase_add_test(c, the_cache_is_bounded_and_gives_unused_room_to_another_prefix);
    tcase_add_test(c, an_epoch_closes_at_any_moment);
    tcase_add_test(c, an_interruption_comes_through_and_the_epoch_can_go_on);
    tcase_add_test(c, signals_are_left_to_the_thread_that_runs_the_scripts);
    tcase_add_test(c, loaders_that_cannot_work_are_refused);
    return run_tests("data_loader", c);
}
