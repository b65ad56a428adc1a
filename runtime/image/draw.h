/* draw.h - rectangles, lines, text and pictures on a picture of 3 channels: what charts are made of. Whatever lies
 * outside is cut off. Coordinates are pixels from the top left corner. */
#ifndef MLP_DRAW_H
#define MLP_DRAW_H

#include "image/image.h"

typedef struct mlp_colour {
    uint8_t level[3]; /* red, green, blue */
} mlp_colour;

/* opacity: 0 to 1; 1 replaces what is there. */
void mlp_draw_rectangle(mlp_image *on, int x, int y, int width, int height, mlp_colour colour, double opacity);

/* From point to point (x, y pairs), with smooth edges and round ends; width > 0. */
void mlp_draw_line(mlp_image *on, const double *points, int64_t count, double width, mlp_colour colour);

/* Letters of 5 x 7 dots and two more below the line, each dot a square of `scale` pixels, one dot between letters; x,
 * y: the top left corner. UTF-8: what is not printable ASCII shows as a box. upwards: turned by 90 degrees, from the
 * bottom left corner x, y up. */
enum { MLP_LETTER_WIDTH = 6, MLP_LETTER_HEIGHT = 9 };
void mlp_draw_text(mlp_image *on, int x, int y, const char *text, int scale, bool upwards, mlp_colour colour);
int mlp_draw_text_width(const char *text, int scale);

/* The picture (1 or 3 channels) as width x height pixels, nearest neighbour, so that pixels stay squares. */
void mlp_draw_picture(mlp_image *on, int x, int y, int width, int height, const mlp_image *picture);

#endif
