/* test_data_split.c - splits, subsets and views. */
#include "data_help.h"

/* A data set with counts[j] pictures of class j; nothing in it is ever decoded. */
static mlp_dataset *with_counts(const int *counts, int classes)
{
    char name[64];
    for (int j = 0; j < classes; j++)
        for (int i = 0; i < counts[j]; i++) {
            snprintf(name, sizeof name, "d/class%02d/%05d.png", j, i);
            write_text(name, "");
        }
    return open_folder("d");
}

static void count_in(const mlp_dataset *d, int64_t *counts, int classes)
{
    ck_assert_int_eq(mlp_dataset_classes(d), classes);
    mlp_dataset_class_counts(d, counts);
}

START_TEST(a_split_gives_every_class_its_share_and_the_total_is_right)
{
    const int counts[] = { 570, 273, 257, 179, 161, 145, 118, 85 };
    mlp_dataset *d = with_counts(counts, 8), *train = NULL, *val = NULL;
    int64_t got[8], sum = 0;
    OK(mlp_dataset_split(&train, &val, d, 0.2, true, false, 42, err));
    ck_assert_int_eq(mlp_dataset_count(val), 358); /* 1788 * 0.2 = 357.6 */
    ck_assert_int_eq(mlp_dataset_count(train), 1430);
    count_in(val, got, 8);
    const int64_t expected[] = { 114, 55, 51, 36, 32, 29, 24, 17 }; /* shares 114 54.6 51.4 35.8 32.2 29 23.6 17 */
    for (int j = 0; j < 8; j++) {
        ck_assert_int_eq(got[j], expected[j]);
        sum += got[j];
    }
    ck_assert_int_eq(sum, 358);
    mlp_dataset_release(train);
    mlp_dataset_release(val);
    mlp_dataset_release(d);
}
END_TEST

START_TEST(the_parts_of_a_split_are_disjoint_complete_and_in_order)
{
    const int counts[] = { 7, 12, 3 };
    mlp_dataset *d = with_counts(counts, 3);
    for (int stratify = 0; stratify < 2; stratify++) {
        mlp_dataset *train = NULL, *val = NULL;
        int seen[22] = { 0 };
        OK(mlp_dataset_split(&train, &val, d, 0.3, stratify, false, 7, err));
        ck_assert_int_eq(mlp_dataset_count(val), 7);
        for (int side = 0; side < 2; side++) {
            mlp_dataset *part = side ? val : train;
            for (int64_t i = 0; i < mlp_dataset_count(part); i++) {
                seen[mlp_dataset_sample(part, i)]++;
                if (i) ck_assert_int_gt(mlp_dataset_sample(part, i), mlp_dataset_sample(part, i - 1));
            }
        }
        for (int i = 0; i < 22; i++) ck_assert_int_eq(seen[i], 1);
        mlp_dataset_release(train);
        mlp_dataset_release(val);
    }
    mlp_dataset_release(d);
}
END_TEST

START_TEST(a_split_follows_from_its_seed)
{
    const int counts[] = { 40, 40 };
    mlp_dataset *d = with_counts(counts, 2), *train = NULL, *a = NULL, *b = NULL, *c = NULL;
    char fa[MLP_FINGERPRINT], fb[MLP_FINGERPRINT], fc[MLP_FINGERPRINT];
    OK(mlp_dataset_split(&train, &a, d, 0.25, true, false, 1, err));
    mlp_dataset_release(train);
    OK(mlp_dataset_split(&train, &b, d, 0.25, true, false, 1, err));
    mlp_dataset_release(train);
    OK(mlp_dataset_split(&train, &c, d, 0.25, true, false, 2, err));
    mlp_dataset_release(train);
    OK(mlp_dataset_fingerprint(fa, a, err));
    OK(mlp_dataset_fingerprint(fb, b, err));
    OK(mlp_dataset_fingerprint(fc, c, err));
    ck_assert_str_eq(fa, fb);
    ck_assert_str_ne(fa, fc);
    mlp_dataset_release(a);
    mlp_dataset_release(b);
    mlp_dataset_release(c);
    mlp_dataset_release(d);
}
END_TEST

START_TEST(small_classes_are_on_both_sides_and_single_pictures_stay)
{
    const int counts[] = { 100, 2, 1, 2, 3 };
    mlp_dataset *d = with_counts(counts, 5), *train = NULL, *val = NULL;
    int64_t got[5];
    OK(mlp_dataset_split(&train, &val, d, 0.1, true, false, 3, err));
    count_in(val, got, 5);
    ck_assert_int_eq(mlp_dataset_count(val), 11);
    ck_assert_int_eq(got[0], 8);
    ck_assert_int_eq(got[1], 1);
    ck_assert_int_eq(got[2], 0);
    ck_assert_int_eq(got[3], 1);
    ck_assert_int_eq(got[4], 1);
    mlp_dataset_release(train);
    mlp_dataset_release(val);
    train = val = NULL;
    OK(mlp_dataset_split(&train, &val, d, 0.95, true, false, 3, err));
    count_in(train, got, 5);
    ck_assert_int_eq(got[1], 1);
    ck_assert_int_eq(got[2], 1);
    ck_assert_int_eq(got[4], 1);
    mlp_dataset_release(train);
    mlp_dataset_release(val);
    mlp_dataset_release(d);
}
END_TEST

START_TEST(impossible_splits_are_refused)
{
    const int counts[] = { 1, 1 };
    mlp_dataset *d = with_counts(counts, 2), *a = NULL, *b = NULL, *one = NULL;
    FAILS(MLP_EINVAL, "the fraction is 0", mlp_dataset_split(&a, &b, d, 0, true, false, 1, err));
    FAILS(MLP_EINVAL, "the fraction is 1", mlp_dataset_split(&a, &b, d, 1, true, false, 1, err));
    FAILS(MLP_EINVAL, "no class has two pictures", mlp_dataset_split(&a, &b, d, 0.5, true, false, 1, err));
    int64_t first = 0, outside = 2;
    OK(mlp_dataset_subset(&one, d, &first, 1, err));
    FAILS(MLP_EINVAL, "has 1 sample, expected at least 2", mlp_dataset_split(&a, &b, one, 0.5, false, false, 1, err));
    FAILS(MLP_EINDEX, "subset: sample 3 is outside of the data set: it has 2",
          mlp_dataset_subset(&a, d, &outside, 1, err));
    FAILS(MLP_EINVAL, "empty", mlp_dataset_subset(&a, d, &outside, 0, err));
    mlp_dataset_release(one);
    mlp_dataset_release(d);
}
END_TEST

START_TEST(divide_splits_into_two_or_three)
{
    const int counts[] = { 50, 50 };
    mlp_dataset *d = with_counts(counts, 2), *part[MLP_PARTS];
    OK(mlp_dataset_divide(part, d, 0.2, 0, true, MLP_ALLOWED, 1, err));
    ck_assert_int_eq(mlp_dataset_count(part[MLP_TRAIN]), 80);
    ck_assert_int_eq(mlp_dataset_count(part[MLP_VAL]), 20);
    ck_assert_ptr_null(part[MLP_TEST]);
    for (int i = 0; i < MLP_PARTS; i++) mlp_dataset_release(part[i]);
    OK(mlp_dataset_divide(part, d, 0.15, 0.15, true, MLP_ALLOWED, 1, err));
    ck_assert_int_eq(mlp_dataset_count(part[MLP_TRAIN]), 70);
    ck_assert_int_eq(mlp_dataset_count(part[MLP_VAL]), 15);
    ck_assert_int_eq(mlp_dataset_count(part[MLP_TEST]), 15);
    for (int i = 0; i < MLP_PARTS; i++) mlp_dataset_release(part[i]);
    FAILS(MLP_EINVAL, "split: val is 0.6, expected more than 0 and less than 0.5",
          mlp_dataset_divide(part, d, 0.6, 0.5, true, MLP_ALLOWED, 1, err));
    FAILS(MLP_EINVAL, "the fraction is 1.5", mlp_dataset_divide(part, d, 0.6, 1.5, true, MLP_ALLOWED, 1, err));
    mlp_dataset_release(d);
}
END_TEST

START_TEST(divide_keeps_the_folders_own_parts_and_makes_the_missing_one)
{
    char name[64];
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "d/train/%s/%d.png", i % 2 ? "cat" : "dog", i);
        write_text(name, "");
        snprintf(name, sizeof name, "d/test/%s/%d.png", i % 2 ? "cat" : "dog", i);
        write_text(name, "");
    }
    mlp_dataset *d = open_folder("d"), *part[MLP_PARTS];
    OK(mlp_dataset_divide(part, d, 0.2, 0.5, true, MLP_ALLOWED, 1, err));
    ck_assert_int_eq(mlp_dataset_count(part[MLP_TRAIN]), 16);
    ck_assert_int_eq(mlp_dataset_count(part[MLP_VAL]), 4);
    ck_assert_int_eq(mlp_dataset_count(part[MLP_TEST]), 20);
    for (int64_t i = 0; i < 4; i++) {
        char *path = NULL;
        OK(mlp_dataset_path(&path, part[MLP_VAL], i, err));
        ck_assert_ptr_nonnull(strstr(path, "d/train/"));
        free(path);
    }
    for (int i = 0; i < MLP_PARTS; i++) mlp_dataset_release(part[i]);
    mlp_dataset_release(d);
}
END_TEST

/* ---- groups ---- */

START_TEST(groups_are_dealt_out_whole)
{
    const int counts[] = { 12, 12 };
    const double half[] = { 0.5, 0.5 };
    int64_t group[24], of_class[2][2] = { { 0 } };
    mlp_dataset *d = with_counts(counts, 2);
    mlp_tensor *part = NULL;
    for (int i = 0; i < 24; i++) group[i] = i % 12 / 3; /* four groups of three samples of each class */
    OK(mlp_dataset_deal(&part, d, group, half, 2, true, false, 1, err));
    const int64_t *of = mlp_tensor_data(part);
    for (int i = 0; i < 24; i++) {
        ck_assert_int_eq(of[i], of[group[i] * 3]);
        of_class[of[i]][mlp_dataset_label(d, i)]++;
    }
    for (int p = 0; p < 2; p++)
        for (int j = 0; j < 2; j++) ck_assert_int_eq(of_class[p][j], 6);
    mlp_tensor_release(part);
    mlp_dataset_release(d);
}
END_TEST

START_TEST(senseless_groups_are_refused)
{
    const int counts[] = { 2, 2 };
    const double half[] = { 0.5, 0.5 }, none[] = { 1, 0 };
    int64_t group[] = { 0, 1, 2, 4 };
    mlp_dataset *d = with_counts(counts, 2);
    mlp_tensor *part = NULL;
    FAILS(MLP_EINVAL, "the group of sample 4 has number 4, expected 0 to 3",
          mlp_dataset_deal(&part, d, group, half, 2, true, false, 1, err));
    group[3] = 0;
    FAILS(MLP_EINVAL, "a part's share is 1", mlp_dataset_deal(&part, d, group, none, 2, true, false, 1, err));
    FAILS(MLP_EINVAL, "1 parts, expected 2", mlp_dataset_deal(&part, d, group, half, 1, true, false, 1, err));
    ck_assert_ptr_null(part);
    mlp_dataset_release(d);
}
END_TEST

START_TEST(columns_belong_to_what_was_opened)
{
    const int counts[] = { 2, 2 };
    const char *const text[] = { "ann", "bo", "", "ann" };
    const int64_t last = 3;
    mlp_dataset *d = with_counts(counts, 2), *view = NULL;
    FAILS(MLP_EINVAL, "column 'who' has 3 texts", mlp_dataset_add_column(d, "who", text, 3, err));
    ck_assert_ptr_null(mlp_dataset_column_name(d, 0));
    OK(mlp_dataset_add_column(d, "who", text, 4, err));
    OK(mlp_dataset_add_column(d, "where", text, 4, err));
    OK(mlp_dataset_subset(&view, d, &last, 1, err));
    mlp_dataset_release(d);
    ck_assert_str_eq(mlp_dataset_column_name(view, 1), "where");
    ck_assert_ptr_null(mlp_dataset_column_name(view, 2));
    ck_assert_str_eq(mlp_dataset_column_text(view, 0, 0), "ann");
    mlp_dataset_release(view);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("data_split");
    tcase_add_checked_fixture(c, make_root, remove_root);
    tcase_add_test(c, a_split_gives_every_class_its_share_and_the_total_is_right);
    tcase_add_test(c, the_parts_of_a_split_are_disjoint_complete_and_in_order);
    tcase_add_test(c, a_split_follows_from_its_seed);
    tcase_add_test(c, small_classes_are_on_both_sides_and_single_pictures_stay);
    tcase_add_test(c, impossible_splits_are_refused);
    tcase_add_test(c, divide_splits_into_two_or_three);
    tcase_add_test(c, divide_keeps_the_folders_own_parts_and_makes_the_missing_one);
    tcase_add_test(c, groups_are_dealt_out_whole);
    tcase_add_test(c, senseless_groups_are_refused);
    tcase_add_test(c, columns_belong_to_what_was_opened);
    return run_tests("data_split", c);
}
