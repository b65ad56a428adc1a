/* cairo_private.h - cairo's functions, as they are found when the first one is needed. */
#ifndef MLP_CAIRO_PRIVATE_H
#define MLP_CAIRO_PRIVATE_H

#include <cairo/cairo-pdf.h>
#include <cairo/cairo.h>

/* name of the field, name of the function without "cairo_" */
#define MLP_CAIRO_FUNCTIONS(X)                                                                                         \
    X(create)                                                                                                          \
    X(destroy)                                                                                                         \
    X(status)                                                                                                          \
    X(status_to_string)                                                                                                \
    X(scale)                                                                                                           \
    X(translate)                                                                                                       \
    X(rotate)                                                                                                          \
    X(save)                                                                                                            \
    X(restore)                                                                                                         \
    X(rectangle)                                                                                                       \
    X(move_to)                                                                                                         \
    X(line_to)                                                                                                         \
    X(close_path)                                                                                                      \
    X(new_path)                                                                                                        \
    X(fill)                                                                                                            \
    X(stroke)                                                                                                          \
    X(paint)                                                                                                           \
    X(set_source_rgba)                                                                                                 \
    X(set_line_width)                                                                                                  \
    X(set_line_cap)                                                                                                    \
    X(set_line_join)                                                                                                   \
    X(set_dash)                                                                                                        \
    X(select_font_face)                                                                                                \
    X(set_font_size)                                                                                                   \
    X(get_scaled_font)                                                                                                 \
    X(scaled_font_get_type)                                                                                            \
    X(show_text)                                                                                                       \
    X(text_extents)                                                                                                    \
    X(set_source)                                                                                                      \
    X(pattern_create_for_surface)                                                                                      \
    X(pattern_set_filter)                                                                                              \
    X(pattern_set_extend)                                                                                              \
    X(pattern_destroy)                                                                                                 \
    X(font_options_create)                                                                                             \
    X(font_options_destroy)                                                                                            \
    X(font_options_set_antialias)                                                                                      \
    X(font_options_set_hint_style)                                                                                     \
    X(font_options_set_hint_metrics)                                                                                   \
    X(set_font_options)                                                                                                \
    X(image_surface_create)                                                                                            \
    X(image_surface_get_data)                                                                                          \
    X(image_surface_get_stride)                                                                                        \
    X(surface_flush)                                                                                                   \
    X(surface_finish)                                                                                                  \
    X(surface_mark_dirty)                                                                                              \
    X(surface_destroy)                                                                                                 \
    X(surface_status)                                                                                                  \
    X(pdf_surface_create_for_stream)

typedef struct mlp_cairo {
#define X(name) __typeof__(cairo_##name) *name;
    MLP_CAIRO_FUNCTIONS(X)
#undef X
} mlp_cairo;

/* NULL where the library is missing. Thread-safe. */
const mlp_cairo *mlp_cairo_open(void);

#endif
