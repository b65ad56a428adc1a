/* augment.h - the class of transforms, for the bindings that take one (data.c). */
#ifndef MLPL_AUGMENT_H
#define MLPL_AUGMENT_H

#include "binding.h"

struct mlp_transform;
extern const mlpl_class mlpl_transform_class;
struct mlp_transform *mlpl_check_transform(lua_State *L, int arg); /* borrowed; raises unless it is one */

/* The options that every transform has, beside its parameters, and the probability among them; NaN: the default. */
extern const char *const mlpl_transform_options[];
double mlpl_read_p(const mlpl_options *o, double fallback);

int mlpl_augment_lambda(lua_State *L); /* augment.Lambda(function, options) */
void mlpl_augment_lambda_classes(lua_State *L);

#endif
