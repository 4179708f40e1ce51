// Makes small TFLite files for tests: tensors, constants and operators in the order of the calls.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "import/tflite/tflite_generated.h"

namespace verge::tflite {

class ModelBuilder {
 public:
  using Offset = flatbuffers::Offset<void>;

  // Returns the tensor's index. An empty `data`: computed or an input.
  int32_t AddTensor(const std::string& name, const std::vector<int32_t>& shape,
                    schema::TensorType type = schema::TensorType::FLOAT32, const std::vector<uint8_t>& data = {});

  template <typename T>
  int32_t AddConstant(const std::string& name, const std::vector<int32_t>& shape, schema::TensorType type,
                      const std::vector<T>& values) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(values.data());
    return AddTensor(name, shape, type, {bytes, bytes + values.size() * sizeof(T)});
  }

  void AddOperator(schema::BuiltinOperator code, const std::vector<int32_t>& inputs,
                   const std::vector<int32_t>& outputs, schema::BuiltinOptions kind = schema::BuiltinOptions::NONE,
                   Offset options = 0, const char* custom_code = nullptr);

  // The next AddOperator has these tensors inside it.
  void SetNextIntermediates(std::vector<int32_t> tensors) { next_intermediates_ = std::move(tensors); }
  // The next AddOperator has options of the second union.
  void SetNextOptions2(schema::BuiltinOptions2 kind, Offset options) { next_options_2_ = {kind, options}; }

  // Ends one subgraph, the first of which is the main one, and begins the next. Finish ends the last one.
  void EndSubgraph(const std::vector<int32_t>& inputs, const std::vector<int32_t>& outputs, const char* name = "main");
  // A CUSTOM operator with these bytes as its options.
  void AddCustom(const char* name, const std::vector<int32_t>& inputs, const std::vector<int32_t>& outputs,
                 const std::vector<uint8_t>& options);

  // Bytes that the model's metadata list under `name`.
  void AddMetadata(const char* name, const std::vector<uint8_t>& bytes);

  // For options: schema::CreateAddOptions(builder.fbb(), ...).Union().
  flatbuffers::FlatBufferBuilder& fbb() { return fbb_; }

  struct TensorParts {
    std::vector<float> scales = {};
    std::vector<int64_t> zero_points = {};
    int32_t axis = 0;
    bool is_variable = false;
    uint32_t buffer = UINT32_MAX;  // instead of its own
    std::vector<int32_t> signature = {};
    flatbuffers::Offset<schema::SparsityParameters> sparsity = 0;
  };
  // The next AddTensor takes these.
  void SetNext(TensorParts parts) { next_ = std::move(parts); }

  // Ends the file. `version` other than 3 makes a file that must be refused.
  std::vector<uint8_t> Finish(const std::vector<int32_t>& inputs, const std::vector<int32_t>& outputs,
                              const char* description = nullptr, uint32_t version = 3);

 private:
  flatbuffers::FlatBufferBuilder fbb_;
  std::vector<flatbuffers::Offset<schema::Tensor>> tensors_;
  std::vector<flatbuffers::Offset<schema::Operator>> operators_;
  std::vector<flatbuffers::Offset<schema::SubGraph>> subgraphs_;
  std::vector<int32_t> next_intermediates_;
  std::pair<schema::BuiltinOptions2, Offset> next_options_2_;
  std::vector<flatbuffers::Offset<schema::OperatorCode>> codes_;
  std::vector<flatbuffers::Offset<schema::Buffer>> buffers_ = {schema::CreateBuffer(fbb_)};  // 0: the empty one
  std::vector<flatbuffers::Offset<schema::Metadata>> metadata_;
  TensorParts next_;
  std::vector<uint8_t> custom_options_;  // of the next operator
};

// One file that uses every operator that is mapped, 8x8 images, a few kilobytes: the fuzzer's best seed.
std::vector<uint8_t> BuildEveryOperator();

// A stream of numbers with every kind of memory and control flow: an LSTM, an SVDF, a resource variable with a first
// value, a branch and a loop.
std::vector<uint8_t> BuildStream();
// One file with most of the operators that have converters.
std::vector<uint8_t> BuildManyOperators();

// A quarter of a detector: pad, conv, depthwise, relu6, reshape, concat; fp16 weights.
std::vector<uint8_t> BuildSmallDetector();

}  // namespace verge::tflite
