/* mlprun.h - the runtime as a library: every header that is for its users, from C and from C++. */
#ifndef MLPRUN_H
#define MLPRUN_H

/* Those of the C library that the others include; in C++ they must come before the block below. */
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "base/base.h"
#include "base/param.h"

#include "tensor/linalg.h"
#include "tensor/outer.h"
#include "tensor/processor.h"
#include "tensor/tensor.h"

#include "autograd/autograd.h"

#include "nn/nn.h"

#include "optim/optim.h"

#include "image/image.h"

#include "draw/canvas.h"

#include "augment/augment.h"

#include "data/data.h"
#include "data/inspect.h"
#include "data/mix.h"
#include "data/sampler.h"

#include "metrics/metrics.h"
#include "metrics/ranking.h"
#include "metrics/statistics.h"
#include "metrics/trials.h"

#include "io/io.h"
#include "io/onnx.h"

#include "writers/writers.h"

#ifdef __cplusplus
}
#endif

#endif
