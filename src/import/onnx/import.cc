#include "import/onnx/import.h"

#include <algorithm>
#include <map>

#include "import/onnx/context.h"
#include "ir/verify.h"
#include "ops/define_op.h"

namespace verge::onnx {
namespace {

struct Missing {
  std::string op;  // with its domain, as the message has it
  std::string nodes;
  std::string advice;
};

// Notes each op without converter and its nodes, in subgraphs too.
void FindUnsupported(const GraphDef& graph, std::map<std::string, Missing>& found) {
  for (const NodeDef& node : graph.nodes) {
    if (FindConverter(node.domain, node.op) == nullptr) {
      const std::string op = (node.domain.empty() ? "" : node.domain.substr(0, 100) + ".") + node.op.substr(0, 100);
      Missing& missing = found[op];
      if (missing.nodes.empty()) missing.advice = AdviceFor(node.domain, node.op);
      const std::string name = node.name.empty() && !node.outputs.empty() ? node.outputs[0] : node.name;
      if (missing.nodes.size() < 400) {
        missing.nodes += (missing.nodes.empty() ? "'" : ", '") + name.substr(0, 100) + "'";
      }
    }
    for (const auto& [key, attribute] : node.attributes) {
      if (attribute.graph != nullptr) FindUnsupported(*attribute.graph, found);
    }
  }
}

bool UsesOnnxOps(const GraphDef& graph) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [](const NodeDef& node) { return node.domain.empty(); });
}

Status CheckSupported(const ModelDef& model) {
  std::map<std::string, Missing> found;
  FindUnsupported(model.graph, found);
  if (!found.empty()) {
    std::string text = "the model uses ops that Verge does not have:";
    for (const auto& [op, missing] : found) text += " " + op + " (node " + missing.nodes + "): " + missing.advice + ";";
    return VERGE_ERROR(kUnsupported,
                       text + " opset " + std::to_string(model.opset) + ". docs/ops.md lists the ops that Verge reads");
  }
  if (model.opset >= kMinOpset && model.opset <= kMaxOpset) return Status::Ok();
  if (model.opset == 0 && !UsesOnnxOps(model.graph)) return Status::Ok();
  return VERGE_ERROR(kUnsupported, "the model uses opset " + std::to_string(model.opset) +
                                       " of ONNX; Verge reads up to " + std::to_string(kMaxOpset) +
                                       ": export it with an opset from 7 to " + std::to_string(kMaxOpset));
}

class Importer {
 public:
  Importer(const ModelDef& model, const ImportOptions& options)
      : model_(model), options_(options), b_(graph_, options.fold) {}

  Result<ir::Graph> Run(ImportReport& report);

 private:
  Item MakeInput(const ValueInfo& info, const Datum* example, Slot& slot);
  Item MakeTensorInput(const ValueInfo& info, const Datum* example, Slot& slot);
  Item MakeConstant(const std::string& name, const Datum& datum);
  void MakeOutput(const std::string& name, const Item& item, Slot& slot);
  const Datum* FindExample(const std::string& name) const;
  void RemoveDead();

  const ModelDef& model_;
  const ImportOptions& options_;
  ir::Graph graph_;
  Builder b_;
};

const Datum* Importer::FindExample(const std::string& name) const {
  for (const Datum& datum : options_.examples) {
    if (datum.name == name) return &datum;
  }
  return nullptr;
}

Item Importer::MakeConstant(const std::string& name, const Datum& datum) {
  Item item;
  item.kind = datum.kind;
  if (datum.kind == Datum::Kind::kTensor) {
    if (datum.tensor.is_string) b_.Fail(VERGE_ERROR(kUnsupported, "input '" + name + "' holds strings"));
    item.value = b_.Constant(name, datum.tensor.dtype, datum.tensor.shape, datum.tensor.data);
  }
  for (const Datum& element : datum.elements) item.elements.push_back(MakeConstant(name, element));
  return item;
}

Item Importer::MakeTensorInput(const ValueInfo& info, const Datum* example, Slot& slot) {
  std::vector<int64_t> dims = info.type.dims;
  if (example != nullptr) {
    dims.assign(example->tensor.shape.dims().begin(), example->tensor.shape.dims().end());
  } else if (!info.type.has_shape) {
    b_.Fail(VERGE_ERROR(kFailedPrecondition, "input '" + info.name + "' has no shape in the file; give one at import"));
  }
  for (size_t d = 0; d < dims.size(); ++d) {
    if (dims[d] >= 0) continue;
    if (d == 0) {
      dims[d] = 1;  // one sample
      continue;
    }
    b_.Fail(VERGE_ERROR(kFailedPrecondition, "input '" + info.name + "' has the unknown dimension " +
                                                 std::to_string(d) + " ('" + info.type.dim_names[d] +
                                                 "'); give its shape at import"));
  }
  const std::optional<Shape> shape = Shape::FromSpan(dims);
  if (!shape) b_.Fail(VERGE_ERROR(kUnsupported, "input '" + info.name + "' has more than 8 dimensions"));
  const std::optional<size_t> bytes = shape ? TensorType{info.type.dtype, *shape, {}}.CheckedBytes() : 0;
  if (!bytes || *bytes > ops::kMaxTensorBytes) {
    b_.Fail(
        VERGE_ERROR(kResourceExhausted, "input '" + info.name + "' of shape " + ToString(*shape) + " is too large"));
  }
  if (!b_.ok()) return {};
  slot.index = graph_.inputs.size();
  return Item::Tensor(b_.Input(info.name, info.type.dtype, *shape));
}

Item Importer::MakeInput(const ValueInfo& info, const Datum* example, Slot& slot) {
  slot.kind = info.type.kind;
  slot.name = info.name;
  if (!info.type.is_supported) {
    b_.Fail(
        VERGE_ERROR(kUnsupported, "input '" + info.name + "' has an element type that Verge does not have (strings?)"));
    return {};
  }
  if (example != nullptr && example->kind != info.type.kind) {
    b_.Fail(
        VERGE_ERROR(kInvalidArgument, "the example of input '" + info.name + "' is of another kind than the input"));
    return {};
  }
  if (example != nullptr && options_.constants.count(info.name) != 0) {
    slot.is_constant = true;
    return MakeConstant(info.name, *example);
  }
  if (info.type.kind == Datum::Kind::kTensor) return MakeTensorInput(info, example, slot);
  if (example == nullptr) {
    b_.Fail(VERGE_ERROR(kFailedPrecondition,
                        "input '" + info.name + "' is a sequence or optional; give an example at import"));
    return {};
  }
  Item item;
  item.kind = info.type.kind;
  for (size_t i = 0; i < example->elements.size() && b_.ok(); ++i) {
    ValueInfo inner{info.name + "[" + std::to_string(i) + "]", *info.type.element};
    item.elements.push_back(MakeInput(inner, &example->elements[i], slot.elements.emplace_back()));
  }
  return item;
}

void Importer::MakeOutput(const std::string& name, const Item& item, Slot& slot) {
  slot.kind = item.kind;
  slot.name = name;
  if (item.kind == Datum::Kind::kTensor) {
    if (item.value == kNoValue) return b_.Fail(VERGE_ERROR(kInvalidArgument, "output '" + name + "' has no value"));
    b_.Rename(item.value, name);
    const bool taken = std::find(graph_.outputs.begin(), graph_.outputs.end(), item.value) != graph_.outputs.end();
    const bool has_name = b_.value(item.value).name == name;
    const bool is_input = std::find(graph_.inputs.begin(), graph_.inputs.end(), item.value) != graph_.inputs.end();
    slot.index = graph_.outputs.size();
    const ValueId output = taken || !has_name || is_input ? b_.Copy(item.value, name) : item.value;
    graph_.outputs.push_back(output);
    if (const Margin* margin = b_.MarginOf(output)) {
      graph_.counted.push_back({static_cast<uint32_t>(slot.index), margin->dim, margin->factor, margin->count});
    }
  }
  for (size_t i = 0; i < item.elements.size(); ++i) {
    MakeOutput(name + "[" + std::to_string(i) + "]", item.elements[i], slot.elements.emplace_back());
  }
}

void Importer::RemoveDead() {
  std::vector<bool> wanted(graph_.values.size());
  for (const ValueId id : graph_.outputs) wanted[id] = true;
  for (const ir::CountedDim& counted : graph_.counted) wanted[counted.count] = true;
  std::vector<ir::Node> kept;
  for (size_t n = graph_.nodes.size(); n-- > 0;) {
    ir::Node& node = graph_.nodes[n];
    if (std::none_of(node.outputs.begin(), node.outputs.end(), [&](ValueId id) { return wanted[id]; })) continue;
    for (const ValueId id : node.inputs) {
      if (id != kNoValue) wanted[id] = true;
    }
    kept.push_back(std::move(node));
  }
  std::reverse(kept.begin(), kept.end());
  graph_.nodes = std::move(kept);
  ir::Compact(graph_);
}

Result<ir::Graph> Importer::Run(ImportReport& report) {
  Scope scope;
  for (const ValueInfo& info : ModelInputs(model_)) {
    scope.items[info.name] = MakeInput(info, FindExample(info.name), report.inputs.emplace_back());
    if (!b_.ok()) return b_.status();
  }
  BuildNodes(b_, model_.graph, model_.opset, scope, 0);
  for (const ValueInfo& info : model_.graph.outputs) {
    const Item* item = scope.Find(info.name);
    if (b_.ok() && item == nullptr) {
      b_.Fail(VERGE_ERROR(kDataLoss, "output '" + info.name.substr(0, 200) + "' is computed by no node"));
    }
    if (!b_.ok()) break;
    MakeOutput(info.name, *item, report.outputs.emplace_back());
  }
  report.needed_inputs = b_.needed_inputs();
  VERGE_TRY(b_.AllRefusals());
  graph_.name = model_.graph.name;
  graph_.metadata = model_.metadata;
  RemoveDead();
  VERGE_TRY(ir::Verify(graph_));
  return std::move(graph_);
}

}  // namespace

std::vector<ValueInfo> ModelInputs(const ModelDef& model) {
  std::set<std::string> initializers;
  for (const TensorData& tensor : model.graph.initializers) initializers.insert(tensor.name);
  std::vector<ValueInfo> inputs;
  for (const ValueInfo& info : model.graph.inputs) {
    if (initializers.count(info.name) == 0) inputs.push_back(info);
  }
  return inputs;
}

Result<ir::Graph> Import(const ModelDef& model, const ImportOptions& options, ImportReport* report) {
  VERGE_TRY(CheckSupported(model));
  ImportReport unused;
  ImportReport& used = report != nullptr ? *report : unused;
  used = {};
  return Importer(model, options).Run(used);
}

Result<ir::Graph> Import(std::span<const std::byte> file, const ImportOptions& options, ImportReport* report) {
  VERGE_TRY_ASSIGN(const ModelDef model, ParseModel(file, options.external, options.limits));
  return Import(model, options, report);
}

}  // namespace verge::onnx
