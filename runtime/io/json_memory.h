/* json_memory.h - whether memory ran out inside jansson, which calls that a wrong text, or leaves a value out. */
#ifndef MLP_JSON_MEMORY_H
#define MLP_JSON_MEMORY_H
#include "base/base.h"

/* Of the calling thread: begin, then calls of jansson, then whether any of their allocations failed. */
void mlp_json_begin(void);
bool mlp_json_ran_out(void);

#endif
