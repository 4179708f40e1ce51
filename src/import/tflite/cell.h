// What the mappings of recurrent cells share.
#pragma once

#include <cstdint>

#include "import/tflite/mapping.h"
#include "ops/cell_activation.h"

namespace verge::tflite {

// The index of a cell's `activation` attribute; kUnsupported for SIGN_BIT, kDataLoss for a number without a name.
inline Result<int32_t> MapCellActivation(schema::ActivationFunctionType activation) {
  const auto index = [](ops::CellActivation cell) { return static_cast<int32_t>(cell); };
  switch (activation) {
    case schema::ActivationFunctionType::NONE: return index(ops::CellActivation::kNone);
    case schema::ActivationFunctionType::RELU: return index(ops::CellActivation::kRelu);
    case schema::ActivationFunctionType::RELU_N1_TO_1: return index(ops::CellActivation::kReluN1To1);
    case schema::ActivationFunctionType::RELU6: return index(ops::CellActivation::kRelu6);
    case schema::ActivationFunctionType::TANH: return index(ops::CellActivation::kTanh);
    case schema::ActivationFunctionType::SIGN_BIT:
      return VERGE_ERROR(kUnsupported, "has the activation SIGN_BIT, which recurrent cells do not have here");
  }
  return VERGE_ERROR(kDataLoss, "has the unknown activation " + std::to_string(static_cast<int>(activation)));
}

}  // namespace verge::tflite
