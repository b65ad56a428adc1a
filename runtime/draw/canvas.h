/* canvas.h - what charts are drawn on: a picture, or a page of PDF. Shapes have smooth edges, letters come from the
 * fonts of the machine (DejaVu Sans where it is there, which has Latin, Greek, Cyrillic and more; else its own choice).
 *
 * It is cairo's, which is opened when the first canvas is made: linked, with the libraries that it needs in turn, every
 * start of the program would take 3 ms more. Places and lengths are in pixels of the chart from its top left corner;
 * what is not finite is left out. */
#ifndef MLP_CANVAS_H
#define MLP_CANVAS_H

#include "image/image.h"

typedef struct mlp_canvas mlp_canvas;

typedef struct mlp_paint {
    uint8_t level[3]; /* red, green, blue */
    double opacity;   /* 0 to 1 */
} mlp_paint;

/* A picture of `scale` pixels for each of the chart's, white; width * scale and height * scale are at most
 * MLP_CANVAS_MAX_SIDE. Or a page of PDF of width x height points. MLP_ESTATE where cairo is not installed. */
enum { MLP_CANVAS_MAX_SIDE = 32000 };
mlp_status mlp_canvas_new(mlp_canvas **out, double width, double height, double scale, mlp_error *err);
mlp_status mlp_canvas_new_pdf(mlp_canvas **out, double width, double height, mlp_error *err);
void mlp_canvas_release(mlp_canvas *canvas);

void mlp_canvas_rectangle(mlp_canvas *canvas, double x, double y, double width, double height, mlp_paint paint);

/* Through `count` points (x, y pairs), with round ends and corners; one that is not finite leaves a gap, and one
 * without a neighbour is a dot. dashes: lengths of strokes and gaps in turn, `n_dashes` of them; 0 is a whole line. */
void mlp_canvas_line(mlp_canvas *canvas, const double *points, int64_t count, double width, const double *dashes,
                     int n_dashes, mlp_paint paint);

/* The inside of a closed line through the points, all of which have to be finite. */
void mlp_canvas_polygon(mlp_canvas *canvas, const double *points, int64_t count, mlp_paint paint);

/* `size`: of the letters in pixels. */
typedef struct mlp_lettering {
    double size;
    bool bold;
    bool upwards;  /* turned by 90 degrees */
    double anchor; /* which part of the text's width lies before x (upwards: below y): 0 start, 0.5 middle, 1 end */
} mlp_lettering;

/* UTF-8, on the line that begins at x, y. What is no UTF-8 is left out. */
void mlp_canvas_text(mlp_canvas *canvas, double x, double y, const char *text, mlp_lettering how, mlp_paint paint);

/* 1 or 3 channels. smooth: between the pixels; else they stay squares. */
void mlp_canvas_picture(mlp_canvas *canvas, double x, double y, double width, double height, const mlp_image *picture,
                        bool smooth);

/* What was drawn; nothing can be drawn on it afterwards. *bytes: release with free(). Fails on the other kind. */
mlp_status mlp_canvas_image(mlp_image **out, mlp_canvas *canvas, mlp_error *err);
mlp_status mlp_canvas_pdf(uint8_t **bytes, size_t *length, mlp_canvas *canvas, mlp_error *err);

/* How wide a text is; without cairo about right, as wide as letters are on average. MLP_ENOMEM where fonts have no
 * room. */
mlp_status mlp_text_width(double *out, const char *text, double size, bool bold, mlp_error *err);

/* Why letters or pictures will not be what they should: every font is missing, or cairo is, and then *none is true and
 * no canvas can be made. NULL when all is there. */
const char *mlp_canvas_missing(bool *none);

#endif
