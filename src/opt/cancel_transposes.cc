// Takes transposes out of a graph: T(T(x)) becomes one or none, and f(T(x)) becomes T(f'(x)) for every f that does not
// care about the order of dimensions, or can be told the new one. What a channels-first file brings in around each
// convolution meets its inverse that way and is gone; what is left stands at the graph's borders.
//
// One sweep in topological order. A transpose is not placed where it stands: its result is remembered as "x seen
// through perm", and each reader either takes x itself and passes the view on, or has the transpose made in front of
// it. The result is kept only if it moves fewer elements than before.
#include <algorithm>
#include <map>
#include <string>
#include <unordered_set>

#include "ops/concat/concat.h"
#include "ops/gather/gather.h"
#include "ops/nd_walk.h"
#include "ops/op_ids.h"
#include "ops/pad/pad.h"
#include "ops/pad_mode/pad_mode.h"
#include "ops/reduce/reduce.h"
#include "ops/reshape/reshape.h"
#include "ops/resize/resize.h"
#include "ops/slice/slice.h"
#include "ops/softmax/softmax.h"
#include "ops/transpose/transpose.h"
#include "opt/pass.h"

namespace verge::opt {
namespace {

using ir::kNoValue;
using ir::ValueId;
using Perm = std::vector<int>;  // dimension d of the view is dimension perm[d] of what is viewed

struct View {
  ValueId source = kNoValue;
  Perm perm;
};

bool IsIdentity(const Perm& perm) {
  for (size_t d = 0; d < perm.size(); ++d) {
    if (perm[d] != static_cast<int>(d)) return false;
  }
  return true;
}

// Only dimensions of size 1 move: the bytes stay where they are.
bool KeepsBytes(const Shape& source, const Perm& perm) {
  int last = -1;
  for (const int d : perm) {
    if (source[d] == 1) continue;
    if (d < last) return false;
    last = d;
  }
  return true;
}

Perm PermOf(const ir::Node& node) {
  const ops::IntList& list = node.attrs.As<ops::TransposeAttrs>().perm;
  return {list.values.begin(), list.values.begin() + list.size};
}

ops::IntList ToList(const Perm& perm) {
  ops::IntList list;
  list.size = static_cast<int32_t>(perm.size());
  std::copy(perm.begin(), perm.end(), list.values.begin());
  return list;
}

// One number a dimension of the view -> one a dimension of the source.
void MoveList(ops::IntList& list, const Perm& perm) {
  const ops::IntList old = list;
  for (size_t d = 0; d < perm.size(); ++d) list.values[static_cast<size_t>(perm[d])] = old.values[d];
}

int64_t MoveAxis(int64_t axis, const Perm& perm) {
  return perm[static_cast<size_t>(axis < 0 ? axis + static_cast<int64_t>(perm.size()) : axis)];
}

bool IsElementwise(ops::OpId op) {
  switch (op) {
    case ops::ids::kAdd:
    case ops::ids::kSub:
    case ops::ids::kMul:
    case ops::ids::kBinary:
    case ops::ids::kCompare:
    case ops::ids::kWhere:
    case ops::ids::kRelu:
    case ops::ids::kRelu6:
    case ops::ids::kLogistic:
    case ops::ids::kUnary:
    case ops::ids::kCast:
    case ops::ids::kQuantize:  // of one scale: TakesView and the op's rule see to that
    case ops::ids::kDequantize: return true;
    default: return false;
  }
}

// How many of the leading inputs are data that a view can go through; the rest are parameters. 0: the op cannot pass.
size_t DataInputs(const ir::Node& node) {
  if (IsElementwise(node.op) || node.op == ops::ids::kConcat) return node.inputs.size();
  switch (node.op) {
    case ops::ids::kGather:
    case ops::ids::kReduce:
    case ops::ids::kSoftmax:
    case ops::ids::kSlice:
    case ops::ids::kPad:
    case ops::ids::kPadMode:
    case ops::ids::kResize: return 1;
    default: return 0;
  }
}

// The perm that is left when the dimensions of `folded` (a mask over the source) go.
Perm DropDims(const Perm& perm, uint32_t folded) {
  std::vector<int> place(perm.size());  // of each source dimension among those that stay
  int next = 0;
  for (size_t d = 0; d < place.size(); ++d) place[d] = (folded >> d & 1u) != 0 ? -1 : next++;
  Perm out;
  for (const int d : perm) {
    if (place[static_cast<size_t>(d)] >= 0) out.push_back(place[static_cast<size_t>(d)]);
  }
  return out;
}

// Rewrites the attributes for inputs seen without perm; gives the perm through which the output is seen then.
Perm MoveReduce(ops::ReduceAttrs& attrs, const Perm& perm) {
  uint32_t folded = 0;
  if (attrs.axes.size == 0) {
    attrs.axes = ToList(perm);  // all of them, in any order
    std::sort(attrs.axes.values.begin(), attrs.axes.values.begin() + attrs.axes.size);
  } else {
    for (int32_t i = 0; i < attrs.axes.size; ++i) {
      int64_t& axis = attrs.axes.values[static_cast<size_t>(i)];
      axis = MoveAxis(axis, perm);
    }
  }
  for (int32_t i = 0; i < attrs.axes.size; ++i) folded |= 1u << attrs.axes.values[static_cast<size_t>(i)];
  return attrs.keep_dims ? perm : DropDims(perm, folded);
}

// One index takes its axis away; a list of them keeps it.
Perm MoveGather(ops::GatherAttrs& attrs, const Perm& perm, bool is_list) {
  attrs.axis = MoveAxis(attrs.axis, perm);
  return is_list ? perm : DropDims(perm, 1u << attrs.axis);
}

Perm MoveAttrs(ir::Node& node, const Perm& perm) {
  switch (node.op) {
    case ops::ids::kReduce: return MoveReduce(node.attrs.As<ops::ReduceAttrs>(), perm);
    case ops::ids::kConcat: {
      auto& attrs = node.attrs.As<ops::ConcatAttrs>();
      attrs.axis = MoveAxis(attrs.axis, perm);
      break;
    }
    case ops::ids::kSoftmax: {
      auto& attrs = node.attrs.As<ops::SoftmaxAttrs>();
      attrs.axis = MoveAxis(attrs.axis, perm);
      break;
    }
    case ops::ids::kSlice:
      MoveList(node.attrs.As<ops::SliceAttrs>().starts, perm);
      MoveList(node.attrs.As<ops::SliceAttrs>().sizes, perm);
      MoveList(node.attrs.As<ops::SliceAttrs>().steps, perm);
      break;
    case ops::ids::kPad:
      MoveList(node.attrs.As<ops::PadAttrs>().before, perm);
      MoveList(node.attrs.As<ops::PadAttrs>().after, perm);
      break;
    case ops::ids::kPadMode:
      MoveList(node.attrs.As<ops::PadModeAttrs>().before, perm);
      MoveList(node.attrs.As<ops::PadModeAttrs>().after, perm);
      break;
    case ops::ids::kResize: MoveList(node.attrs.As<ops::ResizeAttrs>().sizes, perm); break;
    default: break;
  }
  return perm;
}

// A reshape splits and merges dimensions in groups: the dimensions `from` of its input hold the same elements as `to`
// of its output.
struct Group {
  std::vector<int> from;
  std::vector<int> to;
  int place = 0;  // where its first dimension of more than one element stands in the source
};

std::vector<Group> GroupsOf(const Shape& a, const Shape& b) {
  std::vector<Group> groups;
  int i = 0;
  int j = 0;
  while (i < a.rank() && j < b.rank()) {
    Group group{{i}, {j}};
    int64_t left = a[i++];
    int64_t right = b[j++];
    while (left != right && (left < right ? i < a.rank() : j < b.rank())) {
      if (left < right) {
        group.from.push_back(i);
        left *= a[i++];
      } else {
        group.to.push_back(j);
        right *= b[j++];
      }
    }
    groups.push_back(std::move(group));
  }
  if (groups.empty()) groups.emplace_back();
  for (; i < a.rank(); ++i) groups.back().from.push_back(i);  // of size 1
  for (; j < b.rank(); ++j) groups.back().to.push_back(j);
  return groups;
}

// How a reshape of a view is made from its source: dimensions in the order `before`, then the shape `dims`, then seen
// through `after`. Groups keep the order they have in the source, so `before` is no more than what the reshape needs.
struct ReshapePlan {
  Perm before;
  std::vector<int64_t> dims;
  Perm after;
};

ReshapePlan PlanReshape(const Shape& source, const Perm& perm, const Shape& in, const Shape& out) {
  std::vector<Group> groups = GroupsOf(in, out);
  for (Group& group : groups) {
    const auto first = std::find_if(group.from.begin(), group.from.end(), [&](int d) { return in[d] > 1; });
    const int d = first != group.from.end() ? *first : (group.from.empty() ? -1 : group.from[0]);
    group.place = d < 0 ? source.rank() : perm[static_cast<size_t>(d)];
  }
  std::stable_sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) { return a.place < b.place; });
  ReshapePlan plan;
  plan.after.resize(static_cast<size_t>(out.rank()));
  for (const Group& group : groups) {
    for (const int d : group.from) plan.before.push_back(perm[static_cast<size_t>(d)]);
    for (const int d : group.to) {
      plan.after[static_cast<size_t>(d)] = static_cast<int>(plan.dims.size());
      plan.dims.push_back(out[d]);
    }
  }
  return plan;
}

class Sweep {
 public:
  explicit Sweep(ir::Graph graph) : graph_(std::move(graph)) {
    for (const ir::Value& value : graph_.values) names_.insert(value.name);
    for (const ir::Node& node : graph_.nodes) names_.insert(node.name);
  }

  Result<ir::Graph> Run() {
    const std::vector<ir::Node> nodes = std::move(graph_.nodes);
    graph_.nodes.clear();
    for (const ir::Node& node : nodes) VERGE_TRY(Place(node));
    for (const ValueId output : graph_.outputs) Materialise(output);
    for (const ir::State& state : graph_.states) Materialise(state.output);
    for (const ir::CountedDim& counted : graph_.counted) Materialise(counted.count);
    return std::move(graph_);
  }

 private:
  Status Place(const ir::Node& node);
  bool TakesView(const ir::Node& node, Perm& perm) const;
  bool FitsConstant(ValueId id, const Perm& perm) const;
  Status PassThrough(const ir::Node& node, const Perm& perm);
  void PlaceReshape(const ir::Node& node, const View& view);
  void Materialise(ValueId id);
  ValueId MoveConstant(ValueId id, const Perm& perm);
  ValueId MoveNumbers(ValueId id, const Perm& perm);
  std::string Unique(const std::string& wanted);

  ir::Graph graph_;
  std::map<ValueId, View> views_;
  std::unordered_set<ValueId> made_;  // views whose transpose stands in the graph already
  std::unordered_set<std::string> names_;
};

std::string Sweep::Unique(const std::string& wanted) {
  std::string name = wanted;
  for (size_t n = names_.size(); !names_.insert(name).second; ++n) name = wanted + "_" + std::to_string(n);
  return name;
}

// Puts the transpose of a viewed value in front of its first reader that needs it.
void Sweep::Materialise(ValueId id) {
  const auto view = views_.find(id);
  if (view == views_.end() || !made_.insert(id).second) return;
  const Shape source = graph_.value(view->second.source).shape;
  const Shape shape = graph_.value(id).shape;
  const std::string name = Unique(graph_.value(id).name + ".transpose");
  if (KeepsBytes(source, view->second.perm)) {
    ops::ReshapeAttrs attrs;
    attrs.shape.size = shape.rank();
    std::copy(shape.dims().begin(), shape.dims().end(), attrs.shape.values.begin());
    graph_.AddNode(ops::ids::kReshape, name, {view->second.source}, {id}).attrs.As<ops::ReshapeAttrs>() = attrs;
  } else {
    graph_.AddNode(ops::ids::kTranspose, name, {view->second.source}, {id}).attrs.As<ops::TransposeAttrs>().perm =
        ToList(view->second.perm);
  }
}

// A constant can be moved when it broadcasts within the view's rank.
bool Sweep::FitsConstant(ValueId id, const Perm& perm) const {
  return graph_.value(id).is_constant() && graph_.value(id).shape.rank() <= static_cast<int>(perm.size());
}

bool Sweep::TakesView(const ir::Node& node, Perm& perm) const {
  const size_t count = DataInputs(node);
  if (count == 0 || node.outputs.size() != 1) return false;
  bool found = false;
  for (size_t i = 0; i < count; ++i) {
    const auto view = views_.find(node.inputs[i]);
    if (node.inputs[i] == kNoValue || view == views_.end()) continue;
    if (found && view->second.perm != perm) return false;
    perm = view->second.perm;
    found = true;
  }
  for (size_t i = 0; found && i < node.inputs.size(); ++i) {
    const ValueId id = node.inputs[i];
    if (id == kNoValue) continue;
    if (graph_.value(id).quant.scales.size() > 1) return false;
    if (i < count && views_.count(id) == 0 && !FitsConstant(id, perm)) return false;
    if (i >= count && node.op == ops::ids::kGather && graph_.value(id).shape.rank() > 1) return false;
    if (i >= count && node.op == ops::ids::kResize && !graph_.value(id).is_constant()) return false;
  }
  return found && (node.op != ops::ids::kConcat || std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId id) {
                     return graph_.value(id).shape.rank() == static_cast<int>(perm.size());
                   }));
}

// The constant with its dimensions in the source's order; leading ones go, broadcasting brings them back.
ValueId Sweep::MoveConstant(ValueId id, const Perm& perm) {
  const ir::Value old = graph_.value(id);
  const int missing = static_cast<int>(perm.size()) - old.shape.rank();
  const ops::Strides own = ops::RowMajorStrides(old.shape);
  std::vector<int64_t> dims(perm.size(), 1);
  ops::Strides strides{};
  for (size_t d = 0; d < perm.size(); ++d) {
    const int from = static_cast<int>(d) - missing;
    if (from < 0) continue;
    dims[static_cast<size_t>(perm[d])] = old.shape[from];
    strides[static_cast<size_t>(perm[d])] = own[static_cast<size_t>(from)];
  }
  const Shape full = *Shape::FromSpan(dims);
  const size_t bytes = DTypeBytes(old.dtype);
  const std::shared_ptr<ir::Buffer> data = ir::Buffer::Allocate(old.constant->size());
  ops::NdWalk<1> walk(full, {strides});
  for (size_t i = 0; i < full.elems(); ++i, walk.Next()) {
    std::copy_n(old.constant->data() + static_cast<size_t>(walk[0]) * bytes, bytes, data->mutable_data() + i * bytes);
  }
  // A concat joins whole tensors: the rank stays when the constant had it.
  if (missing > 0) {
    while (dims.size() > 1 && dims.front() == 1) dims.erase(dims.begin());
  }
  return graph_.AddValue({Unique(old.name + ".moved"), old.dtype, *Shape::FromSpan(dims), old.quant, data});
}

// The f64 numbers of a resize, one (scales) or two (roi: all starts, then all ends) a dimension.
ValueId Sweep::MoveNumbers(ValueId id, const Perm& perm) {
  const ir::Value old = graph_.value(id);
  const std::shared_ptr<ir::Buffer> data = ir::Buffer::Allocate(old.constant->size());
  const auto* from = reinterpret_cast<const double*>(old.constant->data());
  auto* to = reinterpret_cast<double*>(data->mutable_data());
  for (size_t i = 0; i < old.shape.elems(); ++i) {
    const size_t part = i / perm.size() * perm.size();
    to[part + static_cast<size_t>(perm[i - part])] = from[i];
  }
  return graph_.AddValue({Unique(old.name + ".moved"), old.dtype, old.shape, {}, data});
}

Status Sweep::PassThrough(const ir::Node& node, const Perm& perm) {
  ir::Node moved = node;
  const size_t count = DataInputs(node);
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    ValueId& id = moved.inputs[i];
    if (id == kNoValue) continue;
    const auto view = views_.find(id);
    if (i < count) {
      id = view != views_.end() ? view->second.source : MoveConstant(id, perm);
    } else if (node.op == ops::ids::kResize) {
      id = MoveNumbers(id, perm);
    }
  }
  const Perm out = node.op == ops::ids::kGather ? MoveGather(moved.attrs.As<ops::GatherAttrs>(), perm,
                                                             graph_.value(node.inputs[1]).shape.rank() == 1)
                                                : MoveAttrs(moved, perm);
  VERGE_TRY_ASSIGN(const std::vector<TensorType> types, ir::InferNode(graph_, moved));
  if (!IsIdentity(out)) {
    const ir::Value old = graph_.value(node.outputs[0]);
    moved.outputs[0] = graph_.AddValue({Unique(old.name + ".moved"), types[0].dtype, types[0].shape, old.quant});
    views_[node.outputs[0]] = {moved.outputs[0], out};
  }
  graph_.nodes.push_back(std::move(moved));
  return Status::Ok();
}

void Sweep::PlaceReshape(const ir::Node& node, const View& view) {
  const ir::Value in = graph_.value(node.inputs[0]);
  const ir::Value out = graph_.value(node.outputs[0]);
  const Shape source_shape = graph_.value(view.source).shape;
  const ReshapePlan plan = PlanReshape(source_shape, view.perm, in.shape, out.shape);
  ValueId source = view.source;
  if (!KeepsBytes(source_shape, plan.before)) {
    Shape turned = source_shape;
    for (size_t d = 0; d < plan.before.size(); ++d) turned.set(static_cast<int>(d), source_shape[plan.before[d]]);
    const ValueId made = graph_.AddValue({Unique(in.name + ".turned"), in.dtype, turned, in.quant});
    graph_.AddNode(ops::ids::kTranspose, Unique(in.name + ".transpose"), {source}, {made})
        .attrs.As<ops::TransposeAttrs>()
        .perm = ToList(plan.before);
    source = made;
  }
  ir::Node moved = node;
  moved.inputs = {source};
  if (!IsIdentity(plan.after)) {
    moved.outputs[0] =
        graph_.AddValue({Unique(out.name + ".moved"), out.dtype, *Shape::FromSpan(plan.dims), out.quant});
    views_[node.outputs[0]] = {moved.outputs[0], plan.after};
  }
  ops::IntList& list = moved.attrs.As<ops::ReshapeAttrs>().shape;
  list.size = static_cast<int32_t>(plan.dims.size());
  std::copy(plan.dims.begin(), plan.dims.end(), list.values.begin());
  graph_.nodes.push_back(std::move(moved));
}

Status Sweep::Place(const ir::Node& node) {
  if (node.op == ops::ids::kTranspose) {
    View view{node.inputs[0], PermOf(node)};
    const auto before = views_.find(node.inputs[0]);
    if (before != views_.end()) {
      for (int& d : view.perm) d = before->second.perm[static_cast<size_t>(d)];
      view.source = before->second.source;
    }
    views_[node.outputs[0]] = view;
    return Status::Ok();
  }
  Perm perm;
  if (TakesView(node, perm)) return PassThrough(node, perm);
  if (node.op == ops::ids::kReshape && views_.count(node.inputs[0]) != 0) {
    PlaceReshape(node, views_.at(node.inputs[0]));
    return Status::Ok();
  }
  ir::Node placed = node;
  for (ValueId& id : placed.inputs) {
    const auto view = id == kNoValue ? views_.end() : views_.find(id);
    if (view == views_.end()) continue;
    if (IsIdentity(view->second.perm)) {
      id = view->second.source;
    } else {
      Materialise(id);
    }
  }
  graph_.nodes.push_back(std::move(placed));
  return Status::Ok();
}

struct Cost {
  size_t nodes = 0;
  size_t elems = 0;
};
Cost CostOf(const ir::Graph& graph) {
  Cost cost;
  for (const ir::Node& node : graph.nodes) {
    if (node.op != ops::ids::kTranspose) continue;
    ++cost.nodes;
    cost.elems += graph.value(node.outputs[0]).shape.elems();
  }
  return cost;
}

}  // namespace

Result<PassReport> CancelTransposes(ir::Graph& graph) {
  const Cost before = CostOf(graph);
  if (before.nodes == 0) return PassReport{};
  VERGE_TRY_ASSIGN(ir::Graph swept, Sweep(graph).Run());
  const Cost after = CostOf(swept);
  if (after.elems >= before.elems || after.nodes > before.nodes) return PassReport{};
  graph = std::move(swept);
  PassReport report;
  report.changes = std::max<size_t>(before.nodes - after.nodes, 1);
  report.notes.push_back("transposes move " + std::to_string(after.elems) + " elements instead of " +
                         std::to_string(before.elems));
  return report;
}

}  // namespace verge::opt
