#include "import/onnx/context.h"

#include <algorithm>
#include <cstdint>

#include "ops/define_op.h"

namespace verge::onnx {
namespace {

// Subgraphs inside subgraphs.
constexpr int kMaxDepth = 16;

std::string Describe(const NodeDef& node, int opset) {
  const std::string name = node.name.empty() && !node.outputs.empty() ? node.outputs[0] : node.name;
  return "node '" + name.substr(0, 200) + "' (" + node.op.substr(0, 100) + ", opset " + std::to_string(opset) + ")";
}

// Results of a refused node as inputs of the types that the file states, if it states all of them: the graph is not
// delivered any more, but what comes after the node can be checked.
void StandIn(Builder& b, const GraphDef& graph, const NodeDef& node, Scope& scope) {
  std::vector<std::pair<std::string, const ValueInfo*>> results;
  for (const std::string& name : node.outputs) {
    if (name.empty()) continue;
    const auto is_it = [&](const ValueInfo& info) { return info.name == name; };
    const auto found = std::find_if(graph.types.begin(), graph.types.end(), is_it);
    const auto output = std::find_if(graph.outputs.begin(), graph.outputs.end(), is_it);
    if (found == graph.types.end() && output == graph.outputs.end()) return;
    const ValueInfo& info = found != graph.types.end() ? *found : *output;
    if (info.type.kind != Datum::Kind::kTensor || !info.type.is_supported || !info.type.has_shape) return;
    results.emplace_back(name, &info);
  }
  b.NoteRefusal();
  for (const auto& [name, info] : results) {
    std::vector<int64_t> dims = info->type.dims;
    for (int64_t& dim : dims) dim = std::max<int64_t>(dim, 1);  // an unknown one: a single sample
    const std::optional<Shape> shape = Shape::FromSpan(dims);
    if (!shape || TensorType{info->type.dtype, *shape, {}}.CheckedBytes().value_or(SIZE_MAX) > ops::kMaxTensorBytes) {
      return b.Fail(VERGE_ERROR(kUnsupported, "'" + name.substr(0, 200) + "' is too large, or has over 8 dimensions"));
    }
    scope.items[name] = Item::Tensor(b.Input(name, info->type.dtype, *shape));
  }
}

}  // namespace

const Item* Scope::Find(std::string_view name) const {
  for (const Scope* scope = this; scope != nullptr; scope = scope->parent) {
    const auto found = scope->items.find(name);
    if (found != scope->items.end()) return &found->second;
  }
  return nullptr;
}

const Item& NodeContext::InItem(size_t i) {
  static const Item kNone;
  if (!Has(i)) {
    Invalid("input " + std::to_string(i) + " is required and missing");
    return kNone;
  }
  const Item* item = scope_.Find(node.inputs[i]);
  if (item == nullptr) {
    Invalid("input '" + node.inputs[i].substr(0, 200) + "' is computed by no node before this one");
    return kNone;
  }
  return *item;
}

ValueId NodeContext::In(size_t i) {
  const Item& item = InItem(i);
  if (item.kind == Datum::Kind::kOptional && item.elements.size() == 1) return item.elements[0].value;
  if (b.ok() && (item.kind != Datum::Kind::kTensor || item.value == kNoValue)) {
    Invalid("input " + std::to_string(i) + " is no tensor");
  }
  return item.value;
}

void NodeContext::Out(size_t i, ValueId id) { OutItem(i, Item::Tensor(id)); }

void NodeContext::OutItem(size_t i, Item item) {
  if (!Wants(i)) return;
  if (item.kind == Datum::Kind::kTensor) b.Rename(item.value, node.outputs[i]);
  scope_.items[node.outputs[i]] = std::move(item);
}

const Attribute* NodeContext::Find(std::string_view name) const {
  const auto found = node.attributes.find(name);
  return found == node.attributes.end() ? nullptr : &found->second;
}

int64_t NodeContext::Int(std::string_view name, int64_t otherwise) const {
  const Attribute* attribute = Find(name);
  return attribute == nullptr ? otherwise : attribute->i;
}

float NodeContext::Float(std::string_view name, float otherwise) const {
  const Attribute* attribute = Find(name);
  return attribute == nullptr ? otherwise : attribute->f;
}

std::string NodeContext::String(std::string_view name, const char* otherwise) const {
  const Attribute* attribute = Find(name);
  return attribute == nullptr ? otherwise : attribute->s;
}

std::vector<int64_t> NodeContext::Ints(std::string_view name, const std::vector<int64_t>& otherwise) const {
  const Attribute* attribute = Find(name);
  return attribute == nullptr ? otherwise : attribute->ints;
}

int NodeContext::Axis(int64_t axis, int rank) {
  const int64_t normal = axis < 0 ? axis + rank : axis;
  if (normal >= 0 && normal < rank) return static_cast<int>(normal);
  Invalid("axis " + std::to_string(axis) + " is outside a tensor of rank " + std::to_string(rank));
  return 0;
}

std::vector<int64_t> NodeContext::IntsFrom(std::string_view attribute, size_t i) {
  if (const Attribute* found = Find(attribute)) return found->ints;
  if (!Has(i)) return {};
  return b.Ints(In(i), std::string(attribute).c_str());
}

std::vector<Item> NodeContext::RunGraph(const GraphDef& graph, std::vector<Item> inputs) {
  std::vector<Item> outputs(graph.outputs.size());
  if (!b.CountStep()) return outputs;
  if (graph.inputs.size() != inputs.size()) {
    Invalid("the subgraph '" + graph.name.substr(0, 200) + "' wants " + std::to_string(graph.inputs.size()) +
            " inputs, gets " + std::to_string(inputs.size()));
    return outputs;
  }
  Scope inner{&scope_, {}};
  for (size_t i = 0; i < inputs.size(); ++i) inner.items[graph.inputs[i].name] = std::move(inputs[i]);
  BuildNodes(b, graph, opset, inner, depth_ + 1);
  for (size_t i = 0; i < outputs.size() && b.ok(); ++i) {
    const Item* item = inner.Find(graph.outputs[i].name);
    if (item == nullptr) {
      Invalid("output '" + graph.outputs[i].name.substr(0, 200) + "' of a subgraph is computed by no node");
      return outputs;
    }
    outputs[i] = *item;
  }
  return outputs;
}

void BuildNodes(Builder& b, const GraphDef& graph, int opset, Scope& scope, int depth) {
  if (depth > kMaxDepth) b.Fail(VERGE_ERROR(kResourceExhausted, "subgraphs are nested too deeply"));
  for (const TensorData& tensor : graph.initializers) {
    // An initialiser of strings stays unknown: whoever reads it says so.
    if (!tensor.is_string) {
      const ValueId id = b.Constant(tensor.name, tensor.dtype, tensor.shape, tensor.data);
      if (tensor.is_four_bit) b.NoteFourBit(id);
      scope.items[tensor.name] = Item::Tensor(id);
    }
  }
  for (const NodeDef& node : graph.nodes) {
    if (!b.ok()) return;
    const Converter* converter = FindConverter(node.domain, node.op);
    b.SetScope(!node.name.empty() || node.outputs.empty() ? node.name : node.outputs[0]);
    NodeContext context(b, node, opset, scope, depth);
    if (converter == nullptr) {
      context.Unsupported("the op is not supported");
    } else {
      converter->convert(context);
    }
    for (size_t i = 0; i < node.outputs.size() && b.ok(); ++i) {
      if (!node.outputs[i].empty() && scope.items.find(node.outputs[i]) == scope.items.end()) {
        context.Unsupported("output " + std::to_string(i) + " is not computed by Verge");
      }
    }
    b.AddContext(Describe(node, opset));
    if (b.status().code() == StatusCode::kUnsupported) StandIn(b, graph, node, scope);
  }
}

}  // namespace verge::onnx
