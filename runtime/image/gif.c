/* gif.c - GIF in, through giflib: the first frame on its transparent canvas. */
#include "image/codec_private.h"

#include <string.h>

#include <gif_lib.h>

typedef struct decoder {
    GifFileType *gif;
    const mlp_coded *file;
    size_t at;       /* what the library has read of it */
    int transparent; /* index of the colour that is none; -1: there is none */
    mlp_rows rows;
} decoder;

static int read_bytes(GifFileType *gif, GifByteType *to, int n)
{
    decoder *d = gif->UserData;
    size_t left = d->file->length - d->at, count = n < 0 ? 0 : (size_t)n;
    if (mlp_interrupted()) return 0;
    if (count > left) count = left;
    memcpy(to, d->file->bytes + d->at, count);
    d->at += count;
    return (int)count;
}

static mlp_status damaged(const mlp_coded *file, int code, mlp_error *err)
{
    if (mlp_interrupted()) return mlp_fail_interrupted(err);
    const char *why =
        code == D_GIF_ERR_EOF_TOO_SOON || code == D_GIF_ERR_READ_FAILED ? "the file ends early" : GifErrorString(code);
    return mlp_fail(err, code == D_GIF_ERR_NOT_ENOUGH_MEM ? MLP_ENOMEM : MLP_EFORMAT, "%s: damaged GIF: %s", file->name,
                    why ? why : "its data make no sense");
}

static mlp_status failed(const decoder *d, mlp_error *err)
{
    return damaged(d->file, d->gif->Error, err);
}

/* Only the transparent colour is of interest. */
static bool read_extension(decoder *d)
{
    int kind = 0;
    GifByteType *block = NULL;
    if (DGifGetExtension(d->gif, &kind, &block) != GIF_OK) return false;
    while (block) {
        GraphicsControlBlock control;
        if (kind == GRAPHICS_EXT_FUNC_CODE && DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
            d->transparent = control.TransparentColor;
        if (DGifGetExtensionNext(d->gif, &block) != GIF_OK) return false;
    }
    return true;
}

/* Up to the first frame. */
static mlp_status find_frame(decoder *d, mlp_error *err)
{
    GifRecordType kind = UNDEFINED_RECORD_TYPE;
    d->transparent = NO_TRANSPARENT_COLOR;
    while (kind != IMAGE_DESC_RECORD_TYPE) {
        if (DGifGetRecordType(d->gif, &kind) != GIF_OK) return failed(d, err);
        if (kind == TERMINATE_RECORD_TYPE)
            return mlp_fail(err, MLP_EFORMAT, "%s: damaged GIF: there is no picture in it", d->file->name);
        if (kind == EXTENSION_RECORD_TYPE && !read_extension(d)) return failed(d, err);
    }
    return DGifGetImageDesc(d->gif) == GIF_OK ? MLP_OK : failed(d, err);
}

/* A row of indices becomes colours; an index that has no colour is black. */
static void put_row(const decoder *d, uint8_t *to, const uint8_t *indices, int n)
{
    const ColorMapObject *map = d->gif->Image.ColorMap ? d->gif->Image.ColorMap : d->gif->SColorMap;
    for (int x = 0; x < n; x++, to += 4) {
        if (indices[x] == d->transparent) continue;
        if (indices[x] < map->ColorCount) {
            const GifColorType *colour = &map->Colors[indices[x]];
            to[0] = colour->Red, to[1] = colour->Green, to[2] = colour->Blue;
        }
        to[3] = 255;
    }
}

static mlp_status read_rows(decoder *d, mlp_error *err)
{
    static const struct {
        int first, step;
    } passes[] = { { 0, 8 }, { 4, 8 }, { 2, 4 }, { 1, 2 }, { 0, 1 } };
    enum { PLAIN = 4 };
    const GifImageDesc *frame = &d->gif->Image;
    size_t width = (size_t)d->rows.image->width;
    uint8_t indices[MLP_IMAGE_MAX_SIDE];
    for (int pass = frame->Interlace ? 0 : PLAIN; pass < (frame->Interlace ? PLAIN : PLAIN + 1); pass++)
        for (int y = passes[pass].first; y < frame->Height; y += passes[pass].step) {
            if (DGifGetLine(d->gif, indices, frame->Width) != GIF_OK) return failed(d, err);
            size_t at = (size_t)(frame->Top + y) * width + (size_t)frame->Left;
            put_row(d, d->rows.pixels + 4 * at, indices, frame->Width);
        }
    return MLP_OK;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static mlp_status read_picture(decoder *d, mlp_error *err)
{
    mlp_status st = find_frame(d, err);
    if (st) return st;
    const GifImageDesc *frame = &d->gif->Image;
    if (!frame->ColorMap && !d->gif->SColorMap)
        return mlp_fail(err, MLP_EFORMAT, "%s: damaged GIF: it has no colours", d->file->name);
    int w = larger(d->gif->SWidth, frame->Left + frame->Width), h = larger(d->gif->SHeight, frame->Top + frame->Height);
    st = mlp_rows_new(&d->rows, (uint64_t)w, (uint64_t)h, 4, d->file, err);
    if (st) return st;
    memset(d->rows.pixels, 0, d->rows.bytes);
    return read_rows(d, err);
}

mlp_status mlp_gif_decode(mlp_image **out, const mlp_coded *file, mlp_error *err)
{
    enum { UPRIGHT = 1 };
    decoder d = { .file = file };
    int code = 0;
    d.gif = DGifOpen(&d, read_bytes, &code);
    if (!d.gif) return damaged(file, code, err);
    mlp_status st = read_picture(&d, err);
    if (!st) st = mlp_rows_finish(out, &d.rows, UPRIGHT, file, err);
    mlp_rows_free(&d.rows);
    DGifCloseFile(d.gif, &code);
    return st;
}
