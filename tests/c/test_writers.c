/* test_writers.c - runtime/writers: bytes of records against the reference writer's, histograms, pictures, kills. */
#include "image/image.h"
#include "tensor/tensor.h"
#include "writers/writers.h"

#include "suite.h"
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static mlp_error err;
static char folder[64];

static void make_folder(void)
{
    strcpy(folder, "/tmp/mlp_writers_XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
    DIR *d = opendir(folder);
    char path[600];
    for (struct dirent *e; d && (e = readdir(d));) {
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (e->d_name[0] != '.') unlink(path);
    }
    if (d) closedir(d);
    rmdir(folder);
}

static mlp_event_writer *open_writer(double wall_time, int64_t purge_step)
{
    mlp_event_writer *w = NULL;
    mlp_event_options o = mlp_event_defaults();
    o.wall_time = wall_time;
    o.purge_step = purge_step;
    ck_assert_msg(!mlp_event_writer_open(&w, folder, &o, &err), "%s", err.text);
    return w;
}

/* ---- a reader of records ---- */

typedef struct event_log {
    uint8_t *bytes;
    size_t length, at;
} event_log;

static event_log read_log(const char *path)
{
    event_log l = { 0 };
    ck_assert_msg(!mlp_file_read(&l.bytes, &l.length, path, 1 << 30, &err), "%s", err.text);
    return l;
}

static uint64_t le(const uint8_t *p, int n)
{
    uint64_t x = 0;
    for (int i = 0; i < n; i++) x |= (uint64_t)p[i] << (8 * i);
    return x;
}

/* The next record's data, checksums checked; NULL at the end or before a torn tail. */
static const uint8_t *next(event_log *l, size_t *n)
{
    const uint8_t *p = l->bytes + l->at;
    size_t left = l->length - l->at;
    if (left < 16) return NULL;
    ck_assert_uint_eq(le(p + 8, 4), mlp_masked_crc32c(p, 8));
    *n = (size_t)le(p, 8);
    if (*n > left - 16) return NULL;
    ck_assert_uint_eq(le(p + 12 + *n, 4), mlp_masked_crc32c(p + 12, *n));
    l->at += 16 + *n;
    return p + 12;
}

static const uint8_t *last_record(event_log *l, size_t *n)
{
    const uint8_t *p = NULL, *last = NULL;
    for (size_t length = 0; (p = next(l, &length)); *n = length) last = p;
    return last;
}

static void hex_is(const uint8_t *data, size_t n, const char *hex)
{
    size_t k = 0;
    for (const char *h = hex; *h; h += h[2] == ' ' ? 3 : 2, k++) {
        unsigned byte = 0;
        ck_assert_int_eq(sscanf(h, "%2x", &byte), 1);
        ck_assert_msg(k < n && data[k] == byte, "byte %zu of %zu is not %02x", k, n, byte);
    }
    ck_assert_uint_eq(k, n);
}

/* ---- records ---- */

START_TEST(the_checksum_is_masked_crc32c)
{
    ck_assert_uint_eq(mlp_masked_crc32c("\x1a\x11"
                                        "CRC test, one two",
                                        19),
                      0x5794D08A);
    uint32_t c = 0xE3069283;
    ck_assert_uint_eq(mlp_masked_crc32c("123456789", 9), (c >> 15 | c << 17) + 0xA282EAD8);
}
END_TEST

START_TEST(events_are_the_reference_writers_bytes)
{
    make_folder();
    mlp_event_writer *w = open_writer(1, MLP_NO_STEP);
    ck_assert(!mlp_event_scalar(w, (mlp_event_at){ "loss", 3, 1 }, 0.5, &err));
    ck_assert(!mlp_event_scalar(w, (mlp_event_at){ "loss", 0, 1 }, 0.5, &err));
    ck_assert(!mlp_event_text(w, (mlp_event_at){ "t", 1, 1 }, "hi", 2, &err));
    const mlp_hparam h[4] = { { "lr", MLP_HPARAM_NUMBER, 0.1, NULL },
                              { "opt", MLP_HPARAM_TEXT, 0, "sgd" },
                              { "bn", MLP_HPARAM_BOOLEAN, 1, NULL },
                              { "k", MLP_HPARAM_NUMBER, 3, NULL } };
    ck_assert(!mlp_event_hparams(w, h, 2, 1, &err) && !mlp_event_hparams(w, h, 4, 1, &err));
    event_log l = read_log(mlp_event_writer_path(w));
    size_t n = 0;
    const uint8_t *p = next(&l, &n);
    hex_is(p, 24 + 10,
           "09 00 00 00 00 00 00 f0 3f 1a 0d 62 72 61 69 6e 2e 45 76 65 6e 74 3a 32 52 08 0a 06 6d 6c 70 72 75 6e");
    ck_assert_uint_eq(n, 34);
    p = next(&l, &n);
    hex_is(p, n, "09 00 00 00 00 00 00 f0 3f 3a 02 08 01"); /* a session starts at step 0 */
    size_t at = l.at;
    p = next(&l, &n);
    hex_is(
        l.bytes + at, n + 16,
        "1a 00 00 00 00 00 00 00 12 9b d8 2d 09 00 00 00 00 00 00 f0 3f 10 03 2a 0d 0a 0b 0a 04 6c 6f 73 73 15 00 00 "
        "00 3f 7f b8 43 77");
    p = next(&l, &n);
    hex_is(p, n, "09 00 00 00 00 00 00 f0 3f 2a 0d 0a 0b 0a 04 6c 6f 73 73 15 00 00 00 3f");
    p = next(&l, &n);
    hex_is(p, n,
           "09 00 00 00 00 00 00 f0 3f 10 01 2a 2a 0a 28 0a 0e 74 2f 74 65 78 74 5f 73 75 6d 6d 61 72 79 42 0c 08 07 "
           "12 04 "
           "12 02 08 01 42 02 68 69 4a 08 0a 06 0a 04 74 65 78 74");
    p = next(&l, &n); /* session start: ... 1a 21 { lr } { opt } */
    hex_is(p + n - 33, 33,
           "1a 1f 0a 0f 0a 02 6c 72 12 09 11 9a 99 99 99 99 99 b9 3f 0a 0c 0a 03 6f 70 74 12 05 1a 03 73 67 64");
    p = next(&l, &n);
    hex_is(p + n - 4, 4, "22 02 08 01");
    ck_assert(next(&l, &n) && next(&l, &n) && !next(&l, &n) && l.at == l.length);
    mlp_event_writer_release(w);
    free(l.bytes);
    remove_folder();
}
END_TEST

START_TEST(a_resumed_run_says_where_it_starts_and_a_second_file_only_when_asked)
{
    make_folder();
    mlp_event_writer *a = open_writer(1, MLP_NO_STEP), *b = open_writer(1, MLP_NO_STEP), *c = open_writer(1, 7);
    const char *paths[3] = { mlp_event_writer_path(a), mlp_event_writer_path(b), mlp_event_writer_path(c) };
    static const int records[3] = { 2, 1, 2 };
    ck_assert(strcmp(paths[0], paths[1]) != 0 && strcmp(paths[1], paths[2]) != 0);
    for (int i = 0; i < 3; i++) {
        event_log l = read_log(paths[i]);
        size_t n = 0, count = 0;
        const uint8_t *p = NULL, *last = NULL;
        while ((p = next(&l, &n))) last = p, count++;
        ck_assert_uint_eq(count, (size_t)records[i]);
        if (i == 2) hex_is(last, 15, "09 00 00 00 00 00 00 f0 3f 10 07 3a 02 08 01");
        free(l.bytes);
    }
    const char *base = strrchr(paths[0], '/') + 1;
    ck_assert(strncmp(base, "events.out.tfevents.", 20) == 0 && strspn(base + 20, "0123456789") == 10);
    mlp_event_writer_release(a);
    mlp_event_writer_release(b);
    mlp_event_writer_release(c);
    remove_folder();
}
END_TEST

/* ---- histograms ---- */

static mlp_tensor *tensor_of(const json_t *list)
{
    mlp_tensor *t = NULL;
    const int64_t shape[1] = { (int64_t)json_array_size(list) };
    ck_assert(!mlp_tensor_new(&t, MLP_F64, 1, shape, &err));
    for (size_t i = 0; i < json_array_size(list); i++)
        ((double *)mlp_tensor_data(t))[i] = json_number_value(json_array_get(list, i));
    return t;
}

/* A packed list of doubles: tag, length, values. Returns what follows. */
static const uint8_t *doubles_are(const uint8_t *p, uint8_t tag, const json_t *list)
{
    size_t bytes = 8 * json_array_size(list), length = 0;
    ck_assert_int_eq(*p++, tag);
    for (int shift = 0;; shift += 7) {
        length |= (size_t)(*p & 127) << shift;
        if (!(*p++ & 128)) break;
    }
    ck_assert_uint_eq(length, bytes);
    for (size_t i = 0; i < json_array_size(list); i++, p += 8) {
        double got;
        memcpy(&got, p, 8);
        double want = json_number_value(json_array_get(list, i));
        ck_assert_msg(got == want, "element %zu is %.17g, expected %.17g", i, got, want);
    }
    return p;
}

START_TEST(histograms_have_pytorchs_bins_and_counts)
{
    make_folder();
    json_t *all = json_load_file("tests/golden/records/histograms.json", 0, NULL), *want;
    const char *name;
    ck_assert_ptr_nonnull(all);
    json_object_foreach(all, name, want)
    {
        mlp_event_writer *w = open_writer(1, MLP_NO_STEP);
        mlp_tensor *t = tensor_of(json_object_get(want, "values"));
        ck_assert_msg(!mlp_event_histogram(w, (mlp_event_at){ "h", 1, 1 }, t, NULL, &err), "%s", err.text);
        event_log l = read_log(mlp_event_writer_path(w));
        size_t n = 0;
        const uint8_t *last = last_record(&l, &n);
        const json_t *limits = json_object_get(want, "limits"), *buckets = json_object_get(want, "buckets");
        size_t size = 8 * json_array_size(limits), head = size < 128 ? 2 : size < 16384 ? 3 : 4;
        const uint8_t *end = l.bytes + l.length - 4, *at = end - 2 * (size + head);
        ck_assert(at > last);
        ck_assert_ptr_eq(doubles_are(doubles_are(at, 0x32, limits), 0x3a, buckets), end);
        free(l.bytes);
        mlp_tensor_release(t);
        mlp_event_writer_release(w);
    }
    json_decref(all);
    remove_folder();
}
END_TEST

/* The usual edges and the numbers beside them, counted without a search and with the plain one of edges that are given.
 */
START_TEST(at_every_edge_the_bin_is_that_of_a_search)
{
    enum { POSITIVE = 774, EDGES = 2 * POSITIVE + 1 };
    double edge[EDGES] = { 0 }, v = 1e-12;
    for (int k = 0; k < POSITIVE; k++, v *= 1.1) edge[POSITIVE + 1 + k] = v, edge[POSITIVE - 1 - k] = -v;
    const mlp_bins given = { .edges = edge, .count = EDGES };
    const int64_t n = 3;
    mlp_tensor *t = NULL;
    ck_assert(!mlp_tensor_new(&t, MLP_F64, 1, &n, &err));
    make_folder();
    for (int k = 1; k < EDGES - 1; k++) {
        double *x = mlp_tensor_data(t);
        x[0] = edge[k], x[1] = nextafter(edge[k], 1e30), x[2] = nextafter(edge[k], -1e30);
        event_log found[2];
        const uint8_t *last[2] = { NULL, NULL };
        size_t size[2] = { 0, 0 };
        for (int i = 0; i < 2; i++) {
            mlp_event_writer *w = open_writer(1, MLP_NO_STEP);
            ck_assert(!mlp_event_histogram(w, (mlp_event_at){ "h", 1, 1 }, t, i ? &given : NULL, &err));
            found[i] = read_log(mlp_event_writer_path(w));
            last[i] = last_record(&found[i], &size[i]);
            mlp_event_writer_release(w);
        }
        ck_assert_msg(size[0] == size[1] && !memcmp(last[0], last[1], size[0]), "beside the edge %g", edge[k]);
        for (int i = 0; i < 2; i++) free(found[i].bytes);
    }
    mlp_tensor_release(t);
    remove_folder();
}
END_TEST

START_TEST(a_histogram_without_a_counted_value_is_refused)
{
    make_folder();
    mlp_event_writer *w = open_writer(1, MLP_NO_STEP);
    const int64_t none[1] = { 0 }, two[1] = { 2 };
    mlp_tensor *t = NULL;
    ck_assert(!mlp_tensor_new(&t, MLP_F32, 1, none, &err));
    ck_assert_int_eq(mlp_event_histogram(w, (mlp_event_at){ "h", 1, 1 }, t, NULL, &err), MLP_EINVAL);
    ck_assert_str_eq(err.text, "histogram 'h': the tensor has no element");
    mlp_tensor_release(t);
    ck_assert(!mlp_tensor_new(&t, MLP_F32, 1, two, &err));
    ((float *)mlp_tensor_data(t))[0] = NAN;
    ((float *)mlp_tensor_data(t))[1] = INFINITY;
    ck_assert_int_eq(mlp_event_histogram(w, (mlp_event_at){ "h", 1, 1 }, t, NULL, &err), MLP_EINVAL);
    ck_assert_str_eq(err.text, "histogram 'h': all 2 values are NaN or beyond the bins, -9.92078e+19 to 9.92078e+19");
    ((float *)mlp_tensor_data(t))[1] = 1;
    ck_assert(!mlp_event_histogram(w, (mlp_event_at){ "h", 1, 1 }, t, NULL, &err));
    mlp_tensor_release(t);
    mlp_event_writer_release(w);
    remove_folder();
}
END_TEST

START_TEST(a_zero_with_a_sign_counts_as_zero)
{
    const int64_t three[1] = { 3 };
    size_t length[2];
    for (int sign = 0; sign < 2; sign++) {
        make_folder();
        mlp_event_writer *w = open_writer(1, MLP_NO_STEP);
        mlp_tensor *t = NULL;
        ck_assert(!mlp_tensor_full(&t, MLP_F32, 1, three, sign ? -0.0 : 0.0, &err));
        ck_assert(!mlp_event_histogram(w, (mlp_event_at){ "h", 1, 1 }, t, NULL, &err));
        event_log l = read_log(mlp_event_writer_path(w));
        length[sign] = l.length;
        free(l.bytes);
        mlp_tensor_release(t);
        mlp_event_writer_release(w);
        remove_folder();
    }
    ck_assert_uint_eq(length[0], length[1]);
}
END_TEST

/* ---- pictures ---- */

START_TEST(tensors_become_pictures_in_every_layout)
{
    const int64_t chw[3] = { 3, 1, 2 }, nchw[4] = { 9, 1, 2, 2 };
    const float values[6] = { 0, 1, .5f, 2, -1, NAN };
    static const uint8_t want[6] = { 0, 127, 0, 255, 255, 0 };
    mlp_tensor *t = NULL;
    mlp_image *image = NULL;
    ck_assert(!mlp_tensor_new(&t, MLP_F32, 3, chw, &err));
    memcpy(mlp_tensor_data(t), values, sizeof values);
    ck_assert_msg(!mlp_event_picture(&image, t, "CHW", &err), "%s", err.text);
    ck_assert(image->width == 2 && image->height == 1 && image->channels == 3);
    ck_assert_mem_eq(image->pixels, want, 6);
    mlp_image_release(image);
    ck_assert(mlp_event_picture(&image, t, "HWC", &err) && strstr(err.text, "2 channels"));
    ck_assert(mlp_event_picture(&image, t, "NCHW", &err) && strstr(err.text, "4 dimensions"));
    ck_assert(mlp_event_picture(&image, t, "CHX", &err) && strstr(err.text, "'CHX'"));
    ck_assert(mlp_event_picture(&image, t, "CHC", &err));
    mlp_tensor_release(t);
    ck_assert(!mlp_tensor_new(&t, MLP_U8, 4, nchw, &err));
    for (int i = 0; i < 36; i++) ((uint8_t *)mlp_tensor_data(t))[i] = (uint8_t)(i + 1);
    ck_assert(!mlp_event_picture(&image, t, "NCHW", &err));
    ck_assert(image->width == 16 && image->height == 4);
    ck_assert_int_eq(image->pixels[(0 * 16 + 3) * 3], 6);      /* second picture, top right */
    ck_assert_int_eq(image->pixels[(2 * 16 + 0) * 3 + 2], 33); /* ninth picture, second row */
    ck_assert_int_eq(image->pixels[(2 * 16 + 2) * 3], 0);      /* nothing there */
    mlp_image_release(image);
    mlp_tensor_release(t);
}
END_TEST

/* Writes a picture of 2x1 as an event, whose record holds a file that begins so; returns where, in *l. */
static const uint8_t *picture_file(event_log *l, int quality, const char *beginning)
{
    make_folder();
    mlp_event_writer *w = open_writer(1, MLP_NO_STEP);
    mlp_image *image = NULL;
    ck_assert(!mlp_image_new(&image, 2, 1, 3, &err));
    memset(image->pixels, 7, 6);
    ck_assert_msg(!mlp_event_image(w, (mlp_event_at){ "p", 2, 1 }, image, quality, &err), "%s", err.text);
    *l = read_log(mlp_event_writer_path(w));
    size_t size = 0, n = strlen(beginning);
    const uint8_t *last = last_record(l, &size), *file = NULL;
    for (size_t i = 0; !file && i + n <= size; i++)
        if (memcmp(last + i, beginning, n) == 0) file = last + i;
    ck_assert_ptr_nonnull(file);
    mlp_image_release(image);
    mlp_event_writer_release(w);
    remove_folder();
    return file;
}

START_TEST(a_picture_is_a_png_in_an_event)
{
    event_log l;
    const uint8_t *png = picture_file(&l, 0, "\x89PNG\r\n");
    hex_is(png - 8, 6, "08 01 10 02 18 03"); /* height 1, width 2, 3 channels, then the file */
    free(l.bytes);
}
END_TEST

START_TEST(with_a_quality_it_is_a_jpeg)
{
    event_log l;
    const uint8_t *jpeg = picture_file(&l, 90, "\xff\xd8\xff");
    hex_is(jpeg - 9, 6, "08 01 10 02 18 03"); /* the file is longer, and its length has two bytes */
    free(l.bytes);
}
END_TEST

/* ---- what goes wrong ---- */

START_TEST(mistakes_are_named)
{
    make_folder();
    mlp_event_writer *w = open_writer(NAN, MLP_NO_STEP), *other = NULL;
    mlp_event_options o = mlp_event_defaults();
    ck_assert_int_eq(mlp_event_scalar(w, (mlp_event_at){ "", 1, NAN }, 1, &err), MLP_EINVAL);
    ck_assert_str_eq(err.text, "the tag is empty, expected a name such as 'train/loss'");
    ck_assert_int_eq(mlp_event_scalar(w, (mlp_event_at){ "x", 1, INFINITY }, 1, &err), MLP_EINVAL);
    ck_assert(!mlp_event_scalar(w, (mlp_event_at){ "\xff/x", -1, NAN }, NAN, &err));
    o.purge_step = -5;
    ck_assert_int_eq(mlp_event_writer_open(&other, folder, &o, &err), MLP_EINVAL);
    o = mlp_event_defaults();
    o.filename_suffix = "/../x";
    ck_assert_int_eq(mlp_event_writer_open(&other, folder, &o, &err), MLP_EINVAL);
    o = mlp_event_defaults();
    ck_assert_int_eq(mlp_event_writer_open(&other, mlp_event_writer_path(w), &o, &err), MLP_EIO);
    ck_assert_ptr_null(other);
    ck_assert(!mlp_event_writer_flush(w, &err));
    unlink(mlp_event_writer_path(w));
    ck_assert_int_eq(mlp_event_scalar(w, (mlp_event_at){ "x", 1, NAN }, 1, &err), MLP_EIO);
    ck_assert(strstr(err.text, "was deleted"));
    mlp_event_writer_release(w);
    mlp_event_writer_release(NULL);
    remove_folder();
}
END_TEST

START_TEST(a_full_disk_leaves_whole_records)
{
    make_folder();
    mlp_event_writer *w = open_writer(1, MLP_NO_STEP);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit before, small;
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 500; /* write() then takes a part, then refuses, as a full disk does */
    setrlimit(RLIMIT_FSIZE, &small);
    mlp_status st = MLP_OK;
    int written = 0;
    for (; written < 100 && !st; written++) st = mlp_event_scalar(w, (mlp_event_at){ "loss", written, 1 }, 1, &err);
    setrlimit(RLIMIT_FSIZE, &before);
    ck_assert_int_eq(st, MLP_EIO);
    ck_assert_msg(strstr(err.text, mlp_event_writer_path(w)), "%s", err.text);
    ck_assert_msg(strstr(err.text, strerror(EFBIG)), "%s", err.text);          /* not what a disk would say */
    ck_assert(!mlp_event_scalar(w, (mlp_event_at){ "loss", 99, 1 }, 1, &err)); /* there is room again */
    event_log l = read_log(mlp_event_writer_path(w));
    size_t n = 0;
    int records = 0;
    while (next(&l, &n)) records++;
    ck_assert_uint_eq(l.at, l.length);
    ck_assert_int_eq(records, 2 + written - 1 + 1);
    free(l.bytes);
    mlp_event_writer_release(w);
    remove_folder();
}
END_TEST

START_TEST(a_killed_process_leaves_whole_records)
{
    for (long trial = 0, trials = scale("MLP_KILLS", 20); trial < trials; trial++) {
        make_folder();
        int ready[2];
        ck_assert_int_eq(pipe(ready), 0);
        pid_t child = fork();
        if (child == 0) {
            mlp_event_writer *w = open_writer(1, MLP_NO_STEP);
            char text[3000];
            memset(text, 'x', sizeof text);
            for (int64_t step = 0;; step++) {
                if (mlp_event_scalar(w, (mlp_event_at){ "loss", step, 1 }, 1, NULL)) _exit(1);
                if (mlp_event_text(w, (mlp_event_at){ "t", step, 1 }, text, sizeof text, NULL)) _exit(1);
                if (step == 10 && write(ready[1], "x", 1) != 1) _exit(1);
            }
        }
        char c;
        ck_assert_int_eq((int)read(ready[0], &c, 1), 1);
        usleep((useconds_t)(trial % 100 * 200));
        kill(child, SIGKILL);
        int status = 0;
        waitpid(child, &status, 0);
        ck_assert(WIFSIGNALED(status));
        close(ready[0]);
        close(ready[1]);
        DIR *d = opendir(folder);
        char path[600] = "";
        for (struct dirent *e; (e = readdir(d));)
            if (strstr(e->d_name, "tfevents")) snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        closedir(d);
        event_log l = read_log(path);
        size_t n = 0;
        int records = 0;
        while (next(&l, &n)) records++;
        ck_assert_int_ge(records, 2 + 22);
        free(l.bytes);
        remove_folder();
    }
}
END_TEST

typedef struct many {
    mlp_event_writer *w;
    int thread;
} many;

static void *log_much(void *context)
{
    many *m = context;
    for (int i = 0; i < 500; i++)
        if (mlp_event_scalar(m->w, (mlp_event_at){ "loss", m->thread * 1000 + i, NAN }, i, NULL)) return m;
    return NULL;
}

START_TEST(threads_may_share_a_writer)
{
    make_folder();
    mlp_event_writer *w = open_writer(1, MLP_NO_STEP);
    pthread_t threads[4];
    many contexts[4];
    for (int i = 0; i < 4; i++) {
        contexts[i] = (many){ w, i };
        ck_assert_int_eq(pthread_create(&threads[i], NULL, log_much, &contexts[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        void *failed = NULL;
        pthread_join(threads[i], &failed);
        ck_assert_ptr_null(failed);
    }
    event_log l = read_log(mlp_event_writer_path(w));
    size_t n = 0;
    int records = 0;
    while (next(&l, &n)) records++;
    ck_assert_int_eq(records, 2 + 4 * 500);
    free(l.bytes);
    mlp_event_writer_release(w);
    remove_folder();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_checksum_is_masked_crc32c,
        events_are_the_reference_writers_bytes,
        a_resumed_run_says_where_it_starts_and_a_second_file_only_when_asked,
        histograms_have_pytorchs_bins_and_counts,
        at_every_edge_the_bin_is_that_of_a_search,
        a_histogram_without_a_counted_value_is_refused,
        a_zero_with_a_sign_counts_as_zero,
        tensors_become_pictures_in_every_layout,
        a_picture_is_a_png_in_an_event,
        with_a_quality_it_is_a_jpeg,
        mistakes_are_named,
        a_full_disk_leaves_whole_records,
        a_killed_process_leaves_whole_records,
        threads_may_share_a_writer,
    };
    return run_suite("writers", tests, COUNT(tests));
}
