// Sequences and optionals: lists of values that exist only at import.
#include <algorithm>

#include "import/onnx/convert/tables.h"

namespace verge::onnx {
namespace {

// A sequence is a list of values of the graph; a longer one is no sequence of tensors that a model works with.
constexpr int64_t kMaxElements = 1 << 16;

// The elements of a sequence, whether or not it is wrapped in an optional.
std::vector<Item> Elements(NodeContext& c, size_t i) {
  const Item& item = c.InItem(i);
  if (item.kind == Datum::Kind::kOptional && item.elements.size() == 1) return item.elements[0].elements;
  if (c.b.ok() && item.kind != Datum::Kind::kSequence) c.Invalid("input " + std::to_string(i) + " is no sequence");
  return item.elements;
}

// Input `i` as a position in a sequence of `size`, with `extra` allowed behind its end; `otherwise` when it is missing.
size_t Position(NodeContext& c, size_t i, size_t size, size_t extra, size_t otherwise) {
  if (!c.Has(i)) return otherwise;
  const std::vector<int64_t> at = c.b.Ints(c.In(i), "a position in a sequence");
  if (!c.b.ok()) return 0;
  const int64_t count = static_cast<int64_t>(size);
  const int64_t position = at.size() == 1 ? (at[0] < 0 ? at[0] + count : at[0]) : -1;
  if (position < 0 || position >= count + static_cast<int64_t>(extra)) {
    c.Invalid("the position is outside the sequence of " + std::to_string(size));
    return 0;
  }
  return static_cast<size_t>(position);
}

void SequenceEmpty(NodeContext& c) { c.OutItem(0, Item::Sequence({})); }

void SequenceConstruct(NodeContext& c) {
  std::vector<Item> elements;
  for (size_t i = 0; i < c.input_count(); ++i) elements.push_back(c.InItem(i));
  c.OutItem(0, Item::Sequence(std::move(elements)));
}

void SequenceAt(NodeContext& c) {
  const std::vector<Item> elements = Elements(c, 0);
  const size_t at = Position(c, 1, elements.size(), 0, 0);
  if (c.b.ok()) c.OutItem(0, elements[at]);
}

void SequenceInsert(NodeContext& c) {
  std::vector<Item> elements = Elements(c, 0);
  const size_t at = Position(c, 2, elements.size(), 1, elements.size());
  if (!c.b.ok()) return;
  elements.insert(elements.begin() + static_cast<std::ptrdiff_t>(at), c.InItem(1));
  c.OutItem(0, Item::Sequence(std::move(elements)));
}

void SequenceErase(NodeContext& c) {
  std::vector<Item> elements = Elements(c, 0);
  if (elements.empty()) return c.Invalid("the sequence is empty");
  const size_t at = Position(c, 1, elements.size(), 0, elements.size() - 1);
  if (!c.b.ok()) return;
  elements.erase(elements.begin() + static_cast<std::ptrdiff_t>(at));
  c.OutItem(0, Item::Sequence(std::move(elements)));
}

void SequenceLength(NodeContext& c) { c.Out(0, c.b.Scalar(DType::kI64, static_cast<double>(Elements(c, 0).size()))); }

void SplitToSequence(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const int axis = c.Axis(c.Int("axis", 0), b.rank(x));
  const int64_t total = b.Dim(x, axis);
  std::vector<int64_t> sizes;
  bool keeps = true;
  if (!c.Has(1)) {
    if (total > kMaxElements)
      return c.Unsupported("a sequence of more than " + std::to_string(kMaxElements) + " elements");
    sizes.assign(static_cast<size_t>(total), 1);
    keeps = c.Int("keepdims", 1) != 0;
  } else {
    sizes = b.Ints(c.In(1), "the sizes of SplitToSequence");
    if (b.ok() && b.rank(c.In(1)) == 0 && sizes[0] > 0) {
      const int64_t each = sizes[0];
      if (total / each > kMaxElements)
        return c.Unsupported("a sequence of more than " + std::to_string(kMaxElements) + " elements");
      sizes.assign(static_cast<size_t>(total / each), each);
      if (total % each != 0) sizes.push_back(total % each);
    }
  }
  std::vector<Item> parts;
  int64_t start = 0;
  for (const int64_t size : sizes) {
    ValueId part = b.Slice(x, axis, start, size);
    if (!keeps) part = b.Gather(x, b.Scalar(DType::kI64, static_cast<double>(start)), axis);
    if (!b.ok()) return;  // so that the sum below stays within the axis
    parts.push_back(Item::Tensor(part));
    start += size;
  }
  c.OutItem(0, Item::Sequence(std::move(parts)));
}

void ConcatFromSequence(NodeContext& c) {
  Builder& b = c.b;
  std::vector<ValueId> parts;
  for (const Item& item : Elements(c, 0)) parts.push_back(item.value);
  if (parts.empty()) return c.Unsupported("the sequence is empty; Verge has no empty tensors");
  const bool fresh = c.Int("new_axis", 0) != 0;
  const int axis = c.Axis(c.Int("axis", 0), b.rank(parts[0]) + (fresh ? 1 : 0));
  for (ValueId& part : parts) {
    if (!fresh) break;
    std::vector<int64_t> dims(b.shape(part).dims().begin(), b.shape(part).dims().end());
    dims.insert(dims.begin() + std::min(axis, static_cast<int>(dims.size())), 1);
    part = b.Reshape(part, dims);
  }
  c.Out(0, b.Concat(parts, axis));
}

// The body once for each element; other inputs are sequences of the same length, or the same for all.
void SequenceMap(NodeContext& c) {
  const Attribute* body = c.Find("body");
  if (body == nullptr || body->graph == nullptr) return c.Invalid("attribute body wants a graph");
  std::vector<std::vector<Item>> results(body->graph->outputs.size());
  const size_t length = Elements(c, 0).size();
  for (size_t k = 0; k < length && c.b.ok(); ++k) {
    std::vector<Item> inputs;
    for (size_t i = 0; i < c.input_count(); ++i) {
      const Item& item = c.InItem(i);
      if (item.kind == Datum::Kind::kSequence && k >= item.elements.size())
        return c.Invalid("the sequences differ in length");
      inputs.push_back(item.kind == Datum::Kind::kSequence ? item.elements[k] : item);
    }
    const std::vector<Item> out = c.RunGraph(*body->graph, inputs);
    for (size_t i = 0; i < out.size(); ++i) results[i].push_back(out[i]);
  }
  for (size_t i = 0; i < results.size() && c.b.ok(); ++i) c.OutItem(i, Item::Sequence(std::move(results[i])));
}

void Optional(NodeContext& c) {
  Item item;
  item.kind = Datum::Kind::kOptional;
  if (c.Has(0)) item.elements.push_back(c.InItem(0));
  c.OutItem(0, std::move(item));
}

void OptionalGetElement(NodeContext& c) {
  const Item& item = c.InItem(0);
  if (item.kind != Datum::Kind::kOptional) return c.OutItem(0, item);
  if (item.elements.empty()) return c.Invalid("the optional is empty");
  c.OutItem(0, item.elements[0]);
}

void OptionalHasElement(NodeContext& c) {
  const bool has = c.Has(0) && (c.InItem(0).kind != Datum::Kind::kOptional || !c.InItem(0).elements.empty());
  c.Out(0, c.b.Scalar(DType::kBool, has ? 1 : 0));
}

constexpr Converter kRows[] = {
    {"SequenceEmpty", SequenceEmpty, 11},
    {"SequenceConstruct", SequenceConstruct, 11},
    {"SequenceAt", SequenceAt, 11},
    {"SequenceInsert", SequenceInsert, 11},
    {"SequenceErase", SequenceErase, 11},
    {"SequenceLength", SequenceLength, 11},
    {"SplitToSequence", SplitToSequence, 11},
    {"ConcatFromSequence", ConcatFromSequence, 11},
    {"SequenceMap", SequenceMap, 17},
    {"Optional", Optional, 15},
    {"OptionalGetElement", OptionalGetElement, 15},
    {"OptionalHasElement", OptionalHasElement, 15},
};

}  // namespace

const std::span<const Converter> kSequenceConverters = kRows;

}  // namespace verge::onnx
