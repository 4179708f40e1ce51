// Inputs for runs whose results nobody reads.
#pragma once

#include "runtime/session.h"

namespace verge::cli {

// f32 inputs get fixed pseudo-random numbers in 0..1 (an input of zeros could flatter a kernel), others stay zero.
void FillWithNoise(runtime::Session& session);

}  // namespace verge::cli
