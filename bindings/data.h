/* data.h - what data.c (data sets) and data_loader.c (batches) share. */
#ifndef MLPL_DATA_H
#define MLPL_DATA_H

#include "binding.h"

#include "data/data.h"

extern const mlpl_class mlpl_dataset_class;

/* core.data.DataLoader, and the registration of its classes. */
int mlpl_data_loader(lua_State *L);
void mlpl_data_loader_register(lua_State *L);

#endif
