/* test_data_idx.c - IDX files: plain, gzip, damaged and hostile. */
#include "data_help.h"

#include <zlib.h>

enum { N = 6, ROWS = 3, COLUMNS = 2 };

static size_t images_bytes(uint8_t *out, int n, int shift)
{
    uint8_t head[16] = { 0, 0, 8, 3, 0, 0, 0, (uint8_t)n, 0, 0, 0, ROWS, 0, 0, 0, COLUMNS };
    memcpy(out, head, 16);
    for (int i = 0; i < n * ROWS * COLUMNS; i++) out[16 + i] = (uint8_t)(i + shift);
    return 16 + (size_t)n * ROWS * COLUMNS;
}

static size_t labels_bytes(uint8_t *out, int n)
{
    uint8_t head[8] = { 0, 0, 8, 1, 0, 0, 0, (uint8_t)n };
    memcpy(out, head, 8);
    for (int i = 0; i < n; i++) out[8 + i] = (uint8_t)(i % 3);
    return 8 + (size_t)n;
}

static void write_packed(const char *name, const uint8_t *bytes, size_t n)
{
    write_bytes(name, "", 0); /* makes its folder */
    gzFile f = gzopen(at(name), "wb");
    ck_assert_int_eq(gzwrite(f, bytes, (unsigned)n), (int)n);
    ck_assert_int_eq(gzclose(f), Z_OK);
}

static void write_pair(const char *images, const char *labels, int n, int shift, bool packed)
{
    uint8_t bytes[4096];
    size_t size = images_bytes(bytes, n, shift);
    packed ? write_packed(images, bytes, size) : write_bytes(images, bytes, size);
    size = labels_bytes(bytes, n);
    packed ? write_packed(labels, bytes, size) : write_bytes(labels, bytes, size);
}

static mlp_data_kind kind_of(const char *path)
{
    mlp_data_kind kind;
    OK(mlp_data_recognise(&kind, path, err));
    return kind;
}

static mlp_status open_pair(mlp_dataset **d, const char *images, const char *labels, mlp_error *err)
{
    mlp_data_options o = mlp_data_defaults();
    char a[1300], b[1300];
    strcpy(a, at(images));
    strcpy(b, at(labels));
    mlp_idx_pair pair = { a, b, MLP_NO_PART };
    return mlp_idx_open(d, &pair, 1, &o, err);
}

START_TEST(a_pair_opens_plain_and_packed_with_the_same_content)
{
    char fingerprint[2][MLP_FINGERPRINT];
    write_pair("i", "l", N, 0, false);
    write_pair("i.gz", "l.gz", N, 0, true);
    for (int packed = 0; packed < 2; packed++) {
        mlp_dataset *d = NULL;
        OK(open_pair(&d, packed ? "i.gz" : "i", packed ? "l.gz" : "l", err));
        ck_assert_int_eq(mlp_dataset_count(d), N);
        ck_assert_int_eq(mlp_dataset_classes(d), 3);
        ck_assert_str_eq(mlp_dataset_class(d, 2), "2");
        ck_assert_int_eq(mlp_dataset_label(d, 4), 1);
        ck_assert_int_eq(mlp_dataset_channels(d), 1);
        mlp_image *image = NULL;
        OK(mlp_dataset_image(&image, d, 1, err));
        ck_assert_int_eq(image->width, COLUMNS);
        ck_assert_int_eq(image->height, ROWS);
        ck_assert_int_eq(image->channels, 1);
        ck_assert_int_eq(image->pixels[0], ROWS * COLUMNS);
        mlp_image_release(image);
        char *path = NULL;
        OK(mlp_dataset_path(&path, d, 5, err));
        ck_assert_ptr_nonnull(strstr(path, packed ? "/i.gz[6]" : "/i[6]"));
        free(path);
        OK(mlp_dataset_fingerprint(fingerprint[packed], d, err));
        mlp_dataset_release(d);
    }
    ck_assert_str_eq(fingerprint[0], fingerprint[1]);
}
END_TEST

START_TEST(three_channels_on_demand)
{
    write_pair("i", "l", N, 0, false);
    mlp_data_options o = mlp_data_defaults();
    o.decode.channels = 3;
    char a[1300], b[1300];
    strcpy(a, at("i"));
    strcpy(b, at("l"));
    mlp_idx_pair pair = { a, b, MLP_NO_PART };
    mlp_dataset *d = NULL;
    mlp_image *image = NULL;
    OK(mlp_idx_open(&d, &pair, 1, &o, err));
    OK(mlp_dataset_image(&image, d, 1, err));
    ck_assert_int_eq(image->channels, 3);
    ck_assert_int_eq(image->pixels[5], 7);
    mlp_image_release(image);
    mlp_dataset_release(d);
}
END_TEST

START_TEST(folders_are_recognised_by_the_names_in_them)
{
    mlp_data_options o = mlp_data_defaults();
    mlp_dataset *d = NULL, *part = NULL;
    write_pair("m/train-images-idx3-ubyte.gz", "m/train-labels-idx1-ubyte.gz", N, 0, true);
    write_pair("m/t10k-images.idx3-ubyte", "m/t10k-labels.idx1-ubyte", 3, 100, false);
    write_text("m/classes.txt", "shirt\nshoe\r\nbag\n");
    ck_assert_int_eq(kind_of(at("m")), MLP_DATA_IDX_FOLDER);
    ck_assert_int_eq(kind_of(at("m/t10k-labels.idx1-ubyte")), MLP_DATA_IDX_FILE);
    ck_assert_int_eq(kind_of(at("m/train-images-idx3-ubyte.gz")), MLP_DATA_IDX_FILE);
    ck_assert_int_eq(kind_of(at("m/classes.txt")), MLP_DATA_NOTHING);
    ck_assert_int_eq(kind_of(at("absent")), MLP_DATA_NOTHING);
    OK(mlp_idx_folder_open(&d, at("m"), MLP_NO_PART, &o, err));
    ck_assert_int_eq(mlp_dataset_count(d), N + 3);
    ck_assert_str_eq(mlp_dataset_class(d, 1), "shoe");
    OK(mlp_dataset_part(&part, d, MLP_TEST, err));
    ck_assert_int_eq(mlp_dataset_count(part), 3);
    ck_assert_int_eq(mlp_dataset_sample(part, 0), N);
    mlp_dataset_release(part);
    mlp_dataset_release(d);
    OK(mlp_idx_folder_open(&d, at("m"), MLP_TEST, &o, err));
    ck_assert_int_eq(mlp_dataset_count(d), 3);
    mlp_image *image = NULL;
    OK(mlp_dataset_image(&image, d, 0, err));
    ck_assert_int_eq(image->pixels[0], 100);
    mlp_image_release(image);
    mlp_dataset_release(d);
    FAILS(MLP_EFORMAT, "no IDX files of the val part", mlp_idx_folder_open(&d, at("m"), MLP_VAL, &o, err));
    OK(mlp_idx_file_open(&d, at("m/t10k-labels.idx1-ubyte"), &o, err));
    ck_assert_int_eq(mlp_dataset_count(d), 3);
    mlp_dataset_release(d);
}
END_TEST

START_TEST(the_folders_that_torchvision_leaves_are_found)
{
    mlp_data_options o = mlp_data_defaults();
    mlp_dataset *d = NULL;
    write_pair("t/MNIST/raw/train-images-idx3-ubyte", "t/MNIST/raw/train-labels-idx1-ubyte", N, 0, false);
    write_pair("t/MNIST/raw/train-images-idx3-ubyte.gz", "t/MNIST/raw/train-labels-idx1-ubyte.gz", N, 0, true);
    ck_assert_int_eq(kind_of(at("t")), MLP_DATA_IDX_FOLDER);
    ck_assert_int_eq(kind_of(at("t/MNIST")), MLP_DATA_IDX_FOLDER);
    OK(mlp_idx_folder_open(&d, at("t"), MLP_TRAIN, &o, err));
    ck_assert_int_eq(mlp_dataset_count(d), N);
    mlp_dataset_release(d);
    write_pair("t/Other/raw/train-images-idx3-ubyte", "t/Other/raw/train-labels-idx1-ubyte", N, 0, false);
    FAILS(MLP_EFORMAT, "holds several data sets", mlp_idx_folder_open(&d, at("t"), MLP_TRAIN, &o, err));
}
END_TEST

START_TEST(missing_partners_and_mixed_families_are_named)
{
    mlp_data_options o = mlp_data_defaults();
    mlp_dataset *d = NULL;
    uint8_t bytes[4096];
    make_folder("none");
    FAILS(MLP_EFORMAT, "has no IDX files; expected names such as",
          mlp_idx_folder_open(&d, at("none"), MLP_TRAIN, &o, err));
    FAILS(MLP_EIO, "there is no folder", mlp_idx_folder_open(&d, at("absent"), MLP_TRAIN, &o, err));
    write_bytes("alone/train-images-idx3-ubyte", bytes, images_bytes(bytes, N, 0));
    FAILS(MLP_EFORMAT, "has no labels beside it", mlp_idx_folder_open(&d, at("alone"), MLP_TRAIN, &o, err));
    write_pair("two/a-train-images-idx3-ubyte", "two/a-train-labels-idx1-ubyte", N, 0, false);
    write_pair("two/b-train-images-idx3-ubyte", "two/b-train-labels-idx1-ubyte", N, 0, false);
    FAILS(MLP_EFORMAT, "are both the train part", mlp_idx_folder_open(&d, at("two"), MLP_TRAIN, &o, err));
    write_bytes("odd", bytes, images_bytes(bytes, N, 0));
    FAILS(MLP_EFORMAT, "pass both, data.IDX(IMAGES, LABELS)", mlp_idx_file_open(&d, at("odd"), &o, err));
    write_pair("few/train-images-idx3-ubyte", "few/train-labels-idx1-ubyte", N, 0, false);
    write_text("few/classes.txt", "one\ntwo\n");
    FAILS(MLP_EFORMAT, "names 2 classes, but labels go up to 2",
          mlp_idx_folder_open(&d, at("few"), MLP_TRAIN, &o, err));
}
END_TEST

/* Opens images made of these bytes beside good labels. */
static mlp_status open_images(const void *bytes, size_t n, bool packed, mlp_error *err)
{
    uint8_t labels[64];
    mlp_dataset *d = NULL;
    write_bytes("labels", labels, labels_bytes(labels, N));
    packed ? write_packed("images", bytes, n) : write_bytes("images", bytes, n);
    return open_pair(&d, "images", "labels", err);
}

START_TEST(hostile_headers_are_refused_before_memory_is_asked_for)
{
    uint8_t good[4096], bad[4096];
    size_t n = images_bytes(good, N, 0), before = mlp_block_bytes_in_use();
    FAILS(MLP_EFORMAT, "ends early", open_images(good, 0, false, err));
    FAILS(MLP_EFORMAT, "ends early", open_images(good, 9, false, err));
    FAILS(MLP_EFORMAT, "its header promises 36 bytes of pictures, the file has 35",
          open_images(good, n - 1, false, err));
    FAILS(MLP_EFORMAT, "the file has 37", open_images(good, n + 1, false, err));
    memcpy(bad, good, n);
    memset(bad + 4, 0xff, 4);
    FAILS(MLP_EFORMAT, "is damaged: its header promises 25769803770 bytes", open_images(bad, n, false, err));
    FAILS(MLP_EFORMAT, "packed bytes can hold", open_images(bad, n, true, err));
    memset(bad + 4, 0xff, 12);
    FAILS(MLP_EFORMAT, "beyond the limit", open_images(bad, n, false, err));
    memcpy(bad, good, n);
    memset(bad + 8, 0, 4);
    FAILS(MLP_EFORMAT, "has no pictures: dimension 2 is 0", open_images(bad, n, false, err));
    memcpy(bad, good, n);
    bad[2] = 13;
    FAILS(MLP_EFORMAT, "IDX type 0x0d", open_images(bad, n, false, err));
    bad[0] = 'x';
    FAILS(MLP_EFORMAT, "is not an IDX file: it begins with 78 00", open_images(bad, n, false, err));
    FAILS(MLP_EFORMAT, "are pictures and labels swapped?", open_images(bad, labels_bytes(bad, N), false, err));
    images_bytes(bad, N - 1, 0);
    FAILS(MLP_EFORMAT, "has 5 pictures, but", open_images(bad, n - ROWS * COLUMNS, false, err));
    ck_assert_uint_eq(mlp_block_bytes_in_use(), before);
}
END_TEST

START_TEST(damaged_gzip_is_refused)
{
    uint8_t bytes[4096], packed[4096];
    size_t n = images_bytes(bytes, N, 0), before = mlp_block_bytes_in_use();
    FAILS(MLP_EFORMAT, "ends early: its header promises 36 bytes, found 35", open_images(bytes, n - 1, true, err));
    FAILS(MLP_EFORMAT, "more follows", open_images(bytes, n + 1, true, err));
    write_packed("whole", bytes, n);
    FILE *f = fopen(at("whole"), "rb");
    size_t size = fread(packed, 1, sizeof packed, f);
    fclose(f);
    FAILS(MLP_EFORMAT, "images'", open_images(packed, size - 4, false, err)); /* without the end of the checksum */
    packed[size - 6] ^= 1;
    FAILS(MLP_EFORMAT, "cannot unpack", open_images(packed, size, false, err));
    ck_assert_uint_eq(mlp_block_bytes_in_use(), before);
}
END_TEST

START_TEST(labels_that_are_all_zero_are_a_single_class)
{
    uint8_t bytes[64] = { 0, 0, 8, 1, 0, 0, 0, N };
    uint8_t images[4096];
    mlp_dataset *d = NULL;
    write_bytes("labels", bytes, 8 + N);
    write_bytes("images", images, images_bytes(images, N, 0));
    FAILS(MLP_EFORMAT, "has a single class: every label is 0", open_pair(&d, "images", "labels", err));
    FAILS(MLP_EIO, "No such file", open_pair(&d, "images", "absent", err));
    make_folder("folder");
    FAILS(MLP_EIO, "not a regular file", open_pair(&d, "folder", "labels", err));
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("data_idx");
    tcase_add_checked_fixture(c, make_root, remove_root);
    tcase_add_test(c, a_pair_opens_plain_and_packed_with_the_same_content);
    tcase_add_test(c, three_channels_on_demand);
    tcase_add_test(c, folders_are_recognised_by_the_names_in_them);
    tcase_add_test(c, the_folders_that_torchvision_leaves_are_found);
    tcase_add_test(c, missing_partners_and_mixed_families_are_named);
    tcase_add_test(c, hostile_headers_are_refused_before_memory_is_asked_for);
    tcase_add_test(c, damaged_gzip_is_refused);
    tcase_add_test(c, labels_that_are_all_zero_are_a_single_class);
    return run_tests("data_idx", c);
}
