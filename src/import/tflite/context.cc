#include "import/tflite/context.h"

#include <array>

#include "ops/cast/cast.h"
#include "ops/rule_checks.h"

namespace verge::tflite {

const flatbuffers::Table& EmptyTable() {
  // The vtable: its own size and the table's, both 4. The table: how far back the vtable lies.
  struct Bytes {
    std::array<uint16_t, 2> vtable;
    int32_t back;
  };
  alignas(4) static constexpr Bytes kBytes = {{4, 4}, 4};
  return reinterpret_cast<const flatbuffers::Table&>(kBytes.back);
}

ValueId OperatorContext::In(size_t i) {
  if (Has(i)) return inputs_[i];
  Invalid("has no input " + std::to_string(i) + ", which is required");
  return kNoValue;
}

int64_t OperatorContext::Int(size_t i, const char* what) {
  const std::vector<int64_t> values = Ints(i, what);
  if (values.size() == 1) return values[0];
  Invalid(std::string(what) + " has " + std::to_string(values.size()) + " numbers, wants one");
  return 0;
}

const ir::Value& OperatorContext::Declared(size_t i) {
  static const ir::Value kNothing;
  if (i < declared_.size()) return declared_[i];
  Invalid("has no output " + std::to_string(i) + ", which is required");
  return kNothing;
}

void OperatorContext::Out(size_t i, ValueId id) {
  if (i < results_.size()) {
    results_[i] = id;
  } else {
    Invalid("has no output " + std::to_string(i) + ", which is required");
  }
}

std::span<const uint8_t> OperatorContext::CustomOptions() const {
  const flatbuffers::Vector<uint8_t>* bytes = op.custom_options();
  return bytes == nullptr ? std::span<const uint8_t>() : std::span(bytes->data(), bytes->size());
}

size_t OperatorContext::AddVariable(ir::Value value) {
  value.name = b.ValueName(value.name);
  if (states_ != nullptr && b.ok()) return states_->Add(std::move(value));
  Unsupported("has memory, within a branch or a loop");
  return 0;
}

void OperatorContext::SetNext(size_t variable, ValueId next) {
  if (states_ != nullptr && b.ok()) states_->Set(variable, next);
}

int OperatorContext::Axis(int64_t axis, int rank) {
  const Result<int> positive = ops::NormaliseAxis(axis, rank);
  if (positive.ok()) return *positive;
  b.Fail(positive.status());
  return 0;
}

ValueId OperatorContext::Activate(ValueId x, schema::ActivationFunctionType activation) {
  const auto scalar = [&](double value) { return b.Scalar(b.dtype(x), value); };
  const auto at_least = [&](double lo) { return b.Binary(ops::BinaryKind::kMax, x, scalar(lo)); };
  switch (activation) {
    case schema::ActivationFunctionType::NONE: return x;
    case schema::ActivationFunctionType::RELU: return b.Unary(ops::UnaryKind::kRelu, x);
    case schema::ActivationFunctionType::RELU6: return b.Binary(ops::BinaryKind::kMin, at_least(0), scalar(6));
    case schema::ActivationFunctionType::RELU_N1_TO_1: return b.Binary(ops::BinaryKind::kMin, at_least(-1), scalar(1));
    case schema::ActivationFunctionType::TANH: return b.Unary(ops::UnaryKind::kTanh, x);
    case schema::ActivationFunctionType::SIGN_BIT:
      return b.Cast(b.Compare(ops::CompareKind::kLess, x, scalar(0)), b.dtype(x));
  }
  Invalid("has the unknown fused activation " + std::to_string(static_cast<int>(activation)));
  return x;
}

}  // namespace verge::tflite
