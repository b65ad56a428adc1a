/* clock.c - time spans and time stamps. */
#include "base/base.h"

#include <time.h>

static double seconds(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double mlp_clock(void)
{
    return seconds(CLOCK_MONOTONIC);
}

double mlp_wall_time(void)
{
    return seconds(CLOCK_REALTIME);
}
