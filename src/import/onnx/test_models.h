// Small models in protobuf's text form, for tests and as the fuzzer's seeds.
#pragma once

#include <string>

namespace verge::onnx {

struct TestModel {
  const char* name;
  const char* text;
};

// Every model here can be imported.
inline constexpr TestModel kTestModels[] = {
    {"convnet", R"(
ir_version: 8 opset_import { version: 13 }
graph { name: "convnet"
  node { op_type: "Conv" name: "conv" input: "x" input: "w" output: "c" attribute { name: "pads" type: INTS ints: [1, 1, 1, 1] } }
  node { op_type: "BatchNormalization" name: "norm" input: "c" input: "s" input: "o" input: "m" input: "v" output: "n" }
  node { op_type: "Relu" name: "act" input: "n" output: "r" }
  node { op_type: "MaxPool" name: "pool" input: "r" output: "p"
         attribute { name: "kernel_shape" type: INTS ints: [2, 2] } attribute { name: "strides" type: INTS ints: [2, 2] } }
  node { op_type: "GlobalAveragePool" name: "mean" input: "p" output: "g" }
  node { op_type: "Flatten" name: "flat" input: "g" output: "f" }
  node { op_type: "Gemm" name: "fc" input: "f" input: "k" output: "y" attribute { name: "transB" type: INT i: 1 } }
  initializer { name: "w" data_type: 1 dims: [2, 1, 3, 3] float_data: [1, 2, 3, 4, 5, 6, 7, 8, 9, -1, -2, -3, -4, -5, -6, -7, -8, -9] }
  initializer { name: "s" data_type: 1 dims: 2 float_data: [1, 2] }
  initializer { name: "o" data_type: 1 dims: 2 float_data: [0.5, 0.25] }
  initializer { name: "m" data_type: 1 dims: 2 float_data: [0.1, 0.2] }
  initializer { name: "v" data_type: 1 dims: 2 float_data: [1, 4] }
  initializer { name: "k" data_type: 1 dims: [3, 2] float_data: [1, 2, 3, 4, 5, 6] }
  input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_param: "batch" } dim { dim_value: 1 } dim { dim_value: 6 } dim { dim_value: 6 } } } } }
  output { name: "y" type { tensor_type { elem_type: 1 } } }
})"},
    {"shape_arithmetic", R"(
ir_version: 8 opset_import { version: 13 }
graph { name: "shapes"
  node { op_type: "Shape" input: "x" output: "s" }
  node { op_type: "Gather" input: "s" input: "zero" output: "n" }
  node { op_type: "Unsqueeze" input: "n" input: "axes" output: "n1" }
  node { op_type: "Concat" input: "n1" input: "rest" output: "target" attribute { name: "axis" type: INT i: 0 } }
  node { op_type: "Reshape" input: "x" input: "target" output: "y" }
  initializer { name: "zero" data_type: 7 int64_data: 0 }
  initializer { name: "axes" data_type: 7 dims: 1 int64_data: 0 }
  initializer { name: "rest" data_type: 7 dims: 1 int64_data: -1 }
  input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_value: 2 } dim { dim_value: 3 } dim { dim_value: 4 } } } } }
  output { name: "y" type { tensor_type { elem_type: 1 } } }
})"},
    {"loop", R"(
ir_version: 8 opset_import { version: 13 }
graph { name: "loop"
  node { op_type: "Loop" name: "twice" input: "count" input: "" input: "x" output: "last" output: "all"
    attribute { name: "body" type: GRAPH g { name: "body"
      node { op_type: "Add" name: "double" input: "state" input: "state" output: "next" }
      node { op_type: "Identity" input: "cond" output: "go" }
      node { op_type: "Identity" input: "next" output: "seen" }
      input { name: "i" type { tensor_type { elem_type: 7 } } }
      input { name: "cond" type { tensor_type { elem_type: 9 } } }
      input { name: "state" type { tensor_type { elem_type: 1 } } }
      output { name: "go" type { tensor_type { elem_type: 9 } } }
      output { name: "next" type { tensor_type { elem_type: 1 } } }
      output { name: "seen" type { tensor_type { elem_type: 1 } } } } } }
  initializer { name: "count" data_type: 7 int64_data: 3 }
  input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_value: 2 } } } } }
  output { name: "last" type { tensor_type { elem_type: 1 } } }
  output { name: "all" type { tensor_type { elem_type: 1 } } }
})"},
    {"quantised", R"(
ir_version: 8 opset_import { version: 13 }
graph { name: "quantised"
  node { op_type: "QuantizeLinear" input: "x" input: "scale" input: "zero" output: "q" }
  node { op_type: "MatMulInteger" input: "q" input: "w" input: "zero" output: "m" }
  node { op_type: "DequantizeLinear" input: "q" input: "scale" input: "zero" output: "y" }
  initializer { name: "scale" data_type: 1 float_data: 0.5 }
  initializer { name: "zero" data_type: 2 int32_data: 128 }
  initializer { name: "w" data_type: 3 dims: [2, 2] int32_data: [1, -2, 3, -4] }
  input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_value: 1 } dim { dim_value: 2 } } } } }
  output { name: "m" type { tensor_type { elem_type: 6 } } }
  output { name: "y" type { tensor_type { elem_type: 1 } } }
})"},
    {"sequence", R"(
ir_version: 8 opset_import { version: 13 }
graph { name: "sequence"
  node { op_type: "SplitToSequence" input: "x" output: "parts" attribute { name: "axis" type: INT i: 1 } }
  node { op_type: "SequenceAt" input: "parts" input: "at" output: "one" }
  node { op_type: "SequenceInsert" input: "parts" input: "one" output: "more" }
  node { op_type: "ConcatFromSequence" input: "more" output: "y" attribute { name: "axis" type: INT i: 0 } }
  initializer { name: "at" data_type: 7 int64_data: -1 }
  input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_value: 2 } dim { dim_value: 3 } } } } }
  output { name: "y" type { tensor_type { elem_type: 1 } } }
})"},
    {"many_ops", R"(
ir_version: 8 opset_import { version: 16 }
graph { name: "many"
  node { op_type: "Softmax" input: "x" output: "a" attribute { name: "axis" type: INT i: -1 } }
  node { op_type: "TopK" input: "a" input: "k" output: "b" output: "bi" }
  node { op_type: "ReduceMean" input: "b" output: "c" attribute { name: "axes" type: INTS ints: 1 } }
  node { op_type: "Einsum" input: "x" input: "x" output: "d" attribute { name: "equation" type: STRING s: "nij,njk->nik" } }
  node { op_type: "Resize" input: "x" input: "" input: "scales" output: "e" attribute { name: "mode" type: STRING s: "linear" } }
  node { op_type: "LSTM" input: "x" input: "w" input: "r" output: "" output: "h" attribute { name: "hidden_size" type: INT i: 1 } }
  node { op_type: "Slice" input: "x" input: "starts" input: "ends" input: "axes" input: "steps" output: "f" }
  node { op_type: "Pad" input: "x" input: "pads" output: "g" attribute { name: "mode" type: STRING s: "reflect" } }
  initializer { name: "k" data_type: 7 dims: 1 int64_data: 2 }
  initializer { name: "scales" data_type: 1 dims: 3 float_data: [1, 2, 1.5] }
  initializer { name: "w" data_type: 1 dims: [1, 4, 3] float_data: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] }
  initializer { name: "r" data_type: 1 dims: [1, 4, 1] float_data: [1, 2, 3, 4] }
  initializer { name: "starts" data_type: 7 dims: 1 int64_data: -1 }
  initializer { name: "ends" data_type: 7 dims: 1 int64_data: -9223372036854775808 }
  initializer { name: "axes" data_type: 7 dims: 1 int64_data: 2 }
  initializer { name: "steps" data_type: 7 dims: 1 int64_data: -2 }
  initializer { name: "pads" data_type: 7 dims: 6 int64_data: [0, 1, 1, 0, 1, -1] }
  input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_value: 2 } dim { dim_value: 3 } dim { dim_value: 3 } } } } }
  output { name: "c" type { tensor_type { elem_type: 1 } } }
  output { name: "d" type { tensor_type { elem_type: 1 } } }
  output { name: "e" type { tensor_type { elem_type: 1 } } }
  output { name: "h" type { tensor_type { elem_type: 1 } } }
  output { name: "f" type { tensor_type { elem_type: 1 } } }
  output { name: "g" type { tensor_type { elem_type: 1 } } }
})"},
};

// The bytes of a model file; "" when the text is no model.
std::string ModelBytes(const char* text);
// The same for a tensor of a test data set.
std::string TensorBytes(const char* text);

}  // namespace verge::onnx
