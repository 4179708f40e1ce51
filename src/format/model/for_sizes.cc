// VerifiedModel::ForSizes: new sizes of the inputs, then constants, then node by node attributes and types.
#include <cstring>
#include <limits>
#include <memory>
#include <string>

#include "base/checked.h"
#include "format/model/tables.h"
#include "ops/define_op.h"
#include "ops/elem.h"

namespace verge::format {
namespace {

// The most that all constants made here take together.
constexpr size_t kMaxMadeBytes = size_t{1} << 30;

Status CheckSizes(const Dynamics& dynamics, std::span<const int64_t> sizes) {
  if (sizes.size() != dynamics.symbols.size()) {
    return VERGE_ERROR(kInvalidArgument, "the model has " + std::to_string(dynamics.symbols.size()) +
                                             " open sizes, given are " + std::to_string(sizes.size()));
  }
  for (size_t i = 0; i < sizes.size(); ++i) {
    const Symbol& s = dynamics.symbols[i];
    if (sizes[i] >= s.min && sizes[i] <= s.max && (sizes[i] - s.min) % s.step == 0) continue;
    std::string want = std::to_string(s.min) + " to " + std::to_string(s.max);
    if (s.step > 1) want += " in steps of " + std::to_string(s.step);
    return VERGE_ERROR(kInvalidArgument, "size '" + std::string(s.name.substr(0, 128)) + "' is " +
                                             std::to_string(sizes[i]) + "; the model takes " + want);
  }
  return Status::Ok();
}

Result<int64_t> Evaluate(const Expression& e, const ModelTables& tables) {
  std::optional<int64_t> number = e.factor;
  for (const DimRef& ref : e.dims) {
    const int64_t dim = tables.values[ref.value].type.shape[static_cast<int>(ref.dim)];
    if (number) number = CheckedMul(*number, dim);
  }
  if (number) number = CheckedAdd(*number, e.offset);
  if (!number) return VERGE_ERROR(kInvalidArgument, "a size overflows");
  const int64_t quotient = *number / e.divisor;
  return *number % e.divisor < 0 ? quotient - 1 : quotient;
}

// Sets one integer attribute or one entry of a list.
class AttrSetter final : public ops::AttrVisitor {
 public:
  AttrSetter(const SymbolicAttr& attr, int64_t number) : attr_(attr), number_(number) {}
  void Int(const char* name, int64_t& value, int64_t /*min*/, int64_t /*max*/) override {
    if (name != attr_.name || attr_.index != 0) return;
    value = number_;
    is_set_ = true;
  }
  void Ints(const char* name, ops::IntList& value) override {
    if (name != attr_.name || attr_.index >= static_cast<uint32_t>(value.size)) return;
    value.values[attr_.index] = number_;
    is_set_ = true;
  }
  void Float(const char* /*name*/, float& /*value*/) override {}
  void Bool(const char* /*name*/, bool& /*value*/) override {}
  void Enum(const char* /*name*/, int32_t& /*value*/, std::span<const char* const> /*names*/) override {}
  bool is_set() const { return is_set_; }

 private:
  const SymbolicAttr& attr_;
  int64_t number_;
  bool is_set_ = false;
};

// One element of any type; a number that an integer type cannot hold goes to its nearest end.
template <typename T>
T Element(double number) {
  using C = ops::Compute<T>;
  if constexpr (std::is_integral_v<C> && !std::is_same_v<C, bool>) {
    if (!(number > static_cast<double>(std::numeric_limits<C>::min()))) return std::numeric_limits<C>::min();
    if (number >= static_cast<double>(std::numeric_limits<C>::max())) return std::numeric_limits<C>::max();
  }
  return T(static_cast<C>(number));
}

class Resizer {
 public:
  Resizer(const ModelTables& tables, ModelOwner& owner) : now_(tables), owner_(owner) {}

  Result<ModelTables> Run(std::span<const int64_t> sizes) {
    for (const SymbolicDim& d : now_.dynamics.dims) {
      TypeOf(now_.inputs[d.input]).shape.set(static_cast<int>(d.dim), sizes[d.symbol]);
    }
    for (const uint32_t index : now_.inputs) VERGE_TRY(CheckType(index));
    for (const SymbolicConstant& constant : now_.dynamics.constants) VERGE_TRY(MakeConstant(constant));
    VERGE_TRY(SetElements());
    size_t next = 0;
    for (size_t i = 0; i < now_.nodes.size(); ++i) {
      Status status = ResizeNode(i, next);
      if (!status.ok()) {
        return std::move(status).WithContext("for these sizes, node " + std::string(now_.nodes[i].name.substr(0, 128)) +
                                             " (" + ops::GetOp(now_.nodes[i].op).name + ")");
      }
    }
    VERGE_TRY(CheckStates());
    return std::move(now_);
  }

 private:
  TensorType& TypeOf(uint32_t value) { return now_.values[value].type; }

  // What decoding checked once for the file's own shapes.
  Status CheckType(uint32_t value) {
    const TensorType& type = TypeOf(value);
    const std::optional<size_t> bytes = type.CheckedBytes();
    if (!bytes || *bytes > ops::kMaxTensorBytes) {
      return VERGE_ERROR(kInvalidArgument, "a tensor of shape " + ToString(type.shape) + " is too large");
    }
    const size_t scales = type.quant.scales.size();
    if (scales > 1 && type.shape[type.quant.axis] != static_cast<int64_t>(scales)) {
      return VERGE_ERROR(kInvalidArgument, "there are " + std::to_string(scales) + " quantisation scales for axis " +
                                               std::to_string(type.quant.axis) + " of " + ToString(type.shape));
    }
    return Status::Ok();
  }

  // Fresh memory for a constant of the type that the value has now.
  Result<std::byte*> Allocate(uint32_t value) {
    VERGE_TRY(CheckType(value));
    const size_t bytes = TypeOf(value).CheckedBytes().value_or(0);
    if (bytes > kMaxMadeBytes - made_bytes_) {
      return VERGE_ERROR(kResourceExhausted, "constants of these sizes take more than 1 GiB");
    }
    made_bytes_ += bytes;
    VERGE_TRY_ASSIGN(AlignedBytes memory, AlignedBytes::Allocate(bytes));
    owner_.constants.push_back(std::move(memory));
    std::byte* const data = owner_.constants.back().bytes().data();
    now_.values[value].constant = data;
    return data;
  }

  Status MakeConstant(const SymbolicConstant& constant) {
    for (size_t d = 0; d < constant.shape.size(); ++d) {
      VERGE_TRY_ASSIGN(const int64_t dim, Evaluate(constant.shape[d], now_));
      if (dim < 1) return VERGE_ERROR(kInvalidArgument, "for these sizes a constant would be empty");
      TypeOf(constant.value).shape.set(static_cast<int>(d), dim);
    }
    VERGE_TRY_ASSIGN(std::byte* const data, Allocate(constant.value));
    const size_t count = TypeOf(constant.value).shape.elems();
    ops::Dispatch(TypeOf(constant.value).dtype, [&]<typename T>() {
      auto* to = reinterpret_cast<T*>(data);
      for (size_t i = 0; i < count; ++i) to[i] = Element<T>(constant.start + static_cast<double>(i) * constant.step);
    });
    return Status::Ok();
  }

  Status SetElements() {
    std::byte* data = nullptr;
    const std::vector<SymbolicElement>& elements = now_.dynamics.elements;
    for (size_t i = 0; i < elements.size(); ++i) {
      const uint32_t value = elements[i].value;
      if (i == 0 || elements[i - 1].value != value) {
        const std::byte* const old = now_.values[value].constant;
        VERGE_TRY_ASSIGN(data, Allocate(value));
        std::memcpy(data, old, TypeOf(value).CheckedBytes().value_or(0));
      }
      if (elements[i].index >= TypeOf(value).shape.elems()) return VERGE_ERROR(kInvalidArgument, "an element is gone");
      VERGE_TRY_ASSIGN(const int64_t number, Evaluate(elements[i].number, now_));
      ops::Dispatch(TypeOf(value).dtype, [&]<typename T>() {
        reinterpret_cast<T*>(data)[elements[i].index] = Element<T>(static_cast<double>(number));
      });
    }
    return Status::Ok();
  }

  // `next` is the first symbolic attribute of this node or of a later one.
  Status ResizeNode(size_t index, size_t& next) {
    ModelNode& node = now_.nodes[index];
    const std::vector<SymbolicAttr>& attrs = now_.dynamics.attrs;
    for (; next < attrs.size() && attrs[next].node == index; ++next) {
      VERGE_TRY_ASSIGN(const int64_t number, Evaluate(attrs[next].number, now_));
      AttrSetter setter(attrs[next], number);
      ops::GetOp(node.op).visit_attrs(node.attrs, setter);
      if (!setter.is_set()) return VERGE_ERROR(kInvalidArgument, "has no such attribute");
    }
    VERGE_TRY_ASSIGN(const std::vector<TensorType> types, InferNode(now_, node));
    for (size_t i = 0; i < types.size(); ++i) {
      TensorType& type = TypeOf(node.outputs[i]);
      if (type.dtype != types[i].dtype) return VERGE_ERROR(kInvalidArgument, "would make another element type");
      type.shape = types[i].shape;
      VERGE_TRY(CheckType(node.outputs[i]));
    }
    return Status::Ok();
  }

  // Their memory goes on from run to run, so its size is fixed.
  Status CheckStates() {
    for (const ModelState& state : now_.states) {
      if (TypeOf(state.input).shape == TypeOf(state.output).shape) continue;
      return VERGE_ERROR(kInvalidArgument, "for these sizes a state would change its shape");
    }
    return Status::Ok();
  }

  ModelTables now_;
  ModelOwner& owner_;
  size_t made_bytes_ = 0;
};

}  // namespace

Result<VerifiedModel> VerifiedModel::ForSizes(std::span<const int64_t> sizes) const {
  VERGE_TRY(CheckSizes(tables_.dynamics, sizes));
  const auto owner = std::make_shared<ModelOwner>();
  owner->file = owner_;
  VERGE_TRY_ASSIGN(ModelTables tables, Resizer(tables_, *owner).Run(sizes));
  return VerifiedModel(std::move(tables), owner);
}

}  // namespace verge::format
