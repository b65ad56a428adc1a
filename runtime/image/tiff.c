/* tiff.c - TIFF in, through libtiff: the first page, whatever its compression and colours, with 1 to 16 bits a sample.
 *
 * The library is opened when the first TIFF is read, not when the program starts: with what it needs in turn it would
 * make every start a tenth longer, and hardly anybody has TIFF. */
#include "image/codec_private.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <tiffio.h>

/* ---- the library ---- */

#define LIBRARY "libtiff.so.6" /* the name goes with the types of the header; 4.5 and later have it */

static struct {
    void *handle;
    pthread_once_t once;
    __typeof__(TIFFOpenOptionsAlloc) *options_new;
    __typeof__(TIFFOpenOptionsFree) *options_free;
    __typeof__(TIFFOpenOptionsSetMaxSingleMemAlloc) *options_memory;
    __typeof__(TIFFOpenOptionsSetErrorHandlerExtR) *options_error;
    __typeof__(TIFFOpenOptionsSetWarningHandlerExtR) *options_warning;
    __typeof__(TIFFClientOpenExt) *open;
    __typeof__(TIFFClose) *close;
    __typeof__(TIFFGetField) *field;
    __typeof__(TIFFGetFieldDefaulted) *field_or_default;
    __typeof__(TIFFRGBAImageOK) *can_read;
    __typeof__(TIFFRGBAImageBegin) *begin;
    __typeof__(TIFFRGBAImageGet) *get;
    __typeof__(TIFFRGBAImageEnd) *end;
} lib = { .once = PTHREAD_ONCE_INIT };

static void open_library(void)
{
    static const struct {
        void *function; /* where its address goes */
        const char *name;
    } functions[] = {
        { &lib.options_new, "TIFFOpenOptionsAlloc" },
        { &lib.options_free, "TIFFOpenOptionsFree" },
        { &lib.options_memory, "TIFFOpenOptionsSetMaxSingleMemAlloc" },
        { &lib.options_error, "TIFFOpenOptionsSetErrorHandlerExtR" },
        { &lib.options_warning, "TIFFOpenOptionsSetWarningHandlerExtR" },
        { &lib.open, "TIFFClientOpenExt" },
        { &lib.close, "TIFFClose" },
        { &lib.field, "TIFFGetField" },
        { &lib.field_or_default, "TIFFGetFieldDefaulted" },
        { &lib.can_read, "TIFFRGBAImageOK" },
        { &lib.begin, "TIFFRGBAImageBegin" },
        { &lib.get, "TIFFRGBAImageGet" },
        { &lib.end, "TIFFRGBAImageEnd" },
    };
    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    for (size_t i = 0; handle && i < sizeof functions / sizeof *functions; i++) {
        void *address = dlsym(handle, functions[i].name);
        if (!address) return; /* lib.handle stays NULL: the library counts as missing */
        memcpy(functions[i].function, &address, sizeof address);
    }
    lib.handle = handle;
}

/* ---- what the library reads from ---- */

typedef struct decoder {
    const mlp_coded *file;
    uint64_t at;
    char text[160]; /* the first thing that the library said */
    mlp_rows rows;
} decoder;

static tmsize_t read_bytes(thandle_t handle, void *to, tmsize_t n)
{
    decoder *d = handle;
    uint64_t left = d->at < d->file->length ? d->file->length - d->at : 0, count = n > 0 ? (uint64_t)n : 0;
    if (mlp_interrupted()) return 0;
    if (count > left) count = left;
    memcpy(to, d->file->bytes + d->at, count);
    d->at += count;
    return (tmsize_t)count;
}

static tmsize_t write_bytes(thandle_t handle, void *from, tmsize_t n)
{
    (void)handle, (void)from, (void)n;
    return 0;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence)
{
    decoder *d = handle;
    d->at = whence == SEEK_SET ? offset : whence == SEEK_CUR ? d->at + offset : d->file->length + offset;
    return d->at;
}

static int nothing(thandle_t handle)
{
    (void)handle;
    return 0;
}

static toff_t length_of(thandle_t handle)
{
    const decoder *d = handle;
    return d->file->length;
}

static int on_error(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments)
{
    decoder *d = user;
    (void)tiff, (void)module;
    if (!d->text[0]) vsnprintf(d->text, sizeof d->text, format, arguments);
    return 1;
}

static int on_warning(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments)
{
    (void)tiff, (void)user, (void)module, (void)format, (void)arguments;
    return 1;
}

/* Bytes of memory in one piece: decoded strips and tiles, of which a sane file has none larger than the picture. */
static tmsize_t memory_limit(const mlp_coded *file)
{
    enum { SPARE = 64 << 20, WORST_PIXEL = 16 };
    int64_t pixels = file->options->max_pixels < 0 ? 0 : file->options->max_pixels;
    return SPARE + (tmsize_t)(pixels < (INT64_C(1) << 40) ? pixels : INT64_C(1) << 40) * WORST_PIXEL;
}

static TIFF *open_file(decoder *d)
{
    TIFFOpenOptions *options = lib.options_new();
    if (!options) return NULL;
    lib.options_memory(options, memory_limit(d->file));
    lib.options_error(options, on_error, d);
    lib.options_warning(options, on_warning, d);
    TIFF *tiff =
        lib.open(d->file->name, "rm", d, read_bytes, write_bytes, seek, nothing, length_of, NULL, NULL, options);
    lib.options_free(options);
    return tiff;
}

/* ---- the picture ---- */

/* Bytes that the library and its decompressors want: they write where they could not allocate, so it is asked for
 * before. */
enum { ROOM_OF_PIXEL = 8, SPARE_ROOM = 1 << 20 };

static mlp_status damaged(const decoder *d, const char *why, mlp_error *err)
{
    if (mlp_interrupted()) return mlp_fail_interrupted(err);
    return mlp_fail(err, MLP_EFORMAT, "%s: damaged TIFF: %s", d->file->name, why[0] ? why : "its data make no sense");
}

static mlp_status not_read(const decoder *d, const char *why, mlp_error *err)
{
    return mlp_fail(err, MLP_EFORMAT, "%s: a TIFF that is not read (%s); save it as PNG", d->file->name, why);
}

/* What the library would allocate for before it looks at the data. */
static mlp_status check_layout(const decoder *d, TIFF *tiff, uint32_t width, uint32_t height, mlp_error *err)
{
    enum { MOST_SAMPLES = 8, SPARE_SIDE = 1024 };
    uint16_t samples = 1;
    uint32_t tile_width = 0, tile_height = 0;
    lib.field_or_default(tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
    if (samples > MOST_SAMPLES) return not_read(d, "it has more than 8 samples a pixel", err);
    lib.field(tiff, TIFFTAG_TILEWIDTH, &tile_width);
    lib.field(tiff, TIFFTAG_TILELENGTH, &tile_height);
    if (tile_width > width + SPARE_SIDE || tile_height > height + SPARE_SIDE)
        return damaged(d, "its tiles are larger than the picture", err);
    return MLP_OK;
}

static mlp_status read_pixels(decoder *d, TIFFRGBAImage *image, mlp_error *err)
{
    mlp_status st = mlp_rows_new(&d->rows, image->width, image->height, 4, d->file, err);
    if (st) return st;
    if (!mlp_has_room(d->rows.bytes / 4 * ROOM_OF_PIXEL + SPARE_ROOM))
        return mlp_fail(err, MLP_ENOMEM, "%s: out of memory for a picture of %ux%u", d->file->name,
                        (unsigned)image->width, (unsigned)image->height);
    memset(d->rows.pixels, 0, d->rows.bytes);
    void *raster = d->rows.pixels;
    image->orientation = image->req_orientation = ORIENTATION_TOPLEFT; /* as it lies there: it is turned later */
    if (!lib.get(image, raster, image->width, image->height)) return damaged(d, d->text, err);
    return MLP_OK;
}

/* The library hands out words with red in the lowest byte, colours multiplied by alpha. */
static void spread(const mlp_rows *rows, const uint8_t background[3])
{
    for (size_t i = 0; i < rows->bytes; i += 4) {
        uint32_t word;
        memcpy(&word, rows->pixels + i, 4);
        unsigned rest = 255 - TIFFGetA(word);
        for (int c = 0; c < 3; c++) {
            unsigned level = (word >> 8 * c & 255) + (background[c] * rest + 127) / 255;
            rows->pixels[i + (size_t)c] = (uint8_t)(level < 255 ? level : 255);
        }
        rows->pixels[i + 3] = 255;
    }
}

static mlp_status read_picture(mlp_image **out, decoder *d, TIFF *tiff, mlp_error *err)
{
    char why[1024] = "";
    uint32_t width = 0, height = 0;
    uint16_t turn = ORIENTATION_TOPLEFT;
    TIFFRGBAImage image;
    lib.field(tiff, TIFFTAG_IMAGEWIDTH, &width);
    lib.field(tiff, TIFFTAG_IMAGELENGTH, &height);
    lib.field_or_default(tiff, TIFFTAG_ORIENTATION, &turn);
    mlp_status st = mlp_check_size(width, height, d->file, err);
    if (!st) st = check_layout(d, tiff, width, height, err);
    if (st) return st;
    if (!lib.can_read(tiff, why) || !lib.begin(&image, tiff, 1, why)) return not_read(d, why[0] ? why : d->text, err);
    st = read_pixels(d, &image, err);
    lib.end(&image);
    if (st) return st;
    spread(&d->rows, d->file->options->background);
    return mlp_rows_finish(out, &d->rows, turn, d->file, err);
}

mlp_status mlp_tiff_decode(mlp_image **out, const mlp_coded *file, mlp_error *err)
{
    pthread_once(&lib.once, open_library);
    if (!lib.handle)
        return mlp_fail(err, MLP_EFORMAT, "%s: a TIFF, for which %s is needed and not there (package libtiff6)",
                        file->name, LIBRARY);
    decoder d = { .file = file };
    if (!mlp_has_room(SPARE_ROOM))
        return mlp_fail(err, MLP_ENOMEM, "%s: out of memory for the TIFF decoder", file->name);
    TIFF *tiff = open_file(&d);
    mlp_status st = tiff ? read_picture(out, &d, tiff, err) : damaged(&d, d.text, err);
    if (tiff) lib.close(tiff);
    mlp_rows_free(&d.rows);
    return st;
}
