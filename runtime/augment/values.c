/* values.c - parameters as transforms use them: names of choices, draws from ranges, colours. */
#include "augment/transform_private.h"

#include <math.h>

const char *const mlp_interpolation_names[] = { "nearest", "linear", "cubic", "area", NULL };
const char *const mlp_warp_names[] = { "nearest", "linear", "cubic", NULL };
const char *const mlp_border_names[] = { "constant", "replicate", "reflect", "wrap", "reflect_101", NULL };

double mlp_draw_range(const mlp_transform *t, int param, mlp_rng *rng)
{
    const double *n = t->values[param].number;
    return mlp_rng_range(rng, n[0], n[1]);
}

int mlp_draw_int(const mlp_transform *t, int param, mlp_rng *rng)
{
    const double *n = t->values[param].number;
    return (int)mlp_rng_int(rng, (int64_t)n[0], (int64_t)n[1]);
}

int mlp_draw_odd(const mlp_transform *t, int param, mlp_rng *rng)
{
    const double *n = t->values[param].number;
    return 2 * (int)mlp_rng_int(rng, (int64_t)n[0] / 2, (int64_t)n[1] / 2) + 1;
}

mlp_sampling mlp_read_sampling(const mlp_transform *t, int interpolation, int border, int fill)
{
    mlp_sampling s = { (mlp_interpolation)mlp_choice(t, interpolation), (mlp_border)mlp_choice(t, border), { 0 } };
    mlp_colour(t, fill, s.fill);
    return s;
}

void mlp_colour(const mlp_transform *t, int param, uint8_t fill[3])
{
    const mlp_value *v = &t->values[param];
    for (int c = 0; c < 3; c++) fill[c] = (uint8_t)lrint(v->number[v->count == 3 ? c : 0]);
}
