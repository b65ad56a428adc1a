/* param.h - the description of what has a name and parameters: transforms, optimizers, layers.
 *
 * A row says of each parameter what kind it is, which limits it has, what it is when it is not given, and one line of
 * documentation. Checking, messages, text, and what the bindings read and show are made from that. */
#ifndef MLP_PARAM_H
#define MLP_PARAM_H

#include "base/base.h"

#include <math.h>

typedef enum mlp_param_kind {
    MLP_PARAM_FLOAT,
    MLP_PARAM_INT,
    MLP_PARAM_BOOL,
    MLP_PARAM_CHOICE,    /* one of `choices`, by name or number: number[0] is its place in the list */
    MLP_PARAM_RANGE,     /* {low, high}, the low end first; a single number becomes one as `scalar` says */
    MLP_PARAM_INT_RANGE, /* the same, whole numbers, both ends included */
    MLP_PARAM_PAIR,      /* {first, second}, in any order; a single number: as `scalar` says */
    MLP_PARAM_INT_PAIR,  /* the same, whole numbers; where there are `choices`, one of them may stand for both */
    MLP_PARAM_SIZES,     /* a list of whole numbers, up to MLP_VALUE_NUMBERS; a single one is a list of it */
    MLP_PARAM_AXES,      /* ranges for x and y: {low, high} for both, or { x = ..., y = ... } */
    MLP_PARAM_COLOUR,    /* one number for all channels or one per channel: 1 or 3 */
    MLP_PARAM_INDEX,     /* a label or a row: from 0 here, from 1 in scripts and messages */
    MLP_PARAM_DIM,       /* a dimension: likewise, below 0 from the end */
    MLP_PARAM_ROW,       /* a row: as a dimension */
    MLP_PARAM_TENSOR,    /* not among the values, where its count stays 0: the owner of the row keeps it */
} mlp_param_kind;

/* What a single number x means where two are expected. */
typedef enum mlp_scalar {
    MLP_SAME,      /* {x, x} */
    MLP_SYMMETRIC, /* {-x, x} */
    MLP_FROM_ZERO, /* {0, x} */
    MLP_FROM_ONE,
    MLP_FROM_THREE,
    MLP_AROUND_ONE, /* {1 - x, 1 + x}, the low end at least 0 */
    MLP_NO_SCALAR,  /* nothing */
} mlp_scalar;

enum { MLP_VALUE_NUMBERS = 8 };

/* Every parameter is a few numbers: low and high, or x low, x high, y low, y high, or a colour, or sizes. */
typedef struct mlp_value {
    int count; /* 0: not given; 1 of a pair: number[0] is a choice */
    double number[MLP_VALUE_NUMBERS];
} mlp_value;

/* MLP_VALUE(0.9, 0.999) in a row: a value of two numbers. */
#define MLP_VALUE(...)                                                                                                 \
    {                                                                                                                  \
        (int)(sizeof((double[]){ __VA_ARGS__ }) / sizeof(double)),                                                     \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }

typedef struct mlp_param {
    const char *name;
    const char *doc; /* one line */
    mlp_param_kind kind;
    mlp_scalar scalar;        /* ranges and pairs only */
    double low, high;         /* limits of every number; INFINITY: none on that side */
    bool low_open, high_open; /* the limit itself is outside; of an INFINITY: numbers are finite */
    bool required; /* positional in Lua, in the order of the list; one with a fallback may be left out all the same */
    bool or_nil;   /* of a required tensor: it may be left out */
    bool or_false; /* false may stand for a number, and is NAN */
    bool function_only; /* of a layer's function: its objects have no such field */
    mlp_value fallback;
    const char *const *choices; /* ends with NULL */
} mlp_param;

/* Names that other libraries or earlier versions use: `old` is `name`, one number of it, or `name` and the parameter
 * after it, a number each. */
typedef struct mlp_param_alias {
    const char *old, *name;
    int part; /* -1: all of it; MLP_ALIAS_TWO: a list for two parameters; else the index into number[] */
} mlp_param_alias;
enum { MLP_ALIAS_TWO = -2 };

typedef struct mlp_description {
    const char *name, *doc; /* doc: one sentence */
    const mlp_param *params;
    int param_count;
    const mlp_param_alias *aliases; /* ends with a NULL old; may be NULL */
    /* Refuses what only all values together show; they are complete. who begins the message. May be NULL. */
    mlp_status (*check)(const char *who, const mlp_value *values, mlp_error *err);
} mlp_description;

#define MLP_COUNT(list) ((int)(sizeof(list) / sizeof *(list)))
#define MLP_PARAMS(list) .params = (list), .param_count = MLP_COUNT(list)

/* values[i], for each parameter: the given one (given may be NULL, a count of 0 is not given) or its fallback, within
 * its limits; then d->check. A parameter that is neither required nor given and has no fallback stays at count 0. NaN
 * is never within limits. values may be given itself. */
mlp_status mlp_description_complete(const mlp_description *d, const char *who, const mlp_value *given,
                                    mlp_value *values, mlp_error *err);

int mlp_param_index(const mlp_description *d, const char *name); /* -1 when there is none */

/* ---- text ---- */

enum { MLP_NUMBER_TEXT = 32, MLP_VALUE_TEXT = 160 };

/* The shortest digits that read back as the same number, with a point in any locale. Returns text. */
const char *mlp_number_text(char text[MLP_NUMBER_TEXT], double x);

/* A given value as a script would write it: 0.1, true, "area", { 0.9, 0.999 }, { x = { 0, 1 }, y = { 0, 1 } }. Returns
 * text. */
const char *mlp_value_text(char text[MLP_VALUE_TEXT], const mlp_param *param, const mlp_value *value);

/* What a number of the parameter may be: "0 to 1", "a number of at least 0", "0 <= beta < 1", with `name` for the
 * number in the last. Returns text. */
const char *mlp_limits_text(char text[MLP_VALUE_TEXT], const mlp_param *param, const char *name);

/* Whether the value is the place of one of the choices. */
bool mlp_value_is_choice(const mlp_param *param, const mlp_value *value);

/* A number of the parameter as people count it. */
double mlp_param_shown(const mlp_param *param, double x);

bool mlp_value_equal(const mlp_value *a, const mlp_value *b);

#endif
