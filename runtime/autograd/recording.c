/* recording.c - whether operations on this thread record, and what a pass makes gradients of. */
#include "autograd/calculus_private.h"

static _Thread_local bool recording = true;
_Thread_local const mlp_calculus *mlp_calc = NULL;

bool mlp_grad_enabled(void)
{
    return recording;
}

void mlp_grad_enable(bool on)
{
    recording = on;
}
