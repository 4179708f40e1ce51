#include "ops/define_op.h"

#include <cmath>
#include <string>

namespace verge::ops {
namespace {

// Finds the first attribute outside its range.
class RangeVisitor final : public AttrVisitor {
 public:
  void Int(const char* name, int64_t& value, int64_t min, int64_t max) override {
    if (value >= min && value <= max) return;
    Fail(name, "is " + std::to_string(value) + ", wants " + std::to_string(min) + " to " + std::to_string(max));
  }
  void Float(const char* name, float& value) override {
    if (!std::isfinite(value)) Fail(name, "is not a finite number");
  }
  void Bool(const char* /*name*/, bool& /*value*/) override {}
  void Enum(const char* name, int32_t& value, std::span<const char* const> names) override {
    if (value >= 0 && static_cast<size_t>(value) < names.size()) return;
    Fail(name, "has the unknown value " + std::to_string(value));
  }
  void Ints(const char* name, IntList& value) override {
    if (value.size >= 0 && value.size <= IntList::kCapacity) return;
    Fail(name, "has " + std::to_string(value.size) + " entries, wants at most " + std::to_string(IntList::kCapacity));
  }

  Status TakeStatus() { return std::move(status_); }

 private:
  void Fail(const char* name, const std::string& what) {
    if (status_.ok()) status_ = VERGE_ERROR(kInvalidArgument, "attribute " + std::string(name) + " " + what);
  }
  Status status_;
};

Status CheckCount(const char* what, size_t count, int min, int max) {
  if (count >= static_cast<size_t>(min) && (max < 0 || count <= static_cast<size_t>(max))) return Status::Ok();
  std::string want = std::to_string(min);
  if (max < 0) want += " or more";
  if (max > min) want += " to " + std::to_string(max);
  return VERGE_ERROR(kInvalidArgument, "has " + std::to_string(count) + " " + what + ", wants " + want);
}

Status CheckTensor(const std::string& what, const TensorType& type) {
  for (const int64_t d : type.shape.dims()) {
    if (d < 1) return VERGE_ERROR(kInvalidArgument, what + " has the empty or negative shape " + ToString(type.shape));
  }
  const std::optional<size_t> bytes = type.CheckedBytes();
  if (!bytes || *bytes > kMaxTensorBytes) {
    return VERGE_ERROR(kInvalidArgument, what + " of shape " + ToString(type.shape) + " is too large");
  }
  return Status::Ok();
}

}  // namespace

uint64_t NoMacs(const OpAttrs& /*attrs*/, std::span<const TensorType> /*inputs*/,
                std::span<const TensorType> /*outputs*/) {
  return 0;
}

Status CheckBeforeRule(const Arity& arity, void (*visit)(OpAttrs&, AttrVisitor&), const InferArgs& args) {
  VERGE_TRY(CheckCount("inputs", args.inputs.size(), arity.min_inputs, arity.max_inputs));
  VERGE_TRY(CheckCount("outputs", args.outputs.size(), arity.min_outputs, arity.max_outputs));
  OpAttrs attrs = args.attrs;
  RangeVisitor ranges;
  visit(attrs, ranges);
  VERGE_TRY(ranges.TakeStatus());
  for (size_t i = 0; i < args.inputs.size(); ++i) {
    const std::string what = "input " + std::to_string(i);
    if (args.inputs[i].is_present) {
      VERGE_TRY(CheckTensor(what, args.inputs[i].type));
    } else if (arity.max_inputs < 0 || i < static_cast<size_t>(arity.min_inputs)) {
      return VERGE_ERROR(kInvalidArgument, what + " is required and missing");
    }
  }
  return Status::Ok();
}

Status CheckAfterRule(const InferArgs& args) {
  for (size_t i = 0; i < args.outputs.size(); ++i) {
    VERGE_TRY(CheckTensor("output " + std::to_string(i), args.outputs[i]));
  }
  return Status::Ok();
}

}  // namespace verge::ops
