// Name and type of a tensor that goes into or comes out of a model.
#pragma once

#include <string>

#include "base/tensor.h"

namespace verge::runner {

struct TensorPort {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
};

}  // namespace verge::runner
