// Control flow. What is known at import disappears: an If becomes one of its branches, Loop and Scan are unrolled. An
// If whose condition is computed becomes the op if (or a where, when it is short), a Loop whose count or condition is
// computed the op while, if it carries values of fixed types only.
#include <algorithm>

#include "import/onnx/convert/tables.h"

namespace verge::onnx {
namespace {

// A loop that runs longer is no loop over a known, small count.
constexpr int64_t kMaxSteps = 10000;

const GraphDef* Body(NodeContext& c, const char* name) {
  const Attribute* attribute = c.Find(name);
  if (attribute != nullptr && attribute->graph != nullptr) return attribute->graph.get();
  c.Invalid("attribute " + std::string(name) + " wants a graph");
  return nullptr;
}

bool IsTrue(NodeContext& c, ValueId condition, const char* what) {
  const std::vector<int64_t> value = c.b.Ints(condition, what);
  if (c.b.ok() && value.size() != 1) c.Invalid(std::string(what) + " wants one element");
  return c.b.ok() && value[0] != 0;
}

// The tensors that a subgraph gave; false when it gave anything else, or one whose size depends on data.
bool Tensors(const Builder& b, const std::vector<Item>& items, std::vector<ValueId>& values) {
  for (const Item& item : items) {
    if (item.kind != Datum::Kind::kTensor || item.value == kNoValue || b.MarginOf(item.value) != nullptr) return false;
    values.push_back(item.value);
  }
  return true;
}

bool SameTypes(const Builder& b, const std::vector<ValueId>& a, const std::vector<ValueId>& other) {
  return std::equal(a.begin(), a.end(), other.begin(), other.end(),
                    [&](ValueId x, ValueId y) { return b.dtype(x) == b.dtype(y) && b.shape(x) == b.shape(y); });
}

// A condition that is computed at run time. Short branches both run and their results are chosen from, which leaves
// later passes one plain graph; otherwise the nodes of each branch become a subgraph.
void Select(NodeContext& c) {
  Builder& b = c.b;
  const GraphDef* then_body = Body(c, "then_branch");
  const GraphDef* else_body = Body(c, "else_branch");
  if (!b.ok()) return;
  const Builder::Region region = b.BeginRegion();
  const std::vector<Item> then_items = c.RunGraph(*then_body, {});
  const auto then_nodes = b.NodesSince(region);
  const std::vector<Item> else_items = c.RunGraph(*else_body, {});
  const std::pair<size_t, size_t> else_nodes = {then_nodes.second, b.NodesSince(region).second};
  if (!b.ok()) return;
  std::vector<ValueId> yes;
  std::vector<ValueId> no;
  if (!Tensors(b, then_items, yes) || !Tensors(b, else_items, no) || !SameTypes(b, yes, no)) {
    b.RequireConstant(c.In(0), "the condition of If, whose branches give different shapes or kinds,");
    return;
  }
  const ValueId condition = b.Reshape(c.In(0), {});
  constexpr size_t kShort = 4;
  if (b.NodesSince(region).second - region.first_node <= kShort) {
    for (size_t i = 0; i < yes.size(); ++i) c.Out(i, b.Where(condition, yes[i], no[i]));
    return;
  }
  std::vector<ValueId> reads;
  b.CollectReads(then_nodes, yes, {}, reads);
  b.CollectReads(else_nodes, no, {}, reads);
  std::vector<ir::Graph> branches;
  branches.push_back(b.CopyNodes(then_nodes, "then", reads, yes));
  branches.push_back(b.CopyNodes(else_nodes, "else", reads, no));
  b.DropRegion(region);
  std::vector<ValueId> inputs = {b.Reshape(c.In(0), {})};
  inputs.insert(inputs.end(), reads.begin(), reads.end());
  const std::vector<ValueId> out = b.Control(ops::ids::kIf, inputs, yes.size(), std::move(branches));
  for (size_t i = 0; i < out.size(); ++i) c.Out(i, out[i]);
}

void If(NodeContext& c) {
  if (c.b.ok() && !c.b.IsConstant(c.In(0))) return Select(c);
  const bool condition = IsTrue(c, c.In(0), "the condition of If");
  const GraphDef* body = Body(c, condition ? "then_branch" : "else_branch");
  if (!c.b.ok()) return;
  const std::vector<Item> out = c.RunGraph(*body, {});
  for (size_t i = 0; i < out.size(); ++i) c.OutItem(i, out[i]);
}

// Joins what each step gave along a new dimension at `axis`.
ValueId Stack(Builder& b, const std::vector<Item>& steps, int axis, bool reverse) {
  std::vector<ValueId> parts;
  for (const Item& step : steps) {
    std::vector<int64_t> dims(b.shape(step.value).dims().begin(), b.shape(step.value).dims().end());
    const int at = axis < 0 ? axis + static_cast<int>(dims.size()) + 1 : axis;
    if (at < 0 || at > static_cast<int>(dims.size())) {
      b.Fail(VERGE_ERROR(kInvalidArgument, "a scan output axis is out of range"));
      return kNoValue;
    }
    dims.insert(dims.begin() + at, 1);
    parts.push_back(b.Reshape(step.value, dims));
  }
  if (reverse) std::reverse(parts.begin(), parts.end());
  if (parts.empty()) {
    b.Fail(VERGE_ERROR(kUnsupported, "a loop that never runs gives an empty output; Verge has no empty tensors"));
    return kNoValue;
  }
  return b.Concat(parts, axis);
}

// What a Loop node states.
struct LoopNode {
  const GraphDef* body = nullptr;
  size_t carried = 0;
  std::vector<Item> state;  // as it begins
  size_t scans() const { return body->outputs.size() - 1 - carried; }
};

// True while the step is below the limit and the condition holds: a graph of the loop's values, which begin with them.
ir::Graph GoesOn(Builder& b, const std::vector<ValueId>& values) {
  const Builder::Region region = b.BeginRegion();
  const ValueId below = b.Compare(ops::CompareKind::kLess, values[0], values[1]);
  const ValueId goes_on = b.Binary(ops::BinaryKind::kAnd, below, values[2]);
  if (!b.ok()) return {};
  ir::Graph graph = b.CopyNodes(b.NodesSince(region), "condition", values, {goes_on});
  b.DropRegion(region);
  return graph;
}

// A count or condition that is computed at run time: the body becomes the subgraph of a while, whose values are the
// step, its limit, the condition, the loop's own, and what the body reads from outside. False when the body cannot be
// built so, because shapes depend on the step or a value changes its type; nothing is left of the attempt then.
bool LoopAtRunTime(NodeContext& c, const LoopNode& loop) {
  Builder& b = c.b;
  const Builder::Region whole = b.BeginRegion();
  const auto number = [&](ValueId id) { return b.Reshape(b.Cast(id, DType::kI64), {}); };
  const ValueId limit = c.Has(0) ? number(c.In(0)) : b.Scalar(DType::kI64, 9.2e18);
  const ValueId goes_on = c.Has(1) ? b.Reshape(c.In(1), {}) : b.Scalar(DType::kBool, 1);
  std::vector<ValueId> first = {b.Scalar(DType::kI64, 0), limit, goes_on};
  if (!b.ok() || !Tensors(b, loop.state, first)) return false;
  const Builder::Region region = b.BeginRegion();
  std::vector<ValueId> own;
  for (const ValueId id : first) own.push_back(b.Input("loop", b.dtype(id), b.shape(id)));
  std::vector<Item> inputs = {Item::Tensor(own[0]), Item::Tensor(own[2])};
  for (size_t i = 3; i < own.size(); ++i) inputs.push_back(Item::Tensor(own[i]));
  const std::vector<Item> out = c.RunGraph(*loop.body, inputs);
  std::vector<ValueId> next = {b.Add(own[0], b.Scalar(DType::kI64, 1)), own[1]};
  if (b.ok()) next.push_back(b.Reshape(out[0].value, {}));
  const bool built = b.ok() && Tensors(b, {out.begin() + 1, out.end()}, next) && SameTypes(b, own, next);
  if (!built) {
    b.DropRegion(whole);
    return false;
  }
  std::vector<ValueId> reads;
  const auto nodes = b.NodesSince(region);
  b.CollectReads(nodes, next, own, reads);
  for (std::vector<ValueId>* list : {&own, &next, &first}) list->insert(list->end(), reads.begin(), reads.end());
  ir::Graph body = b.CopyNodes(nodes, "body", own, next);
  ir::Graph condition = GoesOn(b, own);
  if (!b.ok()) return false;
  b.DropRegion(region);
  const std::vector<ValueId> last =
      b.Control(ops::ids::kWhile, first, first.size(), {std::move(condition), std::move(body)});
  for (size_t i = 0; i < loop.carried; ++i) c.Out(i, last[i + 3]);
  return true;
}

void Unroll(NodeContext& c, const LoopNode& loop) {
  Builder& b = c.b;
  const std::vector<int64_t> limit =
      c.Has(0) ? b.Ints(c.In(0), "the trip count of Loop") : std::vector<int64_t>{kMaxSteps + 1};
  bool goes_on = !c.Has(1) || IsTrue(c, c.In(1), "the condition of Loop");
  if (b.ok() && limit.size() != 1) return c.Invalid("the trip count of Loop wants one number");
  std::vector<Item> state = loop.state;
  std::vector<std::vector<Item>> scans(loop.scans());
  for (int64_t step = 0; b.ok() && goes_on && step < limit[0]; ++step) {
    if (step >= kMaxSteps) return c.Unsupported("the loop runs more than " + std::to_string(kMaxSteps) + " times");
    std::vector<Item> inputs = {Item::Tensor(b.Scalar(DType::kI64, static_cast<double>(step))),
                                Item::Tensor(b.Scalar(DType::kBool, 1))};
    inputs.insert(inputs.end(), state.begin(), state.end());
    const std::vector<Item> out = c.RunGraph(*loop.body, inputs);
    if (!b.ok()) return;
    goes_on = IsTrue(c, out[0].value, "the condition of Loop");
    std::copy_n(out.begin() + 1, loop.carried, state.begin());
    for (size_t i = 0; i < scans.size(); ++i) scans[i].push_back(out[1 + loop.carried + i]);
  }
  for (size_t i = 0; i < loop.carried; ++i) c.OutItem(i, state[i]);
  for (size_t i = 0; i < scans.size(); ++i) {
    if (c.Wants(loop.carried + i)) c.Out(loop.carried + i, Stack(b, scans[i], 0, false));
  }
}

// A loop that stacks what its steps give is unrolled: its outputs are as long as it runs.
void Loop(NodeContext& c) {
  Builder& b = c.b;
  LoopNode loop;
  loop.body = Body(c, "body");
  if (loop.body == nullptr) return;
  loop.carried = c.input_count() < 2 ? 0 : c.input_count() - 2;
  if (loop.body->inputs.size() != loop.carried + 2 || loop.body->outputs.size() < loop.carried + 1)
    return c.Invalid("the body does not fit the loop");
  for (size_t i = 0; i < loop.carried; ++i) loop.state.push_back(c.InItem(i + 2));
  if (!b.ok()) return;
  const bool counted = c.Has(0) && b.IsConstant(c.In(0));
  const bool conditional = (c.Has(1) && !b.IsConstant(c.In(1))) || (!c.Has(0) && !c.Has(1));
  const bool long_run = counted && b.Ints(c.In(0), "the trip count of Loop") > std::vector<int64_t>{kMaxSteps};
  if (loop.scans() == 0 && loop.carried > 0 && (!counted || conditional || long_run) && LoopAtRunTime(c, loop)) return;
  const Builder::Region region = b.BeginRegion();
  Unroll(c, loop);
  // Counted, but each step decides at run time whether there is another one.
  if (b.status().code() != StatusCode::kFailedPrecondition || loop.scans() != 0 || loop.carried == 0) return;
  const Status status = b.status();
  const std::set<std::string> needed = b.needed_inputs();
  b.DropRegion(region);
  if (!LoopAtRunTime(c, loop)) b.FailNeeding(status, needed);
}

// A number for each scan input or output; missing lists are zeros.
std::vector<int64_t> PerScan(NodeContext& c, const char* name, size_t count) {
  std::vector<int64_t> list = c.Ints(name, std::vector<int64_t>(count, 0));
  if (list.size() != count)
    c.Invalid("attribute " + std::string(name) + " wants " + std::to_string(count) + " entries");
  list.resize(count);
  return list;
}

// One scan over sequences that lie along `axes` of the inputs behind the states.
std::vector<Item> RunScan(NodeContext& c, const GraphDef& body, std::vector<Item> state,
                          const std::vector<ValueId>& sequences) {
  Builder& b = c.b;
  const size_t n = sequences.size();
  const size_t outputs = body.outputs.size() - state.size();
  const std::vector<int64_t> axes = PerScan(c, "scan_input_axes", n);
  const std::vector<int64_t> backwards = PerScan(c, c.opset < 9 ? "directions" : "scan_input_directions", n);
  const std::vector<int64_t> out_axes = PerScan(c, "scan_output_axes", outputs);
  const std::vector<int64_t> out_backwards = PerScan(c, "scan_output_directions", outputs);
  const int64_t length = b.Dim(sequences[0], static_cast<int>(axes[0]));
  std::vector<std::vector<Item>> scans(outputs);
  if (length > kMaxSteps) c.Unsupported("the scan runs more than " + std::to_string(kMaxSteps) + " times");
  for (int64_t step = 0; b.ok() && step < length; ++step) {
    std::vector<Item> inputs = state;
    for (size_t i = 0; i < n; ++i) {
      const ValueId at = b.Scalar(DType::kI64, static_cast<double>(backwards[i] != 0 ? length - 1 - step : step));
      inputs.push_back(Item::Tensor(b.Gather(sequences[i], at, axes[i])));
    }
    const std::vector<Item> out = c.RunGraph(body, inputs);
    if (!b.ok()) break;
    std::copy_n(out.begin(), state.size(), state.begin());
    for (size_t i = 0; i < outputs; ++i) scans[i].push_back(out[state.size() + i]);
  }
  for (size_t i = 0; i < outputs && b.ok(); ++i) {
    state.push_back(Item::Tensor(Stack(b, scans[i], static_cast<int>(out_axes[i]), out_backwards[i] != 0)));
  }
  return state;
}

// Before opset 9 there is an optional input of lengths, and a batch dimension in front of everything.
void BatchedScan(NodeContext& c, const GraphDef& body, size_t n) {
  Builder& b = c.b;
  if (c.Has(0)) return c.Unsupported("a scan with sequence lengths");
  const size_t states = c.input_count() - 1 - n;
  const int64_t batch = b.Dim(c.In(1), 0);
  std::vector<std::vector<Item>> results(body.outputs.size());
  for (int64_t k = 0; k < std::min(batch, kMaxSteps) && b.ok(); ++k) {
    const auto one = [&](size_t i) { return b.Gather(c.In(i), b.Scalar(DType::kI64, static_cast<double>(k)), 0); };
    std::vector<Item> state;
    std::vector<ValueId> sequences;
    for (size_t i = 0; i < states; ++i) state.push_back(Item::Tensor(one(1 + i)));
    for (size_t i = 0; i < n; ++i) sequences.push_back(one(1 + states + i));
    const std::vector<Item> out = RunScan(c, body, state, sequences);
    for (size_t i = 0; i < out.size() && b.ok(); ++i) results[i].push_back(out[i]);
  }
  for (size_t i = 0; i < results.size() && b.ok(); ++i) c.Out(i, Stack(b, results[i], 0, false));
}

void Scan(NodeContext& c) {
  const GraphDef* body = Body(c, "body");
  const auto n = static_cast<size_t>(std::clamp<int64_t>(c.Int("num_scan_inputs", 0), 0, 1000));
  const size_t skipped = c.opset < 9 ? 1 : 0;
  if (body == nullptr || n == 0 || c.input_count() < n + skipped ||
      body->outputs.size() < c.input_count() - skipped - n) {
    return c.Invalid("the body or num_scan_inputs does not fit the scan");
  }
  if (c.opset < 9) return BatchedScan(c, *body, n);
  std::vector<Item> state;
  std::vector<ValueId> sequences;
  for (size_t i = 0; i + n < c.input_count(); ++i) state.push_back(c.InItem(i));
  for (size_t i = c.input_count() - n; i < c.input_count(); ++i) sequences.push_back(c.In(i));
  const std::vector<Item> out = RunScan(c, *body, state, sequences);
  for (size_t i = 0; i < out.size() && c.b.ok(); ++i) c.OutItem(i, out[i]);
}

constexpr Converter kRows[] = {{"If", If, 1}, {"Loop", Loop, 1}, {"Scan", Scan, 8}};

}  // namespace

const std::span<const Converter> kControlConverters = kRows;

}  // namespace verge::onnx
