// The integer form of lstm: 8-bit values and weights, 16-bit gates and cell. Internal to the op's reference kernel.
#pragma once

#include "ops/kernel.h"
#include "ops/lstm/lstm.h"

namespace verge::ops {

void RunIntegerLstm(const RunArgs& args, const LstmSizes& sizes);

// Bytes of scratch that it uses.
size_t IntegerLstmScratch(const LstmSizes& sizes);

}  // namespace verge::ops
