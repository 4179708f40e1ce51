// What TFLite's recurrent layers share on their way to ONNX's.
#pragma once

#include "export/onnx/emitter.h"

namespace verge::to_onnx {

// The name of a CellActivation among the functions of RNN and LSTM; null when it is not there.
const char* CellFunction(int32_t activation);
TensorId ApplyCellFunction(Emitter& e, int32_t activation, TensorId x);

struct Sequence {
  TensorId x = kNoTensor;  // [t, b, i]
  int64_t batch = 1;
};

// An input that is [t, b, i] when time comes first, else [b, t, i], or [b, i] for one step.
Sequence ReadSequence(Emitter& e, size_t input, bool is_time_major);
// Output 0 from ONNX's [t, 1, b, o].
void PutSequence(Emitter& e, TensorId y, bool is_time_major);

}  // namespace verge::to_onnx
