#include "import/onnx/builder.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "base/checked.h"
#include "ir/evaluate.h"
#include "ops/add/add.h"
#include "ops/cast/cast.h"
#include "ops/concat/concat.h"
#include "ops/elem.h"
#include "ops/expand/expand.h"
#include "ops/gather/gather.h"
#include "ops/logistic/logistic.h"
#include "ops/matmul/matmul.h"
#include "ops/mul/mul.h"
#include "ops/relu/relu.h"
#include "ops/reshape/reshape.h"
#include "ops/slice/slice.h"
#include "ops/sub/sub.h"
#include "ops/transpose/transpose.h"
#include "ops/where/where.h"

namespace verge::onnx {
namespace {

constexpr size_t kMaxNameBytes = 1024;
constexpr size_t kMaxRefusalBytes = 4000;  // of the message that lists all refused nodes
constexpr size_t kNoNode = static_cast<size_t>(-1);

template <typename To>
std::vector<To> Numbers(const ir::Value& value) {
  std::vector<To> out;
  const size_t count = value.shape.elems();
  ops::Dispatch(value.dtype, [&]<typename T>() {
    const auto* data = reinterpret_cast<const T*>(value.constant->data());
    for (size_t i = 0; i < count; ++i) out.push_back(static_cast<To>(static_cast<ops::Compute<T>>(data[i])));
  });
  return out;
}

// A double as any type; integers go to the nearest end of theirs.
template <typename C>
C Saturate(double value) {
  if constexpr (std::is_integral_v<C> && !std::is_same_v<C, bool>) {
    if (!(value > static_cast<double>(std::numeric_limits<C>::min()))) return std::numeric_limits<C>::min();
    if (value >= static_cast<double>(std::numeric_limits<C>::max())) return std::numeric_limits<C>::max();
  }
  return static_cast<C>(value);
}

// Steps of ops that compare, sort or interpolate, which count no multiply-accumulates.
uint64_t StepsOf(const ir::Node& node, const std::vector<TensorType>& in, const std::vector<TensorType>& out) {
  const uint64_t elems = in[0].shape.elems();
  switch (node.op) {
    case ops::ids::kTopk: return CheckedMul<uint64_t>(elems, out[0].shape.elems()).value_or(UINT64_MAX);
    case ops::ids::kNms: return CheckedMul<uint64_t>(elems, in[1].shape.elems()).value_or(UINT64_MAX);
    case ops::ids::kDet: return CheckedMul<uint64_t>(elems, elems).value_or(UINT64_MAX);
    case ops::ids::kRoiAlign: return CheckedMul<uint64_t>(out[0].shape.elems(), 1 << 20).value_or(UINT64_MAX);
    case ops::ids::kResize:
      return CheckedMul<uint64_t>(out[0].shape.elems(), uint64_t{1} << (2 * in[0].shape.rank())).value_or(UINT64_MAX);
    case ops::ids::kPoolNd: return CheckedMul<uint64_t>(elems, out[0].shape.elems()).value_or(UINT64_MAX);
    default: return ops::GetOp(node.op).macs(node.attrs, in, out);
  }
}

}  // namespace

void Builder::Fail(Status status) {
  if (status_.ok()) status_ = std::move(status);
}

void Builder::AddContext(const std::string& where) {
  if (status_.ok() || has_context_) return;
  has_context_ = true;
  status_ = std::move(status_).WithContext(where);
}

void Builder::NoteRefusal() {
  refusals_.push_back(std::move(status_));
  status_ = Status::Ok();
  has_context_ = false;
}

Status Builder::AllRefusals() const {
  if (refusals_.empty()) return status_;
  std::string text;
  size_t left_out = 0;
  const auto add = [&](const Status& refusal) {
    const std::string line(refusal.message());
    if (text.find(line) != std::string::npos) return;
    if (text.size() + line.size() > kMaxRefusalBytes) {
      ++left_out;
    } else {
      text += (text.empty() ? "" : "; ") + line;
    }
  };
  for (const Status& refusal : refusals_) add(refusal);
  if (!status_.ok()) add(status_);
  if (left_out > 0) text += "; and " + std::to_string(left_out) + " more";
  return VERGE_ERROR(kUnsupported, text);
}

const ir::Value& Builder::value(ValueId id) const {
  static const ir::Value kNothing;
  return id == kNoValue ? kNothing : graph_.values[id];
}

int64_t Builder::Dim(ValueId id, int d) {
  const int at = d < 0 ? d + rank(id) : d;
  if (at >= 0 && at < rank(id)) return shape(id)[at];
  Fail(VERGE_ERROR(kInvalidArgument, "'" + value(id).name + "' of shape " + ToString(shape(id)) + " has no dimension " +
                                         std::to_string(d)));
  return 1;
}

// Goes from the value to the graph inputs that it is computed from, each value once.
void Builder::NoteNeeded(ValueId id) {
  std::vector<bool> seen(graph_.values.size());
  std::vector<ValueId> open = {id};
  while (!open.empty()) {
    const ValueId now = open.back();
    open.pop_back();
    if (now == kNoValue || seen[now]) continue;
    seen[now] = true;
    if (now < producers_.size() && producers_[now] != kNoNode) {
      const std::vector<ValueId>& inputs = graph_.nodes[producers_[now]].inputs;
      open.insert(open.end(), inputs.begin(), inputs.end());
    } else if (!value(now).is_constant()) {
      needed_inputs_.insert(value(now).name);
    }
  }
}

bool Builder::RequireConstant(ValueId id, const char* what, const char* advice) {
  if (!ok()) return false;
  if (IsConstant(id)) return true;
  NoteNeeded(id);
  std::string names;
  for (const std::string& name : needed_inputs_) names += (names.empty() ? "'" : ", '") + name + "'";
  Fail(VERGE_ERROR(kFailedPrecondition, std::string(what) +
                                            " must be known when the model is imported; it depends on input " + names +
                                            ": give the input's value at import, or " + advice));
  return false;
}

std::vector<int64_t> Builder::Ints(ValueId id, const char* what) {
  if (!RequireConstant(id, what)) return {};
  if (ops::IsFloatDType(dtype(id))) {
    Fail(VERGE_ERROR(kInvalidArgument, std::string(what) + " is " + DTypeName(dtype(id)) + ", wants whole numbers"));
    return {};
  }
  return Numbers<int64_t>(value(id));
}

std::vector<double> Builder::Floats(ValueId id, const char* what) {
  if (!RequireConstant(id, what)) return {};
  return Numbers<double>(value(id));
}

std::string Builder::UniqueName(const std::string& wanted, std::unordered_set<std::string>& taken) {
  const std::string base = wanted.empty() ? "unnamed" : wanted.substr(0, kMaxNameBytes);
  std::string name = base;
  for (size_t n = taken.size(); !taken.insert(name).second; ++n) name = base + "_" + std::to_string(n);
  return name;
}

std::string Builder::ValueName(const std::string& wanted) {
  return naming_ ? naming_(wanted.substr(0, kMaxNameBytes)) : UniqueName(wanted, value_names_);
}

bool Builder::CountStep() {
  if (!ok()) return false;
  if (++steps_ <= limits_.max_steps) return true;
  Fail(VERGE_ERROR(kResourceExhausted,
                   "the model unrolls to more than " + std::to_string(limits_.max_steps) + " steps"));
  return false;
}

ValueId Builder::Input(const std::string& name, DType dtype, const Shape& shape) {
  const ValueId id = graph_.AddValue({ValueName(name), dtype, shape});
  producers_.resize(graph_.values.size(), kNoNode);
  graph_.inputs.push_back(id);
  return id;
}

ValueId Builder::Constant(const std::string& name, DType dtype, const Shape& shape,
                          std::shared_ptr<const ir::Buffer> data) {
  if (!CountStep()) return kNoValue;
  const ValueId id = graph_.AddValue({ValueName(name), dtype, shape, {}, std::move(data)});
  producers_.resize(graph_.values.size(), kNoNode);
  return id;
}

ValueId Builder::IntsConstant(const std::vector<int64_t>& values) {
  return Constant(scope_ + ".const", DType::kI64, {static_cast<int64_t>(values.size())},
                  ir::Buffer::CopyOf(values.data(), values.size() * sizeof(int64_t)));
}

ValueId Builder::FloatsConstant(const Shape& shape, const std::vector<float>& values) {
  VERGE_DCHECK(shape.elems() == values.size());
  return Constant(scope_ + ".const", DType::kF32, shape,
                  ir::Buffer::CopyOf(values.data(), values.size() * sizeof(float)));
}

ValueId Builder::Filled(DType dtype, const Shape& shape, double value) {
  const std::optional<size_t> bytes = TensorType{dtype, shape, {}}.CheckedBytes();
  if (!ok() || !bytes || *bytes > limits_.max_output_bytes ||
      *bytes > limits_.max_total_bytes - std::min(limits_.max_total_bytes, folded_bytes_)) {
    Fail(VERGE_ERROR(kResourceExhausted, "a constant of shape " + ToString(shape) + " is too large"));
    return kNoValue;
  }
  folded_bytes_ += *bytes;
  const std::shared_ptr<ir::Buffer> data = ir::Buffer::Allocate(*bytes);
  ops::Dispatch(dtype, [&]<typename T>() {
    auto* to = reinterpret_cast<T*>(data->mutable_data());
    std::fill(to, to + shape.elems(), T(Saturate<ops::Compute<T>>(value)));
  });
  return Constant(scope_ + ".const", dtype, shape, data);
}

void Builder::Rename(ValueId id, const std::string& name) {
  if (id == kNoValue || name.empty()) return;
  is_named_.resize(graph_.values.size());
  const bool is_input = producers_[id] == kNoNode && !value(id).is_constant();
  if (is_named_[id] || is_input) return;
  value_names_.erase(graph_.values[id].name);
  graph_.values[id].name = ValueName(name);
  is_named_[id] = true;
}

ValueId Builder::Copy(ValueId x, const std::string& name) {
  ValueId copy = kNoValue;
  if (IsConstant(x) || IsEmpty(x)) {
    copy = Constant(name, dtype(x), shape(x), IsEmpty(x) ? ir::Buffer::Allocate(0) : value(x).constant);
  } else {
    copy = Op(ops::ids::kReshape, ops::ReshapeAttrs{ToIntList(*this, {shape(x).dims().begin(), shape(x).dims().end()})},
              {x});
  }
  Rename(copy, name);
  return copy;
}

bool Builder::Fold(const ir::Node& node, const std::vector<TensorType>& types, std::vector<ValueId>& results) {
  std::vector<ir::BufferPtr> inputs;
  for (const ValueId id : node.inputs) {
    if (id != kNoValue && !value(id).is_constant()) return false;
    inputs.push_back(id == kNoValue ? nullptr : value(id).constant);
  }
  size_t bytes = 0;
  for (const TensorType& type : types) bytes += type.CheckedBytes().value_or(limits_.max_output_bytes + 1);
  std::vector<TensorType> input_types;
  for (const ValueId id : node.inputs) input_types.push_back(value(id).type());
  if (bytes > limits_.max_output_bytes ||
      bytes > limits_.max_total_bytes - std::min(limits_.max_total_bytes, folded_bytes_) ||
      StepsOf(node, input_types, types) > limits_.max_macs) {
    return false;
  }
  Result<std::vector<ir::BufferPtr>> computed = ir::EvaluateNode(graph_, node, inputs);
  if (!computed.ok()) return false;  // the node itself is kept and reported by whoever runs it
  folded_bytes_ += bytes;
  for (size_t i = 0; i < types.size(); ++i) {
    results.push_back(Constant(node.name, types[i].dtype, types[i].shape, (*computed)[i]));
  }
  return true;
}

std::vector<ValueId> Builder::Add(ops::OpId op, const ops::OpAttrs& attrs, std::vector<ValueId> inputs,
                                  size_t outputs) {
  ir::Node node;
  node.op = op;
  node.attrs = attrs;
  node.inputs = std::move(inputs);
  return Append(std::move(node), outputs);
}

std::vector<ValueId> Builder::Append(ir::Node node, size_t outputs) {
  std::vector<ValueId> results;
  if (!CountStep()) return std::vector<ValueId>(outputs, kNoValue);
  node.outputs.assign(outputs, kNoValue);
  node.name = scope_ + "." + ops::GetOp(node.op).name;
  std::vector<TensorType> types(outputs);
  for (TensorType& type : types) type.quant = quant_.view();
  const std::vector<ops::SubgraphTypes> subgraphs = ir::SubgraphTypesOf(graph_, node);
  Status inferred = ops::GetOp(node.op).infer({node.attrs, ir::InferInputs(graph_, node), types, subgraphs});
  if (!inferred.ok()) {
    Fail(std::move(inferred).WithContext("node '" + node.name + "' (" + ops::GetOp(node.op).name + ")"));
    return std::vector<ValueId>(outputs, kNoValue);
  }
  const auto quant_of = [&](size_t i) { return types[i].dtype == quant_dtype_ ? quant_ : ir::Quant(); };
  ValueId blamed = kNoValue;
  const Result<std::optional<Margin>> margin = MarginOfResults(graph_, margins_, node, types, blamed);
  if (!margin.ok()) {
    const std::string what(margin.status().message());
    RequireConstant(margins_[blamed].count, what.c_str(), "leave such steps to the app");
    return std::vector<ValueId>(outputs, kNoValue);
  }
  // A loop is not computed here: whether it ends is in the model.
  if (node.subgraphs.empty() && Fold(node, types, results)) {
    for (size_t i = 0; i < outputs; ++i) graph_.values[results[i]].quant = quant_of(i);
    return results;
  }
  node.name = UniqueName(node.name, node_names_);
  producers_.resize(graph_.values.size(), kNoNode);
  for (size_t i = 0; i < outputs; ++i) {
    results.push_back(graph_.AddValue({ValueName(node.name), types[i].dtype, types[i].shape, quant_of(i)}));
  }
  node.outputs = results;
  if (*margin) margins_[results[0]] = **margin;
  producers_.resize(graph_.values.size(), graph_.nodes.size());
  graph_.nodes.push_back(std::move(node));
  return results;
}

ValueId Builder::Unary(ops::UnaryKind kind, ValueId x, float alpha, float beta) {
  if (dtype(x) == DType::kF32 && kind == ops::UnaryKind::kRelu) return Op(ops::ids::kRelu, ops::ReluAttrs{}, {x});
  if (dtype(x) == DType::kF32 && kind == ops::UnaryKind::kSigmoid)
    return Op(ops::ids::kLogistic, ops::LogisticAttrs{}, {x});
  return Op(ops::ids::kUnary, ops::UnaryAttrs{static_cast<int32_t>(kind), alpha, beta}, {x});
}

ValueId Builder::Binary(ops::BinaryKind kind, ValueId a, ValueId b) {
  if (dtype(a) == DType::kF32 && dtype(b) == DType::kF32) {
    if (kind == ops::BinaryKind::kAdd) return Op(ops::ids::kAdd, ops::AddAttrs{}, {a, b});
    if (kind == ops::BinaryKind::kSub) return Op(ops::ids::kSub, ops::SubAttrs{}, {a, b});
    if (kind == ops::BinaryKind::kMul) return Op(ops::ids::kMul, ops::MulAttrs{}, {a, b});
  }
  return Op(ops::ids::kBinary, ops::BinaryAttrs{static_cast<int32_t>(kind)}, {a, b});
}

ValueId Builder::Compare(ops::CompareKind kind, ValueId a, ValueId b) {
  return Op(ops::ids::kCompare, ops::CompareAttrs{static_cast<int32_t>(kind)}, {a, b});
}

ValueId Builder::Where(ValueId c, ValueId a, ValueId b) { return Op(ops::ids::kWhere, ops::WhereAttrs{}, {c, a, b}); }

ValueId Builder::Cast(ValueId x, DType to) {
  if (ok() && dtype(x) == to) return x;
  if (IsEmpty(x)) return Filled(to, shape(x), 0);
  return Op(ops::ids::kCast, ops::CastAttrs{static_cast<int32_t>(to)}, {x});
}

ValueId Builder::Reduce(ops::ReduceKind kind, ValueId x, const std::vector<int64_t>& axes, bool keep_dims) {
  ops::ReduceAttrs attrs;
  attrs.kind = static_cast<int32_t>(kind);
  attrs.axes = ToIntList(*this, axes);
  attrs.keep_dims = keep_dims;
  // Of nothing at all, only the sum and the product are defined.
  if (ok() && IsEmpty(x) && axes.empty() && (kind == ops::ReduceKind::kProd || kind == ops::ReduceKind::kSum)) {
    const std::vector<int64_t> ones(keep_dims ? static_cast<size_t>(rank(x)) : 0, 1);
    return Filled(dtype(x), *Shape::FromSpan(ones), kind == ops::ReduceKind::kProd ? 1 : 0);
  }
  return Op(ops::ids::kReduce, attrs, {x});
}

ValueId Builder::Transpose(ValueId x, const std::vector<int>& perm) {
  bool same = true;
  for (size_t i = 0; i < perm.size(); ++i) same = same && perm[i] == static_cast<int>(i);
  if (same && static_cast<int>(perm.size()) == rank(x)) return x;
  ops::TransposeAttrs attrs;
  attrs.perm = ToIntList(*this, {perm.begin(), perm.end()});
  return Op(ops::ids::kTranspose, attrs, {x});
}

ValueId Builder::Reshape(ValueId x, const std::vector<int64_t>& dims) {
  if (ok() && std::equal(dims.begin(), dims.end(), shape(x).dims().begin(), shape(x).dims().end())) return x;
  if (ok() && IsEmpty(x)) {
    const std::optional<Shape> empty = Shape::FromSpan(dims);
    if (empty && empty->elems() == 0) return Empty(x, *empty);
  }
  return Op(ops::ids::kReshape, ops::ReshapeAttrs{ToIntList(*this, dims)}, {x});
}

ValueId Builder::Expand(ValueId x, const std::vector<int64_t>& dims) {
  return Op(ops::ids::kExpand, ops::ExpandAttrs{ToIntList(*this, dims)}, {x});
}

ValueId Builder::Concat(const std::vector<ValueId>& parts, int64_t axis) {
  if (parts.size() == 1) return parts[0];
  return Op(ops::ids::kConcat, ops::ConcatAttrs{axis}, parts);
}

ValueId Builder::Slice(ValueId x, int axis, int64_t start, int64_t size, int64_t step) {
  ops::SliceAttrs attrs;
  const std::vector<int64_t> dims(shape(x).dims().begin(), shape(x).dims().end());
  attrs.starts = ToIntList(*this, std::vector<int64_t>(dims.size(), 0));
  attrs.sizes = ToIntList(*this, dims);
  attrs.steps = ToIntList(*this, std::vector<int64_t>(dims.size(), 1));
  Dim(x, axis);
  if (!ok()) return kNoValue;
  const auto d = static_cast<size_t>(axis < 0 ? axis + rank(x) : axis);
  if (start == 0 && size == dims[d] && step == 1) return x;
  if (size == 0) {
    Shape empty = shape(x);
    empty.set(static_cast<int>(d), 0);
    return Empty(x, empty);
  }
  attrs.starts.values[d] = start;
  attrs.sizes.values[d] = size;
  attrs.steps.values[d] = step;
  return Op(ops::ids::kSlice, attrs, {x});
}

ValueId Builder::Gather(ValueId x, ValueId indices, int64_t axis) {
  return Op(ops::ids::kGather, ops::GatherAttrs{axis}, {x, indices});
}

ValueId Builder::Matmul(ValueId a, ValueId b, bool transpose_a, bool transpose_b) {
  return Op(ops::ids::kMatmul, ops::MatmulAttrs{transpose_a, transpose_b}, {a, b});
}

ValueId Builder::ToChannelsLast(ValueId x) {
  std::vector<int> perm = {0};
  for (int d = 2; d < rank(x); ++d) perm.push_back(d);
  perm.push_back(1);
  return Transpose(x, perm);
}

ValueId Builder::ToChannelsFirst(ValueId x) {
  std::vector<int> perm = {0, rank(x) - 1};
  for (int d = 1; d + 1 < rank(x); ++d) perm.push_back(d);
  return Transpose(x, perm);
}

ops::IntList ToIntList(Builder& b, const std::vector<int64_t>& values) {
  ops::IntList list;
  if (values.size() > ops::IntList::kCapacity) {
    b.Fail(VERGE_ERROR(kUnsupported,
                       "a list of " + std::to_string(values.size()) + " numbers is longer than Verge takes (16)"));
    return list;
  }
  list.size = static_cast<int32_t>(values.size());
  std::copy(values.begin(), values.end(), list.values.begin());
  return list;
}

}  // namespace verge::onnx
