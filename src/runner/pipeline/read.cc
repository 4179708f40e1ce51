// pipeline.yaml -> a checked Pipeline.
#include <algorithm>
#include <set>

#include "runner/pipeline/pipeline.h"
#include "runner/pipeline/replay_source.h"
#include "sys/file/file.h"

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
    case PortKind::kSamples: return "samples";
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
    pipeline_->scheduler_ = std::make_unique<Scheduler>(pipeline_->nodes_, pipeline_->frames_);
    return std::move(pipeline_);
  }

 private:
  Node* Find(std::string_view id) {
    for (const auto& node : pipeline_->nodes_) {
      if (node->id == id) return node.get();
    }
    return nullptr;
  }

  // What one entry of `from` names.
  Result<Node*> FindInput(const yaml::Fields& fields, const ElementType& type, const std::string& from) {
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

  // The elements that `from` names: an id, or a list of ids. None for a source.
  Result<std::vector<Node*>> ReadInputs(yaml::Fields& fields, const ElementType& type) {
    std::vector<Node*> inputs;
    const yaml::Node* from = fields.Child("from");
    if (type.accepts.empty()) {
      if (from != nullptr) return fields.Expected("from", "no such field: " + std::string(type.name) + " is a source");
      return inputs;
    }
    if (from == nullptr || from->kind == yaml::Kind::kScalar) {
      VERGE_TRY_ASSIGN(const std::string id, fields.String("from"));
      VERGE_TRY_ASSIGN(Node * input, FindInput(fields, type, id));
      return std::vector<Node*>{input};
    }
    if (from->kind != yaml::Kind::kList || from->items.empty() || from->items.size() > type.max_inputs) {
      return fields.Expected("from", type.max_inputs == 1
                                         ? "the id of an element above this one"
                                         : "an id or a list of 1 to " + std::to_string(type.max_inputs) + " ids");
    }
    for (const yaml::Node& item : from->items) {
      VERGE_TRY_ASSIGN(const std::string id, yaml::StringOf(document_, item, fields.PathOf("from")));
      VERGE_TRY_ASSIGN(Node * input, FindInput(fields, type, id));
      if (std::find(inputs.begin(), inputs.end(), input) != inputs.end())
        return fields.Expected("from", "each id once; '" + id + "' is there twice");
      inputs.push_back(input);
    }
    return inputs;
  }

  // The stream of the recording that stands for this source.
  Result<std::unique_ptr<Source>> ReplayOf(const yaml::Fields& fields, const std::string& id, const Port& port) const {
    const RecordedStream* stream = services_.replay->Find(id);
    std::string ids;
    for (const RecordedStream& other : services_.replay->streams()) ids += (ids.empty() ? "" : ", ") + other.id;
    if (stream == nullptr) return fields.Expected("id", "one of the recording's streams (" + ids + ") to replay");
    if (stream->port.kind != port.kind || stream->port.channels != port.channels) {
      return fields.Expected("type", "what the recording holds for '" + id +
                                         "': " + std::string(PortKindName(stream->port.kind)) +
                                         (stream->port.channels.empty() ? "" : " of other channels"));
    }
    return std::unique_ptr<Source>(std::make_unique<ReplaySource>(services_.replay->Read(id)));
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
    VERGE_TRY_ASSIGN(const std::vector<Node*> inputs, ReadInputs(fields, *node->type));
    MakeArgs args{fields, {}, services_};
    for (const Node* input : inputs) args.inputs.push_back(&input->output);
    VERGE_TRY_ASSIGN(Made made, node->type->make(args));
    VERGE_TRY(fields.Done());
    if (node->type->accepts.empty() && services_.replay != nullptr) {
      VERGE_TRY_ASSIGN(made.source, ReplayOf(fields, node->id, *made.output));
    }
    node->source = std::move(made.source);
    node->stage = std::move(made.stage);
    node->has_own_thread = node->source != nullptr && (made.is_live || made.is_blocking);
    node->is_sink = !made.output.has_value();
    if (made.output) node->output = *std::move(made.output);
    if (made.is_live) live_.insert(node.get());
    for (Node* input : inputs) Connect(*input, *node);
    pipeline_->nodes_.push_back(std::move(node));
    return Status::Ok();
  }

  void Connect(Node& from, Node& to) {
    const bool is_live = live_.contains(&from);
    if (is_live) live_.insert(&to);
    const bool may_drop = is_live && (from.output.kind == PortKind::kFrames || from.output.kind == PortKind::kTensors);
    to.from.push_back(from.id);
    from.readers.push_back({&to, to.inputs.size()});
    to.inputs.emplace_back(may_drop ? 1 : kQueueCapacity, may_drop);
  }

  const yaml::Document& document_;
  Services& services_;
  std::unique_ptr<Pipeline> pipeline_;
  std::set<const Node*> live_;  // sources that are live, and all that comes from them
};

std::string Services::PathOf(const std::string& path) const {
  const bool is_of_app = std::find(app.files.begin(), app.files.end(), path) != app.files.end();
  return is_of_app ? sys::JoinPath(app_dir, path) : path;
}

Result<std::unique_ptr<Pipeline>> Pipeline::Read(const yaml::Document& document, Services& services) {
  return PipelineReader(document, services).Run();
}

}  // namespace verge::runner::pipeline
