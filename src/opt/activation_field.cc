#include "opt/activation_field.h"

#include <cstring>

#include "ops/activation.h"

namespace verge::opt {
namespace {

// Finds the field called "activation", reads it, and writes it when there is something to write.
class ActivationField final : public ops::AttrVisitor {
 public:
  explicit ActivationField(std::optional<int32_t> wanted) : wanted_(wanted) {}
  void Int(const char* /*name*/, int64_t& /*value*/, int64_t /*min*/, int64_t /*max*/) override {}
  void Float(const char* /*name*/, float& /*value*/) override {}
  void Bool(const char* /*name*/, bool& /*value*/) override {}
  void Ints(const char* /*name*/, ops::IntList& /*value*/) override {}
  // Cells of recurrent layers have an attribute of that name too, with functions of their own.
  void Enum(const char* name, int32_t& value, std::span<const char* const> names) override {
    if (std::strcmp(name, "activation") != 0 || names.data() != ops::kActivationNames.data()) return;
    found_ = value;
    if (wanted_) value = *wanted_;
  }
  std::optional<int32_t> found() const { return found_; }

 private:
  std::optional<int32_t> wanted_;
  std::optional<int32_t> found_;
};

}  // namespace

std::optional<int32_t> ActivationOf(const ir::Node& node) {
  ops::OpAttrs attrs = node.attrs;  // the visitor wants to write
  ActivationField field(std::nullopt);
  ops::GetOp(node.op).visit_attrs(attrs, field);
  return field.found();
}

void SetActivation(ir::Node& node, int32_t activation) {
  ActivationField field(activation);
  ops::GetOp(node.op).visit_attrs(node.attrs, field);
}

bool HasNoActivation(const ir::Node& node) {
  return ActivationOf(node).value_or(ops::kNoActivation) == ops::kNoActivation;
}

}  // namespace verge::opt
