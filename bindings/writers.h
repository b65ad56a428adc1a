/* writers.h - what the files over runtime/writers share. */
#ifndef MLPL_WRITERS_H
#define MLPL_WRITERS_H

#include "binding.h"

#include "writers/writers.h"

extern const mlpl_class mlpl_writer_class;
mlp_event_writer *mlpl_check_writer(lua_State *L);

/* Arguments of most methods: (self, tag, value, step, wall time or { walltime = }). */
mlp_event_at mlpl_check_at(lua_State *L, double wall_time);
double mlpl_check_wall_time(lua_State *L, const char *who);

/* Methods, see writers_plugins.c. */
int mlpl_writer_hparams(lua_State *L), mlpl_writer_experiment(lua_State *L), mlpl_writer_tensor(lua_State *L),
    mlpl_writer_pr_curve(lua_State *L), mlpl_writer_charts(lua_State *L), mlpl_writer_graph(lua_State *L);

#endif
