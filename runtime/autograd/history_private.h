/* history_private.h - how a write in place changes where tensors come from. Private to autograd/. */
#ifndef MLP_AUTOGRAD_HISTORY_PRIVATE_H
#define MLP_AUTOGRAD_HISTORY_PRIVATE_H

#include "autograd/autograd.h"

/* `to` comes from what `from` came from, a leaf if that is one; its views become stale. */
void mlp_history_move(mlp_tensor *to, mlp_tensor *from);

/* Whether t is a view whose base has another history since t got its own. Then it is asked for as the base is. */
bool mlp_is_stale(const mlp_tensor *t);

/* Gives a stale view the history of its base. */
mlp_status mlp_refresh(mlp_tensor *t, mlp_error *err);

#endif
