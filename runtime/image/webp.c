/* webp.c - WebP in, through libwebp: a picture, or the first frame of an animation on its transparent canvas.
 *
 * A file is a RIFF container of chunks (four letters, a length, the content, padded to two bytes). The chunks are
 * walked through here: the library's own reader keeps a record of each, and a file can hold millions. */
#include "image/codec_private.h"

#include <string.h>

#include <webp/decode.h>

enum {
    RIFF = 12,       /* "RIFF", length, "WEBP" */
    CHUNK = 8,       /* letters and length */
    PIECE = 1 << 18, /* bytes decoded at a time: between two of them an interrupt ends the decoding */
    EXIF_FLAG = 8,
    FRAME = 16, /* bytes of place, size and time in front of a frame's own chunks */
};

typedef struct container {
    const uint8_t *data; /* of the picture, or of the first frame */
    size_t length;
    uint32_t width, height; /* of the canvas; 0: as the picture is */
    uint32_t left, top;     /* of the frame */
    bool exif;              /* the header says that there is some */
    int turn;
} container;

static uint32_t get24(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16;
}

static uint32_t get32(const uint8_t *at)
{
    return get24(at) | (uint32_t)at[3] << 24;
}

static bool is(const uint8_t *chunk, const char *letters)
{
    return memcmp(chunk, letters, 4) == 0;
}

/* length: of the content that is there, which is all of it when the chunk is `whole`. */
static void read_chunk(container *c, const uint8_t *chunk, size_t length, bool whole)
{
    const uint8_t *content = chunk + CHUNK;
    bool picture = is(chunk, "VP8 ") || is(chunk, "VP8L") || is(chunk, "ALPH");
    if (is(chunk, "VP8X") && length >= 10) {
        c->exif = content[0] & EXIF_FLAG;
        c->width = get24(content + 4) + 1;
        c->height = get24(content + 7) + 1;
    } else if (is(chunk, "ANMF") && length >= FRAME && !c->data) {
        c->left = 2 * get24(content);
        c->top = 2 * get24(content + 3);
        c->data = content + FRAME;
        c->length = length - FRAME;
    } else if (picture && !c->data) {
        c->data = chunk;
        c->length = SIZE_MAX; /* to the end: alpha and colours are two chunks */
    } else if (is(chunk, "EXIF") && !c->turn && whole) {
        c->turn = mlp_exif_orientation(content, length);
    }
}

/* Whether the file is as long as it says. One that is not may have lost its EXIF, which comes last, and with it the way
 * up; only the padding of the last chunk is nobody's loss. */
static mlp_status check_length(const container *c, const mlp_coded *file, mlp_error *err)
{
    size_t said = (size_t)get32(file->bytes + 4) + CHUNK;
    if (file->length < said && c->exif && !c->turn)
        return mlp_fail(err, MLP_EFORMAT, "%s: damaged WebP: the file ends early", file->name);
    if (file->length + 1 < said) mlp_remark(file, "shorter than its header says");
    return MLP_OK;
}

static mlp_status read_container(container *c, const mlp_coded *file, mlp_error *err)
{
    size_t at = RIFF;
    while (file->length >= at + CHUNK) {
        const uint8_t *chunk = file->bytes + at;
        size_t length = get32(chunk + 4), left = file->length - at - CHUNK;
        read_chunk(c, chunk, length < left ? length : left, length <= left);
        if (length >= left) break;
        at += CHUNK + length + length % 2;
        if (mlp_interrupted()) return mlp_fail_interrupted(err);
    }
    if (!c->data) return mlp_fail(err, MLP_EFORMAT, "%s: damaged WebP: there is no picture in it", file->name);
    size_t rest = file->length - (size_t)(c->data - file->bytes);
    if (c->length > rest) c->length = rest;
    return check_length(c, file, err);
}

static const char *problem(VP8StatusCode status)
{
    switch (status) {
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA: return "the file ends early";
    case VP8_STATUS_OUT_OF_MEMORY: return "out of memory";
    default: return "its data make no sense";
    }
}

static mlp_status damaged(const mlp_coded *file, VP8StatusCode status, mlp_error *err)
{
    mlp_status st = status == VP8_STATUS_OUT_OF_MEMORY ? MLP_ENOMEM : MLP_EFORMAT;
    return mlp_fail(err, st, "%s: damaged WebP: %s", file->name, problem(status));
}

/* The library writes where it could not allocate: about as much as it will want is asked for before. */
static bool has_room(const WebPDecoderConfig *config)
{
    enum { PIXEL = 8, SPARE = 1 << 20 };
    return mlp_has_room((size_t)config->input.width * (size_t)config->input.height * PIXEL + SPARE);
}

/* Piece by piece into the buffer that the configuration names. */
static mlp_status decode(const container *c, WebPDecoderConfig *config, const mlp_coded *file, mlp_error *err)
{
    VP8StatusCode status = VP8_STATUS_SUSPENDED;
    WebPIDecoder *decoder = has_room(config) ? WebPIDecode(NULL, 0, config) : NULL;
    if (!decoder) return damaged(file, VP8_STATUS_OUT_OF_MEMORY, err);
    for (size_t end = 0; status == VP8_STATUS_SUSPENDED && end < c->length && !mlp_interrupted();) {
        end = c->length - end > PIECE ? end + PIECE : c->length;
        status = WebPIUpdate(decoder, c->data, end);
    }
    WebPIDelete(decoder);
    if (mlp_interrupted()) return mlp_fail_interrupted(err);
    return status == VP8_STATUS_OK ? MLP_OK : damaged(file, status, err);
}

/* Onto the canvas, whose other pixels stay transparent. */
static mlp_status read_picture(mlp_rows *rows, container *c, const mlp_coded *file, mlp_error *err)
{
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) return mlp_fail(err, MLP_ESTATE, "libwebp is older than its header");
    VP8StatusCode status = WebPGetFeatures(c->data, c->length, &config.input);
    if (status != VP8_STATUS_OK) return damaged(file, status, err);
    uint32_t w = (uint32_t)config.input.width, h = (uint32_t)config.input.height;
    if (!c->width) c->width = w, c->height = h;
    if (c->left + w > c->width || c->top + h > c->height)
        return mlp_fail(err, MLP_EFORMAT, "%s: damaged WebP: a frame of %ux%u pixels at %u, %u on a canvas of %ux%u",
                        file->name, w, h, c->left, c->top, c->width, c->height);
    bool alpha = config.input.has_alpha || w < c->width || h < c->height;
    mlp_status st = mlp_rows_new(rows, c->width, c->height, alpha ? 4 : 3, file, err);
    if (st) return st;
    if (alpha) memset(rows->pixels, 0, rows->bytes);
    size_t stride = (size_t)c->width * (size_t)rows->channels;
    size_t offset = c->top * stride + c->left * (size_t)rows->channels;
    config.output.colorspace = alpha ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = rows->pixels + offset;
    config.output.u.RGBA.stride = (int)stride;
    config.output.u.RGBA.size = rows->bytes - offset;
    return decode(c, &config, file, err);
}

mlp_status mlp_webp_decode(mlp_image **out, const mlp_coded *file, mlp_error *err)
{
    container c = { .data = NULL };
    mlp_rows rows = { .image = NULL };
    mlp_status st = read_container(&c, file, err);
    if (!st) st = read_picture(&rows, &c, file, err);
    if (!st) st = mlp_rows_finish(out, &rows, c.turn, file, err);
    mlp_rows_free(&rows);
    return st;
}
