#include <unordered_set>

#include "export/onnx/model.h"

namespace verge::to_onnx {
namespace {

std::string UniqueName(const std::string& wanted, std::unordered_set<std::string>& taken) {
  std::string name = wanted;
  for (size_t n = 1; !taken.insert(name).second; ++n) name = wanted + "." + std::to_string(n);
  return name;
}

// Nodes whose outputs lead to no output of the model, from the last to the first.
void RemoveUnread(ModelDef& model) {
  std::vector<bool> is_read(model.tensors.size(), false);
  for (const TensorId id : model.outputs) is_read[static_cast<size_t>(id)] = true;
  std::vector<NodeDef> kept;
  for (size_t i = model.nodes.size(); i > 0; --i) {
    NodeDef& node = model.nodes[i - 1];
    bool is_needed = false;
    for (const TensorId id : node.outputs) is_needed = is_needed || is_read[static_cast<size_t>(id)];
    if (!is_needed) continue;
    for (const TensorId id : node.inputs) {
      if (id != kNoTensor) is_read[static_cast<size_t>(id)] = true;
    }
    kept.push_back(std::move(node));
  }
  model.nodes.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
  for (size_t i = 0; i < model.tensors.size(); ++i) {
    if (!is_read[i]) model.tensors[i].data = nullptr;
  }
}

}  // namespace

void Finish(ModelDef& model) {
  RemoveUnread(model);
  std::unordered_set<std::string> taken;
  for (TensorDef& tensor : model.tensors) {
    if (tensor.is_bound) tensor.name = UniqueName(tensor.name, taken);
  }
  std::unordered_set<std::string> node_names;
  for (NodeDef& node : model.nodes) {
    node.name = UniqueName(node.name, node_names);
    for (const TensorId id : node.outputs) {
      TensorDef& tensor = model.tensors[static_cast<size_t>(id)];
      if (!tensor.is_bound) tensor.name = UniqueName(tensor.name.empty() ? node.name : tensor.name, taken);
    }
  }
  for (TensorDef& tensor : model.tensors) {
    if (tensor.data != nullptr && !tensor.is_bound)
      tensor.name = UniqueName(tensor.name.empty() ? "constant" : tensor.name, taken);
  }
}

}  // namespace verge::to_onnx
