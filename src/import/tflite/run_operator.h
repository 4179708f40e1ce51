// Imports a model of one operator and computes it with the reference kernels. For tests.
#pragma once

#include <string>
#include <vector>

#include "import/tflite/model_builder.h"

namespace verge::tflite {

class RunOperator {
 public:
  ModelBuilder b;

  // A graph input with values, of f32 or, for the others, rounded to the type.
  int32_t In(const std::vector<int32_t>& shape, const std::vector<double>& values,
             schema::TensorType type = schema::TensorType::FLOAT32);
  // Constants: whole numbers (i32, one dimension), one whole number, floats.
  int32_t Ints(const std::vector<int32_t>& values);
  int32_t Int(int32_t value);
  int32_t Floats(const std::vector<int32_t>& shape, const std::vector<float>& values);
  // An output; several may be declared before Run.
  int32_t Out(const std::vector<int32_t>& shape, schema::TensorType type = schema::TensorType::FLOAT32);

  // The values of the first output. After an error: nothing, and the text in `error`.
  std::vector<double> Run(schema::BuiltinOperator code, const std::vector<int32_t>& inputs,
                          schema::BuiltinOptions kind = schema::BuiltinOptions::NONE, ModelBuilder::Offset options = 0);
  std::vector<double> RunCustom(const char* name, const std::vector<int32_t>& inputs,
                                const std::vector<uint8_t>& options);
  // Every output of the last run.
  std::vector<std::vector<double>> outputs;
  std::string error;

 private:
  std::vector<double> Compute();
  std::vector<int32_t> inputs_;
  std::vector<std::vector<double>> values_;
  std::vector<int32_t> outs_;
};

}  // namespace verge::tflite
