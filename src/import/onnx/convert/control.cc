// Control flow: an If that is known at import becomes one of its branches, any other computes both and chooses; Loop
// and Scan are unrolled, so their counts must be known.
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

// A condition that is computed at run time: both branches run, and their results are chosen from. Possible when they
// agree in type and shape; nodes have no side effects.
void Select(NodeContext& c) {
  Builder& b = c.b;
  const GraphDef* then_body = Body(c, "then_branch");
  const GraphDef* else_body = Body(c, "else_branch");
  if (!b.ok()) return;
  const std::vector<Item> yes = c.RunGraph(*then_body, {});
  const std::vector<Item> no = c.RunGraph(*else_body, {});
  for (size_t i = 0; i < yes.size() && b.ok(); ++i) {
    const bool alike = i < no.size() && yes[i].kind == Datum::Kind::kTensor && no[i].kind == Datum::Kind::kTensor &&
                       b.dtype(yes[i].value) == b.dtype(no[i].value) && b.shape(yes[i].value) == b.shape(no[i].value);
    if (!alike) {
      b.RequireConstant(c.In(0), "the condition of If, whose branches give different shapes,");
      return;
    }
    c.Out(i, b.Where(b.Reshape(c.In(0), {}), yes[i].value, no[i].value));
  }
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

void Loop(NodeContext& c) {
  Builder& b = c.b;
  const GraphDef* body = Body(c, "body");
  if (body == nullptr) return;
  const size_t carried = c.input_count() < 2 ? 0 : c.input_count() - 2;
  if (body->inputs.size() != carried + 2 || body->outputs.size() < carried + 1)
    return c.Invalid("the body does not fit the loop");
  const std::vector<int64_t> limit =
      c.Has(0) ? b.Ints(c.In(0), "the trip count of Loop") : std::vector<int64_t>{kMaxSteps + 1};
  bool goes_on = !c.Has(1) || IsTrue(c, c.In(1), "the condition of Loop");
  std::vector<Item> state;
  for (size_t i = 0; i < carried; ++i) state.push_back(c.InItem(i + 2));
  std::vector<std::vector<Item>> scans(body->outputs.size() - 1 - carried);
  for (int64_t step = 0; b.ok() && goes_on && step < limit[0]; ++step) {
    if (step >= kMaxSteps) return c.Unsupported("the loop runs more than " + std::to_string(kMaxSteps) + " times");
    std::vector<Item> inputs = {Item::Tensor(b.Scalar(DType::kI64, static_cast<double>(step))),
                                Item::Tensor(b.Scalar(DType::kBool, 1))};
    inputs.insert(inputs.end(), state.begin(), state.end());
    const std::vector<Item> out = c.RunGraph(*body, inputs);
    if (!b.ok()) return;
    goes_on = IsTrue(c, out[0].value, "the condition of Loop");
    std::copy_n(out.begin() + 1, carried, state.begin());
    for (size_t i = 0; i < scans.size(); ++i) scans[i].push_back(out[1 + carried + i]);
  }
  for (size_t i = 0; i < carried; ++i) c.OutItem(i, state[i]);
  for (size_t i = 0; i < scans.size(); ++i) {
    if (c.Wants(carried + i)) c.Out(carried + i, Stack(b, scans[i], 0, false));
  }
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
