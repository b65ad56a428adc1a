/* jpeg.c - JPEG in, through libjpeg-turbo.
 *
 * The library reports by a long jump and, for damage that it can paper over, by warnings. Here both end the decoding:
 * a grey half would be trained on. Two kinds of warnings are common in sound files and let through: odd versions of
 * application markers, and a few stray bytes that webcams leave before a marker. */
#include "image/codec_private.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

enum {
    STRAY_BYTES = 64, /* tolerated before a marker inside the picture data */
    MAX_SCANS = 500,  /* of a progressive file; encoders write about ten */
    FREE_SCANS = 20,  /* allowed for any size; beyond them the product below counts */
    EXIF_MARKER = JPEG_APP0 + 1,
    /* The library writes rows that vector stores are aligned to past the caches, which costs more than decoding them:
     * this way they are read from the first cache instead. */
    UNALIGNED = 8,
};
static const uint64_t MAX_SCANNED_PIXELS = 2500000000u; /* scans times pixels: bounds the time a small file can cost */

typedef struct decoder {
    struct jpeg_error_mgr manager; /* first: the library's pointer to it is our pointer */
    struct jpeg_progress_mgr progress;
    struct jpeg_decompress_struct info;
    jmp_buf escape;
    bool in_scan; /* picture data is being read */
    int turn;     /* EXIF orientation */
    mlp_status status;
    char text[JMSG_LENGTH_MAX];
    mlp_image *image;
    uint8_t *row; /* one row, and UNALIGNED bytes before it */
    size_t row_bytes;
} decoder;

static void give_up(j_common_ptr info)
{
    decoder *d = (decoder *)info->err;
    d->manager.format_message(info, d->text);
    d->status = info->err->msg_code == JERR_OUT_OF_MEMORY ? MLP_ENOMEM : MLP_EFORMAT;
    longjmp(d->escape, 1);
}

static void on_message(j_common_ptr info, int level)
{
    decoder *d = (decoder *)info->err;
    if (level >= 0) return; /* a trace */
    switch (info->err->msg_code) {
    case JWRN_JFIF_MAJOR:
    case JWRN_ADOBE_XFORM: return;
    case JWRN_EXTRANEOUS_DATA:
        if (!d->in_scan || info->err->msg_parm.i[0] <= STRAY_BYTES) return;
        break;
    case JWRN_JPEG_EOF: /* with a single scan another warning tells whether pixels or only the end marker are missing */
        if (d->in_scan && !jpeg_has_multiple_scans(&d->info)) return;
        break;
    default: break;
    }
    give_up(info);
}

static void no_output(j_common_ptr info)
{
    (void)info;
}

static void on_progress(j_common_ptr info)
{
    decoder *d = (decoder *)info->err;
    uint64_t scans = (uint64_t)d->info.input_scan_number;
    uint64_t pixels = (uint64_t)d->info.image_width * d->info.image_height;
    if (scans > MAX_SCANS || (scans > FREE_SCANS && scans * pixels > MAX_SCANNED_PIXELS)) {
        snprintf(d->text, sizeof d->text, "more than %d scans for %ux%u pixels: made to waste time, not to be seen",
                 (int)scans - 1, d->info.image_width, d->info.image_height);
        d->status = MLP_EFORMAT;
        longjmp(d->escape, 1);
    }
    if (mlp_interrupted()) {
        snprintf(d->text, sizeof d->text, "interrupted");
        d->status = MLP_EINTERRUPT;
        longjmp(d->escape, 1);
    }
}

/* Four inks to light. The files hold 255 for no ink (Adobe's way; no other is found in practice). */
static void rgb_from_cmyk(uint8_t *rgb, const uint8_t *cmyk, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < 3; c++) rgb[3 * i + c] = (uint8_t)((cmyk[4 * i + c] * cmyk[4 * i + 3] + 127) / 255);
}

/* Chooses what the library hands out; the rest is converted row by row or afterwards. */
static int choose_colours(struct jpeg_decompress_struct *info, int channels)
{
    switch (info->jpeg_color_space) {
    case JCS_CMYK:
    case JCS_YCCK: info->out_color_space = JCS_CMYK; return 3;
    case JCS_GRAYSCALE:
    case JCS_YCbCr: info->out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB; return channels;
    default: info->out_color_space = JCS_RGB; return 3;
    }
}

static int orientation(const struct jpeg_decompress_struct *info)
{
    for (jpeg_saved_marker_ptr m = info->marker_list; m; m = m->next) {
        if (m->marker != EXIF_MARKER) continue;
        enum { HEAD = 6 };
        bool exif = m->data_length > HEAD && memcmp(m->data, "Exif\0", HEAD - 1) == 0;
        int o = exif ? mlp_exif_orientation(m->data + HEAD, m->data_length - HEAD) : 1;
        if (o != 1) return o;
    }
    return 1;
}

/* The library's transform can skip what a smaller picture does not show. */
static unsigned draft_denominator(const struct jpeg_decompress_struct *info, int draft)
{
    unsigned shorter = info->image_width < info->image_height ? info->image_width : info->image_height, denominator = 1;
    while (draft > 0 && denominator < 8 && shorter / (2 * denominator) >= (unsigned)draft) denominator *= 2;
    return denominator;
}

/* Header, limits, rows into d->image. Runs under setjmp: what it makes hangs in d. */
static mlp_status read_picture(decoder *d, const mlp_coded *file, mlp_error *err)
{
    const mlp_decode_options *options = file->options;
    struct jpeg_decompress_struct *info = &d->info;
    jpeg_create_decompress(info);
    d->progress.progress_monitor = on_progress;
    info->progress = &d->progress;
    jpeg_mem_src(info, file->bytes, (unsigned long)file->length);
    jpeg_save_markers(info, EXIF_MARKER, 0xFFFF);
    jpeg_read_header(info, TRUE);
    mlp_status st = mlp_check_size(info->image_width, info->image_height, file, err);
    if (st) return st;
    d->turn = orientation(info); /* the library forgets its markers at the end */
    int channels = choose_colours(info, options->channels);
    info->dct_method = JDCT_ISLOW;
    info->scale_num = 1;
    info->scale_denom = draft_denominator(info, options->draft);
    info->mem->max_memory_to_use = (long)(16 << 20) + (long)info->image_width * (long)info->image_height * 10;
    d->in_scan = true;
    jpeg_start_decompress(info);
    size_t w = info->output_width;
    st = mlp_image_new(&d->image, (int)w, (int)info->output_height, channels, err);
    if (st) return st;
    d->row_bytes = w * (size_t)info->output_components + UNALIGNED;
    void *block = NULL;
    st = mlp_block_new(&block, d->row_bytes, err);
    if (st) return st;
    d->row = block;
    while (info->output_scanline < info->output_height) {
        uint8_t *to = d->image->pixels + (size_t)info->output_scanline * w * (size_t)channels;
        JSAMPROW row = d->row + UNALIGNED;
        jpeg_read_scanlines(info, &row, 1);
        if (info->out_color_space == JCS_CMYK) rgb_from_cmyk(to, row, w);
        else memcpy(to, row, w * (size_t)channels);
    }
    jpeg_finish_decompress(info);
    return MLP_OK;
}

/* Grey when asked for, then upright. */
static mlp_status finish(mlp_image **out, mlp_image *image, int channels, int turn, mlp_error *err)
{
    mlp_image *upright = NULL;
    mlp_status st = mlp_image_convert(&upright, image, channels, err);
    if (!st) st = mlp_image_orient(&upright, turn, err);
    if (st) mlp_image_release(upright);
    else *out = upright;
    return st;
}

mlp_status mlp_jpeg_decode(mlp_image **out, const mlp_coded *file, mlp_error *err)
{
    decoder *d = NULL; /* on the heap: automatic variables may be lost by the long jump */
    mlp_status st = mlp_alloc((void **)&d, 1, sizeof *d, err);
    if (st) return st;
    d->info.err = jpeg_std_error(&d->manager);
    d->manager.error_exit = give_up;
    d->manager.emit_message = on_message;
    d->manager.output_message = no_output;
    if (setjmp(d->escape) == 0) {
        st = read_picture(d, file, err);
        if (!st) st = finish(out, d->image, file->options->channels, d->turn, err);
    } else {
        const char *what = d->status == MLP_EFORMAT ? "damaged JPEG: " : "";
        st = mlp_fail(err, d->status, "%s: %s%s", file->name, what, d->text);
    }
    mlp_block_free(d->row, d->row_bytes);
    mlp_image_release(d->image);
    jpeg_destroy_decompress(&d->info);
    free(d);
    return st;
}
