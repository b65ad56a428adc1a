/* param.h - a description's values from Lua arguments, and the description itself as a table. */
#ifndef MLPL_PARAM_H
#define MLPL_PARAM_H

#include "base/param.h"
#include "binding.h"

enum { MLPL_MOST_PARAMS = 24, MLPL_MOST_NAMES = 48 };

/* Reads the arguments from `first` on: required parameters by position, as far as they go, then a table with the others
 * (and with those that are not there by position). values: one for each parameter, count 0 for those that were not
 * given; their limits are for mlp_description_complete. extra: further names that the table may have (ends with NULL;
 * may be NULL), for the caller to read from the result. */
mlpl_options mlpl_read_values(lua_State *L, int first, const char *who, const mlp_description *d,
                              const char *const *extra, mlp_value *values);

/* One value, from the top of the stack, where it stays. Raises when its Lua type does not fit the kind. */
void mlpl_read_value(lua_State *L, const char *who, const mlp_param *param, mlp_value *v);

/* As Lua code would write it; nil when it is not given. */
void mlpl_push_value(lua_State *L, const mlp_param *param, const mlp_value *v);

/* { name, doc, parameters = { { name, doc, kind, required, default, choices, scalar, low, high, low_open, high_open,
 * limits }, ... } }. limits: low and high in words; low and high are there only where numbers have limits to show. */
void mlpl_push_description(lua_State *L, const mlp_description *d);

#endif
