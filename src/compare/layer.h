// What one engine computed on its way through a model: a list of layers, and the inputs it was given.
//
// Threads   plain values; a Layer owns its bytes.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/tensor.h"

namespace verge::compare {

// The numbers of a tensor with all that is needed to read them.
struct Numbers {
  DType dtype = DType::kF32;
  Shape shape = {};
  std::vector<float> scales = {};  // quantised: as in QuantView
  std::vector<int32_t> zero_points = {};
  int axis = 0;
  std::vector<std::byte> bytes = {};

  static Numbers CopyOf(const Tensor& tensor);
  TensorType type() const { return {dtype, shape, {scales, zero_points, axis}}; }
  bool is_quantised() const { return !scales.empty(); }
  // The real values in the order they lie in memory: dequantised, if they are quantised.
  std::vector<double> Real() const;
};

struct Layer {
  std::string name;      // of the value
  std::string node;      // of the node that computes it; "" when the file has none
  std::string op;        // "conv2d", or in ONNX's words: "Conv"
  std::string function;  // what was applied last, in small letters: "relu" for a convolution with a fused relu
  bool is_output = false;
  Numbers numbers;
};

struct NamedNumbers {
  std::string name;
  Numbers numbers;
};

struct Capture {
  std::string label;  // "model.onnx (verge)"
  std::vector<NamedNumbers> inputs;
  std::vector<Layer> layers;  // each after those it is computed from
};

}  // namespace verge::compare
