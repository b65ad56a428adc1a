/* record_private.h - how the parts of writers/ hand an event over. Private to writers/. */
#ifndef MLP_WRITERS_RECORD_PRIVATE_H
#define MLP_WRITERS_RECORD_PRIVATE_H

#include "runtime/writers/events.pb-c.h"
#include "writers/writers.h"

/* Writes an event; a wall time of NaN is now. */
mlp_status mlp_event_put(mlp_event_writer *w, Mlp__Event *event, mlp_error *err);

/* Wraps one value in a summary at `at` (whose tag is mended and set into it) and puts it. */
mlp_status mlp_event_put_value(mlp_event_writer *w, mlp_event_at at, Mlp__Value *value, mlp_error *err);

#endif
