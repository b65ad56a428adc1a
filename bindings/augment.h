/* augment.h - the class of transforms, for the bindings that take one (data.c). */
#ifndef MLPL_AUGMENT_H
#define MLPL_AUGMENT_H

#include "binding.h"

struct mlp_transform;
extern const mlpl_class mlpl_transform_class;
struct mlp_transform *mlpl_check_transform(lua_State *L, int arg); /* borrowed; raises unless it is one */

#endif
