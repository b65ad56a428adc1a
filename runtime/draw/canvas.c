#include "draw/canvas.h"

#include "draw/cairo_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FONT "DejaVu Sans"
#define ROOM_FOR_FONTS ((size_t)4 << 20) /* fontconfig asks again for ever, or crashes, where it gets less */

struct mlp_canvas {
    const mlp_cairo *lib;
    cairo_surface_t *surface;
    cairo_t *to;
    int width, height; /* of a picture, in its own pixels; 0: PDF */
    uint8_t *bytes;    /* of the PDF so far */
    size_t length, room;
};

/* ---- canvases ---- */

static mlp_status no_library(mlp_error *err)
{
    bool none;
    return mlp_fail(err, MLP_ESTATE, "%s", mlp_canvas_missing(&none));
}

static mlp_status no_room(mlp_error *err)
{
    return mlp_fail(err, MLP_ENOMEM, "out of memory: no chart can be drawn");
}

static mlp_status failed(const mlp_canvas *c, cairo_status_t status, mlp_error *err)
{
    if (status == CAIRO_STATUS_NO_MEMORY) /* a font file that cannot be opened or read is this to cairo, too */
        return mlp_fail(err, MLP_ENOMEM, "the chart could not be drawn: out of memory, or a font could not be read");
    return mlp_fail(err, MLP_ESTATE, "the chart could not be drawn: %s", c->lib->status_to_string(status));
}

/* The same letters on every screen: grey edges, and no shifting to whole pixels. */
static void choose_lettering(const mlp_cairo *lib, cairo_t *to)
{
    cairo_font_options_t *options = lib->font_options_create();
    lib->font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    lib->font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    lib->font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    lib->set_font_options(to, options);
    lib->font_options_destroy(options);
}

static mlp_status start(mlp_canvas **out, mlp_canvas *c, mlp_error *err)
{
    c->to = c->lib->create(c->surface);
    cairo_status_t status = c->lib->status(c->to);
    if (status) {
        mlp_status st = failed(c, status, err);
        mlp_canvas_release(c);
        return st;
    }
    choose_lettering(c->lib, c->to);
    c->lib->set_line_cap(c->to, CAIRO_LINE_CAP_ROUND);
    c->lib->set_line_join(c->to, CAIRO_LINE_JOIN_ROUND);
    *out = c;
    return MLP_OK;
}

static mlp_status new_canvas(mlp_canvas **out, double width, double height, mlp_error *err)
{
    const mlp_cairo *lib = mlp_cairo_open();
    if (!lib) return no_library(err);
    if (!(width >= 1 && width <= MLP_CANVAS_MAX_SIDE && height >= 1 && height <= MLP_CANVAS_MAX_SIDE))
        return mlp_fail(err, MLP_EINVAL, "the chart is %.9g x %.9g pixels, expected 1 to %d a side", width, height,
                        MLP_CANVAS_MAX_SIDE);
    void *memory = NULL;
    if (!mlp_has_room(ROOM_FOR_FONTS)) return no_room(err);
    mlp_status st = mlp_alloc(&memory, 1, sizeof(mlp_canvas), err);
    if (st) return st;
    *out = memory;
    **out = (mlp_canvas){ .lib = lib };
    return MLP_OK;
}

mlp_status mlp_canvas_new(mlp_canvas **out, double width, double height, double scale, mlp_error *err)
{
    mlp_canvas *c = NULL;
    mlp_status st = new_canvas(&c, round(width * scale), round(height * scale), err);
    if (st) return st;
    c->width = (int)round(width * scale), c->height = (int)round(height * scale);
    c->surface = c->lib->image_surface_create(CAIRO_FORMAT_RGB24, c->width, c->height);
    st = start(&c, c, err);
    if (st) return st;
    c->lib->set_source_rgba(c->to, 1, 1, 1, 1);
    c->lib->paint(c->to);
    c->lib->scale(c->to, scale, scale);
    *out = c;
    return MLP_OK;
}

static cairo_status_t keep(void *to, const unsigned char *bytes, unsigned int length)
{
    mlp_canvas *c = to;
    if (c->room - c->length < length) {
        size_t room = (c->length + length) * 2;
        uint8_t *more = realloc(c->bytes, room);
        if (!more) return CAIRO_STATUS_NO_MEMORY;
        c->bytes = more, c->room = room;
    }
    memcpy(c->bytes + c->length, bytes, length);
    c->length += length;
    return CAIRO_STATUS_SUCCESS;
}

mlp_status mlp_canvas_new_pdf(mlp_canvas **out, double width, double height, mlp_error *err)
{
    mlp_canvas *c = NULL;
    mlp_status st = new_canvas(&c, width, height, err);
    if (st) return st;
    c->surface = c->lib->pdf_surface_create_for_stream(keep, c, width, height);
    return start(out, c, err);
}

void mlp_canvas_release(mlp_canvas *c)
{
    if (!c) return;
    if (c->to) c->lib->destroy(c->to);
    if (c->surface) c->lib->surface_destroy(c->surface);
    free(c->bytes);
    free(c);
}

/* ---- shapes ---- */

/* As far as a chart's places make sense: cairo counts in 24 bits and a fraction. */
static double place(double value)
{
    const double FAR = 1e5;
    return value < -FAR ? -FAR : value > FAR ? FAR : value;
}

static void use(const mlp_canvas *c, mlp_paint paint)
{
    c->lib->set_source_rgba(c->to, paint.level[0] / 255.0, paint.level[1] / 255.0, paint.level[2] / 255.0,
                            paint.opacity);
}

void mlp_canvas_rectangle(mlp_canvas *c, double x, double y, double width, double height, mlp_paint paint)
{
    if (!isfinite(x + y + width + height) || width <= 0 || height <= 0) return;
    double left = place(x), top = place(y);
    use(c, paint);
    c->lib->rectangle(c->to, left, top, place(x + width) - left, place(y + height) - top);
    c->lib->fill(c->to);
}

static bool is_place(const double *points, int64_t i, int64_t count)
{
    return i >= 0 && i < count && isfinite(points[2 * i]) && isfinite(points[2 * i + 1]);
}

void mlp_canvas_line(mlp_canvas *c, const double *points, int64_t count, double width, const double *dashes,
                     int n_dashes, mlp_paint paint)
{
    use(c, paint);
    c->lib->set_line_width(c->to, width);
    c->lib->set_dash(c->to, dashes, n_dashes, 0);
    c->lib->set_line_cap(c->to, n_dashes ? CAIRO_LINE_CAP_BUTT : CAIRO_LINE_CAP_ROUND);
    for (int64_t i = 0; i < count; i++) {
        if (!is_place(points, i, count)) continue;
        double x = place(points[2 * i]), y = place(points[2 * i + 1]);
        if (is_place(points, i - 1, count)) c->lib->line_to(c->to, x, y);
        else c->lib->move_to(c->to, x, y);
        if (!is_place(points, i - 1, count) && !is_place(points, i + 1, count)) c->lib->line_to(c->to, x, y);
    }
    c->lib->stroke(c->to);
}

void mlp_canvas_polygon(mlp_canvas *c, const double *points, int64_t count, mlp_paint paint)
{
    for (int64_t i = 0; i < count; i++)
        if (!is_place(points, i, count)) return;
    use(c, paint);
    for (int64_t i = 0; i < count; i++)
        (i ? c->lib->line_to : c->lib->move_to)(c->to, place(points[2 * i]), place(points[2 * i + 1]));
    c->lib->close_path(c->to);
    c->lib->fill(c->to);
}

/* The loops above are drawn in vain when this is not so. */
static bool is_utf8(const char *text)
{
    for (size_t left = strlen(text); left > 0;) {
        int n = mlp_utf8_length(text, left);
        if (n == 0) return false;
        text += n, left -= (size_t)n;
    }
    return true;
}

static void choose_font(const mlp_cairo *lib, cairo_t *to, double size, bool bold)
{
    lib->select_font_face(to, FONT, CAIRO_FONT_SLANT_NORMAL, bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    lib->set_font_size(to, size);
}

void mlp_canvas_text(mlp_canvas *c, double x, double y, const char *text, mlp_lettering how, mlp_paint paint)
{
    cairo_text_extents_t extents;
    if (!isfinite(x + y) || !is_utf8(text)) return;
    c->lib->save(c->to);
    use(c, paint);
    choose_font(c->lib, c->to, how.size, how.bold);
    c->lib->text_extents(c->to, text, &extents);
    c->lib->translate(c->to, place(x), place(y));
    if (how.upwards) c->lib->rotate(c->to, -acos(0));
    c->lib->move_to(c->to, -how.anchor * extents.x_advance, 0);
    c->lib->show_text(c->to, text);
    c->lib->new_path(c->to);
    c->lib->restore(c->to);
}

/* ---- pictures ---- */

static void put_pixels(const mlp_canvas *c, cairo_surface_t *surface, const mlp_image *picture)
{
    unsigned char *rows = c->lib->image_surface_get_data(surface);
    size_t stride = (size_t)c->lib->image_surface_get_stride(surface);
    for (int y = 0; y < picture->height; y++)
        for (int x = 0; x < picture->width; x++) {
            const uint8_t *from =
                picture->pixels + ((size_t)y * (size_t)picture->width + (size_t)x) * (size_t)picture->channels;
            bool colour = picture->channels == 3;
            uint32_t word = (uint32_t)from[0] << 16 | (uint32_t)from[colour ? 1 : 0] << 8 | from[colour ? 2 : 0];
            memcpy(rows + (size_t)y * stride + (size_t)x * 4, &word, 4);
        }
    c->lib->surface_mark_dirty(surface);
}

void mlp_canvas_picture(mlp_canvas *c, double x, double y, double width, double height, const mlp_image *picture,
                        bool smooth)
{
    if (!isfinite(x + y + width + height) || width <= 0 || height <= 0) return;
    cairo_surface_t *pixels = c->lib->image_surface_create(CAIRO_FORMAT_RGB24, picture->width, picture->height);
    if (!c->lib->surface_status(pixels)) {
        put_pixels(c, pixels, picture);
        cairo_pattern_t *pattern = c->lib->pattern_create_for_surface(pixels);
        c->lib->pattern_set_filter(pattern, smooth ? CAIRO_FILTER_GOOD : CAIRO_FILTER_NEAREST);
        c->lib->pattern_set_extend(pattern, CAIRO_EXTEND_PAD); /* edges do not fade */
        c->lib->save(c->to);
        c->lib->translate(c->to, place(x), place(y));
        c->lib->scale(c->to, width / picture->width, height / picture->height);
        c->lib->set_source(c->to, pattern);
        c->lib->rectangle(c->to, 0, 0, picture->width, picture->height);
        c->lib->fill(c->to);
        c->lib->restore(c->to);
        c->lib->pattern_destroy(pattern);
    }
    c->lib->surface_destroy(pixels);
}

/* ---- results ---- */

mlp_status mlp_canvas_image(mlp_image **out, mlp_canvas *c, mlp_error *err)
{
    if (!c->width) return mlp_fail(err, MLP_EINVAL, "the canvas is a page of PDF, expected a picture");
    cairo_status_t status = c->lib->status(c->to);
    if (status) return failed(c, status, err);
    mlp_image *image = NULL;
    mlp_status st = mlp_image_new(&image, c->width, c->height, 3, err);
    if (st) return st;
    c->lib->surface_flush(c->surface);
    const unsigned char *rows = c->lib->image_surface_get_data(c->surface);
    size_t stride = (size_t)c->lib->image_surface_get_stride(c->surface);
    uint8_t *to = image->pixels;
    for (int y = 0; y < c->height; y++)
        for (int x = 0; x < c->width; x++, to += 3) {
            uint32_t word;
            memcpy(&word, rows + (size_t)y * stride + (size_t)x * 4, 4);
            to[0] = (uint8_t)(word >> 16), to[1] = (uint8_t)(word >> 8), to[2] = (uint8_t)word;
        }
    *out = image;
    return MLP_OK;
}

mlp_status mlp_canvas_pdf(uint8_t **bytes, size_t *length, mlp_canvas *c, mlp_error *err)
{
    if (c->width) return mlp_fail(err, MLP_EINVAL, "the canvas is a picture, expected a page of PDF");
    cairo_status_t status = c->lib->status(c->to);
    if (!status) {
        c->lib->surface_finish(c->surface);
        status = c->lib->surface_status(c->surface);
    }
    if (status) return failed(c, status, err);
    *bytes = c->bytes, *length = c->length;
    c->bytes = NULL, c->length = c->room = 0;
    return MLP_OK;
}

/* ---- letters ---- */

/* A canvas that only measures. One thread uses it at a time. */
static mlp_status measure(cairo_t **out, const mlp_cairo *lib, mlp_error *err)
{
    static cairo_t *kept;
    if (!mlp_has_room(ROOM_FOR_FONTS)) return no_room(err);
    if (!kept) {
        cairo_surface_t *surface = lib->image_surface_create(CAIRO_FORMAT_RGB24, 1, 1);
        cairo_t *to = lib->create(surface);
        lib->surface_destroy(surface);
        choose_lettering(lib, to);
        if (lib->status(to)) {
            lib->destroy(to);
            return no_room(err);
        }
        kept = to;
    }
    *out = kept;
    return MLP_OK;
}

mlp_status mlp_text_width(double *out, const char *text, double size, bool bold, mlp_error *err)
{
    const double USUAL = 0.6; /* of a letter's height */
    const mlp_cairo *lib = mlp_cairo_open();
    *out = USUAL * size * (double)strlen(text);
    if (!lib || !is_utf8(text)) return MLP_OK;
    cairo_t *to = NULL;
    mlp_status st = measure(&to, lib, err);
    if (st) return st;
    cairo_text_extents_t extents;
    choose_font(lib, to, size, bold);
    lib->text_extents(to, text, &extents);
    *out = extents.x_advance;
    return MLP_OK;
}

const char *mlp_canvas_missing(bool *none)
{
    const mlp_cairo *lib = mlp_cairo_open();
    *none = !lib;
    if (!lib) return "charts as PNG and PDF need libcairo.so.2, which is not there (package libcairo2)";
    cairo_t *to = NULL;
    if (measure(&to, lib, NULL)) {
        *none = true;
        return "out of memory: no chart can be drawn";
    }
    choose_font(lib, to, 12, false);
    if (lib->scaled_font_get_type(lib->get_scaled_font(to)) == CAIRO_FONT_TYPE_USER)
        return "no font is installed, so charts have thin letters of English alone (package fonts-dejavu-core)";
    return NULL;
}
