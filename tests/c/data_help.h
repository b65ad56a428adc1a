/* data_help.h - what the tests of runtime/data share: temporary folders, small pictures, one-line checks. */
#ifndef DATA_HELP_H
#define DATA_HELP_H

#include "data/data.h"

#include "suite.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[256]; /* the folder of the running test */

static inline void make_root(void)
{
    strcpy(root, "/tmp/mlprun-data-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
}

static inline void remove_root(void)
{
    char command[600];
    snprintf(command, sizeof command, "chmod -R u+rwx '%s' && rm -rf '%s'", root, root);
    ck_assert_int_eq(system(command), 0);
}

/* root/NAME; four results are valid at a time. */
static inline const char *at(const char *name)
{
    static char path[4][1200];
    static int next;
    next = (next + 1) % 4;
    snprintf(path[next], sizeof path[next], "%s/%s", root, name);
    return path[next];
}

static inline void make_folder(const char *name)
{
    mlp_error err;
    ck_assert_msg(!mlp_make_folder(at(name), &err), "%s", err.text);
}

static inline void write_bytes(const char *name, const void *bytes, size_t n)
{
    char folder[1200];
    strcpy(folder, name);
    char *slash = strrchr(folder, '/');
    if (slash) {
        *slash = 0;
        make_folder(folder);
    }
    FILE *f = fopen(at(name), "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(bytes, 1, n, f), n);
    ck_assert_int_eq(fclose(f), 0);
}

static inline void write_text(const char *name, const char *text)
{
    write_bytes(name, text, strlen(text));
}

/* A PNG of one colour, whose red level is `level`. */
static inline void write_picture(const char *name, int width, int height, int level)
{
    mlp_error err;
    mlp_image *image = NULL;
    ck_assert_msg(!mlp_image_new(&image, width, height, 3, &err), "%s", err.text);
    for (size_t i = 0; i < mlp_image_bytes(image); i += 3) {
        image->pixels[i] = (uint8_t)level;
        image->pixels[i + 1] = (uint8_t)(255 - level);
        image->pixels[i + 2] = (uint8_t)(i / 3);
    }
    uint8_t *png = NULL;
    size_t length = 0;
    ck_assert_msg(!mlp_image_encode_png(&png, &length, image, &err), "%s", err.text);
    write_bytes(name, png, length);
    free(png);
    mlp_image_release(image);
}

static inline mlp_dataset *open_folder(const char *name)
{
    mlp_error err;
    mlp_dataset *d = NULL;
    mlp_data_options o = mlp_data_defaults();
    ck_assert_msg(!mlp_image_folder_open(&d, at(name), &o, &err), "%s", err.text);
    return d;
}

static inline void expect_path(const mlp_dataset *d, int64_t i, const char *name)
{
    char *path = NULL;
    ck_assert_int_eq(mlp_dataset_path(&path, d, i, NULL), MLP_OK);
    ck_assert_str_eq(path, at(name));
    free(path);
}

#define OK(call)                                                                                                       \
    do {                                                                                                               \
        mlp_error err_ = { 0 };                                                                                        \
        mlp_error *err = &err_;                                                                                        \
        ck_assert_msg(!(call), "%s", err_.text);                                                                       \
    } while (0)

/* The call fails with this status, and its message contains the text. */
#define FAILS(status, part, call)                                                                                      \
    do {                                                                                                               \
        mlp_error err_ = { 0 };                                                                                        \
        mlp_error *err = &err_;                                                                                        \
        mlp_status st_ = (call);                                                                                       \
        ck_assert_msg(st_ == (status), "status is %s: %s", mlp_status_name(st_), err_.text);                           \
        ck_assert_msg(strstr(err_.text, (part)) != NULL, "message is: %s", err_.text);                                 \
    } while (0)

#endif
