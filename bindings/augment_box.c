/* augment_box.c - mlprun.Transform as a class, and the options that every transform has. */
#include "augment.h"

#include "augment/augment.h"

static void release(void *object)
{
    mlp_transform_release(object);
}

const mlpl_class mlpl_transform_class = { "mlprun.Transform", release };

mlp_transform *mlpl_check_transform(lua_State *L, int arg)
{
    return mlpl_check(L, arg, &mlpl_transform_class);
}

const char *const mlpl_transform_options[] = { "p", "always_apply", NULL };

double mlpl_read_p(const mlpl_options *o, double fallback)
{
    double p = mlpl_option_number(o, "p", fallback);
    return mlpl_option_boolean(o, "always_apply", false) ? 1 : p;
}
