// pipeline.yaml -> a checked Pipeline.
#include <algorithm>

#include "runner/pipeline/pipeline.h"

namespace verge::runner::pipeline {
namespace {

const ElementType* FindType(std::string_view name) {
  for (const ElementType* type : AllElements()) {
    if (type->name == name) return type;
  }
  return nullptr;
}

std::string TypeNames() {
  std::string names;
  for (const ElementType* type : AllElements()) names += (names.empty() ? "" : ", ") + std::string(type->name);
  return names;
}

std::string KindNames(const std::vector<PortKind>& kinds) {
  std::string names;
  for (const PortKind kind : kinds) names += (names.empty() ? "" : " or ") + std::string(PortKindName(kind));
  return names;
}

}  // namespace

std::string_view PortKindName(PortKind kind) {
  switch (kind) {
    case PortKind::kFrames: return "frames";
    case PortKind::kTensors: return "tensors";
    case PortKind::kObjects: return "objects";
    case PortKind::kTracks: return "tracks";
    case PortKind::kFirings: return "firings";
  }
  return "nothing";
}

class PipelineReader {
 public:
  PipelineReader(const yaml::Document& document, Services& services)
      : document_(document), services_(services), pipeline_(new Pipeline()) {}

  Result<std::unique_ptr<Pipeline>> Run() {
    VERGE_TRY_ASSIGN(yaml::Fields top, yaml::Fields::Of(document_, document_.root, ""));
    VERGE_TRY_ASSIGN(const yaml::Node* list, top.Required("elements", "a list of elements"));
    if (list->kind != yaml::Kind::kList || list->items.empty() || list->items.size() > kMaxElements) {
      return top.Expected("elements", "a list of 1 to " + std::to_string(kMaxElements) + " elements");
    }
    VERGE_TRY(top.Done());
    for (size_t i = 0; i < list->items.size(); ++i) {
      VERGE_TRY(ReadElement(list->items[i], "elements[" + std::to_string(i) + "]"));
    }
    for (const auto& node : pipeline_->nodes_) {
      if (node->readers.empty() && !node->is_sink) {
        return document_.Error(*list, "elements: nothing reads the " + std::string(PortKindName(node->output.kind)) +
                                          " of '" + node->id +
                                          "'; end the pipeline with a sink such as event, alert or report");
      }
    }
    return std::move(pipeline_);
  }

 private:
  using Node = Pipeline::Node;

  Node* Find(std::string_view id) {
    for (const auto& node : pipeline_->nodes_) {
      if (node->id == id) return node.get();
    }
    return nullptr;
  }

  // The element that `from` names; null for a source.
  Result<Node*> ReadInput(yaml::Fields& fields, const ElementType& type) {
    if (type.accepts.empty()) {
      if (fields.Child("from") != nullptr)
        return fields.Expected("from", "no such field: " + std::string(type.name) + " is a source");
      if (has_source_) return fields.Expected("type", "only one source in a pipeline");
      has_source_ = true;
      return static_cast<Node*>(nullptr);
    }
    VERGE_TRY_ASSIGN(const std::string from, fields.String("from"));
    Node* input = Find(from);
    if (input == nullptr) return fields.Expected("from", "the id of an element above this one");
    if (input->is_sink)
      return fields.Expected("from", "an element with an output; '" + from + "' (" + input->type->name + ") is a sink");
    const bool fits = std::any_of(type.accepts.begin(), type.accepts.end(),
                                  [&](PortKind wanted) { return Fits(input->output.kind, wanted); });
    if (!fits) {
      return fields.Expected("from", KindNames(type.accepts) + " for this " + type.name + " element; '" + from + "' (" +
                                         input->type->name + ") gives " +
                                         std::string(PortKindName(input->output.kind)));
    }
    return input;
  }

  Status ReadElement(const yaml::Node& yaml_node, const std::string& path) {
    VERGE_TRY_ASSIGN(yaml::Fields fields, yaml::Fields::Of(document_, yaml_node, path));
    auto node = std::make_unique<Node>();
    VERGE_TRY_ASSIGN(node->id, fields.String("id"));
    if (!app::IsName(node->id)) return fields.Expected("id", "a name of lower-case letters, digits and '-'");
    if (Find(node->id) != nullptr) return fields.Expected("id", "a name that no other element has");
    VERGE_TRY_ASSIGN(const std::string type_name, fields.String("type"));
    node->type = FindType(type_name);
    if (node->type == nullptr) return fields.Expected("type", "one of " + TypeNames());
    VERGE_TRY_ASSIGN(Node * input, ReadInput(fields, *node->type));
    MakeArgs args{fields, input == nullptr ? nullptr : &input->output, services_};
    VERGE_TRY_ASSIGN(Made made, node->type->make(args));
    VERGE_TRY(fields.Done());
    node->source = std::move(made.source);
    node->stage = std::move(made.stage);
    node->is_sink = !made.output.has_value();
    if (made.output) node->output = *std::move(made.output);
    if (made.is_live) is_live_ = true;
    if (input != nullptr) Connect(*input, *node);
    pipeline_->nodes_.push_back(std::move(node));
    return Status::Ok();
  }

  void Connect(Node& from, Node& to) {
    const bool may_drop = is_live_ && (from.output.kind == PortKind::kFrames || from.output.kind == PortKind::kTensors);
    to.input = may_drop ? std::make_unique<Queue>(1, WhenFull::kDropOldest)
                        : std::make_unique<Queue>(kQueueCapacity, WhenFull::kBlock);
    from.readers.push_back(&to);
  }

  const yaml::Document& document_;
  Services& services_;
  std::unique_ptr<Pipeline> pipeline_;
  bool has_source_ = false;
  bool is_live_ = false;
};

Result<std::unique_ptr<Pipeline>> Pipeline::Read(const yaml::Document& document, Services& services) {
  return PipelineReader(document, services).Run();
}

}  // namespace verge::runner::pipeline
