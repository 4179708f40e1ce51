#include "import/tflite/run_operator.h"

#include "import/tflite/import.h"
#include "ir/evaluate.h"
#include "ops/elem.h"

namespace verge::tflite {

int32_t RunOperator::In(const std::vector<int32_t>& shape, const std::vector<double>& values, schema::TensorType type) {
  inputs_.push_back(b.AddTensor("in" + std::to_string(inputs_.size()), shape, type));
  values_.push_back(values);
  return inputs_.back();
}

int32_t RunOperator::Ints(const std::vector<int32_t>& values) {
  return b.AddConstant("ints", {static_cast<int32_t>(values.size())}, schema::TensorType::INT32, values);
}

int32_t RunOperator::Int(int32_t value) {
  return b.AddConstant<int32_t>("int", {}, schema::TensorType::INT32, {value});
}

int32_t RunOperator::Floats(const std::vector<int32_t>& shape, const std::vector<float>& values) {
  return b.AddConstant("floats", shape, schema::TensorType::FLOAT32, values);
}

int32_t RunOperator::Out(const std::vector<int32_t>& shape, schema::TensorType type) {
  outs_.push_back(b.AddTensor("out" + std::to_string(outs_.size()), shape, type));
  return outs_.back();
}

std::vector<double> RunOperator::Run(schema::BuiltinOperator code, const std::vector<int32_t>& inputs,
                                     schema::BuiltinOptions kind, ModelBuilder::Offset options) {
  b.AddOperator(code, inputs, outs_, kind, options);
  return Compute();
}

std::vector<double> RunOperator::RunCustom(const char* name, const std::vector<int32_t>& inputs,
                                           const std::vector<uint8_t>& options) {
  b.AddCustom(name, inputs, outs_, options);
  return Compute();
}

std::vector<double> RunOperator::Compute() {
  const std::vector<uint8_t> file = b.Finish(inputs_, outs_);
  const Result<ir::Graph> graph = Import(std::as_bytes(std::span(file)));
  if (!graph.ok()) {
    error = graph.status().ToString();
    return {};
  }
  std::vector<ir::BufferPtr> in;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const TensorType type = graph->value(graph->inputs[i]).type();
    const auto buffer = ir::Buffer::Allocate(*type.CheckedBytes());
    ops::Dispatch(type.dtype, [&]<typename T>() {
      for (size_t k = 0; k < values_[i].size(); ++k) {
        reinterpret_cast<T*>(buffer->mutable_data())[k] = T(static_cast<ops::Compute<T>>(values_[i][k]));
      }
    });
    in.push_back(buffer);
  }
  const Result<std::vector<ir::BufferPtr>> out = ir::Evaluate(*graph, in);
  if (!out.ok()) {
    error = out.status().ToString();
    return {};
  }
  for (size_t i = 0; i < out->size(); ++i) {
    const TensorType type = graph->value(graph->outputs[i]).type();
    std::vector<double> values;
    ops::Dispatch(type.dtype, [&]<typename T>() {
      for (size_t k = 0; k < type.shape.elems(); ++k) {
        values.push_back(
            static_cast<double>(static_cast<ops::Compute<T>>(reinterpret_cast<const T*>((*out)[i]->data())[k])));
      }
    });
    outputs.push_back(values);
  }
  return outputs.empty() ? std::vector<double>() : outputs[0];
}

}  // namespace verge::tflite
