/* image_files.h - picture files made by the tests: small writers, and what decoding gives. */
#ifndef IMAGE_FILES_H
#define IMAGE_FILES_H

#include "image/image.h"

#include "files.h"
#include "suite.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <zlib.h>

#define ZOO "tests/golden/pictures/zoo/"

static inline file zoo(const char *name)
{
    char path[256];
    file f = { 0 };
    mlp_error err;
    snprintf(path, sizeof path, ZOO "%s", name);
    ck_assert_msg(mlp_file_read(&f.bytes, &f.length, path, 1 << 20, &err) == MLP_OK, "%s", err.text);
    return f;
}

/* ---- decoding ---- */

/* Decodes a file and releases it. remark: what has to be said about it; NULL: nothing. */
static inline mlp_image *decoded(file f, const char *remark)
{
    char said[MLP_REMARK_TEXT] = "";
    mlp_decode_options options = mlp_decode_defaults();
    mlp_image *image = NULL;
    mlp_error err;
    options.remark = said;
    mlp_status st = mlp_image_decode(&image, f.bytes, f.length, "some/file", &options, &err);
    ck_assert_msg(st == MLP_OK, "%s", err.text);
    ck_assert_msg(remark ? strstr(said, remark) != NULL : !said[0], "the remark is '%s', expected '%s'", said,
                  remark ? remark : "");
    free(f.bytes);
    return image;
}

static inline void same_pixels(mlp_image *got, mlp_image *expected)
{
    ck_assert_int_eq(got->width, expected->width);
    ck_assert_int_eq(got->height, expected->height);
    ck_assert_int_eq(memcmp(got->pixels, expected->pixels, mlp_image_bytes(expected)), 0);
    mlp_image_release(got);
    mlp_image_release(expected);
}

/* The file is an error with these words; releases it. */
static inline void refused(file f, const char *text)
{
    mlp_image *image = NULL;
    mlp_error err = { MLP_OK, "" };
    mlp_status st = mlp_image_decode(&image, f.bytes, f.length, "some/file", NULL, &err);
    ck_assert_msg(st != MLP_OK, "decoded, expected an error with '%s'", text);
    ck_assert_ptr_null(image);
    ck_assert_msg(strstr(err.text, text) && strstr(err.text, "some/file"), "got '%s', expected '%s'", err.text, text);
    free(f.bytes);
}

static inline void expect_size(file f, int width, int height)
{
    mlp_image *image = decoded(f, NULL);
    ck_assert_int_eq(image->width, width);
    ck_assert_int_eq(image->height, height);
    mlp_image_release(image);
}

/* Of the processor, which others do not use up. Generous: sanitizers take their time, and what it is about takes
 * minutes. */
enum { SECONDS = 10 };

static inline double worked(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static inline void expect_quick(double since)
{
    ck_assert_msg(worked() - since < SECONDS, "took %.1f s of the processor", worked() - since);
}

/* ---- JPEG ---- */

/* Where the n-th marker of a kind is, counted from 1 or, below 0, from the end; it has to be there. */
static inline size_t marker(const file *f, uint8_t kind, int n)
{
    for (size_t i = n > 0 ? 0 : f->length - 2; i + 1 < f->length; i += n > 0 ? 1 : (size_t)-1)
        if (f->bytes[i] == 0xFF && f->bytes[i + 1] == kind && (n += n > 0 ? -1 : 1) == 0) return i;
    ck_abort_msg("there is no such marker 0x%02X", kind);
    return 0;
}

/* An EXIF segment with an orientation of any type and count, in either byte order. */
static inline void insert_exif(file *f, size_t at, bool big_endian, int type, uint32_t value)
{
    uint8_t s[] =
        "\xFF\xE1\0\x22"
        "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\0\0\0\0\0\0\0"; /* and the NUL is the 36th byte */
    static const uint8_t big[] = "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01";
    if (big_endian) memcpy(s + 10, big, sizeof big - 1);
    s[big_endian ? 23 : 22] = (uint8_t)type;
    int width = type == 4 || type == 9 ? 4 : type == 1 ? 1 : 2;
    for (int i = 0; i < width; i++) s[28 + i] = (uint8_t)(value >> 8 * (big_endian ? width - 1 - i : i));
    insert(f, at, s, sizeof s);
}

/* ---- PNG ---- */

static inline void put32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++) at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static inline void put_chunk(file *f, const char *name, const void *content, size_t length)
{
    uint8_t head[8], sum[4];
    put32(head, (uint32_t)length);
    memcpy(head + 4, name, 4);
    append(f, head, 8);
    append(f, content, length);
    put32(sum, (uint32_t)crc32(0, f->bytes + f->length - length - 4, (uInt)length + 4));
    append(f, sum, 4);
}

/* Signature and header: grey, 8 bits. */
static inline file png_head(uint32_t width, uint32_t height)
{
    file f = { 0 };
    uint8_t head[13] = { [8] = 8 };
    put32(head, width);
    put32(head + 4, height);
    append(&f, "\x89PNG\r\n\x1a\n", 8);
    put_chunk(&f, "IHDR", head, sizeof head);
    return f;
}

/* The picture data of n zero bytes, in one chunk. */
static inline void put_zeros(file *f, size_t n)
{
    uLongf room = compressBound(n);
    uint8_t *zeros = calloc(n, 1), *packed = malloc(room);
    ck_assert_int_eq(compress(packed, &room, zeros, n), Z_OK);
    put_chunk(f, "IDAT", packed, room);
    free(zeros);
    free(packed);
}

#endif
