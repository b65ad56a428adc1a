/* test_io.c - runtime/io: files against the formats' golden bytes and NumPy's, and files that lie. */
#include "io/io.h"

#include "files.h"
#include "suite.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static mlp_error err;

static mlp_tensor *tensor(mlp_dtype dtype, int ndim, const int64_t *shape, const void *data)
{
    mlp_tensor *t = NULL;
    ck_assert(!mlp_tensor_new(&t, dtype, ndim, shape, &err));
    size_t bytes = (size_t)mlp_tensor_numel(t) * mlp_dtype_size(dtype);
    if (bytes) memcpy(mlp_tensor_data(t), data, bytes);
    return t;
}

static void add(mlp_named *list, const char *name, mlp_dtype dtype, int ndim, const int64_t *shape, const void *data)
{
    mlp_tensor *t = tensor(dtype, ndim, shape, data);
    ck_assert(!mlp_named_add(list, name, t, &err));
    mlp_tensor_release(t);
}

static mlp_named *empty(void)
{
    mlp_named *list = NULL;
    ck_assert(!mlp_named_new(&list, &err));
    return list;
}

/* The file's whole bytes are N, header, data. */
static void encodes_as(mlp_named *list, size_t n, const char *header, const void *data, size_t data_size)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    ck_assert_msg(!mlp_safetensors_encode(&bytes, &length, list, &err), "%s", err.text);
    ck_assert_uint_eq(length, 8 + n + data_size);
    ck_assert_uint_eq(bytes[0] + 256u * bytes[1], n);
    char *text = calloc(n + 1, 1);
    memset(text, ' ', n);
    memcpy(text, header, strlen(header));
    ck_assert_mem_eq(bytes + 8, text, n);
    if (data_size) ck_assert_mem_eq(bytes + 8 + n, data, data_size);
    mlp_named *back = NULL;
    ck_assert_msg(!mlp_safetensors_decode(&back, bytes, length, "golden", &err), "%s", err.text);
    ck_assert_int_eq(mlp_named_count(back), mlp_named_count(list));
    ck_assert_int_eq(mlp_named_meta_count(back), mlp_named_meta_count(list));
    mlp_named_release(back);
    free(text);
    free(bytes);
    mlp_named_release(list);
}

/* ---- safetensors ---- */

START_TEST(the_writer_makes_the_golden_files)
{
    const float six[6] = { 0, 1, 2, 3, 4, 5 };
    encodes_as(empty(), 8, "{}", NULL, 0);
    mlp_named *list = empty();
    ck_assert(!mlp_named_set_meta(list, "framework", "tf", &err) && !mlp_named_set_meta(list, "framework", "pt", &err));
    encodes_as(list, 40, "{\"__metadata__\":{\"framework\":\"pt\"}}", NULL, 0);
    list = empty();
    add(list, "attn.0", MLP_F32, 3, (int64_t[]){ 1, 2, 3 }, six);
    encodes_as(list, 64, "{\"attn.0\":{\"dtype\":\"F32\",\"shape\":[1,2,3],\"data_offsets\":[0,24]}}", six, 24);
    list = empty();
    add(list, "attn0", MLP_F32, 4, (int64_t[]){ 1, 1, 2, 3 }, six);
    encodes_as(list, 72, "{\"attn0\":{\"dtype\":\"F32\",\"shape\":[1,1,2,3],\"data_offsets\":[0,24]}}", six, 24);
    const int64_t n = 7;
    uint8_t data[20];
    memcpy(data, &n, 8);
    memcpy(data + 8, six, 12);
    list = empty();
    add(list, "b", MLP_F32, 1, (int64_t[]){ 2 }, six + 1);
    add(list, "a", MLP_F32, 1, (int64_t[]){ 1 }, six);
    add(list, "n", MLP_I64, 0, NULL, &n);
    encodes_as(list, 168,
               "{\"n\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],"
               "\"data_offsets\":[8,12]},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[12,20]}}",
               data, 20);
}
END_TEST

START_TEST(metadata_and_names_are_sorted_and_checked)
{
    mlp_named *list = empty();
    mlp_named_set_meta(list, "b", "\"2\"\n", &err);
    mlp_named_set_meta(list, "a", "1", &err);
    encodes_as(list, 40, "{\"__metadata__\":{\"a\":\"1\",\"b\":\"\\\"2\\\"\\n\"}}", NULL, 0);
    list = empty();
    const float x = 1;
    uint8_t *bytes = NULL;
    size_t length = 0;
    add(list, "\xff", MLP_F32, 0, NULL, &x);
    ck_assert_int_eq(mlp_safetensors_encode(&bytes, &length, list, &err), MLP_EINVAL);
    ck_assert(strstr(err.text, "not valid UTF-8"));
    mlp_tensor *t = mlp_named_tensor(list, 0);
    ck_assert_int_eq(mlp_named_add(list, "\xff", t, &err), MLP_EINVAL);
    mlp_named_release(list);
    list = empty();
    add(list, "__metadata__", MLP_F32, 0, NULL, &x);
    ck_assert_int_eq(mlp_safetensors_encode(&bytes, &length, list, &err), MLP_EINVAL);
    mlp_named_release(list);
}
END_TEST

/* A file of header and `data` zero bytes. */
static mlp_status decode(mlp_named **out, const char *header, size_t data)
{
    size_t n = strlen(header);
    uint8_t *bytes = calloc(8 + n + data, 1); /* exactly as large, so that reading past the end is seen */
    for (int i = 0; i < 8; i++) bytes[i] = (uint8_t)((uint64_t)n >> (8 * i));
    memcpy(bytes + 8, header, n);
    mlp_status st = mlp_safetensors_decode(out, bytes, 8 + n + data, "f", &err);
    free(bytes);
    return st;
}

START_TEST(legal_oddities_of_safetensors_are_read)
{
    static const struct {
        const char *header;
        size_t data;
        int64_t tensors;
    } legal[] = {
        { "{\"test\":{\"dtype\":\"I32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}", 16, 1 },
        { "{}\r \t\n", 0, 0 },
        { "\t\n{}\r ", 0, 0 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2,0],\"data_offsets\":[0,0]}}", 0, 1 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},\"b\":{\"dtype\":\"U8\",\"shape\":[],"
          "\"data_offsets\":[0,1]}}",
          1, 2 },
        { "{\"a\":{\"dtype\":\"U64\",\"shape\":[1],\"data_offsets\":[0,8],\"more\":[1]}}", 8, 1 },
        { "{\"__metadata__\":{}}", 0, 0 },
    };
    for (size_t i = 0; i < sizeof legal / sizeof *legal; i++) {
        mlp_named *list = NULL;
        ck_assert_msg(!decode(&list, legal[i].header, legal[i].data), "%s: %s", legal[i].header, err.text);
        ck_assert_int_eq(mlp_named_count(list), legal[i].tensors);
        mlp_named_release(list);
    }
}
END_TEST

#define T(dtype, shape, offsets) "{\"x\":{\"dtype\":" dtype ",\"shape\":" shape ",\"data_offsets\":" offsets "}}"
#define T2(first, second)                                                                                              \
    "{\"x\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":" first "},\"y\":{\"dtype\":\"U8\",\"shape\":[4],"        \
    "\"data_offsets\":" second "}}"

START_TEST(hostile_safetensors_are_refused_with_a_reason)
{
    static const struct {
        const char *header;
        size_t data;
        const char *says;
    } hostile[] = {
        { "", 0, "invalid JSON" },
        { "[]", 0, "not an object" },
        { "{", 0, "invalid JSON" },
        { "{}x", 0, "invalid JSON" },
        { "{}{}", 0, "invalid JSON" },
        { "{\"\xff\":1}", 0, "invalid JSON" },
        { "{\"a\":1,\"a\":1}", 0, "duplicate" },
        { "{\"x\":1}", 0, "is not an object" },
        { "{\"x\":{}}", 0, "has no dtype" },
        { "{\"__metadata__\":{\"a\":1}}", 0, "is not text" },
        { "{\"__metadata__\":[]}", 0, "is not an object" },
        { T("\"F33\"", "[1]", "[0,4]"), 4, "unknown dtype" },
        { T("\"f32\"", "[1]", "[0,4]"), 4, "unknown dtype" },
        { T("7", "[1]", "[0,4]"), 4, "no dtype" },
        { T("\"F32\"", "1", "[0,4]"), 4, "no shape" },
        { T("\"F32\"", "[-1]", "[0,4]"), 4, "no whole number" },
        { T("\"F32\"", "[1.0]", "[0,4]"), 4, "no whole number" },
        { T("\"F32\"", "[\"1\"]", "[0,4]"), 4, "no whole number" },
        { T("\"F32\"", "[1]", "[0]"), 4, "data_offsets of two" },
        { T("\"F32\"", "[1]", "[0,4,8]"), 4, "data_offsets of two" },
        { T("\"F32\"", "[1]", "{}"), 4, "data_offsets of two" },
        { T("\"F32\"", "[1]", "[0,-4]"), 4, "no whole numbers" },
        { T("\"F32\"", "[1]", "[0,4.5]"), 4, "no whole numbers" },
        { T("\"F32\"", "[2,2]", "[0,4]"), 0, "invalid shape, data type, or offset" },
        { T("\"F32\"", "[2]", "[0,4]"), 4, "invalid shape, data type, or offset" },
        { T("\"F32\"", "[1]", "[0,8]"), 8, "invalid shape, data type, or offset" },
        { T("\"F32\"", "[1]", "[4,8]"), 8, "invalid offset" },
        { T("\"F32\"", "[1]", "[4,0]"), 4, "invalid offset" },
        { T("\"F32\"", "[1]", "[0,4]"), 3, "not fully covered" },
        { T("\"F32\"", "[1]", "[0,4]"), 5, "not fully covered" },
        { T("\"F32\"", "[1]", "[0,9223372036854775807]"), 4, "invalid shape" },
        { T("\"F32\"", "[2,18446744073709551614]", "[0,16]"), 16, "invalid JSON" },
        { T("\"F32\"", "[2,9223372036854775807]", "[0,16]"), 16, "overflow" },
        { T("\"F32\"", "[4294967296,4294967296]", "[0,0]"), 0, "overflow" },
        { T("\"F32\"", "[4611686018427387904]", "[0,0]"), 0, "overflow" },
        { T("\"F4\"", "[3]", "[0,1]"), 1, "whole byte" },
        { T("\"F4\"", "[2]", "[0,1]"), 1, "F4, which is not supported" },
        { T("\"C64\"", "[1]", "[0,8]"), 8, "C64, which is not supported" },
        { T("\"U8\"", "[1,1,1,1,1,1,1,1,1]", "[0,1]"), 1, "9 dimensions" },
        { T2("[0,4]", "[0,4]"), 4, "invalid offset" },
        { T2("[0,4]", "[3,7]"), 7, "invalid offset" },
        { T2("[0,4]", "[5,9]"), 9, "invalid offset" },
        { T2("[0,4]", "[4,8]"), 9, "not fully covered" },
        { "{}", 1, "not fully covered" },
    };
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        mlp_named *list = NULL;
        mlp_status st = decode(&list, hostile[i].header, hostile[i].data);
        ck_assert_msg(st && !list, "accepted: %s", hostile[i].header);
        ck_assert_msg(strstr(err.text, hostile[i].says), "'%s' should say '%s', for %s", err.text, hostile[i].says,
                      hostile[i].header);
    }
    static const uint8_t lengths[][8] = { { 101, 225, 245, 5 }, { 255, 255, 255, 255, 255, 255, 255, 255 }, { 1 } };
    static const char *const says[] = { "header too large", "header too large", "invalid header length" };
    mlp_named *list = NULL;
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(mlp_safetensors_decode(&list, lengths[i], 8, "f", &err), MLP_EFORMAT);
        ck_assert_msg(strstr(err.text, says[i]), "%s", err.text);
    }
    ck_assert_int_eq(mlp_safetensors_decode(&list, lengths[0], 7, "f", &err), MLP_EFORMAT);
    ck_assert(strstr(err.text, "header too small"));
}
END_TEST

START_TEST(numbers_above_i64_are_refused)
{
    uint8_t bytes[8 + 64 + 8] = { 64 };
    memset(bytes + 8, ' ', 64);
    memcpy(bytes + 8, T("\"U64\"", "[1]", "[0,8]"), strlen(T("\"U64\"", "[1]", "[0,8]")));
    memset(bytes + 72, 255, 8);
    mlp_named *list = NULL;
    ck_assert_int_eq(mlp_safetensors_decode(&list, bytes, sizeof bytes, "f", &err), MLP_EFORMAT);
    ck_assert_msg(strstr(err.text, "18446744073709551615") && strstr(err.text, "'x'"), "%s", err.text);
}
END_TEST

/* ---- npy ---- */

static char *golden(const char *name)
{
    static char path[300];
    snprintf(path, sizeof path, "tests/golden/records/%s", name);
    return path;
}

START_TEST(npy_files_are_numpys_byte_for_byte)
{
    static const char *const names[] = { "u1.npy", "i8.npy", "f4.npy", "f8.npy", "empty.npy" };
    for (int i = 0; i < 5; i++) {
        mlp_tensor *t = NULL;
        uint8_t *want = NULL, *got = NULL;
        size_t want_size = 0, got_size = 0;
        ck_assert_msg(!mlp_npy_load(&t, golden(names[i]), &err), "%s", err.text);
        ck_assert(!mlp_file_read(&want, &want_size, golden(names[i]), 1 << 20, &err));
        ck_assert(!mlp_npy_encode(&got, &got_size, t, MLP_STORE_SAME, &err));
        ck_assert_uint_eq(got_size, want_size);
        ck_assert_mem_eq(got, want, want_size);
        mlp_tensor_release(t);
        free(want);
        free(got);
    }
}
END_TEST

static void holds(const mlp_tensor *t, mlp_dtype dtype, const double *want)
{
    mlp_tensor *wide = NULL;
    ck_assert_ptr_nonnull(t);
    ck_assert_int_eq(t->dtype, dtype);
    ck_assert_int_eq(t->shape[0], 2);
    ck_assert_int_eq(t->shape[1], 3);
    ck_assert(!mlp_tensor_cast(&wide, t, MLP_F64, &err));
    for (int i = 0; i < 6; i++) ck_assert_double_eq(((double *)mlp_tensor_data(wide))[i], want[i]);
    mlp_tensor_release(wide);
}

START_TEST(orders_types_and_versions_are_converted)
{
    static const double ramp[6] = { -2, -1, 0, 1, 2, 3 }, magnitude[6] = { 2, 1, 0, 1, 2, 3 };
    static const double quarters[6] = { -.5, -.25, 0, .25, .5, .75 }, positive[6] = { 0, 0, 0, 1, 1, 1 };
    mlp_named *list = NULL;
    ck_assert_msg(!mlp_npz_load(&list, golden("types.npz"), NULL, &err), "%s", err.text);
    ck_assert_int_eq(mlp_named_count(list), 10);
    holds(mlp_named_find(list, "fortran"), MLP_F32, ramp);
    holds(mlp_named_find(list, "big_f8"), MLP_F64, ramp);
    holds(mlp_named_find(list, "big_i4"), MLP_I32, ramp);
    holds(mlp_named_find(list, "i1"), MLP_I64, ramp);
    holds(mlp_named_find(list, "i2"), MLP_I64, ramp);
    holds(mlp_named_find(list, "u2"), MLP_I64, magnitude);
    holds(mlp_named_find(list, "u4"), MLP_I64, magnitude);
    holds(mlp_named_find(list, "u8"), MLP_I64, magnitude);
    holds(mlp_named_find(list, "f2"), MLP_F16, quarters);
    holds(mlp_named_find(list, "b1"), MLP_BOOL, positive);
    mlp_named_release(list);
    for (int v = 2; v <= 3; v++) {
        mlp_tensor *t = NULL;
        char name[32];
        snprintf(name, sizeof name, "v%d.npy", v);
        ck_assert_msg(!mlp_npy_load(&t, golden(name), &err), "%s", err.text);
        holds(t, MLP_F32, ramp);
        mlp_tensor_release(t);
    }
    ck_assert(!mlp_npz_load(&list, golden("halves.npz"), NULL, &err));
    mlp_tensor *wide = NULL;
    ck_assert(!mlp_tensor_cast(&wide, mlp_named_find(list, "f2"), MLP_F32, &err));
    ck_assert_mem_eq(mlp_tensor_data(wide), mlp_tensor_data(mlp_named_find(list, "f4")), 11 * sizeof(float));
    mlp_tensor_release(wide);
    mlp_named_release(list);
}
END_TEST

static mlp_status decode_npy(mlp_tensor **out, const char *header, size_t data, int major)
{
    size_t n = strlen(header), at = major == 1 ? 10 : 12;
    uint8_t *bytes = calloc(at + n + data, 1);
    memcpy(bytes, "\x93NUMPY", 6);
    bytes[6] = (uint8_t)major;
    bytes[8] = (uint8_t)n;
    bytes[9] = (uint8_t)(n >> 8);
    memcpy(bytes + at, header, n);
    mlp_status st = mlp_npy_decode(out, bytes, at + n + data, "f", &err);
    free(bytes);
    return st;
}

#define D(descr, order, shape) "{'descr': " descr ", 'fortran_order': " order ", 'shape': " shape ", }"

START_TEST(legal_oddities_of_npy_are_read)
{
    static const char *const legal[] = {
        "{\"shape\":(2L,2L),'descr':'<f4','fortran_order':False}\n",
        " { 'fortran_order' : True , 'shape' : ( 2 , 2 , ) , 'descr' : '=f4' } ",
        D("'>u2'", "False", "(8,)"),
        D("'|b1'", "False", "(16,)"),
        D("'<f4'", "False", "()"),
        D("'<f4'", "True", "(0, 4)"),
    };
    for (size_t i = 0; i < sizeof legal / sizeof *legal; i++) {
        mlp_tensor *t = NULL;
        ck_assert_msg(!decode_npy(&t, legal[i], 16, 1 + (int)i % 3), "%s: %s", legal[i], err.text);
        mlp_tensor_release(t);
    }
}
END_TEST

START_TEST(hostile_npy_files_are_refused_with_a_reason)
{
    static const struct {
        const char *header, *says;
    } hostile[] = {
        { "", "not a dictionary" },
        { "[]", "not a dictionary" },
        { "{", "quotes" },
        { "{'descr': '<f4'", "comma" },
        { "{}", "correct keys" },
        { "{'descr': '<f4', 'shape': (1,), }", "correct keys" },
        { "{'descr': '<f4', 'descr': '<f4', 'shape': (1,), 'fortran_order': False}", "correct keys" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'extra': 1}", "correct keys" },
        { "{'descr': '<f4' 'fortran_order': False, 'shape': (1,)}", "comma" },
        { "{'descr' '<f4'}", "colon" },
        { D("'<f4'", "0", "(1,)"), "fortran_order is not a valid bool" },
        { D("'<f4'", "False", "1"), "not a tuple" },
        { D("'<f4'", "False", "(1)"), "not a tuple" },
        { D("'<f4'", "False", "[1]"), "not a tuple" },
        { D("'<f4'", "False", "(-1,)"), "not a whole number" },
        { D("'<f4'", "False", "(1.5,)"), "comma" },
        { D("'<f4'", "False", "('1',)"), "not a whole number" },
        { D("'<f4'", "False", "(99999999999999999999,)"), "too large" },
        { D("'<f4'", "False", "(9223372036854775807,)"), "more elements than can be counted" },
        { D("'<f4'", "True", "(0, 9223372036854775807)"), "larger than any memory" },
        { D("'<f4'", "False", "(4294967296, 4294967296)"), "more elements than can be counted" },
        { D("'<f4'", "False", "(5,)"), "expected 20 bytes, got 16" },
        { D("'<f8'", "False", "(1000000000,)"), "expected 8000000000 bytes" },
        { D("'<f4'", "False", "(1,1,1,1,1,1,1,1,1)"), "more dimensions" },
        { D("'|O'", "False", "(1,)"), "Python objects" },
        { D("'<c8'", "False", "(1,)"), "'<c8' are not supported" },
        { D("'<U5'", "False", "(1,)"), "not supported" },
        { D("'f4'", "False", "(1,)"), "not supported" },
        { D("''", "False", "(1,)"), "not supported" },
        { D("'<f4", "False", "(1,)"), "comma" },
        { D("[('a', '<f4')]", "False", "(1,)"), "records" },
        { D("1", "False", "(1,)"), "quotes" },
        { D("'\\x3cf4'", "False", "(1,)"), "too long or odd" },
        { D("'<f4'", "False", "(1,)") "x", "follows" },
        { D("'<f4'", "False", "(1,)") "{}", "follows" },
        { D("'<f4'", "False", "(1"), "not a whole number" },
    };
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        mlp_tensor *t = NULL;
        ck_assert_msg(decode_npy(&t, hostile[i].header, 16, 1) && !t, "accepted: %s", hostile[i].header);
        ck_assert_msg(strstr(err.text, hostile[i].says), "'%s' should say '%s', for %s", err.text, hostile[i].says,
                      hostile[i].header);
    }
    static const struct {
        const char *bytes;
        size_t n;
        const char *says;
    } starts[] = {
        { "", 0, "does not begin" },
        { "\x93NUMPY\1", 7, "does not begin" },
        { "\x93NUMPX\1\0\0\0", 10, "does not begin" },
        { "\x93NUMPY\4\0\0\0", 10, "not (4, 0)" },
        { "\x93NUMPY\1\1\0\0", 10, "not (1, 1)" },
        { "\x93NUMPY\1\0\5\0", 10, "ends inside" },
        { "\x93NUMPY\2\0\377\377\377", 11, "ends inside" },
        { "\x93NUMPY\2\0\377\377\377\377", 12, "ends inside" },
    };
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        mlp_tensor *t = NULL;
        uint8_t *exact = malloc(starts[i].n + 1);
        memcpy(exact, starts[i].bytes, starts[i].n);
        ck_assert_int_eq(mlp_npy_decode(&t, exact, starts[i].n, "f", &err), MLP_EFORMAT);
        ck_assert_msg(strstr(err.text, starts[i].says), "%s", err.text);
        free(exact);
    }
    char *large = calloc(20001, 1);
    memset(large, ' ', 20000);
    mlp_tensor *t = NULL;
    ck_assert_int_eq(decode_npy(&t, large, 0, 1), MLP_EFORMAT);
    ck_assert(strstr(err.text, "at most 10000"));
    free(large);
}
END_TEST

/* ---- npz ---- */

static uint8_t *sample_npz(size_t *length, bool compress)
{
    static float values[256];
    uint8_t *bytes = NULL;
    mlp_named *list = empty();
    for (int i = 0; i < 256; i++) values[i] = (float)(i % 7);
    add(list, "a/b", MLP_F32, 2, (int64_t[]){ 16, 16 }, values);
    add(list, "../x", MLP_U8, 1, (int64_t[]){ 3 }, "abc");
    ck_assert(!mlp_npz_encode(&bytes, length, list, compress, &err));
    mlp_named_release(list);
    return bytes;
}

START_TEST(npz_goes_there_and_back_stored_and_packed)
{
    for (int compress = 0; compress < 2; compress++) {
        size_t length = 0, again = 0;
        uint8_t *bytes = sample_npz(&length, compress), *same = sample_npz(&again, compress);
        mlp_named *list = NULL;
        ck_assert_msg(!mlp_npz_decode(&list, bytes, length, "f", NULL, &err), "%s", err.text);
        ck_assert_str_eq(mlp_named_name(list, 0), "a/b");
        ck_assert_str_eq(mlp_named_name(list, 1), "../x");
        ck_assert(((float *)mlp_tensor_data(mlp_named_tensor(list, 0)))[9] == 2);
        ck_assert_mem_eq(mlp_tensor_data(mlp_named_tensor(list, 1)), "abc", 3);
        ck_assert(again == length && memcmp(bytes, same, length) == 0);
        ck_assert(compress ? length < 900 : length > 1024);
        mlp_named_release(list);
        free(bytes);
        free(same);
    }
    mlp_named *list = NULL;
    ck_assert_msg(!mlp_npz_load(&list, golden("packed.npz"), NULL, &err), "%s", err.text);
    ck_assert_int_eq(mlp_tensor_numel(mlp_named_find(list, "zeros")), 1000);
    ck_assert_int_eq(((int64_t *)mlp_tensor_data(mlp_named_find(list, "x")))[4], 4);
    mlp_named_release(list);
    size_t length = 0;
    uint8_t *bytes = NULL;
    list = empty();
    ck_assert(!mlp_npz_encode(&bytes, &length, list, false, &err));
    mlp_named_release(list);
    ck_assert_msg(!mlp_npz_decode(&list, bytes, length, "f", NULL, &err) && mlp_named_count(list) == 0, "%s", err.text);
    mlp_named_release(list);
    free(bytes);
}
END_TEST

START_TEST(npz_members_that_are_not_asked_for_are_not_unpacked)
{
    size_t length = 0;
    uint8_t *bytes = sample_npz(&length, false);
    mlp_named *list = NULL;
    ck_assert(!mlp_npz_decode(&list, bytes, length, "f", (const char *const[]){ "../x", "a", "x.npy", NULL }, &err));
    ck_assert_int_eq(mlp_named_count(list), 1);
    ck_assert_mem_eq(mlp_tensor_data(mlp_named_find(list, "../x")), "abc", 3);
    mlp_named_release(list);
    ck_assert(!mlp_npz_decode(&list, bytes, length, "f", (const char *const[]){ NULL }, &err));
    ck_assert_int_eq(mlp_named_count(list), 0);
    mlp_named_release(list);
    list = NULL;
    bytes[200] ^= 1; /* in the numbers of a/b, the first member */
    ck_assert_int_eq(mlp_npz_decode(&list, bytes, length, "f", (const char *const[]){ "a/b", NULL }, &err),
                     MLP_EFORMAT);
    ck_assert_msg(!mlp_npz_decode(&list, bytes, length, "f", (const char *const[]){ "../x", NULL }, &err), "%s",
                  err.text);
    mlp_named_release(list);
    free(bytes);
}
END_TEST

/* Sets bytes at the n-th central directory entry (PK 1 2), offset within it. */
static uint8_t *directory_entry(uint8_t *bytes, size_t length, int n)
{
    for (size_t i = 0; i + 46 < length; i++)
        if (memcmp(bytes + i, "PK\1\2", 4) == 0 && n-- == 0) return bytes + i;
    return NULL;
}

START_TEST(hostile_npz_files_are_refused_with_a_reason)
{
    static const struct {
        int at, value; /* a byte of the first directory entry */
        const char *says;
    } changes[] = {
        { 8, 1, "encrypted" },
        { 10, 12, "method other than deflate" },
        { 20, 255, "a size that its data cannot have" },
        { 23, 255, "larger than the archive" },
        { 27, 64, "a size that its data cannot have" },
        { 16, 77, "damaged" },
        { 42, 9, "local header is damaged" },
        { 45, 127, "damaged" },
        { 29, 255, "damaged" },
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        size_t length = 0;
        uint8_t *bytes = sample_npz(&length, false), *entry = directory_entry(bytes, length, 0);
        ck_assert_ptr_nonnull(entry);
        entry[changes[i].at] = (uint8_t)changes[i].value;
        mlp_named *list = NULL;
        ck_assert_msg(mlp_npz_decode(&list, bytes, length, "f", NULL, &err) && !list, "accepted change at %d",
                      changes[i].at);
        ck_assert_msg(strstr(err.text, changes[i].says) || strstr(err.text, "name"), "change at %d: %s", changes[i].at,
                      err.text);
        free(bytes);
    }
    size_t length = 0;
    mlp_named *list = NULL;
    uint8_t *bytes = sample_npz(&length, true), *entry = directory_entry(bytes, length, 0);
    entry[27] = 127; /* a bomb: hundreds of MB from 200 bytes */
    ck_assert_int_eq(mlp_npz_decode(&list, bytes, length, "f", NULL, &err), MLP_EFORMAT);
    ck_assert_msg(strstr(err.text, "a size that its data cannot have"), "%s", err.text);
    free(bytes);
    ck_assert_int_eq(mlp_npz_decode(&list, (const uint8_t *)"PK\3\4", 4, "f", NULL, &err), MLP_EFORMAT);
    ck_assert_int_eq(mlp_npz_decode(&list, (const uint8_t *)"no zip", 6, "f", NULL, &err), MLP_EFORMAT);
    ck_assert_str_eq(err.text, "'f' is not an npz file: it does not begin like a ZIP archive");
}
END_TEST

START_TEST(no_truncation_or_flipped_byte_of_a_file_is_a_crash)
{
    for (int compress = 0; compress < 2; compress++) {
        size_t length = 0;
        uint8_t *bytes = sample_npz(&length, compress);
        for (size_t cut = 0; cut < length; cut++) {
            uint8_t *part = malloc(cut + 1);
            memcpy(part, bytes, cut);
            mlp_named *list = NULL;
            ck_assert_msg(mlp_npz_decode(&list, part, cut, "f", NULL, &err), "accepted %zu of %zu bytes", cut, length);
            free(part);
        }
        for (size_t at = 0; at < length; at++) {
            for (int bit = 0; bit < 8; bit += 3) {
                mlp_named *list = NULL;
                bytes[at] ^= (uint8_t)(1 << bit);
                if (!mlp_npz_decode(&list, bytes, length, "f", NULL, &err)) mlp_named_release(list);
                bytes[at] ^= (uint8_t)(1 << bit);
            }
        }
        free(bytes);
    }
    const float six[6] = { 0, 1, 2, 3, 4, 5 };
    mlp_named *list = empty();
    uint8_t *bytes = NULL;
    size_t length = 0;
    add(list, "attn.0", MLP_F32, 3, (int64_t[]){ 1, 2, 3 }, six);
    ck_assert(!mlp_safetensors_encode(&bytes, &length, list, &err));
    mlp_named_release(list);
    for (size_t at = 0; at < length; at++) {
        for (int bit = 0; bit < 8; bit++) {
            bytes[at] ^= (uint8_t)(1 << bit);
            if (!mlp_safetensors_decode(&list, bytes, length, "f", &err)) mlp_named_release(list);
            bytes[at] ^= (uint8_t)(1 << bit);
        }
    }
    free(bytes);
}
END_TEST

enum { NPY, NPZ, NPZ_PACKED, SAFETENSORS, FORMATS };

static file sample(int format)
{
    static const float six[6] = { 0, 1, 2, 3, 4, 5 };
    file f = { 0 };
    if (format == NPZ || format == NPZ_PACKED) {
        f.bytes = sample_npz(&f.length, format == NPZ_PACKED);
    } else if (format == NPY) {
        mlp_tensor *t = tensor(MLP_F32, 2, (int64_t[]){ 2, 3 }, six);
        ck_assert(!mlp_npy_encode(&f.bytes, &f.length, t, MLP_STORE_SAME, &err));
        mlp_tensor_release(t);
    } else {
        mlp_named *list = empty();
        add(list, "attn.0", MLP_F32, 3, (int64_t[]){ 1, 2, 3 }, six);
        add(list, "bias", MLP_I64, 1, (int64_t[]){ 3 }, (int64_t[]){ 1, -2, 3 });
        ck_assert(!mlp_safetensors_encode(&f.bytes, &f.length, list, &err));
        mlp_named_release(list);
    }
    return f;
}

/* The sum of all numbers: all of them are there. */
static double sum_of(const mlp_tensor *t)
{
    double sum = 0;
    const uint8_t *bytes = mlp_tensor_data(t);
    size_t n = (size_t)mlp_tensor_numel(t) * mlp_dtype_size(t->dtype);
    for (size_t i = 0; i < n; i++) sum += bytes[i];
    return sum;
}

/* Decodes bytes and reads what there is; whether they were refused, which has a reason. */
static bool refuses(int format, const uint8_t *bytes, size_t length)
{
    mlp_tensor *t = NULL;
    mlp_named *list = NULL;
    err.text[0] = 0;
    mlp_status st = format == NPY           ? mlp_npy_decode(&t, bytes, length, "f", &err)
                    : format == SAFETENSORS ? mlp_safetensors_decode(&list, bytes, length, "f", &err)
                                            : mlp_npz_decode(&list, bytes, length, "f", NULL, &err);
    ck_assert_msg(!st == (t || list) && (!st || err.text[0]), "status %d: %s", (int)st, err.text);
    if (t) ck_assert(sum_of(t) >= 0);
    for (int64_t i = 0; list && i < mlp_named_count(list); i++) ck_assert(sum_of(mlp_named_tensor(list, i)) >= 0);
    mlp_tensor_release(t);
    if (list) mlp_named_release(list);
    return st != MLP_OK;
}

/* MLP_MUTATIONS=n in the environment changes the number of files of each format. */
START_TEST(mutated_files_give_an_error_or_arrays)
{
    for (int format = 0; format < FORMATS; format++) {
        long refused = 0, rounds = scale("MLP_MUTATIONS", 2000);
        mlp_rng rng = mlp_rng_stream(13, MLP_FOR_USER, (uint64_t)format, 0, 0);
        file sound = sample(format);
        ck_assert(!refuses(format, sound.bytes, sound.length));
        for (long round = 0; round < rounds; round++) {
            file f = { malloc(sound.length), sound.length };
            memcpy(f.bytes, sound.bytes, sound.length);
            for (int64_t k = mlp_rng_int(&rng, 1, 4); k > 0; k--) mutate(&f, &rng);
            uint8_t *exact = malloc(f.length); /* the sanitizer sees a read behind the end */
            memcpy(exact, f.bytes, f.length);
            refused += refuses(format, exact, f.length);
            free(exact);
            free(f.bytes);
        }
        ck_assert_int_gt(refused, rounds / 10);
        ck_assert_int_lt(refused, rounds);
        free(sound.bytes);
    }
}
END_TEST

/* ---- files ---- */

START_TEST(saving_and_loading_name_the_path)
{
    char folder[] = "/tmp/mlp_io_XXXXXX", path[64];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/w.safetensors", folder);
    mlp_named *list = empty(), *back = NULL;
    const float x[2] = { 1, NAN };
    add(list, "w", MLP_F32, 1, (int64_t[]){ 2 }, x);
    ck_assert_msg(!mlp_safetensors_save(path, list, &err), "%s", err.text);
    ck_assert_msg(!mlp_safetensors_load(&back, path, &err), "%s", err.text);
    ck_assert_mem_eq(mlp_tensor_data(mlp_named_tensor(back, 0)), x, sizeof x);
    mlp_named_release(back);
    unlink(path);
    ck_assert_int_eq(mlp_safetensors_load(&back, path, &err), MLP_EIO);
    ck_assert(strstr(err.text, path));
    snprintf(path, sizeof path, "%s/no/w.npz", folder);
    ck_assert_int_eq(mlp_npz_save(path, list, false, &err), MLP_EIO);
    ck_assert(strstr(err.text, path));
    mlp_named_release(list);
    rmdir(folder);
}
END_TEST

START_TEST(a_list_finds_each_of_many_names)
{
    mlp_named *list = empty();
    char name[32];
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "layer.%d", i);
        int64_t v = i;
        add(list, name, MLP_I64, 0, NULL, &v);
    }
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "layer.%d", i);
        ck_assert_int_eq(*(int64_t *)mlp_tensor_data(mlp_named_find(list, name)), i);
    }
    ck_assert_ptr_null(mlp_named_find(list, "layer.5000"));
    mlp_named_release(list);
    mlp_named_release(NULL);
}
END_TEST

START_TEST(sha256_has_the_standards_values)
{
    char digest[MLP_SHA256_TEXT];
    mlp_sha256(digest, "abc", 3);
    ck_assert_str_eq(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    mlp_sha256(digest, "", 0);
    ck_assert_str_eq(digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    char path[] = "/tmp/mlp_sha_XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_eq((int)write(fd, "abc", 3), 3);
    close(fd);
    ck_assert(!mlp_sha256_file(digest, path, &err));
    ck_assert(memcmp(digest, "ba7816bf", 8) == 0);
    unlink(path);
    ck_assert_int_eq(mlp_sha256_file(digest, path, &err), MLP_EIO);
    ck_assert_int_eq(mlp_sha256_file(digest, "/tmp", &err), MLP_EIO);
}
END_TEST

START_TEST(what_a_thread_saves_is_the_same_file)
{
    char path[] = "/tmp/mlp_behind_XXXXXX";
    close(mkstemp(path));
    mlp_named *list = NULL;
    mlp_tensor *t = NULL;
    mlp_saving *saving = NULL;
    uint8_t *want = NULL, *got = NULL;
    size_t want_size, got_size;
    ck_assert(!mlp_named_new(&list, &err));
    ck_assert(!mlp_tensor_full(&t, MLP_F32, 2, (int64_t[]){ 512, 1024 }, 1.5, &err));
    ck_assert(!mlp_named_add(list, "weight", t, &err));
    ck_assert(!mlp_named_set_meta(list, "epoch", "3", &err));
    ck_assert(!mlp_safetensors_encode(&want, &want_size, list, &err));
    ck_assert(!mlp_safetensors_begin(&saving, path, list, &err));
    mlp_named_release(list);
    mlp_tensor_release(t);
    ck_assert_msg(!mlp_saving_end(saving, &err), "%s", err.text);
    ck_assert(!mlp_file_read(&got, &got_size, path, 1 << 24, &err));
    ck_assert_uint_eq(got_size, want_size);
    ck_assert_mem_eq(got, want, want_size);
    free(got);
    free(want);
    unlink(path);
}
END_TEST

START_TEST(a_thread_that_cannot_save_says_so_at_the_end)
{
    mlp_named *list = NULL;
    mlp_saving *saving = NULL;
    ck_assert(!mlp_named_new(&list, &err));
    ck_assert(!mlp_safetensors_begin(&saving, "/tmp/mlp no such folder/net.safetensors", list, &err));
    ck_assert_int_eq(mlp_saving_end(saving, &err), MLP_EIO);
    ck_assert_ptr_nonnull(strstr(err.text, "'/tmp/mlp no such folder/net.safetensors'"));
    ck_assert(!mlp_named_set_meta(list, "name", "\xff", &err));
    saving = NULL;
    ck_assert_int_eq(mlp_safetensors_begin(&saving, "/tmp/mlp_behind", list, &err), MLP_EINVAL);
    ck_assert_ptr_null(saving);
    ck_assert(!mlp_saving_end(NULL, &err));
    mlp_named_release(list);
}
END_TEST

START_TEST(base64_has_the_standards_letters)
{
    static const char *const pairs[][2] = { { "", "" },
                                            { "f", "Zg==" },
                                            { "fo", "Zm8=" },
                                            { "foo", "Zm9v" },
                                            { "foob", "Zm9vYg==" },
                                            { "fooba", "Zm9vYmE=" },
                                            { "foobar", "Zm9vYmFy" } };
    for (size_t i = 0; i < COUNT(pairs); i++) {
        char letters[9] = { 0 };
        size_t length = strlen(pairs[i][0]);
        ck_assert_uint_eq(mlp_base64_letters(length), strlen(pairs[i][1]));
        mlp_base64(letters, pairs[i][0], length);
        ck_assert_str_eq(letters, pairs[i][1]);
    }
    char letters[4];
    mlp_base64(letters, "\x03\xef\xff", 3);
    ck_assert_mem_eq(letters, "A+//", 4);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_writer_makes_the_golden_files,
        metadata_and_names_are_sorted_and_checked,
        legal_oddities_of_safetensors_are_read,
        hostile_safetensors_are_refused_with_a_reason,
        numbers_above_i64_are_refused,
        npy_files_are_numpys_byte_for_byte,
        orders_types_and_versions_are_converted,
        legal_oddities_of_npy_are_read,
        hostile_npy_files_are_refused_with_a_reason,
        npz_goes_there_and_back_stored_and_packed,
        npz_members_that_are_not_asked_for_are_not_unpacked,
        hostile_npz_files_are_refused_with_a_reason,
        no_truncation_or_flipped_byte_of_a_file_is_a_crash,
        mutated_files_give_an_error_or_arrays,
        saving_and_loading_name_the_path,
        a_list_finds_each_of_many_names,
        sha256_has_the_standards_values,
        what_a_thread_saves_is_the_same_file,
        a_thread_that_cannot_save_says_so_at_the_end,
        base64_has_the_standards_letters,
    };
    return run_suite("io", tests, COUNT(tests));
}
