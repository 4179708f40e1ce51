// Writes a graph as a standard ONNX model, for the tools of hardware vendors and for other engines.
//
// Layout     convolutions, pools and image resizes become ONNX's channels-first ops. Transposes stand only where an
//            image enters or leaves the part of the graph that works on images. Weights are initialisers in ONNX's
//            layout. Names, order, types and shapes of inputs and outputs are those of the graph.
// Quantised  values of integers with a scale become DequantizeLinear -> op in f32 -> QuantizeLinear, with the scales of
//            each channel: the form that TensorRT, OpenVINO and QNN turn into integer kernels. Ops that only move
//            elements work on the integers.
// Opset      17; raised when an op needs a newer one, unless the caller asked for a certain one.
//
// Errors     kUnsupported lists every node that ONNX cannot express, with the reason; kResourceExhausted the model is
//            larger than 2 GiB and no external file was allowed
// Memory     weights are copied into the file's bytes once; external ones are shared
// Threads    pure function
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "ir/graph.h"

namespace verge::to_onnx {

inline constexpr int kDefaultOpset = 17;
inline constexpr int kMinOpset = 13;
inline constexpr int kMaxOpset = 21;

struct ExportOptions {
  int opset = 0;  // 0: kDefaultOpset, or what the ops need; else exactly this one
  // The name, beside the .onnx file, of the file for weights when the model is larger than max_file_bytes. "": none.
  std::string weights_name = {};
  size_t max_file_bytes = (size_t{2} << 30) - 1;  // protobuf's own limit
};

struct OnnxFile {
  std::string model;
  // What belongs into the file options.weights_name, one after the other, each at the next multiple of
  // kWeightsAlignment; empty when the model holds its weights itself.
  std::vector<std::shared_ptr<const ir::Buffer>> weights;
  int opset = 0;
  size_t nodes = 0;
};
inline constexpr size_t kWeightsAlignment = 4096;

Result<OnnxFile> ExportOnnx(const ir::Graph& graph, const ExportOptions& options = {});

}  // namespace verge::to_onnx
