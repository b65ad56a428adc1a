/* test_data.c - class folders: what is found, in which order, what is passed over and what is refused. */
#include "data/scan_private.h"
#include "data_help.h"

#include <dirent.h>
#include <fcntl.h>

static void two_classes(const char *folder)
{
    char name[300];
    snprintf(name, sizeof name, "%s/cat/1.png", folder);
    write_picture(name, 4, 3, 10);
    snprintf(name, sizeof name, "%s/dog/1.png", folder);
    write_picture(name, 4, 3, 20);
}

static mlp_status open_with(mlp_on_bad on_bad, bool allow_empty, const char *name, mlp_dataset **d, mlp_error *err)
{
    mlp_data_options o = mlp_data_defaults();
    o.on_bad = on_bad;
    o.allow_empty = allow_empty;
    return mlp_image_folder_open(d, at(name), &o, err);
}

START_TEST(classes_and_files_are_sorted_by_code_point_at_any_depth)
{
    write_picture("d/b/z.png", 2, 2, 1);
    write_picture("d/b/deep/er/a.PNG", 2, 2, 2);
    write_picture("d/B/one.Png", 2, 2, 3);
    write_picture("d/a-b/x.png", 2, 2, 4);
    write_picture("d/a/y.png", 2, 2, 5);
    mlp_dataset *d = open_folder("d");
    ck_assert_int_eq(mlp_dataset_count(d), 5);
    ck_assert_int_eq(mlp_dataset_classes(d), 4);
    const char *expected[] = { "B", "a", "a-b", "b" };
    for (int i = 0; i < 4; i++) ck_assert_str_eq(mlp_dataset_class(d, i), expected[i]);
    expect_path(d, 0, "d/B/one.Png");
    expect_path(d, 1, "d/a/y.png");
    expect_path(d, 2, "d/a-b/x.png");
    expect_path(d, 3, "d/b/deep/er/a.PNG");
    expect_path(d, 4, "d/b/z.png");
    ck_assert_int_eq(mlp_dataset_label(d, 4), 3);
    mlp_image *image = NULL;
    OK(mlp_dataset_image(&image, d, 1, err));
    ck_assert_int_eq(image->pixels[0], 5);
    ck_assert_int_eq(image->channels, 3);
    mlp_image_release(image);
    mlp_dataset_release(d);
}
END_TEST

START_TEST(hidden_and_editor_files_are_passed_over_and_counted)
{
    two_classes("d");
    write_text("d/cat/.DS_Store", "x");
    write_text("d/cat/Thumbs.db", "x");
    write_text("d/cat/._1.png", "x");
    write_text("d/dog/1.png~", "x");
    write_text("d/.git/1.png", "x");
    write_text("d/__MACOSX/cat/1.png", "x");
    write_text("d/cat/notes.TXT", "x");
    write_text("d/cat/more.txt", "x");
    write_text("d/dog/film.avi", "x");
    write_text("d/dog/README", "x");
    write_picture("d/loose.png", 2, 2, 1);
    mlp_dataset *d = open_folder("d");
    const mlp_passed_over *p = mlp_dataset_passed_over(d);
    ck_assert_int_eq(mlp_dataset_count(d), 2);
    ck_assert_int_eq(mlp_dataset_classes(d), 2);
    ck_assert_int_eq(p->hidden, 6);
    ck_assert_int_eq(p->other, 4);
    ck_assert_int_eq(p->loose, 1);
    int64_t txt = 0, none = 0;
    for (int i = 0; i < p->extensions; i++) {
        if (strcmp(p->extension[i].text, ".txt") == 0) txt = p->extension[i].count;
        if (p->extension[i].text[0] == 0) none = p->extension[i].count;
    }
    ck_assert_int_eq(txt, 2);
    ck_assert_int_eq(none, 1);
    mlp_dataset_release(d);
}
END_TEST

START_TEST(more_kinds_of_extensions_than_are_counted_apart_are_gathered)
{
    two_classes("d");
    for (int i = 0; i < MLP_MAX_EXTENSIONS + 20; i++) {
        char name[64];
        snprintf(name, sizeof name, "d/cat/file.x%d", i);
        write_text(name, "x");
    }
    write_text("d/cat/file.a-very-long-extension-indeed", "x");
    mlp_dataset *d = open_folder("d");
    const mlp_passed_over *p = mlp_dataset_passed_over(d);
    ck_assert_int_eq(p->extensions, MLP_MAX_EXTENSIONS);
    int64_t sum = 0;
    for (int i = 0; i < p->extensions; i++) sum += p->extension[i].count;
    ck_assert_int_eq(sum, MLP_MAX_EXTENSIONS + 21);
    ck_assert_int_eq(p->other, sum);
    mlp_dataset_release(d);
}
END_TEST

START_TEST(odd_names_are_only_names)
{
    const char *odd[] = { "d/a b/p q.png", "d/new\nline/x\ty.png", "d/%s%n/%d.png", "d/\xff\xfe/\xc3\x28.png",
                          "d/x.png/y.png", "d/-rf/--.png",         "d/'q\"/`.png" };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) write_picture(odd[i], 2, 2, (int)i);
    mlp_dataset *d = open_folder("d");
    ck_assert_int_eq(mlp_dataset_count(d), 7);
    ck_assert_int_eq(mlp_dataset_classes(d), 7);
    ck_assert_str_eq(mlp_dataset_class(d, 6), "\xff\xfe");
    for (int64_t i = 0; i < 7; i++) {
        mlp_image *image = NULL;
        OK(mlp_dataset_image(&image, d, i, err));
        mlp_image_release(image);
    }
    mlp_dataset_release(d);
    write_text("bad/%s%n/%s.png", "not a picture");
    write_picture("bad/ok/1.png", 2, 2, 1);
    d = open_folder("bad");
    mlp_image *image = NULL;
    FAILS(MLP_EFORMAT, "%s%n/%s.png", mlp_dataset_image(&image, d, 0, err));
    mlp_dataset_release(d);
}
END_TEST

START_TEST(links_are_followed_and_circles_end)
{
    two_classes("d");
    write_picture("elsewhere/far.png", 2, 2, 1);
    ck_assert_int_eq(symlink(at("elsewhere"), at("d/cat/linked")), 0);
    ck_assert_int_eq(symlink(at("elsewhere"), at("d/cat/twice")), 0);
    ck_assert_int_eq(symlink(".", at("d/cat/self")), 0);
    ck_assert_int_eq(symlink("../..", at("d/cat/up")), 0);
    ck_assert_int_eq(symlink(at("d/dog/1.png"), at("d/dog/2.png")), 0);
    ck_assert_int_eq(symlink(at("d/dog"), at("d/wolf")), 0);
    mlp_dataset *d = open_folder("d");
    ck_assert_int_eq(mlp_dataset_count(d), 6);
    expect_path(d, 1, "d/cat/linked/far.png");
    expect_path(d, 4, "d/wolf/1.png");
    ck_assert_int_eq(mlp_dataset_passed_over(d)->repeats, 3);
    mlp_dataset_release(d);
}
END_TEST

START_TEST(links_that_lead_out_are_counted_and_followed_or_not)
{
    two_classes("d");
    write_picture("elsewhere/far.png", 2, 2, 1);
    write_picture("d-near/near.png", 2, 2, 1); /* its name begins like the folder's */
    ck_assert_int_eq(symlink(at("elsewhere"), at("d/cat/linked")), 0);
    ck_assert_int_eq(symlink(at("d-near/near.png"), at("d/cat/near.png")), 0);
    ck_assert_int_eq(symlink(at("elsewhere"), at("d/wolf")), 0);
    ck_assert_int_eq(symlink("1.png", at("d/dog/2.png")), 0);
    mlp_dataset *d = open_folder("d");
    ck_assert_int_eq(mlp_dataset_count(d), 6);
    ck_assert_int_eq(mlp_dataset_passed_over(d)->links_out, 3);
    mlp_dataset_release(d);
    mlp_data_options inside = mlp_data_defaults();
    inside.stay_inside = true;
    OK(mlp_image_folder_open(&d, at("d"), &inside, err));
    ck_assert_int_eq(mlp_dataset_count(d), 3);
    ck_assert_int_eq(mlp_dataset_classes(d), 2);
    ck_assert_int_eq(mlp_dataset_passed_over(d)->links_out, 3);
    ck_assert(mlp_dataset_passed_over(d)->stayed_inside);
    mlp_dataset_release(d);
}
END_TEST

START_TEST(broken_links_and_pipes_are_listed_as_bad)
{
    two_classes("d");
    ck_assert_int_eq(symlink("nowhere", at("d/cat/gone.jpg")), 0);
    ck_assert_int_eq(symlink("round.jpg", at("d/cat/round.jpg")), 0);
    ck_assert_int_eq(symlink("nowhere", at("d/cat/gone.txt")), 0);
    ck_assert_int_eq(mkfifo(at("d/dog/pipe.png"), 0600), 0);
    mlp_dataset *d = open_folder("d");
    ck_assert_int_eq(mlp_dataset_count(d), 2);
    mlp_bad_file *bad = NULL;
    size_t n = 0;
    OK(mlp_dataset_bad_files(&bad, &n, d, err));
    ck_assert_uint_eq(n, 3);
    ck_assert_str_eq(bad[0].path, at("d/cat/gone.jpg"));
    ck_assert_str_eq(bad[0].reason, "it is a link to nothing");
    ck_assert_str_eq(bad[1].reason, "it is a link to itself");
    ck_assert_str_eq(bad[2].reason, "it is not a regular file");
    ck_assert_int_eq(bad[2].sample, -1);
    mlp_bad_files_free(bad, n);
    mlp_dataset_release(d);
    d = NULL;
    FAILS(MLP_EIO, "on_bad = \"skip\" leaves it out", open_with(MLP_STOP_AT_BAD, false, "d", &d, err));
}
END_TEST

START_TEST(a_locked_folder_is_bad_and_a_locked_root_an_error)
{
    if (geteuid() == 0) return; /* root may read everything */
    two_classes("d");
    write_picture("d/dog/locked/1.png", 2, 2, 1);
    ck_assert_int_eq(chmod(at("d/dog/locked"), 0), 0);
    mlp_dataset *d = open_folder("d");
    mlp_bad_file *bad = NULL;
    size_t n = 0;
    OK(mlp_dataset_bad_files(&bad, &n, d, err));
    ck_assert_uint_eq(n, 1);
    mlp_bad_files_free(bad, n);
    mlp_dataset_release(d);
    ck_assert_int_eq(chmod(at("d"), 0), 0);
    d = NULL;
    FAILS(MLP_EIO, "Permission denied", open_with(MLP_SKIP_BAD, false, "d", &d, err));
}
END_TEST

START_TEST(a_folder_without_classes_gets_one_clear_sentence)
{
    mlp_dataset *d = NULL;
    FAILS(MLP_EIO, "there is no folder '", open_with(MLP_SKIP_BAD, false, "nothing", &d, err));
    write_text("file", "x");
    FAILS(MLP_EIO, "is not a folder", open_with(MLP_SKIP_BAD, false, "file", &d, err));
    make_folder("empty");
    FAILS(MLP_EFORMAT, "has no class folders: it is empty", open_with(MLP_SKIP_BAD, false, "empty", &d, err));
    write_picture("flat/1.png", 2, 2, 1);
    write_picture("flat/2.png", 2, 2, 1);
    FAILS(MLP_EFORMAT, "its 2 pictures lie directly in it; put each class into a folder of its own",
          open_with(MLP_SKIP_BAD, false, "flat", &d, err));
    write_text("texts/a.txt", "x");
    write_text("texts/b.txt", "x");
    FAILS(MLP_EFORMAT, "only other files (2 .txt)", open_with(MLP_SKIP_BAD, false, "texts", &d, err));
}
END_TEST

START_TEST(empty_and_single_classes_get_one_clear_sentence)
{
    mlp_dataset *d = NULL;
    two_classes("d");
    write_text("d/fish/a.heic", "x");
    make_folder("d/bird");
    FAILS(MLP_EFORMAT, "2 of 4 classes have no picture: 'bird', 'fish' (other files: 1 .heic); remove the folders",
          open_with(MLP_SKIP_BAD, false, "d", &d, err));
    OK(open_with(MLP_SKIP_BAD, true, "d", &d, err));
    ck_assert_int_eq(mlp_dataset_classes(d), 4);
    int64_t counts[4];
    mlp_dataset_class_counts(d, counts);
    ck_assert_int_eq(counts[0], 0);
    ck_assert_int_eq(counts[1], 1);
    mlp_dataset_release(d);
    d = NULL;
    write_picture("one/cat/1.png", 2, 2, 1);
    FAILS(MLP_EFORMAT, "a single class ('cat', 1 picture)", open_with(MLP_SKIP_BAD, true, "one", &d, err));
    write_text("none/cat/1.avi", "x");
    make_folder("none/dog");
    FAILS(MLP_EFORMAT, "not one picture in them: found 1 .avi", open_with(MLP_SKIP_BAD, false, "none", &d, err));
}
END_TEST

START_TEST(split_folders_become_parts_with_one_list_of_classes)
{
    two_classes("d/Train");
    two_classes("d/VALIDATION");
    write_picture("d/test/cat/9.png", 2, 2, 9);
    write_picture("d/Train/emu/1.png", 2, 2, 9);
    mlp_dataset *d = open_folder("d"), *part = NULL;
    ck_assert_int_eq(mlp_dataset_count(d), 6);
    ck_assert_int_eq(mlp_dataset_classes(d), 3);
    ck_assert(mlp_dataset_has_part(d, MLP_VAL));
    OK(mlp_dataset_part(&part, d, MLP_TRAIN, err));
    ck_assert_int_eq(mlp_dataset_count(part), 3);
    expect_path(part, 2, "d/Train/emu/1.png");
    ck_assert(!mlp_dataset_has_part(part, MLP_VAL));
    mlp_dataset *nothing = NULL;
    FAILS(MLP_EINVAL, "has no part named test", mlp_dataset_part(&nothing, part, MLP_TEST, err));
    mlp_dataset_release(part);
    mlp_dataset_release(d);
}
END_TEST

START_TEST(names_of_folders_tell_parts_and_what_else)
{
    static const struct {
        const char *name;
        mlp_part part;
        const char *rest;
    } cases[] = {
        { "train", MLP_TRAIN, "" },
        { "TRAIN", MLP_TRAIN, "" },
        { "training_set", MLP_TRAIN, "" },
        { "test_set", MLP_TEST, "" },
        { "seg_train", MLP_TRAIN, "seg" },
        { "asl_alphabet_test", MLP_TEST, "aslalphabet" },
        { "train_images", MLP_TRAIN, "" },
        { "TestImages", MLP_TEST, "" },
        { "val2017", MLP_VAL, "2017" },
        { "images-val", MLP_VAL, "" },
        { "dev", MLP_VAL, "" },
        { "Training Data", MLP_TRAIN, "" },
        { "evaluation", MLP_TEST, "" },
        { "imgtrain", MLP_TRAIN, "" },
        { "holdout", MLP_TEST, "" },
        { "eval", MLP_TEST, "" },
        { "trainA", MLP_TRAIN, "a" },
        { "te", MLP_TEST, "" },
        { "Validaci\xc3\xb3n", MLP_VAL, "" },
        { "tra", MLP_NO_PART, NULL },
        { "trainer", MLP_NO_PART, NULL },
        { "contest", MLP_NO_PART, NULL },
        { "train_val", MLP_NO_PART, NULL },
        { "valley", MLP_NO_PART, NULL },
        { "development", MLP_NO_PART, NULL },
        { "images", MLP_NO_PART, NULL },
        { "", MLP_NO_PART, NULL },
        { "--", MLP_NO_PART, NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char rest[MLP_PART_REST];
        bool sure = true;
        ck_assert_msg(mlp_part_of_name(cases[i].name, rest, &sure) == cases[i].part, "'%s'", cases[i].name);
        if (cases[i].rest) ck_assert_str_eq(rest, cases[i].rest);
    }
}
END_TEST

START_TEST(pictures_of_a_part_without_class_folders_are_passed_over)
{
    two_classes("l/seg_train");
    two_classes("l/seg_test");
    write_picture("l/seg_pred/seg_pred/1.png", 2, 2, 1);
    write_picture("l/seg_pred/seg_pred/2.png", 2, 2, 2);
    mlp_dataset *d = open_folder("l");
    const mlp_passed_over *p = mlp_dataset_passed_over(d);
    ck_assert_int_eq(mlp_dataset_classes(d), 2);
    ck_assert(mlp_dataset_has_part(d, MLP_TEST));
    ck_assert_int_eq(p->unlabelled, 2);
    ck_assert_str_eq(p->unlabelled_in, "'seg_pred'");
    ck_assert_str_eq(p->like_parts, "");
    mlp_dataset_release(d);
    two_classes("n/Train/train"); /* as some archives have it */
    two_classes("n/test/test");
    d = open_folder("n");
    ck_assert_int_eq(mlp_dataset_classes(d), 2);
    ck_assert(mlp_dataset_has_part(d, MLP_TRAIN) && mlp_dataset_has_part(d, MLP_TEST));
    mlp_dataset_release(d);
    two_classes("m/train");
    for (int i = 1; i <= 3; i++) {
        char path[32];
        snprintf(path, sizeof path, "m/test/%d.png", i);
        write_picture(path, 2, 2, i);
    }
    d = open_folder("m");
    ck_assert(!mlp_dataset_has_part(d, MLP_TEST));
    ck_assert_int_eq(mlp_dataset_passed_over(d)->unlabelled, 3);
    ck_assert_int_eq(mlp_dataset_passed_over(d)->loose, 0);
    mlp_dataset_release(d);
}
END_TEST

START_TEST(folders_almost_named_like_parts_are_parts_or_a_warning)
{
    static const char *const pairs[][2] = {
        { "training_set", "test_set" }, { "seg_train", "seg_test" }, { "Training", "Testing" }, { "TRAIN", "dev" },
        { "train_images", "test" },     { "train2017", "val2017" },
    };
    char path[64];
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        for (int k = 0; k < 2; k++) {
            snprintf(path, sizeof path, "p%zu/%s", i, pairs[i][k]);
            two_classes(path);
        }
        snprintf(path, sizeof path, "p%zu", i);
        mlp_dataset *d = open_folder(path);
        ck_assert_int_eq(mlp_dataset_classes(d), 2);
        ck_assert(mlp_dataset_has_part(d, MLP_TRAIN));
        ck_assert_str_eq(mlp_dataset_passed_over(d)->like_parts, "");
        mlp_dataset_release(d);
    }
    two_classes("w/seg_train");
    two_classes("w/seg_test");
    two_classes("w/seg_other");
    mlp_dataset *d = open_folder("w");
    ck_assert_int_eq(mlp_dataset_classes(d), 3);
    ck_assert_str_eq(mlp_dataset_passed_over(d)->like_parts, "'seg_test', 'seg_train'");
    mlp_dataset_release(d);
    two_classes("u");
    write_picture("u/test/1.png", 2, 2, 1); /* classes beside a folder of pictures to be classified */
    d = open_folder("u");
    ck_assert_str_eq(mlp_dataset_passed_over(d)->like_parts, "'test'");
    mlp_dataset_release(d);
    write_picture("v/train/1.png", 2, 2, 1); /* a class of vehicles */
    write_picture("v/bus/1.png", 2, 2, 2);
    d = open_folder("v");
    ck_assert_str_eq(mlp_dataset_passed_over(d)->like_parts, "");
    mlp_dataset_release(d);
}
END_TEST

START_TEST(folders_with_the_same_class_folders_are_parts_or_a_warning)
{
    static const struct {
        const char *names[3], *alike;
    } cases[] = {
        { { "train-2019", "holdout" }, "" },
        { { "tr", "te", "va" }, "" },
        { { "trainA", "testA" }, "" },
        { { "entrenamiento", "prueba" }, "" },
        { { "fold1", "fold2", "fold3" }, "'fold1', 'fold2', 'fold3'" },
        { { "trainA", "trainB", "testA" }, "'testA', 'trainA', 'trainB'" },
        { { "Trainingsdaten", "Testdaten" }, "'Testdaten', 'Trainingsdaten'" },
    };
    char path[64];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int k = 0; k < 3 && cases[i].names[k]; k++) {
            snprintf(path, sizeof path, "s%zu/%s", i, cases[i].names[k]);
            two_classes(path);
        }
        snprintf(path, sizeof path, "s%zu", i);
        mlp_dataset *d = open_folder(path);
        const mlp_passed_over *p = mlp_dataset_passed_over(d);
        ck_assert_str_eq(p->alike, cases[i].alike);
        ck_assert_int_eq(mlp_dataset_has_part(d, MLP_TRAIN), !cases[i].alike[0]);
        if (cases[i].alike[0]) ck_assert_msg(strstr(p->alike_inside, "', '"), "%s", p->alike_inside);
        ck_assert(!p->parts_inside);
        mlp_dataset_release(d);
    }
    two_classes("t/tr"); /* a class folder is missing in one: still alike */
    two_classes("t/te");
    write_picture("t/tr/Emu/1.png", 2, 2, 1);
    mlp_dataset *d = open_folder("t");
    ck_assert(mlp_dataset_has_part(d, MLP_TEST));
    mlp_dataset_release(d);
    for (int k = 0; k < 3; k++) { /* classes above parts; and classes of which each has a folder */
        static const char *const classes[] = { "cat", "dog", "te" };
        snprintf(path, sizeof path, "x/%s/train/1.png", classes[k]);
        write_picture(path, 2, 2, k);
        snprintf(path, sizeof path, "x/%s/test/1.png", classes[k]);
        write_picture(path, 2, 2, k + 3);
        snprintf(path, sizeof path, "y/%s/images/1.png", classes[k]);
        write_picture(path, 2, 2, k);
    }
    d = open_folder("x");
    ck_assert(mlp_dataset_passed_over(d)->parts_inside);
    ck_assert_str_eq(mlp_dataset_passed_over(d)->alike_inside, "'test', 'train'");
    mlp_dataset_release(d);
    d = open_folder("y");
    ck_assert_str_eq(mlp_dataset_passed_over(d)->alike, "");
    ck_assert_str_eq(mlp_dataset_passed_over(d)->like_parts, "");
    mlp_dataset_release(d);
}
END_TEST

START_TEST(folders_that_only_look_like_parts)
{
    mlp_dataset *d = NULL;
    two_classes("odd/train");
    write_picture("odd/val/Cat/1.png", 2, 2, 1);
    FAILS(MLP_EFORMAT, "1 of 3 classes has no picture in the train folder, only in others: 'Cat'",
          open_with(MLP_SKIP_BAD, false, "odd", &d, err));
    OK(open_with(MLP_SKIP_BAD, true, "odd", &d, err));
    mlp_dataset_release(d);
    d = NULL;
    two_classes("both/val");
    two_classes("both/valid");
    FAILS(MLP_EFORMAT, "rename or remove one of them", open_with(MLP_SKIP_BAD, false, "both", &d, err));
    two_classes("flat/train");
    write_picture("flat/val/1.png", 2, 2, 1);
    FAILS(MLP_EFORMAT, "val' has no class folders: its 1 picture lies directly in it",
          open_with(MLP_SKIP_BAD, false, "flat", &d, err));
    FAILS(MLP_EFORMAT, "or open the train folder alone", open_with(MLP_SKIP_BAD, false, "flat", &d, err));
    write_picture("toys/train/1.png", 2, 2, 1);
    write_picture("toys/plane/1.png", 2, 2, 1);
    d = open_folder("toys");
    ck_assert_int_eq(mlp_dataset_classes(d), 2);
    ck_assert(!mlp_dataset_has_part(d, MLP_TRAIN));
    mlp_dataset_release(d);
}
END_TEST

START_TEST(the_fingerprint_follows_names_sizes_labels_and_decoding)
{
    char a[MLP_FINGERPRINT], b[MLP_FINGERPRINT];
    two_classes("d");
    two_classes("copy");
    mlp_dataset *d = open_folder("d"), *other = open_folder("copy");
    OK(mlp_dataset_fingerprint(a, d, err));
    OK(mlp_dataset_fingerprint(b, other, err));
    ck_assert_str_eq(a, b);
    ck_assert_uint_eq(strlen(a), 64);
    mlp_dataset_release(other);
    ck_assert_int_eq(rename(at("copy/cat/1.png"), at("copy/cat/2.png")), 0);
    other = open_folder("copy");
    OK(mlp_dataset_fingerprint(b, other, err));
    ck_assert_str_ne(a, b);
    mlp_dataset_release(other);
    other = NULL;
    mlp_data_options o = mlp_data_defaults();
    o.decode.channels = 1;
    OK(mlp_image_folder_open(&other, at("d"), &o, err));
    OK(mlp_dataset_fingerprint(b, other, err));
    ck_assert_str_ne(a, b);
    mlp_dataset_release(other);
    int64_t first = 0;
    OK(mlp_dataset_subset(&other, d, &first, 1, err));
    OK(mlp_dataset_fingerprint(b, other, err));
    ck_assert_str_ne(a, b);
    mlp_dataset_release(other);
    mlp_dataset_release(d);
}
END_TEST

START_TEST(very_deep_folders_and_overlong_paths_end_well)
{
    two_classes("d");
    int here = open(at("d/cat"), O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < 300; i++) { /* 300 * 20 characters: beyond PATH_MAX */
        ck_assert_int_eq(mkdirat(here, "a-folder-inside-one", 0700), 0);
        int below = openat(here, "a-folder-inside-one", O_RDONLY | O_DIRECTORY);
        ck_assert_int_ge(below, 0);
        close(here);
        here = below;
    }
    close(here);
    mlp_dataset *d = open_folder("d");
    ck_assert_int_eq(mlp_dataset_count(d), 2);
    mlp_bad_file *bad = NULL;
    size_t n = 0;
    OK(mlp_dataset_bad_files(&bad, &n, d, err));
    ck_assert_uint_eq(n, 1);
    ck_assert_str_eq(bad[0].reason, "File name too long");
    mlp_bad_files_free(bad, n);
    mlp_dataset_release(d);
}
END_TEST

START_TEST(statistics_count_pictures_alike)
{
    write_picture("d/a/1.png", 2, 2, 0);
    write_picture("d/b/1.png", 2, 4, 255);
    write_text("d/b/2.png", "not a picture");
    mlp_dataset *d = open_folder("d");
    mlp_data_statistics s;
    OK(mlp_dataset_statistics(&s, d, err));
    ck_assert_int_eq(s.pictures, 2);
    ck_assert_int_eq(s.bad, 1);
    ck_assert_double_eq_tol(s.mean[0], 0.5, 1e-12);
    ck_assert_double_eq_tol(s.std[0], 0.5, 1e-12);
    ck_assert_double_eq_tol(s.mean[2], (1.5 + 3.5) / 2 / 255, 1e-12);
    ck_assert_int_eq(s.min_height, 2);
    ck_assert_int_eq(s.max_height, 4);
    mlp_dataset_release(d);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("data");
    tcase_add_checked_fixture(c, make_root, remove_root);
    tcase_add_test(c, classes_and_files_are_sorted_by_code_point_at_any_depth);
    tcase_add_test(c, hidden_and_editor_files_are_passed_over_and_counted);
    tcase_add_test(c, more_kinds_of_extensions_than_are_counted_apart_are_gathered);
    tcase_add_test(c, odd_names_are_only_names);
    tcase_add_test(c, links_are_followed_and_circles_end);
    tcase_add_test(c, links_that_lead_out_are_counted_and_followed_or_not);
    tcase_add_test(c, broken_links_and_pipes_are_listed_as_bad);
    tcase_add_test(c, a_locked_folder_is_bad_and_a_locked_root_an_error);
    tcase_add_test(c, a_folder_without_classes_gets_one_clear_sentence);
    tcase_add_test(c, empty_and_single_classes_get_one_clear_sentence);
    tcase_add_test(c, split_folders_become_parts_with_one_list_of_classes);
    tcase_add_test(c, names_of_folders_tell_parts_and_what_else);
    tcase_add_test(c, pictures_of_a_part_without_class_folders_are_passed_over);
    tcase_add_test(c, folders_almost_named_like_parts_are_parts_or_a_warning);
    tcase_add_test(c, folders_with_the_same_class_folders_are_parts_or_a_warning);
    tcase_add_test(c, folders_that_only_look_like_parts);
    tcase_add_test(c, the_fingerprint_follows_names_sizes_labels_and_decoding);
    tcase_add_test(c, very_deep_folders_and_overlong_paths_end_well);
    tcase_add_test(c, statistics_count_pictures_alike);
    return run_tests("data", c);
}
