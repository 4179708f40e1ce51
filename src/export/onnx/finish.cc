#include <unordered_set>

#include "export/onnx/model.h"

namespace verge::to_onnx {
namespace {

const BodyDef* BodyOf(const Attr& attr) {
  const auto* body = std::get_if<std::shared_ptr<BodyDef>>(&attr.value);
  return body == nullptr ? nullptr : body->get();
}

// Everything that the node reads, with what its bodies read.
void MarkReads(const NodeDef& node, std::vector<bool>& is_read) {
  for (const TensorId id : node.inputs) {
    if (id != kNoTensor) is_read[static_cast<size_t>(id)] = true;
  }
  for (const Attr& attr : node.attrs) {
    const BodyDef* body = BodyOf(attr);
    if (body == nullptr) continue;
    for (const NodeDef& inner : body->nodes) MarkReads(inner, is_read);
    for (const TensorId id : body->outputs) is_read[static_cast<size_t>(id)] = true;
  }
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
    MarkReads(node, is_read);
    kept.push_back(std::move(node));
  }
  model.nodes.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
  for (size_t i = 0; i < model.tensors.size(); ++i) {
    if (!is_read[i]) model.tensors[i].data = nullptr;
  }
}

class Names {
 public:
  explicit Names(ModelDef& model) : model_(model) {
    for (TensorDef& tensor : model.tensors) {
      if (tensor.is_bound) tensor.name = Unique(tensor.name, tensors_);
    }
  }

  void Give(std::vector<NodeDef>& nodes) {
    for (NodeDef& node : nodes) {
      node.name = Unique(node.name, nodes_);
      for (const Attr& attr : node.attrs) {
        const auto* body = std::get_if<std::shared_ptr<BodyDef>>(&attr.value);
        if (body == nullptr) continue;
        for (const TensorId id : (*body)->inputs) Name(id, node.name);
        Give((*body)->nodes);
      }
      for (const TensorId id : node.outputs) Name(id, node.name);
    }
  }

  void GiveConstants() {
    for (size_t i = 0; i < model_.tensors.size(); ++i) {
      if (model_.tensors[i].data != nullptr) Name(static_cast<TensorId>(i), "constant");
    }
  }

 private:
  static std::string Unique(const std::string& wanted, std::unordered_set<std::string>& taken) {
    std::string name = wanted;
    for (size_t n = 1; !taken.insert(name).second; ++n) name = wanted + "." + std::to_string(n);
    return name;
  }

  void Name(TensorId id, const std::string& otherwise) {
    TensorDef& tensor = model_.tensors[static_cast<size_t>(id)];
    if (!tensor.is_bound) tensor.name = Unique(tensor.name.empty() ? otherwise : tensor.name, tensors_);
  }

  ModelDef& model_;
  std::unordered_set<std::string> tensors_;
  std::unordered_set<std::string> nodes_;
};

}  // namespace

void Finish(ModelDef& model) {
  RemoveUnread(model);
  Names names(model);
  names.Give(model.nodes);
  names.GiveConstants();
}

}  // namespace verge::to_onnx
