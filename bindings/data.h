/* data.h - what data.c (data sets) and data_loader.c (batches) share. */
#ifndef MLPL_DATA_H
#define MLPL_DATA_H

#include "binding.h"

#include "data/data.h"

extern const mlpl_class mlpl_dataset_class;

/* Indices from a list or an i64 tensor, 0-based, into memory that Lua owns, on top of the stack. who: for messages. */
int64_t *mlpl_check_samples(lua_State *L, int arg, const char *who, int64_t *count);

/* The sampler at arg, borrowed: a box of one, or a list of sample numbers, for which a box is pushed. */
struct mlp_sampler *mlpl_check_sampler(lua_State *L, int arg);
extern const luaL_Reg mlpl_sampler_functions[], mlpl_view_functions[], mlpl_view_methods[], mlpl_source_functions[],
    mlpl_mix_functions[], mlpl_inspect_functions[];
void mlpl_inspect_register(lua_State *L);
void mlpl_sampler_register(lua_State *L);

/* The options that every kind of pictures has, and which part is wanted. */
#define MLPL_DECODE_OPTIONS "channels", "background", "max_pixels", "draft", "on_bad"
mlp_data_options mlpl_data_options(lua_State *L, const mlpl_options *o);
mlp_part mlpl_data_part(lua_State *L, const mlpl_options *o);

/* core.data.DataLoader, and the registration of its classes. */
int mlpl_data_loader(lua_State *L);
void mlpl_data_loader_register(lua_State *L);

#endif
