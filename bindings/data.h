/* data.h - what the files over runtime/data share. */
#ifndef MLPL_DATA_H
#define MLPL_DATA_H

#include "binding.h"

#include "data/data.h"

extern const mlpl_class mlpl_dataset_class;
mlp_dataset *mlpl_check_dataset(lua_State *L, int arg);
mlp_dataset **mlpl_push_dataset(lua_State *L); /* an empty box */

/* Indices from a list or an i64 tensor, 0-based, into memory that Lua owns, on top of the stack. who: for messages. */
int64_t *mlpl_check_samples(lua_State *L, int arg, const char *who, int64_t *count);

/* The sampler at arg, borrowed: a box of one, or a list of sample numbers, for which a box is pushed. */
struct mlp_sampler *mlpl_check_sampler(lua_State *L, int arg);

/* What each file adds to core.data, to the methods of data sets, and to the classes. */
extern const mlpl_function mlpl_source_functions[], mlpl_view_functions[], mlpl_view_methods[], mlpl_group_functions[],
    mlpl_sampler_functions[], mlpl_loader_functions[], mlpl_inspect_functions[], mlpl_mix_functions[];
void mlpl_sampler_register(lua_State *L);
void mlpl_loader_register(lua_State *L);
void mlpl_inspect_register(lua_State *L);

#endif
