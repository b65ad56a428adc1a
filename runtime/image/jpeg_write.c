/* jpeg_write.c - JPEG out, through libjpeg-turbo. */
#include "image/image.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

typedef struct coder {
    struct jpeg_error_mgr manager; /* first: the library's pointer to it is our pointer */
    struct jpeg_compress_struct info;
    jmp_buf escape;
    char text[JMSG_LENGTH_MAX];
    unsigned char *written; /* the library's malloc */
    unsigned long size;
} coder;

static void give_up(j_common_ptr info)
{
    coder *c = (coder *)info->err;
    c->manager.format_message(info, c->text);
    longjmp(c->escape, 1);
}

static void no_message(j_common_ptr info)
{
    (void)info;
}

static void write_picture(coder *c, const mlp_image *image, int quality)
{
    struct jpeg_compress_struct *info = &c->info;
    jpeg_create_compress(info);
    jpeg_mem_dest(info, &c->written, &c->size);
    info->image_width = (JDIMENSION)image->width;
    info->image_height = (JDIMENSION)image->height;
    info->input_components = image->channels;
    info->in_color_space = image->channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
    jpeg_set_defaults(info);
    jpeg_set_quality(info, quality, TRUE);
    jpeg_start_compress(info, TRUE);
    size_t row = (size_t)image->width * (size_t)image->channels;
    for (int y = 0; y < image->height; y++) {
        JSAMPROW line = image->pixels + (size_t)y * row;
        jpeg_write_scanlines(info, &line, 1);
    }
    jpeg_finish_compress(info);
}

mlp_status mlp_image_encode_jpeg(uint8_t **bytes, size_t *length, const mlp_image *image, int quality, mlp_error *err)
{
    coder *c = NULL;
    mlp_status st = mlp_alloc((void **)&c, 1, sizeof *c, err);
    if (st) return st;
    c->info.err = jpeg_std_error(&c->manager);
    c->manager.error_exit = give_up;
    c->manager.output_message = no_message;
    if (setjmp(c->escape) == 0) {
        write_picture(c, image, quality);
        *bytes = c->written;
        *length = c->size;
        c->written = NULL;
    } else {
        st = mlp_fail(err, MLP_EINVAL, "cannot encode a JPEG of %dx%d: %s", image->width, image->height, c->text);
    }
    jpeg_destroy_compress(&c->info);
    free(c->written);
    free(c);
    return st;
}
