/* jpeg.c - JPEG in, through libjpeg-turbo.
 *
 * The library reports by a long jump and, for damage that it can paper over, by warnings. What ends the decoding here
 * is data that are missing, because a grey half would be trained on. Cameras and editors leave oddities that take
 * nothing away from the picture, and every viewer passes over them: here they become a remark. */
#include "image/codec_private.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

enum {
    FREE_SCANS = 20,   /* allowed for any size; encoders write about ten */
    PIECE = 64 * 1024, /* bytes that the library gets at a time: between two of them an interrupt ends the decoding */
    /* The library writes rows that vector stores are aligned to past the caches, which costs more than decoding them:
     * this way they are read from the first cache instead. */
    UNALIGNED = 8,
};
static const uint64_t CHEAP_PIXELS = 250000000u; /* scanned in all (a second or two): more scans are fine up to here */

typedef struct decoder {
    struct jpeg_error_mgr manager; /* first: the library's pointer to it is our pointer */
    struct jpeg_progress_mgr progress;
    struct jpeg_source_mgr source;
    struct jpeg_decompress_struct info;
    jmp_buf escape;
    const mlp_coded *file;
    mlp_jpeg_header header;
    bool in_scan;      /* picture data is being read */
    bool end_missing;  /* the file ended without its end marker */
    bool complete;     /* all of the picture is there: what follows cannot take anything away */
    unsigned seen;     /* a bit for each colour component that a scan has brought */
    size_t handed_out; /* bytes that the library got */
    mlp_status status;
    char text[JMSG_LENGTH_MAX];
    mlp_image *image;
    uint8_t *row; /* one row, and UNALIGNED bytes before it */
    size_t row_bytes;
} decoder;

/* ---- leaving ---- */

static void leave(decoder *d, mlp_status status)
{
    d->status = status;
    longjmp(d->escape, 1);
}

static void give_up(j_common_ptr info)
{
    decoder *d = (decoder *)info->err;
    d->manager.format_message(info, d->text);
    leave(d, info->err->msg_code == JERR_OUT_OF_MEMORY ? MLP_ENOMEM : MLP_EFORMAT);
}

static void stop_if_interrupted(decoder *d)
{
    if (!mlp_interrupted()) return;
    snprintf(d->text, sizeof d->text, "interrupted");
    leave(d, MLP_EINTERRUPT);
}

/* ---- warnings ---- */

/* A scan out of the usual order that takes nothing away: it brings all bits of its coefficients itself, or the one that
 * should have come before it is that of the means, which check_complete looks for. */
static bool odd_order_only(const struct jpeg_decompress_struct *info)
{
    int coefficient = info->err->msg_parm.i[1];
    return info->Ah == 0 || (info->Ss > 0 && coefficient == 0);
}

/* Whether the picture is none the worse for it. */
static bool harmless(decoder *d)
{
    const int *parameter = d->manager.msg_parm.i;
    switch (d->manager.msg_code) {
    case JWRN_JFIF_MAJOR:
    case JWRN_ADOBE_XFORM: return true;
    case JWRN_NOT_SEQUENTIAL: mlp_remark(d->file, "odd numbers in the scan header"); return true;
    case JWRN_EXTRANEOUS_DATA:
        mlp_remark(d->file, "%d stray byte%s before marker 0x%02X", parameter[0], parameter[0] == 1 ? "" : "s",
                   parameter[1]);
        return true;
    case JWRN_BOGUS_PROGRESSION:
        if (!odd_order_only(&d->info)) return false;
        mlp_remark(d->file, "scans in an odd order");
        return true;
    case JWRN_JPEG_EOF: /* another warning tells when pixels are missing, not only the end marker */
        if (!d->in_scan || d->info.arith_code) return false; /* the arithmetic decoder takes zeros for missing data */
        mlp_remark(d->file, "no end marker");
        d->end_missing = true;
        return true;
    default: return false;
    }
}

static void on_message(j_common_ptr info, int level)
{
    bool warning = level < 0;
    if (warning && !harmless((decoder *)info->err)) give_up(info);
}

static void no_output(j_common_ptr info)
{
    (void)info;
}

/* ---- bytes and time ---- */

static void no_source_change(j_decompress_ptr info)
{
    (void)info;
}

static boolean next_piece(j_decompress_ptr info)
{
    static const JOCTET end[2] = { 0xFF, JPEG_EOI };
    decoder *d = (decoder *)info->err;
    stop_if_interrupted(d);
    size_t left = d->file->length - d->handed_out;
    if (left > PIECE) left = PIECE;
    d->source.next_input_byte = d->file->bytes + d->handed_out;
    d->source.bytes_in_buffer = left;
    d->handed_out += left;
    if (left == 0) {
        WARNMS(info, JWRN_JPEG_EOF);
        d->source.next_input_byte = end;
        d->source.bytes_in_buffer = sizeof end;
    }
    return TRUE;
}

static void skip_bytes(j_decompress_ptr info, long n)
{
    while (n > (long)info->src->bytes_in_buffer) {
        n -= (long)info->src->bytes_in_buffer;
        next_piece(info);
    }
    info->src->next_input_byte += n;
    info->src->bytes_in_buffer -= (size_t)n;
}

static void read_from(decoder *d)
{
    d->source = (struct jpeg_source_mgr){
        .init_source = no_source_change,
        .fill_input_buffer = next_piece,
        .skip_input_data = skip_bytes,
        .resync_to_restart = jpeg_resync_to_restart,
        .term_source = no_source_change,
    };
    d->info.src = &d->source;
}

/* A scan costs the time of all its pixels, whether it has data for them or not. */
static void on_progress(j_common_ptr common)
{
    decoder *d = (decoder *)common->err;
    const struct jpeg_decompress_struct *info = &d->info;
    uint64_t scans = (uint64_t)info->input_scan_number, pixels = (uint64_t)info->image_width * info->image_height;
    for (int i = 0; i < info->comps_in_scan; i++) d->seen |= 1u << info->cur_comp_info[i]->component_index;
    if (scans > FREE_SCANS && scans * pixels > CHEAP_PIXELS) {
        snprintf(d->text, sizeof d->text, "more than %d scans for %ux%u pixels: made to waste time, not to be seen",
                 (int)scans - 1, info->image_width, info->image_height);
        leave(d, MLP_EFORMAT);
    }
    stop_if_interrupted(d);
}

/* Where a picture comes in several scans, whether some have not come. An encoder may leave out the finest bits; when
 * there is no end marker either, the rest of the file is what is missing. */
static void check_complete(decoder *d)
{
    const struct jpeg_decompress_struct *info = &d->info;
    bool missing = false;
    for (int c = 0; c < info->num_components && jpeg_has_multiple_scans(&d->info); c++) {
        const int *bits = info->coef_bits ? info->coef_bits[c] : NULL; /* still to come; -1: all */
        missing |= !(d->seen >> c & 1) || (bits && bits[0] < 0);
        for (int k = 0; bits && d->end_missing && k < DCTSIZE2; k++) missing |= bits[k] != 0;
    }
    if (!missing) return;
    snprintf(d->text, sizeof d->text, "picture data is missing: the file has %d of its scans", info->input_scan_number);
    leave(d, MLP_EFORMAT);
}

/* ---- the picture ---- */

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

/* The library's transform can skip what a smaller picture does not show. */
static unsigned draft_denominator(const struct jpeg_decompress_struct *info, int draft)
{
    unsigned shorter = info->image_width < info->image_height ? info->image_width : info->image_height, denominator = 1;
    while (draft > 0 && denominator < 8 && shorter / (2 * denominator) >= (unsigned)draft) denominator *= 2;
    return denominator;
}

/* Kinds of JPEG that the library does not decode. */
static mlp_status check_process(const mlp_jpeg_header *h, const char *name, mlp_error *err)
{
    enum { PROCESSES = 4, LOSSLESS = 3, HIERARCHICAL = 4 };
    int kind = h->process % PROCESSES, group = h->process / PROCESSES % 2;
    if (h->process < 0) return MLP_OK; /* the library has the word for it */
    if (kind == LOSSLESS || group * PROCESSES == HIERARCHICAL)
        return mlp_fail(err, MLP_EFORMAT, "%s: a %s JPEG, which is not read; save it as PNG or as an ordinary JPEG",
                        name, kind == LOSSLESS ? "lossless" : "hierarchical");
    if (h->precision == 12 || h->precision == 16)
        return mlp_fail(err, MLP_EFORMAT,
                        "%s: a JPEG with samples of %d bits, of which only those of 8 are read; save it with 8 bits, "
                        "or as PNG",
                        name, h->precision);
    return MLP_OK;
}

/* A block takes at least two bits of Huffman codes, one in a progressive file: the pixels that a header may claim are
 * bounded by the bytes that follow, before anything is allocated or done for them. */
static mlp_status check_length(const decoder *d, mlp_error *err)
{
    const struct jpeg_decompress_struct *info = &d->info;
    uint64_t pixels = (uint64_t)info->image_width * info->image_height, least = pixels / DCTSIZE2 / 8;
    if (info->arith_code || d->file->length >= least) return MLP_OK;
    return mlp_fail(err, MLP_EFORMAT, "%s: damaged JPEG: %zu bytes are too few for %ux%u pixels", d->file->name,
                    d->file->length, info->image_width, info->image_height);
}

static mlp_status new_rows(decoder *d, int channels, mlp_error *err)
{
    const struct jpeg_decompress_struct *info = &d->info;
    void *block = NULL;
    mlp_status st = mlp_image_new(&d->image, (int)info->output_width, (int)info->output_height, channels, err);
    if (st) return st;
    d->row_bytes = (size_t)info->output_width * (size_t)info->output_components + UNALIGNED;
    st = mlp_block_new(&block, d->row_bytes, err);
    d->row = block;
    return st;
}

static void read_rows(decoder *d)
{
    struct jpeg_decompress_struct *info = &d->info;
    size_t width = info->output_width, row_bytes = width * (size_t)d->image->channels;
    while (info->output_scanline < info->output_height) {
        uint8_t *to = d->image->pixels + (size_t)info->output_scanline * row_bytes;
        JSAMPROW row = d->row + UNALIGNED;
        jpeg_read_scanlines(info, &row, 1);
        if (info->out_color_space == JCS_CMYK) rgb_from_cmyk(to, row, width);
        else memcpy(to, row, row_bytes);
    }
}

/* Header, limits, rows into d->image. Runs under setjmp: what it makes hangs in d. */
static mlp_status read_picture(decoder *d, mlp_error *err)
{
    struct jpeg_decompress_struct *info = &d->info;
    const mlp_decode_options *options = d->file->options;
    jpeg_create_decompress(info);
    d->progress.progress_monitor = on_progress;
    info->progress = &d->progress;
    read_from(d);
    jpeg_read_header(info, TRUE);
    mlp_status st = mlp_check_size(info->image_width, info->image_height, d->file, err);
    if (!st) st = check_length(d, err);
    if (st) return st;
    int channels = choose_colours(info, options->channels);
    info->dct_method = JDCT_ISLOW;
    info->scale_num = 1;
    info->scale_denom = draft_denominator(info, options->draft);
    info->mem->max_memory_to_use = (long)(16 << 20) + (long)info->image_width * (long)info->image_height * 10;
    d->in_scan = true;
    jpeg_start_decompress(info);
    st = new_rows(d, channels, err);
    if (st) return st;
    read_rows(d);
    check_complete(d);
    d->complete = true;
    jpeg_finish_decompress(info);
    return MLP_OK;
}

/* Grey when asked for, then upright. */
static mlp_status finish(mlp_image **out, const decoder *d, mlp_error *err)
{
    mlp_image *image = NULL;
    mlp_status st = mlp_image_convert(&image, d->image, d->file->options->channels, err);
    if (!st) st = mlp_image_orient(&image, d->header.turn, err);
    if (st) mlp_image_release(image);
    else *out = image;
    return st;
}

mlp_status mlp_jpeg_decode(mlp_image **out, const mlp_coded *file, mlp_error *err)
{
    mlp_jpeg_header header = mlp_jpeg_header_read(file->bytes, file->length);
    mlp_status st = check_process(&header, file->name, err);
    if (st) return st;
    decoder *d = NULL; /* on the heap: automatic variables may be lost by the long jump */
    st = mlp_alloc((void **)&d, 1, sizeof *d, err);
    if (st) return st;
    d->file = file;
    d->header = header;
    d->info.err = jpeg_std_error(&d->manager);
    d->manager.error_exit = give_up;
    d->manager.emit_message = on_message;
    d->manager.output_message = no_output;
    if (setjmp(d->escape) == 0) {
        st = read_picture(d, err);
    } else if (d->complete && d->status == MLP_EFORMAT) {
        mlp_remark(file, "what follows the picture makes no sense");
    } else {
        const char *what = d->status == MLP_EFORMAT ? "damaged JPEG: " : "";
        st = mlp_fail(err, d->status, "%s: %s%s", file->name, what, d->text);
    }
    if (!st) st = finish(out, d, err);
    mlp_block_free(d->row, d->row_bytes);
    mlp_image_release(d->image);
    jpeg_destroy_decompress(&d->info);
    free(d);
    return st;
}
