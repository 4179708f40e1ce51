// What a converter sees of its operator: inputs as values of the graph under construction, options with their defaults,
// and places for the outputs. Converters build any number of nodes; operators that become exactly one node of one op
// are mapped in the op's own folder (mapping.h).
//
// A tensor of complex numbers is an f32 tensor with one more dimension of size 2: real and imaginary part.
//
// Errors are the builder's: sticky. A converter may go on after one; it must only not index by numbers of a failed
// call.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "import/onnx/builder.h"
#include "import/tflite/states.h"
#include "import/tflite/tflite_generated.h"

namespace verge::tflite {

using ir::kNoValue;
using ir::ValueId;
using onnx::Builder;
using onnx::ToIntList;

// A table without any field set: every getter gives the default of the schema.
const flatbuffers::Table& EmptyTable();

class OperatorContext {
 public:
  // `states` null: memory is not allowed here.
  OperatorContext(Builder& builder, const schema::Operator& from, std::vector<ValueId> inputs, States* states)
      : b(builder), op(from), inputs_(std::move(inputs)), states_(states) {}

  Builder& b;
  const schema::Operator& op;  // verified
  bool is_complex = false;     // an input or an output holds complex numbers

  // Replaces an input that is there.
  void SetInput(size_t i, ValueId id) { inputs_[i] = id; }
  size_t input_count() const { return inputs_.size(); }
  bool Has(size_t i) const { return i < inputs_.size() && inputs_[i] != kNoValue; }
  // An input that must be there; kNoValue, and an error, when it is not.
  ValueId In(size_t i);
  // The whole numbers of input `i`, which must be constant.
  std::vector<int64_t> Ints(size_t i, const char* what) { return b.Ints(In(i), what); }
  // The same of an input with one element; 0 after an error.
  int64_t Int(size_t i, const char* what);

  void SetDeclared(std::vector<ir::Value> declared) {
    declared_ = std::move(declared);
    results_.assign(declared_.size(), kNoValue);
  }
  size_t output_count() const { return declared_.size(); }
  // What the file says of output `i`: type, quantisation and, as far as known, shape. An output that is not there is
  // an error, and gives an f32 scalar.
  const ir::Value& Declared(size_t i);
  bool Wants(size_t i) const { return i < declared_.size(); }
  void Out(size_t i, ValueId id);
  std::span<const ValueId> results() const { return results_; }

  // The options, with the defaults of the schema when the file has none; options of another kind are an error.
  template <typename T>
  const T& Options() {
    if (const T* options = op.builtin_options_as<T>()) return *options;
    if (op.builtin_options() != nullptr) Invalid("has options of another kind of operator");
    return reinterpret_cast<const T&>(EmptyTable());
  }
  // The bytes of a custom operator's options.
  std::span<const uint8_t> CustomOptions() const;

  // Input `i` is memory, and `next` what it holds after the operator: if it is a variable of the model, in the next
  // run.
  struct Memory {
    size_t input;
    ValueId next;
  };
  void Remember(size_t i, ValueId next) { memory_.push_back({i, next}); }
  std::span<const Memory> memory() const { return memory_; }

  // Memory from run to run: what the variable holds now, zeros in the first run, and what it holds after this one.
  size_t AddVariable(ir::Value value);
  ValueId Now(size_t variable) const { return states_ == nullptr ? kNoValue : states_->Now(variable); }
  void SetNext(size_t variable, ValueId next);

  // An axis within the rank, made positive; 0 after an error.
  int Axis(int64_t axis, int rank);
  // The function that the file has joined to an operator's result.
  ValueId Activate(ValueId x, schema::ActivationFunctionType activation);
  std::vector<int64_t> Dims(ValueId x) const { return {b.shape(x).dims().begin(), b.shape(x).dims().end()}; }

  void Unsupported(const std::string& what) { b.Fail(VERGE_ERROR(kUnsupported, what)); }
  void Invalid(const std::string& what) { b.Fail(VERGE_ERROR(kDataLoss, what)); }

 private:
  std::vector<ValueId> inputs_;
  std::vector<ir::Value> declared_;
  std::vector<ValueId> results_;
  std::vector<Memory> memory_;
  States* states_;
};

// Which quantised integers an operator takes.
enum class Quantised {
  kNone,  // it computes with real numbers, or with plain integers: quantised ones are made real before, and back after
  kSame,  // it moves or compares elements: any, as long as all inputs and outputs have one scale and zero point
  kAny,   // it looks after them itself
};

// One row of a family's table.
struct Converter {
  schema::BuiltinOperator code;
  void (*convert)(OperatorContext& c);
  Quantised quantised = Quantised::kNone;
  bool takes_complex = false;
  // When given and false, the operator is left to the mapping of the op's folder.
  bool (*applies)(OperatorContext& c) = nullptr;
  const char* custom = nullptr;  // the name of a CUSTOM operator
};

// All tables, one a file of convert/.
std::span<const std::span<const Converter>> AllConverters();

}  // namespace verge::tflite
