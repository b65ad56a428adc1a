/* io.h - what the files over runtime/io share. */
#ifndef MLPL_IO_H
#define MLPL_IO_H

#include "binding.h"

int mlpl_onnx_save(lua_State *L); /* onnx_save(path, graph), see onnx.c */
void mlpl_onnx_register(lua_State *L);

#endif
